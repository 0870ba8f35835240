/**
 * The way between one client and the server: a TCP proxy of its own that cuts, stalls and delays.
 *
 * @module
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import type { CutHow } from "./schedule.ts";

/** After a cut that the server was not told of, its end of the socket stays open for so long. */
const DEAD_MS = 25_000;

interface Late {
  readonly due: number;
  readonly run: () => unknown;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Nothing is forwarded any more. */
  isDead: boolean;
  /** What is late, each way. */
  readonly waiting: readonly [Late[], Late[]];
}

export class Line {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #target: () => number;
  readonly #reached: () => void;
  #closedUntil = 0;
  #delayMs = 0;
  #delayUntil = 0;
  #stalledUntil = 0;

  private constructor(target: () => number, reached: () => void) {
    this.#target = target;
    this.#reached = reached;
    this.#listener = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  /** `target`: the server's port as it is at the moment. `reached` is called as the server takes a connection. */
  static async open(target: () => number, reached: () => void): Promise<Line> {
    const line = new Line(target, reached);
    await new Promise<void>((ready) => line.#listener.listen(0, "127.0.0.1", ready));
    return line;
  }

  get socketUrl(): string {
    return `ws://127.0.0.1:${(this.#listener.address() as AddressInfo).port}/ws/`;
  }

  /** Breaks what is there, and lets nothing new through for a while. Answers when the client can know of it. */
  async cut({ how, outageMs, noticeMs }: { readonly how: CutHow; readonly outageMs: number; readonly noticeMs: number }): Promise<void> {
    this.#closedUntil = Date.now() + outageMs;
    const broken = [...this.#pairs];
    for (const pair of broken) {
      pair.isDead = true;
      if (how === "reset" || how === "deaf") pair.server.resetAndDestroy();
      if (how === "reset") pair.client.resetAndDestroy();
    }
    if (how !== "reset") await pause(noticeMs);
    for (const { client } of broken) client.resetAndDestroy();
    setTimeout(() => {
      for (const { server } of broken) server.destroy();
    }, DEAD_MS).unref();
    for (const pair of broken) this.#pairs.delete(pair);
  }

  /** Breaks what is there, nothing else. */
  reset(): void {
    void this.cut({ how: "reset", outageMs: 0, noticeMs: 0 });
  }

  /** Reads from neither end for a while. */
  stall(forMs: number): void {
    this.#stalledUntil = Date.now() + forMs;
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.pause();
    setTimeout(() => {
      if (Date.now() + 5 < this.#stalledUntil) return;
      for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.resume();
    }, forMs);
  }

  /** Everything comes late from now on, for a while. */
  delay(byMs: number, forMs: number): void {
    this.#delayMs = byMs;
    this.#delayUntil = Date.now() + forMs;
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
    await new Promise((closed) => this.#listener.close(closed));
  }

  #accept(client: Socket): void {
    client.on("error", () => {});
    if (Date.now() < this.#closedUntil) return void client.resetAndDestroy();
    const server = connect({ port: this.#target(), host: "127.0.0.1", noDelay: true });
    const pair: Pair = { client, server, isDead: false, waiting: [[], []] };
    this.#pairs.add(pair);
    server.on("error", () => {});
    server.once("connect", this.#reached);
    this.#forward(pair, 0);
    this.#forward(pair, 1);
    if (Date.now() < this.#stalledUntil) for (const socket of [client, server]) socket.pause();
  }

  /** 0: to the server, 1: to the client. */
  #forward(pair: Pair, way: 0 | 1): void {
    const [from, to] = way === 0 ? [pair.client, pair.server] : [pair.server, pair.client];
    from.on("data", (piece) => this.#late(pair, way, () => to.write(piece) || this.#holdBack(from, to)));
    from.on("end", () => this.#late(pair, way, () => to.end()));
    from.on("close", (hadError) => {
      if (pair.isDead) return;
      this.#late(pair, way, () => (hadError ? to.resetAndDestroy() : to.destroy()));
      this.#pairs.delete(pair);
    });
  }

  /** In order, whatever the delay of each: what comes early waits behind what is late. */
  #late(pair: Pair, way: 0 | 1, run: () => unknown): void {
    if (pair.isDead) return;
    const waiting = pair.waiting[way];
    const now = Date.now();
    const due = now < this.#delayUntil ? now + this.#delayMs : now;
    if (waiting.length === 0 && due === now) return void run();
    waiting.push({ due, run });
    if (waiting.length === 1) this.#release(pair, way);
  }

  #release(pair: Pair, way: 0 | 1): void {
    const waiting = pair.waiting[way];
    for (let first = waiting[0]; first && !pair.isDead; first = waiting[0]) {
      const wait = first.due - Date.now();
      if (wait > 0) return void setTimeout(() => this.#release(pair, way), wait);
      first.run();
      waiting.shift();
    }
  }

  #holdBack(from: Socket, to: Socket): void {
    from.pause();
    to.once("drain", () => Date.now() >= this.#stalledUntil && from.resume());
  }
}
