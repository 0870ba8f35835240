/**
 * A socket of the model, its client's end, and the connection a manager keeps for it: mirrors
 * durable/connection_manager/connection.ts and the core's steps as far as streams and subscriptions go.
 *
 * @module
 */

import type { Item, Listens, Position } from "../../../durable/contract.ts";
import { type Unacked, Unacknowledged } from "../../../durable/protocol/unacknowledged.ts";
import { automaticOf } from "./surroundings.ts";

/** What a client sends. */
export type Frame =
  | { readonly frame: "bind"; readonly resource: string }
  | { readonly frame: "presence"; readonly available: boolean; readonly priority: number }
  | { readonly frame: "subscribe" | "unsubscribe"; readonly node: string; readonly full: boolean; readonly at: number }
  | { readonly frame: "publish"; readonly node: string; readonly id: string | null; readonly payload: string; readonly no: number }
  | { readonly frame: "enable" }
  | { readonly frame: "acknowledge"; readonly handled: number }
  | { readonly frame: "resume"; readonly previd: string; readonly handled: number }
  | { readonly frame: "close" };

/** What a client gets. Of items a stream without stream management is told by the checker alone. */
export type Reply =
  | { readonly reply: "item"; readonly stream: string; readonly address: string; readonly item: Item }
  | { readonly reply: "blank" }
  | { readonly reply: "enabled"; readonly id: string }
  | { readonly reply: "resumed"; readonly previd: string; readonly handled: number }
  | { readonly reply: "failed"; readonly condition: string }
  | { readonly reply: "asked" }
  | { readonly reply: "bound"; readonly resource: string }
  | { readonly reply: "subscribed" | "unsubscribed"; readonly node: string; readonly full: boolean }
  | { readonly reply: "published"; readonly no: number; readonly position: Position; readonly pending: boolean }
  | { readonly reply: "refused"; readonly of: string; readonly node?: string; readonly no?: number }
  | { readonly reply: "closed" }
  | { readonly reply: "error"; readonly condition: string };

const COUNTED: ReadonlySet<string> = new Set(["item", "blank", "subscribed", "unsubscribed", "published", "refused"]);
const STANZAS: ReadonlySet<string> = new Set(["presence", "subscribe", "unsubscribe", "publish"]);

/** Does it count for stream management? */
export const isCounted = ({ reply }: Reply): boolean => COUNTED.has(reply);
export const isStanza = ({ frame }: Frame): boolean => STANZAS.has(frame);

/** What is kept of one node in an attachment. */
export interface Slot extends Position {
  readonly address: string;
  readonly join: number;
  readonly rights: number;
  readonly full: boolean;
  /** It listens to it no more: this is how far it had it. */
  readonly left?: boolean;
}

/** A hibernatable socket: it outlasts the manager's memory, not a crash. */
export class Socket {
  readonly id: string;
  /** The bare jid that signed in on it. */
  readonly jid: string;
  state: "open" | "closing" | "closed" = "open";
  attachment: Attachment | undefined;
  readonly #receive: (reply: Reply) => void;
  /** Told when the server closes. */
  onClose: () => void = () => {};

  constructor(id: string, jid: string, receive: (reply: Reply) => void) {
    this.id = id;
    this.jid = jid;
    this.#receive = receive;
  }

  send(reply: Reply): void {
    if (this.state === "open") this.#receive(reply);
  }

  close(): void {
    if (this.state !== "open") return;
    this.state = "closing";
    this.attachment = undefined;
    this.onClose();
  }
}

export interface Stream {
  phase: "binding" | "bound" | "closing" | "closed";
  jid: string;
  resource: string;
  userId: string;
  available: boolean;
  priority: number;
  /** Highest version of its user's rights that its manager was told while it was there. */
  rights: number;
  /** Stanzas of the client that were handled since it asked to resume; null: it did not. */
  management: { handled: number } | null;
}

/** As the shell's. */
export interface Frozen {
  readonly stream: Stream;
  readonly generation: number;
  readonly until: number;
  readonly slots: readonly Slot[];
  readonly sent: number;
  readonly unacked: readonly Unacked[];
  readonly behind: boolean;
  readonly handedOver: boolean;
  readonly left: readonly string[];
}

/** What is not acknowledged, as the shell's attachments tell it: items by their positions, save those of an epoch that is over. */
export interface Held {
  readonly sent: number;
  readonly entries: readonly Unacked[];
}

