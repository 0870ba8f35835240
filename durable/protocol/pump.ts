/**
 * What waits for one connection manager at one host (docs/protocol.md: Deliver).
 *
 * At most one call is in flight to a manager; it carries everything that waits, so that batching and back-pressure are
 * one thing. Unanswered, the same batch goes again after a growing pause. What waits is bounded in number, size and age;
 * beyond a bound the listener is lost, and the next audit tells the manager.
 *
 * @module
 */

import type { Item } from "../contract.ts";

export interface PumpBounds {
  readonly items: number;
  /** In characters of head and tail. */
  readonly bytes: number;
  readonly ageMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly retryOverloadedMs: number;
}

interface Waiting {
  readonly item: Item;
  readonly since: number;
}

export class Pump {
  readonly #bounds: PumpBounds;
  #waiting: Waiting[] = [];
  #flight: Waiting[] = [];
  /** What is in flight was given up meanwhile; its call still holds back the next. */
  #givenUp = false;
  #bytes = 0;
  #failures = 0;
  /** Unix milliseconds before which the next attempt is not due. */
  notBefore = 0;

  constructor(bounds: PumpBounds) {
    this.#bounds = bounds;
  }

  get inFlight(): boolean {
    return this.#flight.length > 0;
  }

  get idle(): boolean {
    return this.#flight.length === 0 && this.#waiting.length === 0;
  }

  get #kept(): readonly Waiting[] {
    return this.#givenUp ? [] : this.#flight;
  }

  /** Adds an item; false: a bound is passed, the listener is lost, and nothing waits any more. */
  push(item: Item, now: number): boolean {
    const oldest = this.#kept[0] ?? this.#waiting[0];
    const bytes = item.head.length + item.tail.length;
    const full = this.#waiting.length + this.#kept.length >= this.#bounds.items || this.#bytes + bytes > this.#bounds.bytes;
    if (full || (oldest && now - oldest.since > this.#bounds.ageMs)) return false;
    this.#waiting.push({ item, since: now });
    this.#bytes += bytes;
    return true;
  }

  /** Everything that has waited too long for this manager: it is to be given up. */
  expired(now: number): boolean {
    const oldest = this.#kept[0] ?? this.#waiting[0];
    return oldest !== undefined && now - oldest.since > this.#bounds.ageMs;
  }

  /** Starts a call, if one is due: the batch to send. A batch that failed comes again as it was. */
  begin(now: number): readonly Item[] | null {
    if (this.#flight.length > 0 || this.#waiting.length === 0 || now < this.notBefore) return null;
    this.#flight = this.#waiting;
    this.#waiting = [];
    return this.#flight.map(({ item }) => item);
  }

  /** The call was answered: the items that are done. */
  answered(): readonly Item[] {
    const done = this.#kept.map(({ item }) => item);
    [this.#flight, this.#givenUp] = [[], false];
    this.#failures = 0;
    this.notBefore = 0;
    for (const { head, tail } of done) this.#bytes -= head.length + tail.length;
    return done;
  }

  /**
   * The call failed or was not answered in time: the batch goes back to the front.
   *
   * @param jitter 0 to 1
   * @returns milliseconds until the next attempt
   */
  failed(now: number, overloaded: boolean, jitter: number): number {
    // What was in flight stays one batch, in its order, ahead of what came since.
    this.#waiting = [...this.#kept, ...this.#waiting];
    [this.#flight, this.#givenUp] = [[], false];
    const { retryMinMs, retryMaxMs, retryOverloadedMs } = this.#bounds;
    const base = Math.min(retryMaxMs, (overloaded ? retryOverloadedMs : retryMinMs) * 2 ** this.#failures++);
    const pause = Math.round(base * (0.5 + jitter / 2));
    this.notBefore = now + pause;
    return pause;
  }

  /** Gives up: the items that nobody will hear of. A call in flight stays the only one until it is answered. */
  clear(): readonly Item[] {
    const given = [...this.#kept, ...this.#waiting].map(({ item }) => item);
    this.#givenUp = this.#flight.length > 0;
    [this.#waiting, this.#bytes, this.#failures, this.notBefore] = [[], 0, 0, 0];
    return given;
  }
}
