/**
 * Reading a node's log by HTTP: `GET /api/v1/nodes/{node}/items?since=…&limit=…`.
 *
 * @module
 */

import { CONTRACT, hostNamed, within } from "../../durable/stubs.ts";
import { readMark, readPayload, renderMark } from "../../xmpp/mod.ts";
import { Problem } from "../problem.ts";
import { type DoorContext, rawPath } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { hostOfNode, nodeOfPath, problemOfRefusal } from "./nodes.ts";
import { checkRight, known, readerOf } from "./reading.ts";

const MAX_LIMIT = 100;

/**
 * Answers `{"node", "items": [{"id", "position", "payload" | "xml"}], "next", "reset"}`: items after `since`, oldest first.
 *
 * `next` is the `since` of the next question. `reset`: the log does not reach back to `since`; what it has follows from its
 * beginning, and something before that may have been missed.
 */
export async function listItems(c: DoorContext): Promise<Response> {
  const settings = doorSettings(c.env);
  const as = await readerOf(c);
  const node = nodeOfPath(rawPath(c.req.raw));
  const host = hostOfNode(c, node);
  const since = c.req.query("since");
  const after = since === undefined ? null : readMark(since);
  if (after === undefined) throw new Problem("invalid-query", { detail: "since must be a position as it was told: epoch:sequence" });
  const request = { v: CONTRACT, node, ids: null, newest: null, after, limit: limitOf(c.req.query("limit")) };
  const by = await known(c, as);
  const answer = await within(settings.CALL_DEADLINE_MS, hostNamed(c.env, host).items(request));
  if (answer.outcome === "refused") throw problemOfRefusal(answer.refusal);
  // After the items were read: nothing is told that was published once the right was gone.
  await checkRight(c, by, node);
  if (answer.outcome === "missing") throw new Problem("node-not-found", { detail: "Nobody listens to it or has published on it" });
  const items = answer.items.map(({ id, payload, ...position }) => ({ node, id, position: renderMark(position), ...readPayload(payload) }));
  const next = items.at(-1)?.position ?? renderMark(answer.position);
  // The same as it was: a client that polls need not be told again.
  const tag = `"${next}.${items.length}${answer.reset ? ".reset" : ""}"`;
  const headers = { "Cache-Control": "no-cache", ETag: tag };
  if (c.req.header("If-None-Match") === tag) return new Response(null, { status: 304, headers });
  return Response.json({ node, items, next, reset: answer.reset }, { headers });
}

function limitOf(given: string | undefined): number {
  if (given === undefined) return MAX_LIMIT;
  const limit = /^\d{1,6}$/.test(given) ? Number(given) : 0;
  if (limit === 0) throw new Problem("invalid-query", { detail: `limit must be a number from 1; at most ${MAX_LIMIT} come` });
  return Math.min(limit, MAX_LIMIT);
}
