/**
 * Draws a component again whenever frames came in, at most once per picture.
 *
 * Each part that shows frames calls this itself: a part whose properties are the same is not drawn with its parent.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";

import type { FrameLog } from "./frame_log.ts";

export function useFrames(log: FrameLog): void {
  const [, draw] = useState(0);
  useEffect(() => log.listen(() => draw((count) => count + 1)), [log]);
}
