/**
 * When to try again: doubling waits, spread so that clients that lost the server together do not come back together.
 *
 * @module
 */

const FIRST_MS = 1000;
const MOST_MS = 30_000;

/** Milliseconds before an attempt, counted from 1: between half of the wait and all of it. */
export function waitBefore(attempt: number, random: number = Math.random()): number {
  const wait = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(wait / 2 + (wait / 2) * random);
}
