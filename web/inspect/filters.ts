/**
 * Which frames are wanted.
 *
 * Pure.
 *
 * @module
 */

import type { Direction, ExplainedFrame, FrameKind, Step } from "../../explain/mod.ts";

export interface Filters {
  /** Searched in the frame, what it is about and its name; "": anything. */
  readonly text: string;
  /** False: frames without the text are shown too, and those with it marked. */
  readonly onlyMatches: boolean;
  readonly step: Step | "";
  readonly kind: FrameKind | "";
  readonly direction: Direction | "";
}

export const NO_FILTERS: Filters = { text: "", onlyMatches: true, step: "", kind: "", direction: "" };

export type Test = (frame: ExplainedFrame) => boolean;

/** Whether the frame has the text that is searched; without one, none has. */
export function matcherOf({ text }: Filters, nameOf: (frame: ExplainedFrame) => string): Test {
  const words = text.trim().toLowerCase();
  if (words === "") return () => false;
  return (frame) => [frame.text, frame.about, nameOf(frame)].some((part) => part.toLowerCase().includes(words));
}

/** Whether the frame is shown. */
export function wantedBy(filters: Filters, isMatch: Test): Test {
  const { step, kind, direction } = filters;
  const mustMatch = filters.onlyMatches && filters.text.trim() !== "";
  return (frame) =>
    (step === "" || frame.step === step) &&
    (kind === "" || frame.kind === kind) &&
    (direction === "" || frame.direction === direction) &&
    (!mustMatch || isMatch(frame));
}

export const isFiltered = ({ text, onlyMatches, step, kind, direction }: Filters): boolean =>
  step !== "" || kind !== "" || direction !== "" || (onlyMatches && text.trim() !== "");

/** The steps and kinds that there are, in the order in which they first come. */
export function choicesIn(frames: readonly ExplainedFrame[]): { readonly steps: readonly Step[]; readonly kinds: readonly FrameKind[] } {
  return { steps: [...new Set(frames.map(({ step }) => step))], kinds: [...new Set(frames.map(({ kind }) => kind))] };
}
