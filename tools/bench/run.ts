/**
 * One run: everybody connected, one kind after the other published to, then all of them.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { eventsOf } from "../lab/events.ts";
import { importPeople, type OwnServer, withOwnServer } from "../own_server.ts";
import { Problem } from "../start/problem.ts";
import { Crowd } from "./crowd.ts";
import { type Audit, together } from "./ledger.ts";
import type { BenchOptions } from "./options.ts";
import { Publisher } from "./publisher.ts";
import type { Kind } from "./readers.ts";
import { ServerProcess } from "./server_process.ts";

export interface Phase {
  /** All of them: everybody is published to. */
  readonly kinds: readonly Kind[];
  readonly deliveries: number;
  readonly seconds: number;
  /** Of the server's processes, while it ran. */
  readonly cpuSeconds: number;
  /** Milliseconds from the sending of the publish. */
  readonly latencies: Readonly<Record<string, readonly number[]>>;
}

export interface Outcome {
  readonly phases: readonly Phase[];
  /** Server's CPU, of a second, while nothing was published to anybody. */
  readonly idleShare: number;
  /** Of each kind, as it came beside the ones before. */
  readonly memoryKb: Readonly<Partial<Record<Kind, number>>>;
  readonly audit: Audit;
}

/** Nothing is measured while workerd still compiles what it runs; no longer than a phase. */
const WARM_SECONDS = 3;
/** After the sign-ins, and before memory is read; no longer than a phase. */
const SETTLE_SECONDS = 4;
/** How long the last delivery may take. */
const DRAIN_MS = 15_000;
/** Sign-ins are not what is measured. */
const SERVER = { SCRAM_ITERATIONS: "4096" };
const PAYLOADS = { seed: 1, seconds: 300 };

/** @throws {Problem} where there is no /proc; else where a reader was lost on the way, or the server did not take what was published */
export async function runBench(options: BenchOptions, say: (what: string) => void): Promise<Outcome> {
  if (process.platform !== "linux") throw new Problem("This reads /proc, so it needs Linux.");
  return await withOwnServer(SERVER, async (server) => {
    const bench = new Bench(options, server, say);
    try {
      return await bench.run();
    } finally {
      bench.close();
    }
  });
}

class Bench {
  readonly #options: BenchOptions;
  readonly #server: OwnServer;
  readonly #process: ServerProcess;
  readonly #say: (what: string) => void;
  readonly #crowds: readonly Crowd[];
  readonly #publisher: Publisher;
  #fault: Error | null = null;

  constructor(options: BenchOptions, server: OwnServer, say: (what: string) => void) {
    this.#options = options;
    this.#server = server;
    this.#process = new ServerProcess(server.pid);
    this.#say = say;
    this.#publisher = new Publisher(server.port, server.publishToken);
    const payloads = eventsOf(PAYLOADS).map(({ payload }) => payload);
    const run = randomBytes(4).toString("hex");
    const lost = (why: Error) => {
      this.#fault ??= why;
    };
    this.#crowds = options.kinds.map((kind) => new Crowd({ kind, users: options.users, team: options.team, run, payloads, lost }));
  }

  async run(): Promise<Outcome> {
    const memoryKb = await this.#connectAll();
    const idleShare = await this.#idle();
    const phases: Phase[] = [];
    const turns = Array.from({ length: this.#options.rounds }, () => this.#crowds.map((crowd) => [crowd])).flat();
    for (const crowds of this.#crowds.length > 1 ? [...turns, this.#crowds] : turns) phases.push(await this.#phase(crowds));
    return { phases, idleShare, memoryKb, audit: together(this.#crowds.map(({ audit }) => audit)) };
  }

  close(): void {
    for (const crowd of this.#crowds) crowd.close();
    this.#publisher.close();
  }

  async #connectAll(): Promise<Outcome["memoryKb"]> {
    const password = randomBytes(12).toString("hex");
    await importPeople(
      this.#server,
      this.#crowds.flatMap((crowd) => crowd.people(password)),
    );
    const memoryKb: Partial<Record<Kind, number>> = {};
    for (const crowd of this.#crowds) {
      for (const item of crowd.firstItems()) await this.#publisher.publish(item);
      const before = this.#process.memoryKb();
      const since = performance.now();
      await crowd.connect({ port: this.#server.port, token: this.#server.publishToken, domain: "localhost", password });
      this.#say(`${this.#options.users} over ${crowd.kind} after ${seconds(since)} s`);
      await sleep(Math.min(SETTLE_SECONDS, this.#options.seconds) * 1000);
      memoryKb[crowd.kind] = this.#process.memoryKb() - before;
    }
    return memoryKb;
  }

  async #idle(): Promise<number> {
    const [since, cpu] = [performance.now(), this.#process.cpuSeconds()];
    await sleep(this.#options.seconds * 1000);
    return (this.#process.cpuSeconds() - cpu) / ((performance.now() - since) / 1000);
  }

  /** Publishes to these crowds, and waits until everybody has had everything. */
  async #phase(crowds: readonly Crowd[]): Promise<Phase> {
    const { seconds: length } = this.#options;
    await this.#publish(crowds, Math.min(WARM_SECONDS, length));
    for (const crowd of crowds) crowd.takeLatencies();
    const [since, cpu] = [performance.now(), this.#process.cpuSeconds()];
    await this.#publish(crowds, length);
    const phase = { cpuSeconds: this.#process.cpuSeconds() - cpu, seconds: (performance.now() - since) / 1000 };
    const latencies = Object.fromEntries(crowds.map((crowd) => [crowd.kind, crowd.takeLatencies()]));
    const deliveries = Object.values(latencies).reduce((sum, { length: count }) => sum + count, 0);
    const kinds = crowds.map(({ kind }) => kind);
    this.#say(`${kinds.join(", ")}: ${deliveries} deliveries in ${phase.seconds.toFixed(1)} s`);
    return { kinds, deliveries, latencies, ...phase };
  }

  async #publish(crowds: readonly Crowd[], length: number): Promise<void> {
    const { rate, team } = this.#options;
    let turn = 0;
    const item = () => (crowds[turn++ % crowds.length] as Crowd).next();
    await this.#publisher.run({ perSecond: rate / team, seconds: length, item });
    for (const until = performance.now() + DRAIN_MS; performance.now() < until && !crowds.every(({ isComplete }) => isComplete); ) {
      if (this.#fault) throw this.#fault;
      await sleep(20);
    }
    if (this.#fault) throw this.#fault;
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
