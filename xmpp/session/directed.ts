/**
 * Presence for somebody: subscriptions, directed presence and probes (RFC 6121 §3, §4.3, §4.6).
 *
 * @module
 */

import { bareOf, canonicalJid } from "../address/jid.ts";
import type { SubscriptionType } from "../roster/subscription.ts";
import { tailOf } from "../roster/tail.ts";
import { CLIENT_NS, errorReply, presence as renderPresence } from "../stanza/stanza.ts";
import type { StanzaError } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import { type Addressee, addresseeOf } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { type Answered, fullJid, send, type Turn } from "./turn.ts";

export type Taker = (turn: Turn, presence: Element) => Effect[];

const CONTACTS: ReadonlySet<Addressee> = new Set(["contact", "contact-account"]);

/** What a user's presence is sent to: somebody else, or a resource of one's own. */
function userOf(turn: Turn, { attrs }: Element): string | undefined {
  const addressee = addresseeOf(turn, attrs["to"]);
  return addressee === "user" || addressee === "account" ? canonicalJid(attrs["to"] ?? "") : undefined;
}

const isContact = (turn: Turn, { attrs }: Element): boolean => CONTACTS.has(addresseeOf(turn, attrs["to"]));

/** Stanzas of a subscription are from and for bare jids, whatever the client wrote (§3.1.1, §3.1.2). */
export function subscription(type: SubscriptionType): Taker {
  return (turn, presence) => {
    if (isContact(turn, presence)) return type === "subscribe" ? confirm(turn) : [];
    const to = userOf(turn, presence);
    if (to === undefined || bareOf(to) === turn.stream.jid) return [];
    return [{ effect: "sendSubscription", to: bareOf(to), type, tail: tailOf(presence, type) }];
  };
}

/** The service contact is subscribed to already, and says so again. */
function confirm({ stream: { jid, domain }, context }: Turn): Effect[] {
  return [send(renderPresence({ type: "subscribed", from: `${context.settings.contact}@${domain}`, to: jid }))];
}

export function subscriptionSent(turn: Turn, { ask: { to }, answer }: Answered<"sendSubscription">): Effect[] {
  return "refused" in answer ? [send(refused(turn, to, answer.refused))] : [];
}

/** Presence for one alone; the service's own hear nothing by it (§4.6.2). */
export function directed(available: boolean): Taker {
  return (turn, presence) => {
    const to = userOf(turn, presence);
    if (to === undefined) return [];
    if (available) turn.stream.directed = true;
    return [{ effect: "sendDirected", to, available, tail: tailOf(presence, available ? "" : "unavailable") }];
  };
}

export function directedSent(turn: Turn, { ask: { to }, answer }: Answered<"sendDirected">): Effect[] {
  return "refused" in answer ? [send(refused(turn, to, answer.refused))] : [];
}

/** A probe of a client's own (§4.3.1): answered by the service contact at once. */
export function probe(turn: Turn, presence: Element): Effect[] {
  if (isContact(turn, presence)) return turn.stream.available ? [{ effect: "sendContactPresence" }] : [];
  const to = userOf(turn, presence);
  return to === undefined ? [] : [{ effect: "probe", to }];
}

export function probed(_turn: Turn, { answer }: Answered<"probe">): Effect[] {
  return "refused" in answer ? [] : answer.stanzas.map(send);
}

function refused({ stream }: Turn, to: string, error: StanzaError): string {
  return errorReply({ name: "presence", ns: CLIENT_NS, attrs: {}, children: [] }, { from: to, to: fullJid(stream) }, error);
}
