/**
 * Explaining a long recording without holding up the page: in slices, with pauses in which it can draw and answer.
 *
 * @module
 */

import { Explainer, type Explanation, type Recording } from "../../explain/mod.ts";

interface Options {
  /** Called before each pause with how many frames were read. */
  readonly progress: (frames: number) => void;
  /** Returns when the page has had its turn; false: it is no longer wanted. */
  readonly pause: () => Promise<boolean>;
  /** Milliseconds, from any beginning. */
  readonly now?: () => number;
}

const SLICE_MS = 25;

/** The same explanation as `explain()`; null: it was given up. */
export async function explainSlowly(recording: Recording, { progress, pause, now = () => performance.now() }: Options): Promise<Explanation | null> {
  const explainer = new Explainer({ keep: Number.POSITIVE_INFINITY, isSaved: recording.source === "har" });
  let [began, read] = [now(), 0];
  for (const { transport, upgrade, frames, framesKnown, ended, page } of recording.connections) {
    explainer.opened(upgrade, { transport, framesKnown, page });
    for (const frame of frames) {
      explainer.add(frame);
      read++;
      if (now() - began < SLICE_MS) continue;
      progress(read);
      if (!(await pause())) return null;
      began = now();
    }
    if (ended) explainer.closed(ended);
  }
  if (recording.until !== null) explainer.tick(recording.until);
  return explainer.explanation;
}
