/**
 * Calls to the sessions of contacts: to each one after the other, so that what it hears comes in order, and to so many at a time.
 *
 * @module
 */

import { logFault } from "../stubs.ts";

/** Contacts that are called at a time. */
const AT_A_TIME = 32;
/** How often what is not lasting is tried, and pauses between tries. */
const TRIES = 3;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;

export interface Call {
  /** Rejects where it is to be made again. */
  readonly make: () => Promise<void>;
  /** It is made until it succeeds: its rows bring it through a sleep. */
  readonly lasting: boolean;
  /** One that waits with the same name does for both. */
  readonly name?: string;
}

interface Queue {
  readonly calls: Call[];
  tries: number;
  /** Being called, or about to be. */
  isRunning: boolean;
}

export class Channels {
  readonly #queues = new Map<string, Queue>();
  readonly #ready: string[] = [];
  readonly #waitUntil: (work: Promise<unknown>) => void;
  /** Nothing is under way any more: what was settled can be written down. */
  readonly #idle: () => void;
  #lanes = 0;
  #whenIdle: (() => void)[] = [];

  constructor({ waitUntil, idle }: { waitUntil(work: Promise<unknown>): void; idle(): void }) {
    this.#waitUntil = waitUntil;
    this.#idle = idle;
  }

  /** Makes a call behind those to the same contact. */
  call(contact: string, call: Call): void {
    const queue = this.#queues.get(contact) ?? { calls: [], tries: 0, isRunning: false };
    this.#queues.set(contact, queue);
    // The first of them may be under way.
    if (call.name !== undefined && queue.calls.slice(1).some(({ name }) => name === call.name)) return;
    queue.calls.push(call);
    this.#wake(contact, queue);
  }

  /** Tries again what waits. */
  resume(): void {
    for (const [contact, queue] of this.#queues) this.#wake(contact, queue);
  }

  /** Settles when nothing is under way; what failed may wait still. */
  async idle(): Promise<void> {
    if (this.#lanes > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Settles when all that waits for a contact was said, or after so many milliseconds. */
  async quiet(contact: string, most: number): Promise<void> {
    const queue = this.#queues.get(contact);
    if (!queue || queue.calls.length === 0) return;
    const said = new Promise<void>((resolve) => queue.calls.push({ make: async () => resolve(), lasting: false }));
    await Promise.race([said, scheduler.wait(most)]);
  }

  #wake(contact: string, queue: Queue): void {
    if (queue.isRunning || queue.calls.length === 0) return;
    queue.isRunning = true;
    this.#ready.push(contact);
    if (this.#lanes >= AT_A_TIME) return;
    this.#lanes++;
    this.#waitUntil(this.#run());
  }

  async #run(): Promise<void> {
    for (let contact = this.#ready.shift(); contact !== undefined; contact = this.#ready.shift()) await this.#drain(contact);
    if (--this.#lanes > 0) return;
    this.#idle();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #drain(contact: string): Promise<void> {
    const queue = this.#queues.get(contact) as Queue;
    for (let call = queue.calls[0]; call; call = queue.calls[0]) {
      try {
        await call.make();
        queue.tries = 0;
        queue.calls.shift();
      } catch (error) {
        logFault("JabberSession", "contact", error);
        if (++queue.tries < TRIES || call.lasting) {
          queue.isRunning = false;
          // What lasts is looked at by the alarm, too.
          if (queue.tries <= TRIES)
            this.#waitUntil(scheduler.wait(Math.min(PAUSE_MS * 2 ** queue.tries, LONGEST_PAUSE_MS)).then(() => this.#wake(contact, queue)));
          return;
        }
        queue.tries = 0;
        queue.calls.shift();
      }
    }
    this.#queues.delete(contact);
  }
}
