/**
 * One socket with its stream, and the attachment that brings it through a sleep.
 *
 * The attachment is `[text, numbers, ...held]`: the stream's record as JSON, rewritten when it changes, six numbers for each
 * node it listens to, and what the client has not acknowledged, both rewritten with every delivery. Cloudflare keeps
 * 16 KiB of it in memory, never on disk. A stream without a socket is a row, which says the same.
 *
 * @module
 */

import {
  addressed,
  automaticNodes,
  escapeAttr,
  type Family,
  MESSAGE_END,
  messageEnd,
  partsOfAddressing,
  REQUEST,
  type Stream,
  type StreamEvent,
} from "../../xmpp/mod.ts";
import type { Item, Listens, Position } from "../contract.ts";
import { CountProof, type Next } from "../protocol/count_proof.ts";
import { markOfTable } from "../placing.ts";
import { heard, type Life, LIFE_LENGTH } from "../protocol/liveness.ts";
import { Patience } from "../protocol/patience.ts";
import { type Owing, Reading } from "../protocol/reading.ts";
import { type Unacked, Unacknowledged } from "../protocol/unacknowledged.ts";
import type { Inactive } from "./inactive.ts";
import { type Held, HeldNumbers, readHeld } from "./held.ts";
import type { ManagerStore } from "./store.ts";
import { unguessable } from "../unguessable.ts";

/** Bytes of an attachment that are ours to fill: the platform takes 16,384, and writes some of its own. */
const ROOM = 15_000;

/** What is sent in the place of something whose right was revoked: the count has to come out. */
const BLANK = '<message xmlns="jabber:client" type="headline"/>';

