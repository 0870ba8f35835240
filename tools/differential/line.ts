/**
 * A connection to any of the servers: what comes on it, in order, its end included.
 *
 * @module
 */

import { once } from "node:events";
import WebSocket from "ws";

const CLOSE = '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>';
const CONNECT_MS = 10_000;

/** A frame, or the code that the socket was closed with. */
export type Heard = { readonly frame: string } | { readonly code: number };

export class Line {
  readonly #socket: WebSocket;
  readonly #heard: Heard[] = [];
  #lastAt = performance.now();
  #saidClose = false;
  #frames = 0;
  #wasAskedToClose = false;
  isOver = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("error", () => {}); // told by the close that follows
    socket.on("message", (data, isBinary) => {
      const frame = isBinary ? "(binary)" : String(data);
      this.#frames++;
      this.#hear({ frame });
      if (!frame.startsWith("<close")) return;
      this.#wasAskedToClose = true;
      if (!this.#saidClose) this.send(CLOSE); // RFC 7395 §3.6
    });
    socket.on("close", (code) => {
      this.isOver = true;
      this.#hear({ code });
    });
  }

  static async open(url: string): Promise<Line> {
    const socket = new WebSocket(url, ["xmpp"], { perMessageDeflate: false, handshakeTimeout: CONNECT_MS });
    const line = new Line(socket);
    await once(socket, "open");
    return line;
  }

  send(frame: string | Uint8Array): void {
    if (this.isOver) return;
    if (typeof frame === "string" && frame.startsWith("<close")) this.#saidClose = true;
    this.#socket.send(frame);
  }

  /** Milliseconds since the last thing came. */
  get quietFor(): number {
    return performance.now() - this.#lastAt;
  }

  /** Frames that came and were not taken. */
  get frames(): number {
    return this.#frames;
  }

  /** The server has said good-bye, and the socket is still there. */
  get isClosing(): boolean {
    return this.#wasAskedToClose && !this.isOver;
  }

  take(): readonly Heard[] {
    this.#frames = 0;
    return this.#heard.splice(0);
  }

  cut(): void {
    this.#socket.terminate();
  }

  #hear(heard: Heard): void {
    this.#lastAt = performance.now();
    this.#heard.push(heard);
  }
}
