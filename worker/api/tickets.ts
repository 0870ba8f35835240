/**
 * Tickets for `EventSource`, which cannot send headers: `POST /api/v1/events/tickets`.
 *
 * @module
 */

import { CONTRACT, readersNamed, within } from "../../durable/stubs.ts";
import { bodyJson, type DoorContext, domainOf } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { decodeObject, texts, valueOf } from "./decode.ts";
import { nodesOf } from "./events.ts";
import { hostOfNode } from "./nodes.ts";
import { groupOf, GROUPS, problemOfRefusal, readerOf } from "./reading.ts";

/** Answers `201 {"ticket", "expiresAt"}`: a ticket opens one reader of these nodes, once, with the rights of who asked for it. */
export async function issueTicket(c: DoorContext): Promise<Response> {
  const as = await readerOf(c);
  const { nodes: given } = valueOf(decodeObject(await bodyJson(c), { nodes: { read: texts, required: true } }));
  const nodes = nodesOf(c, given, "#/nodes");
  for (const node of nodes) hostOfNode(c, node);
  for (let n = 0; n < GROUPS; n++) {
    const call = readersNamed(c.env, groupOf(c, n).name).issue({ v: CONTRACT, as, domain: domainOf(c), nodes });
    const answer = await within(doorSettings(c.env).CALL_DEADLINE_MS, call);
    if (answer.outcome === "issued") {
      const body = { ticket: answer.ticket, expiresAt: new Date(answer.expiresAt).toISOString() };
      return Response.json(body, { status: 201, headers: { "Cache-Control": "no-store" } });
    }
    if (answer.code !== "full") throw problemOfRefusal(answer.code, answer.node);
  }
  throw problemOfRefusal("full");
}
