/**
 * One connection that is kept, and requests on it one after the other: as little work as can be for who puts load on a server.
 *
 * @module
 */

import { connect, type Socket } from "node:net";

export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Asked {
  /** Of an answer that goes on: told what comes, piece by piece. */
  readonly piece: ((text: string) => void) | null;
  readonly answered: (answer: Answer) => void;
  readonly failed: (why: Error) => void;
}

export class HttpLine {
  readonly #port: number;
  /** null: none, or the server has closed it because nothing was asked for a while. */
  #socket: Socket | null = null;
  #asked: Asked | null = null;
  /** A character is a byte. */
  #text = "";
  #isOpenEnded = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request; the one before it has to be answered. */
  ask(request: Request): Promise<Answer> {
    return this.#send(request, null);
  }

  /** Sends a request whose answer goes on; it settles as the answer ends, which it should not. */
  listen(request: Request, piece: (text: string) => void): Promise<Answer> {
    return this.#send(request, piece);
  }

  close(): void {
    this.#asked = null;
    this.#socket?.destroy();
  }

  #connected(): Socket {
    if (this.#socket) return this.#socket;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    socket.setEncoding("latin1").on("data", (text: string) => this.#take(text));
    const fail = (why: Error) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#fail(why);
    };
    socket.on("error", fail);
    socket.on("end", () => fail(new Error("The connection was closed")));
    socket.on("close", () => fail(new Error("The connection was closed")));
    this.#socket = socket;
    return socket;
  }

  #send({ method, path, headers = {}, body = "" }: Request, piece: Asked["piece"]): Promise<Answer> {
    const lines = Object.entries({
      Host: `127.0.0.1:${this.#port}`,
      ...headers,
      ...(method === "POST" && { "Content-Length": String(Buffer.byteLength(body)) }),
    });
    return new Promise((answered, failed) => {
      this.#asked = { piece, answered, failed };
      this.#connected().write(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`);
    });
  }

  #take(text: string): void {
    if (this.#isOpenEnded) return this.#asked?.piece?.(text);
    this.#text += text;
    const head = this.#text.indexOf("\r\n\r\n");
    const asked = this.#asked;
    if (head < 0 || !asked) return;
    if (asked.piece && this.#text.startsWith("HTTP/1.1 200")) {
      this.#isOpenEnded = true;
      return asked.piece(this.#text.slice(head + 4));
    }
    const body = bodyOf(this.#text, head);
    if (body === undefined) return;
    const status = Number(this.#text.slice(9, 12));
    this.#text = "";
    this.#asked = null;
    asked.answered({ status, text: body });
  }

  #fail(why: Error): void {
    const asked = this.#asked;
    this.#asked = null;
    this.#text = "";
    asked?.failed(why);
  }
}

/** The body behind a head, with its Content-Length or in chunks (RFC 9112 §6); undefined: not all of it is there yet. */
function bodyOf(text: string, head: number): string | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  if (length === undefined) return unchunked(text, head + 4);
  const end = head + 4 + Number(length);
  return text.length < end ? undefined : text.slice(head + 4, end);
}

function unchunked(text: string, start: number): string | undefined {
  let body = "";
  for (let at = start; ; ) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (text.length < line + 2 + size + 2) return undefined;
    if (size === 0) return body;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}
