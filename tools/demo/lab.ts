/**
 * What the page `/lab` needs of the demo: a counted way for each transport, the counts, and somebody who publishes.
 *
 * For the page of this server alone: requests without its origin are refused, a way lets through what its transport asks
 * for and nothing else, and the token that opens the API is added here, so that no page ever has it.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { CountedWay } from "../lab/counting_proxy.ts";

/** A queue that nobody serves: what the lab publishes is seen by no desk. */
const NODE = "/finesse/api/Queue/deskwire-lab";
const PATH = `/api/v1/nodes/${encodeURIComponent(NODE)}`;
/** Nobody publishes on its own nodes. */
const ACCOUNT = { user: "backend", password: "demo-backend" };
const LONGEST_PAYLOAD = 10_000;

const poll = (line: string): boolean => line.startsWith(`GET ${PATH}/items?`) || isEvents(line);
const isEvents = (line: string): boolean => line.startsWith(`GET ${PATH}/events?`) || line.startsWith(`GET ${PATH}/events `);

/** What each transport may ask. */
const WAYS: Readonly<Record<string, { readonly closes?: boolean; readonly mayAsk: (line: string) => boolean }>> = {
  "http-1.0": { closes: true, mayAsk: poll },
  "short-0.5": { mayAsk: poll },
  "short-1": { mayAsk: poll },
  "long-poll": { mayAsk: isEvents },
  sse: { mayAsk: isEvents },
  bosh: { mayAsk: (line) => line.startsWith("POST /http-bind ") },
  websocket: { mayAsk: (line) => line.startsWith("GET /ws/ ") },
};

export interface Asked {
  readonly host: string;
  readonly port: number;
  /** Of the pages. */
  readonly origin: string;
  readonly domain: string;
  readonly token: string;
}

/** Opens the ways to a server that is about to run; answers what the Worker has to know of them. */
export async function openLab(asked: Asked): Promise<Readonly<Record<string, string>>> {
  const { host, port, origin, domain, token } = asked;
  const opened = Object.entries(WAYS).map(async ([name, { closes = false, mayAsk }]) => {
    return [name, await CountedWay.open(port, { host, closes, page: { origin, token, mayAsk } })] as const;
  });
  const ways = new Map(await Promise.all(opened));
  const control = await listening(createServer((request, answer) => void respond({ ...asked, ways }, request, answer)));
  const portsOf = Object.fromEntries([...ways].map(([name, way]) => [name, way.port]));
  const page = { origin, domain, node: NODE, control, ways: portsOf, ...ACCOUNT };
  const ports = [control, ...Object.values(portsOf)];
  const origins = ports.flatMap((each) => [`http://127.0.0.1:${each}`, `ws://127.0.0.1:${each}`]).join(" ");
  return { DEMO_LAB: JSON.stringify(page), DEMO_LAB_ORIGINS: origins };
}

function listening(server: Server): Promise<number> {
  server.unref();
  return new Promise((found, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => found((server.address() as AddressInfo).port));
  });
}

interface Lab extends Asked {
  readonly ways: ReadonlyMap<string, CountedWay>;
}

/** `GET /counts`, `POST /reset`, and `POST /events?id=…` with a payload. */
async function respond(lab: Lab, request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://lab");
  const headers = { "Access-Control-Allow-Origin": lab.origin, "Content-Type": "application/json", "Cache-Control": "no-store" };
  if (request.headers.origin !== lab.origin) return void answer.writeHead(403).end();
  try {
    const routes: Readonly<Record<string, () => unknown>> = {
      "GET /counts": () => Object.fromEntries([...lab.ways].map(([name, { counts }]) => [name, counts])),
      "POST /reset": () => [...lab.ways.values()].map((way) => way.reset()).length,
      "POST /events": () => publish(lab, searchParams.get("id") ?? "", request),
    };
    const route = routes[`${request.method} ${pathname}`];
    if (!route) return void answer.writeHead(404, headers).end();
    const told = await route();
    answer.writeHead(200, headers).end(JSON.stringify(told));
  } catch (fault) {
    answer.writeHead(502, headers).end(JSON.stringify(String(fault)));
  }
}

async function publish({ host, port, domain, token }: Lab, id: string, request: IncomingMessage): Promise<unknown> {
  let payload = "";
  for await (const piece of request.setEncoding("utf8")) {
    payload += piece as string;
    if (payload.length > LONGEST_PAYLOAD) throw new Error("The payload is too long");
  }
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const answer = await fetch(`${address}${PATH}/items?domain=${domain}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id, payload }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return await answer.json();
}
