/**
 * How far a connection has come, step by step.
 *
 * Pure.
 *
 * @module
 */

import type { Transport } from "../../client/mod.ts";
import type { FrameKind } from "../../explain/mod.ts";
import type { Handshake } from "./frame_log.ts";
import { type Place, type Placed, STEPS, type Step } from "./places.ts";

export type Progress = "waiting" | "running" | "done" | "failed";

interface Reached {
  readonly handshake: Handshake | null;
  readonly frames: readonly Placed[];
  /** The last step has had all its answers. */
  readonly isComplete: boolean;
}

const REFUSALS: ReadonlySet<FrameKind> = new Set(["auth-failure", "refused", "resume-failure"]);

/** How each transport begins. */
const BEGINNINGS: Readonly<Record<Transport, readonly Step[]>> = { websocket: ["get", "switch"], bosh: ["post"] };
const AFTER_BEGINNING = STEPS.slice(STEPS.indexOf("open"));

/** The steps of this connection: one that is resumed has no bind, and nothing after it; what is not resumed has no resume. */
export function stepsOf(frames: readonly Placed[], transport: Transport = "websocket"): readonly Step[] {
  const beginning = BEGINNINGS[transport];
  if (frames.some(({ frame }) => frame.kind === "resume-response")) return [...beginning, "open", "auth", "resume"];
  const isResuming = frames.some(({ place }) => place === "resume");
  return [...beginning, ...AFTER_BEGINNING.filter((step) => isResuming || step !== "resume")];
}

/** Where a frame is shown: the stream that a resumed connection opens anew belongs to its resume. */
export function stepOf({ place }: Placed, steps: readonly Step[]): Place {
  return place === "bind" && !steps.includes("bind") ? "resume" : place;
}

/** A step is done when the next one has begun; the one that was under way when the socket closed has failed. */
export function progressOf({ handshake, frames, isComplete }: Reached): Readonly<Record<Step, Progress>> {
  const reached = lastBegun(handshake, frames);
  const isOver = handshake !== null && handshake.closed !== null;
  const entries = STEPS.map((step, at): [Step, Progress] => {
    if (frames.some(({ place, frame }) => place === step && REFUSALS.has(frame.kind))) return [step, "failed"];
    if (isComplete) return [step, "done"];
    if (at > reached) return [step, "waiting"];
    if (at < reached) return [step, "done"];
    return [step, isOver ? "failed" : "running"];
  });
  return Object.fromEntries(entries) as Record<Step, Progress>;
}

function lastBegun(handshake: Handshake | null, frames: readonly Placed[]): number {
  if (!handshake) return -1;
  const beforeFrames = handshake.transport === "bosh" ? "post" : handshake.openedAt === null ? "get" : "switch";
  return Math.max(STEPS.indexOf(beforeFrames), ...frames.map(({ place }) => STEPS.indexOf(place as Step)));
}
