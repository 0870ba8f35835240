/**
 * Deskwire, as `npm start -- --no-demo` runs it, with the people of the recordings.
 *
 * @module
 */

import { type Server, startServer, type Variables } from "../../../test/wire/support/server.ts";
import { AGENTS, DOMAIN, passwordOf, type Peer } from "./peer.ts";

const ADMIN = "Bearer admin-secret";
const PUBLISHER = "Bearer publish-secret";

export interface Deskwire extends Peer {
  readonly url: string;
  setContact(isAvailable: boolean): Promise<void>;
  /** A call of the HTTP API that changes something. */
  change(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<void>;
}

export interface DeskwireOptions {
  readonly variables?: Variables;
  /** The first of its domains, where it is not the usual one. */
  readonly domain?: string;
  /** Users beside the usual ones, with their passwords. */
  readonly users?: Readonly<Record<string, string>>;
}

export async function startDeskwire({ variables = {}, domain = DOMAIN, users = {} }: DeskwireOptions = {}): Promise<Deskwire> {
  const server = await startServer({ XMPP_DOMAIN: domain, ALLOWED_ORIGINS: "*", ...variables });
  const { url, socketUrl } = server;
  await importPeople(server, users);
  const call = async (token: string, path: string, init: RequestInit) => {
    const answer = await fetch(`${url}${path}`, { ...init, headers: { Authorization: token, ...init.headers } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const json = { "Content-Type": "application/json" };
  let isOver = false;
  return {
    name: "deskwire",
    url,
    port: Number(new URL(url).port),
    socketUrl,
    boshUrl: `${url}/http-bind/`,
    publish: (node, payload) =>
      call(PUBLISHER, `/api/v1/nodes/${encodeURIComponent(node)}/items`, { method: "POST", headers: json, body: JSON.stringify({ payload }) }),
    setContact: (available) => call(PUBLISHER, "/api/v1/service-contact", { method: "PUT", headers: json, body: JSON.stringify({ available }) }),
    change: (method, path, body) => call(ADMIN, path, { method, ...(body && { headers: json, body: JSON.stringify(body) }) }),
    async stop(signal) {
      if (!isOver) await server.stop(signal);
      isOver = true;
    },
  };
}

async function importPeople({ url }: Server, more: Readonly<Record<string, string>>): Promise<void> {
  const passwords = { ...Object.fromEntries([...AGENTS, "lone"].map((user) => [user, passwordOf(user)])), ...more };
  const users = Object.entries(passwords).map(([id, password]) => ({ kind: "user", id, password, role: "agent", name: `Agent ${id}` }));
  const backend = { kind: "user", id: "backend", password: passwordOf("backend"), role: "publisher", name: "Back end" };
  const members = [...AGENTS, ...Object.keys(more)];
  const teams = [
    { kind: "team", id: "42", name: "Sales", members, supervisors: [] },
    { kind: "team", id: "99", name: "Board", members: ["lone"], supervisors: [] },
  ];
  const answer = await fetch(`${url}/api/v1/import`, {
    method: "POST",
    headers: { Authorization: ADMIN, "Content-Type": "application/x-ndjson" },
    body: [...users, backend, ...teams].map((line) => JSON.stringify(line)).join("\n"),
  });
  const text = await answer.text();
  if (!answer.ok || text.includes('"error"')) throw new Error(`import: ${answer.status} ${text}`);
}
