/**
 * Publishing by HTTP: `POST /api/v1/nodes/{node}/items`.
 *
 * @module
 */

import type { PublishAnswer, Refusal } from "../../durable/contract.ts";
import { hostOf } from "../../durable/placing.ts";
import { CONTRACT, hostNamed, within } from "../../durable/stubs.ts";
import { CONTACT_NODE, nodeName, parseDocument, serialize, wrapText } from "../../xmpp/mod.ts";
import { Problem, type ProblemCode, retryAfter } from "../problem.ts";
import { bodyJson, bodyText, decodePath, type DoorContext, domainOf, rawPath, requireType } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { decodeObject, type Field, text, valueOf } from "./decode.ts";

const PREFIX = "/api/v1/nodes/";
const ITEMS = "/items";

/** Publishes one item; a repeat is answered as the first one was. */
export async function publish(c: DoorContext): Promise<Response> {
  const settings = doorSettings(c.env);
  const node = nodeOfPath(rawPath(c.req.raw));
  const host = hostOfNode(c, node);
  const key = keyOf(c.req.header("Idempotency-Key"));
  const { id, payload } = await itemOf(c);
  if (id !== null && key !== null)
    throw new Problem("invalid-idempotency-key", { detail: "An item with an id of its own is known by that: send the id or the key" });
  if (payload.length > settings.MAX_PAYLOAD) throw new Problem("payload-too-large", { detail: `At most ${settings.MAX_PAYLOAD} characters once escaped` });
  const request = { v: CONTRACT, node, id: id ?? (key === null ? null : `key-${key}`), payload, once: key !== null };
  const answer = await within(settings.CALL_DEADLINE_MS, hostNamed(c.env, host).publish(request));
  return renderPublished(node, answer);
}

/** The node of a path: encoded as one segment, or with its slashes as a proxy may have decoded them. */
export function nodeOfPath(path: string, suffix: "/items" | "/events" = ITEMS): string {
  const encoded = path.startsWith(PREFIX) && path.endsWith(suffix) ? path.slice(PREFIX.length, -suffix.length) : "";
  const node = nodeName(decodePath(encoded));
  if (node === undefined) throw new Problem("node-not-found", { detail: `Path must be ${PREFIX}{node}${suffix}, the node percent-encoded` });
  return node;
}

/** The host of a node that is published on and read by HTTP; the service contact's is not one. */
export function hostOfNode(c: DoorContext, node: string): string {
  const host = node === CONTACT_NODE ? undefined : hostOf(domainOf(c), node, doorSettings(c.env));
  if (host === undefined) throw unknownNode(node);
  return host;
}

export function unknownNode(given: string): Problem {
  return new Problem("node-not-found", { detail: `No family of nodes has the name "${given}"` });
}

/** Reads the header `Idempotency-Key`: a bare value, or a quoted one as the draft of the header has it. */
export function keyOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem("invalid-idempotency-key", { detail: "Idempotency-Key must have 1 to 255 visible ASCII characters" });
  return key;
}

interface GivenItem {
  readonly id: string | null;
  readonly payload: string;
}

async function itemOf(c: DoorContext): Promise<GivenItem> {
  const type = requireType(c, "application/xml", "application/json");
  if (type === "application/json") return decodeItem(await bodyJson(c));
  return { id: null, payload: payloadOfXml(await bodyText(c), doorSettings(c.env).MAX_DEPTH) };
}

/** The payload of an XML body: escaped into a `<notification/>` as desktops expect it, unless it is one already. */
export function payloadOfXml(body: string, maxDepth: number): string {
  if (body.trim() === "") throw new Problem("empty-body");
  const { element, error } = parseDocument(body, { maxDepth });
  if (/^\s+<\?xml\s/.test(body)) throw new Problem("not-well-formed", { detail: "An XML declaration stands at the very beginning, or nowhere" });
  if (error) throw new Problem("not-well-formed", { detail: [error.condition, error.specific?.name].filter(Boolean).join(": ") });
  return element.name === "notification" ? serialize(element, null) : wrapText(body);
}

/** Has XML all of these characters (XML 1.0 §2.2)? */
function isXmlText(text: string): boolean {
  return !/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.test(text);
}

const payloadField: Field<string> = {
  required: true,
  read(value) {
    if (typeof value === "string")
      return value === "" ? { wrong: "must not be empty" } : isXmlText(value) ? { value } : { wrong: "must hold no characters that XML cannot" };
    if (typeof value === "number" || (typeof value === "object" && value !== null)) return { value: JSON.stringify(value) };
    return { wrong: "must be a string, a number, an object or an array" };
  },
};

const idField: Field<string> = {
  read(value) {
    const given = text(value);
    if (!("value" in given)) return given;
    return /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(given.value) ? given : { wrong: "must have 1 to 255 characters and no control characters" };
  },
};

/** Reads a JSON body: an id if the publisher chose one, and a text or a value that is delivered as JSON text. */
export function decodeItem(body: unknown): GivenItem {
  const { id, payload } = valueOf(decodeObject(body, { id: idField, payload: payloadField }));
  return { id: id ?? null, payload: wrapText(payload ?? "") };
}

/** Refusals of a host by their condition; others are `publish-refused`. */
const REFUSALS: Readonly<Record<string, ProblemCode>> = {
  "item-not-found": "node-not-found",
  conflict: "idempotency-key-reused",
  "not-acceptable": "payload-too-large",
  "resource-constraint": "overloaded",
};

export function problemOfRefusal({ condition, specific, text: detail }: Refusal): Problem {
  const code = REFUSALS[condition] ?? "publish-refused";
  const headers = code === "overloaded" ? retryAfter(1) : {};
  return new Problem(code, { detail: detail ?? [condition, specific].filter(Boolean).join(": "), headers });
}

function renderPublished(node: string, answer: PublishAnswer): Response {
  if (answer.outcome === "refused") throw problemOfRefusal(answer.refusal);
  const { id, position, replayed, pending } = answer;
  const body = { id, node, position: `${position.epoch}:${position.seq}`, ...(pending && { pending }) };
  return Response.json(body, { status: replayed ? 200 : 201, headers: replayed ? { "Idempotent-Replayed": "true" } : {} });
}
