/**
 * IQ stanzas: every request is answered once, by the route for its payload and addressee (RFC 6120 §8.2.3, §8.4).
 *
 * @module
 */

import { DISCO_INFO_NS, DISCO_ITEMS_NS, PING_NS, ROSTER_NS } from "../disco/info.ts";
import { BLOCKING_NS } from "../routing/blocking.ts";
import { CARBONS_NS } from "../routing/carbons.ts";
import { COMMANDS_NS, PUBSUB_NS, PUBSUB_OWNER_NS } from "../pubsub/namespaces.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import { childrenOf, type Element } from "../xml/element.ts";
import { type Addressee, addresseeOf, UNREACHABLE } from "./addressee.ts";
import { BIND_NS } from "./binding.ts";
import { accountInfo, contactInfo, domainInfo, domainItems, noItems, pubsubInfo, pubsubItems } from "./disco_requests.ts";
import type { Effect } from "./effects.ts";
import { pendingCommand } from "./pending_command.ts";
import { pubsubRequest } from "./pubsub_requests.ts";
import { answer, refuse, type Request, type Route } from "./request.ts";
import { getRoster, setRoster } from "./roster.ts";
import { relay } from "./relaying.ts";
import type { Turn } from "./turn.ts";
import { blockingRequest, carbonsRequest } from "./user_requests.ts";
import { softwareVersion, VERSION_NS } from "./version.ts";

type Routes = Readonly<Partial<Record<Addressee, Route>>>;

const SESSION_NS = "urn:ietf:params:xml:ns:xmpp-session";

const empty: Route = (turn, request) => answer(turn, { iq: request.iq, id: request.id });
/** RFC 6121 §2.3.3: a roster is its user's alone. */
const forbidden: Route = (turn, { iq }) => refuse(turn, { iq, error: stanzaError("forbidden") });
const notAllowed: Route = (turn, { iq }) => refuse(turn, { iq, error: stanzaError("not-allowed") });

/** By type and payload, then by addressee; where a cell is missing: service-unavailable. */
export const ROUTES: Readonly<Record<string, Routes>> = {
  [`get {${PING_NS}}ping`]: { account: empty, domain: empty, pubsub: empty, contact: empty }, // XEP-0199 §4.2
  [`get {${DISCO_INFO_NS}}query`]: { account: accountInfo, domain: domainInfo, pubsub: pubsubInfo, contact: contactInfo },
  [`get {${DISCO_ITEMS_NS}}query`]: { account: noItems, domain: domainItems, pubsub: pubsubItems, contact: noItems },
  [`get {${ROSTER_NS}}query`]: { account: getRoster, domain: getRoster }, // RFC 6121 §2.2
  [`set {${ROSTER_NS}}query`]: { account: setRoster, domain: setRoster, user: forbidden },
  [`set {${BIND_NS}}bind`]: { account: notAllowed, domain: notAllowed }, // RFC 6120 §7.1: one resource a stream
  [`set {${SESSION_NS}}session`]: { account: empty, domain: empty }, // RFC 3921 §3
  [`set {${CARBONS_NS}}enable`]: { account: carbonsRequest, domain: carbonsRequest },
  [`set {${CARBONS_NS}}disable`]: { account: carbonsRequest, domain: carbonsRequest },
  [`get {${BLOCKING_NS}}blocklist`]: { account: blockingRequest, domain: blockingRequest },
  [`set {${BLOCKING_NS}}block`]: { account: blockingRequest, domain: blockingRequest },
  [`set {${BLOCKING_NS}}unblock`]: { account: blockingRequest, domain: blockingRequest },
  [`get {${VERSION_NS}}query`]: { domain: softwareVersion }, // XEP-0092 §2
  [`get {${PUBSUB_NS}}pubsub`]: { pubsub: pubsubRequest },
  [`set {${PUBSUB_NS}}pubsub`]: { pubsub: pubsubRequest },
  [`get {${PUBSUB_OWNER_NS}}pubsub`]: { pubsub: pubsubRequest },
  [`set {${PUBSUB_OWNER_NS}}pubsub`]: { pubsub: pubsubRequest },
  [`set {${COMMANDS_NS}}command`]: { pubsub: pendingCommand },
};

/** What the service that this stands in for does not have: not there in the profile that is like it. */
const OPEN_ONLY: ReadonlySet<string> = new Set([CARBONS_NS, BLOCKING_NS, VERSION_NS]);

/** Takes an IQ of a bound stream. Its `from` is not looked at: it is ours to say (§8.1.2.1). */
export function takeIq(turn: Turn, iq: Element): Effect[] {
  const { type, id, to } = iq.attrs;
  if (type === "result" || type === "error") return takeAnswerTo(turn, iq);
  const [payload, ...more] = childrenOf(iq);
  if ((type !== "get" && type !== "set") || !id || !payload || more.length > 0) return refuse(turn, { iq, error: stanzaError("bad-request") });
  const addressee = addresseeOf(turn, to);
  const unreachable = UNREACHABLE[addressee];
  if (unreachable) return refuse(turn, { iq, error: unreachable });
  const request: Request = { iq, type, id, payload, addressee };
  const route = ROUTES[`${type} {${payload.ns}}${payload.name}`]?.[addressee];
  if (!route && addressee === "user") return relay(turn, iq);
  const isThere = turn.context.settings.profile === "open" || !OPEN_ONLY.has(payload.ns);
  return route && isThere ? route(turn, request) : refuse(turn, { iq, error: stanzaError("service-unavailable") }); // §8.4
}

/** §8.2.3: never answered. One to a user goes there; of any other it is told, where stanzas are counted, that what it answers was handled. */
function takeAnswerTo(turn: Turn, iq: Element): Effect[] {
  const { id, to } = iq.attrs;
  if (to !== undefined && addresseeOf(turn, to) === "user") return relay(turn, iq);
  return id && turn.stream.management ? [{ effect: "answerTaken", id }] : [];
}
