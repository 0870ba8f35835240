/**
 * What each kind of frame establishes, and what is wrong with it at once. What is missing is judged at the end.
 *
 * @module
 */

import { child, childrenOf, type Element, FRAMING_NS, textOf } from "../xmpp/mod.ts";
import type { Asked, Course } from "./course.ts";
import type { Explained } from "./explained.ts";
import type { FrameKind } from "./explanation.ts";
import type { FaultCode } from "./fault_codes.ts";
import { judgeEvent, judgeStamp } from "./judge_event.ts";
import { judgeStreamError } from "./judge_stream_error.ts";
import { conditionOf, isContact, mechanismsIn, SASL2_NS, specificOf, stanzaErrorOf, wordsOf } from "./recognise.ts";

export interface Judged {
  readonly course: Course;
  readonly frame: Explained;
  readonly element: Element;
  /** What the frame answers. */
  readonly asked: Asked | undefined;
}

type Judge = (judged: Judged) => void;

const JUDGES: Partial<Record<FrameKind, Judge>> = {
  "open-request": opening,
  "open-response": opened,
  features,
  "auth-request": auth,
  "auth-challenge": ({ course }) => {
    course.exchange = null;
  },
  "auth-response": ({ course, frame }) => {
    course.exchange = frame;
  },
  "auth-success": success,
  "auth-failure": failure,
  "legacy-auth-request": ({ course, frame }) => {
    course.legacyAuth ??= frame;
  },
  "iq-response": legacySignIn,
  "bind-request": ({ course, frame }) => {
    course.bind = frame;
  },
  "bind-response": ({ course, frame, element }) => {
    course.bound = frame;
    course.jid = textOfDeep(element).trim();
  },
  "resume-request": ({ course, frame }) => {
    course.resume = frame;
  },
  "resume-response": ({ course, frame }) => {
    course.bound = frame;
    course.isResumed = true;
  },
  "resume-failure": resumeFailed,
  "presence-available": present,
  "presence-unavailable": absent,
  "subscribe-request": ({ course, frame, element }) => {
    course.subscribe ??= frame;
    course.given.delete(nodeIn(element));
    course.hasFinesseNodes ||= frame.step !== "subscribe-other" || nodeIn(element).startsWith("/finesse/");
  },
  "subscribe-response": subscribed,
  "unsubscribe-request": ({ course, element }) => {
    course.given.add(nodeIn(element));
  },
  "publish-request": ({ course }) => {
    course.publishes++;
  },
  "items-request": elsewhere,
  "roster-request": elsewhere,
  message: (judged) => {
    elsewhere(judged);
    judgeStamp(judged);
  },
  refused,
  event: judgeEvent,
  "subscription-ended": ({ course, frame, element }) => {
    const [inside] = childrenOf(childrenOf(element)[0] ?? element);
    course.events++;
    if (inside?.name === "subscription" && !course.given.has(inside.attrs["node"] ?? ""))
      course.fault("rights-revoked", frame, { node: inside.attrs["node"] ?? "", condition: inside.attrs["subscription"] ?? "" });
  },
  "stream-error": judgeStreamError,
  close: closed,
};

/** Judges one frame. */
export function judgeFrame(judged: Judged): void {
  JUDGES[judged.frame.kind]?.(judged);
}

function closed({ course, frame, element }: Judged): void {
  const elsewhere = element.attrs["see-other-uri"];
  // RFC 7395 §3.6.1
  if (frame.direction === "in" && elsewhere !== undefined) course.fault("stream-error", frame, { condition: "see-other-uri", text: elsewhere });
  const isFirst = !course.closeIn && !course.closeOut && !course.streamError;
  if (frame.direction === "out") course.closeOut ??= frame;
  else course.closeIn ??= frame;
  if (frame.direction === "out" || !isFirst) return;
  // Some servers close without an error when a client has not answered their ping.
  const ping = [...course.requests.values()].find(({ frame: asked }) => asked.kind === "ping" && asked.direction === "in")?.frame;
  if (ping && (course.lastOut?.index ?? 0) < ping.index) course.fault("connection-timeout", frame, { jid: course.jid });
}

