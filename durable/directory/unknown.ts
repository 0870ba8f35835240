/**
 * Who was told a moment ago that there is no such user: managers remember that, and must hear when there is one.
 *
 * Memory alone: what it forgets, the managers forget within the same time.
 *
 * @module
 */

/** Names remembered at a time. */
const REMEMBERED = 10_000;

export class Unknown {
  readonly #forMs: number;
  readonly #asked = new Map<string, { until: number; readonly managers: Set<string> }>();

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  /** A manager was told that the jid is nobody's. */
  told(jid: string, manager: string, now: number): void {
    const known = this.#asked.get(jid);
    if (known) {
      known.until = now + this.#forMs;
      known.managers.add(manager);
      return;
    }
    if (this.#asked.size >= REMEMBERED) this.#forget(now);
    this.#asked.set(jid, { until: now + this.#forMs, managers: new Set([manager]) });
  }

  #forget(now: number): void {
    for (const [jid, { until }] of this.#asked) if (until < now) this.#asked.delete(jid);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size >= REMEMBERED && oldest !== undefined) this.#asked.delete(oldest);
  }

  /** The managers to tell that these jids are somebody's now, with the jids of each. */
  take(jids: Iterable<string>): Map<string, string[]> {
    const byManager = new Map<string, string[]>();
    for (const jid of jids) {
      for (const manager of this.#asked.get(jid)?.managers ?? []) byManager.set(manager, [...(byManager.get(manager) ?? []), jid]);
      this.#asked.delete(jid);
    }
    return byManager;
  }
}
