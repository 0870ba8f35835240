/**
 * What a frame is, by its element alone; what depends on the frames before is the conversation's to say.
 *
 * Namespaces decide where there are several; servers differ in prefixes, quotes and order, which the parser takes away.
 *
 * @module
 */

import {
  BOSH_NS,
  child,
  childrenOf,
  CLIENT_NS,
  type Element,
  FRAMING_NS,
  PUBSUB_EVENT_NS,
  PUBSUB_NS,
  SASL_NS,
  SM_NS,
  STREAMS_NS,
  textOf,
} from "../xmpp/mod.ts";
import type { FrameKind, Step } from "./explanation.ts";
import type { Direction } from "./recording.ts";
import type { RuleName } from "./rules.ts";

export const SASL2_NS = "urn:xmpp:sasl:2";
const BIND_NS = "urn:ietf:params:xml:ns:xmpp-bind";
const SESSION_NS = "urn:ietf:params:xml:ns:xmpp-session";
const PING_NS = "urn:xmpp:ping";

export interface Recognised {
  readonly step: Step;
  readonly kind: FrameKind;
  readonly about: string;
  readonly rule: RuleName | null;
}

const made = (step: Step, kind: FrameKind, rule: RuleName | null, about = ""): Recognised => ({ step, kind, about, rule });

/** Elements that are no stanzas: `namespace name`, and what each is. */
const NONZAS: Readonly<Record<string, Recognised>> = {
  [`${SASL_NS} auth`]: made("auth", "auth-request", "auth"),
  [`${SASL_NS} challenge`]: made("auth", "auth-challenge", "exchange"),
  [`${SASL_NS} response`]: made("auth", "auth-response", "exchange"),
  [`${SASL_NS} success`]: made("auth", "auth-success", "auth-success"),
  [`${SASL_NS} failure`]: made("auth", "auth-failure", "auth-failure"),
  [`${SASL_NS} abort`]: made("auth", "auth-abort", "abort"),
  [`${SASL2_NS} authenticate`]: made("auth", "auth-request", "sasl2"),
  [`${SASL2_NS} challenge`]: made("auth", "auth-challenge", "sasl2"),
  [`${SASL2_NS} response`]: made("auth", "auth-response", "sasl2"),
  [`${SASL2_NS} continue`]: made("auth", "auth-challenge", "sasl2"),
  [`${SASL2_NS} next`]: made("auth", "auth-response", "sasl2"),
  [`${SASL2_NS} success`]: made("auth", "auth-success", "sasl2"),
  [`${SASL2_NS} failure`]: made("auth", "auth-failure", "sasl2"),
  [`${SASL2_NS} abort`]: made("auth", "auth-abort", "sasl2"),
  [`${SM_NS} enable`]: made("acknowledgement", "enable-request", "management"),
  [`${SM_NS} enabled`]: made("acknowledgement", "enable-response", "management"),
  [`${SM_NS} resume`]: made("resume", "resume-request", "resume"),
  [`${SM_NS} resumed`]: made("resume", "resume-response", "resume"),
  [`${SM_NS} failed`]: made("resume", "resume-failure", "resume"),
  [`${SM_NS} r`]: made("acknowledgement", "acknowledgement-request", "acknowledgement"),
  [`${SM_NS} a`]: made("acknowledgement", "acknowledgement", "acknowledgement"),
  [`${STREAMS_NS} error`]: made("close", "stream-error", "stream-errors"),
  [`${STREAMS_NS} features`]: made("features", "features", "features"),
  [`${STREAMS_NS} stream`]: made("open", "legacy-stream", "framing"),
  [`${FRAMING_NS} close`]: made("close", "close", "close"),
  "urn:xmpp:csi:0 active": made("other", "client-state", "client-state"),
  "urn:xmpp:csi:0 inactive": made("other", "client-state", "client-state"),
};

