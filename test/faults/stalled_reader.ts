/**
 * A reader that never reads, beside one that does: what it costs the server's memory and the neighbour's time.
 *
 * With stream management, which bounds what may be unacknowledged; and without, where the platform's buffer of the socket is
 * all there is: one that says nothing, one that goes on to send, and one that does so having answered a probe before.
 *
 * What a server holds rises with all that it has done, and differs from one start to the next. So each case has a server of
 * its own, which first has the same traffic with nobody who stalls, and what that leaves is the level; how much more it
 * holds after as much again without one is measured on a server, too.
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
/** Items after which a reader has been asked whether it reads. */
const PROBED_BY = 15;
const [STALLED, NEIGHBOUR] = [0, 2];

const STALLS = {
  managed: "with stream management",
  silent: "without, silent",
  answered: "without, goes on to send, answered a probe before",
  sends: "without, goes on to send, never answered one",
} as const;

type Stalling = keyof typeof STALLS;

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
  readonly #megabytes: number;
  #centre: Centre;

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

  async #anotherServer(): Promise<void> {
    await this.#centre.stop();
    this.#centre = await Centre.make();
    await this.#centre.start();
    await this.#centre.importPeople(4);
  }

  /** Answers how many bounds were broken. */
  async carryOut(say: (line: string) => void): Promise<number> {
    const growths: number[] = [];
    for (const stalling of ["none", ...(Object.keys(STALLS) as Stalling[])] as const) {
      await this.#anotherServer();
      const usual = await this.#measure("none");
      say(`a server of its own, nobody stalls: ${described(usual)}`);
      const seen = await this.#measure(stalling);
      say(`${stalling === "none" ? "nobody, once more" : `stalled, ${STALLS[stalling]}`}: ${described(seen)}`);
      growths.push(Math.round(10 * (seen.level - usual.level)) / 10);
    }
    const [unstalled, ...stalled] = growths;
    const told = Object.values(STALLS).map((what, index) => `${stalled[index]} MB (${what})`);
    say(
      `${this.#megabytes} MB to a stalled reader, above what the server held after as much without one: ${told.join(", ")}; nobody, once more: ${unstalled} MB; at most ${ALLOWED_MEGABYTES} MB are allowed`,
    );
    return stalled.filter((growth) => growth >= ALLOWED_MEGABYTES).length;
  }

  async #measure(stalling: "none" | Stalling): Promise<Seen> {
    const node = teamNode("1");
    const neighbour = await this.#desk(NEIGHBOUR, node);
    answerProbes(neighbour);
    const stalled = stalling === "none" ? undefined : await this.#desk(STALLED, node);
    if (stalling === "managed") {
      stalled?.send(`<enable xmlns="${SM}" resume="true"/>`);
      await stalled?.nextMatching(/^<enabled/);
    }
    if (stalled && stalling === "answered") await this.#answerOne(stalled, node);
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
      if (stalling === "sends" || stalling === "answered") sayBlindly(stalled);
      if (n % 10 === 0) samples.push(this.#centre.residentKilobytes() / 1024);
    }
    const ended = stalled ? await endOf(stalled) : "";
    for (const desk of [neighbour, stalled]) desk?.cut();
    await pause(500);
    const level = percentile(samples.slice(-samples.length / 4), 0.5);
    return { level, peak: percentile(samples, 1), received: times.length, late: times.filter((each) => each > 1000).length, times, ended };
  }

  /** It is sent enough to be asked whether it reads, and says so. */
  async #answerOne(desk: RawClient, node: string): Promise<void> {
    const isAsked = answerProbes(desk);
    for (let n = 0; n < PROBED_BY; n++) await this.#publish(node, -n);
    await isAsked;
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

/** A client that answers probes, as many do; settles with the first. */
function answerProbes(desk: RawClient): Promise<void> {
  return new Promise((asked) => {
    desk.socket.on("message", (data: Buffer) => {
      const id = /\bid="(are-you-there[^"]*)"/.exec(String(data.subarray(0, 200)))?.[1];
      if (!id) return;
      desk.send(`<iq xmlns="jabber:client" type="result" id="${id}"/>`);
      asked();
    });
  });
}

/** It pings, and does not look for the answer. */
function sayBlindly(desk: RawClient | undefined): void {
  if (desk?.socket.readyState === 1) desk.send('<iq xmlns="jabber:client" type="get" id="blind"><ping xmlns="urn:xmpp:ping"/></iq>');
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
