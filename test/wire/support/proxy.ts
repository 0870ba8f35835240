/**
 * A network between client and server that can be cut, blocked and stalled.
 *
 * @module
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server as TcpServer, type Socket } from "node:net";

import type { Server } from "./server.ts";

type Way = "open" | "held" | "stalled" | "blocked";

export class Proxy {
  /** `ws://127.0.0.1:port/ws/`, of the proxy. */
  readonly url: string;
  readonly #server: TcpServer;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #way: Way = "open";

  private constructor(server: TcpServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws/`;
  }

  static async start({ url }: Pick<Server, "url">): Promise<Proxy> {
    const port = Number(new URL(url).port);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new Proxy(server);
    server.on("connection", (desk) => proxy.#connect(desk, port));
    return proxy;
  }

  /** Ends every connection at once, without a word; the next ones come through. */
  cut(): void {
    this.#way = "open";
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** From the server nothing comes through any more, until a cut. */
  hold(): void {
    this.#way = "held";
  }

  /** Nothing comes through either way; the connections stay. */
  stall(): void {
    this.#way = "stalled";
  }

  /** Ends every connection and lets none through. */
  block(): void {
    this.cut();
    this.#way = "blocked";
  }

  /** New connections come through again. */
  open(): void {
    this.#way = "open";
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(desk: Socket, port: number): void {
    if (this.#way === "blocked") return void desk.destroy();
    const server = connect(port, "127.0.0.1");
    const pair = [desk, server] as const;
    this.#pairs.add(pair);
    let isStalled = false;
    desk.on("data", (bytes) => {
      isStalled ||= this.#way === "stalled";
      if (!isStalled) server.write(bytes);
    });
    server.on("data", (bytes) => {
      isStalled ||= this.#way === "stalled";
      if (!isStalled && this.#way !== "held") desk.write(bytes);
    });
    for (const socket of pair) {
      socket.on("error", () => {}); // told by the close that follows
      socket.on("close", () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }
}
