/**
 * A socket of the model, its client's end, and the connection a manager keeps for it: mirrors
 * durable/connection_manager/connection.ts and the core's steps as far as streams and subscriptions go.
 *
 * @module
 */

import type { Item, Listens, Position } from "../../../durable/contract.ts";
import { automaticOf } from "./surroundings.ts";

/** What a client sends. */
export type Frame =
  | { readonly frame: "bind"; readonly resource: string }
  | { readonly frame: "presence"; readonly available: boolean; readonly priority: number }
  | { readonly frame: "subscribe" | "unsubscribe"; readonly node: string; readonly full: boolean; readonly at: number }
  | { readonly frame: "publish"; readonly node: string; readonly id: string | null; readonly payload: string; readonly no: number }
  | { readonly frame: "close" };

/** What a client gets, besides items. */
export type Reply =
  | { readonly reply: "bound"; readonly resource: string }
  | { readonly reply: "subscribed" | "unsubscribed"; readonly node: string; readonly full: boolean }
  | { readonly reply: "published"; readonly no: number; readonly position: Position; readonly pending: boolean }
  | { readonly reply: "refused"; readonly of: string; readonly node?: string; readonly no?: number }
  | { readonly reply: "closed" }
  | { readonly reply: "error"; readonly condition: string };

/** What is kept of one node in an attachment. */
export interface Slot extends Position {
  readonly address: string;
  readonly join: number;
  readonly rights: number;
  readonly full: boolean;
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
}

interface Attachment {
  readonly key: string;
  readonly incarnation: number;
  readonly acceptedAt: number;
  readonly generation: number;
  readonly stream: Stream;
  readonly slots: readonly Slot[];
}

export type EndCause = "close" | "lost" | "conflict" | "error" | "timeout" | "revoked";
export type Ask = Exclude<Frame, { frame: "close" }>;
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
  | { readonly event: "socketClosed" };
export type Effect =
  | { readonly effect: "send"; readonly reply: Reply }
  | { readonly effect: "ask"; readonly ask: Ask }
  | { readonly effect: "goLive" }
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
      stream.phase = "closing";
      return [{ effect: "send", reply: { reply: "error", condition: event.condition } }, { effect: "closeSocket" }, { effect: "ended", cause: event.cause }];
    }
    case "socketClosed": {
      const isLost = stream.phase === "bound";
      stream.phase = "closed";
      return isLost ? [{ effect: "ended", cause: "lost" }] : [];
    }
  }
}

function stepFrame(stream: Stream, frame: Frame): Effect[] {
  if (isOver(stream)) return [];
  if (frame.frame === "close") {
    stream.phase = "closed";
    return [{ effect: "send", reply: { reply: "closed" } }, { effect: "ended", cause: "close" }, { effect: "closeSocket" }];
  }
  if ((frame.frame === "bind") !== (stream.phase === "binding")) return [{ effect: "send", reply: { reply: "refused", of: frame.frame } }];
  return [{ effect: "ask", ask: frame }];
}

function stepAnswer(stream: Stream, ask: Ask, answer: Answer): Effect[] {
  if ("refused" in answer) {
    const node = "no" in ask ? { no: ask.no } : "node" in ask ? { node: ask.node } : {};
    return ask.frame === "presence" ? [] : [{ effect: "send", reply: { reply: "refused", of: ask.frame, ...node } }];
  }
  switch (ask.frame) {
    case "bind":
      [stream.phase, stream.resource, stream.userId] = ["bound", answer.resource ?? "", answer.userId ?? ""];
      return [{ effect: "send", reply: { reply: "bound", resource: stream.resource } }];
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

export class Connection {
  readonly socket: Socket;
  readonly key: string;
  readonly acceptedAt: number;
  readonly stream: Stream;
  generation = 0;
  readonly queue: StreamEvent[] = [];
  running = false;
  /** What the bind granted for a plain presence to come; forgotten in a sleep. */
  granted: { readonly rights: number; readonly listens: readonly Listens[] } | null = null;
  readonly nodes = new Set<string>();
  over = false;
  readonly #incarnation: number;
  readonly #slots = new Map<string, Slot>();

  constructor(of: { socket: Socket; key: string; acceptedAt: number; incarnation: number; stream: Stream }) {
    this.socket = of.socket;
    this.key = of.key;
    this.acceptedAt = of.acceptedAt;
    this.stream = of.stream;
    this.#incarnation = of.incarnation;
  }

  static woken(socket: Socket, incarnation: number): { readonly connection: Connection; readonly slots: readonly Slot[] } | undefined {
    const remembered = socket.attachment;
    if (!remembered || remembered.incarnation !== incarnation) return undefined;
    const connection = new Connection({ ...remembered, socket, stream: { ...remembered.stream } });
    connection.generation = remembered.generation;
    return { connection, slots: remembered.slots };
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

  listenTo(slots: readonly Slot[]): void {
    this.#slots.clear();
    for (const slot of slots) this.#slots.set(slot.address, slot);
    this.save();
  }

  save(): void {
    if (this.socket.state !== "open") return;
    this.socket.attachment = {
      key: this.key,
      incarnation: this.#incarnation,
      acceptedAt: this.acceptedAt,
      generation: this.generation,
      stream: { ...this.stream },
      slots: [...this.#slots.values()],
    };
  }

  /** Notes the position of an item that was sent. */
  note(address: string, { epoch, seq }: Item): void {
    const slot = this.#slots.get(address);
    if (!slot) return;
    this.#slots.set(address, { ...slot, epoch, seq });
    this.save();
  }
}
