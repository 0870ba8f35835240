/**
 * Positions in the log of a node: (epoch, sequence), ordered.
 *
 * @module
 */

import type { Position } from "../contract.ts";

/** Before everything. */
export const START: Position = { epoch: 0, seq: 0 };

/** True if `a` stands after `b`. */
export function isAfter(a: Position, b: Position): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);
}

/** The later of two. */
export function laterOf(a: Position, b: Position): Position {
  return isAfter(a, b) ? a : b;
}
