/**
 * How sockets end, and what several ends have in common: proxies that cut what is quiet, tabs that take each other's place.
 *
 * @module
 */

import type { Course } from "./course.ts";
import type { FaultCode } from "./fault_codes.ts";

/** Close codes that say why (RFC 6455 §7.4.1). */
const BY_CODE: Readonly<Record<number, FaultCode>> = {
  1001: "server-shutdown",
  1002: "wrong-framing",
  1003: "wrong-framing",
  1007: "not-well-formed",
  1008: "policy-violation",
  1009: "frame-too-large",
  1011: "stream-error",
  1012: "server-shutdown",
  1013: "server-busy",
  1015: "tls-failed",
};

export interface Loss {
  readonly course: Course;
  /** Seconds without a frame before the end; null: not known. */
  readonly quiet: number | null;
  /** Seconds from the first moment to the end. */
  readonly lifetime: number | null;
  /** Did its stream go on by the next socket (XEP-0198 §5)? Then nothing was lost but the socket. */
  readonly isResumed: boolean;
}

/** Close codes of an orderly end: normal, and none given (RFC 6455 §7.4.1). */
const ORDERLY: readonly (number | null | undefined)[] = [1000, 1005];

/** Is it gone without a word of XMPP? By its end, or because its place was taken since. */
export function lossOf(course: Course, next: Course | undefined): Loss | null {
  if (!isUnsaid(course)) return null;
  const { ended, upgrade, lastAt } = course;
  const isReplaced = next !== undefined && course.raw > 0 && follows(next, course) && (next.isResumed || (next.jid !== "" && next.jid === course.jid));
  if ((!ended && !isReplaced) || ORDERLY.includes(ended?.code)) return null;
  // A page that is left takes its sockets with it.
  if (ended?.code === null && next && next.page !== course.page) return null;
  const at = ended?.at ?? (isReplaced ? startOf(next) : null);
  const start = upgrade?.startedAt ?? course.first?.at ?? null;
  return { course, quiet: seconds(lastAt, at), lifetime: seconds(start, at), isResumed: next?.isResumed ?? false };
}

/** Has neither side said good-bye, and nothing been found that explains an end? */
function isUnsaid(course: Course): boolean {
  const { closeIn, closeOut, streamError, terminated, transport, framesKnown, hasLeft } = course;
  if (transport === "bosh" || !framesKnown || closeIn || closeOut || streamError || terminated || hasLeft || course.isExplained) return false;
  // Who waits in vain gives up; a socket that a page closes looks the same.
  return !course.has("presence-missing", "service-contact-absent");
}

/** Did the same page open it after the other had fallen silent? Two at the same time are two connections. */
export function follows(next: Course, course: Course): boolean {
  const [start, last] = [startOf(next), course.lastAt];
  return next.page === course.page && (start === null || last === null || start >= last);
}

export const startOf = ({ upgrade, first }: Course): number | null => upgrade?.startedAt ?? first?.at ?? null;

const seconds = (from: number | null, to: number | null): number | null => (from === null || to === null ? null : (to - from) / 1000);

/** Judges the sockets that were lost. */
export function judgeLosses(losses: readonly Loss[]): void {
  const plain = losses.filter((loss) => !byCode(loss));
  const cut = plain.filter((loss) => isIdle(loss, plain));
  // That nothing came is the reason for the cut, or follows from it.
  for (const { course } of cut) course.withdraw("nothing-published", "subscribe-missing");
  const [first] = cut;
  if (first) {
    const isQuiet = agrees(first.quiet, first, cut, "quiet") || isUsual(first.quiet);
    const constant = Math.round((isQuiet ? first.quiet : first.lifetime) ?? 0);
    first.course.fault("idle-proxy", null, { seconds: constant, ...(cut.length > 1 && { times: cut.length }) });
  }
  for (const loss of plain) if (!cut.includes(loss) && !loss.isResumed) loss.course.fault("socket-lost", null, lostDetails(loss));
}

function lostDetails({ course, quiet }: Loss) {
  const { code = null, reason = "" } = course.ended ?? {};
  return { ...(code !== null && { code }), ...(reason !== "" && { reason }), ...(quiet !== null && { seconds: Math.round(quiet) }) };
}

function byCode({ course }: Loss): boolean {
  const { code = null, reason = "" } = course.ended ?? {};
  const fault = code === null ? undefined : BY_CODE[code];
  if (!fault) return false;
  course.fault(fault, null, { code: code ?? "", condition: String(code), text: reason });
  return true;
}

/** What proxies and load balancers take for idle unless told otherwise, in seconds. */
const USUAL_SECONDS = [60, 100, 120, 180, 240, 300, 350, 600, 900, 3600];
const TOLERANCE = 1.5;

const isUsual = (quiet: number | null): boolean => quiet !== null && USUAL_SECONDS.some((each) => Math.abs(each - quiet) <= TOLERANCE);

function isIdle(loss: Loss, all: readonly Loss[]): boolean {
  // The end by a later connection is only a bound, so it takes two that agree.
  if (loss.course.ended?.at != null && isUsual(loss.quiet)) return true;
  return agrees(loss.quiet, loss, all, "quiet") || agrees(loss.lifetime, loss, all, "lifetime");
}

const LEAST = { quiet: 10, lifetime: 20 };

function agrees(value: number | null, loss: Loss, all: readonly Loss[], measure: "quiet" | "lifetime"): boolean {
  if (value === null || value < LEAST[measure]) return false;
  return all.some((other) => {
    const its = other[measure];
    return other !== loss && its !== null && Math.abs(its - value) <= Math.max(1, value * 0.02);
  });
}

/** Two conflicts of one address are two clients that will not stop. */
export function judgeConflicts(courses: readonly Course[]): void {
  const kicked = new Map<string, Course[]>();
  for (const course of courses) {
    if (!course.streamError || !course.has("resource-conflict")) continue;
    const jid = course.jid.toLowerCase();
    kicked.set(jid, [...(kicked.get(jid) ?? []), course]);
  }
  for (const [, several] of kicked) {
    if (several.length < 2) continue;
    const last = several.at(-1) as Course;
    for (const course of several) course.replace("resource-conflict", "tabs-kick-each-other");
    last.fault("tabs-kick-each-other", last.streamError, { jid: last.jid, times: several.length });
  }
}
