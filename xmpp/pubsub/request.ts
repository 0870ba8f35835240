/**
 * Reading what clients ask of the publish-subscribe service (XEP-0060 §5 to §8).
 *
 * One table names each operation with the way to read it.
 *
 * @module
 */

import { bareOf, canonicalJid } from "../address/jid.ts";
import { nodeName } from "../address/node_name.ts";
import { fitsPart } from "../address/precis.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import { formIn, type FormField, readForm } from "../stanza/data_form.ts";
import { childrenOf, type Element } from "../xml/element.ts";
import { serialize } from "../xml/serialize.ts";
import { readWanted, type Wanted } from "./items.ts";
import { PUBLISH_OPTIONS, PUBSUB_NS, PUBSUB_OWNER_NS, SUBSCRIBE_OPTIONS } from "./namespaces.ts";
import type { NodeRequest, Publication, Submitted } from "./node_request.ts";
import {
  readAffiliations,
  readConfigure,
  readCreate,
  readDelete,
  readOwnerList,
  readRetract,
  readSubmitted,
  readSubscriptions as readOwnerSubscriptions,
} from "./owner_request.ts";
import { type Refused, refused, unsupported } from "./refusals.ts";

/** A request that can be carried out. */
export type PubsubRequest =
  /** `options` null: none were given. */
  | { readonly request: "subscribe"; readonly node: string; readonly subscriber: string; readonly options: readonly FormField[] | null }
  /** `form` null: they are asked for. */
  | { readonly request: "options"; readonly node: string; readonly subscriber: string; readonly subid: string | null; readonly form: Submitted | null }
  /** `node` null: of any node. */
  | { readonly request: "default-options"; readonly node: string | null }
  | { readonly request: "unsubscribe"; readonly node: string; readonly subscriber: string; readonly subid: string | null }
  | { readonly request: "items"; readonly node: string; readonly wanted: Wanted; readonly subid: string | null }
  /** Of the own bare jid; `node` null: of all nodes. */
  | { readonly request: "subscriptions" | "affiliations"; readonly node: string | null }
  | { readonly request: "publish"; readonly node: string; readonly publication: Publication }
  /** `node` null: the service makes one (§8.1.1). */
  | { readonly request: "create"; readonly node: string | null; readonly of: NodeRequest }
  | { readonly request: "node"; readonly node: string; readonly of: NodeRequest }
  | { readonly request: "default-configuration" };

type Read = PubsubRequest | Refused;

/** What came in an IQ to the service. */
export interface Asked {
  readonly type: "get" | "set";
  /** The `<pubsub/>` of either namespace. */
  readonly pubsub: Element;
  /** Bare jid that asks: stamped by the session. */
  readonly asker: string;
}

/** Reads one operation, with those that belong to it behind it. */
type Reader = (operation: Element, asked: Asked & { readonly rest: readonly Element[] }) => Read;

/** Operations that are carried out. */
const SUPPORTED: Readonly<Record<string, Reader>> = {
  [`set {${PUBSUB_NS}}subscribe`]: readSubscribe,
  [`set {${PUBSUB_NS}}unsubscribe`]: readUnsubscribe,
  [`get {${PUBSUB_NS}}subscriptions`]: readOwn("subscriptions"), // §5.6
  [`get {${PUBSUB_NS}}affiliations`]: readOwn("affiliations"), // §5.7
  [`get {${PUBSUB_NS}}options`]: readOptions,
  [`set {${PUBSUB_NS}}options`]: readOptions,
  [`get {${PUBSUB_NS}}default`]: readDefaultOptions,
  [`get {${PUBSUB_NS}}items`]: readItems,
  [`set {${PUBSUB_NS}}publish`]: readPublish,
  [`set {${PUBSUB_NS}}retract`]: ofNode(readRetract),
  [`set {${PUBSUB_NS}}create`]: readNewNode,
  [`get {${PUBSUB_OWNER_NS}}configure`]: ofNode(() => ({ request: "configuration" })),
  [`set {${PUBSUB_OWNER_NS}}configure`]: ofNode(readConfigure),
  [`get {${PUBSUB_OWNER_NS}}default`]: readDefault,
  [`set {${PUBSUB_OWNER_NS}}delete`]: ofNode(readDelete),
  [`set {${PUBSUB_OWNER_NS}}purge`]: ofNode(() => ({ request: "purge" })),
  [`get {${PUBSUB_OWNER_NS}}subscriptions`]: ofNode(readOwnerList("subscriptions"), "with-rest"),
  [`set {${PUBSUB_OWNER_NS}}subscriptions`]: ofNode(readOwnerSubscriptions),
  [`get {${PUBSUB_OWNER_NS}}affiliations`]: ofNode(readOwnerList("affiliations"), "with-rest"),
  [`set {${PUBSUB_OWNER_NS}}affiliations`]: ofNode(readAffiliations),
};

