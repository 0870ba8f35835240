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
  /** Unique among the messages (§12.4). */
  readonly messageId: string;
  /** Inside of `<item/>`: well-formed XML that declares its namespaces. */
  readonly payload: string;
}

/** Renders the message that tells of one item. */
export function renderEvent({ domain, node, itemId, messageId, payload }: ItemEvent): Unaddressed {
  return {
    head: `<message xmlns="${CLIENT_NS}" from="${escapeAttr(serviceOf(domain))}" id="${escapeAttr(messageId)}" to="`,
    tail: `"><event xmlns="${PUBSUB_EVENT_NS}"><items node="${escapeAttr(node)}"><item id="${escapeAttr(itemId)}">${payload}</item></items></event></message>`,
  };
}

/** Wraps text as the one payload that desktops know: its markup is text there, escaped once. */
export function wrapText(text: string): string {
  return `<notification xmlns="${PUBSUB_NS}">${escapeText(text)}</notification>`;
}

/** The address of a domain's publish-subscribe service. */
export function serviceOf(domain: string): string {
  return `pubsub.${domain}`;
}
