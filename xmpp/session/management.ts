/**
 * Stream management as the client asks for it: enable, acknowledgements both ways, resume (XEP-0198).
 *
 * The core counts what the client sends; what is sent to the client, the shell counts, since it sends most of it.
 *
 * @module
 */

import { CLIENT_NS } from "../stanza/stanza.ts";
import {
  COUNTS,
  countOf,
  handledTooHigh,
  type ManagementFailure,
  plainManagement,
  renderAcknowledgement,
  renderManagementFailure,
} from "../stream/management.ts";
import type { StreamError } from "../stream/stream_error.ts";
import type { Element } from "../xml/element.ts";
import type { Effect } from "./effects.ts";
import { failStream } from "./ending.ts";
import type { Stream } from "./stream.ts";
import { type Answered, send, type Turn } from "./turn.ts";

const STANZAS: ReadonlySet<string> = new Set(["iq", "message", "presence"]);
const TWICE: StreamError = { condition: "policy-violation", text: "Stream management is on already" };
const NO_COUNT: StreamError = { condition: "invalid-xml", text: "No such count" };

/** Counts a stanza of the client as handled: its answer, or what it causes, is ours to see to from here on (XEP-0198 §4). */
export function count({ phase, management }: Stream, { name, ns }: Element): void {
  if (management && phase === "bound" && ns === CLIENT_NS && STANZAS.has(name)) management.handled = (management.handled + 1) % COUNTS;
}

/** What is said so often that the parser is spared it; undefined: nothing of that kind. */
export function takePlain(turn: Turn, text: string): Effect[] | undefined {
  const { management } = turn.stream;
  const found = management && plainManagement(text);
  if (!found) return undefined;
  return found.name === "r" ? [send(renderAcknowledgement(management.handled))] : [{ effect: "acknowledged", handled: found.handled }];
}

const refuse = (failure: ManagementFailure): Effect[] => [send(renderManagementFailure(failure))];

/** Nothing is counted before a resource is bound (§3). */
export function beforeBind(): Effect[] {
  return refuse({ condition: "unexpected-request" });
}

/** Turns it on, with the right to resume if that is asked for (§3, §5). `max` asks for less time than is given. */
export function enable(turn: Turn, { attrs }: Element): Effect[] {
  const { stream, context } = turn;
  const { profile, resumeSeconds } = context.settings;
  if (profile !== "open") return failStream(turn, { error: { condition: "unsupported-stanza-type" } });
  if (stream.management) return failStream(turn, { error: TWICE }); // §3
  const resumable = resumeSeconds > 0 && (attrs["resume"] === "true" || attrs["resume"] === "1");
  const asked = /^\d{1,9}$/.test(attrs["max"] ?? "") ? Number(attrs["max"]) : resumeSeconds;
  stream.management = { handled: 0, resumable };
  return [{ effect: "enableManagement", resumable, max: Math.min(asked, resumeSeconds) }];
}

/** `<r/>`: answered at once (§4). */
export function reportHandled({ stream: { management } }: Turn): Effect[] {
  return management ? [send(renderAcknowledgement(management.handled))] : refuse({ condition: "unexpected-request" });
}

/** `<a/>`, asked for or not (§4). */
export function acknowledge(turn: Turn, element: Element): Effect[] {
  if (!turn.stream.management) return refuse({ condition: "unexpected-request" });
  const handled = countOf(element);
  return handled === undefined ? failStream(turn, { error: NO_COUNT }) : [{ effect: "acknowledged", handled }];
}

/** Resumes a stream in the place of binding a resource (§5). */
export function resume(turn: Turn, element: Element): Effect[] {
  const { profile, resumeSeconds } = turn.context.settings;
  if (profile !== "open") return failStream(turn, { error: { condition: "unsupported-stanza-type" } });
  if (resumeSeconds === 0) return refuse({ condition: "feature-not-implemented" }); // §5
  const previd = element.attrs["previd"];
  const handled = countOf(element);
  if (!previd || handled === undefined) return refuse({ condition: "bad-request" });
  return [{ effect: "resume", previd, handled }];
}

/** A stream that is bound cannot become another one. */
export function resumeBound(): Effect[] {
  return refuse({ condition: "unexpected-request" });
}

/** The shell has looked for the stream; what it resumed goes on by its own record. */
export function resumeAnswered(turn: Turn, { ask: { handled }, answer }: Answered<"resume">): Effect[] {
  if ("failed" in answer) return refuse({ condition: answer.failed, handled: answer.handled });
  if ("sent" in answer) return failStream(turn, { error: handledTooHigh({ handled, sent: answer.sent }) });
  turn.stream.phase = "closed";
  return [];
}
