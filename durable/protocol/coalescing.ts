/**
 * Publishes that replace one another: of each node at most one is appended within its interval, the first at once, the newest
 * of the rest at its end (docs/protocol.md: Coalescing).
 *
 * What waits is no item yet: it has no row, and the log does not know of it. All that is promised is its position.
 *
 * @module
 */

/** A publish that is not appended yet. */
export interface Waiting {
  readonly node: string;
  readonly id: string;
  /** True: its publisher chose the id. */
  readonly given: boolean;
  readonly payload: string;
}

/** One that never will be: a newer one took its place. */
interface Replaced {
  readonly payload: string;
  /** Sequence of the item that carries what replaced it. */
  readonly seq: number;
}

interface Interval {
  /** End of the interval, in Unix milliseconds. */
  until: number;
  waiting: Waiting | null;
  /** By the id that its publisher chose, the oldest first. */
  readonly replaced: Map<string, Replaced>;
}

/** What is known of a repeat: where it stands, or what stands for it. */
export type Standing = { readonly payload: string; readonly seq: number };

export class Coalescing {
  readonly #intervals = new Map<string, Interval>();
  /** Those in which something waits. */
  readonly #waiting = new Set<Interval>();
  readonly #rememberedIds: number;

  constructor(rememberedIds: number) {
    this.#rememberedIds = rememberedIds;
  }

  /** Is the node within an interval? Then what is published waits. */
  holds(node: string, now: number): boolean {
    const interval = this.#intervals.get(node);
    return interval !== undefined && (interval.waiting !== null || now < interval.until);
  }

  /** Notes that a node's item was appended: its interval begins. */
  appended(node: string, { id, until }: { readonly id: string; readonly until: number }): void {
    const interval = this.#intervals.get(node) ?? { until, waiting: null, replaced: new Map<string, Replaced>() };
    interval.until = until;
    interval.replaced.delete(id);
    this.#intervals.set(node, interval);
  }

  /**
   * Takes a publish that waits, in the place of the one before. `seq`: where its item will stand.
   *
   * @returns when it is due, in Unix milliseconds
   */
  wait(waiting: Waiting, seq: number): number {
    const interval = this.#intervals.get(waiting.node);
    if (!interval) throw new Error(`No interval of ${waiting.node}`);
    const { waiting: before, replaced } = interval;
    if (before?.given && before.id !== waiting.id) {
      replaced.delete(before.id);
      replaced.set(before.id, { payload: before.payload, seq });
    }
    replaced.delete(waiting.id);
    const [oldest] = replaced.keys();
    if (replaced.size > this.#rememberedIds && oldest !== undefined) replaced.delete(oldest);
    interval.waiting = waiting;
    this.#waiting.add(interval);
    return interval.until;
  }

  /** The newest publish of this id that is not in the log: it waits for its place, `seq`, or was replaced. */
  standing(node: string, { id, seq }: { readonly id: string; readonly seq: number }): Standing | undefined {
    const { waiting, replaced } = this.#intervals.get(node) ?? {};
    if (waiting?.given && waiting.id === id) return { payload: waiting.payload, seq };
    return replaced?.get(id);
  }

  /** Takes out what has waited long enough, in the order in which it is due. */
  due(now: number): Waiting[] {
    const over = [...this.#waiting].filter(({ until }) => until <= now).sort((a, b) => a.until - b.until);
    return over.flatMap((interval) => {
      this.#waiting.delete(interval);
      const { waiting } = interval;
      interval.waiting = null;
      return waiting ?? [];
    });
  }

  /** When something that waits is due next, in Unix milliseconds; undefined: nothing waits. */
  get next(): number | undefined {
    let first: number | undefined;
    for (const { until } of this.#waiting) first = Math.min(first ?? until, until);
    return first;
  }
}
