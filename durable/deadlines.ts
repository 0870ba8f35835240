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

/** How often deadlines are looked at: none is kept more exactly than this. */
const TICK_MS = 500;

export class Deadlines {
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /**
   * Waits for a call, at most so long, give or take half a second.
   *
   * @throws {Unanswered} when the time is over; the call itself may still arrive
   */
  within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => reject(new Unanswered(`Call not answered within ${milliseconds} ms`));
      const waiting: Waiting = { at: Date.now() + milliseconds, giveUp };
      this.#waiting.add(waiting);
      this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
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

  #tick(): void {
    this.#timer = null;
    const now = Date.now();
    for (const waiting of this.#waiting) {
      if (waiting.at > now) continue;
      this.#waiting.delete(waiting);
      waiting.giveUp();
    }
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }
}