export interface Attachment {
  readonly key: string;
  readonly incarnation: number;
  readonly acceptedAt: number;
  readonly generation: number;
  readonly stream: Stream;
  readonly slots: readonly Slot[];
  readonly held: Held | null;
}

export type EndCause = "close" | "lost" | "conflict" | "error" | "timeout" | "revoked";
export type Ask = Exclude<Frame, { frame: "close" | "enable" | "acknowledge" }>;
export type Answer =
  | {
      readonly done: true;
      readonly published?: { readonly position: Position; readonly pending: boolean };
      readonly resource?: string;
      readonly userId?: string;
    }
  | { readonly refused: string };
export type StreamEvent =
  | { readonly event: "frame"; readonly frame: Frame }
  | { readonly event: "answered"; readonly ask: Ask; readonly answer: Answer }
  | { readonly event: "fail"; readonly condition: string; readonly cause: EndCause }
  | { readonly event: "expired" }
  | { readonly event: "socketClosed" };
export type Effect =
  | { readonly effect: "send"; readonly reply: Reply }
  | { readonly effect: "ask"; readonly ask: Ask }
  | { readonly effect: "goLive" }
  | { readonly effect: "enableManagement" }
  | { readonly effect: "acknowledged"; readonly handled: number }
  | { readonly effect: "detach" }
  | { readonly effect: "ended"; readonly cause: EndCause }
  | { readonly effect: "closeSocket" };

/** Is there nothing more to come of this stream? */
export const isOver = (stream: Stream): boolean => stream.phase === "closing" || stream.phase === "closed";

/** One step of the core, for the few stanzas of the model. */
export function step(stream: Stream, event: StreamEvent): Effect[] {
  switch (event.event) {
    case "frame":
      return stepFrame(stream, event.frame);
    case "answered":
      return isOver(stream) ? [] : stepAnswer(stream, event.ask, event.answer);
    case "fail": {
      if (isOver(stream)) return [];
      const detaches = isResumable(stream) && event.condition === "resource-constraint";
      if (!detaches) stream.phase = "closing";
      const effects: Effect[] = [{ effect: "send", reply: { reply: "error", condition: event.condition } }, { effect: "closeSocket" }];
      return [...effects, detaches ? { effect: "detach" } : { effect: "ended", cause: event.cause }];
    }
    case "socketClosed":
      if (isResumable(stream)) return [{ effect: "detach" }];
      return step(stream, { event: "expired" });
    case "expired": {
      const isLost = stream.phase === "bound";
      stream.phase = "closed";
      return isLost ? [{ effect: "ended", cause: "lost" }] : [];
    }
  }
}

export const isResumable = ({ phase, management }: Stream): boolean => phase === "bound" && management !== null;

function stepFrame(stream: Stream, frame: Frame): Effect[] {
  if (isOver(stream)) return [];
  if (stream.management && isStanza(frame)) stream.management.handled++;
  if (frame.frame === "close") {
    stream.phase = "closed";
    return [{ effect: "send", reply: { reply: "closed" } }, { effect: "ended", cause: "close" }, { effect: "closeSocket" }];
  }
  if (frame.frame === "enable" || frame.frame === "acknowledge") return stepManagement(stream, frame);
  if ((frame.frame === "bind" || frame.frame === "resume") !== (stream.phase === "binding"))
    return [{ effect: "send", reply: { reply: "refused", of: frame.frame } }];
  return [{ effect: "ask", ask: frame }];
}

function stepManagement(stream: Stream, frame: Extract<Frame, { frame: "enable" | "acknowledge" }>): Effect[] {
  if (frame.frame === "acknowledge") return stream.management ? [{ effect: "acknowledged", handled: frame.handled }] : [];
  if (stream.phase !== "bound" || stream.management) return [{ effect: "send", reply: { reply: "failed", condition: "unexpected-request" } }];
  stream.management = { handled: 0 };
  return [{ effect: "enableManagement" }];
}

