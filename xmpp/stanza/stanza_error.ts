/**
 * Errors that answer one stanza (RFC 6120 §8.3, XEP-0060 for the pubsub conditions beside them).
 *
 * @module
 */

import { escapeAttr, escapeText } from "../xml/serialize.ts";

export type StanzaCondition =
  | "bad-request"
  | "conflict"
  | "feature-not-implemented"
  | "forbidden"
  | "gone"
  | "internal-server-error"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "not-authorized"
  | "policy-violation"
  | "recipient-unavailable"
  | "redirect"
  | "registration-required"
  | "remote-server-not-found"
  | "remote-server-timeout"
  | "resource-constraint"
  | "service-unavailable"
  | "subscription-required"
  | "undefined-condition"
  | "unexpected-request";

export interface StanzaError {
  readonly type: "auth" | "cancel" | "continue" | "modify" | "wait";
  readonly condition: StanzaCondition;
  /** Local name in `http://jabber.org/protocol/pubsub#errors`. */
  readonly specific?: string;
  /** Its namespace, if another one. */
  readonly specificNs?: string;
  /** `feature` attribute of `<unsupported/>`. */
  readonly feature?: string;
  /** Where to find it instead: inside of `<gone/>` and `<redirect/>` (RFC 6120 §8.3.3.5, §8.3.3.14). */
  readonly uri?: string;
  readonly text?: string;
}

/** The namespace of the defined conditions (RFC 6120 §8.3.2). */
export const STANZA_ERROR_NS = "urn:ietf:params:xml:ns:xmpp-stanzas";

/** The namespace of the conditions of publish-subscribe (XEP-0060 §16.3). */
export const PUBSUB_ERRORS_NS = "http://jabber.org/protocol/pubsub#errors";

/** The error type to use with each condition unless there is reason for another (RFC 6120 §8.3.3). */
export const DEFAULT_TYPES = {
  "bad-request": "modify",
  conflict: "cancel",
  "feature-not-implemented": "cancel",
  forbidden: "auth",
  gone: "cancel",
  "internal-server-error": "cancel",
  "item-not-found": "cancel",
  "jid-malformed": "modify",
  "not-acceptable": "modify",
  "not-allowed": "cancel",
  "not-authorized": "auth",
  "policy-violation": "modify",
  "recipient-unavailable": "wait",
  redirect: "modify",
  "registration-required": "auth",
  "remote-server-not-found": "cancel",
  "remote-server-timeout": "wait",
  "resource-constraint": "wait",
  "service-unavailable": "cancel",
  "subscription-required": "auth",
  "undefined-condition": "cancel",
  "unexpected-request": "wait",
} as const satisfies Record<StanzaCondition, StanzaError["type"]>;

/** Makes an error of the condition's default type. */
export function stanzaError(condition: StanzaCondition, more: Partial<StanzaError> = {}): StanzaError {
  return { type: DEFAULT_TYPES[condition], ...more, condition };
}

/** Writes the `<error/>` of a stanza: the condition, then the text, then the specific condition (RFC 6120 §8.3.2). */
export function renderStanzaError({ type, condition, specific, specificNs = PUBSUB_ERRORS_NS, feature, uri, text }: StanzaError): string {
  const start = `<${condition} xmlns="${STANZA_ERROR_NS}"`;
  let inside = uri === undefined ? `${start}/>` : `${start}>${escapeText(uri)}</${condition}>`;
  if (text !== undefined) inside += `<text xmlns="${STANZA_ERROR_NS}" xml:lang="en">${escapeText(text)}</text>`;
  if (specific !== undefined) {
    const named = feature === undefined ? "" : ` feature="${escapeAttr(feature)}"`; // XEP-0060 §16.3
    inside += `<${specific} xmlns="${specificNs}"${named}/>`;
  }
  return `<error type="${type}">${inside}</error>`;
}
