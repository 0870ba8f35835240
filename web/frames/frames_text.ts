/**
 * Frames as a text to save: what the page shows, nothing more.
 *
 * @module
 */

import { type ExplainedFrame, writeText } from "../../explain/mod.ts";

/** Of explained frames, which are masked, as the explainer writes text. */
export function framesText(frames: readonly ExplainedFrame[]): string {
  const connection = { transport: "websocket" as const, upgrade: null, frames, framesKnown: true, ended: null, page: "" };
  return writeText({ source: "live", creator: "", connections: [connection], notes: [], until: null });
}