function stepAnswer(stream: Stream, ask: Ask, answer: Answer): Effect[] {
  if ("refused" in answer) {
    const node = "no" in ask ? { no: ask.no } : "node" in ask ? { node: ask.node } : {};
    if (ask.frame === "resume") return [{ effect: "send", reply: { reply: "failed", condition: answer.refused } }];
    return ask.frame === "presence" ? [] : [{ effect: "send", reply: { reply: "refused", of: ask.frame, ...node } }];
  }
  switch (ask.frame) {
    case "bind":
      [stream.phase, stream.resource, stream.userId] = ["bound", answer.resource ?? "", answer.userId ?? ""];
      return [{ effect: "send", reply: { reply: "bound", resource: stream.resource } }];
    case "resume":
      stream.phase = "closed";
      return [];
    case "presence":
      [stream.available, stream.priority] = [ask.available, ask.priority];
      return [];
    case "subscribe":
      return [{ effect: "send", reply: { reply: "subscribed", node: ask.node, full: ask.full } }, { effect: "goLive" }];
    case "publish":
      return answer.published ? [{ effect: "send", reply: { reply: "published", no: ask.no, ...answer.published } }] : [];
    case "unsubscribe":
      return [{ effect: "send", reply: { reply: "unsubscribed", node: ask.node, full: ask.full } }];
  }
}

/** Bytes that an attachment has for what is not acknowledged. */
const ROOM = 4000;

interface Sizing {
  readonly resumeMs: number;
  readonly askEvery: number;
}

type ConnectionOf = Sizing & { socket: Socket | null; key: string; acceptedAt: number; incarnation: number; stream: Stream };

export class Connection {
  /** Null while the stream waits to be resumed. */
  socket: Socket | null;
  readonly key: string;
  readonly acceptedAt: number;
  readonly stream: Stream;
  unacked: Unacknowledged | null = null;
  detachedAt = 0;
  /** How long it waits to be resumed, in milliseconds. */
  readonly resumeMs: number;
  readonly #askEvery: number;
  ready = true;
  /** Raised when another manager may have taken the stream: the session is asked who has it. */
  contested = 0;
  unsaved = false;
  /** The model's own: another manager has been told where it stands; what becomes of it here may count for nothing. */
  handedOver = false;
  /** Nodes that it has left since. */
  left: readonly string[] = [];
  generation = 0;
  readonly queue: StreamEvent[] = [];
  running = false;
  /** Requests of the client that are being answered. */
  readonly answering = new Set<Promise<void>>();
  /** What the bind granted for a plain presence to come; forgotten in a sleep. */
  granted: { readonly rights: number; readonly listens: readonly Listens[] } | null = null;
  readonly nodes = new Set<string>();
  over = false;
  readonly #incarnation: number;
  readonly #slots = new Map<string, Slot>();

  constructor(of: ConnectionOf) {
    this.socket = of.socket;
    this.key = of.key;
    this.acceptedAt = of.acceptedAt;
    this.stream = of.stream;
    this.#incarnation = of.incarnation;
    this.resumeMs = of.resumeMs;
    this.#askEvery = of.askEvery;
  }

  static woken(socket: Socket, of: { incarnation: number } & Sizing): { readonly connection: Connection; readonly attachment: Attachment } | undefined {
    const remembered = socket.attachment;
    if (!remembered || remembered.incarnation !== of.incarnation) return undefined;
    const stream = structuredClone(remembered.stream);
    const connection = new Connection({ ...of, ...remembered, socket, stream });
    connection.generation = remembered.generation;
    connection.over = isOver(stream);
    return { connection, attachment: remembered };
  }

  /** As the shell's: a stream that a row, or another manager, tells of. */
  static thawed(key: string, of: Frozen, at: { incarnation: number; now: number } & Sizing): Connection {
    const connection = new Connection({ ...at, socket: null, key, acceptedAt: at.now, stream: of.stream });
    connection.ready = false;
    connection.thaw(of);
    connection.unacked = new Unacknowledged(of.sent, of.unacked);
    return connection;
  }

  thaw(of: Frozen): void {
    Object.assign(this.stream, of.stream);
    this.generation = of.generation;
    this.detachedAt = of.until - this.resumeMs;
    this.handedOver = of.handedOver;
    this.left = of.left;
  }

  frozen(slots: readonly Slot[]): Frozen {
    return structuredClone({
      stream: this.stream,
      generation: this.generation,
      until: this.socket ? 0 : this.detachedAt + this.resumeMs,
      slots,
      sent: this.unacked?.sent ?? 0,
      unacked: this.unacked?.entries ?? [],
      behind: false,
      handedOver: this.handedOver,
      left: this.left,
    });
  }

