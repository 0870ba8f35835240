/**
 * What every part of a step is given, and the effects that many of them make.
 *
 * @module
 */

import type { Answers, Ask, Deed, StepContext } from "./effects.ts";
import type { Stream } from "./stream.ts";

/** One step under way: the record it may change, and what the deployment decides. */
export interface Turn {
  readonly stream: Stream;
  readonly context: StepContext;
}

/** An ask and what the shell found out. */
export interface Answered<E extends Ask["effect"]> {
  readonly ask: Extract<Ask, { effect: E }>;
  readonly answer: Answers[E];
}

/** One frame to the client. */
export function send(text: string): Deed {
  return { effect: "send", text };
}

/** The address of a bound stream, stamped on all that comes from it (RFC 6120 §8.1.2.1). */
export function fullJid({ jid, resource }: Stream): string {
  return `${jid}/${resource}`;
}
