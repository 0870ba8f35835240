/**
 * Reading what clients ask of the publish-subscribe service (XEP-0060 §5 to §8).
 *
 * One table names each operation with the way to read it, or with the feature that it would take.
 *
 * @module
 */

import { bareOf, canonicalJid } from "../address/jid.ts";
import { nodeName } from "../address/node_name.ts";
import { fitsPart } from "../address/precis.ts";
import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { childrenOf, type Element } from "../xml/element.ts";
import { serialize } from "../xml/serialize.ts";
import { readWanted, type Wanted } from "./items.ts";
import { PUBSUB_NS, PUBSUB_OWNER_NS } from "./namespaces.ts";

/** A request that can be carried out. */
export type PubsubRequest =
  | { readonly request: "subscribe" | "unsubscribe"; readonly node: string; readonly subscriber: string }
  | { readonly request: "items"; readonly node: string; readonly wanted: Wanted }
  /** `node` null: of all nodes. */
  | { readonly request: "subscriptions"; readonly node: string | null }
  | {
      readonly request: "publish";
      readonly node: string;
      /** Null: the service makes one. */
      readonly itemId: string | null;
      /** XML that declares its namespaces. */
      readonly payload: string;
    };

export interface Refusal {
  readonly refusal: StanzaError;
}

/** What came in an IQ to the service. */
export interface Asked {
  readonly type: "get" | "set";
  /** The `<pubsub/>` of either namespace. */
  readonly pubsub: Element;
  /** Bare jid that asks: stamped by the session. */
  readonly asker: string;
}

/** Reads one operation, with those that belong to it behind it. */
type Reader = (operation: Element, asked: Asked & { readonly rest: readonly Element[] }) => PubsubRequest | Refusal;

/** Operations that are carried out. */
const SUPPORTED: Readonly<Record<string, Reader>> = {
  [`set {${PUBSUB_NS}}subscribe`]: readSubscribe,
  [`set {${PUBSUB_NS}}unsubscribe`]: readUnsubscribe,
  [`get {${PUBSUB_NS}}subscriptions`]: readSubscriptions,
  [`get {${PUBSUB_NS}}items`]: readItems,
  [`set {${PUBSUB_NS}}publish`]: readPublish,
};

/** Operations that are not, each with the feature that XEP-0060 names for it; where it names two, the wider one. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  [`get {${PUBSUB_NS}}affiliations`]: "retrieve-affiliations", // §5.7
  [`get {${PUBSUB_NS}}options`]: "subscription-options", // §6.3.4.6
  [`set {${PUBSUB_NS}}options`]: "subscription-options",
  [`get {${PUBSUB_NS}}default`]: "subscription-options", // §6.4.3.1
  [`set {${PUBSUB_NS}}retract`]: "delete-items", // §7.2.3.6
  [`set {${PUBSUB_NS}}create`]: "create-nodes", // §8.1.1
  [`get {${PUBSUB_OWNER_NS}}configure`]: "config-node", // §8.2.3.1
  [`set {${PUBSUB_OWNER_NS}}configure`]: "config-node",
  [`get {${PUBSUB_OWNER_NS}}default`]: "config-node", // §8.3.4.1
  [`set {${PUBSUB_OWNER_NS}}delete`]: "delete-nodes", // §8.4
  [`set {${PUBSUB_OWNER_NS}}purge`]: "purge-nodes", // §8.5.3.1
  [`get {${PUBSUB_OWNER_NS}}subscriptions`]: "manage-subscriptions", // §8.8.1.3
  [`set {${PUBSUB_OWNER_NS}}subscriptions`]: "manage-subscriptions",
  [`get {${PUBSUB_OWNER_NS}}affiliations`]: "modify-affiliations", // §8.9.1.3
  [`set {${PUBSUB_OWNER_NS}}affiliations`]: "modify-affiliations",
};

/** Reads a request; what cannot be carried out comes back as the error for the wire. */
export function readRequest(asked: Asked): PubsubRequest | Refusal {
  const [operation, ...rest] = childrenOf(asked.pubsub);
  if (!operation) return refuse("bad-request");
  const key = `${asked.type} {${operation.ns}}${operation.name}`;
  if (asked.pubsub.ns !== operation.ns) return refuse("bad-request");
  const feature = UNSUPPORTED[key];
  if (feature !== undefined) return unsupported(feature);
  return SUPPORTED[key]?.(operation, { ...asked, rest }) ?? refuse("bad-request");
}

