/**
 * Moments as texts.
 *
 * @module
 */

/** The moment in ISO 8601; "" where it is not known, or none that a date can be. */
export function timeText(at: number | null): string {
  if (at === null) return "";
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
