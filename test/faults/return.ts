/**
 * A crash, and everybody comes back: how long it takes, and whether anybody is left behind.
 *
 * Agents reconnect as clients should: after a random wait within a bound that doubles, and after `Retry-After`
 * where the server names one.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";

import { Centre, DOMAIN, teamNode, teamOf, userOf } from "./centre.ts";
import { percentile } from "./report.ts";

/** The first try is made at any moment of these; each further wait is up to twice as long. */
const FIRST_MS = 10_000;
const MOST_MS = 40_000;
const TRY_MS = 30_000;
/** Who is not back by then is counted as a failure. */
const PATIENCE_MS = 240_000;
const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";

export class Return {
  readonly #centre: Centre;
  readonly #agents: number;
  readonly #sockets = new Map<number, WebSocket>();
  #isOver = false;
  #refused = 0;
  #broken = 0;
  readonly #why = new Map<string, number>();

  private constructor(centre: Centre, agents: number) {
    this.#centre = centre;
    this.#agents = agents;
  }

  static async make(agents: number): Promise<Return> {
    return new Return(await Centre.make(), agents);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    for (const socket of this.#sockets.values()) socket.terminate();
    await this.#centre.stop();
  }

  /** Answers how many did not come back. */
  async carryOut(say: (line: string) => void): Promise<number> {
    const progress = setInterval(() => say(this.#progress()), 10_000);
    const failures = await this.#crash(say);
    clearInterval(progress);
    return failures;
  }

  #progress(): string {
    const why = [...this.#why].map(([reason, count]) => `${count} ${reason}`).join(", ");
    return `${this.#sockets.size} online, ${this.#refused} upgrades refused with 503${why && `; broken tries: ${why}`}`;
  }

  async #crash(say: (line: string) => void): Promise<number> {
    await this.#centre.start();
    await this.#centre.importPeople(this.#agents);
    const began = performance.now();
    await this.#everybody();
    say(`${this.#sockets.size} agents are online after ${since(began)} s, ${this.#refused} upgrades were refused with 503`);
    [this.#refused, this.#broken] = [0, 0];
    const lost = [...this.#sockets.values()].map((socket) => new Promise((closed) => socket.once("close", closed)));
    await this.#centre.kill();
    const killed = performance.now();
    await Promise.all(lost);
    this.#sockets.clear();
    const returning = this.#everybody();
    await this.#centre.start();
    const up = performance.now();
    say(`killed and started again within ${since(killed)} s`);
    const times = (await returning).map((at) => (at - up) / 1000);
    const failures = this.#agents - times.length;
    const spread = `half after ${percentile(times, 0.5)} s, 99 % after ${percentile(times, 0.99)} s, all after ${percentile(times, 1)} s`;
    say(
      `${times.length} of ${this.#agents} agents are back: ${spread}, counted from when the server answered; ${this.#refused} upgrades refused with 503, ${this.#broken} broken tries after it was up; ${failures} failures`,
    );
    return failures;
  }

  /** Everybody signs in; answers when each was. */
  async #everybody(): Promise<number[]> {
    const late = performance.now() + PATIENCE_MS;
    const all = await Promise.all(Array.from({ length: this.#agents }, (_, agent) => this.#comeBack(agent, late)));
    return all.filter((at) => at !== null);
  }

  async #comeBack(agent: number, late: number): Promise<number | null> {
    for (let wait = FIRST_MS; performance.now() < late && !this.#isOver; wait = Math.min(MOST_MS, wait * 2)) {
      await pause(wait * Math.random());
      const outcome = await this.#signIn(agent);
      if (outcome === "online") return performance.now();
      if (typeof outcome === "number") await pause(outcome * 1000);
    }
    return null;
  }

  /** A number: not now, but after so many seconds. */
  async #signIn(agent: number): Promise<"online" | "broken" | number> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#centre.port}/ws/`, ["xmpp"], { perMessageDeflate: false, handshakeTimeout: TRY_MS });
    const outcome = await new Promise<"online" | "broken" | number>((done) => {
      let isDone = false;
      const broken = (why: string): void => {
        if (!isDone && this.#centre.isUp) this.#why.set(why, 1 + (this.#why.get(why) ?? 0));
        isDone = true;
        done("broken");
      };
      const tooLate = setTimeout(() => broken(`no answer after ${step()}`), TRY_MS);
      socket.on("error", ({ message }) => broken(message));
      socket.on("close", () => broken(`closed after ${step()}`));
      socket.on("unexpected-response", (_request, answer) => {
        isDone = true;
        done(answer.statusCode === 503 ? Number(answer.headers["retry-after"] ?? 1) : "broken");
      });
      const step = converse(socket, agent, () => {
        isDone = true;
        done("online");
      });
      socket.once("close", () => clearTimeout(tooLate));
    });
    if (outcome === "online") this.#sockets.set(agent, socket);
    else socket.terminate();
    if (typeof outcome === "number") this.#refused++;
    if (outcome === "broken" && this.#centre.isUp) this.#broken++;
    return outcome;
  }
}

/** open, PLAIN, open, bind, presence, one subscription; `online` at the answer to that. Answers what came last. */
function converse(socket: WebSocket, agent: number, online: () => void): () => string {
  const user = userOf(agent);
  const open = `<open xmlns="${FRAMING}" to="${DOMAIN}" version="1.0"/>`;
  const secret = Buffer.from(`\0${user}\0pw-${user}`).toString("base64");
  const iq = (id: string, payload: string, to = "") => `<iq xmlns="jabber:client" type="set" id="${id}"${to}>${payload}</iq>`;
  const steps: readonly (readonly [RegExp, readonly string[]])[] = [
    [/^<stream:features.*mechanism/, [`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${secret}</auth>`]],
    [/^<success/, [open]],
    [/^<stream:features/, [iq("b", '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>rig</resource></bind>')]],
    [
      /^<iq [^>]*id="b"/,
      [
        '<presence xmlns="jabber:client"/>',
        iq(
          "s",
          `<pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="${teamNode(teamOf(agent))}" jid="${user}@${DOMAIN}/rig"/></pubsub>`,
          ` to="pubsub.${DOMAIN}"`,
        ),
      ],
    ],
    [/^<iq [^>]*id="s".*subscription="subscribed"/, []],
  ];
  let next = 0;
  socket.on("open", () => socket.send(open));
  socket.on("message", (data) => {
    const step = steps[next];
    if (!step?.[0].test(String(data))) return;
    for (const frame of step[1]) socket.send(frame);
    if (++next === steps.length) online();
  });
  return () => ["nothing", "features", "success", "features again", "bind", "subscription"][next] ?? "";
}

function since(began: number): number {
  return Math.round((performance.now() - began) / 100) / 10;
}
