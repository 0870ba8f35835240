/**
 * Whom the simulator plays: the server's own agents where it may list them, else the demo's.
 *
 * @module
 */

import type { Page, TeamView, UserView } from "../../durable/contract.ts";
import { DEMO_ACCOUNTS, DEMO_TEAMS } from "../demo/accounts.ts";
import { Problem } from "../start/problem.ts";
import { type Floor, floorOf, onlyPeople } from "./floor.ts";
import type { SimulatorOptions } from "./options.ts";
import { Server } from "./server.ts";

/** @throws {Problem} where nobody is left to play */
export async function findFloor(options: SimulatorOptions, say: (sentence: string) => void): Promise<Floor> {
  const { agents } = options;
  const everybody = await everybodyOf(options, say);
  const unknown = agents?.find((id) => !everybody.people.some((person) => person.id === id));
  if (unknown !== undefined) throw new Problem(`There is no agent ${unknown}. There are: ${namesOf(everybody)}`);
  const floor = agents ? onlyPeople(everybody, (id) => agents.includes(id)) : everybody;
  if (floor.people.length === 0) throw new Problem(`${options.url} has no agents yet. Import some (POST /api/v1/import), then try again.`);
  return floor;
}

async function everybodyOf({ url, domain, adminToken }: SimulatorOptions, say: (sentence: string) => void): Promise<Floor> {
  if (adminToken === null) return floorOf(DEMO_ACCOUNTS, DEMO_TEAMS);
  const server = new Server({ url, token: adminToken, domain }, say);
  return floorOf(await all<UserView>(server, "users"), await all<TeamView>(server, "teams"));
}

async function all<T>(server: Server, path: string): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const text = await server.ask({ method: "GET", path, query: { limit: "1000", ...(cursor && { cursor }) } });
    if (text === undefined) throw new Problem(`The ${path} cannot be listed; see above.`);
    const page = JSON.parse(text) as Page<T>;
    found.push(...page.items);
    cursor = page.next;
  }
  return found;
}

function namesOf({ people }: Floor): string {
  const ids = people.slice(0, 20).map(({ id }) => id);
  return ids.length < people.length ? `${ids.join(", ")} and ${people.length - ids.length} more` : ids.join(", ") || "none";
}
