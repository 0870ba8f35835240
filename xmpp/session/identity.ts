/**
 * Who wants to sign in, and as whom (RFC 6120 §6.3.7, §6.3.8).
 *
 * @module
 */

import { formatJid, type Jid, parseJid, prepareLocal } from "../address/jid.ts";
import type { SaslCondition } from "../sasl/failure.ts";
import type { Stream } from "./stream.ts";

/** The names of an attempt, as the client wrote them. */
export interface Claim {
  /** Localpart or bare jid. */
  readonly authcid: string;
  /** "": as oneself. Strophe and the desktops built on it send the own bare jid. */
  readonly authzid: string;
}

/**
 * Finds the bare jid that a claim is about.
 *
 * A name that nobody here can have fails like any wrong one (§6.5.10). Nobody may act as somebody else (§6.5.6).
 */
export function identify({ domain, from }: Stream, { authcid, authzid }: Claim): { readonly jid: string } | { readonly failure: SaslCondition } {
  const jid = ownJid(authcid, domain);
  if (jid === undefined) return { failure: "not-authorized" };
  if (authzid !== "" && bareOnly(parseJid(authzid)) !== jid) return { failure: "invalid-authzid" };
  if (from !== "" && from !== jid) return { failure: "invalid-authzid" }; // §6.4.6
  return { jid };
}

/** The bare jid that a name stands for, a localpart or a bare jid; undefined: nobody here can have it. */
export function ownJid(authcid: string, domain: string): string | undefined {
  const local = authcid.includes("@") ? undefined : prepareLocal(authcid);
  if (local !== undefined) return formatJid({ local, domain, resource: "" });
  const named = parseJid(authcid);
  return named && named.local !== "" && named.domain === domain ? bareOnly(named) : undefined;
}

function bareOnly(jid: Jid | undefined): string | undefined {
  return jid && jid.resource === "" ? formatJid(jid) : undefined;
}
