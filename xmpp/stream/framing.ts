/**
 * The frames that open and close a stream (RFC 7395 §3.3 to §3.6).
 *
 * @module
 */

import { escapeAttr } from "../xml/serialize.ts";

/** The namespace of `<open/>` and `<close/>` (RFC 7395 §3.3.2). */
export const FRAMING_NS = "urn:ietf:params:xml:ns:xmpp-framing";

/** Ends a stream. To the byte what Strophe compares with, so the space before the slash has to stay (RFC 7395 §3.6). */
export const CLOSE = `<close xmlns="${FRAMING_NS}" />`;

/** The header of the server's side of a stream (RFC 6120 §4.7). */
export interface OpenAttributes {
  readonly from: string;
  readonly id: string;
  readonly lang: string;
  /** The client's own address, if its `<open/>` said one (§4.7.2). */
  readonly to?: string | undefined;
  /** Left out for a client that named none (§4.7.5). */
  readonly version?: string | undefined;
}

/** Writes the server's `<open/>` (RFC 7395 §3.4). */
export function renderOpen({ from, id, lang, to, version }: OpenAttributes): string {
  const receiver = to === undefined ? "" : ` to="${escapeAttr(to)}"`;
  const spoken = version === undefined ? "" : ` version="${escapeAttr(version)}"`;
  return `<open xmlns="${FRAMING_NS}" from="${escapeAttr(from)}"${receiver} id="${escapeAttr(id)}"${spoken} xml:lang="${escapeAttr(lang)}"/>`;
}
