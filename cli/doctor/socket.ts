/**
 * The client's side of a WebSocket, on a connection that was upgraded (RFC 6455 §5 to §7). No extensions.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";

const CONTINUATION = 0;
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** More than any server sends in a message; beyond it the socket is given up with 1009. */
const LONGEST = 4 * 1024 * 1024;

export interface SocketEvents {
  text(message: string): void;
  /** Once. 1006: without a close frame; 1005: one without a code (§7.1.5). */
  closed(code: number, reason: string): void;
}

export class Socket {
  readonly #wire: Duplex;
  readonly #events: SocketEvents;
  #unread: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #isOver = false;
  #hasSentClose = false;

  constructor({ socket, head }: { readonly socket: Duplex; readonly head: Buffer }, events: SocketEvents) {
    this.#wire = socket;
    this.#events = events;
    socket.on("error", () => {}); // told by the close that follows
    socket.on("close", () => this.#end(1006, ""));
    socket.on("end", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    if (head.length > 0) this.#take(head);
    socket.resume();
  }

  send(message: string): void {
    this.#write(TEXT, Buffer.from(message, "utf8"));
  }

  /** Begins the closing handshake (§7.1.2). */
  close(code = 1000): void {
    if (this.#hasSentClose || this.#isOver) return;
    this.#hasSentClose = true;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#write(CLOSE, payload);
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#wire.destroy();
  }

  #take(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    for (let frame = frameIn(this.#unread); frame && !this.#isOver; frame = frameIn(this.#unread)) {
      this.#unread = this.#unread.subarray(frame.size);
      this.#frame(frame);
    }
    if (this.#unread.length > LONGEST) this.#fail(1009);
  }

  #frame({ opcode, isFinal, payload }: Frame): void {
    if (opcode === PING) return void this.#write(PONG, payload);
    if (opcode === PONG) return;
    if (opcode === CLOSE) return void this.#closedBy(payload);
    // A binary message is none of XMPP's (RFC 7395 §3.2): it is shown as the text that it is not.
    if (opcode !== CONTINUATION) this.#parts = [];
    this.#parts.push(payload);
    if (this.#parts.reduce((sum, { length }) => sum + length, 0) > LONGEST) return void this.#fail(1009);
    if (!isFinal) return;
    this.#events.text(Buffer.concat(this.#parts.splice(0)).toString("utf8"));
  }

  #closedBy(payload: Buffer): void {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    this.close(code === 1005 ? 1000 : code);
    this.#end(code, payload.subarray(2).toString("utf8"));
    this.#wire.end();
  }

  #fail(code: number): void {
    this.close(code);
    this.#end(code, "");
    this.#wire.destroy();
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.closed(code, reason);
  }

  /** A client masks what it sends (§5.3). */
  #write(opcode: number, payload: Buffer): void {
    if (this.#wire.destroyed || !this.#wire.writable) return;
    const mask = randomBytes(4);
    const masked = payload.map((octet, at) => octet ^ (mask[at % 4] ?? 0));
    this.#wire.write(Buffer.concat([headOf(opcode, payload.length), mask, masked]));
  }
}

function headOf(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, 0x80 | length]);
  if (length < 65_536) return Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(((0x80 | opcode) << 8) | 0x80 | 127, 0);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Buffer;
  /** Bytes with its head. */
  readonly size: number;
}

/** The first frame, once all of it is there (§5.2). */
function frameIn(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = (second & 0x80) !== 0;
  const start = 2 + extended + (isMasked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length = extended === 2 ? bytes.readUInt16BE(2) : extended === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, start + length);
  return {
    opcode: first & 0x0f,
    isFinal: (first & 0x80) !== 0,
    payload: isMasked ? (payload.map((octet, at) => octet ^ (mask[at % 4] ?? 0)) as Buffer) : payload,
    size: start + length,
  };
}
