/**
 * What a connection manager listens to, and for which of its streams (docs/protocol.md: Subscribe and join, Deliver).
 *
 * Pure bookkeeping: it decides what becomes of an item; calls and sockets are the shell's. One entry per node that some
 * stream wants; an entry without listeners is deleted, and what still comes for it is `unwanted`.
 *
 * @module
 */

import type { Item, NodeAddress, Position } from "../contract.ts";
import { isAfter, laterOf, START } from "./position.ts";

/** One stream's listening to one node. */
export interface Listener {
  readonly stream: string;
  /** `pending`: a subscribe is under way; what arrives is held. `waiting`: the node is being joined. */
  state: "pending" | "waiting" | "live";
  /** Address of its events. */
  to: string;
  /** The last item it got, or the one its subscription began after. */
  epoch: number;
  seq: number;
  /** Where it began: it was there for what comes after. */
  start: Position;
  /** Rights version under which it was granted. */
  rights: number;
  /** Items that came while pending. */
  held: Item[];
  /** More came while pending than may be held, or could be had: the subscribe has to be asked anew. */
  missed: boolean;
}

export interface Entry {
  readonly address: NodeAddress;
  /** `joining`: no position yet. `gap`: items are missing and asked for. */
  state: "joining" | "live" | "gap";
  /** Join numbers up to this one were drawn before somebody wanted the node. */
  readonly after: number;
  /** Latest join number drawn. */
  join: number;
  epoch: number;
  seq: number;
  /** Its position is what this life of the manager had, or joined at; a sleep may have left one that is behind. */
  isExact: boolean;
  /** Where the node stood here when it went on in its present epoch; null: not known. */
  turned: Position | null;
  /** What some stream of this manager has had, or began after: who comes new begins after it. */
  furthest: Position;
  readonly listeners: Map<string, Listener>;
  /** False: none of the listeners is pending, so an item need not be held for any. */
  mayHold: boolean;
  /** Items that came while joining or in a gap. */
  held: Item[];
  /** The newest item, where it is known. */
  last: Item | null;
  /** The newest items whose id their publisher chose. */
  readonly remembered: Item[];
}

/** What to do with an item: `send` to the entry's listeners, ask `since`, or nothing. */
export type Verdict = "unwanted" | "drop" | "hold" | "gap" | "send";

/** What a stream that wants to listen has to do. */
export type Want =
  /** It listens already: nothing but the answer. */
  | "listening"
  /** The node is joined: it goes live at the node's own position. */
  | "live"
  /** Somebody's join is under way: it takes the position that brings. */
  | "wait"
  /** Nobody joined: a join has to be made. */
  | "join";

export interface Bounds {
  /** Items that may be held for one stream or one node. */
  readonly heldItems: number;
  /** Ids remembered per node. */
  readonly rememberedIds: number;
  /** Nodes that one stream has left, of which it is remembered how far it had them. */
  readonly leftNodes: number;
}

/** The item of a held row that an equal one is a repeat of: as `JoinTable.firstOf`, for what was held for one stream. */
export function firstAmong(due: readonly Item[], item: Item): Item | undefined {
  if (!item.given) return undefined;
  return due.slice(0, due.indexOf(item)).findLast(({ id, tail }) => id === item.id && tail === item.tail);
}

export class JoinTable {
  readonly entries = new Map<NodeAddress, Entry>();
  readonly #bounds: Bounds;
  /** Of nodes that streams have left: what they had. The last that was left comes last. */
  readonly #had = new Map<string, Map<NodeAddress, Position>>();
  #lastJoin = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Draws a join number: Unix milliseconds, made to rise. */
  drawJoin(now: number): number {
    this.#lastJoin = Math.max(now, this.#lastJoin + 1);
    return this.#lastJoin;
  }