function elsewhere({ course }: Judged): void {
  course.others++;
}

function opening({ course, frame, element }: Judged): void {
  if (element.ns !== FRAMING_NS) course.fault("wrong-framing", frame, { sent: "<open/>", namespace: element.ns });
  if (course.success && course.needsRestart) course.restart = frame;
  course.open = frame;
  course.openResponse = null;
  course.features = null;
  course.domain = element.attrs["to"] ?? "";
}

function opened({ course, frame, element }: Judged): void {
  course.openResponse = frame;
  course.served = element.attrs["from"] ?? "";
}

function features({ course, frame, element }: Judged): void {
  course.features = frame;
  const offered = mechanismsIn(element);
  if (offered.length > 0 && !course.success) course.offered = offered;
  course.hasBindFeature ||= childrenOf(element).some(({ name }) => name === "bind");
}

function auth({ course, frame, element }: Judged): void {
  course.auth = frame;
  course.exchange = frame;
  course.needsRestart = element.ns !== SASL2_NS;
}

function success({ course, frame, element }: Judged): void {
  course.success = frame;
  course.exchange = null;
  // Clients fall back to another mechanism where one is refused.
  const mechanism = course.signIn?.mechanism ?? "";
  course.retract(({ code, details }) => (code === "no-common-mechanism" || code === "wrong-password") && (details["mechanism"] ?? mechanism) !== mechanism);
  if (element.ns !== SASL2_NS) return;
  // XEP-0386, XEP-0198: what was asked for inside is answered inside.
  const jid = childrenOf(element).find(({ name }) => name === "authorization-identifier");
  course.jid = jid ? textOf(jid).trim() : "";
  const names = new Set(childrenOf(element).map(({ name }) => name));
  if (names.has("bound") || names.has("resumed")) course.bound = frame;
  if (names.has("resumed")) course.isResumed = true;
}

/** An empty answer to the sign-in of before XMPP had SASL binds as well (XEP-0078 §3.2). */
function legacySignIn({ course, frame, element, asked }: Judged): void {
  if (asked?.frame.kind !== "legacy-auth-request" || childrenOf(element).length > 0) return;
  course.success = frame;
  course.bound = frame;
}

/** RFC 6120 §6.5 */
const SASL_FAULTS: Readonly<Record<string, FaultCode>> = {
  "account-disabled": "account-disabled",
  "credentials-expired": "credentials-expired",
  "encryption-required": "no-common-mechanism",
  "incorrect-encoding": "auth-malformed",
  "invalid-authzid": "authzid-refused",
  "invalid-mechanism": "no-common-mechanism",
  "malformed-request": "auth-malformed",
  "mechanism-too-weak": "no-common-mechanism",
  "not-authorized": "wrong-password",
  "temporary-auth-failure": "locked-out",
};

function failure({ course, frame, element }: Judged): void {
  course.exchange = null;
  const condition = conditionOf(element);
  const { mechanism = "", authcid = "", authzid = "" } = course.signIn ?? {};
  // XEP-0484 §3: a token that is no longer taken is followed by a sign-in with the password.
  if (condition === "aborted" || mechanism.startsWith("HT-")) return;
  course.failures++;
  const text = wordsOf(element);
  const code = SASL_FAULTS[condition] ?? "wrong-password";
  const more = { mechanism, user: authcid, authzid, condition, text, offered: course.offered.join(", ") };
  course.fault((code === "wrong-password" && byWords(text)) || code, frame, more);
}

/** Servers whose accounts come from elsewhere say `not-authorized` for all, and only their words tell why. */
const WORDS: readonly (readonly [words: RegExp, code: FaultCode])[] = [
  [/\b(?:wrong|invalid|incorrect|unknown)\b.*\bor\b/i, "wrong-password"],
  [/\b(?:password|credentials?|account)\b.*\bexpired\b|\bexpired (?:password|credentials?|account)\b/i, "credentials-expired"],
  [/\b(?:account|user|login)\b.*\b(?:disabled|deactivated|suspended)\b|\b(?:disabled|deactivated|suspended) (?:account|user)\b/i, "account-disabled"],
  [/\b(?:account|user)\b.*\block(?:ed|out)\b|\btoo many\b/i, "locked-out"],
];

