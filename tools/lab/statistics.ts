/**
 * What many latencies come to.
 *
 * @module
 */

export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** The smallest value that is not below a share of all (nearest rank); NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function summaryOf(values: readonly number[]): Summary {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), max: percentile(values, 1) };
}

/** How far two counts are apart, as a share of the larger one. */
export function apart(one: number, other: number): number {
  const larger = Math.max(one, other);
  return larger === 0 ? 0 : Math.abs(one - other) / larger;
}