  /** Brings back what the attachment says was not acknowledged. `kept`: what was written down of it. */
  remember(held: Held | null, kept: Frozen | null): void {
    if (!this.stream.management) return;
    if (!held) {
      this.stream.management = null;
      return;
    }
    this.unacked = new Unacknowledged(held.sent, held.entries);
    const keyOf = (address: string, { epoch, seq }: Position): string => `${epoch} ${seq} ${address}`;
    const items = new Map<string, Item>();
    for (const entry of kept?.unacked ?? []) if (entry.kind === "item" && entry.item) items.set(keyOf(entry.address, entry.position), entry.item);
    this.unacked.restore((address, position) => items.get(keyOf(address, position)));
  }

  get fullJid(): string {
    return `${this.stream.jid}/${this.stream.resource}`;
  }

  get unsigned(): boolean {
    return this.generation === 0;
  }

  isAutomatic(node: string): boolean {
    return automaticOf(this.stream.userId).includes(node);
  }

  subscriberOf(full: boolean): string {
    return full ? this.fullJid : this.stream.jid;
  }

  listenTo(slots: readonly Slot[], numberOf: (address: string) => number): void {
    this.#slots.clear();
    for (const slot of slots) {
      numberOf(slot.address);
      this.#slots.set(slot.address, slot);
    }
    this.save();
  }

  save(): void {
    this.unsaved = true;
    if (this.socket?.state !== "open") return;
    this.socket.attachment = {
      key: this.key,
      incarnation: this.#incarnation,
      acceptedAt: this.acceptedAt,
      generation: this.generation,
      stream: structuredClone(this.stream),
      slots: [...this.#slots.values()],
      held: this.#held(),
    };
  }

  #held(): Held | null {
    if (!this.unacked) return null;
    let left = ROOM;
    const entries = this.unacked.entries.map((entry): Unacked => {
      left -= entry.kind === "text" ? 2 * entry.text.length + 8 : 8;
      const slot = entry.kind === "item" ? this.#slots.get(entry.address) : undefined;
      if (entry.kind !== "item") return entry;
      if (!slot || slot.left) return { kind: "blank" };
      return slot.epoch === entry.position.epoch ? { ...entry, position: { epoch: entry.position.epoch, seq: entry.position.seq }, item: undefined } : entry;
    });
    return left < 0 ? null : structuredClone({ sent: this.unacked.sent, entries });
  }

  send(reply: Reply): void {
    this.socket?.send(reply);
  }

  sendStanza(reply: Reply): void {
    this.send(reply);
    this.unacked?.push({ kind: "text", text: JSON.stringify(reply) });
    this.save();
    this.#askNowAndThen();
  }

  /** `isNoted`: the attachment is written after it; `isCounted`: also where it does not say yet that the stream listens. */
  deliver(address: string, item: Item, { to, isNoted, isCounted }: { to: string; isNoted: boolean; isCounted: boolean }): void {
    this.send({ reply: "item", stream: this.key, address, item });
    this.unacked?.push({ kind: "item", address, position: item, to, item });
    if (isNoted) this.note(address, item);
    if (isCounted && (this.#slots.get(address)?.left ?? true)) this.save();
    this.#askNowAndThen();
  }

  #askNowAndThen(): void {
    if (this.unacked && this.unacked.unasked >= this.#askEvery) this.ask();
  }

  ask(): void {
    if (!this.socket || !this.unacked) return;
    this.unacked.asked();
    this.send({ reply: "asked" });
  }

  sendAgain(): void {
    for (const entry of this.unacked?.entries ?? []) {
      if (entry.kind === "text") this.send(JSON.parse(entry.text) as Reply);
      else if (entry.kind === "item" && entry.item) this.send({ reply: "item", stream: this.key, address: entry.address, item: entry.item });
      else this.send({ reply: "blank" });
    }
  }

  detach(now: number): Socket | null {
    const { socket } = this;
    this.socket = null;
    this.detachedAt = now;
    this.queue.length = 0;
    return socket;
  }

  attachTo(other: Connection): void {
    this.socket = other.socket;
    other.socket = null;
    this.detachedAt = 0;
    this.queue.push(...other.queue.splice(0));
  }

  /** Notes the position of an item that was sent. */
  note(address: string, { epoch, seq }: Item): void {
    const slot = this.#slots.get(address);
    if (!slot || slot.left) return;
    this.#slots.set(address, { ...slot, epoch, seq });
    this.save();
  }
}