  /**
   * A listener as an attachment tells of it, after a sleep. The node stands where its hindmost listener does: one that
   * subscribed last may be ahead of items which the others are still to get.
   */
  restore(address: NodeAddress, join: number, listener: Omit<Listener, "held" | "state" | "start" | "missed">): Listener {
    const entry = this.#entryOf(address);
    const restored: Listener = { ...listener, state: "live", held: [], missed: false, start: { epoch: listener.epoch, seq: listener.seq } };
    entry.listeners.set(listener.stream, restored);
    entry.join = Math.max(entry.join, join);
    this.#lastJoin = Math.max(this.#lastJoin, join);
    if (entry.state === "joining" || isAfter(entry, restored)) [entry.epoch, entry.seq] = [restored.epoch, restored.seq];
    entry.furthest = laterOf(entry.furthest, restored.start);
    entry.state = "live";
    entry.isExact = false;
    return restored;
  }

  /** How far a stream had a node that it has left, as far as that is remembered. */
  hadOf(stream: string, address: NodeAddress): Position {
    return this.#had.get(stream)?.get(address) ?? START;
  }

  /** What a stream had of nodes that it has left: if it comes back to one, it begins no earlier, wherever its manager stands. */
  leftBy(stream: string): ReadonlyMap<NodeAddress, Position> {
    return this.#had.get(stream) ?? new Map();
  }

  /** A stream had a node up to here, and listens to it no more. */
  noteLeft(address: NodeAddress, stream: string, { epoch, seq }: Position): void {
    const left = this.#had.get(stream) ?? new Map<NodeAddress, Position>();
    this.#had.set(stream, left);
    const position = laterOf({ epoch, seq }, left.get(address) ?? START);
    left.delete(address);
    left.set(address, position);
    const [oldest] = left.keys();
    if (left.size > this.#bounds.leftNodes && oldest) left.delete(oldest);
  }

  /** The stream is over, or another manager's. */
  forget(stream: string): void {
    this.#had.delete(stream);
  }

  #entryOf(address: NodeAddress): Entry {
    let entry = this.entries.get(address);
    if (!entry) {
      entry = {
        address,
        state: "joining",
        after: this.#lastJoin,
        join: 0,
        epoch: 0,
        seq: 0,
        isExact: false,
        turned: null,
        furthest: START,
        listeners: new Map(),
        mayHold: false,
        held: [],
        last: null,
        remembered: [],
      };
      this.entries.set(address, entry);
    }
    return entry;
  }

  /** A present stream wants a node that the session granted: presence, or another resource's subscription. */
  want(address: NodeAddress, stream: string, to: string, rights: number): Want {
    const known = this.entries.get(address);
    const listener = known?.listeners.get(stream);
    // Its own subscribe is under way: that brings the position, and what is held for it stays.
    if (listener?.state === "pending") return "wait";
    if (listener) {
      [listener.to, listener.rights] = [to, Math.max(rights, listener.rights)];
      return listener.state === "live" ? "listening" : "wait";
    }
    const entry = this.#entryOf(address);
    const joined = entry.state !== "joining";
    const at = joined ? laterOf(laterOf(entry.furthest, entry), this.hadOf(stream, address)) : START;
    entry.listeners.set(stream, {
      stream,
      state: joined ? "live" : "waiting",
      to,
      epoch: at.epoch,
      seq: at.seq,
      start: { epoch: at.epoch, seq: at.seq },
      rights,
      held: [],
      missed: false,
    });
    if (joined) return "live";
    return entry.join > 0 ? "wait" : "join";
  }

  /**
   * Marks a stream as pending before its subscribe is asked for, or asked anew: from now on what arrives is held for it.
   *
   * @returns false if it listens already, so that only the answer is sent again
   */
  pend(address: NodeAddress, stream: string): boolean {
    const entry = this.#entryOf(address);
    const listener = entry.listeners.get(stream);
    if (listener && listener.state !== "pending") return false;
    entry.mayHold = true;
    entry.listeners.set(stream, { stream, state: "pending", to: "", epoch: 0, seq: 0, start: START, rights: 0, held: [], missed: false });
    return true;
  }

  /** Notes the number of a join that is about to be made. */
  joining(address: NodeAddress, join: number): void {
    const entry = this.entries.get(address);
    if (entry) entry.join = Math.max(entry.join, join);
  }

