/**
 * What every reader of the lab is given and gives: one per transport, all of the same node.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";

import type { Answered } from "../http_client.ts";

export interface Place {
  /** Of the proxy. */
  readonly port: number;
  readonly node: string;
  readonly domain: string;
  /** Opens the HTTP API for reading. */
  readonly token: string;
  /** Signs in over XMPP. */
  readonly user: string;
  readonly password: string;
}

/** Told of each item once it is here, by its id. */
export type Received = (id: string) => void;

export interface Reader {
  /** The run begins: polls count their times from here. */
  start(): void;
  /** It stopped, by itself or because it was told to; what went wrong is thrown. */
  readonly over: Promise<void>;
  stop(): Promise<void>;
}

/** Answers when it stands at the node: what is published from then on it tells, once it is started. */
export type Listen = (place: Place, received: Received) => Promise<Reader>;

/** The reading end of the API for a node. */
export const pathOf = (node: string, what: "items" | "events", query = ""): string => `/api/v1/nodes/${encodeURIComponent(node)}/${what}${query}`;

/** The cursor behind an answer of a poll, and its items, told. */
export function tellItems({ status, text }: Answered, received: Received): string {
  if (status !== 200) throw new Error(`A poll was answered with ${status}: ${text}`);
  const { items, next } = JSON.parse(text) as { items: readonly { id: string }[]; next: string };
  for (const { id } of items) received(id);
  return next;
}

/** Runs turn after turn until it is stopped. What the end of a connection makes fail is no fault then. */
export function loop(turn: (signal: AbortSignal) => Promise<void>, closed: () => void): Reader {
  const stopping = new AbortController();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const over = (async () => {
    await started;
    while (!stopping.signal.aborted) await turn(stopping.signal);
  })().catch((fault: unknown) => {
    if (!stopping.signal.aborted) throw fault;
  });
  over.catch(() => {}); // whoever waits for it is told
  return {
    start,
    over,
    stop: async () => {
      stopping.abort();
      start();
      closed();
      await over;
    },
  };
}

/** Waits, unless it is stopped meanwhile. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal });
}
