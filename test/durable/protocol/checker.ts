/**
 * Holds a run of the model against the invariants of docs/protocol.md.
 *
 * It sees what an outsider could see: what publishers were answered, what went to which socket and when, what the
 * Directory was told to be done. Of the objects' own minds it uses one thing: the position a stream was made live at.
 *
 * @module
 */

import type { Item, Position, UserRecord } from "../../../durable/contract.ts";
import type { Entry } from "../../../durable/protocol/join_table.ts";
import { isAfter } from "../../../durable/protocol/position.ts";
import type { Ask, Connection, Reply } from "./connection.ts";
import { Ledger } from "./ledger.ts";
import type { Life } from "./network.ts";
import { addressOf, isPositionStored, isStored, nodeOf, POLICY, type Sizes } from "./surroundings.ts";

export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8";

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
  readonly stream: string | null;
  readonly node: string | null;
  /** When what it is about happened; null: just now. */
  readonly when: number | null;
}

interface Noted {
  readonly at: number;
  readonly stream: string | null;
  readonly node: string | null;
  readonly text: string;
}

/** One item as it was appended to the log of its host. */
interface Appended {
  readonly item: Item;
  readonly at: number;
  /** How many items with a given id the node had by then. */
  readonly no: number;
  /** Its publisher was answered without `pending`. */
  answered: boolean;
}

/** A stream listens to a node, as it was told or as it got items. */
interface Period {
  readonly stream: string;
  readonly address: string;
  /** Position it began after; null: told, but not made live yet. */
  start: Position | null;
  told: number | null;
  /** When it was made live. */
  opened: number;
  asked: boolean;
  closed: boolean;
  readonly got: Appended[];
}

interface Got {
  readonly appended: Appended;
  readonly life: Life;
  readonly period: Period;
}

/** An item that waits for a stream with stream management, or was sent to it. */
interface Pushed {
  readonly appended: Appended;
  readonly period: Period;
}

/** An audit comes every minute. */
const PROMPT_MS = 15_000;

/** The life of the host that appended it. */
const lifeOf = ({ head }: Item): string => head.slice(head.lastIndexOf("@"));
const show = ({ epoch, seq }: Position): string => `${epoch}.${seq}`;

export class Checker {
  readonly violations: Violation[] = [];
  readonly trace: Noted[] = [];
  /** Nothing fails, and no bound is met: then nothing may wait for an audit. */
  calm = false;
  /** How often things happened that a run should meet. */
  readonly seen: Record<string, number> = {};
  readonly #now: () => number;
  readonly #sizes: Sizes;
  readonly #tracing: boolean;
  readonly #log = new Map<string, Map<string, Appended>>();
  readonly #newest = new Map<string, Position>();
  readonly #periods = new Map<string, Period>();
  readonly #all: Period[] = [];
  /** Streams that were answered a subscribe of an address. */
  readonly #subscribed = new Set<string>();
  readonly #last = new Map<string, Position>();
  readonly ledger: Ledger;
  /** Streams whose last presence was accepted. */
  readonly announcedLast = new Set<string>();
  /** Streams that did not listen to an address when they asked to, and wait for the answer. */
  readonly #unanswered = new Set<string>();
  readonly #asked = new Map<string, number>();
  readonly #judged = new Map<string, Life>();
  readonly #gotIds = new Map<string, Got>();
  /** Streams that ended, and when. */
  readonly #ended = new Map<string, number>();
  /** Streams with stream management; what their clients see is what counts. */
  readonly #managed = new Set<string>();
  /** Streams whose clients know that they are over. */
  readonly #over = new Set<string>();
  /** Streams that have moved → the manager that they have moved to. */
  readonly #moved = new Map<string, string>();
  readonly #pushed = new Map<string, Pushed>();
  readonly #issued = new Map<string, { readonly version: number; readonly record: UserRecord | null }[]>();
  readonly #done = new Map<string, number>();

  constructor(now: () => number, sizes: Sizes, tracing: boolean) {
    this.#now = now;
    this.ledger = new Ledger(now);
    this.#sizes = sizes;
    this.#tracing = tracing;
  }

  violate(invariant: Invariant, text: string, stream: string | null = null, node: string | null = null, when: number | null = null): void {
    this.violations.push({ invariant, text, stream, node, when });
    this.note(stream, node, () => `!!! ${invariant} ${text}`);
  }

