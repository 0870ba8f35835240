/**
 * The examiner's own conversation as it went, for the explainer.
 *
 * @module
 */

import { type Direction, type Ended, Explainer, type Explanation, type RawFrame, type Upgrade } from "../../explain/mod.ts";

export class Tape {
  #upgrade: Upgrade | null = null;
  #ended: Ended | null = null;
  readonly #frames: RawFrame[] = [];

  upgraded(upgrade: Upgrade): void {
    this.#upgrade = upgrade;
  }

  add(direction: Direction, text: string): void {
    this.#frames.push({ direction, at: Date.now(), text });
  }

  ended(code: number | null, reason: string): void {
    this.#ended ??= { at: Date.now(), code, reason };
  }

  /** @param hasWaited an answer was waited for that did not come: what is missing is missing */
  explanation(hasWaited: boolean): Explanation {
    const explainer = new Explainer({ isSaved: hasWaited });
    if (this.#upgrade) explainer.opened(this.#upgrade);
    for (const frame of this.#frames) explainer.add(frame);
    if (this.#ended) explainer.closed(this.#ended);
    explainer.tick(Date.now());
    return explainer.explanation;
  }
}
