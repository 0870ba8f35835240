/**
 * What never came: judged when a connection is over, or when it was waited for long enough. Nothing is held against a
 * conversation that is merely still going on.
 *
 * @module
 */

import type { Course } from "./course.ts";
import type { Explained } from "./explained.ts";
import { WAIT } from "./judge_upgrade.ts";
import { startOfFrame } from "./recognise.ts";

/** Milliseconds after which somebody who is present and subscribes to nothing has forgotten it. */
const SUBSCRIBE_WAIT = 20_000;
/** Milliseconds of silence after a subscription before one may ask whether anything is published at all. */
const PUBLISH_WAIT = 60_000;
/** Milliseconds that a desktop which has subscribed may take to say that it is there. */
const PRESENCE_WAIT = 3000;

/** The end of what is known of a connection. */
export interface End {
  /** Latest moment at which it was still so, in Unix milliseconds; null: not known. */
  readonly at: number | null;
  /** Is nothing more to come? */
  readonly isOver: boolean;
  /** True: somebody looked at it and saved it, which takes longer than any step of a sign-in. */
  readonly isSaved: boolean;
}

interface Ending extends End {
  readonly course: Course;
}

/** Judges what is missing; the first missing step is told, since the others follow from it. */
export function judgeEnd(ending: Ending): void {
  const { course } = ending;
  if (course.isExplained) return;
  if (judgeNoAnswer(ending) || !course.framesKnown || !course.isWhole) return;
  for (const judge of [openMissing, openUnanswered, authMissing, authUnanswered, restartMissing, bindMissing, presenceMissing]) {
    if (judge(ending)) return;
  }
  for (const judge of [negativePriority, contactAbsent, subscribeMissing, nothingPublished]) judge(ending);
}

/** Seconds since then, for sentences. */
function secondsSince({ at }: End, frame: Explained | null): { readonly seconds: number } | Record<never, never> {
  const seconds = at === null || frame?.at == null ? 0 : Math.round((at - frame.at) / 100) / 10;
  // A saved file does not say how long it stood there.
  return seconds >= 1 ? { seconds } : {};
}

function waited({ at }: End, since: number | null, milliseconds: number): boolean {
  return at !== null && since !== null && at - since >= milliseconds;
}

/** Is it too late for what should have followed this frame? */
const isLate = (end: End, frame: Explained): boolean => end.isOver || end.isSaved || waited(end, frame.at, WAIT);

function judgeNoAnswer(ending: Ending): boolean {
  const { course } = ending;
  const { upgrade, ended } = course;
  if (!upgrade || course.raw > 0 || upgrade.status > 0 || upgrade.answeredAt !== null) return false;
  // A reason was judged when it came.
  if (upgrade.error !== "") return true;
  if (ended && ended.code !== 1000) course.fault("handshake-failed", null, { url: upgrade.url, code: ended.code ?? "", reason: ended.reason });
  // Without times nothing was heard of it: Chrome writes them once there is an answer.
  // Firefox saves what has ended, and no reason.
  else if (ending.isSaved && !course.framesKnown) course.fault("handshake-failed", null, { url: upgrade.url });
  else if (waited(ending, upgrade.startedAt, WAIT) || upgrade.startedAt === null) course.fault("upgrade-unanswered", null, { url: upgrade.url });
  return true;
}

function openMissing(ending: Ending): boolean {
  const { course, isOver } = ending;
  if (course.open) return false;
  const since = course.firstOut?.at ?? course.upgrade?.answeredAt ?? null;
  if (course.first?.kind === "legacy-stream" || (course.transport === "bosh" && course.raw === 0)) return true;
  if (course.first === null && course.upgrade === null) return true;
  if (isOver || ending.isSaved || waited(ending, since, WAIT)) course.fault("open-missing", course.firstOut, { sent: startOfFrame(course.firstOut) });
  return true;
}

function openUnanswered(ending: Ending): boolean {
  const { course } = ending;
  const { open, features } = course;
  if (!open || features || course.bound) return false;
  if (isLate(ending, open)) {
    const details = { asked: course.domain, answered: course.openResponse ? "open" : "", ...secondsSince(ending, open) };
    course.fault("open-unanswered", open, details);
  }
  return true;
}

function authMissing(ending: Ending): boolean {
  const { course } = ending;
  const { features, auth, offered } = course;
  if (!features || auth || course.success) return false;
  const details = { offered: offered.join(", ") };
  // A client that leaves at once has found nothing that it can do, and so has one that is offered no PLAIN, which all can do.
  const leftAtOnce = course.closeOut !== null && !waited({ ...ending, at: course.closeOut.at }, features.at, WAIT);
  const isUnusual = offered.length > 0 && !offered.includes("PLAIN");
  if (course.legacyAuth || leftAtOnce || (isUnusual && isLate(ending, features))) {
    course.fault("no-common-mechanism", course.legacyAuth ?? features, details);
  } else if (isLate(ending, features)) course.fault("auth-missing", features, { ...details, ...secondsSince(ending, features) });
  return true;
}