/** Reads a request; what cannot be carried out comes back as the error for the wire. */
export function readRequest(asked: Asked): Read {
  const [operation, ...rest] = childrenOf(asked.pubsub);
  if (!operation) return refused("malformed");
  const key = `${asked.type} {${operation.ns}}${operation.name}`;
  if (asked.pubsub.ns !== operation.ns) return refused("malformed");
  return SUPPORTED[key]?.(operation, { ...asked, rest }) ?? refused("malformed");
}

function readSubscribe(operation: Element, { asker, rest }: { asker: string; rest: readonly Element[] }): Read {
  const options = readOptionsBeside(rest);
  if (options !== null && "refusal" in options) return options;
  const target = readTarget(operation);
  if ("refusal" in target) return target;
  if (bareOf(target.subscriber) !== asker) return refused("jid-mismatch"); // §6.1.3.1
  return { request: "subscribe", ...target, options: options === null ? null : options.fields };
}

/** Options of a subscribe: behind it, and without an address of their own (§6.3.7). */
function readOptionsBeside(rest: readonly Element[]): { readonly fields: readonly FormField[] } | Refused | null {
  const [options, ...more] = rest;
  if (!options) return null;
  const isAddressed = options.attrs["node"] !== undefined || options.attrs["jid"] !== undefined;
  if (more.length > 0 || options.name !== "options" || options.ns !== PUBSUB_NS || isAddressed) return refused("malformed"); // §6.1.1: exactly one
  const form = readSubmitted(options, SUBSCRIBE_OPTIONS);
  return form?.type === "submit" ? form : refused("malformed");
}

function readOptions(operation: Element, { type, asker, rest }: Asked & { rest: readonly Element[] }): Read {
  if (rest.length > 0) return refused("malformed");
  const target = readTarget(operation);
  if ("refusal" in target) return target;
  if (bareOf(target.subscriber) !== asker) return refused("not-yours"); // §6.3.4.1
  const form = type === "get" ? null : readSubmitted(operation, SUBSCRIBE_OPTIONS);
  return form === undefined ? refused("options-invalid") : { request: "options", ...target, subid: operation.attrs["subid"] || null, form };
}

function readDefaultOptions(operation: Element): Read {
  const node = operation.attrs["node"] ? readNode(operation.attrs["node"]) : null;
  return node === null || typeof node === "string" ? { request: "default-options", node } : node;
}

function readUnsubscribe(operation: Element, { asker, rest }: { asker: string; rest: readonly Element[] }): Read {
  if (rest.length > 0) return refused("malformed");
  const target = readTarget(operation);
  if ("refusal" in target) return target;
  if (bareOf(target.subscriber) !== asker) return refused("not-yours"); // §6.2.3.3
  return { request: "unsubscribe", ...target, subid: operation.attrs["subid"] || null };
}

function readTarget({ attrs }: Element): { readonly node: string; readonly subscriber: string } | Refused {
  const node = readNode(attrs["node"]);
  if (typeof node !== "string") return node;
  if (!attrs["jid"]) return refused("jid-required");
  const subscriber = canonicalJid(attrs["jid"]);
  return subscriber === undefined ? refused("jid-mismatch") : { node, subscriber };
}

