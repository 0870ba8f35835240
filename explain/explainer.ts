/**
 * Explains connections while they happen, or a whole recording at once.
 *
 * @module
 */

import { Conversation } from "./conversation.ts";
import type { Explained } from "./explained.ts";
import type { ExplainedFrame, Explanation } from "./explanation.ts";
import type { Ended, RawFrame, Recording, Transport, Upgrade } from "./recording.ts";

export interface ExplainerOptions {
  /** Frames that are kept, 20,000 unless said; a few more at times. */
  readonly keep?: number;
}

/** Explains a whole recording. */
export function explain(recording: Recording): Explanation {
  const explainer = new Explainer({ keep: Number.POSITIVE_INFINITY });
  for (const { transport, upgrade, frames, framesKnown, ended, page } of recording.connections) {
    explainer.opened(upgrade, { transport, framesKnown, page });
    for (const frame of frames) explainer.add(frame);
    if (ended) explainer.closed(ended);
  }
  if (recording.until !== null) explainer.tick(recording.until);
  return explainer.explanation;
}

interface OpenedOptions {
  readonly transport?: Transport;
  readonly framesKnown?: boolean;
  readonly page?: string;
}

/** Explains connections one after the other; the work for a frame does not grow with their number. */
export class Explainer {
  readonly #keep: number;
  #conversations: Conversation[] = [];
  #frames: Explained[] = [];
  #count = 0;
  #dropped = 0;
  #now: number | null = null;

  constructor({ keep = 20_000 }: ExplainerOptions = {}) {
    this.#keep = keep;
  }

  /** A connection is being opened. Called again before its first frame, with the answer: the same connection, now open. */
  opened(upgrade: Upgrade | null, options: OpenedOptions = {}): void {
    const { transport = "websocket", framesKnown = true, page = "" } = options;
    const last = this.#conversations.at(-1);
    if (last?.mayStillBe(upgrade)) last.answered(upgrade);
    else this.#conversations.push(new Conversation({ index: this.#conversations.length, transport, upgrade, framesKnown, page }));
  }

  /** A frame went over the newest connection; without one, one begins. Answers what it is: several, if it is a body of BOSH with several stanzas. */
  add(frame: RawFrame): readonly ExplainedFrame[] {
    if (this.#conversations.length === 0) this.opened(null);
    const conversation = this.#conversations.at(-1) as Conversation;
    const explained = conversation.take(frame, this.#count);
    this.#frames.push(...explained);
    this.#count = this.#dropped + this.#frames.length;
    this.#dropOld();
    return explained;
  }

  /** The newest connection has ended. */
  closed(ended: Ended): void {
    this.#conversations.at(-1)?.close(ended);
  }

  /** Tells what time it is, in Unix milliseconds: what is awaited for too long is a fault then. */
  tick(now: number): void {
    this.#now = now;
  }

  /** What can be said so far. The lists grow with later frames; ask anew to have all of them. */
  get explanation(): Explanation {
    return {
      connections: this.#conversations.map((each) => each.summary()),
      frames: this.#frames,
      dropped: this.#dropped,
      steps: this.#conversations.flatMap((each) => each.steps(this.#now)),
      faults: this.#conversations.flatMap((each) => each.faults(this.#now)),
      verdict: () => "",
    };
  }

  /** In slices, so that a full log does not move all its frames at each new one. */
  #dropOld(): void {
    const surplus = this.#frames.length - this.#keep;
    if (surplus < this.#keep / 10) return;
    this.#frames = this.#frames.slice(surplus);
    this.#dropped += surplus;
  }
}
