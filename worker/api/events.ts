/**
 * Events over HTTP, beside the WebSocket: server-sent events, long poll and short poll with one cursor for all.
 *
 * @module
 */

import type { Position, ReadRefusal, ReadRequest } from "../../durable/contract.ts";
import { CONTRACT, hostNamed, READERS, within } from "../../durable/stubs.ts";
import { nodeName, placeOf, readMark } from "../../xmpp/mod.ts";
import { REGIONS } from "../placing.ts";
import { Problem } from "../problem.ts";
import { type DoorContext, domainOf, rawPath } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { listItems } from "./items.ts";
import { hostOfNode, nodeOfPath, unknownNode } from "./nodes.ts";
import { groupOf, GROUPS, problemOfRefusal, readerOf } from "./reading.ts";

const EVENTS = "/events";
const EVENT_STREAM = "text/event-stream";
const [WAIT, LONGEST_WAIT] = [25, 55];

/** `GET /api/v1/nodes/{node}/items` and `…/events`. */
export async function readNode(c: DoorContext): Promise<Response> {
  const path = rawPath(c.req.raw);
  if (!path.endsWith(EVENTS)) return await listItems(c);
  return await read(c, [nodeOfPath(path, EVENTS)]);
}

/** `GET /api/v1/events?node=…&node=…`; with a ticket, the nodes are its own unless they are named. */
export async function readEvents(c: DoorContext): Promise<Response> {
  const given = c.req.queries("node") ?? [];
  return await read(c, given.length === 0 && ticketOf(c) !== undefined ? null : nodesOf(c, given, "node"));
}

/** Nodes of one reader, by their names. */
export function nodesOf(c: DoorContext, given: readonly string[], field: "node" | "#/nodes"): readonly string[] {
  const { NODES_PER_READER } = doorSettings(c.env);
  if (given.length === 0 || given.length > NODES_PER_READER || new Set(given).size !== given.length) {
    const detail = `${field} must have 1 to ${NODES_PER_READER} nodes, each another one`;
    throw new Problem(field === "node" ? "invalid-query" : "invalid-body", { detail });
  }
  return given.map((text) => {
    const node = nodeName(text);
    if (node === undefined) throw unknownNode(text);
    return node;
  });
}

/** A ticket stands for the header that `EventSource` cannot send; where there is one, it is not looked at. */
function ticketOf(c: DoorContext): string | undefined {
  return c.req.header("Authorization") === undefined ? c.req.query("ticket") : undefined;
}

/** What belongs to no family is there if it was created. */
async function requireNode(c: DoorContext, node: string): Promise<void> {
  const host = hostOfNode(c, node);
  if (placeOf(node, doorSettings(c.env).families)) return;
  const { known } = await within(doorSettings(c.env).CALL_DEADLINE_MS, hostNamed(c.env, host).exists({ v: CONTRACT, node }));
  if (!known) throw unknownNode(node);
}

/** A stream where the client takes one, else one answer after a wait. */
async function read(c: DoorContext, nodes: readonly string[] | null): Promise<Response> {
  const ticket = ticketOf(c);
  const as = ticket === undefined ? await readerOf(c) : ({ kind: "ticket", ticket } as const);
  await Promise.all((nodes ?? []).map((node) => requireNode(c, node)));
  const since = cursorOf(c.req.header("Last-Event-ID") ?? c.req.query("since"), nodes?.length);
  const isStream = (c.req.header("Accept") ?? "").includes(EVENT_STREAM);
  const asked: ReadRequest = { as, domain: domainOf(c), nodes, since, ...(isStream ? {} : { wait: waitOf(c.req.query("wait")) * 1000 }) };
  const groups = ticket === undefined ? Array.from({ length: GROUPS }, (_, n) => groupOf(c, n)) : [groupOfTicket(ticket)];
  for (const { name, hint } of groups) {
    const { EVENT_READERS } = c.env;
    const group = EVENT_READERS.get(EVENT_READERS.idFromName(name), hint);
    const answer = await group.fetch("http://readers/", { method: "POST", body: JSON.stringify(asked), signal: c.req.raw.signal });
    if (!answer.headers.has("Deskwire-Refusal")) return new Response(answer.body, answer);
    const { code, node } = (await answer.json()) as { code: ReadRefusal; node?: string };
    if (code !== "full") throw problemOfRefusal(code, node);
  }
  throw problemOfRefusal("full");
}

/** A ticket names the group that issued it. */
function groupOfTicket(ticket: string): ReturnType<typeof groupOf> {
  const [region = "", n = ""] = ticket.split(".");
  if (!REGIONS.includes(region) || !/^(0|[1-9]\d?)$/.test(n) || Number(n) >= GROUPS) throw problemOfRefusal("invalid-ticket");
  return { name: `${READERS}${region}/${n}`, hint: {} };
}

/** One position for each node, separated by commas; null: from now on. `nodes` undefined: only the ticket knows how many there are. */
function cursorOf(given: string | undefined, nodes: number | undefined): readonly Position[] | null {
  if (given === undefined || given === "") return null;
  const marks = given.split(",").map(readMark);
  if ((nodes !== undefined && marks.length !== nodes) || marks.includes(undefined)) {
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
