/**
 * Is the peer of a stream still there (docs/protocol.md: Dead peers)?
 *
 * Any frame counts as life. A client that pings is missed after three of its own intervals; one that has answered a probe,
 * when it leaves one unanswered; of one that never did either, silence says nothing for a long time: some desktops never
 * answer. Whoever is silent is probed first, since a page in the background may ping more seldom than it says.
 *
 * @module
 */

/** Unix milliseconds; 0: never. */
export interface Life {
  heardAt: number;
  pingedAt: number;
  /** Between its last two pings; 0: it does not ping. */
  pingEvery: number;
  /** 1: it has answered a probe. */
  answers: number;
  probedAt: number;
}

export interface LivenessTimes {
  /** The least silence that makes a client that pings dead. */
  readonly missedPingsMs: number;
  /** Silence after which a client that does not ping is probed. */
  readonly probeAfterMs: number;
  /** How long an answer to a probe is waited for. */
  readonly probeWaitMs: number;
  /** Silence that makes any client dead. */
  readonly deadAfterMs: number;
}

export const LIFE_LENGTH = 5;
/** Pings further apart are none that anything could be told by. */
const SELDOM_MS = 120_000;
const MISSED = 3;

/** A frame came: `ping` or the answer to our probe, or anything else. */
export function heard(life: Life, now: number, kind: "ping" | "answer" | "frame"): void {
  if (kind === "ping") {
    const gap = now - life.pingedAt;
    life.pingEvery = life.pingedAt > 0 && gap < SELDOM_MS ? gap : 0;
    life.pingedAt = now;
  }
  if (kind === "answer") life.answers = 1;
  life.heardAt = now;
}

/** What to do about a peer, and when to look again at the latest. */
export function verdictOn(life: Life, now: number, times: LivenessTimes): { readonly verdict: "alive" | "probe" | "dead"; readonly next: number } {
  const { heardAt, pingEvery, answers, probedAt } = life;
  const isProbed = probedAt >= heardAt && probedAt > 0;
  const [probeAt, deadAt] = deadlines();
  if (now >= deadAt) return { verdict: "dead", next: now };
  if (!isProbed && now >= probeAt) return { verdict: "probe", next: Math.min(deadAt, now + times.probeWaitMs) };
  return { verdict: "alive", next: isProbed ? deadAt : Math.min(probeAt, deadAt) };

  function deadlines(): readonly [number, number] {
    if (pingEvery > 0) {
      const limit = Math.max(times.missedPingsMs, MISSED * pingEvery);
      return [heardAt + (limit * 2) / 3, heardAt + limit];
    }
    const probe = heardAt + times.probeAfterMs;
    if (answers === 1 && isProbed) return [probe, probedAt + times.probeWaitMs];
    return [probe, heardAt + times.deadAfterMs];
  }
}
