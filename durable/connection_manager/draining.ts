/**
 * Empties a manager: it takes no new connections, and ends those it has some at a time.
 *
 * @module
 */

import type { Connection } from "./connection.ts";
import type { ManagerStore } from "./store.ts";

const TURN_MS = 1000;

export interface DrainingOf {
  readonly connections: ReadonlyMap<string, Connection>;
  readonly store: ManagerStore;
  /** Per cent of the connections that there were at the beginning end in each turn. */
  readonly percent: number;
  end(connection: Connection): void;
}

export class Draining {
  readonly #of: DrainingOf;
  #isOn: boolean;
  /** Connections that end in a turn; null: to be reckoned. */
  #pace: number | null = null;

  constructor(of: DrainingOf) {
    this.#of = of;
    this.#isOn = of.store.isDraining;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  async set(isOn: boolean): Promise<void> {
    this.#isOn = isOn;
    this.#pace = null;
    this.#of.store.setDraining(isOn);
    await this.goOn();
  }

  /** Ends as many as a turn allows; an alarm comes for the next. */
  async goOn(): Promise<void> {
    if (!this.#isOn) return;
    const { connections, percent, store } = this.#of;
    this.#pace ??= Math.max(1, Math.ceil((connections.size * percent) / 100));
    const pace = this.#pace;
    const left = [...connections.values()].filter(({ socket, over }) => socket !== null && !over);
    for (const connection of left.slice(0, pace)) this.#of.end(connection);
    if (left.length > pace) await store.wakeBy(Date.now() + TURN_MS);
  }
}
