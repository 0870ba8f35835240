/**
 * The events that the page plays: from a seed their times and texts, about one a second in bursts.
 *
 * @module
 */

export interface LabEvent {
  /** Milliseconds after the beginning. */
  readonly at: number;
  readonly payload: string;
}

const STATES = ["READY", "RESERVED", "TALKING", "WORK", "NOT_READY"] as const;
const REASONS = ["Break", "Lunch", "Team meeting", "E-mail"] as const;
const BEGINNING = Date.UTC(2026, 0, 5, 9);
const [LEAD_IN_MS, WITHIN_MS, PAUSE_MS] = [400, [120, 320], [900, 3700]] as const;

/** The same for the same seed. */
export function eventsOf({ seed, seconds }: { readonly seed: number; readonly seconds: number }): LabEvent[] {
  const random = seeded(seed);
  const between = ([from, to]: readonly [number, number]) => from + random() * (to - from);
  const events: LabEvent[] = [];
  for (let at = LEAD_IN_MS; ; at += between(PAUSE_MS)) {
    for (let left = 1 + Math.floor(random() * 5); left > 0; left--) {
      if (at >= seconds * 1000) return events;
      events.push({ at: Math.round(at), payload: told(random, at) });
      if (left > 1) at += between(WITHIN_MS);
    }
  }
}

/** A colleague's state, as Finesse tells a team of it. */
function told(random: () => number, at: number): string {
  const state = STATES[Math.floor(random() * STATES.length)] ?? STATES[0];
  const id = 1001 + Math.floor(random() * 4);
  const reason = state === "NOT_READY" ? `<ReasonCode><category>NOT_READY</category><label>${REASONS[Math.floor(random() * 4)]}</label></ReasonCode>` : "";
  const fields = `<dialogs>/finesse/api/User/${id}/Dialogs</dialogs><extension>${id + 1000}</extension><loginId>${id}</loginId><pendingState/>${reason}<state>${state}</state>`;
  const since = new Date(BEGINNING + Math.round(at)).toISOString();
  return `<Update><data><user>${fields}<stateChangeTime>${since}</stateChangeTime><uri>/finesse/api/User/${id}</uri></user></data><event>PUT</event><requestId/><source>/finesse/api/User/${id}</source></Update>`;
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The smallest value that is not below a share of all (nearest rank); null of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
