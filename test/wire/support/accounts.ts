/**
 * The people of the wire tests: two teams, three agents, a supervisor of one team, and a back end that publishes.
 *
 * @module
 */

import { PEOPLE } from "../../support/people.ts";
import type { Server } from "./server.ts";

export const ADMIN = "Bearer admin-secret";
export const PUBLISHER = "Bearer publish-secret";

export const userNode = (user: string) => `/finesse/api/User/${user}`;
export const teamNode = (team: string) => `/finesse/api/Team/${team}/Users`;

/** Imports everybody, into the first domain. */
export async function importAccounts({ url }: Pick<Server, "url">): Promise<void> {
  const answer = await fetch(`${url}/api/v1/import`, {
    method: "POST",
    headers: { Authorization: ADMIN, "Content-Type": "application/x-ndjson" },
    body: PEOPLE.map((line) => JSON.stringify(line)).join("\n"),
  });
  const results = (await answer.text()).trim().split("\n");
  if (answer.status === 200 && results.length === PEOPLE.length && !results.some((result) => result.includes('"error"'))) return;
  throw new Error(`import: ${answer.status} ${results.join("\n")}`);
}
