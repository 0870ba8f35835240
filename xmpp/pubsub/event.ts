/**
 * Notifications as they go on the wire, rendered once and addressed per subscriber (XEP-0060 §7.1.2, §12.7).
 *
 * No type, no body and no white space: a desktop takes the whole text of the message for the payload.
 *
 * @module
 */

import { CLIENT_NS } from "../stanza/stanza.ts";
import { escapeAttr, escapeText } from "../xml/serialize.ts";
import { PUBSUB_EVENT_NS, PUBSUB_NS } from "./namespaces.ts";

/** A stanza without its receiver: `head`, the escaped address, `tail`. */
export interface Unaddressed {
  readonly head: string;
  readonly tail: string;
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
}

/** Renders the message that tells of one item. */
export function renderEvent({ domain, node, itemId, messageId, payload }: ItemEvent): Unaddressed {
  return {
    head: `<message xmlns="${CLIENT_NS}" from="${escapeAttr(serviceOf(domain))}" id="${escapeAttr(messageId)}" to="`,
    tail: `"><event xmlns="${PUBSUB_EVENT_NS}"><items node="${escapeAttr(node)}"><item id="${escapeAttr(itemId)}">${payload}${END}`,
  };
}

/** The payload of an item, out of the tail of its message. */
export function payloadOf({ tail }: Pick<Unaddressed, "tail">): string {
  const start = tail.indexOf(">", tail.indexOf("<item ")) + 1;
  return tail.slice(start, tail.length - END.length);
}

const END = "</item></items></event></message>";

/** Wraps text as the one payload that desktops know: its markup is text there, escaped once. */
export function wrapText(text: string): string {
  return `<notification xmlns="${PUBSUB_NS}">${escapeText(text)}</notification>`;
}

/** The address of a domain's publish-subscribe service. */
export function serviceOf(domain: string): string {
  return `pubsub.${domain}`;
}
