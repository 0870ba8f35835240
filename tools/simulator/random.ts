/**
 * Chance from a seed: the same seed tells the same story.
 *
 * @module
 */

/** A number from 0 to below 1. */
export type Random = () => number;

/** Mulberry32: small, fast, and good enough for a story. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function between(random: Random, [from, to]: readonly [from: number, to: number]): number {
  return from + random() * (to - from);
}

export function oneOf<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}
