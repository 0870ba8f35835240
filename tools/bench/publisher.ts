/**
 * Publishes in time, a few requests at once, over connections that are kept.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";

import { HttpLine } from "./http_line.ts";

const LINES = 8;
const TICK_MS = 5;

export interface Item {
  readonly node: string;
  readonly id: string;
  readonly payload: string;
}

export class Publisher {
  readonly #token: string;
  readonly #idle: HttpLine[];
  readonly #lines: readonly HttpLine[];

  constructor(port: number, token: string) {
    this.#token = token;
    this.#lines = Array.from({ length: LINES }, () => new HttpLine(port));
    this.#idle = [...this.#lines];
  }

  /**
   * Publishes as many a second, for so long.
   *
   * @param item the next one; it is asked for in the moment it is sent
   * @throws where one is not taken, and where they cannot be sent as fast
   */
  async run({ perSecond, seconds, item }: { readonly perSecond: number; readonly seconds: number; readonly item: () => Item }): Promise<void> {
    const began = performance.now();
    const all = Math.round(perSecond * seconds);
    const underWay = new Set<Promise<void>>();
    let fault: unknown = null;
    for (let sent = 0; sent < all && fault === null; ) {
      const due = Math.min(all, Math.floor(((performance.now() - began) / 1000) * perSecond) + 1);
      while (sent < due && this.#idle.length > 0) {
        sent++;
        const one = this.publish(item()).catch((why: unknown) => {
          fault = why;
        });
        underWay.add(one);
        void one.finally(() => underWay.delete(one));
      }
      await sleep(TICK_MS);
    }
    await Promise.all(underWay);
    if (fault !== null) throw fault;
  }

  async publish({ node, id, payload }: Item): Promise<void> {
    const line = this.#idle.pop();
    if (!line) throw new Error("All lines are in use");
    const request = {
      method: "POST",
      path: `/api/v1/nodes/${encodeURIComponent(node)}/items`,
      headers: { Authorization: `Bearer ${this.#token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ id, payload }),
    } as const;
    // The server may close an idle connection in the very moment; an item that it has had is known by its id.
    const { status, text } = await line.ask(request).catch(() => line.ask(request));
    if (status !== 201 && status !== 200) throw new Error(`${id} was not published: ${status} ${text}`);
    this.#idle.push(line);
  }

  close(): void {
    for (const line of this.#lines) line.close();
  }
}
