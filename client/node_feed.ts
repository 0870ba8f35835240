/**
 * What one node has brought: where it stands, and what has to wait until older items were asked for.
 *
 * Pure: items go in as they come, live or from the log, and come out once each, in order.
 *
 * @module
 */

import { isAfter, type Position } from "./position.ts";

export interface Placed {
  readonly position: Position;
}

/** Where to ask from: null where the log was empty when it was last looked at, undefined where nobody has looked yet. */
export type Start = Position | null | undefined;

export class NodeFeed<T extends Placed> {
  /** Where the log stood when the node was joined; items up to it were never promised, yet are taken if they come. */
  #mark: Start;
  /** The last item that went out. */
  #had: Position | undefined;
  /** Live items that wait; null: none has to. */
  #held: T[] | null = [];

  constructor(start?: Start) {
    this.#mark = start;
  }

  /** After what a catch-up has to ask. */
  get start(): Start {
    if (!this.#had) return this.#mark;
    return this.#mark && isAfter(this.#mark, this.#had) ? this.#mark : this.#had;
  }

  get isHolding(): boolean {
    return this.#held !== null;
  }

  /** The first live item that waits. */
  get firstHeld(): Position | undefined {
    return this.#held?.[0]?.position;
  }

  /** From here on live items wait. Those that waited already are dropped: the log has them. */
  hold(): void {
    this.#held = [];
  }

  /** Where the log stands as the node is joined; null: it is empty. */
  joinedAt(mark: Position | null): void {
    this.#mark = mark;
  }

  /** A live item; answers it if it is to go out now. */
  live(item: T): T | undefined {
    if (!this.#held) return this.#next(item);
    this.#held.push(item);
    return undefined;
  }

  /** An item of the log; answers it unless it was had. */
  logged(item: T): T | undefined {
    return this.#next(item);
  }

  /** Nothing older is missing: what waited goes out, save what the log has brought. */
  release(): T[] {
    const held = this.#held ?? [];
    this.#held = null;
    return held.filter((item) => this.#next(item) !== undefined);
  }

  #next(item: T): T | undefined {
    if (this.#had && !isAfter(item.position, this.#had)) return undefined;
    this.#had = item.position;
    return item;
  }
}
