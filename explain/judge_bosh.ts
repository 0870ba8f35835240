/**
 * What the envelopes of BOSH establish, and how its sessions end (XEP-0124 §7, §13, §17).
 *
 * @module
 */

import type { Course } from "./course.ts";
import type { Explained } from "./explained.ts";
import type { FaultCode } from "./fault_codes.ts";
import type { Judged } from "./judge_frames.ts";

/** Judges a `<body/>` by its attributes. */
export function judgeEnvelope({ course, frame, element }: Judged): void {
  const { attrs } = element;
  switch (frame.kind) {
    case "open-request":
      if (frame.step === "restart") course.restart = frame;
      else course.domain = attrs["to"] ?? "";
      course.open = frame;
      course.openResponse = null;
      course.features = null;
      return;
    case "open-response":
      course.openResponse = frame;
      course.hasSession = true;
      course.served = attrs["from"] ?? "";
      return;
    case "terminate":
      terminated(course, frame, attrs["condition"] ?? "");
  }
}

/** XEP-0124 §17.2 */
const CONDITIONS: Readonly<Record<string, FaultCode>> = {
  "item-not-found": "bosh-session-expired",
  "host-unknown": "wrong-domain",
  "host-gone": "wrong-domain",
  "improper-addressing": "wrong-domain",
  "system-shutdown": "server-shutdown",
};

function terminated(course: Course, frame: Explained, condition: string): void {
  const isExpected = course.terminated?.direction === "out";
  course.terminated ??= frame;
  // The error of the stream follows inside, and is judged there.
  if (frame.direction === "out" || isExpected || condition === "" || condition === "remote-stream-error") return;
  if (course.failures > 0 && !course.success) return;
  // A session that never was cannot have expired.
  const code = condition === "item-not-found" && !course.hasSession ? "bosh-refused" : CONDITIONS[condition];
  course.fault(code ?? "bosh-refused", frame, { condition, asked: course.domain, served: course.served });
}

/** An answer that is no body, with a status that says why (XEP-0124 §17.1). */
export function judgeStatus(course: Course, frame: Explained): void {
  if (course.terminated?.direction === "out") return;
  const status = Number(frame.about);
  course.fault(status === 404 && course.hasSession ? "bosh-session-expired" : "bosh-refused", frame, { status });
}
