/**
 * Notifications as they go on the wire, rendered once and addressed per subscriber (XEP-0060 §7.1.2, §12.7).
 *
 * No type, no body and no white space: a desktop takes the whole text of the message for the payload.
 *
 * @module
 */

import { CLIENT_NS } from "../stanza/stanza.ts";
import { escapeAttr, escapeText } from "../xml/serialize.ts";
import { PUBSUB_EVENT_NS, PUBSUB_NS, SHIM_NS } from "./namespaces.ts";

/** A stanza without its receiver: `head`, the escaped address, `tail`. */
export interface Unaddressed {
  readonly head: string;
  readonly tail: string;
}

/**
 * Where an item goes, in one text: an address and, where it has several subscriptions to the node, their ids, each on a
 * line of its own. No address has a line break.
 */
export type Addressing = string;

export const addressingOf = (jid: string, subids: readonly string[]): Addressing => (subids.length > 1 ? [jid, ...subids].join("\n") : jid);

/** Splits off the ids: `""` where there are none. */
export function partsOfAddressing(to: Addressing): { readonly jid: string; readonly subids: string } {
  const at = to.indexOf("\n");
  return at === -1 ? { jid: to, subids: "" } : { jid: to.slice(0, at), subids: to.slice(at + 1) };
}

/** What stands at the end of a message where it comes by these subscriptions: nothing but the end where there are none (§7.1.2.4). */
export function messageEnd(subids: string): string {
  if (subids === "") return MESSAGE_END;
  const each = subids.split("\n").map((subid) => `<header name="SubID">${escapeText(subid)}</header>`);
  return `<headers xmlns="${SHIM_NS}">${each.join("")}</headers>${MESSAGE_END}`;
}

/** A message for one receiver. */
export function addressed({ head, tail }: Unaddressed, to: Addressing): string {
  const { jid, subids } = partsOfAddressing(to);
  return head + escapeAttr(jid) + (subids === "" ? tail : tail.slice(0, -MESSAGE_END.length) + messageEnd(subids));
}

/** An event that is told late says when it was (XEP-0203 §2, §6.1.7). `at`: Unix milliseconds. */
export function delayed<T extends Unaddressed>(event: T, at: number): T {
  // Whoever kept it is who it is from.
  const from = / from="([^"]*)"/.exec(event.head)?.[1];
  const stamp = `<delay xmlns="urn:xmpp:delay"${from === undefined ? "" : ` from="${from}"`} stamp="${new Date(at).toISOString()}"/>`;
  return { ...event, tail: event.tail.slice(0, -MESSAGE_END.length) + stamp + MESSAGE_END };
}

/** One item of a node, about to be told. */
export interface ItemEvent {
  readonly domain: string;
  readonly node: string;
  readonly itemId: string;
  /** Unique among the messages (§12.4); ends with the item's position: `….epoch:sequence`. */
  readonly messageId: string;
  /** Inside of `<item/>`: well-formed XML that declares its namespaces. */
  readonly payload: string;
  /** Of the message (§12.7). */
  readonly type?: Notice["type"];
}

/** Renders the message that tells of one item. */
export function renderEvent({ domain, node, itemId, messageId, payload, type = "normal" }: ItemEvent): Unaddressed {
  return renderNotice({ domain, messageId, inside: itemsNotice(node, `<item id="${escapeAttr(itemId)}">${payload}</item>`), type });
}

/** Anything a node has to tell. */
export interface Notice {
  readonly domain: string;
  readonly messageId: string;
  /** Inside of `<event/>`. */
  readonly inside: string;
  /** Of the message (§12.7). */
  readonly type?: "headline" | "normal";
}

/** Renders a message about a node; `normal` is not said, it is what a message is (RFC 6121 §5.2.2). */
export function renderNotice({ domain, messageId, inside, type = "normal" }: Notice): Unaddressed {
  const typed = type === "normal" ? "" : ` type="${type}"`;
  return {
    head: `<message xmlns="${CLIENT_NS}"${typed} from="${escapeAttr(serviceOf(domain))}" id="${escapeAttr(messageId)}" to="`,
    tail: `"><event xmlns="${PUBSUB_EVENT_NS}">${inside}</event>${MESSAGE_END}`,
  };
}

