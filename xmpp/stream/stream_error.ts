/**
 * Errors that end a stream (RFC 6120 §4.9).
 *
 * @module
 */

import { attributes } from "../stanza/stanza.ts";
import { escapeAttr, escapeText } from "../xml/serialize.ts";

export type StreamCondition =
  | "bad-format"
  | "bad-namespace-prefix"
  | "conflict"
  | "connection-timeout"
  | "host-gone"
  | "host-unknown"
  | "improper-addressing"
  | "internal-server-error"
  | "invalid-from"
  | "invalid-namespace"
  | "invalid-xml"
  | "not-authorized"
  | "not-well-formed"
  | "policy-violation"
  | "remote-connection-failed"
  | "reset"
  | "resource-constraint"
  | "restricted-xml"
  | "see-other-host"
  | "system-shutdown"
  | "undefined-condition"
  | "unsupported-encoding"
  | "unsupported-feature"
  | "unsupported-stanza-type"
  | "unsupported-version";

export interface StreamError {
  readonly condition: StreamCondition;
  readonly text?: string;
  /** Application-specific condition after it: local name and namespace (RFC 6120 §4.9.4). */
  readonly specific?: { readonly name: string; readonly ns: string; readonly attrs?: Readonly<Record<string, string>> };
}

/** The namespace of what belongs to the stream itself (RFC 6120 §4.8.1). */
export const STREAMS_NS = "http://etherx.jabber.org/streams";

/** The namespace of the defined conditions (RFC 6120 §4.9.2). */
export const STREAM_ERROR_NS = "urn:ietf:params:xml:ns:xmpp-streams";

/** Writes a stream error as a frame of its own (RFC 7395 §3.5): the condition, the text, the specific condition. */
export function renderStreamError({ condition, text, specific }: StreamError): string {
  let inside = `<${condition} xmlns="${STREAM_ERROR_NS}"/>`;
  if (text !== undefined) inside += `<text xmlns="${STREAM_ERROR_NS}" xml:lang="en">${escapeText(text)}</text>`;
  if (specific) inside += `<${specific.name} xmlns="${escapeAttr(specific.ns)}"${attributes(specific.attrs ?? {})}/>`;
  return `<stream:error xmlns:stream="${STREAMS_NS}">${inside}</stream:error>`;
}