function authUnanswered(ending: Ending): boolean {
  const { course } = ending;
  if (course.success) return false;
  if (course.exchange && isLate(ending, course.exchange)) {
    course.fault("auth-unanswered", course.exchange, { mechanism: course.signIn?.mechanism ?? "", ...secondsSince(ending, course.exchange) });
  }
  return true;
}

function restartMissing(ending: Ending): boolean {
  const { course } = ending;
  const { success } = course;
  if (!success || !course.needsRestart || course.restart || course.bound) return false;
  if (isLate(ending, success)) course.fault("restart-missing", success, secondsSince(ending, success));
  return true;
}

function bindMissing(ending: Ending): boolean {
  const { course } = ending;
  if (course.bound) return false;
  const since = course.features ?? course.restart;
  if (course.bind || course.resume) unanswered(ending, (course.bind ?? course.resume) as Explained);
  else if (since && isLate(ending, since)) course.fault("bind-missing", since, secondsSince(ending, since));
  return true;
}

/** A request of which no answer came. */
function unanswered(ending: Ending, frame: Explained): void {
  if (ending.isSaved || waited(ending, frame.at, WAIT))
    ending.course.fault("slow-step", frame, { step: frame.step, ...secondsSince(ending, frame), answered: "no" });
}

function presenceMissing(ending: Ending): boolean {
  const { course } = ending;
  const { bound, presence, subscribed } = course;
  if (!bound || presence || course.isResumed) return false;
  // Who only publishes needs none.
  if (course.publishes > 0) return true;
  const isForgotten = subscribed ? ending.isOver || waited(ending, subscribed.at, PRESENCE_WAIT) : waited(ending, bound.at, WAIT);
  if (isForgotten) course.fault("presence-missing", bound, { jid: course.jid });
  return true;
}

function negativePriority({ course }: Ending): void {
  if (course.priority < 0) course.fault("presence-negative", course.presence, { priority: course.priority });
}

/** Only desktops of Finesse wait for the contact; a chat client on another server has none. */
function contactAbsent(ending: Ending): void {
  const { course } = ending;
  if (course.contact === "unavailable") course.fault("service-contact-absent", course.contactFrame, { contact: course.contactName });
  const isDesk = course.hasFinesseNodes || (course.jid.endsWith("/desktop") && course.others === 0);
  if (course.contact !== "unknown" || !isDesk || !course.presence || course.isResumed || course.events > 0 || course.subscribed) return;
  if (waited(ending, course.presence.at, WAIT)) course.fault("service-contact-absent", course.presence, secondsSince(ending, course.presence));
}

function subscribeMissing(ending: Ending): void {
  const { course } = ending;
  const { presence } = course;
  if (!presence || course.isResumed || course.subscribe || course.events > 0 || course.publishes > 0 || course.others > 0) return;
  if (course.has("service-contact-absent", "presence-negative")) return;
  if (waited(ending, presence.at, SUBSCRIBE_WAIT)) course.fault("subscribe-missing", presence, secondsSince(ending, presence));
}

function nothingPublished(ending: Ending): void {
  const { course } = ending;
  const { subscribed } = course;
  if (!subscribed || course.isResumed || course.events > 0 || course.publishes > 0) return;
  if (course.has("service-contact-absent", "presence-negative", "subscription-refused", "node-not-found")) return;
  if (waited(ending, subscribed.at, PUBLISH_WAIT))
    course.fault("nothing-published", subscribed, { node: course.lastNode, ...secondsSince(ending, subscribed) });
}

/** Requests of the client that nobody answered, pings among them. */
export function judgeUnanswered({ course, ...end }: Ending): void {
  const open = [...course.requests.values()].map(({ frame }) => frame).filter(({ direction }) => direction === "out");
  const pings = open.filter(({ kind }) => kind === "ping");
  const first = pings[0];
  // The second one is sent when the first should have been answered.
  if (first && !course.closeOut && (pings.length > 1 || waited(end, first.at, WAIT))) {
    course.fault("pings-unanswered", first, { pings: pings.length, ...secondsSince(end, first) });
  }
  const other = open.find(({ kind, at }) => kind !== "ping" && kind !== "bind-request" && waited(end, at, WAIT));
  if (other && !course.isExplained) course.fault("slow-step", other, { step: other.step, ...secondsSince(end, other), answered: "no" });
}