/** Characters after which an acknowledgement is asked for, however few the stanzas. */
const ASK_LENGTH = 98_304;
const PROBE = "are-you-there";
const COUNTED_PROBE = /^are-you-there-(\d{1,15})$/;
/** Of an answer to a probe of a client that does not acknowledge: not to be guessed by one that does not read. */
const NAMED_PROBE = /\bid=["']are-you-there-([\w-]{22})["']/;
const SAVE_LIFE_MS = 5000;

/** What a frame says of its sender's life; looked at as text, for every frame comes by here. */
function kindOf(text: string): "ping" | "answer" | "frame" {
  if (text.length > 400) return "frame";
  if (text.includes("urn:xmpp:ping")) return text.includes(PROBE) ? "answer" : "ping";
  return text.startsWith("<a ") || text.includes(PROBE) ? "answer" : "frame";
}

const WIDTH = 6;
const [NO, JOIN, EPOCH, SEQ, RIGHTS, FULL] = [0, 1, 2, 3, 4, 5] as const;
const [BY_FULL_JID, LEFT] = [1, 2] as const;
/** Times this, the number of the ids of several subscriptions. */
const VARIANT = 4;

interface Remembered {
  readonly v: 1;
  readonly key: string;
  readonly incarnation: number;
  readonly acceptedAt: number;
  readonly generation: number;
  /** Highest rights version that the manager was told for the jid. */
  readonly rights: number;
  readonly resumeSeconds?: number;
  /** Mark of the table that the numbers of automatic nodes are of; absent: the preset's, or there are no numbers. */
  readonly table?: number;
  readonly stream: Stream;
}

/** What a row, or another manager, needs of it. */
function frozenEntry(entry: Unacked): Unacked {
  if (entry.kind === "ping") return { kind: "blank" };
  return entry.kind === "item" ? { ...entry, position: { epoch: entry.position.epoch, seq: entry.position.seq } } : entry;
}

function keyOf(address: string, { epoch, seq }: Position): string {
  return `${epoch} ${seq} ${address}`;
}

/** What an attachment says of one node. */
export interface Slot extends Position {
  readonly address: string;
  readonly join: number;
  readonly rights: number;
  /** Its events go to the full jid, not to the bare one. */
  readonly full: boolean;
  /** Ids of the subscriptions by which they come, where those are several (`Addressing`). */
  readonly subids?: string;
  /** It listens to it no more: this is how far it had it. */
  readonly left?: boolean;
}

/** What a stream needs of a socket, be it a WebSocket or a session over HTTP requests. */
export interface Wire {
  readonly readyState: number;
  /** What was sent and has not gone out yet, in bytes or characters; the runtime that is pinned does not say. */
  readonly bufferedAmount?: number;
  /** Stanzas that wait for the client to fetch them. */
  readonly unsent?: readonly string[];
  /** Has no good-bye of its own to wait for. */
  readonly closesAtOnce?: true;
  /** It ends with the memory of its manager, and no attachment is brought through that: its stream has a row, as one without a socket. */
  readonly isMemory?: true;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  serializeAttachment(value: unknown): void;
}

/** A stream without its socket: what a row, or another manager, needs to go on with it. */
export interface Frozen {
  readonly v: 1;
  readonly stream: Stream;
  readonly rights: number;
  readonly generation: number;
  readonly resumeSeconds: number;
  /**
   * Unix milliseconds until which it can be resumed; 0: it has its socket, and this is only what was not acknowledged;
   * `GOES_ON`: it had a wire that nothing but memory knew of.
   */
  readonly until: number;
  /** Its client was being sent things by a wire that nothing but memory knew of. */
  readonly live?: true;
  readonly slots: readonly Slot[];
  readonly sent: number;
  /** What the client's count leaves out; absent: nothing. */
  readonly lag?: number;
  readonly unacked: readonly Unacked[];
  /** More was delivered to it than this says. */
  readonly behind: boolean;
}

/** What the numbers of an attachment stand for. */
interface Numbering {
  readonly nodes: ReadonlyMap<number, string>;
  readonly families: readonly Family[];
}

/** The time to resume begins when the wire is found to be lost. */
export const GOES_ON = Number.MAX_SAFE_INTEGER;

/** An IQ that only asks, or an acknowledgement: to handle it twice does no harm. */
export const asksOnly = (frame: string): boolean => /^<(?:iq\b[^>]*\btype=(["'])get\1|a\b[^>]*\burn:xmpp:sm:3\b)/.test(frame);

export class Connection {
  /** Null while the stream waits to be resumed. */
  socket: Wire | null;
  /** Names the stream among the objects; made once, never reused. */
  readonly key: string;
  readonly acceptedAt: number;
  readonly stream: Stream;
  /** What the client was sent and has not acknowledged; null: it does not acknowledge. */
  unacked: Unacknowledged | null = null;
  readonly #proof = new CountProof();
  /** How long it waits to be resumed without a socket. */
  resumeSeconds = 0;
  /** Unix milliseconds at which the socket was lost. */
  detachedAt = 0;
  /** False while it is being brought up to date: it cannot be resumed yet. */
  ready = true;
  /** Signs of life of the peer; brought through a sleep by the attachment. */
  readonly life: Life;
  readonly #reading: Reading;
  /** With a client that owes more than it may. */
  readonly patience = new Patience();
  #lifeSaved = 0;
  /** Rises when another manager may have taken the stream: the session is to be asked who has it. 0: nobody else. */
  contested = 0;
  /** Keeps what waits while nobody looks at the client. */
  inactive: Inactive | null = null;
  /** So many snapshots of the stream were handed over: what is sent to it since would not be in them. */
  handOvers = 0;
  /** A stanza was sent since this was last looked at: it is not quiet. */
  fresh = false;
  readonly #held = new HeldNumbers();
  /** Something was noted of it since its row was written. */
  unsaved = false;
  /** Of the bind; 0 before. */
  generation = 0;
  /** Highest rights version this stream was told of. */
  rights = 0;
  /** What came while a request was being answered. */
  readonly queue: StreamEvent[] = [];
  queuedBytes = 0;
  running = false;
  publishes = 0;
  /** Requests of the client that are being answered. */
  readonly answering = new Set<Promise<void>>();
  /** What the bind granted for a plain presence to come; null: used, or outdated. Forgotten in a sleep. */
  granted: { readonly rights: number; readonly listens: readonly Listens[] } | null = null;
  /** Last items that its presence is to be followed by. */
  lastDue: { readonly item: Item; readonly to: string }[] = [];
  /** Addresses it listens to, or is about to. */
  readonly nodes = new Set<string>();
  /** `ended` was performed. */
  over = false;
  readonly #incarnation: number;
  readonly #slots = new Map<string, number>();
  #numbers = new Float64Array(LIFE_LENGTH);
  readonly #askEvery: number;
  #text = "";
  #lastTo = "";
  #lastToEscaped = "";
  /** What stands in the place of a message's end; "": nothing. */
  #lastEnd = "";
  #table = 0;

  constructor(of: { socket: Wire | null; key: string; acceptedAt: number; incarnation: number; askEvery: number; stream: Stream }) {
    this.socket = of.socket;
    this.key = of.key;
    this.acceptedAt = of.acceptedAt;
    this.stream = of.stream;
    this.#incarnation = of.incarnation;
    this.#askEvery = of.askEvery;
    this.#reading = new Reading(of.acceptedAt);
    this.life = { heardAt: of.acceptedAt, pingedAt: 0, pingEvery: 0, answers: 0, probedAt: 0 };
  }

  /** The connection of a socket that slept; undefined if its attachment is of another life. */
  static woken(
    socket: WebSocket,
    incarnation: number,
    askEvery: number,
  ): { readonly connection: Connection; readonly numbers: Float64Array; readonly held: Held } | undefined {
    const attachment: unknown = socket.deserializeAttachment();
    if (!Array.isArray(attachment)) return undefined;
    const [text, numbers, ...held]: unknown[] = attachment;
    if (typeof text !== "string" || !(numbers instanceof Float64Array)) return undefined;
    const remembered = JSON.parse(text) as Remembered;
    if (remembered.v !== 1 || remembered.incarnation !== incarnation) return undefined;
    const connection = new Connection({ socket, askEvery, ...remembered });
    connection.stream.management ??= null;
    connection.generation = remembered.generation;
    connection.rights = remembered.rights;
    connection.resumeSeconds = remembered.resumeSeconds ?? 0;
    connection.over = connection.stream.phase === "closing" || connection.stream.phase === "closed";
    connection.#text = text;
    connection.#table = remembered.table ?? 0;
    connection.#recallLife(numbers);
    return { connection, numbers, held: held as unknown as Held };
  }

  /** A stream that a row, or another manager, tells of: without a socket, listening to nothing yet. */
  static thawed(key: string, of: Frozen, { incarnation, askEvery }: { incarnation: number; askEvery: number }): Connection {
    const connection = new Connection({ socket: null, key, acceptedAt: Date.now(), incarnation, askEvery, stream: of.stream });
    connection.ready = false;
    connection.thaw(of);
    connection.unacked = new Unacknowledged(of.sent, of.unacked, of.lag);
    return connection;
  }

  /** Takes over what is told of the stream, save what it has not acknowledged. */
  thaw(of: Omit<Frozen, "behind">): void {
    Object.assign(this.stream, of.stream);
    this.generation = of.generation;
    this.rights = of.rights;
    this.resumeSeconds = of.resumeSeconds;
    this.detachedAt = of.until - of.resumeSeconds * 1000;
  }

  /** All that is needed to go on with the stream elsewhere, or after a sleep. */
  frozen(slots: readonly Slot[]): Frozen {
    this.inactive?.flush(this);
    return {
      v: 1,
      stream: this.stream,
      rights: this.rights,
      generation: this.generation,
      resumeSeconds: this.resumeSeconds,
      until: this.socket?.isMemory ? GOES_ON : this.socket ? 0 : this.detachedAt + this.resumeSeconds * 1000,
      ...(this.socket?.isMemory && { live: true }),
      slots,
      sent: this.unacked?.sent ?? 0,
      lag: this.unacked?.lag ?? 0,
      behind: false,
      unacked: (this.unacked?.entries ?? []).map(frozenEntry),
    };
  }

  /**
   * Brings back what the attachment says was not acknowledged; where it had no room for all of it, the stream cannot be
   * resumed. `kept`: what was written down of it.
   */
  remember(held: Held, slots: readonly (Slot | undefined)[], kept: Frozen | null): void {
    if (!this.stream.management) return;
    const [sent, lag] = held[0] ?? [];
    if (sent === undefined) {
      this.stream.management = null;
      return;
    }
    const places = slots.map((slot) => slot && !slot.left && { ...slot, to: this.addressingOf(slot) });
    const entries = readHeld(held, places);
    this.unacked = new Unacknowledged(sent, entries, lag);
    const items = new Map<string, Item>();
    for (const entry of kept?.unacked ?? []) if (entry.kind === "item" && entry.item) items.set(keyOf(entry.address, entry.position), entry.item);
    this.unacked.restore((address, position) => items.get(keyOf(address, position)));
  }

  /** Where the events of a node go. */
  addressingOf({ full, subids }: Pick<Slot, "full" | "subids">): string {
    const jid = full ? this.fullJid : this.stream.jid;
    return subids ? `${jid}\n${subids}` : jid;
  }

  /** Nothing but a row brings it through the loss of its manager's memory. */
  get isByRow(): boolean {
    return this.socket === null || this.socket.isMemory === true;
  }

  get domain(): string {
    return this.stream.domain;
  }

  get fullJid(): string {
    return `${this.stream.jid}/${this.stream.resource}`;
  }

  /** True until a resource is bound: counts against the limit of streams not signed in. */
  get unsigned(): boolean {
    return this.generation === 0;
  }

  /** Are the numbers of an attachment those of this table? */
  isOfTable(families: readonly Family[], numbers: Float64Array): boolean {
    return numbers.length <= LIFE_LENGTH || this.#table === markOfTable(families);
  }

  /** The slots of an attachment, with the addresses its numbers stand for; those of automatic nodes need no row. Undefined: of a node that is none any more. */
  static slotsOf(connection: Connection, numbers: Float64Array, { nodes, families }: Numbering): (Slot | undefined)[] {
    const { domain, userId } = connection.stream;
    const automatic = automaticNodes(userId, families);
    const slots: (Slot | undefined)[] = [];
    for (let at = 0; at + WIDTH <= numbers.length; at += WIDTH) {
      const no = numbers[at + NO] as number;
      const node = no < 0 ? automatic[-no - 1] : undefined;
      const address = no < 0 ? node && `${domain}/${node}` : nodes.get(no);
      if (!address) {
        slots.push(undefined);
        continue;
      }
      slots.push({
        address,
        join: numbers[at + JOIN] as number,
        epoch: numbers[at + EPOCH] as number,
        seq: numbers[at + SEQ] as number,
        rights: numbers[at + RIGHTS] as number,
        full: (numbers[at + FULL] as number) % VARIANT === BY_FULL_JID,
        left: (numbers[at + FULL] as number) % VARIANT === LEFT,
        subids: nodes.get(Math.floor((numbers[at + FULL] as number) / VARIANT))?.slice(1) ?? "",
      });
    }
    return slots;
  }

  /** Notes what this stream listens to, all of it, and saves. */
  listenTo(slots: readonly Slot[], { store, families }: { readonly store: ManagerStore; readonly families: readonly Family[] }): void {
    this.inactive?.flush(this);
    this.#table = markOfTable(families);
    const automatic = automaticNodes(this.stream.userId, families);
    const prefix = this.domain.length + 1;
    this.#slots.clear();
    this.#numbers = new Float64Array(slots.length * WIDTH + LIFE_LENGTH);
    slots.forEach((slot, index) => {
      const own = automatic.indexOf(slot.address.slice(prefix));
      const no = own >= 0 ? -own - 1 : store.numberOf(slot.address);
      // Ids are numbered like nodes, by a text that no node has.
      const variant = slot.subids ? store.numberOf(`\n${slot.subids}`) : 0;
      const how = slot.left ? LEFT : slot.full ? BY_FULL_JID : 0;
      this.#numbers.set([no, slot.join, slot.epoch, slot.seq, slot.rights, variant * VARIANT + how], index * WIDTH);
      if (!slot.left) this.#slots.set(slot.address, index * WIDTH);
    });
    this.#rebuildHeld();
    this.save();
  }

  /** Changes when something of the stream changes that must survive a sleep. */
  get fingerprint(): string {
    const {
      phase,
      id,
      sasl,
      jid,
      resource,
      role,
      available,
      priority,
      framesBeforeBind,
      authAttempts,
      bindAttempts,
      management,
      inactive,
      hasBlocklist,
      interested,
      directed,
      presence,
    } = this.stream;
    if (phase === "bound")
      return `${inactive ? "inactive" : ""}${hasBlocklist}${available}${priority}${role}${management?.handled}${interested}${directed}${presence}`;
    return `${phase} ${id} ${sasl?.step} ${jid} ${resource} ${framesBeforeBind} ${authAttempts} ${bindAttempts}`;
  }

  /** Writes the stream's record into the attachment. */
  save(): void {
    const remembered: Remembered = {
      v: 1,
      key: this.key,
      incarnation: this.#incarnation,
      acceptedAt: this.acceptedAt,
      generation: this.generation,
      rights: this.rights,
      resumeSeconds: this.resumeSeconds,
      ...(this.#table !== 0 && { table: this.#table }),
      stream: this.stream,
    };
    this.#text = JSON.stringify(remembered);
    this.#attach();
  }

  #attach(): void {
    this.unsaved = true;
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const { unacked, life } = this;
    const at = this.#numbers.length - LIFE_LENGTH;
    if (this.#numbers[at] !== life.heardAt || this.#numbers[at + LIFE_LENGTH - 1] !== life.probedAt) {
      this.#numbers.set([life.heardAt, life.pingedAt, life.pingEvery, life.answers, life.probedAt], at);
      this.#lifeSaved = life.heardAt;
    }
    if (!unacked) return this.socket.serializeAttachment([this.#text, this.#numbers]);
    const room = ROOM - this.#text.length - this.#numbers.byteLength;
    const held = this.#held.write(unacked, room);
    this.socket.serializeAttachment(held.length === 1 ? [this.#text, this.#numbers, held[0]] : [this.#text, this.#numbers, ...held]);
  }

  #rebuildHeld(): void {
    if (!this.unacked) return;
    const index = (address: string): number | undefined => {
      const at = this.#slots.get(address);
      return at === undefined ? undefined : at / WIDTH;
    };
    this.#held.rebuild(this.unacked.entries, { index, epoch: (at) => this.#numbers[at * WIDTH + EPOCH] as number });
  }

  /** The client has handled so many stanzas in all; false if that is more than it was sent. */
  acknowledge(handled: number): boolean {
    if (!this.unacked) return true;
    const { count, lag } = this.unacked;
    if (!this.unacked.acknowledge(handled, (ping) => this.#proof.isShown(ping))) return false;
    this.#held.drop(count - this.unacked.count);
    if (this.unacked.count < count) this.patience.progressed();
    if (this.unacked.lag !== lag) this.#attach();
    return true;
  }

  /** An acknowledgement came: does its count leave something out? True: pings were sent to find out. */
  checkCount(now: number): boolean {
    const next = this.unacked && this.socket ? this.#proof.told(this.unacked.covered, now) : null;
    this.#prove(next);
    return next !== null && next !== "ask";
  }

  /** The client answered a request of ours. */
  answered(id: string): void {
    const no = COUNTED_PROBE.exec(id)?.[1];
    if (no) this.#prove(this.#proof.answered(Number(no)));
  }

  #prove(next: Next): void {
    if (next === null) return;
    if (next === "ask") return this.ask();
    for (const no of next.pings) {
      this.send(this.#ping(`${PROBE}-${no}`));
      this.unacked?.push({ kind: "ping", no });
      this.#held.pushNothing();
    }
    this.#attach();
  }

  #ping(id: string): string {
    return `<iq xmlns="jabber:client" type="get" id="${id}" from="${this.domain}" to="${escapeAttr(this.fullJid)}"><ping xmlns="urn:xmpp:ping"/></iq>`;
  }

  /** What tells of a slow client: what it has not acknowledged, save what its count may leave out. */
  get owed(): { readonly count: number; readonly length: number } {
    const { count, length } = this.unacked?.owed ?? { count: 0, length: 0 };
    return { count: count - this.#proof.doubtful, length };
  }

  /** What is owed of a node is blanked: the right to it is gone. */
  revoke(address: string): void {
    this.inactive?.drop(this, address);
    this.unacked?.revoke(address);
    this.#rebuildHeld();
  }

  #recallLife(numbers: Float64Array): void {
    // Of an attachment of before: it is taken as heard just now.
    this.life.heardAt = Date.now();
    if (numbers.length % WIDTH !== LIFE_LENGTH) return;
    const [heardAt = 0, pingedAt = 0, pingEvery = 0, answers = 0, probedAt = 0] = numbers.subarray(-LIFE_LENGTH);
    Object.assign(this.life, { heardAt, pingedAt, pingEvery, answers, probedAt });
  }

  /**
   * A frame came. What it tells of the peer is saved now and then: a sleep may forget a few seconds of it. `rate`: characters a
   * second that a client is taken to read of which nothing else is known.
   */
  heard(text: string, now: number, rate: number): void {
    const kind = kindOf(text);
    this.#reading.heard(now, rate);
    if (kind === "answer" && this.#reading.answered(NAMED_PROBE.exec(text)?.[1] ?? "")) this.patience.progressed();
    heard(this.life, now, kind);
    if (now - this.#lifeSaved > SAVE_LIFE_MS) this.#attach();
  }

  /** Asks the peer to show that it is there: by an acknowledgement where it gives those, else by a ping (XEP-0199 §4.1). */
  probe(now: number): void {
    this.life.probedAt = now;
    if (this.unacked) this.ask();
    else this.send(this.#ping(`${PROBE}-${this.#reading.probed(unguessable())}`));
    this.#attach();
  }

  /** Characters that the client is not known to have read. */
  get unread(): number {
    return this.#reading.unread(this.life.answers === 1);
  }

  /** Characters that the platform holds for the socket, where it says so. */
  get buffered(): number | undefined {
    return this.socket?.bufferedAmount;
  }

  /** Is the client to be asked whether it reads? `length`: characters that it may have unread. */
  isToBeProbed(length: number): boolean {
    return this.#reading.isToBeProbed(this.buffered ?? this.unread, length);
  }

  /** What it has unread, against what it may; `burst`: characters that may come at once. */
  unreadOf({ length, burst }: { readonly length: number; readonly burst: number }): Owing {
    const { buffered } = this;
    if (buffered !== undefined) return { isBeyond: buffered > length, isFar: buffered > length + burst };
    return this.#reading.judge({ answers: this.life.answers === 1, length, burst });
  }

  /** Sends one frame that does not count as a stanza; a dead peer's frames are dropped by the platform. */
  send(text: string): void {
    this.#reading.sent(text.length);
    try {
      this.socket?.send(text);
    } catch {
      // Closed by us meanwhile: its end is reported by whoever closed it.
    }
  }

  /** Sends a stanza that was written for this stream alone. */
  sendStanza(text: string): void {
    if (this.stream.inactive) this.inactive?.flush(this);
    this.send(text);
    if (!this.unacked) return;
    this.unacked.push({ kind: "text", text });
    if (text.startsWith("<iq")) this.#proof.answerSent();
    this.#held.pushText(text);
    this.fresh = true;
    this.#attach();
    this.#askNowAndThen();
  }

  /** Asks for an acknowledgement once enough was sent (XEP-0198 §4). */
  #askNowAndThen(): void {
    if (this.unacked && (this.unacked.unasked >= this.#askEvery || this.unacked.unaskedLength > ASK_LENGTH)) this.ask();
  }

  /** Asks for an acknowledgement. */
  ask(): void {
    if (!this.socket || !this.unacked) return;
    this.unacked.asked();
    this.#proof.asked(this.unacked.sent);
    this.send(REQUEST);
  }

  /** Sends again what was not acknowledged, in order; it is counted already. */
  sendAgain(): void {
    this.#proof.reset();
    this.unacked?.blankPings();
    this.unacked?.sentAgain();
    for (const entry of this.unacked?.entries ?? []) {
      if (entry.kind === "text") this.send(entry.text);
      else if (entry.kind === "item" && entry.item) this.send(addressed(entry.item, entry.to));
      else this.send(BLANK);
    }
  }

  /** Goes on without a socket. */
  detach(now: number): Wire | null {
    const { socket } = this;
    this.socket = null;
    this.detachedAt = now;
    // It is not sent any more, but owed.
    this.inactive?.end(this);
    this.queue.length = 0;
    this.queuedBytes = 0;
    return socket;
  }

  /** Goes on by the socket of another stream, which is over with that: its queue and its `<open/>` come along. */
  attachTo(other: Connection): void {
    const { id, from, lang } = other.stream;
    Object.assign(this.stream, { id, from, lang });
    this.socket = other.socket;
    other.socket = null;
    this.detachedAt = 0;
    Object.assign(this.life, other.life);
    this.queue.push(...other.queue.splice(0));
    this.queuedBytes += other.queuedBytes;
  }

  /** Sends an item, unless nobody looks at the client: then it waits for a moment. */
  deliver(address: string, item: Item, to: string): void {
    if (this.stream.inactive && this.inactive?.holdItem(this, address, item, to)) return;
    this.deliverNow(address, item, to);
  }

  /** Sends an item and notes its position. */
  deliverNow(address: string, item: Item, to: string): void {
    // Nearly all that a stream hears is addressed alike.
    if (to !== this.#lastTo) {
      const { jid, subids } = partsOfAddressing(to);
      [this.#lastTo, this.#lastToEscaped, this.#lastEnd] = [to, escapeAttr(jid), subids === "" ? "" : messageEnd(subids)];
    }
    const tail = this.#lastEnd === "" ? item.tail : item.tail.slice(0, -MESSAGE_END.length) + this.#lastEnd;
    this.send(item.head + this.#lastToEscaped + tail);
    if (!this.unacked) return this.note(address, item);
    this.unacked.push({ kind: "item", address, position: item, to, item });
    this.fresh = true;
    const at = this.#slots.get(address);
    const isSaid = at !== undefined && this.#numbers[at + EPOCH] === item.epoch;
    if (isSaid) this.#held.pushItem(at / WIDTH, item.seq);
    if (at !== undefined) [this.#numbers[at + EPOCH], this.#numbers[at + SEQ]] = [item.epoch, item.seq];
    if (!isSaid) this.#rebuildHeld();
    this.#attach();
    this.#askNowAndThen();
  }

  /** Notes that the stream has had an item, where its attachment knows the node. */
  note(address: string, item: Position): void {
    const at = this.#slots.get(address);
    if (at === undefined) return;
    this.#numbers[at + EPOCH] = item.epoch;
    this.#numbers[at + SEQ] = item.seq;
    this.#attach();
  }
}
