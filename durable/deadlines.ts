/**
 * Deadlines of an object's calls: one timer for all that wait, none while nothing does.
 *
 * A timer per call would cost a busy object more than the bookkeeping of the call itself, and a timer that stays would
 * keep an idle one awake.
 *
 * @module
 */

import { Unanswered } from "./stubs.ts";

interface Waiting {
  readonly at: number;
  readonly giveUp: () => void;
}

export class Deadlines {
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #firesAt = 0;

  /**
   * Waits for a call, at most so long.
   *
   * @throws {Unanswered} when the time is over; the call itself may still arrive
   */
  within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const at = Date.now() + milliseconds;
      const waiting: Waiting = { at, giveUp: () => reject(new Unanswered(`Call not answered within ${milliseconds} ms`)) };
      this.#waiting.add(waiting);
      if (this.#timer === null || at < this.#firesAt) this.#arm(at);
      call.then(
        (value) => {
          this.#done(waiting);
          resolve(value);
        },
        (error) => {
          this.#done(waiting);
          reject(error);
        },
      );
    });
  }

  #done(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0 || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(at: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#firesAt = at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, at - Date.now()));
  }

  #fire(): void {
    this.#timer = null;
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      if (waiting.at > now) {
        next = Math.min(next, waiting.at);
        continue;
      }
      this.#waiting.delete(waiting);
      waiting.giveUp();
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
