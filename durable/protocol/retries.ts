/**
 * When a webhook is tried again: soon, then less and less often, for most of a day.
 *
 * @module
 */

/** Pauses between attempts, as multiples of the first: 5 s, 30 s, 2 min, 10 min, 1 h, 4 h, 12 h where that is 5 s. */
const PAUSES = [1, 6, 24, 120, 720, 2880, 8640] as const;

/** The pause after so many failed attempts, up to a fifth longer by `random` (0 to 1), so that those who failed together come apart. */
export function pauseAfter(attempts: number, first: number, random: number): number {
  const factor = PAUSES[Math.min(Math.max(1, attempts), PAUSES.length) - 1] as number;
  return Math.round(first * factor * (1 + random / 5));
}
