/**
 * Presence of the stream itself, for everybody (RFC 6121 §4.2, §4.4, §4.5).
 *
 * Deviates: under the profile `finesse-strict` it is not sent to the resource that it comes from (RFC 6121 §4.2.2), as the
 * service it stands in for does not; the contact's presence is what tells a desktop that its own was taken in.
 *
 * @module
 */

import { SHOWS } from "../pubsub/subscribe_options.ts";
import { presenceWith, tailOf } from "../roster/tail.ts";
import { CLIENT_NS, errorReply } from "../stanza/stanza.ts";
import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { child, type Element, textOf } from "../xml/element.ts";
import { addresseeOf, answersFrom, UNREACHABLE } from "./addressee.ts";
import { directed, probe, subscription, type Taker } from "./directed.ts";
import type { Effect } from "./effects.ts";
import { type Answered, fullJid, send, type Turn } from "./turn.ts";

/** Characters of a presence that a stream keeps of it. */
export const KEPT_TAIL = 1024;

const STATES: ReadonlySet<string> = new Set(SHOWS);

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

/** To somebody (§3, §4.3, §4.6). */
const DIRECTED: Readonly<Record<string, Taker>> = {
  "": directed(true),
  unavailable: directed(false),
  error: ignored,
  probe,
  subscribe: subscription("subscribe"),
  subscribed: subscription("subscribed"),
  unsubscribe: subscription("unsubscribe"),
  unsubscribed: subscription("unsubscribed"),
};

/** Takes a presence of a bound stream. */
export function takePresence(turn: Turn, presence: Element): Effect[] {
  const { type = "", to } = presence.attrs;
  const table = to === undefined ? BROADCAST : DIRECTED;
  if (presence.attrs["type"] === "" || !Object.hasOwn(table, type)) return refuse(turn, { presence, error: stanzaError("bad-request") }); // RFC 6121 §4.7.1
  const unreachable = type === "error" ? undefined : UNREACHABLE[addresseeOf(turn, to)];
  if (unreachable) return refuse(turn, { presence, error: unreachable });
  return table[type]?.(turn, presence) ?? [];
}

function becomeAvailable(turn: Turn, presence: Element): Effect[] {
  const priority = priorityOf(presence);
  if (priority === undefined) return refuse(turn, { presence, error: stanzaError("bad-request") });
  return [{ effect: "announce", available: true, priority, show: showOf(presence), tail: tailOf(presence, "") }];
}

function becomeUnavailable({ stream }: Turn, presence: Element): Effect[] {
  return stream.available || stream.directed
    ? [{ effect: "announce", available: false, priority: 0, show: "online", tail: tailOf(presence, "unavailable") }]
    : [];
}

/** One of those that there are (RFC 6121 §4.7.2.1); any other is as none. */
function showOf(presence: Element): string {
  const show = child(presence, "show");
  const text = show ? textOf(show).trim() : "";
  return STATES.has(text) ? text : "online";
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
export function announced({ stream, context }: Turn, { ask: { available, priority, tail }, answer }: Answered<"announce">): Effect[] {
  if (!answer.accepted) return [send(errorReply(NO_PRESENCE, { to: fullJid(stream) }, stanzaError("resource-constraint")))];
  // A negative priority hears nothing, and of the contact neither.
  const hears = available && priority >= 0;
  const initial = hears && !(stream.available && stream.priority >= 0);
  if (!available) delete stream.directed;
  stream.available = available;
  stream.priority = priority;
  if (available && tail.length <= KEPT_TAIL) stream.presence = tail;
  else delete stream.presence;
  const full = fullJid(stream);
  // §4.2.2, §4.4.2, §4.5.2: the resource that it comes from hears it, too.
  const own: Effect[] = context.settings.profile === "open" ? [send(presenceWith({ from: full, to: full, type: available ? "" : "unavailable" }, tail))] : [];
  if (!available) return own;
  return initial ? [{ effect: "goLive" }, ...own, { effect: "sendContactPresence" }] : [{ effect: "goLive" }, ...own];
}

function refuse(turn: Turn, { presence, error }: { readonly presence: Element; readonly error: StanzaError }): Effect[] {
  return [send(errorReply(presence, { from: answersFrom(turn, presence.attrs["to"]), to: fullJid(turn.stream) }, error))];
}
