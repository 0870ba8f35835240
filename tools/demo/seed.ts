/**
 * Making the demo's accounts and taking them away, over the HTTP API and by nothing else.
 *
 * @module
 */

import { Problem } from "../start/problem.ts";
import { DEMO_ACCOUNTS, DEMO_TEAMS } from "./accounts.ts";

/** A server's API with the administrator's token. */
export interface Api {
  readonly url: string;
  readonly token: string;
  readonly domain: string;
}

/** Imports everybody. The same again changes nothing. */
export async function importDemo(api: Api): Promise<void> {
  const users = DEMO_ACCOUNTS.map(({ team: _, ...account }) => ({ kind: "user", ...account }));
  const lines = [...users, ...DEMO_TEAMS.map((team) => ({ kind: "team", ...team }))].map((line) => JSON.stringify(line));
  const answer = await call(api, { method: "POST", path: "import", type: "application/x-ndjson", body: lines.join("\n") });
  const text = await answer.text();
  const results = text.trim().split("\n");
  const wrong = answer.ok ? results.find((result) => result.includes('"status":"error"')) : text;
  if (wrong || results.length !== lines.length) throw new Error(`The demo accounts were not made: ${answer.status} ${wrong ?? text}`);
}

/** True where no user is known. */
export async function hasNobody(api: Api): Promise<boolean> {
  const answer = await call(api, { method: "GET", path: "users", query: { limit: "1" } });
  if (!answer.ok) throw new Error(`The users cannot be listed: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { items: readonly unknown[] }).items.length === 0;
}

/** Deletes the demo's teams and users; whatever else there is stays. */
export async function deleteDemo(api: Api): Promise<void> {
  // Teams first: nobody is deleted who still leads one.
  const paths = [...DEMO_TEAMS.map(({ id }) => `teams/${id}`), ...DEMO_ACCOUNTS.map(({ id }) => `users/${id}`)];
  for (const path of paths) {
    const answer = await call(api, { method: "DELETE", path });
    const text = await answer.text();
    if (answer.ok || answer.status === 404) continue;
    if (answer.status === 409) throw new Problem(`${path.replace("users/", "")} leads a team of yours. Give that team another supervisor, then try again.`);
    throw new Error(`${path} was not deleted: ${answer.status} ${text}`);
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: string;
}

function call({ url, token, domain }: Api, { method, path, query, type, body }: Call): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, ...(type && { "Content-Type": type }) };
  return fetch(`${url}/api/v1/${path}?${new URLSearchParams({ ...query, domain })}`, { method, headers, ...(body !== undefined && { body }) });
}
