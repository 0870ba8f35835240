/**
 * Requests to the publish-subscribe service: asked of the shell, and answered when it has (XEP-0060 §5.6, §6, §7.1).
 *
 * @module
 */

import { serviceOf } from "../pubsub/event.ts";
import { renderFound } from "../pubsub/items.ts";
import { PUBSUB_NS } from "../pubsub/namespaces.ts";
import { readRequest } from "../pubsub/request.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import { escapeAttr } from "../xml/serialize.ts";
import type { Ask, Effect } from "./effects.ts";
import { answer, recalled, refuse, type Request } from "./request.ts";
import type { Answered, Turn } from "./turn.ts";

/** Who may publish; the shell trusts this (§4.1, §7.1.3.1). */
const PUBLISHERS: ReadonlySet<string> = new Set(["publisher", "admin"]);

/** Reads a request and asks the shell to carry it out. */
export function pubsubRequest(turn: Turn, { iq, id, type, payload: pubsub }: Request): Effect[] {
  const { stream } = turn;
  const read = readRequest({ type, pubsub, asker: stream.jid });
  if ("refusal" in read) return refuse(turn, { iq, error: read.refusal, echo: isSmall(pubsub) });
  switch (read.request) {
    case "subscribe":
    case "unsubscribe":
      return [{ effect: read.request, id, node: read.node, subscriber: read.subscriber }];
    case "subscriptions":
      return [{ effect: "listSubscriptions", id, node: read.node }];
    case "items":
      return [{ effect: "listItems", id, node: read.node, wanted: read.wanted }];
    case "publish":
      if (!PUBLISHERS.has(stream.role)) return refuse(turn, { iq, error: stanzaError("forbidden") });
      return [{ effect: "publish", id, node: read.node, itemId: read.itemId, payload: read.payload }];
  }
}

/** One empty operation: harmless to give back (RFC 6120 §8.3.1). Payloads and forms are not. */
function isSmall({ children }: Element): boolean {
  return children.length === 1 && children.every((each) => typeof each !== "string" && each.children.length === 0);
}

/** Granted: the subscription as it stands, without subid, since there is one per address (§6.1.2, §6.1.6); then events. */
export function subscribed(turn: Turn, { ask, answer: given }: Answered<"subscribe">): Effect[] {
  const iq = recallTarget(turn, ask);
  if ("refused" in given) return refuse(turn, { iq, error: given.refused, echo: true });
  const { id, node, subscriber } = ask;
  const subscription = `<subscription node="${escapeAttr(node)}" jid="${escapeAttr(subscriber)}" subscription="subscribed"><subscribe-options/></subscription>`;
  return [...answer(turn, { iq, id, payload: wrap(subscription) }), { effect: "goLive" }];
}

/** The subscription is no more (§6.2.2). */
export function unsubscribed(turn: Turn, { ask, answer: given }: Answered<"unsubscribe">): Effect[] {
  const iq = recallTarget(turn, ask);
  return "refused" in given ? refuse(turn, { iq, error: given.refused, echo: true }) : answer(turn, { iq, id: ask.id });
}

/** All subscriptions of the bare jid, whatever their resource; an empty list if there is none (§5.6). */
export function subscriptionsListed(turn: Turn, { ask: { id, node }, answer: given }: Answered<"listSubscriptions">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  const each = given.subscriptions.map(
    (one) => `<subscription node="${escapeAttr(one.node)}" jid="${escapeAttr(one.jid)}" subscription="${escapeAttr(one.state)}"/>`,
  );
  const asked = node === null ? "" : ` node="${escapeAttr(node)}"`;
  const list = each.length === 0 ? `<subscriptions${asked}/>` : `<subscriptions${asked}>${each.join("")}</subscriptions>`;
  return answer(turn, { iq, id, payload: wrap(list) });
}

/** Items in the order of their publication (§6.5.2). */
export function itemsListed(turn: Turn, { ask: { id, node }, answer: given }: Answered<"listItems">): Effect[] {
  const iq = recall(turn, { id });
  return "refused" in given ? refuse(turn, { iq, error: given.refused }) : answer(turn, { iq, id, payload: renderFound(node, given) });
}

/** Published: the item's id is told (§7.1.2). */
export function published(turn: Turn, { ask: { id, node }, answer: given }: Answered<"publish">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  return answer(turn, { iq, id, payload: wrap(`<publish node="${escapeAttr(node)}"><item id="${escapeAttr(given.itemId)}"/></publish>`) });
}

function recallTarget(turn: Turn, { effect, id, node, subscriber }: Extract<Ask, { effect: "subscribe" | "unsubscribe" }>): Element {
  const operation: Element = { name: effect, ns: PUBSUB_NS, attrs: { node, jid: subscriber }, children: [] };
  return recall(turn, { id, payload: { name: "pubsub", ns: PUBSUB_NS, attrs: {}, children: [operation] } });
}

function recall({ stream }: Turn, { id, payload }: { readonly id: string; readonly payload?: Element }): Element {
  const to = serviceOf(stream.domain);
  return payload ? recalled({ id, to, payload }) : recalled({ id, to });
}

function wrap(payload: string): string {
  return `<pubsub xmlns="${PUBSUB_NS}">${payload}</pubsub>`;
}
