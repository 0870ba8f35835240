/**
 * What was published and answered, and what each client says it had: the two books that the audit compares.
 *
 * @module
 */

export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

/** Below 0: the first stands before the second. */
export function compare(one: Position, other: Position): number {
  return one.epoch - other.epoch || one.seq - other.seq;
}

export function positionOf(text: string): Position | undefined {
  const found = /(?:^|\.)(\d+):(\d+)$/.exec(text);
  return found ? { epoch: Number(found[1]), seq: Number(found[2]) } : undefined;
}

/** One publish. Times are of one clock, in milliseconds. */
export interface Published {
  readonly node: string;
  /** Its number, which its payload carries. */
  readonly n: number;
  readonly requestedAt: number;
  /** Null: it was never answered, and may exist or not. */
  readonly position: Position | null;
  readonly answeredAt: number;
  /** Answered before everybody had it: nothing is promised. */
  readonly pending: boolean;
}

export class Ledger {
  readonly #byNode = new Map<string, Published[]>();

  note(published: Published): void {
    const known = this.#byNode.get(published.node);
    if (known) known.push(published);
    else this.#byNode.set(published.node, [published]);
  }

  of(node: string): readonly Published[] {
    return this.#byNode.get(node) ?? [];
  }

  get all(): readonly Published[] {
    return [...this.#byNode.values()].flat();
  }
}

/** Why a stream was over for good, as its client saw it. */
export type EndedBy = "network" | "server";

export type Entry =
  /** A new stream: what an older one still owed is not coming any more, and its client knows it. */
  | { readonly is: "bound"; readonly at: number; readonly endedBy: EndedBy }
  /** From now on everything of the node is due. */
  | { readonly is: "subscribed"; readonly at: number; readonly node: string }
  /** `isRecount`: it comes again by the fault of the client, which did not count it. */
  | { readonly is: "received"; readonly at: number; readonly node: string; readonly position: Position; readonly n: number; readonly isRecount?: boolean }
  /** Told by the server: something between the two may be missing. Null: from wherever, or up to what comes next. */
  | { readonly is: "gap"; readonly at: number; readonly node: string; readonly after: Position | null; readonly before: Position | null }
  | { readonly is: "resumed"; readonly at: number }
  | { readonly is: "resume-failed"; readonly at: number }
  /** A connection of it came through to the server. */
  | { readonly is: "reached"; readonly at: number }
  /** By the rig; `windowMs`: how long the server keeps a stream without its socket. */
  | { readonly is: "cut"; readonly at: number; readonly windowMs: number }
  | { readonly is: "server-killed"; readonly at: number }
  /** Nothing that is judged: what a client went through, to find out why. */
  | { readonly is: "said"; readonly at: number; readonly text: string };

type Noted<E> = E extends Entry ? Omit<E, "at"> : never;

/** One client's book. */
export class Diary {
  readonly entries: Entry[] = [];
  readonly #had = new Set<number>();

  /** Items that came, each counted once. */
  get received(): number {
    return this.#had.size;
  }

  note(entry: Noted<Entry>): void {
    if (entry.is === "received") this.#had.add(entry.n);
    this.entries.push({ ...entry, at: performance.now() } as Entry);
  }
}