/** What requests hold: `namespace name` of the child. Stream management 2 and drafts are taken as 3. */
const REQUESTS: Readonly<Record<string, Recognised>> = {
  [`${BIND_NS} bind`]: made("bind", "bind-request", "bind"),
  [`${SESSION_NS} session`]: made("session", "session-request", "session"),
  [`${PING_NS} ping`]: made("ping", "ping", "ping"),
  "jabber:iq:roster query": made("other", "roster-request", "roster"),
  "jabber:iq:auth query": made("auth", "legacy-auth-request", "legacy-auth"),
  "http://jabber.org/protocol/disco#info query": made("other", "disco-request", "disco"),
  "http://jabber.org/protocol/disco#items query": made("other", "disco-request", "disco"),
};

const PUBSUB: Readonly<Record<string, Recognised>> = {
  subscribe: made("subscribe-other", "subscribe-request", "subscribe"),
  unsubscribe: made("subscribe-other", "unsubscribe-request", "unsubscribe"),
  publish: made("publish", "publish-request", "publish"),
  items: made("other", "items-request", "items"),
};

/** What answers each kind of request. */
export const ANSWERS: Partial<Record<FrameKind, FrameKind>> = {
  "bind-request": "bind-response",
  "session-request": "session-response",
  "subscribe-request": "subscribe-response",
  "unsubscribe-request": "unsubscribe-response",
  "publish-request": "publish-response",
  "items-request": "items-response",
  "disco-request": "disco-response",
  "roster-request": "roster-response",
  "iq-request": "iq-response",
  ping: "pong",
};

export const nameOf = ({ ns, name }: Element): string => `${ns.replace(/^urn:xmpp:sm:2$/, SM_NS)} ${name}`;

/** Says what an element is. Stanzas may lack their namespace in copies, and in bodies of BOSH have that one's. */
export function recognise(element: Element, direction: Direction): Recognised {
  const { name, ns, attrs } = element;
  const nonza = NONZAS[nameOf(element)];
  if (nonza) return { ...nonza, about: aboutNonza(element) };
  if (name === "open")
    return made("open", direction === "out" ? "open-request" : "open-response", "open", (direction === "out" ? attrs["to"] : attrs["from"]) ?? "");
  if (name === "close" && ns !== CLIENT_NS) return made("close", "close", "close");
  if (name === "iq") return recogniseIq(element);
  if (name === "presence") return recognisePresence(element, direction);
  if (name === "message") return recogniseMessage(element);
  if (name === "features") return made("features", "features", "features", aboutFeatures(element));
  if (name === "body" && ns === BOSH_NS) return made("other", "empty-body", "bosh-request");
  return made("other", "other", null, name);
}

function aboutNonza(element: Element): string {
  const { name, attrs } = element;
  if (name === "features") return aboutFeatures(element);
  if (name === "failure" || name === "failed" || name === "error") return conditionOf(element);
  if (name === "auth" || name === "authenticate") return attrs["mechanism"] ?? "";
  if (name === "a" || name === "resume" || name === "resumed") return attrs["h"] === undefined ? "" : `h=${attrs["h"]}`;
  if (name === "active" || name === "inactive") return name;
  return "";
}

function aboutFeatures(element: Element): string {
  const offered = mechanismsIn(element);
  return offered.length > 0
    ? offered.join(", ")
    : childrenOf(element)
        .map(({ name }) => name)
        .slice(0, 8)
        .join(", ");
}

/** The mechanisms that features offer, of either SASL profile. */
export function mechanismsIn(features: Element): string[] {
  const [first, second] = [child(features, "mechanisms", SASL_NS), child(features, "authentication", SASL2_NS)];
  const named = [first, second].flatMap((list) => (list ? childrenOf(list).filter(({ name }) => name === "mechanism") : []));
  return [...new Set(named.map((mechanism) => textOf(mechanism).trim()).filter(Boolean))];
}

const NOT_CONDITIONS = new Set(["text", "gone", "see-other-host"]);

/** The defined condition of an error or a failure; "": none. */
export function conditionOf(element: Element): string {
  const all = childrenOf(element);
  return (
    (all.find(({ name, ns }) => ns.startsWith("urn:ietf:params:xml:ns:xmpp-") && name !== "text") ?? all.find(({ name }) => !NOT_CONDITIONS.has(name)))?.name ??
    ""
  );
}

