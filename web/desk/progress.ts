/**
 * How far a connection has come, step by step.
 *
 * Pure.
 *
 * @module
 */

import { type Frame, STEPS, type Step } from "../wire/frame.ts";
import type { Handshake } from "../wire/frame_log.ts";

export type Progress = "waiting" | "running" | "done" | "failed";

interface Reached {
  readonly handshake: Handshake | null;
  readonly frames: readonly Frame[];
  /** The last step has had all its answers. */
  readonly isComplete: boolean;
}

/** A step is done when the next one has begun; the one that was under way when the socket closed has failed. */
export function progressOf({ handshake, frames, isComplete }: Reached): Readonly<Record<Step, Progress>> {
  const reached = lastBegun(handshake, frames);
  const isOver = handshake !== null && handshake.closed !== null;
  const entries = STEPS.map((step, at): [Step, Progress] => {
    if (frames.some((frame) => frame.place === step && (frame.name === "auth-failure" || frame.name === "refused"))) return [step, "failed"];
    if (isComplete) return [step, "done"];
    if (at > reached) return [step, "waiting"];
    if (at < reached) return [step, "done"];
    return [step, isOver ? "failed" : "running"];
  });
  return Object.fromEntries(entries) as Record<Step, Progress>;
}

function lastBegun(handshake: Handshake | null, frames: readonly Frame[]): number {
  if (!handshake) return -1;
  const beforeFrames = handshake.openedAt === null ? "get" : "switch";
  return Math.max(STEPS.indexOf(beforeFrames), ...frames.map(({ place }) => STEPS.indexOf(place as Step)));
}