/** The end of every message. */
export const MESSAGE_END = "</message>";

/** `<items/>` of an event (§7.1.2). */
export function itemsNotice(node: string, inside: string): string {
  const start = `<items node="${escapeAttr(node)}"`;
  return inside === "" ? `${start}/>` : `${start}>${inside}</items>`;
}

/** An item as it stands in events and in answers; without a payload where that is not told. */
export function renderItem({ id, payload, publisher }: { readonly id: string; readonly payload: string; readonly publisher?: string }): string {
  const start = `<item id="${escapeAttr(id)}"${publisher === undefined ? "" : ` publisher="${escapeAttr(publisher)}"`}`;
  return payload === "" ? `${start}/>` : `${start}>${payload}</item>`;
}

/** An item was removed (§7.2.2.1). */
export const retractNotice = (node: string, itemId: string): string => itemsNotice(node, `<retract id="${escapeAttr(itemId)}"/>`);

/** All items were removed (§8.5.2). */
export const purgeNotice = (node: string): string => `<purge node="${escapeAttr(node)}"/>`;

/** The node is no more; `redirect`: where it is instead (§8.4.2). */
export function deleteNotice(node: string, redirect: string | null): string {
  const start = `<delete node="${escapeAttr(node)}"`;
  return redirect === null ? `${start}/>` : `${start}><redirect uri="${escapeAttr(redirect)}"/></delete>`;
}

/** The node has another configuration; `form` where payloads are told (§8.2.5.4). */
export function configurationNotice(node: string, form: string): string {
  const start = `<configuration node="${escapeAttr(node)}"`;
  return form === "" ? `${start}/>` : `${start}>${form}</configuration>`;
}

/** The state of a subscription, as events and answers tell it (§6.1.2, §8.8.4, §12.14). */
export function renderSubscription(of: {
  readonly node: string;
  readonly jid: string;
  readonly state: string;
  readonly subid?: string;
  readonly expiry?: string;
}): string {
  const subid = of.subid === undefined ? "" : ` subid="${escapeAttr(of.subid)}"`;
  const expiry = of.expiry === undefined ? "" : ` expiry="${escapeAttr(of.expiry)}"`;
  return `<subscription node="${escapeAttr(of.node)}" jid="${escapeAttr(of.jid)}" subscription="${escapeAttr(of.state)}"${subid}${expiry}/>`;
}

/** The payload of an item, out of the tail of its message; "": it has none. */
export function payloadOf({ tail }: Pick<Unaddressed, "tail">): string {
  if (!tellsItem({ tail }) || !tail.endsWith(END)) return "";
  return tail.slice(tail.indexOf(">", tail.indexOf("<item ")) + 1, tail.length - END.length);
}

const BEFORE_ITEM = /^"><event xmlns="[^"]*"><items node="[^"]*"><item /;

/** Does the message tell of an item, and not of something else about its node? */
export function tellsItem({ tail }: Pick<Unaddressed, "tail">): boolean {
  return BEFORE_ITEM.test(tail);
}

/** What the message tells: inside of `<event/>`. */
export function eventOf({ tail }: Pick<Unaddressed, "tail">): string {
  return tail.slice(tail.indexOf(">", 2) + 1, -EVENT_END.length);
}

const EVENT_END = "</event></message>";
const END = "</item></items></event></message>";

/** Wraps text as the one payload that desktops know: its markup is text there, escaped once. */
export function wrapText(text: string): string {
  return `<notification xmlns="${PUBSUB_NS}">${escapeText(text)}</notification>`;
}

/** The address of a domain's publish-subscribe service. */
export function serviceOf(domain: string): string {
  return `pubsub.${domain}`;
}
