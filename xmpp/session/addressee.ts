/**
 * Whom a stanza is for, seen from the stream it came on (RFC 6120 §10.3 to §10.5).
 *
 * @module
 */

import { parseJid } from "../address/jid.ts";
import { serviceOf } from "../pubsub/event.ts";
import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { CONTACT_RESOURCE } from "./contact.ts";
import type { Turn } from "./turn.ts";

export type Addressee =
  /** The own bare jid, or nobody (§10.3.3). */
  | "account"
  | "domain"
  | "pubsub"
  /** The service contact's resource. */
  | "contact"
  /** The service contact's bare jid. */
  | "contact-account"
  /** A user of the domain, bare or full; of the own address only a full one. */
  | "user"
  /** Anything else of the domain, of which there is nothing. */
  | "other"
  /** Another domain: there is no way to other servers. */
  | "foreign"
  | "malformed";

/** Finds out whom an address names. */
export function addresseeOf({ stream, context }: Turn, to: string | undefined): Addressee {
  if (to === undefined) return "account";
  if (to === stream.domain) return "domain"; // the pings of every desktop
  if (to === serviceOf(stream.domain)) return "pubsub"; // every publish
  const jid = parseJid(to);
  if (!jid) return "malformed";
  if (jid.domain === serviceOf(stream.domain)) return jid.local === "" && jid.resource === "" ? "pubsub" : "other";
  if (jid.domain !== stream.domain) return "foreign";
  if (jid.local === "") return jid.resource === "" ? "domain" : "other";
  const isContact = jid.local === context.settings.contact;
  if (jid.resource !== "") return isContact && jid.resource === CONTACT_RESOURCE ? "contact" : "user";
  if (`${jid.local}@${jid.domain}` === stream.jid) return "account";
  return isContact ? "contact-account" : "user";
}

/** What no stanza but an error gets through to, and what its sender is told. */
export const UNREACHABLE: Partial<Record<Addressee, StanzaError>> = {
  foreign: stanzaError("remote-server-not-found"), // §10.4
  malformed: stanzaError("jid-malformed"), // §8.3.3.8
};

/** What an answer has in `from`: the address as the client wrote it, so that it knows it again; never one that is none. */
export function answersFrom({ stream }: Turn, to: string | undefined): string | undefined {
  return to === undefined || to === serviceOf(stream.domain) || parseJid(to) ? to : stream.domain;
}
