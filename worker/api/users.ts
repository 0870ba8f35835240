/**
 * Users over HTTP: `/api/v1/users` and `/api/v1/users/{id}`.
 *
 * @module
 */

import { CONTRACT, directoryOf } from "../../durable/stubs.ts";
import { bodyJson, type DoorContext, domainOf, lastSegment } from "../request.ts";
import { decodeUser, valueOf } from "./decode.ts";
import { pageOf, renderChange, renderEntry, renderPage } from "./provisioning.ts";

const MISSING = "user-not-found";
const directory = (c: DoorContext) => directoryOf(c.env, domainOf(c));

/** Creates a user or changes it; the same again changes nothing. */
export async function putUser(c: DoorContext): Promise<Response> {
  const called = directory(c);
  const user = valueOf(decodeUser(await bodyJson(c), lastSegment(c)));
  return renderChange(c, await called.putUser({ v: CONTRACT, user }), MISSING);
}

export async function getUser(c: DoorContext): Promise<Response> {
  return renderEntry(await directory(c).getUser({ v: CONTRACT, id: lastSegment(c) }), MISSING);
}

export async function deleteUser(c: DoorContext): Promise<Response> {
  return renderChange(c, await directory(c).deleteUser({ v: CONTRACT, id: lastSegment(c) }), MISSING);
}

/** Lists users in the order of their names. */
export async function listUsers(c: DoorContext): Promise<Response> {
  return renderPage(c, await directory(c).listUsers({ v: CONTRACT, ...pageOf(c) }));
}
