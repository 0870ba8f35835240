/**
 * The simulator at work: lets time pass in the model, publishes what it tells, and renews the service contact's lease.
 *
 * @module
 */

import { randomUUID } from "node:crypto";

import type { Floor } from "./floor.ts";
import { seeded } from "./random.ts";
import { type Access, Server } from "./server.ts";
import { openCentre, step } from "./step.ts";
import type { Update } from "./update.ts";

const TICK_MS = 250;
const LEASE_MS = 10_000;
const LEASE_S = 30;
const LANES = 8;
/** Updates that may wait; with more, time stands still in the model. */
const MAX_WAITING = 200;

export interface Plan extends Access {
  readonly floor: Floor;
  readonly seed: number;
  readonly speed: number;
  readonly say: (sentence: string) => void;
}

export interface Simulation {
  /** Done when the first updates are published: then every queue has its node. */
  readonly started: Promise<void>;
  /** Ends at once; what was not published yet is dropped. */
  stop(): void;
  /** Fails with what ended it, other than `stop()`. */
  readonly ended: Promise<void>;
}

/** Starts; goes on until it is stopped or the token is refused. */
export function simulate({ floor, seed, speed, say, ...access }: Plan): Simulation {
  const server = new Server(access, say);
  const ended = Promise.withResolvers<void>();
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    server.stop();
    for (const timer of timers) clearInterval(timer);
    ended.resolve();
  };
  const fail = (fault: unknown): void => {
    ended.reject(fault);
    stop();
  };
  const publisher = new Publisher(server, fail);
  const random = seeded(seed);
  const centre = openCentre(floor, { now: Date.now(), random, speed });
  const tick = (): void => {
    if (publisher.waiting < MAX_WAITING) for (const update of step(centre, Date.now(), random)) publisher.publish(update);
  };
  tick();
  const started = publisher.done();
  timers.push(setInterval(tick, TICK_MS), setInterval(leaseRenewal(server, fail), LEASE_MS));
  return { started, stop, ended: ended.promise };
}

/** Renews the lease, now and whenever called; while one attempt goes on there is no other. */
function leaseRenewal(server: Server, fail: (fault: unknown) => void): () => void {
  let renewing = false;
  const renew = (): void => {
    if (renewing) return;
    renewing = true;
    const body = JSON.stringify({ available: true, for: LEASE_S });
    server
      .ask({ method: "PUT", path: "service-contact", type: "application/json", body })
      .finally(() => (renewing = false))
      .catch(fail);
  };
  renew();
  return renew;
}

/** Publishes in order what concerns the same agent or queue, and several of them at a time. */
class Publisher {
  readonly #server: Server;
  readonly #fail: (fault: unknown) => void;
  readonly #lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
  /** Keys are unlike those of any other run. */
  readonly #run = randomUUID();
  #count = 0;
  waiting = 0;

  constructor(server: Server, fail: (fault: unknown) => void) {
    this.#server = server;
    this.#fail = fail;
  }

  publish(update: Update): void {
    const lane = laneOf(update.subject);
    const key = `${this.#run}-${++this.#count}`;
    this.waiting++;
    const published = this.#lanes[lane]
      ?.then(() => this.#server.ask({ method: "POST", path: `nodes/${encodeURIComponent(update.node)}/items`, type: "application/xml", body: update.xml, key }))
      .catch(this.#fail)
      .finally(() => this.waiting--);
    if (published) this.#lanes[lane] = published;
  }

  /** Waits until all is published that was told so far. */
  async done(): Promise<void> {
    await Promise.all(this.#lanes);
  }
}

function laneOf(subject: string): number {
  let sum = 0;
  for (const character of subject) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % LANES;
}
