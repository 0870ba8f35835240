/**
 * Events over HTTP, beside the WebSocket: server-sent events, long poll and short poll with one cursor for all.
 *
 * @module
 */

import type { Position, ReadRequest } from "../../durable/contract.ts";
import { CONTRACT, hostNamed, READERS, within } from "../../durable/stubs.ts";
import { nodeName, placeOf, readMark } from "../../xmpp/mod.ts";
import { regionOf } from "../placing.ts";
import { Problem, retryAfter } from "../problem.ts";
import { type DoorContext, domainOf, rawPath } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { listItems } from "./items.ts";
import { hostOfNode, nodeOfPath, unknownNode } from "./nodes.ts";

const EVENTS = "/events";
const EVENT_STREAM = "text/event-stream";
const [WAIT, LONGEST_WAIT] = [25, 55];
/** Groups of readers of a region. */
const GROUPS = 16;

/** `GET /api/v1/nodes/{node}/items` and `…/events`. */
export async function readNode(c: DoorContext): Promise<Response> {
  const path = rawPath(c.req.raw);
  if (!path.endsWith(EVENTS)) return await listItems(c);
  return await read(c, [nodeOfPath(path, EVENTS)]);
}

/** `GET /api/v1/events?node=…&node=…`. */
export async function readEvents(c: DoorContext): Promise<Response> {
  const given = c.req.queries("node") ?? [];
  const { NODES_PER_READER } = doorSettings(c.env);
  if (given.length === 0 || given.length > NODES_PER_READER || new Set(given).size !== given.length) {
    throw new Problem("invalid-query", { detail: `node must be given 1 to ${NODES_PER_READER} times, each another one` });
  }
  const nodes = given.map((text) => {
    const node = nodeName(text);
    if (node === undefined) throw unknownNode(text);
    return node;
  });
  return await read(c, nodes);
}

/** What belongs to no family is there if it was created. */
async function requireNode(c: DoorContext, node: string): Promise<void> {
  const host = hostOfNode(c, node);
  if (placeOf(node)) return;
  const { known } = await within(doorSettings(c.env).CALL_DEADLINE_MS, hostNamed(c.env, host).exists({ v: CONTRACT, node }));
  if (!known) throw unknownNode(node);
}

/** A stream where the client takes one, else one answer after a wait. */
async function read(c: DoorContext, nodes: readonly string[]): Promise<Response> {
  await Promise.all(nodes.map((node) => requireNode(c, node)));
  const since = cursorOf(c.req.header("Last-Event-ID") ?? c.req.query("since"), nodes.length);
  const isStream = (c.req.header("Accept") ?? "").includes(EVENT_STREAM);
  const asked: ReadRequest = { domain: domainOf(c), nodes, since, ...(isStream ? {} : { wait: waitOf(c.req.query("wait")) * 1000 }) };
  const region = regionOf((c.req.raw as { cf?: { continent?: unknown } }).cf?.continent);
  for (let n = 0; n < GROUPS; n++) {
    const { EVENT_READERS } = c.env;
    const group = EVENT_READERS.get(EVENT_READERS.idFromName(`${READERS}${region.name}/${n}`), region.hint ? { locationHint: region.hint } : {});
    const answer = await group.fetch("http://readers/", { method: "POST", body: JSON.stringify(asked), signal: c.req.raw.signal });
    if (answer.headers.get("Deskwire-Refusal") !== "full") return new Response(answer.body, answer);
    await answer.body?.cancel();
  }
  throw new Problem("no-capacity", { headers: retryAfter(10) });
}

/** One position for each node, separated by commas; null: from now on. */
function cursorOf(given: string | undefined, nodes: number): readonly Position[] | null {
  if (given === undefined || given === "") return null;
  const marks = given.split(",").map(readMark);
  if (marks.length !== nodes || marks.includes(undefined)) {
    throw new Problem("invalid-query", { detail: "since must be a cursor as it was told: a position for each node, separated by commas" });
  }
  return marks as readonly Position[];
}

function waitOf(given: string | undefined): number {
  if (given === undefined) return WAIT;
  if (!/^\d{1,3}$/.test(given) || Number(given) > LONGEST_WAIT) {
    throw new Problem("invalid-query", { detail: `wait must be a number of seconds, at most ${LONGEST_WAIT}` });
  }
  return Number(given);
}
