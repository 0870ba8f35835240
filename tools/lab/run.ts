/**
 * One run of the lab: every transport listens to one node at the same time, each through its own counted way, while the
 * events are published when their time comes.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { CountedWay, type Counts } from "./counting_proxy.ts";
import type { LabEvent } from "./events.ts";
import type { Place, Reader } from "./readers/reader.ts";
import { type Summary, summaryOf } from "./statistics.ts";
import { TRANSPORTS, type Transport } from "./transports.ts";

/** The server under test and what opens it. */
export interface Target extends Omit<Place, "port" | "user"> {
  /** Of the server, on loopback. */
  readonly port: number;
  /** One user per transport, so that none takes the other's place. */
  userOf(transport: string): string;
}

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly events: number;
  /** Milliseconds from the sending of the publish to the event. */
  readonly latency: Summary;
  /** From the first connection to the end of the run. */
  readonly counts: Counts;
  /** Of these, the bytes up and down before the first event: what it takes to listen. */
  readonly bytesToListen: number;
}

/** After the last event, so that the slowest poll comes to it; between two polls, so that as many come in every run. */
const TAIL_MS = 1750;

interface Stand {
  readonly transport: Transport;
  readonly way: CountedWay;
  readonly reader: Reader;
  /** Item → when it came. */
  readonly got: ReadonlyMap<string, number>;
  readonly bytesToListen: number;
}

/** @throws what went wrong at a reader, and where one did not get every event exactly once */
export async function runLab(target: Target, script: readonly LabEvent[], seconds: number): Promise<Result[]> {
  // An item that is published again is a repeat, so each run has ids of its own.
  const run = randomBytes(4).toString("hex");
  const events = script.map((event) => ({ ...event, id: `${run}-${event.id}` }));
  await publish(target, { id: run, payload: "<Update/>" }); // a node comes to be by its first item
  const stands: Stand[] = [];
  try {
    for (const transport of TRANSPORTS) stands.push(await standOf(transport, target));
    for (const { reader } of stands) reader.start();
    const faults = stands.map(async ({ reader, transport }) => {
      await reader.over;
      throw new Error(`${transport.title} ended before the run did`);
    });
    const sentAt = await Promise.race([tell(target, events, seconds), ...faults]);
    for (const fault of faults) fault.catch(() => {}); // they end now
    return stands.map((stand) => resultOf(stand, sentAt));
  } finally {
    for (const { reader, way } of stands) {
      await reader.stop().catch(() => {});
      await way.close();
    }
  }
}

async function standOf(transport: Transport, target: Target): Promise<Stand> {
  const way = await CountedWay.open(target.port, transport.way);
  const got = new Map<string, number>();
  const received = (id: string) => {
    if (got.has(id)) throw new Error(`${transport.title} told ${id} twice`);
    got.set(id, performance.now());
  };
  try {
    const reader = await transport.listen({ ...target, port: way.port, user: target.userOf(transport.name) }, received);
    return { transport, way, reader, got, bytesToListen: way.counts.bytesUp + way.counts.bytesDown };
  } catch (fault) {
    await way.close();
    throw fault;
  }
}

/** Publishes each event when its time comes; answers when each was sent. */
async function tell(target: Target, events: readonly LabEvent[], seconds: number): Promise<Map<string, number>> {
  const began = performance.now();
  const sentAt = new Map<string, number>();
  for (const event of events) {
    await until(began + event.at);
    sentAt.set(event.id, performance.now());
    await publish(target, event);
  }
  await until(began + seconds * 1000 + TAIL_MS);
  return sentAt;
}

const until = (time: number): Promise<void> => sleep(Math.max(0, time - performance.now()));

async function publish({ port, node, token }: Target, { id, payload }: Pick<LabEvent, "id" | "payload">): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/nodes/${encodeURIComponent(node)}/items`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id, payload }),
  });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`${id} was not published: ${answer.status} ${text}`);
}

function resultOf({ transport: { name, title }, way, got, bytesToListen }: Stand, sentAt: ReadonlyMap<string, number>): Result {
  const missing = [...sentAt.keys()].filter((id) => !got.has(id));
  if (missing.length > 0) throw new Error(`${title} did not tell ${missing.join(", ")}`);
  const latencies = [...sentAt].map(([id, sent]) => (got.get(id) ?? Number.NaN) - sent);
  return { name, title, events: latencies.length, latency: summaryOf(latencies), counts: way.counts, bytesToListen };
}