function readNode(given: string | undefined): string | Refused {
  if (!given) return refused("nodeid-required");
  return nodeName(given) ?? refused("no-node"); // what is no name names no node
}

/** An operation on one node; beside it nothing else, unless its reader knows what. */
function ofNode(read: (of: { readonly operation: Element; readonly rest: readonly Element[] }) => NodeRequest | Refused, beside?: "with-rest"): Reader {
  return (operation, { rest }) => {
    const node = readNode(operation.attrs["node"]);
    if (typeof node !== "string") return node;
    if (rest.length > 0 && !beside) return refused("malformed");
    const of = read({ operation, rest });
    return "refusal" in of ? of : { request: "node", node, of };
  };
}

function readNewNode(operation: Element, { rest }: { rest: readonly Element[] }): Read {
  const given = operation.attrs["node"];
  const node = given ? nodeName(given) : null;
  if (node === undefined) return refused("config-impossible"); // a name that can be none (§4.6)
  if (operation.attrs["type"] === "collection") return { refusal: unsupported("collections") }; // XEP-0248 §7.1
  const of = readCreate({ operation, rest });
  return "refusal" in of ? of : { request: "create", node, of };
}

/** `type` absent: of a leaf (§8.3.2). */
function readDefault({ attrs }: Element): Read {
  const type = attrs["type"];
  if (type === "collection") return { refusal: unsupported("collections") };
  return type === undefined || type === "leaf" ? { request: "default-configuration" } : refused("malformed");
}

function readOwn(request: "subscriptions" | "affiliations"): Reader {
  return ({ attrs }) => {
    if (!attrs["node"]) return { request, node: null };
    const node = readNode(attrs["node"]);
    return typeof node === "string" ? { request, node } : node;
  };
}

function readItems(operation: Element, { rest }: { rest: readonly Element[] }): Read {
  const node = readNode(operation.attrs["node"]);
  if (typeof node !== "string") return node;
  const wanted = readWanted(operation, rest);
  if (wanted === "item-not-found") return refused("no-item");
  if (wanted === "feature-not-implemented") return { refusal: stanzaError("feature-not-implemented") };
  return wanted === "bad-request" ? refused("malformed") : { request: "items", node, wanted, subid: operation.attrs["subid"] || null };
}

function readPublish(operation: Element, { rest }: { rest: readonly Element[] }): Read {
  const options = readPublishOptions(rest);
  if ("refusal" in options) return options;
  const node = readNode(operation.attrs["node"]);
  if (typeof node !== "string") return node;
  const [item, ...more] = childrenOf(operation);
  if (more.length > 0) return refused("payload-invalid"); // §7.1.1, PS-072: no batches
  if (!item) return { request: "publish", node, publication: { itemId: null, hasItem: false, payload: "", type: "", ...options } };
  if (item.name !== "item" || item.ns !== PUBSUB_NS) return refused("malformed");
  const payload = readPayload(item);
  if ("refusal" in payload) return payload;
  const itemId = item.attrs["id"] || null;
  if (itemId !== null && !fitsPart(itemId)) return refused("malformed");
  return { request: "publish", node, publication: { itemId, hasItem: true, ...payload, ...options } };
}

/** What the node must be like; the form says of what it is (§7.1.5). */
function readPublishOptions(rest: readonly Element[]): { readonly options: readonly FormField[] } | Refused {
  const [first, ...more] = rest;
  if (!first) return { options: [] };
  const x = formIn(first);
  const form = x && readForm(x);
  const isForm = form?.type === "submit" && form.formType === PUBLISH_OPTIONS;
  if (more.length > 0 || first.name !== "publish-options" || first.ns !== PUBSUB_NS || !isForm) return refused("malformed");
  return { options: form.fields };
}

function readPayload(item: Element): { readonly payload: string; readonly type: string } | Refused {
  const [payload, ...more] = childrenOf(item);
  const hasText = item.children.some((each) => typeof each === "string" && each.trim() !== "");
  if (hasText || more.length > 0) return refused("payload-invalid"); // §7.1.3.6
  return payload ? { payload: serialize(payload, null), type: payload.ns } : { payload: "", type: "" };
}
