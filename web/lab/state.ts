/**
 * A run of the lab in the page, and what it has found so far, as signals.
 *
 * @module
 */

import { batch, type Signal, signal } from "@preact/signals";

import type { Access, Counts, Transport } from "./access.ts";
import { Estimates } from "./estimates.ts";
import { eventsOf } from "./events.ts";
import { pause } from "./pause.ts";
import { READERS } from "./readers.ts";

export interface Row {
  readonly transport: Transport;
  /** Per event that came: when, after the beginning, and how late; milliseconds. */
  readonly came: readonly { readonly at: number; readonly latency: number }[];
  readonly counts: Counts | null;
}

/** Bytes of each transport, up and down, at a time. */
export interface Sample {
  readonly at: number;
  readonly bytes: Readonly<Partial<Record<Transport, number>>>;
}

export type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "preparing" }
  | { readonly kind: "running" }
  | { readonly kind: "done" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly why: string };

const TICK_MS = 500;
/** After the last event, so that the slowest poll comes to it; between two polls, so that as many come in every run. */
const TAIL_MS = 1750;

export class Lab {
  readonly phase: Signal<Phase> = signal<Phase>({ kind: "idle" });
  readonly rows = signal<readonly Row[]>([]);
  readonly samples = signal<readonly Sample[]>([]);
  /** Events that were published. */
  readonly told = signal(0);
  readonly planned = signal(0);
  #stopping: AbortController | null = null;

  get isBusy(): boolean {
    return this.phase.value.kind === "preparing" || this.phase.value.kind === "running";
  }

  stop(): void {
    this.#stopping?.abort();
  }

  /** Runs to the end, or until it is stopped or something fails. */
  async run(access: Access, { seed, seconds }: { readonly seed: number; readonly seconds: number }): Promise<void> {
    const events = eventsOf({ seed, seconds });
    const stopping = new AbortController();
    this.#stopping = stopping;
    batch(() => {
      this.phase.value = { kind: "preparing" };
      this.rows.value = access.transports.map((transport) => ({ transport, came: [], counts: null }));
      this.samples.value = [];
      this.told.value = 0;
      this.planned.value = events.length;
    });
    try {
      const run = new Run(this, access, stopping.signal);
      const outcome = await run.to(events, seconds * 1000 + TAIL_MS);
      this.phase.value = { kind: outcome };
    } catch (fault) {
      this.phase.value = stopping.signal.aborted ? { kind: "stopped" } : { kind: "failed", why: fault instanceof Error ? fault.message : String(fault) };
    } finally {
      stopping.abort();
    }
  }
}

class Run {
  readonly #lab: Lab;
  readonly #access: Access;
  readonly #signal: AbortSignal;
  readonly #id = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(16) ?? "0";
  readonly #sentAt = new Map<string, number>();
  readonly #estimates: Estimates | null;
  #began = 0;

  constructor(lab: Lab, access: Access, signal: AbortSignal) {
    this.#lab = lab;
    this.#access = access;
    this.#signal = signal;
    this.#estimates = access.isExact ? null : new Estimates(access.transports, signal);
  }

  async to(events: ReturnType<typeof eventsOf>, length: number): Promise<"done"> {
    const access = this.#access;
    await access.reset();
    await access.publish(this.#id, { payload: "<Update/>" }); // a node comes to be by its first item
    const listening = await Promise.all(access.transports.map((transport) => this.#listen(transport)));
    this.#lab.phase.value = { kind: "running" };
    this.#began = performance.now();
    const faults = listening.map(async (goOn) => {
      await goOn();
      throw new Error("A reader ended before the run did");
    });
    for (const fault of faults) fault.catch(() => {}); // the first of them is told below
    await Promise.race([this.#play(events, length), ...faults]);
    return "done";
  }

  #listen(transport: Transport): Promise<() => Promise<void>> {
    return READERS[transport]({
      access: this.#access,
      transport,
      signal: this.#signal,
      received: (id) => this.#received(transport, id),
      counted: (bytes) => this.#estimates?.add(transport, bytes),
    });
  }

  #received(transport: Transport, id: string): void {
    const sent = this.#sentAt.get(id);
    if (sent === undefined) return;
    const now = performance.now();
    const came = { at: now - this.#began, latency: now - sent };
    this.#lab.rows.value = this.#lab.rows.value.map((row) => (row.transport === transport ? { ...row, came: [...row.came, came] } : row));
  }

  async #play(events: ReturnType<typeof eventsOf>, length: number): Promise<void> {
    const counting = setInterval(() => void this.#count().catch(() => {}), TICK_MS);
    try {
      for (const [n, event] of events.entries()) {
        await this.#until(event.at);
        const id = `${this.#id}-${n + 1}`;
        this.#sentAt.set(id, performance.now());
        await this.#access.publish(id, event);
        this.#lab.told.value = n + 1;
      }
      await this.#until(length);
    } finally {
      clearInterval(counting);
    }
    await this.#count();
  }

  async #count(): Promise<void> {
    const counts = (await this.#access.counts()) ?? this.#estimates?.counts;
    if (!counts) return;
    const bytes = Object.fromEntries(Object.entries(counts).map(([name, { bytesUp, bytesDown }]) => [name, (bytesUp ?? 0) + bytesDown]));
    batch(() => {
      this.#lab.rows.value = this.#lab.rows.value.map((row) => ({ ...row, counts: counts[row.transport] ?? null }));
      this.#lab.samples.value = [...this.#lab.samples.value, { at: performance.now() - this.#began, bytes }];
    });
  }

  #until(time: number): Promise<void> {
    return pause(this.#began + time - performance.now(), this.#signal);
  }
}
