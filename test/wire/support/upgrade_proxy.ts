/**
 * A proxy as they stand before desktops: plain requests pass, an upgrade to a WebSocket fares as the test says.
 *
 * @module
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server as TcpServer, type Socket } from "node:net";

import type { Server } from "./server.ts";

/**
 * `refused`: answered 403. `stripped`: passed on as a plain request. `silent`: never answered. `cut`: passed on, and the connection
 * ended with the first frame of the client. `swallowed`: the upgrade is answered, and no frame comes through. `absent`: not even a connection, and none for plain requests either.
 */
export type Upgrades = "pass" | "refused" | "stripped" | "silent" | "cut" | "swallowed" | "absent";

export class UpgradeProxy {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** `ws://127.0.0.1:port/ws/` */
  readonly socketUrl: string;
  /** What upgrades were asked for, in the order of their coming. */
  readonly upgrades: Upgrades[] = [];
  way: Upgrades = "pass";
  readonly #server: TcpServer;
  readonly #sockets = new Set<Socket>();

  private constructor(server: TcpServer) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.socketUrl = `${this.origin.replace("http", "ws")}/ws/`;
  }

  static async start({ url }: Pick<Server, "url">): Promise<UpgradeProxy> {
    const port = Number(new URL(url).port);
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new UpgradeProxy(server);
    server.on("connection", (desk) => proxy.#connect(desk, port));
    return proxy;
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(desk: Socket, port: number): void {
    this.#keep(desk);
    if (this.way === "absent") return void desk.destroy();
    // Browsers and Node ask for an upgrade on a connection of its own.
    desk.once("data", (head) => {
      const isUpgrade = /\r\nupgrade: *websocket\r\n/i.test(head.toString("latin1"));
      if (isUpgrade) this.#upgrade(desk, head, port);
      else this.#pass(desk, head, port);
    });
    desk.resume();
  }

  #upgrade(desk: Socket, head: Buffer, port: number): void {
    this.upgrades.push(this.way);
    switch (this.way) {
      case "refused":
        return void desk.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      case "stripped":
        return void this.#pass(desk, Buffer.from(head.toString("latin1").replace(/\r\n(?:upgrade|connection):[^\r]*/gi, ""), "latin1"), port);
      case "silent":
        return;
      case "cut":
        this.#pass(desk, head, port);
        return void desk.once("data", () => desk.destroy());
      case "swallowed": {
        const server = this.#pass(desk, head, port);
        return void server.once("data", () => desk.unpipe(server));
      }
      default:
        this.#pass(desk, head, port);
    }
  }

  #pass(desk: Socket, head: Buffer, port: number): Socket {
    const server = connect(port, "127.0.0.1");
    this.#keep(server);
    server.write(head);
    desk.pipe(server).pipe(desk);
    desk.on("close", () => server.destroy());
    server.on("close", () => desk.destroy());
    return server;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // told by the close that follows
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
