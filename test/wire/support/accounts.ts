/**
 * The people of the wire tests: two teams, three agents, a supervisor of one team, and a back end that publishes.
 *
 * @module
 */

import type { Server } from "./server.ts";

export const ADMIN = "Bearer admin-secret";
export const PUBLISHER = "Bearer publish-secret";

const LINES = [
  { kind: "user", id: "7001", password: "pw-7001", role: "agent", name: "Ada" },
  { kind: "user", id: "7002", password: "pw-7002", role: "agent", name: "Bob" },
  { kind: "user", id: "7003", password: "pw-7003", role: "agent", name: "Cy" },
  { kind: "user", id: "lead1", password: "pw-lead1", role: "supervisor", name: "Lea" },
  { kind: "user", id: "backend", password: "pw-backend", role: "publisher", name: "Back end" },
  { kind: "team", id: "42", name: "Sales", members: ["7001", "7003"], supervisors: ["lead1"] },
  { kind: "team", id: "43", name: "Care", members: ["7002"], supervisors: [] },
];

export const userNode = (user: string) => `/finesse/api/User/${user}`;
export const teamNode = (team: string) => `/finesse/api/Team/${team}/Users`;

/** Imports everybody, into the first domain. */
export async function importAccounts({ url }: Pick<Server, "url">): Promise<void> {
  const answer = await fetch(`${url}/api/v1/import`, {
    method: "POST",
    headers: { Authorization: ADMIN, "Content-Type": "application/x-ndjson" },
    body: LINES.map((line) => JSON.stringify(line)).join("\n"),
  });
  const results = (await answer.text()).trim().split("\n");
  if (answer.status === 200 && results.length === LINES.length && !results.some((result) => result.includes('"error"'))) return;
  throw new Error(`import: ${answer.status} ${results.join("\n")}`);
}
