/**
 * How far behind an object is: how long something that could be done at once has to wait for its turn.
 *
 * Where many sign in at the same time each of them waits at every step; beyond some time their clients give up, and all
 * that was done for them was for nothing.
 *
 * @module
 */

export class Lag {
  readonly #turn: () => Promise<unknown>;
  /** When the measurement under way began, in Unix milliseconds; null: there is none. */
  #since: number | null = null;
  #last = 0;

  /** `turn` settles as soon as everything that waited before it was done. */
  constructor(turn: () => Promise<unknown>) {
    this.#turn = turn;
  }

  /** Milliseconds, as found last or as they stand by now; begins the next measurement. */
  measure(now: number): number {
    if (this.#since !== null) return Math.max(this.#last, now - this.#since);
    this.#since = now;
    void this.#turn().then(() => {
      this.#last = Date.now() - now;
      this.#since = null;
    });
    return this.#last;
  }
}
