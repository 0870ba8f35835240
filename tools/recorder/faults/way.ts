/**
 * A way between a page and a server that does what bad networks and proxies do: changes heads, cuts what is idle, holds
 * back, delays, stands in for a server that is not there.
 *
 * @module
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import { selfSigned } from "./certificate.ts";

export interface WayOptions {
  /** Of the server; none: nobody is behind it. */
  readonly port?: number;
  /** Changes the head of each connection's first request, which ends with an empty line. */
  readonly request?: (head: string) => string;
  /** The same of the first answer. */
  readonly answer?: (head: string) => string;
  /** Cuts a connection that carried nothing for so long. */
  readonly idleMs?: number;
  /** Ends TLS here, with a certificate that nobody signed. */
  readonly tls?: boolean;
}

const HEAD_END = "\r\n\r\n";
const BAD_GATEWAY = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<h1>Bad Gateway</h1>";

export class Way {
  readonly port: number;
  /** Milliseconds by which what the server says is late. */
  delayMs = 0;
  readonly #options: WayOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #holds = false;

  private constructor(server: Server, options: WayOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(options: WayOptions): Promise<Way> {
    const server: Server = options.tls ? createTlsServer(await selfSigned()) : createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const way = new Way(server, options);
    server.on(options.tls ? "secureConnection" : "connection", (page: Socket) => way.#join(page));
    server.on("tlsClientError", () => {}); // the browser refused the certificate: that is what it is for
    return way;
  }

  /** The address of the server with this way's port. */
  url(url: string, scheme = new URL(url).protocol): string {
    const changed = new URL(url);
    changed.port = String(this.port);
    return changed.href.replace(/^[a-z]+:/, scheme);
  }

  /** Nothing of the server comes through any more; the connections stay. */
  hold(): void {
    this.#holds = true;
  }

  /** Ends every connection without a word of WebSocket or XMPP; the next ones come through. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#holds = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(page: Socket): void {
    const { port, request, answer } = this.#options;
    this.#keep(page);
    if (port === undefined) return void page.resume(); // taken, and never answered
    const server = connect(port, "127.0.0.1");
    this.#keep(server);
    server.once("error", () => page.writable && page.end(BAD_GATEWAY));
    server.once("connect", () => server.on("close", () => page.destroy()));
    page.once("close", () => server.destroy());
    const stopwatch = this.#stopwatch([page, server]);
    carry(page, {
      head: request,
      take: (bytes) => {
        stopwatch();
        server.write(bytes);
      },
    });
    carry(server, {
      head: answer,
      take: (bytes) => {
        stopwatch();
        this.#deliver(page, bytes);
      },
    });
  }

  #deliver(page: Socket, bytes: Buffer): void {
    if (this.#holds) return;
    if (this.delayMs > 0) setTimeout(() => page.writable && page.write(bytes), this.delayMs);
    else page.write(bytes);
  }

  /** Answers what is to be called whenever something passes. */
  #stopwatch(pair: readonly Socket[]): () => void {
    const { idleMs } = this.#options;
    if (idleMs === undefined) return () => {};
    let late: NodeJS.Timeout | undefined;
    const again = () => {
      clearTimeout(late);
      late = setTimeout(() => {
        for (const socket of pair) socket.destroy();
      }, idleMs);
    };
    again();
    return again;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // told by the close that follows
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

interface Carrying {
  readonly head: ((text: string) => string) | undefined;
  readonly take: (bytes: Buffer) => void;
}

/** Reads a socket, with its first head changed. */
function carry(socket: Socket, { head, take }: Carrying): void {
  if (!head) return void socket.on("data", take);
  let early = Buffer.alloc(0);
  const untilHead = (bytes: Buffer) => {
    early = Buffer.concat([early, bytes]);
    const end = early.indexOf(HEAD_END);
    if (end < 0) return;
    socket.off("data", untilHead).on("data", take);
    const changed = Buffer.from(head(early.subarray(0, end).toString("latin1")) + HEAD_END, "latin1");
    take(Buffer.concat([changed, early.subarray(end + HEAD_END.length)]));
  };
  socket.on("data", untilHead);
}

/** A head without the fields of these names. */
export function withoutFields(...names: readonly string[]): (head: string) => string {
  return (head) =>
    head
      .split("\r\n")
      .filter((line) => !names.some((name) => line.toLowerCase().startsWith(`${name}:`)))
      .join("\r\n");
}