  /**
   * A join was answered: the node is live at this position, and whoever waited goes live with it. A join that was drawn
   * before the node was wanted again tells of a time that these streams were not there.
   *
   * @returns items that came meanwhile and are still to be judged, in order
   */
  joined(address: NodeAddress, position: Position, last: Item | null, join = Number.POSITIVE_INFINITY): Item[] {
    const entry = this.entries.get(address);
    if (!entry) return [];
    if (last && (!entry.last || isAfter(last, entry.last))) entry.last = last;
    if (entry.state !== "joining" || join <= entry.after) return [];
    [entry.state, entry.epoch, entry.seq, entry.isExact] = ["live", position.epoch, position.seq, true];
    for (const listener of entry.listeners.values()) {
      if (listener.state !== "waiting") continue;
      const start = laterOf(position, this.hadOf(listener.stream, address));
      Object.assign(listener, { state: "live", epoch: start.epoch, seq: start.seq, start });
    }
    return this.inOrder(entry.held.splice(0));
  }

  /**
   * What came with the answer to a publish may have been overtaken by what was published after it. Of the same item twice
   * the first stays first: one that was held may not say what came before it.
   */
  protected inOrder(items: Item[]): Item[] {
    return items.sort((a, b) => (isAfter(a, b) ? 1 : isAfter(b, a) ? -1 : 0));
  }

  /**
   * A join failed: who waited for it stays, and somebody has to join again.
   *
   * @returns true if streams still wait
   */
  joinFailed(address: NodeAddress): boolean {
    const entry = this.entries.get(address);
    if (entry?.state !== "joining") return false;
    entry.join = 0;
    entry.held = [];
    return [...entry.listeners.values()].some(({ state }) => state === "waiting");
  }

  /**
   * A pending subscribe was granted from `position` on: the stream is live.
   *
   * @returns what was held for it and comes after the position, in order; undefined if it is pending no more, or missed
   *   something
   */
  granted(address: NodeAddress, stream: string, to: string, position: Position, rights: number): Item[] | undefined {
    const entry = this.entries.get(address);
    const listener = entry?.listeners.get(stream);
    if (!entry || !listener || listener.state !== "pending" || listener.missed) return undefined;
    const start = laterOf(position, this.hadOf(stream, address));
    Object.assign(listener, { state: "live", to, rights, epoch: start.epoch, seq: start.seq, start });
    entry.furthest = laterOf(entry.furthest, start);
    const due = listener.held.filter((item) => isAfter(item, start));
    listener.held = [];
    return due;
  }

  /**
   * A stream has come from another manager, which told where it stands: what is not after that it has had, also if it
   * comes here late; and it was not there for what came before to this manager alone.
   */
  placed(address: NodeAddress, stream: string, { epoch, seq }: Position): void {
    const listener = this.entries.get(address)?.listeners.get(stream);
    if (!listener) return;
    const position = { epoch, seq };
    if (isAfter(position, listener)) Object.assign(listener, position);
    listener.start = laterOf(listener.start, position);
  }

  /** A stream stops listening to a node: refused, unsubscribed, revoked. */
  leave(address: NodeAddress, stream: string): void {
    const entry = this.entries.get(address);
    if (!entry) return;
    const listener = entry.listeners.get(stream);
    if (listener?.state === "live") this.noteLeft(address, stream, listener);
    entry.listeners.delete(stream);
    if (entry.listeners.size === 0) this.entries.delete(address);
  }

  /** Did the node go on into a later epoch without this item? Then nobody here will get it any more. */
  isOutdated(address: NodeAddress, item: Item): boolean {
    return (this.entries.get(address)?.epoch ?? 0) > item.epoch;
  }

  /** Can an item of this node be taken? One that would have to be held beyond the bound must not be acknowledged. */
  hasRoom(address: NodeAddress): boolean {
    const entry = this.entries.get(address);
    return !entry || entry.state === "live" || entry.held.length < this.#bounds.heldItems;
  }

