/**
 * The lab's server, with one user for each transport and the team that they all listen to.
 *
 * @module
 */

import { randomBytes } from "node:crypto";

import { importPeople, withOwnServer } from "../own_server.ts";
import type { Target } from "./run.ts";
import { TRANSPORTS } from "./transports.ts";

/** People of the lab, and their team. */
const PASSWORD = randomBytes(12).toString("hex");
export const LAB_NODE = "/finesse/api/Team/1/Users";
const userOf = (transport: string): string => `lab-${transport}`;

/** Starts a server, runs what is to be run against it, and ends it. */
export async function withServer<T>(work: (target: Target) => Promise<T>): Promise<T> {
  return await withOwnServer({}, async (server) => {
    await importPeople(server, people());
    return await work({ port: server.port, node: LAB_NODE, domain: "localhost", token: server.publishToken, password: PASSWORD, userOf });
  });
}

function people(): object[] {
  const ids = TRANSPORTS.map(({ name }) => userOf(name));
  const users = ids.map((id) => ({ kind: "user", id, password: PASSWORD, role: "agent", name: id }));
  return [...users, { kind: "team", id: "1", name: "Lab", members: ids, supervisors: [] }];
}