function readSubscribe(operation: Element, { asker, rest }: { asker: string; rest: readonly Element[] }): PubsubRequest | Refusal {
  if (rest.some(({ name }) => name === "options")) return unsupported("subscription-options"); // §6.3.7
  if (rest.length > 0) return refuse("bad-request"); // §6.1.1: exactly one
  const target = readTarget(operation);
  if ("refusal" in target) return target;
  if (bareOf(target.subscriber) !== asker) return refuse("bad-request", "invalid-jid"); // §6.1.3.1
  return { request: "subscribe", ...target };
}

/** A `subid` is not looked at: none was ever given out (§6.2.3.5). */
function readUnsubscribe(operation: Element, { asker, rest }: { asker: string; rest: readonly Element[] }): PubsubRequest | Refusal {
  if (rest.length > 0) return refuse("bad-request");
  const target = readTarget(operation);
  if ("refusal" in target) return target;
  if (bareOf(target.subscriber) !== asker) return refuse("forbidden"); // §6.2.3.3
  return { request: "unsubscribe", ...target };
}

function readTarget({ attrs }: Element): { readonly node: string; readonly subscriber: string } | Refusal {
  const node = readNode(attrs["node"]);
  if (typeof node !== "string") return node;
  if (!attrs["jid"]) return refuse("bad-request", "jid-required");
  const subscriber = canonicalJid(attrs["jid"]);
  return subscriber === undefined ? refuse("bad-request", "invalid-jid") : { node, subscriber };
}

function readNode(given: string | undefined): string | Refusal {
  if (!given) return refuse("bad-request", "nodeid-required");
  return nodeName(given) ?? refuse("item-not-found"); // what is no name names no node
}

function readSubscriptions({ attrs }: Element): PubsubRequest | Refusal {
  if (!attrs["node"]) return { request: "subscriptions", node: null };
  const node = readNode(attrs["node"]);
  return typeof node === "string" ? { request: "subscriptions", node } : node;
}

function readItems(operation: Element, { rest }: { rest: readonly Element[] }): PubsubRequest | Refusal {
  const node = readNode(operation.attrs["node"]);
  if (typeof node !== "string") return node;
  const wanted = readWanted(operation, rest);
  return typeof wanted === "string" ? refuse(wanted) : { request: "items", node, wanted };
}

function readPublish(operation: Element, { rest }: { rest: readonly Element[] }): PubsubRequest | Refusal {
  if (rest.some(({ name }) => name === "publish-options")) return unsupported("publish-options"); // §7.1.5
  if (rest.length > 0) return refuse("bad-request");
  const node = readNode(operation.attrs["node"]);
  if (typeof node !== "string") return node;
  const [item, ...more] = childrenOf(operation);
  if (!item) return refuse("bad-request", "item-required"); // §7.1.3.7
  if (more.length > 0) return refuse("bad-request", "invalid-payload"); // §7.1.1: no batches
  if (item.name !== "item" || item.ns !== PUBSUB_NS) return refuse("bad-request");
  const payload = readPayload(item);
  if (typeof payload !== "string") return payload;
  const itemId = item.attrs["id"] || null;
  if (itemId !== null && !fitsPart(itemId)) return refuse("bad-request");
  return { request: "publish", node, itemId, payload };
}

function readPayload(item: Element): string | Refusal {
  const [payload, ...more] = childrenOf(item);
  if (item.children.some((each) => typeof each === "string" && each.trim() !== "")) return refuse("bad-request", "invalid-payload");
  if (!payload) return refuse("bad-request", "payload-required"); // §7.1.3.7
  if (more.length > 0) return refuse("bad-request", "invalid-payload"); // §7.1.3.6
  return serialize(payload, null);
}

function refuse(condition: StanzaError["condition"], specific?: string): Refusal {
  return { refusal: stanzaError(condition, specific === undefined ? {} : { specific }) };
}

function unsupported(feature: string): Refusal {
  return { refusal: stanzaError("feature-not-implemented", { specific: "unsupported", feature }) };
}
