/**
 * How far each step of a connection is.
 *
 * @module
 */

import type { Course } from "./course.ts";
import { type Fault, type Step, STEPS, type StepProgress, type StepState } from "./explanation.ts";
import { FAULTS } from "./faults.ts";
import { subscriptionStep } from "./recognise.ts";

/** Steps that every connection has, whether or not it came so far. */
const EXPECTED: ReadonlySet<Step> = new Set(["upgrade", "open", "features", "auth", "restart", "bind", "presence"]);
/** Steps that a resumed stream does without. */
const RESUMED_WITHOUT: ReadonlySet<Step> = new Set(["bind", "session", "presence", "service-contact", "subscribe-user", "subscribe-team"]);

const DONE: Partial<Record<Step, (course: Course) => boolean>> = {
  upgrade: ({ upgrade, raw }) => raw > 0 || upgrade?.status === 101 || upgrade?.answeredAt != null,
  open: ({ openResponse, features, isWhole }) => openResponse !== null || features !== null || !isWhole,
  features: ({ features, success, isWhole }) => features !== null || success !== null || !isWhole,
  auth: ({ success, isWhole }) => success !== null || !isWhole,
  restart: ({ restart, features, bind, bound, isWhole }) => (restart !== null && features !== null) || bind !== null || bound !== null || !isWhole,
  bind: ({ bound, isWhole }) => bound !== null || !isWhole,
  resume: ({ isResumed }) => isResumed,
  presence: ({ presence, isWhole }) => presence !== null || !isWhole,
  "service-contact": ({ contact }) => contact === "available",
};

/** The steps in their order: those that every connection has, and those that were seen. */
export function stepsOf(course: Course, faults: readonly Fault[]): StepState[] {
  const failed = new Map<Step, StepProgress>();
  for (const fault of faults) {
    const [step, state] = stateOf(fault);
    if (!failed.has(step)) failed.set(step, state);
  }
  return STEPS.filter((step) => isShown(course, step, failed)).map((step) => ({
    connection: course.index,
    step,
    state: failed.get(step) ?? ((DONE[step]?.(course) ?? course.counts.has(step)) ? "done" : "expected"),
    frames: course.counts.get(step) ?? 0,
  }));
}

function isShown(course: Course, step: Step, failed: ReadonlyMap<Step, StepProgress>): boolean {
  if (course.counts.has(step) || failed.has(step)) return true;
  if (step === "upgrade") return course.transport === "websocket";
  if (step === "restart" && course.success && !course.needsRestart) return false;
  if (course.isResumed && RESUMED_WITHOUT.has(step)) return false;
  return EXPECTED.has(step) || (step === "service-contact" && course.hasFinesseNodes);
}

/** Where a fault shows: most have a step of their own; those of subscriptions and slow answers say theirs. */
function stateOf({ code, details }: Fault): readonly [Step, StepProgress] {
  const { step, state } = FAULTS[code];
  const named = STEPS.find((each) => each === details["step"]);
  if (named) return [named, state];
  const { node } = details;
  return [step === "subscribe-other" && typeof node === "string" ? subscriptionStep(node) : step, state];
}
