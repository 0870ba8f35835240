/**
 * Teams over HTTP: `/api/v1/teams` and `/api/v1/teams/{id}`.
 *
 * @module
 */

import { CONTRACT, directoryOf } from "../../durable/stubs.ts";
import { bodyJson, type DoorContext, domainOf, lastSegment } from "../request.ts";
import { decodeTeam, valueOf } from "./decode.ts";
import { pageOf, renderChange, renderEntry, renderPage } from "./provisioning.ts";

const MISSING = "team-not-found";
const directory = (c: DoorContext) => directoryOf(c.env, domainOf(c));

/** Creates a team or changes it; the same again changes nothing. */
export async function putTeam(c: DoorContext): Promise<Response> {
  const called = directory(c);
  const team = valueOf(decodeTeam(await bodyJson(c), lastSegment(c)));
  return renderChange(c, await called.putTeam({ v: CONTRACT, team }), MISSING);
}

export async function getTeam(c: DoorContext): Promise<Response> {
  return renderEntry(await directory(c).getTeam({ v: CONTRACT, id: lastSegment(c) }), MISSING);
}

export async function deleteTeam(c: DoorContext): Promise<Response> {
  return renderChange(c, await directory(c).deleteTeam({ v: CONTRACT, id: lastSegment(c) }), MISSING);
}

/** Lists teams in the order of their ids. */
export async function listTeams(c: DoorContext): Promise<Response> {
  return renderPage(c, await directory(c).listTeams({ v: CONTRACT, ...pageOf(c) }));
}
