/**
 * A reader that never reads, beside one that does: what it costs the server's memory and the neighbour's time.
 *
 * Twice: with stream management, which bounds what may be unacknowledged, and without, where the platform's buffer of the
 * socket is all there is.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";

import { PUBLISHER } from "../wire/support/accounts.ts";
import { connect, type RawClient } from "../wire/support/raw_client.ts";
import { Centre, teamNode, userOf } from "./centre.ts";
import { percentile } from "./report.ts";

const PAYLOAD = 50_000;
const ALLOWED_MEGABYTES = 16;
const SM = "urn:xmpp:sm:3";
const [STALLED, NEIGHBOUR] = [0, 2];

interface Seen {
  /** Megabytes that the server held towards the end: half of the time less, half of it more. */
  readonly level: number;
  readonly peak: number;
  readonly received: number;
  readonly late: number;
  /** Milliseconds from the request of the publish to the neighbour's frame. */
  readonly times: readonly number[];
  /** How the stalled stream ended, as far as its client could know. */
  readonly ended: string;
}

export class StalledReader {
  readonly #centre: Centre;
  readonly #megabytes: number;

  private constructor(centre: Centre, megabytes: number) {
    this.#centre = centre;
    this.#megabytes = megabytes;
  }

  static async make(megabytes: number): Promise<StalledReader> {
    return new StalledReader(await Centre.make(), megabytes);
  }

  stop(): Promise<void> {
    return this.#centre.stop();
  }

  /** Answers how many bounds were broken. */
  async carryOut(say: (line: string) => void): Promise<number> {
    await this.#centre.start();
    await this.#centre.importPeople(4);
    // What the server takes for any traffic, and gives back now and then, is not the stalled reader's doing.
    say(`nobody stalls:        ${described(await this.#measure("none"))}`);
    const usual = await this.#measure("none");
    say(`nobody, once more:    ${described(usual)}`);
    const managed = await this.#measure("managed");
    say(`stalled, XEP-0198:    ${described(managed)}`);
    const plain = await this.#measure("plain");
    say(`stalled, without:     ${described(plain)}`);
    const growths = [managed, plain].map(({ level }) => Math.round(10 * (level - usual.level)) / 10);
    const isOver = growths.map((growth) => growth >= ALLOWED_MEGABYTES);
    say(
      `${this.#megabytes} MB to a stalled reader: ${growths[0]} MB more than without one if it has stream management, ${growths[1]} MB if it has not; at most ${ALLOWED_MEGABYTES} MB are allowed`,
    );
    return isOver.filter(Boolean).length;
  }

  async #measure(stalling: "none" | "managed" | "plain"): Promise<Seen> {
    const node = teamNode("1");
    const neighbour = await this.#desk(NEIGHBOUR, node);
    const stalled = stalling === "none" ? undefined : await this.#desk(STALLED, node);
    if (stalling === "managed") {
      stalled?.send(`<enable xmlns="${SM}" resume="true"/>`);
      await stalled?.nextMatching(/^<enabled/);
    }
    stalled?.socket.pause();
    const samples: number[] = [];
    const times: number[] = [];
    const count = Math.ceil((this.#megabytes * 1_000_000) / PAYLOAD);
    for (let n = 1; n <= count; n++) {
      const sent = performance.now();
      const [status] = await Promise.all([this.#publish(node, n), neighbour.nextMatching(new RegExp(`;n&gt;${n}&`), 20_000)]);
      if (status !== 201) throw new Error(`publish: ${status}`);
      times.push(performance.now() - sent);
      // It reads, and as clients do it shows that now and then.
      if (n % 10 === 0) await neighbour.ping();
      if (n % 10 === 0) samples.push(this.#centre.residentKilobytes() / 1024);
    }
    const ended = stalled ? await endOf(stalled) : "";
    for (const desk of [neighbour, stalled]) desk?.cut();
    await pause(500);
    const level = percentile(samples.slice(-samples.length / 4), 0.5);
    return { level, peak: percentile(samples, 1), received: times.length, late: times.filter((each) => each > 1000).length, times, ended };
  }

  async #desk(reader: number, node: string): Promise<RawClient> {
    const socketUrl = `ws://127.0.0.1:${this.#centre.port}/ws/`;
    const desk = await (await connect({ socketUrl })).signIn({ user: userOf(reader), resource: "rig" });
    const answer = await desk.subscribe(node);
    if (!answer.includes('subscription="subscribed"')) throw new Error(answer);
    return desk;
  }

  async #publish(node: string, n: number): Promise<number> {
    const answer = await fetch(`${this.#centre.url}/api/v1/nodes/${encodeURIComponent(node)}/items`, {
      method: "POST",
      headers: { Authorization: PUBLISHER, "Content-Type": "application/xml" },
      body: `<U><n>${n}</n>${"x".repeat(PAYLOAD)}</U>`,
    });
    await answer.text();
    return answer.status;
  }
}

/** Reads what there is, up to the end of the stream. */
async function endOf(desk: RawClient): Promise<string> {
  desk.socket.resume();
  const frames = await desk.everythingFor(1500);
  const error = frames.findLast((frame) => frame.startsWith("<stream:error"));
  const told = error
    ? (/<stream:error[^>]*><([a-z-]+)/.exec(error)?.[1] ?? "an error")
    : desk.socket.readyState === 1
      ? "nothing, it goes on"
      : "a closed socket";
  return `; once it read: ${frames.filter((frame) => frame.startsWith("<message")).length} items, then ${told}`;
}

function described({ level, peak, received, late, times, ended }: Seen): string {
  const latency = `neighbour had ${received} in ${percentile(times, 0.5)} ms each, 99 % in ${percentile(times, 0.99)} ms, ${late} later than 1 s`;
  return `memory ${level} MB (peak ${peak} MB); ${latency}${ended}`;
}
