/**
 * The service contact: the back end's word that events will come, `PUT /api/v1/service-contact`.
 *
 * @module
 */

import type { ContactState } from "../../durable/contract.ts";
import { broadcastHostOf } from "../../durable/placing.ts";
import { CONTRACT, hostNamed, within } from "../../durable/stubs.ts";
import { bodyJson, type DoorContext, domainOf } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { decodeObject, truth, valueOf, whole } from "./decode.ts";

const LONGEST = 86_400;
const host = (c: DoorContext) => hostNamed(c.env, broadcastHostOf(domainOf(c)));
const deadline = (c: DoorContext) => doorSettings(c.env).CALL_DEADLINE_MS;

/** Sets the contact available or not; with `for`, only for so many seconds. */
export async function putContact(c: DoorContext): Promise<Response> {
  const called = host(c);
  const fields = valueOf(decodeObject(await bodyJson(c), { available: { read: truth, required: true }, for: { read: whole(1, LONGEST) } }));
  const request = { v: CONTRACT, available: fields.available, forSeconds: fields.for ?? null };
  return render(await within(deadline(c), called.setContact(request)));
}

export async function getContact(c: DoorContext): Promise<Response> {
  return render(await within(deadline(c), host(c).contact({ v: CONTRACT })));
}

/** `until`: when the lease runs out (RFC 3339); null: it stays. */
function render({ available, until }: ContactState): Response {
  return Response.json({ available, until: until === null ? null : new Date(until).toISOString() });
}