  /**
   * Judges an item that a host delivered. `send` has advanced the node: the caller sends it to `receiversOf`.
   * Pending streams have it held by then.
   */
  judge(address: NodeAddress, item: Item): Verdict {
    const entry = this.entries.get(address);
    if (!entry || entry.listeners.size === 0) return "unwanted";
    if (entry.state !== "live") {
      if (entry.held.length < this.#bounds.heldItems) entry.held.push(item);
      return "hold";
    }
    if (!isAfter(item, entry)) return "drop";
    const expected = item.epoch === entry.epoch ? entry.seq : 0;
    if (item.prev !== expected) {
      entry.state = "gap";
      entry.held.push(item);
      return "gap";
    }
    this.#advance(entry, item);
    return "send";
  }

  #advance(entry: Entry, item: Item): void {
    if (item.epoch !== entry.epoch) entry.turned = entry.isExact ? { epoch: entry.epoch, seq: entry.seq } : null;
    entry.isExact = true;
    entry.epoch = item.epoch;
    entry.seq = item.seq;
    entry.last = item;
    if (!entry.mayHold) return;
    entry.mayHold = false;
    for (const listener of entry.listeners.values()) {
      if (listener.state !== "pending") continue;
      entry.mayHold = true;
      if (listener.held.length < this.#bounds.heldItems) listener.held.push(item);
      else listener.missed = true;
    }
  }

  /**
   * The item an equal one was a repeat of: the publisher sent it again, having had no answer (docs/protocol.md: Answer
   * to the publisher). Streams that were there when it came do not get it twice.
   */
  firstOf(entry: Entry, item: Item): Item | undefined {
    if (!item.given) return undefined;
    const first = entry.remembered.findLast(({ id }) => id === item.id);
    entry.remembered.push(item);
    if (entry.remembered.length > this.#bounds.rememberedIds) entry.remembered.shift();
    return first && first.tail === item.tail ? first : undefined;
  }

  /** May this listener be sent the item? Tells so at most once per item. */
  take(listener: Listener, item: Item, first: Item | undefined): boolean {
    if (listener.state !== "live" || !isAfter(item, listener)) return false;
    listener.epoch = item.epoch;
    listener.seq = item.seq;
    return first === undefined || !isAfter(first, listener.start);
  }

  /**
   * Answers to `since`: the missing items and what was held.
   *
   * @returns items to judge in order
   */
  filled(address: NodeAddress, items: readonly Item[]): Item[] {
    const entry = this.entries.get(address);
    if (entry?.state !== "gap") return [];
    entry.state = "live";
    return this.inOrder([...items, ...entry.held.splice(0)]);
  }

  /**
   * The log does not reach back: who listens has missed something and must be told. The node goes on from `position`,
   * once `filled` says that there is nothing to fill.
   *
   * @returns the streams to end
   */
  unreachable(address: NodeAddress, position: Position): string[] {
    const entry = this.entries.get(address);
    if (entry?.state !== "gap") return [];
    [entry.epoch, entry.seq, entry.isExact, entry.turned] = [position.epoch, position.seq, false, null];
    const told: string[] = [];
    for (const listener of entry.listeners.values()) {
      if (listener.state === "pending") listener.missed = true;
      // Who subscribed behind the gap misses nothing.
      else if (isAfter(position, listener)) told.push(listener.stream);
    }
    return told;
  }

  /**
   * Did nothing that was answered follow this position in its epoch? This manager can tell of where the node stands here,
   * and of where it stood before its present epoch; the start of an epoch that never got here is as good.
   *
   * @returns the epoch that came next; "any": whatever the host has; undefined: it is not known
   */
  epochAfter(address: NodeAddress, position: Position): number | "any" | undefined {
    const entry = this.entries.get(address);
    if (entry?.state !== "live") return undefined;
    const isEnd = ({ epoch, seq }: Position): boolean => (position.epoch === epoch ? position.seq === seq : position.epoch > epoch && position.seq === 0);
    if (position.epoch < entry.epoch) return entry.turned && isEnd(entry.turned) ? entry.epoch : undefined;
    return entry.isExact && isEnd(entry) ? "any" : undefined;
  }

  /** Puts a node into a gap because the audit says that it is behind; false if it is in one, or not live. */
  suspect(address: NodeAddress): boolean {
    const entry = this.entries.get(address);
    if (entry?.state !== "live") return false;
    entry.state = "gap";
    return true;
  }
}
