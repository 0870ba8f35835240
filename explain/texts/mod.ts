/**
 * Everything the explainer says, in the language that is asked for.
 *
 * @module
 */

import type { ExplainedFrame, Fault, FaultTexts, FrameKind, Language, Step } from "../explanation.ts";

/** What is put into a sentence for `{name}`. Masked. */
export type Values = Readonly<Record<string, string | number>>;

export function stepTitle(step: Step, language: Language): string {
  return `${step} ${language}`;
}

export function frameSays(_language: Language, frame: Pick<ExplainedFrame, "kind" | "about">, _values: Values): string {
  return `${frame.kind} ${frame.about}`;
}

export function frameExpects(_language: Language, _frame: { readonly kind: FrameKind }, _values: Values): string {
  return "";
}

export function upgradeFieldSays(_language: Language, field: string): string {
  return field;
}

/** A fault in words. */
export function textsOf(fault: Fault, _language: Language): FaultTexts {
  return { title: fault.code, says: "", fix: "", page: `docs/faults/${fault.code}.md` };
}
