/**
 * Which sentence fits a frame, and the values it names.
 *
 * @module
 */

import { childrenOf, type Element, textOf } from "../xmpp/mod.ts";
import type { Asked, Course } from "./course.ts";
import type { FrameKind, Step } from "./explanation.ts";
import type { Direction } from "./recording.ts";
import { conditionOf, stanzaErrorOf, wordsOf } from "./recognise.ts";
import type { SignIn } from "./sasl.ts";
import type { SayKey, Values } from "./texts/shape.ts";

const CARBONS_NS = "urn:xmpp:carbons:2";

interface Said {
  readonly element: Element;
  readonly kind: FrameKind;
  readonly step: Step;
  readonly direction: Direction;
  readonly course: Course;
  readonly signIn: SignIn | null;
}

/** Kinds that mean something else in the other direction. */
const RECEIVED: Partial<Record<FrameKind, SayKey>> = {
  ping: "ping-received",
  "presence-available": "presence-received",
  "roster-request": "roster-push",
  message: "message-received",
  "presence-unavailable": "presence-unavailable-received",
  "acknowledgement-request": "acknowledgement-request-received",
};

/** Answers of the client to what the server asks. */
const SENT: Partial<Record<FrameKind, SayKey>> = { "iq-response": "pong-sent", pong: "pong-sent" };

const RESTART: Partial<Record<FrameKind, SayKey>> = {
  "open-request": "restart-request",
  "open-response": "restart-response",
  features: "restart-features",
};

const REFUSED: Partial<Record<Step, SayKey>> = {
  bind: "refused-bind",
  "subscribe-user": "refused-subscribe",
  "subscribe-team": "refused-subscribe",
  "subscribe-other": "refused-subscribe",
  publish: "refused-publish",
};

/** The key of the sentence for a frame. */
export function sayOf({ element, kind, step, direction, course, signIn }: Said): SayKey {
  if (step === "restart") return RESTART[kind] ?? kind;
  if (course.transport === "bosh" && kind === "open-request") return "bosh-create";
  if (course.transport === "bosh" && kind === "open-response") return "bosh-created";
  if (step === "service-contact") return kind === "presence-unavailable" ? "contact-unavailable" : "contact-available";
  if (kind === "auth-request" && signIn) return signInKey(signIn);
  if (kind === "refused" && element.name === "message") return stanzaErrorOf(element) === "service-unavailable" ? "unread-message" : "refused-message";
  if (kind === "refused") return REFUSED[step] ?? kind;
  if (kind === "roster-request" && direction === "out") return element.attrs["type"] === "set" ? "roster-set" : kind;
  if (kind === "message" && childrenOf(element).some(({ ns }) => ns === CARBONS_NS)) return "message-copy";
  if (kind === "presence-available" && direction === "in" && element.attrs["from"] === course.jid) return "presence-own";
  if (kind === "close" && (course.closeOut || course.closeIn || course.streamError)) return "close-answer";
  if (direction === "out") return SENT[kind] ?? kind;
  return RECEIVED[kind] ?? kind;
}

function signInKey({ mechanism, authcid, authzid }: SignIn): SayKey {
  if (authcid === "") return "auth-request";
  if (mechanism === "PLAIN") return authzid === "" ? "auth-plain" : "auth-plain-authzid";
  return mechanism.startsWith("SCRAM-") ? "auth-scram" : "auth-request";
}

interface Valued {
  readonly element: Element;
  readonly course: Course;
  readonly asked: Asked | undefined;
  readonly signIn: SignIn | null;
  readonly about: string;
  readonly bytes: number;
}

/** What an agent is doing, as the payload of an event tells it. */
const STATE = /<state>([A-Za-z_]{1,40})<\/state>/;

/** Values of the sentences; masked where they are filled in. */
export function valuesOf({ element, course, asked, signIn, about, bytes }: Valued): Values {
  const { attrs, name } = element;
  const values: Record<string, string | number> = { about, bytes };
  if (signIn) Object.assign(values, { mechanism: signIn.mechanism, user: signIn.authcid, authzid: signIn.authzid });
  for (const key of ["to", "from", "h", "id", "max", "type"] as const) {
    const value = attrs[key];
    if (value !== undefined) values[key] = value;
  }
  if (asked?.node) values["node"] = asked.node;
  else if (about.startsWith("/")) values["node"] = about;
  if (name === "failure" || name === "error" || name === "failed") Object.assign(values, { condition: conditionOf(element), text: wordsOf(element) });
  if (attrs["type"] === "error") values["condition"] = stanzaErrorOf(element);
  if (name === "iq" && course.bind && asked?.frame === course.bind) values["jid"] = deepText(element);
  if (name === "message") addState(values, element);
  return values;
}

function addState(values: Record<string, string | number>, message: Element): void {
  const item = childrenOf(childrenOf(childrenOf(message)[0] ?? message)[0] ?? message)[0];
  const state = STATE.exec(item ? deepText(item).slice(0, 4000) : "")?.[1];
  if (state) values["state"] = state;
}

function deepText(element: Element): string {
  return textOf(element) || childrenOf(element).map(deepText).join("");
}