/** How a frame begins, to name it by: `<auth>`; "": there is none, or it is no element. */
export function startOfFrame(frame: { readonly text: string } | null): string {
  const name = /^<([\w:.-]{1,60})/.exec(frame?.text ?? "")?.[1];
  return name === undefined ? "" : `<${name}>`;
}

/** What a server says in words of an error, without a full stop at its end; "": nothing. */
export function wordsOf(element: Element): string {
  const text = childrenOf(element).find(({ name }) => name === "text");
  return text ? textOf(text).trim().slice(0, 300).replace(/\.+$/, "") : "";
}

/** The condition of a specification's own beside the defined one; "": none. */
export function specificOf(element: Element): string {
  return childrenOf(element).find(({ name, ns }) => name !== "text" && !ns.startsWith("urn:ietf:params:xml:ns:xmpp-"))?.name ?? "";
}

function recogniseIq(element: Element): Recognised {
  const type = element.attrs["type"];
  if (type === "result") return made("other", "iq-response", "iq");
  if (type === "error") return made("other", "refused", "stanza-error", stanzaErrorOf(element));
  const [payload] = childrenOf(element);
  if (!payload) return made("other", "iq-request", "iq");
  if (payload.name === "pubsub") return recognisePubsub(payload);
  return REQUESTS[`${payload.ns} ${payload.name}`] ?? made("other", "iq-request", "iq", payload.name);
}

/** The condition of a stanza's error, then the specific one. */
export function stanzaErrorOf(element: Element): string {
  const error = childrenOf(element).find(({ name }) => name === "error");
  return error ? [conditionOf(error), specificOf(error)].filter(Boolean).join(" ") : "";
}

function recognisePubsub(pubsub: Element): Recognised {
  const action = childrenOf(pubsub).find(({ name }) => Object.hasOwn(PUBSUB, name));
  if (!action || pubsub.ns !== PUBSUB_NS) return made("other", "iq-request", "iq", childrenOf(pubsub)[0]?.name ?? "pubsub");
  const found = PUBSUB[action.name] as Recognised;
  const node = action.attrs["node"] ?? "";
  const step = found.step === "subscribe-other" ? subscriptionStep(node) : found.step;
  return { ...found, step, about: node };
}

/** A desktop's own node, a team's, or any other. */
export function subscriptionStep(node: string): Step {
  if (node.startsWith("/finesse/api/User/")) return "subscribe-user";
  return node.startsWith("/finesse/api/Team/") ? "subscribe-team" : "subscribe-other";
}

/** Contacts whose presence tells a desktop that the back end is there (Finesse, and what shares its server on UCCX). */
const CONTACT = /^finesse@|^[^/@]*(?:cuic\.|ccx\.)/i;

export const isContact = (from: string): boolean => CONTACT.test(from);

function recognisePresence({ attrs }: Element, direction: Direction): Recognised {
  const { from = "", to, type } = attrs as { from?: string; to?: string; type?: string };
  if (type === "error") return made("presence", "refused", "stanza-error", from);
  const kind = type === undefined ? "presence-available" : type === "unavailable" ? "presence-unavailable" : "presence-other";
  if (direction === "in" && isContact(from)) return made("service-contact", kind, "presence-probe", from);
  const rule = kind === "presence-unavailable" ? "presence-unavailable" : "presence";
  return made("presence", kind, rule, direction === "in" ? from : (to ?? ""));
}

function recogniseMessage(element: Element): Recognised {
  const event = child(element, "event", PUBSUB_EVENT_NS);
  if (!event) return made("other", element.attrs["type"] === "error" ? "refused" : "message", "message", element.attrs["from"] ?? element.attrs["to"] ?? "");
  const [inside] = childrenOf(event);
  const node = inside?.attrs["node"] ?? "";
  const ended = inside?.name === "subscription" && inside.attrs["subscription"] !== "subscribed";
  if (ended || inside?.name === "delete") return made("event", "subscription-ended", "subscription-state", node);
  return made("event", "event", "event", node);
}