const byWords = (text: string): FaultCode | undefined => WORDS.find(([words]) => words.test(text))?.[1];

function resumeFailed({ course, frame, element }: Judged): void {
  if (!course.resume) return;
  course.resume = null;
  course.fault("resume-failed", frame, { condition: conditionOf(element), handled: element.attrs["h"] ?? "" });
}

function present({ course, frame, element }: Judged): void {
  const { from = "", to } = element.attrs as { from?: string; to?: string };
  if (frame.direction === "in") {
    if (isContact(from)) contact({ course, frame, from, isAvailable: true });
    return;
  }
  if (to !== undefined) return; // directed (RFC 6121 §4.6)
  course.hasLeft = false;
  course.presence ??= frame;
  const priority = childrenOf(element).find(({ name }) => name === "priority");
  course.priority = priority ? Number(textOf(priority)) || 0 : 0;
}

function absent({ course, frame, element }: Judged): void {
  const { from = "", to } = element.attrs as { from?: string; to?: string };
  if (frame.direction === "out" && to === undefined) course.hasLeft = true;
  if (frame.direction === "in" && isContact(from)) contact({ course, frame, from, isAvailable: false });
}

function contact({ course, frame, from, isAvailable }: Pick<Judged, "course" | "frame"> & { readonly from: string; readonly isAvailable: boolean }): void {
  course.contact = isAvailable ? "available" : "unavailable";
  course.contactFrame = frame;
  course.contactName = from;
}

function subscribed({ course, frame, element, asked }: Judged): void {
  const subscription = child(pubsubIn(element) ?? element, "subscription");
  const state = subscription?.attrs["subscription"] ?? "subscribed";
  const node = subscription?.attrs["node"] ?? asked?.node ?? "";
  course.lastNode = node;
  if (state === "none") course.fault("subscription-refused", frame, { node, condition: "none" });
  else if (state === "subscribed") {
    course.granted++;
    course.subscribed ??= frame;
  }
}

const pubsubIn = (element: Element): Element | undefined => childrenOf(element).find(({ name }) => name === "pubsub");

/** The node that a request of publish-subscribe names. */
export function nodeIn(element: Element): string {
  return childrenOf(pubsubIn(element) ?? element)[0]?.attrs["node"] ?? "";
}

function refused({ course, frame, element, asked }: Judged): void {
  const condition = stanzaErrorOf(element);
  const error = childrenOf(element).find(({ name }) => name === "error") ?? element;
  const details = { condition, text: wordsOf(error), node: asked?.node ?? "" };
  switch (asked?.frame.kind) {
    case "bind-request":
      course.fault(condition.startsWith("conflict") ? "resource-conflict" : "bind-refused", frame, details);
      return;
    case "subscribe-request":
      course.fault(subscriptionFault({ course, error, jid: asked.jid }), frame, { ...details, jid: asked.jid, own: bare(course.jid) });
      return;
    case "publish-request":
      course.fault("publish-refused", frame, details);
      return;
    case "legacy-auth-request":
      course.fault("no-common-mechanism", frame, { offered: course.offered.join(", "), condition });
  }
}

function subscriptionFault({ course, error, jid }: { readonly course: Course; readonly error: Element; readonly jid: string }): FaultCode {
  const condition = conditionOf(error);
  if (/^(?:invalid-jid|jid-required)$/.test(specificOf(error)) || condition === "jid-malformed") return "subscribe-wrong-jid";
  const isForeign = course.jid !== "" && jid !== "" && bare(jid) !== bare(course.jid);
  if (isForeign && /^(?:bad-request|not-authorized|forbidden|not-allowed)$/.test(condition)) return "subscribe-wrong-jid";
  return condition === "item-not-found" ? "node-not-found" : "subscription-refused";
}

/** As servers compare them: without the resource, in small letters. */
export function bare(jid: string): string {
  const slash = jid.indexOf("/");
  return (slash === -1 ? jid : jid.slice(0, slash)).toLowerCase();
}

function textOfDeep(element: Element): string {
  return element.children.map((each) => (typeof each === "string" ? each : textOfDeep(each))).join("");
}
