/**
 * What a stream error means at the point where it comes (RFC 6120 §4.9.3, RFC 7395 §3.5).
 *
 * @module
 */

import type { Course, Details } from "./course.ts";
import type { Explained } from "./explained.ts";
import type { FaultCode } from "./fault_codes.ts";
import type { Judged } from "./judge_frames.ts";
import { conditionOf, specificOf, startOfFrame, wordsOf } from "./recognise.ts";

/** Conditions that mean the same wherever they come. */
const CONDITIONS: Readonly<Record<string, FaultCode>> = {
  conflict: "resource-conflict",
  "host-gone": "wrong-domain",
  "host-unknown": "wrong-domain",
  "improper-addressing": "wrong-domain",
  "bad-namespace-prefix": "wrong-framing",
  "invalid-namespace": "wrong-framing",
  "not-well-formed": "not-well-formed",
  "invalid-xml": "not-well-formed",
  "unsupported-encoding": "not-well-formed",
  "restricted-xml": "restricted-xml",
  "system-shutdown": "server-shutdown",
  "unsupported-version": "unsupported-version",
  reset: "rights-revoked",
};

/** Faults of a frame that was sent: the error that follows only says so too. */
const MALFORMED: readonly FaultCode[] = ["not-well-formed", "two-stanzas-in-frame", "restricted-xml", "wrong-framing", "frame-too-large"];
const COMPLAINTS = new Set([
  "not-well-formed",
  "invalid-xml",
  "restricted-xml",
  "bad-format",
  "invalid-namespace",
  "bad-namespace-prefix",
  "unsupported-encoding",
  "unsupported-stanza-type",
]);

export function judgeStreamError({ course, frame, element }: Judged): void {
  const [condition, specific, text] = [conditionOf(element), specificOf(element), wordsOf(element)];
  course.streamError ??= frame;
  if (COMPLAINTS.has(condition) && course.has(...MALFORMED)) return;
  if (isUnopened(course)) {
    course.fault("open-missing", course.firstOut, { sent: startOfFrame(course.firstOut) });
    return;
  }
  if (course.bind && course.success && course.needsRestart && !course.restart && !course.bound) {
    // Servers differ in what they say of a stanza on a stream that should have begun anew.
    course.fault("restart-missing", course.bind, { condition });
    return;
  }
  const details = { condition, specific, text, asked: course.domain, served: course.served === course.domain ? "" : course.served, jid: course.jid };
  const code = frame.direction === "out" ? "stream-error" : (CONDITIONS[condition] ?? byCourse({ course, condition, specific, text }));
  if (code) course.fault(code, frame, { ...details, ...more(course, code) });
}

function more({ offered, lastLongOut }: Course, code: FaultCode): Details {
  if (code === "auth-missing") return { offered: offered.join(", ") };
  return code === "frame-too-large" && lastLongOut ? { bytes: lastLongOut.bytes } : {};
}

/** What is not recorded from its beginning went well until then. */
const isSignedIn = ({ bound, isWhole }: Course): boolean => bound !== null || !isWhole;

const isUnopened = ({ open, firstOut, isWhole }: Course): boolean => isWhole && open === null && firstOut !== null && firstOut.kind !== "legacy-stream";

interface Said {
  readonly course: Course;
  readonly condition: string;
  readonly specific: string;
  readonly text: string;
}

/** undefined: it follows from a fault that has been told already. */
function byCourse({ course, condition, specific, text }: Said): FaultCode | undefined {
  switch (condition) {
    case "not-authorized":
      return isSignedIn(course) ? "rights-revoked" : stoppedAt(course);
    case "connection-timeout":
      return isSignedIn(course) ? "connection-timeout" : stoppedAt(course);
    case "policy-violation":
      return isAboutSize(specific, text, course.lastLongOut) ? "frame-too-large" : afterFailures(course, "policy-violation");
    case "resource-constraint":
      return isSignedIn(course) ? "slow-consumer" : "server-busy";
    default:
      return "stream-error";
  }
}

/** Servers end a stream after some failed attempts (RFC 6120 §6.4.5): the failures have been told. */
function afterFailures(course: Course, code: FaultCode): FaultCode | undefined {
  return course.failures > 0 && !course.success ? undefined : code;
}

/** The step that a client did not take, before it was allowed to go on or its time was over. */
function stoppedAt(course: Course): FaultCode | undefined {
  if (course.success) return course.needsRestart && !course.restart ? "restart-missing" : "bind-missing";
  if (course.failures > 0) return undefined;
  if (course.auth) return "auth-unanswered";
  // Nothing was offered yet, and nothing but the stream asked for.
  if (!course.features && course.lastOut === course.open) return "stream-error";
  return "auth-missing";
}

function isAboutSize(specific: string, text: string, long: Explained | null): boolean {
  return specific === "stanza-too-big" || /too (?:big|large|long)|size limit|stanza size/i.test(text) || long !== null;
}
