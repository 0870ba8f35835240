/**
 * Webhooks that could not be delivered: `/api/v1/webhooks/dead-letters`.
 *
 * @module
 */

import type { DeadLetter } from "../../durable/contract.ts";
import { CONTRACT, webhookOf, within } from "../../durable/stubs.ts";
import { Problem } from "../problem.ts";
import { decodePath, type DoorContext, domainOf, lastSegment, rawPath } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { pageOf, renderPage } from "./provisioning.ts";

const webhook = (c: DoorContext) => webhookOf(c.env, domainOf(c));
const inTime = <T>(c: DoorContext, call: Promise<T>): Promise<T> => within(doorSettings(c.env).CALL_DEADLINE_MS, call);

/** Lists them, the oldest first; `disabledAt`: since when the receiver wants nothing more. */
export async function listDeadLetters(c: DoorContext): Promise<Response> {
  const { limit, cursor } = pageOf(c);
  const seq = cursor === null ? null : seqOf(cursor);
  const { items, next, disabledAt } = await inTime(c, webhook(c).deadLetters({ v: CONTRACT, limit, cursor: seq }));
  const page = { items: items.map(render), next: next === null ? null : cursorOf(next) };
  return renderPage(c, page, { disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString() });
}

/** `event` is the body as it was posted. */
function render({ id, body, attempts, at, outcome }: DeadLetter) {
  return { id, event: JSON.parse(body) as unknown, attempts, lastAttempt: { at: new Date(at).toISOString(), outcome } };
}

/** Cursors of lists are base64url. */
const cursorOf = (seq: string): string => btoa(seq).replace(/=+$/, "");

function seqOf(cursor: string): string {
  const seq = atob(cursor.replace(/-/g, "+").replace(/_/g, "/"));
  if (!/^\d{1,15}$/.test(seq)) throw new Problem("invalid-query", { detail: "cursor must be one that a list gave" });
  return seq;
}

/** Sends one anew: 202, for it goes out behind this answer. */
export async function redeliver(c: DoorContext): Promise<Response> {
  const id = decodePath(rawPath(c.req.raw).split("/").at(-2) ?? "");
  const { outcome } = await inTime(c, webhook(c).redeliver({ v: CONTRACT, id }));
  if (outcome === "missing") throw new Problem("dead-letter-not-found");
  if (outcome === "not-configured") throw new Problem("webhook-not-configured", { detail: "WEBHOOK_URL is not set" });
  return Response.json({ id }, { status: 202 });
}

export async function discard(c: DoorContext): Promise<Response> {
  const { outcome } = await inTime(c, webhook(c).discard({ v: CONTRACT, id: lastSegment(c) }));
  if (outcome === "missing") throw new Problem("dead-letter-not-found");
  return new Response(null, { status: 204 });
}
