/**
 * What may be negotiated next on a stream (RFC 6120 §4.3.2, XEP-0115 §6.3).
 *
 * @module
 */

import { escapeAttr, escapeText } from "../xml/serialize.ts";
import { SM_NS } from "./management.ts";
import { STREAMS_NS } from "./stream_error.ts";

/** Entity capabilities of the server (XEP-0115 §4). */
export interface Caps {
  readonly node: string;
  readonly ver: string;
  /** Name of the hash as in IANA's table; "sha-1" if not said. */
  readonly hash?: string;
}

/** Either the mechanisms of a stream that is not signed in yet, or what comes after it. */
export type Features =
  | { readonly mechanisms: readonly string[]; readonly caps?: Caps | undefined }
  /** Binding a resource, and the session of RFC 3921 that has become optional. */
  | {
      readonly bind: true;
      readonly management?: boolean;
      readonly clientState?: boolean;
      readonly roster?: boolean;
      readonly limits?: Limits | undefined;
      readonly caps?: Caps | undefined;
    };

/** What a stream takes (XEP-0478 §3): bytes of a frame, and seconds of silence after which the client is asked whether it is there. */
export interface Limits {
  readonly maxBytes: number;
  readonly idleSeconds: number;
}

/** Writes the features of a stream as a frame of its own (RFC 7395 §3.3.3). */
export function renderFeatures(features: Features): string {
  const offered = "bind" in features ? renderBound(features) : renderMechanisms(features.mechanisms);
  return `<stream:features xmlns:stream="${STREAMS_NS}">${offered}${features.caps ? renderCaps(features.caps) : ""}</stream:features>`;
}

function renderBound({ management, clientState, roster, limits }: Extract<Features, { bind: true }>): string {
  return BIND + (management ? MANAGEMENT : "") + (clientState ? CLIENT_STATE : "") + (limits ? renderLimits(limits) : "") + (roster ? ROSTER : "");
}

function renderLimits({ maxBytes, idleSeconds }: Limits): string {
  return `<limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>${maxBytes}</max-bytes><idle-seconds>${idleSeconds}</idle-seconds></limits>`;
}

/** RFC 6120 §7.4; `<session/>` for clients older than RFC 6120. */
const BIND = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>' + '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"><optional/></session>';

/** XEP-0198 §2. */
const MANAGEMENT = `<sm xmlns="${SM_NS}"/>`;

/** XEP-0352 §4.1. */
const CLIENT_STATE = '<csi xmlns="urn:xmpp:csi:0"/>';

/** RFC 6121 §2.6.1 and §3.4.1: rosters have versions, and whoever has not asked yet can be let in. */
const ROSTER = '<ver xmlns="urn:xmpp:features:rosterver"/><sub xmlns="urn:xmpp:features:pre-approval"/>';

function renderMechanisms(mechanisms: readonly string[]): string {
  const each = mechanisms.map((name) => `<mechanism>${escapeText(name)}</mechanism>`).join("");
  return `<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl">${each}</mechanisms>`; // §6.4.1
}

/** Writes the `<c/>` of stream features and presence (XEP-0115 §4). */
export function renderCaps({ node, ver, hash = "sha-1" }: Caps): string {
  return `<c xmlns="http://jabber.org/protocol/caps" hash="${escapeAttr(hash)}" node="${escapeAttr(node)}" ver="${escapeAttr(ver)}"/>`;
}
