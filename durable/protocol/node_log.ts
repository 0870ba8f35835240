/**
 * The log of one node at its host: positions, the newest items, repeats (docs/protocol.md: Deliver, Answer to the
 * publisher, Audit).
 *
 * A memory log lives as long as its host is awake and begins a new epoch with each life. A stored log keeps its epoch;
 * its rows are the host's to write, one per item, in a ring. So does a memory log whose position alone is stored: after a
 * sleep it is empty, and knows how far it was.
 *
 * @module
 */

import type { Item, Position } from "../contract.ts";

export type Since = { readonly reset: true } | { readonly reset: false; readonly items: readonly Item[] };

export class NodeLog {
  readonly epoch: number;
  readonly length: number;
  readonly #ring: Item[] = [];
  #seq: number;

  /**
   * `items`: what a stored log holds, oldest first. What stands before a hole is left out: its ring once had another length.
   * `seq`: of the last item that there was, where that is known without it.
   */
  constructor({ epoch, length, items = [], seq = 0 }: { epoch: number; length: number; items?: readonly Item[]; seq?: number }) {
    this.epoch = epoch;
    this.length = length;
    const whole = items.findLastIndex((item, at) => at > 0 && item.seq !== (items[at - 1] as Item).seq + 1);
    this.#ring.push(...items.slice(Math.max(0, whole, items.length - length)));
    this.#seq = items.at(-1)?.seq ?? seq;
  }

  get position(): Position {
    return { epoch: this.epoch, seq: this.#seq };
  }

  get last(): Item | null {
    return this.#ring.at(-1) ?? null;
  }

  /** All that the log holds, oldest first. */
  get items(): readonly Item[] {
    return this.#ring;
  }

  /** Position that the next item gets, and the sequence before it. */
  next(): Position & { readonly prev: number } {
    return { epoch: this.epoch, seq: this.#seq + 1, prev: this.#seq };
  }

  append(item: Item): void {
    this.#ring.push(item);
    if (this.#ring.length > this.length) this.#ring.shift();
    this.#seq = item.seq;
  }

  /** The newest item of this id, if the log still has it. */
  find(id: string): Item | undefined {
    return this.#ring.findLast((item) => item.given && item.id === id);
  }

  /**
   * Items after a position.
   *
   * @param fromStart an earlier epoch means the start of this one: the asker missed nothing of the epochs between
   */
  since(position: Position, fromStart: boolean): Since {
    if (position.epoch > this.epoch) return { reset: true };
    const from = position.epoch === this.epoch ? position.seq : fromStart ? 0 : -1;
    if (from < 0 || from > this.#seq) return { reset: true };
    if (from === this.#seq) return { reset: false, items: [] };
    const first = this.#ring[0];
    if (!first || first.seq > from + 1) return { reset: true };
    return { reset: false, items: this.#ring.slice(from + 1 - first.seq) };
  }
}
