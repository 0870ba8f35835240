/**
 * Presence of the stream itself, and the little there is to say to others' (RFC 6121 §3, §4).
 *
 * Deviates: a user's presence is not sent to the own resources (RFC 6121 §4.2.2), as the service it stands in for does
 * not; the contact's presence is what tells a desktop that its own was taken in.
 *
 * @module
 */

import { CLIENT_NS, errorReply, presence as renderPresence } from "../stanza/stanza.ts";
import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { child, type Element, textOf } from "../xml/element.ts";
import { addresseeOf, answersFrom, UNREACHABLE } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { type Answered, fullJid, send, type Turn } from "./turn.ts";

type Taker = (turn: Turn, presence: Element) => Effect[];

const ignored: Taker = () => [];

/** Without an addressee: to the server, for everybody (RFC 6121 §4.2, §4.4, §4.5). Key "": no type. */
const BROADCAST: Readonly<Record<string, Taker>> = {
  "": becomeAvailable,
  unavailable: becomeUnavailable,
  error: ignored,
  probe: ignored,
  subscribe: ignored,
  subscribed: ignored,
  unsubscribe: ignored,
  unsubscribed: ignored,
};

/** To somebody: only the contact answers, and there is no way between users yet (§3.1.3, §4.3, §4.6). */
const DIRECTED: Readonly<Record<string, Taker>> = {
  ...BROADCAST,
  "": ignored,
  unavailable: ignored,
  probe: (turn, { attrs }) => (isToContact(turn, attrs["to"]) && turn.stream.available ? [{ effect: "sendContactPresence" }] : []),
  subscribe: confirmSubscription,
};

/** Takes a presence of a bound stream. */
export function takePresence(turn: Turn, presence: Element): Effect[] {
  const { type = "", to } = presence.attrs;
  const table = to === undefined ? BROADCAST : DIRECTED;
  if (!Object.hasOwn(table, type)) return refuse(turn, { presence, error: stanzaError("bad-request") }); // RFC 6121 §4.7.1
  const unreachable = type === "error" ? undefined : UNREACHABLE[addresseeOf(turn, to)];
  if (unreachable) return refuse(turn, { presence, error: unreachable });
  return table[type]?.(turn, presence) ?? [];
}

function becomeAvailable(turn: Turn, presence: Element): Effect[] {
  const priority = priorityOf(presence);
  if (priority === undefined) return refuse(turn, { presence, error: stanzaError("bad-request") });
  const show = child(presence, "show");
  return [{ effect: "announce", available: true, priority, show: show ? textOf(show).trim() : "online" }];
}

function becomeUnavailable({ stream }: Turn): Effect[] {
  return stream.available ? [{ effect: "announce", available: false, priority: 0, show: "online" }] : [];
}

/** −128 to 127, 0 if not said (RFC 6121 §4.7.2.3); undefined: no such number. */
function priorityOf(presence: Element): number | undefined {
  const given = child(presence, "priority");
  if (!given) return 0;
  const text = textOf(given).trim();
  const value = /^[+-]?\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= -128 && value <= 127 ? value : undefined;
}

/** What a refused announcement answers to: the presence itself is forgotten by then. */
const NO_PRESENCE: Element = { name: "presence", ns: CLIENT_NS, attrs: {}, children: [] };

/**
 * The shell knows what this stream listens to now: what was held for it follows, and then, if it has only come, the
 * contact's presence (RFC 6121 §4.3.2).
 */
export function announced({ stream }: Turn, { ask: { available, priority }, answer }: Answered<"announce">): Effect[] {
  if (!answer.accepted) return [send(errorReply(NO_PRESENCE, { to: fullJid(stream) }, stanzaError("resource-constraint")))];
  // A negative priority hears nothing, and of the contact neither.
  const hears = available && priority >= 0;
  const initial = hears && !(stream.available && stream.priority >= 0);
  stream.available = available;
  stream.priority = priority;
  if (!available) return [];
  return initial ? [{ effect: "goLive" }, { effect: "sendContactPresence" }] : [{ effect: "goLive" }];
}

/** The contact is subscribed to already, and says so again; others do not answer (RFC 6121 §3.1.3). */
function confirmSubscription(turn: Turn, { attrs }: Element): Effect[] {
  if (!isToContact(turn, attrs["to"])) return [];
  const {
    stream: { jid, domain },
    context: {
      settings: { contact },
    },
  } = turn;
  return [send(renderPresence({ type: "subscribed", from: `${contact}@${domain}`, to: jid }))];
}

function isToContact(turn: Turn, to: string | undefined): boolean {
  const addressee = addresseeOf(turn, to);
  return addressee === "contact" || addressee === "contact-account";
}

function refuse(turn: Turn, { presence, error }: { readonly presence: Element; readonly error: StanzaError }): Effect[] {
  return [send(errorReply(presence, { from: answersFrom(turn, presence.attrs["to"]), to: fullJid(turn.stream) }, error))];
}
