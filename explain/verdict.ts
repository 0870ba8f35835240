/**
 * The whole in a few sentences.
 *
 * @module
 */

import type { Course } from "./course.ts";
import type { Fault, Language, StepState } from "./explanation.ts";
import { compose, fill, stepTitle, TEXTS, textsOf } from "./texts/mod.ts";

interface Judged {
  readonly faults: readonly Fault[];
  readonly steps: readonly StepState[];
  /** The newest connection. */
  readonly course: Course | undefined;
}

/** What came of it, and what to do. */
export function verdictOf({ faults, steps, course }: Judged, language: Language): string {
  const texts = TEXTS[language].verdict;
  const [first, ...others] = faults;
  if (first) {
    const names = [...new Set(others.map((fault) => TEXTS[language].faults[fault.code].title))];
    return compose(names.length > 0 ? texts.faults : texts.fault, { ...textsOf(first, language), count: faults.length, others: names.join("; ") });
  }
  if (!course) return texts.nothing;
  const next = steps.find(({ connection, state }) => connection === course.index && state === "expected");
  const isOver = course.ended !== null || course.closeIn !== null || course.closeOut !== null || course.terminated !== null;
  if (next && !course.presence && !course.isResumed && !isOver) return fill(texts["under-way"], { step: stepTitle(next.step, language) });
  const values = { jid: course.jid, ...(course.granted > 0 && { subscriptions: course.granted }), ...(course.events > 0 && { events: course.events }) };
  return fill(isOver ? texts.over : texts.healthy, values);
}