  /** A line for the trace, made only when somebody will read it. */
  note(stream: string | null, node: string | null, text: () => string): void {
    if (this.#tracing) this.trace.push({ at: this.#now(), stream, node, text: text() });
  }

  count(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  // ---------------------------------------------------------- publishers

  appended(item: Item): void {
    const address = addressOf(item.node);
    const log = this.#log.get(address) ?? new Map<string, Appended>();
    this.#log.set(address, log);
    log.set(show(item), { item, at: this.#now(), no: log.size, answered: false });
    const newest = this.#newest.get(address);
    if (newest && !isAfter(item, newest)) this.violate("I1", `${show(item)} appended after ${show(newest)}`, null, item.node);
    this.#newest.set(address, item);
    this.note(null, item.node, () => `appended ${show(item)} ${item.id}`);
  }

  answered(node: string, position: Position, pending: boolean): void {
    const appended = this.#log.get(addressOf(node))?.get(show(position));
    if (!appended) return this.violate("I3", `answered with ${show(position)}, which was never appended`, null, node);
    this.count(pending ? "pending" : "answered");
    this.note(null, node, () => `publisher of ${appended.item.id} answered: ${show(position)}${pending ? " pending" : ""}`);
    if (!pending) appended.answered = true;
  }

  /** A gap is told of a node whose position is stored: something must have followed. */
  reset(node: string, position: Position): void {
    if (!isStored(node) && !isPositionStored(node)) return;
    const newest = this.#newest.get(addressOf(node));
    if (!newest || !isAfter(newest, position)) this.violate("I3", `a gap told after ${show(position)}, which nothing followed`, null, node);
  }

  rowsOfPublish(node: string, rows: number): void {
    if (rows !== (isStored(node) || isPositionStored(node) ? 1 : 0)) this.violate("I7", `${rows} rows for a publish`, null, node);
  }

  rowsOfDelivery(rows: number): void {
    if (rows !== 0) this.violate("I7", `${rows} rows for a delivery`);
  }

  // ------------------------------------------------------------- streams

  #periodOf(stream: string, address: string): Period {
    const key = `${stream} ${address}`;
    let period = this.#periods.get(key);
    if (!period) {
      period = { stream, address, start: null, told: null, opened: 0, asked: false, closed: false, got: [] };
      this.#periods.set(key, period);
      this.#all.push(period);
    }
    return period;
  }

  /** The stream is live on a node, from a position on; `asked`: by its own subscribe, whose answer comes first. */
  opened(stream: string, address: string, start: Position, asked = false): void {
    const period = this.#periodOf(stream, address);
    if (period.start) return;
    period.start = start;
    period.opened = this.#now();
    period.asked = asked;
    this.note(stream, nodeOf(address), () => `listens from ${show(start)}`);
  }

  /** It was told so: every item from now on is owed to it. */
  told(stream: string, address: string): void {
    const period = this.#periodOf(stream, address);
    period.told ??= this.#now();
  }

  restored(stream: string, address: string, at: Position): void {
    this.opened(stream, address, at);
    this.note(stream, nodeOf(address), () => `restored at ${show(at)}`);
  }

  /** A change of rights took a node from a stream: rightly so, unless it was granted under this version or a later one. */
  revoked(stream: string, address: string, of: { granted: number; version: number }, handedOver: boolean): void {
    if (handedOver) return;
    if (of.granted < of.version) this.closed(stream, address);
    else this.note(stream, nodeOf(address), () => "listens no more, though nothing forbids it");
  }

  /** A stream left a node, pending or not. */
  left(stream: string, address: string): void {
    this.#unanswered.delete(`${stream} ${address}`);
  }

  /** Its manager woke: what was asked is not answered any more. */
  forgot(stream: string): void {
    for (const key of this.#unanswered) if (key.startsWith(`${stream} `)) this.#unanswered.delete(key);
  }

  /** Its manager woke: what the stream was not told of, and its attachment does not say, is forgotten. */
  woke(stream: string, restored: ReadonlySet<string>): void {
    this.forgot(stream);
    for (const { address, told } of [...this.#periods.values()].filter((period) => period.stream === stream)) {
      if (told === null && !restored.has(address)) this.closed(stream, address);
    }
  }

  closed(stream: string, address: string): void {
    const key = `${stream} ${address}`;
    const period = this.#periods.get(key);
    if (!period) return;
    period.closed = true;
    this.#periods.delete(key);
    this.#subscribed.delete(key);
    this.note(stream, nodeOf(address), () => "listens no more");
  }

  /** A manager begins with a request of a client; `listens`: to the node of it already. */
  asked(connection: Connection, ask: Ask, listens: boolean): void {
    if (ask.frame === "presence") this.announcedLast.delete(connection.key);
    if (ask.frame === "subscribe") {
      this.#asked.set(connection.key, this.#now());
      if (!listens) this.#unanswered.add(`${connection.key} ${addressOf(ask.node)}`);
    }
    if (ask.frame === "unsubscribe") this.ledger.unsubscribing(this.#askedOf(connection, ask));
  }

  /** Its presence was accepted. */
  announced(stream: string): void {
    this.announcedLast.add(stream);
  }

  #askedOf(connection: Connection, { node, full }: { readonly node: string; readonly full: boolean }) {
    return { jid: connection.stream.jid, node, subscriber: connection.subscriberOf(full) };
  }

  /** `isDue`: from now on it is to get what comes for the node. */
  replied(connection: Connection, reply: Reply, isDue: boolean): void {
    const { key } = connection;
    if (reply.reply === "subscribed") this.ledger.subscribed(this.#askedOf(connection, reply), this.#asked.get(key) ?? 0);
    this.note(key, "node" in reply ? (reply.node ?? null) : null, () => `reply ${JSON.stringify(reply)}`);
    this.count(`reply ${reply.reply}`);
    if ("node" in reply && reply.node) this.#unanswered.delete(`${key} ${addressOf(reply.node)}`);
    if (reply.reply !== "subscribed") return;
    this.#subscribed.add(`${key} ${addressOf(reply.node)}`);
    if (isDue) this.told(key, addressOf(reply.node));
  }

  // --------------------------------------------------- stream management

  managed(stream: string): void {
    this.#managed.add(stream);
  }

  isManaged(stream: string): boolean {
    return this.#managed.has(stream);
  }

  /** The client knows that the stream is over, or has given it up. */
  over(stream: string, how: string): void {
    if (this.#over.has(stream)) return;
    this.#over.add(stream);
    this.count(`over ${how}`);
    this.note(stream, null, () => `over for its client: ${how}`);
  }

  isOver(stream: string): boolean {
    return this.#over.has(stream);
  }

  /** Another manager, or the same one from a row, goes on with the stream. */
  moved(stream: string, to: string): void {
    this.#moved.set(stream, to);
    // What it was asked before is handled, and answered by nobody else.
    for (const key of this.#unanswered) {
      const [asker, address = ""] = key.split(" ");
      if (asker === stream) this.violate("I2", "moved before its subscribe was answered", stream, nodeOf(address));
    }
    this.note(stream, null, () => "moved");
  }

  /** Has the stream moved on from this manager, which may not have heard of it? */
  hasLeft(stream: string, manager: string): boolean {
    return (this.#moved.get(stream) ?? manager) !== manager;
  }

  /** What a stream listens to, as far as it is known here. */
  addressesOf(stream: string): string[] {
    return [...this.#periods.values()].filter((period) => period.stream === stream).map(({ address }) => address);
  }

  /** An item goes to a stream's socket, or waits for one; `isOld`: what was caught up with a resumption. */
  pushed(connection: Connection, address: string, item: Item, life: Life, isOld = false): void {
    const { key } = connection;
    if (!this.#managed.has(key)) {
      if (connection.socket?.state === "open") this.received(connection, address, item, life);
      return;
    }
    if (!connection.ready && !isOld) return;
    const id = `${key} ${address} ${show(item)}`;
    if (this.#pushed.get(id)?.period.closed === false) return;
    this.note(key, nodeOf(address), () => `is to get ${show(item)} ${item.id}`);
    // What a manager keeps of a stream that has moved on is nobody's.
    const found = isOld || !connection.socket ? this.#caughtUp(key, address, item) : this.#isListening(key, address, item);
    if (!found) return;
    this.#pushed.set(id, found);
    if (!isOld && !connection.handedOver && !this.#moved.has(key)) this.#checkRepeat(found.period, found.appended, life);
  }

  /** What came while the stream was brought up to date; it may have left the node since. */
  #caughtUp(key: string, address: string, item: Item): Pushed | undefined {
    const standing = this.#periods.get(`${key} ${address}`);
    if (standing?.start && isAfter(item, standing.start)) return this.#isListening(key, address, item);
    const appended = this.#log.get(address)?.get(show(item));
    const period = { stream: key, address, start: null, told: null, opened: 0, asked: false, closed: true, got: [] };
    return appended && { appended, period };
  }

  /** An item is on its way by a socket, whoever may be there to hear it. */
  sent(stream: string, jid: string, item: Item): void {
    if (this.#managed.has(stream)) this.#checkRights(jid, stream, item);
  }

  /** A client with stream management has got an item. */
  got(stream: string, address: string, item: Item): void {
    const node = nodeOf(address);
    this.note(stream, node, () => `gets ${show(item)} ${item.id}`);
    this.count("got");
    const pushed = this.#pushed.get(`${stream} ${address} ${show(item)}`);
    if (!pushed) return this.violate("I2", `got ${show(item)}, which no manager had for it`, stream, node);
    this.#checkOrder(stream, address, item);
    pushed.period.got.push(pushed.appended);
  }

  #checkOrder(stream: string, address: string, item: Item): void {
    const last = this.#last.get(`${stream} ${address}`);
    if (last && !isAfter(item, last)) this.violate("I1", `got ${show(item)} after ${show(last)}`, stream, nodeOf(address));
    this.#last.set(`${stream} ${address}`, item);
  }

  ended(stream: string, cause: string): void {
    if (this.#managed.has(stream)) return this.note(stream, null, () => `ended at a manager: ${cause}`);
    if (this.#ended.has(stream)) return;
    this.#ended.set(stream, this.#now());
    this.count(`ended ${cause}`);
    this.note(stream, null, () => `ended: ${cause}`);
  }

  /** Milliseconds since a stream ended; 0 while it lives. */
  overFor(stream: string): number {
    return this.#now() - (this.#ended.get(stream) ?? this.#now());
  }

  /** An item went to a socket. */
  received({ key, stream }: Connection, address: string, item: Item, life: Life): void {
    const node = nodeOf(address);
    this.note(key, node, () => `gets ${show(item)} ${item.id}`);
    this.count("received");
    if (this.#ended.has(key)) this.violate("I2", `${show(item)} sent to a stream that ended`, key, node);
    this.#checkRights(stream.jid, key, item);
    const found = this.#isListening(key, address, item);
    if (!found) return;
    const { appended, period } = found;
    this.#checkOrder(key, address, item);
    this.#checkRepeat(period, appended, life);
    period.got.push(appended);
    const late = this.#now() - Math.max(appended.at, period.opened);
    // A publish that came twice went with an answer that nobody took.
    if (this.calm && appended.answered && late > PROMPT_MS) this.violate("I3", `got ${show(item)} after ${late / 1000} s, though nothing failed`, key, node);
  }

  /** I2: only what comes after a subscription, and after its answer. */
  #isListening(key: string, address: string, item: Item): Pushed | undefined {
    const node = nodeOf(address);
    const appended = this.#log.get(address)?.get(show(item));
    const period = this.#periods.get(`${key} ${address}`);
    if (!appended) this.violate("I1", `got ${show(item)}, which was never appended`, key, node);
    else if (!period?.start || (period.asked && !this.#subscribed.has(`${key} ${address}`)))
      this.violate("I2", `got ${show(item)} before it was told of a subscription`, key, node);
    else {
      if (this.#unanswered.has(`${key} ${address}`)) this.violate("I2", `got ${show(item)} before its subscribe was answered`, key, node);
      if (!isAfter(item, period.start)) this.violate("I2", `got ${show(item)}, not after ${show(period.start)}`, key, node);
      return { appended, period };
    }
    return undefined;
  }

  #checkRepeat(period: Period, appended: Appended, life: Life): void {
    const { item } = appended;
    if (!item.given) return;
    const { stream, address } = period;
    const key = `${stream} ${address} ${item.id}`;
    const first = this.#gotIds.get(key);
    this.#gotIds.set(key, { appended, life, period });
    if (!first || first.period !== period || first.appended.item.tail !== item.tail) return;
    const between = appended.no - first.appended.no;
    // The manager knew the first one when the repeat came to it, unless it had slept by then.
    const slept = first.life !== this.#judged.get(`${stream} ${address} ${show(item)}`);
    const isAnotherLife = !isStored(item.node) && lifeOf(first.appended.item) !== lifeOf(item);
    const hostForgot = isAnotherLife || between >= (isStored(item.node) ? this.#sizes.storedLog : this.#sizes.memoryLog);
    if ((slept && hostForgot) || between >= this.#sizes.rememberedIds) return;
    this.violate("I1", `got ${item.id} twice: ${show(first.appended.item)} and ${show(item)}`, stream, nodeOf(address));
  }

  // -------------------------------------------------------------- rights

  rightsIssued(jid: string, version: number, record: UserRecord | null): void {
    const issued = this.#issued.get(jid) ?? [];
    issued.push({ version, record });
    this.#issued.set(jid, issued);
    this.ledger.issued(jid, { version, record });
    this.note(null, null, () => `rights ${jid} ${version}: ${record ? record.teams.join(" ") : "deleted"}`);
  }

  rightsDone(jid: string, version: number): void {
    this.#done.set(jid, Math.max(version, this.#done.get(jid) ?? 0));
    this.ledger.done(jid, version);
    this.note(null, null, () => `rights ${jid} ${version} done`);
  }

  #checkRights(jid: string, stream: string, { node, ...item }: Item): void {
    const done = this.#done.get(jid) ?? 0;
    const may = (this.#issued.get(jid) ?? []).some(({ version, record }) => version >= done && record !== null && POLICY.allows(record, node));
    if (!may) this.violate("I6", `got ${show(item)} though ${jid} lost the right to it in version ${done}`, stream, node);
  }

  /** A manager took an item for its streams: in which life, the first time. */
  judged(streams: Iterable<string>, address: string, item: Item, life: Life): void {
    for (const stream of streams) {
      const key = `${stream} ${address} ${show(item)}`;
      if (!this.#judged.has(key)) this.#judged.set(key, life);
    }
  }

  // -------------------------------------------------------------- bounds

  bound(what: string, size: number, bound: number): void {
    if (size > bound) this.violate("I8", `${size} in ${what}, which is bounded to ${bound}`);
    if (size === bound) this.count(`full ${what}`);
  }

  held(entry: Entry | undefined): void {
    if (!entry) return;
    this.bound("held", entry.held.length, this.#sizes.heldItems);
    this.bound("remembered", entry.remembered.length, this.#sizes.rememberedIds);
    for (const { held } of entry.listeners.values()) this.bound("held for a stream", held.length, this.#sizes.heldItems);
  }

  // ------------------------------------------------------------- the end

  /** After a time of quiet: every stream that was not ended has everything that it was owed. */
  checkComplete(): void {
    for (const period of this.#all) {
      if (this.#ended.has(period.stream) || this.#over.has(period.stream)) continue;
      const got = new Set(period.got);
      const ids = new Set(period.got.map(({ item }) => `${item.id} ${item.tail}`));
      const furthest = period.got.at(-1)?.item;
      for (const appended of this.#log.get(period.address)?.values() ?? []) {
        if (!appended.answered || got.has(appended) || !this.#isOwed(period, appended, furthest)) continue;
        const { item, at } = appended;
        // The first of a repeat may have come instead.
        if (item.given && ids.has(`${item.id} ${item.tail}`)) continue;
        this.violate("I3", `never got ${show(item)} ${item.id}, which was answered`, period.stream, nodeOf(period.address), at);
        break;
      }
    }
  }

  #isOwed(period: Period, { item, at }: Appended, furthest: Position | undefined): boolean {
    // What it got after a hole shows the hole, even if it listens no more.
    if (period.closed && !(furthest && isAfter(furthest, item))) return false;
    if (period.start && isAfter(item, period.start)) return period.told !== null || (furthest !== undefined && isAfter(furthest, item));
    return period.told !== null && at > period.told;
  }
}
