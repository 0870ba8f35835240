/**
 * A back end that takes webhooks: every request is verified by the reference library of Standard Webhooks.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { Webhook } from "standardwebhooks";

export interface Taken {
  readonly id: string;
  /** `performance.now()` */
  readonly at: number;
  /** By which of the receiver's secrets it verifies. */
  readonly verified: readonly boolean[];
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: Readonly<Record<string, string>> };
}

export class Receiver {
  readonly taken: Taken[] = [];
  /** Status of the next answers; the last one stays. */
  answers: number[] = [200];
  readonly #server: Server;
  readonly #verifiers: readonly Webhook[];

  private constructor(server: Server, secrets: readonly string[]) {
    this.#server = server;
    this.#verifiers = secrets.map((secret) => new Webhook(secret));
  }

  static async start(secrets: readonly string[]): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server, secrets);
    server.on("request", (request, answer) => {
      void receiver.#take(request).then((status) => answer.writeHead(status).end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks?of=deskwire`;
  }

  async #take(request: IncomingMessage): Promise<number> {
    let body = "";
    for await (const text of request.setEncoding("utf8")) body += text;
    const headers = Object.fromEntries(["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(request.headers[name])]));
    const verified = this.#verifiers.map((verifier) => {
      try {
        verifier.verify(body, headers);
        return true;
      } catch {
        return false;
      }
    });
    this.taken.push({ id: headers["webhook-id"] ?? "", at: performance.now(), verified, event: JSON.parse(body) as Taken["event"] });
    return (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? 200;
  }

  /** Waits until so many were taken. */
  async has(count: number, milliseconds = 8000): Promise<readonly Taken[]> {
    const until = performance.now() + milliseconds;
    while (this.taken.length < count) {
      if (performance.now() > until) throw new Error(`${this.taken.length} of ${count} webhooks came`);
      await new Promise((done) => setTimeout(done, 10));
    }
    return this.taken;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
