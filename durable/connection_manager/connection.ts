/**
 * One socket with its stream, and the attachment that brings it through a sleep.
 *
 * The attachment is `[text, numbers]`: the stream's record as JSON, rewritten when it changes, and six numbers for each
 * node it listens to, rewritten with every delivery. Cloudflare keeps 16 KiB of it in memory, never on disk.
 *
 * @module
 */

import { automaticNodes, escapeAttr, type Stream, type StreamEvent } from "../../xmpp/mod.ts";
import type { Item, Listens, Position } from "../contract.ts";
import type { ManagerStore } from "./store.ts";

const WIDTH = 6;
const [NO, JOIN, EPOCH, SEQ, RIGHTS, FULL] = [0, 1, 2, 3, 4, 5] as const;

interface Remembered {
  readonly v: 1;
  readonly key: string;
  readonly incarnation: number;
  readonly acceptedAt: number;
  readonly generation: number;
  /** Highest rights version that the manager was told for the jid. */
  readonly rights: number;
  readonly stream: Stream;
}

/** What an attachment says of one node. */
export interface Slot extends Position {
  readonly address: string;
  readonly join: number;
  readonly rights: number;
  /** Its events go to the full jid, not to the bare one. */
  readonly full: boolean;
}

export class Connection {
  readonly socket: WebSocket;
  /** Names the stream among the objects; made once, never reused. */
  readonly key: string;
  readonly acceptedAt: number;
  readonly stream: Stream;
  /** Of the bind; 0 before. */
  generation = 0;
  /** Highest rights version this stream was told of. */
  rights = 0;
  /** What came while a request was being answered. */
  readonly queue: StreamEvent[] = [];
  queuedBytes = 0;
  running = false;
  publishes = 0;
  /** What the bind granted for a plain presence to come; null: used, or outdated. Forgotten in a sleep. */
  granted: { readonly rights: number; readonly listens: readonly Listens[] } | null = null;
  /** Addresses it listens to, or is about to. */
  readonly nodes = new Set<string>();
  /** `ended` was performed. */
  over = false;
  readonly #incarnation: number;
  readonly #slots = new Map<string, number>();
  #numbers = new Float64Array(0);
  #text = "";
  #lastTo = "";
  #lastToEscaped = "";

  constructor(of: { socket: WebSocket; key: string; acceptedAt: number; incarnation: number; stream: Stream }) {
    this.socket = of.socket;
    this.key = of.key;
    this.acceptedAt = of.acceptedAt;
    this.stream = of.stream;
    this.#incarnation = of.incarnation;
  }

  /** The connection of a socket that slept; undefined if its attachment is of another life. */
  static woken(socket: WebSocket, incarnation: number): { readonly connection: Connection; readonly numbers: Float64Array } | undefined {
    const attachment: unknown = socket.deserializeAttachment();
    if (!Array.isArray(attachment)) return undefined;
    const [text, numbers]: unknown[] = attachment;
    if (typeof text !== "string" || !(numbers instanceof Float64Array)) return undefined;
    const remembered = JSON.parse(text) as Remembered;
    if (remembered.v !== 1 || remembered.incarnation !== incarnation) return undefined;
    const connection = new Connection({ socket, ...remembered });
    connection.generation = remembered.generation;
    connection.rights = remembered.rights;
    connection.over = connection.stream.phase === "closing" || connection.stream.phase === "closed";
    connection.#text = text;
    return { connection, numbers };
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

  /** The slots of an attachment, with the addresses its numbers stand for; those of automatic nodes need no row. */
  static slotsOf(connection: Connection, numbers: Float64Array, nodes: ReadonlyMap<number, string>): Slot[] {
    const { domain, userId } = connection.stream;
    const automatic = automaticNodes(userId);
    const slots: Slot[] = [];
    for (let at = 0; at + WIDTH <= numbers.length; at += WIDTH) {
      const no = numbers[at + NO] as number;
      const node = no < 0 ? automatic[-no - 1] : undefined;
      const address = no < 0 ? node && `${domain}/${node}` : nodes.get(no);
      if (!address) continue;
      slots.push({
        address,
        join: numbers[at + JOIN] as number,
        epoch: numbers[at + EPOCH] as number,
        seq: numbers[at + SEQ] as number,
        rights: numbers[at + RIGHTS] as number,
        full: numbers[at + FULL] === 1,
      });
    }
    return slots;
  }

  /** Notes what this stream listens to, all of it, and saves. */
  listenTo(slots: readonly Slot[], store: ManagerStore): void {
    const automatic = automaticNodes(this.stream.userId);
    const prefix = this.domain.length + 1;
    this.#slots.clear();
    this.#numbers = new Float64Array(slots.length * WIDTH);
    slots.forEach((slot, index) => {
      const own = automatic.indexOf(slot.address.slice(prefix));
      const no = own >= 0 ? -own - 1 : store.numberOf(slot.address);
      this.#numbers.set([no, slot.join, slot.epoch, slot.seq, slot.rights, slot.full ? 1 : 0], index * WIDTH);
      this.#slots.set(slot.address, index * WIDTH);
    });
    this.save();
  }

  /** Changes when something of the stream changes that must survive a sleep. */
  get fingerprint(): string {
    const { phase, id, sasl, jid, resource, role, available, priority, framesBeforeBind, authAttempts, bindAttempts } = this.stream;
    if (phase === "bound") return `${available}${priority}${role}`;
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
      stream: this.stream,
    };
    this.#text = JSON.stringify(remembered);
    this.#attach();
  }

  #attach(): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.serializeAttachment([this.#text, this.#numbers]);
  }

  /** Sends one frame; a dead peer's frames are dropped by the platform. */
  send(text: string): void {
    try {
      this.socket.send(text);
    } catch {
      // Closed by us meanwhile: its end is reported by whoever closed it.
    }
  }

  /** Sends an item and notes its position. */
  deliver(address: string, item: Item, to: string): void {
    // Nearly all that a stream hears is addressed alike.
    if (to !== this.#lastTo) [this.#lastTo, this.#lastToEscaped] = [to, escapeAttr(to)];
    this.send(item.head + this.#lastToEscaped + item.tail);
    this.note(address, item);
  }

  /** Notes that the stream has had an item. */
  note(address: string, item: Position): void {
    const at = this.#slots.get(address);
    if (at === undefined) return;
    this.#numbers[at + EPOCH] = item.epoch;
    this.#numbers[at + SEQ] = item.seq;
    this.#attach();
  }

  close(code: number, reason: string): void {
    try {
      this.socket.close(code, reason);
    } catch {
      // Closed already.
    }
  }
}
