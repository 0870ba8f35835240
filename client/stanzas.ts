/**
 * The stanzas of the client: requests it writes, answers and notifications it reads (XEP-0060, XEP-0059, XEP-0199).
 *
 * @module
 */

import { $iq, type Builder } from "strophe.js";

import type { Page } from "./catch_up.ts";
import { type Position, positionOfMessage, readPosition, renderPosition } from "./position.ts";

const NS = {
  pubsub: "http://jabber.org/protocol/pubsub",
  event: "http://jabber.org/protocol/pubsub#event",
  rsm: "http://jabber.org/protocol/rsm",
  ping: "urn:xmpp:ping",
  position: "urn:deskwire:position",
  errors: "urn:ietf:params:xml:ns:xmpp-stanzas",
};
/** Items of a page that is asked for; the server may give fewer. */
const PAGE = 100;

/** An item as a subscriber gets it. */
export interface Item {
  readonly node: string;
  readonly id: string;
  readonly position: Position;
  /** Text of the item's payload: a document, with Finesse's nodes. */
  readonly payload: string;
  /** The `<item/>` itself. */
  readonly xml: Element;
}

/** A request that the server answered with an error (RFC 6120 §8.3). */
export class Refused extends Error {
  readonly condition: string;
  /** "wait": it may be asked again. */
  readonly type: string;

  constructor({ condition, type }: { readonly condition: string; readonly type: string }) {
    super(`The server refused: ${condition}`);
    this.condition = condition;
    this.type = type;
  }
}

export function pingTo(domain: string): Builder {
  return $iq({ type: "get", to: domain }).c("ping", { xmlns: NS.ping });
}

interface Asked {
  readonly service: string;
  readonly node: string;
}

export function subscriptionTo(action: "subscribe" | "unsubscribe", { service, node, jid }: Asked & { readonly jid: string }): Builder {
  return $iq({ type: "set", to: service, from: jid }).c("pubsub", { xmlns: NS.pubsub }).c(action, { node, jid });
}

/** The newest item alone (XEP-0060 §6.5.7). */
export function newestOf({ service, node }: Asked): Builder {
  return $iq({ type: "get", to: service }).c("pubsub", { xmlns: NS.pubsub }).c("items", { node, max_items: "1" });
}

/** A page of items after a position; null: from the first. */
export function itemsAfter(after: Position | null, { service, node }: Asked): Builder {
  const request = $iq({ type: "get", to: service }).c("pubsub", { xmlns: NS.pubsub }).c("items", { node }).up().c("set", { xmlns: NS.rsm });
  request.c("max", {}, String(PAGE));
  return after ? request.c("after", {}, renderPosition(after)) : request;
}

/**
 * Reads a page.
 *
 * @throws where its items cannot be placed: nothing may be told of what lies between them
 */
export function readPage(node: string, answer: Element): Exclude<Page<Item>, "gone"> {
  const items = elementsOf(answer, "item");
  const count = Number(textOf(answer, "count") || items.length);
  const [first, last] = [readPosition(textOf(answer, "first")), readPosition(textOf(answer, "last"))];
  const told = readPosition(elementsOf(answer, "position").find(isOurs)?.textContent ?? "");
  const position = told && { position: told };
  if (items.length === 0) return { items: [], count, ...position };
  // A log has no holes, so the first position places all of them.
  if (!first || !last || first.epoch !== last.epoch || last.seq - first.seq !== items.length - 1) throw new Error(`${node}: a page without positions`);
  return { items: items.map((xml, at) => itemOf(xml, node, { epoch: first.epoch, seq: first.seq + at })), count, ...position };
}

const isOurs = (element: Element): boolean => (element.namespaceURI ?? element.getAttribute("xmlns")) === NS.position;

/** Reads a notification's items; none where it is another message. An item that cannot be placed is none of the server's. */
export function readNotification(message: Element): Item[] {
  const [event] = elementsOf(message, "event");
  const [list] = event?.getAttribute("xmlns") === NS.event || event?.namespaceURI === NS.event ? elementsOf(event, "items") : [];
  const position = positionOfMessage(message.getAttribute("id") ?? "");
  if (!list || !position) return [];
  const node = list.getAttribute("node") ?? "";
  return elementsOf(list, "item").map((xml) => itemOf(xml, node, position));
}

/** The error of a stanza. */
export function errorOf(stanza: Element): { readonly condition: string; readonly type: string } {
  const [error] = elementsOf(stanza, "error");
  const names = error ? [...error.childNodes].filter((child): child is Element => child.nodeType === 1 && child.nodeName !== "text") : [];
  const named = names.find((child) => child.namespaceURI === NS.errors || child.getAttribute("xmlns") === NS.errors);
  return { condition: named?.nodeName ?? "undefined-condition", type: error?.getAttribute("type") ?? "cancel" };
}

function itemOf(xml: Element, node: string, position: Position): Item {
  return { node, id: xml.getAttribute("id") ?? "", position, payload: xml.textContent ?? "", xml };
}

function elementsOf(parent: Element, name: string): Element[] {
  return [...parent.getElementsByTagName(name)];
}

function textOf(parent: Element, name: string): string {
  return parent.getElementsByTagName(name)[0]?.textContent ?? "";
}
