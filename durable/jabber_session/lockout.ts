/**
 * Locks an account for a while after failed sign-ins in a row (RFC 6120 §13.9.4).
 *
 * A locked account answers like a wrong password. Failures are counted in memory, so guessing costs no rows; the lock
 * itself is a row of the session.
 *
 * @module
 */
export class Lockout {
  readonly #limit: number;
  readonly #lockMs: number;
  #failures = 0;
  #until: number;

  /** `limit` 0: never locks. */
  constructor(limit: number, lockMs: number, until: number) {
    this.#limit = limit;
    this.#lockMs = lockMs;
    this.#until = until;
  }

  isLocked(now: number): boolean {
    return now < this.#until;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Forgets failures and lock; true if there was a lock. */
  lift(): boolean {
    const was = this.#until > 0;
    this.#failures = 0;
    this.#until = 0;
    return was;
  }

  /** Counts a failure; answers until when the account is locked, if this one locked it. */
  failed(now: number): number | undefined {
    this.#failures++;
    if (this.#limit === 0 || this.#failures < this.#limit || this.isLocked(now)) return undefined;
    this.#failures = 0;
    this.#until = now + this.#lockMs;
    return this.#until;
  }
}
