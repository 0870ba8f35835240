/**
 * What becomes of stanzas that a stream was sent and has not acknowledged when it is over (XEP-0198 §4, RFC 6121 §8.5.2, XEP-0206 §7).
 *
 * @module
 */

import { bareOf, canonicalJid } from "../address/jid.ts";
import { errorReply } from "../stanza/stanza.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import { type Relayed, relayedOf } from "./relayed.ts";

export interface Returned {
  /** To be tried as one to the bare jid; absent: it was for that resource alone. */
  readonly again?: Relayed;
  /** For its sender, where nobody else has it. */
  readonly error: Relayed;
}

/** Is this text, as we write stanzas, one of a user: from a full jid of a domain, neither presence nor a copy? */
export function isOfUser(text: string): boolean {
  return /^<(?:message|iq)\b[^>]*?\sfrom="[^"@/]+@[^"/]+\/[^"]+"/.test(text);
}

/**
 * Reads such a text; undefined: nobody misses it. Messages that a conversation is made of look for another resource; a request, or
 * anything else that is not answered by itself, is refused.
 */
export function returnOf(stanza: Element): Returned | undefined {
  const { from = "", to = "" } = stanza.attrs;
  const [sender, receiver] = [canonicalJid(from), canonicalJid(to)];
  if (sender === undefined || receiver === undefined) return undefined;
  const { kind, type } = relayedOf(stanza, { from: sender, to: receiver });
  if (kind === "presence" || ["error", "headline", "result"].includes(type)) return undefined;
  const condition = kind === "iq" ? "service-unavailable" : "recipient-unavailable";
  // What is said of the sender's own bare jid is said by nobody but the server.
  const text = errorReply(stanza, { from: to, to: from }, stanzaError(condition));
  const error: Relayed = { kind, type: "error", from: receiver, to: sender, text };
  if (kind === "iq" || type === "groupchat") return { error };
  return { again: { ...relayedOf(stanza, { from: sender, to: bareOf(receiver) }), text: relayedOf(stanza, { from: sender, to }).text }, error };
}
