/**
 * Stream management: acknowledgements and resumption (XEP-0198 1.6.3).
 *
 * @module
 */

import { STANZA_ERROR_NS } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import { escapeAttr } from "../xml/serialize.ts";
import type { StreamError } from "./stream_error.ts";

/** The namespace of stream management (XEP-0198 §2). */
export const SM_NS = "urn:xmpp:sm:3";

/** Counts run modulo this (XEP-0198 §4). */
export const COUNTS = 2 ** 32;

/** Asks how much the peer has handled (XEP-0198 §4). */
export const REQUEST = `<r xmlns="${SM_NS}"/>`;

/** Says how many stanzas were handled (XEP-0198 §4). */
export function renderAcknowledgement(handled: number): string {
  return `<a xmlns="${SM_NS}" h="${handled}"/>`;
}

/** Stream management is on; with an id if the stream can be resumed, within `max` seconds of its socket's end (XEP-0198 §3, §5). */
export function renderEnabled(resumption?: { readonly id: string; readonly max: number }): string {
  const offered = resumption ? ` resume="true" id="${escapeAttr(resumption.id)}" max="${resumption.max}"` : "";
  return `<enabled xmlns="${SM_NS}"${offered}/>`;
}

/** The stream `previd` goes on; `handled`: stanzas of the client that were handled in all (XEP-0198 §5). */
export function renderResumed({ previd, handled }: { readonly previd: string; readonly handled: number }): string {
  return `<resumed xmlns="${SM_NS}" previd="${escapeAttr(previd)}" h="${handled}"/>`;
}

/** Why stream management was not enabled, or a stream not resumed (XEP-0198 §3, §5, §6). */
export interface ManagementFailure {
  readonly condition: "unexpected-request" | "item-not-found" | "feature-not-implemented" | "bad-request" | "remote-server-timeout";
  /** What was handled of a stream that can be resumed no more. */
  readonly handled?: number | undefined;
}

/** Refuses an enable or a resume; the stream goes on without (XEP-0198 §6). */
export function renderManagementFailure({ condition, handled }: ManagementFailure): string {
  const told = handled === undefined ? "" : ` h="${handled}"`;
  return `<failed xmlns="${SM_NS}"${told}><${condition} xmlns="${STANZA_ERROR_NS}"/></failed>`;
}

/** The peer acknowledges more than it was sent (XEP-0198 §6). */
export function handledTooHigh({ handled, sent }: { readonly handled: number; readonly sent: number }): StreamError {
  const attrs = { h: String(handled), "send-count": String(sent) };
  return { condition: "undefined-condition", text: "More was acknowledged than was sent", specific: { name: "handled-count-too-high", ns: SM_NS, attrs } };
}

/** The count that an element carries; undefined: none that can be one. */
export function countOf({ attrs }: Pick<Element, "attrs">): number | undefined {
  const text = attrs["h"] ?? "";
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return count < COUNTS ? count : undefined;
}

const PLAIN_REQUEST = /^<r xmlns=(["'])urn:xmpp:sm:3\1 ?\/>$/;
const PLAIN_ANSWER = /^<a (?:xmlns=(["'])urn:xmpp:sm:3\1 h=(["'])(\d{1,10})\2|h=(["'])(\d{1,10})\4 xmlns=(["'])urn:xmpp:sm:3\6) ?\/>$/;

/**
 * Reads a request or an acknowledgement in the forms that clients write, without the parser: they come every few stanzas.
 *
 * @returns undefined where the parser has to look
 */
export function plainManagement(text: string): { readonly name: "r" } | { readonly name: "a"; readonly handled: number } | undefined {
  if (text.length > 80 || text.charCodeAt(2) > 0x20) return undefined;
  if (PLAIN_REQUEST.test(text)) return { name: "r" };
  const found = PLAIN_ANSWER.exec(text);
  const handled = Number(found?.[3] ?? found?.[5] ?? Number.NaN);
  return handled < COUNTS ? { name: "a", handled } : undefined;
}
