/**
 * The sequence diagram as rows: a heading for each step, a row for each frame, and one for each gap between them.
 *
 * Pure. Rows know their place, so that only those in sight need be drawn.
 *
 * @module
 */

import type { ExplainedFrame, Step } from "../../explain/mod.ts";
import type { Test } from "./filters.ts";

export type Row =
  | { readonly kind: "heading"; readonly section: number; readonly steps: readonly Step[]; readonly top: number }
  | { readonly kind: "gap"; readonly section: number; readonly milliseconds: number; readonly before: number; readonly top: number }
  | { readonly kind: "frame"; readonly section: number; readonly frame: ExplainedFrame; readonly position: number; readonly top: number };

export interface Rows {
  readonly rows: readonly Row[];
  /** Steps by section. */
  readonly sections: readonly (readonly Step[])[];
  /** In pixels. */
  readonly height: number;
  /** Frames among the rows. */
  readonly count: number;
}

/** In pixels, as the style sheet has them. */
export const HEIGHTS: Readonly<Record<Row["kind"], number>> = { heading: 40, gap: 28, frame: 48 };

/** Silence that is worth a mark, in milliseconds. */
export const GAP_MS = 5000;

/** After the sign-in these follow each other all the time: they share a heading. */
const LIVE: ReadonlySet<Step> = new Set(["event", "ping", "acknowledgement", "publish", "other"]);
/** Whoever reads looks for these: each has a heading of its own. */
const STRICT: ReadonlySet<Step> = new Set(["open", "features", "auth", "restart", "resume", "bind", "session", "close"]);
/** An answer so many frames later still belongs to its request's heading. */
const NEAR = 20;

/** The frame that answers, by the request's index. */
export function answersOf(frames: readonly ExplainedFrame[]): ReadonlyMap<number, ExplainedFrame> {
  const answers = new Map<number, ExplainedFrame>();
  for (const frame of frames) if (frame.answers !== null) answers.set(frame.answers, frame);
  return answers;
}

/** The section that each frame belongs to, and the steps of each section. Requests that overlap share one. */
export function sectionsOf(frames: readonly ExplainedFrame[], answers: ReadonlyMap<number, ExplainedFrame>) {
  const sections: Step[][] = [];
  const sectionOf: number[] = [];
  let until = -1;
  for (const frame of frames) {
    const current = sections.at(-1);
    const goesOn =
      current &&
      (current.includes(frame.step) || (frame.index < until && !STRICT.has(frame.step)) || (LIVE.has(frame.step) && current.every((step) => LIVE.has(step))));
    if (!goesOn) {
      sections.push([frame.step]);
      until = -1;
    } else if (!current.includes(frame.step)) current.push(frame.step);
    sectionOf.push(sections.length - 1);
    const answer = answers.get(frame.index)?.index ?? -1;
    if (answer - frame.index <= NEAR && !STRICT.has(frame.step)) until = Math.max(until, answer);
  }
  return { sections, sectionOf };
}

/** The rows of one connection's frames. Gaps are told before each frame that is shown, from the frame before it, shown or not. */
export function rowsOf(
  frames: readonly ExplainedFrame[],
  { answers, isWanted }: { readonly answers: ReadonlyMap<number, ExplainedFrame>; readonly isWanted: Test },
): Rows {
  const { sections, sectionOf } = sectionsOf(frames, answers);
  const rows: Row[] = [];
  let [top, count, headed] = [0, 0, -1];
  let before: number | null = null;
  for (const [at, frame] of frames.entries()) {
    const gap = before !== null && frame.at !== null ? frame.at - before : 0;
    before = frame.at ?? before;
    if (!isWanted(frame)) continue;
    const section = sectionOf[at] as number;
    if (gap > GAP_MS) {
      rows.push({ kind: "gap", section: headed === -1 ? section : headed, milliseconds: gap, before: frame.index, top });
      top += HEIGHTS.gap;
    }
    if (section !== headed) {
      headed = section;
      rows.push({ kind: "heading", section, steps: sections[section] as Step[], top });
      top += HEIGHTS.heading;
    }
    rows.push({ kind: "frame", section, frame, position: ++count, top });
    top += HEIGHTS.frame;
  }
  return { rows, sections, height: top, count };
}

/** Index of the last row that begins at `top` or above. */
export function rowAt(rows: readonly Row[], top: number): number {
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle] as Row).top <= top) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

type FrameRow = Extract<Row, { readonly kind: "frame" }>;

export function frameRowOf(rows: readonly Row[], index: number | null): FrameRow | undefined {
  return index === null ? undefined : (rows.find((row) => row.kind === "frame" && row.frame.index === index) as FrameRow | undefined);
}

/** The frame that is `by` frames further among the rows, and at most the last or first; without a frame the first. */
export function frameFurther(rows: readonly Row[], index: number | null, by: number, isWanted: Test = () => true): ExplainedFrame | undefined {
  const frames = rows.flatMap((row) => (row.kind === "frame" && (row.frame.index === index || isWanted(row.frame)) ? [row.frame] : []));
  const at = frames.findIndex((frame) => frame.index === index);
  if (at === -1) return by < 0 ? frames.at(-1) : frames[0];
  return frames[Math.min(frames.length - 1, Math.max(0, at + by))];
}
