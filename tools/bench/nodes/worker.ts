/**
 * The Worker with one more way in: a host of nodes that asks itself, many times over, inside workerd and on its own rows.
 *
 * @module
 */

import type { Env } from "../../../durable/contract.ts";
import { NodeHost } from "../../../durable/node_host.ts";
import { creation, padded, publish, REQUESTS, type Subject, subscribe } from "./requests.ts";

export { ConnectionManager } from "../../../durable/connection_manager.ts";
export { Directory } from "../../../durable/directory.ts";
export { EventReaders } from "../../../durable/event_readers.ts";
export { JabberSession } from "../../../durable/jabber_session.ts";
export { Webhook } from "../../../durable/webhook.ts";

/** What a batch took of rows. */
export interface Rows {
  readonly read: number;
  readonly written: number;
}

export class BenchHost extends NodeHost {
  #rows(): Rows {
    const { rowsRead: read, rowsWritten: written } = this.stats();
    return { read, written };
  }

  async fill(of: Omit<Subject, "host">): Promise<void> {
    const subject = { ...of, host: this };
    const made = await creation(this, of.node, of.size);
    if (made.outcome !== "answered") throw new Error(JSON.stringify(made));
    await this.batch(
      { ...of, name: "", from: 0, times: of.size },
      subscribe((n) => `s${padded(n)}`),
    );
    for (let n = 0; n < of.size; n++) await publish((at) => `item-${at}`)(subject, n);
  }

  /** Asks so many times; answers the rows that took. */
  async batch({ name, from, times, ...of }: Omit<Subject, "host"> & { name: string; from: number; times: number }, deed = REQUESTS[name]): Promise<Rows> {
    const before = this.#rows();
    const subject = { ...of, host: this };
    for (let n = from; n < from + times; n++) {
      const answer = await deed?.(subject, n);
      if (answer && !["answered", "items", "joined", "published"].includes(answer.outcome)) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    }
    const after = this.#rows();
    return { read: after.read - before.read, written: after.written - before.written };
  }

  /** As the platform does with an object that nobody needed for a while. */
  forget(): void {
    this.ctx.abort("forgotten");
  }
}

type Asked = { readonly host: string; readonly does: "fill" | "batch" | "forget" } & Parameters<BenchHost["batch"]>[0];

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { host, does, ...of } = (await request.json()) as Asked;
    const stub = env.NODE_HOST.getByName(host) as unknown as BenchHost;
    if (does !== "forget") return Response.json((await stub[does](of)) ?? null);
    await Promise.resolve(stub.forget()).catch(() => {});
    return Response.json(null);
  },
};
