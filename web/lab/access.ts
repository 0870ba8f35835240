/**
 * How the page reaches the server: through the demo's counted ways where there are such, else directly with a token.
 *
 * @module
 */

import type { LabEvent } from "./events.ts";

export const TRANSPORTS = ["http-1.0", "short-0.5", "short-1", "long-poll", "sse", "bosh", "websocket"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Counts {
  readonly connections: number;
  readonly requests: number;
  readonly emptyAnswers: number;
  /** Null: not to be known here. */
  readonly bytesUp: number | null;
  readonly bytesDown: number;
}

export interface Access {
  readonly isExact: boolean;
  readonly transports: readonly Transport[];
  readonly node: string;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  /** Of requests to the API. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where a transport asks. */
  urlOf(transport: Transport, path: string): string;
  /** Before a run. */
  reset(): Promise<void>;
  publish(id: string, event: Pick<LabEvent, "payload">): Promise<void>;
  /** What was counted by others; undefined: the page has to estimate. */
  counts(): Promise<Readonly<Record<Transport, Counts>>> | undefined;
}

/** What `/lab.json` tells. */
export interface DemoLab {
  readonly origin: string;
  readonly domain: string;
  readonly node: string;
  readonly control: number;
  readonly ways: Readonly<Record<Transport, number>>;
  readonly user: string;
  readonly password: string;
}

/** The demo's lab; null where there is none. */
export async function askDemoLab(): Promise<DemoLab | null> {
  const answer = await fetch("/lab.json", { cache: "no-store" });
  if (answer.ok) return (await answer.json()) as DemoLab;
  await answer.text(); // read to its end, so that the connection is free again
  return null;
}

const HOST = "http://127.0.0.1";

export function demoAccess({ domain, node, control, ways, user, password }: DemoLab): Access {
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${HOST}:${control}${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as unknown;
  };
  return {
    isExact: true,
    transports: TRANSPORTS,
    node,
    domain,
    user,
    password,
    headers: {},
    urlOf: (transport, path) => `${HOST}:${ways[transport]}${path}`,
    reset: async () => void (await ask("/reset", { method: "POST" })),
    publish: async (id, { payload }) => void (await ask(`/events?id=${id}`, { method: "POST", body: payload })),
    counts: () => ask("/counts") as Promise<Readonly<Record<Transport, Counts>>>,
  };
}

export interface Credentials {
  readonly token: string;
  readonly user: string;
  readonly password: string;
}

/** Which connection a request goes by is the browser's business there, so HTTP/1.0's way is left out. */
export function directAccess(domain: string, { token, user, password }: Credentials): Access {
  const headers = { Authorization: `Bearer ${token}` };
  const node = "/finesse/api/Queue/deskwire-lab";
  return {
    isExact: false,
    transports: TRANSPORTS.filter((name) => name !== "http-1.0"),
    node,
    domain,
    user,
    password,
    headers,
    // By the mark its entries are told from those of the others.
    urlOf: (transport, path) => new URL(`${path}${path.includes("?") ? "&" : "?"}lab=${transport}`, location.href).href,
    reset: () => Promise.resolve(),
    publish: async (id, { payload }) => {
      const answer = await fetch(`/api/v1/nodes/${encodeURIComponent(node)}/items`, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify({ id, payload }),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    counts: () => undefined,
  };
}
