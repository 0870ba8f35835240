/**
 * A run: the acts of the schedule, one after the other, against a server and its readers; then the audit.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";

import { auditNode, auditStreams } from "./audit.ts";
import { Centre, DOMAIN, familiesOf, type Kept, type Node, nodesOf, QUEUE, SYSTEM, teamNode, teamOf, userNode, userOf } from "./centre.ts";
import { HELPER } from "./clients/helper.ts";
import type { Reader, ReaderKind } from "./clients/reader.ts";
import { STROPHE } from "./clients/strophe.ts";
import { XMPP_JS } from "./clients/xmpp_js.ts";
import { Diary, Ledger } from "./ledger.ts";
import { Line } from "./line.ts";
import { Publisher } from "./publisher.ts";
import type { Audited } from "./report.ts";
import { type Act, afterwards, firstWindow, scheduleOf } from "./schedule.ts";

/** How many of each kind. */
const FLEET: readonly (readonly [ReaderKind, number])[] = [
  [HELPER, 20],
  [XMPP_JS, 13],
  [STROPHE, 7],
];

/** So that streams are spread over several connection managers, and come back to another one than they left. */
const VARIABLES = { STREAMS_PER_MANAGER: "9", MANAGERS_PER_REGION: "8" };

/** Some 1,600 deliveries a second, and to each reader so many that a long stall is more than a stream may leave unacknowledged. */
const PER_SECOND = 100;
const IN_FLIGHT = 48;
const ONLINE_MS = 30_000;
/** Who is not back by then gets a new connection. */
const STUCK_MS = 15_000;
/** Longer than the time between two audits, which find what the last delivery of a node has lost. */
const QUIET_MS = 80_000;

export interface Asked {
  readonly seed: number;
  readonly deliveries: number;
  readonly cuts: number;
  readonly minutes: number;
  /** How nodes' logs are kept, save SystemInfo's. */
  readonly log: Kept;
}

export interface Desk {
  readonly kind: ReaderKind;
  readonly diary: Diary;
  readonly line: Line;
  readonly reader: Reader;
  readonly nodes: readonly string[];
  /** Faults of one client go one after the other. */
  faults: Promise<void>;
  offlineSince: number;
}

export class Run {
  readonly #asked: Asked;
  readonly centre: Centre;
  readonly #desks: Desk[] = [];
  readonly #ledger = new Ledger();
  readonly #publisher: Publisher;
  readonly #began = performance.now();
  #isOver = false;
  #cuts = 0;
  /** When the next publish is. */
  #due = 0;
  /** Of the server's life. */
  #window = 0;
  #done = 0;

  private constructor(asked: Asked, centre: Centre) {
    this.#asked = asked;
    this.centre = centre;
    this.#publisher = new Publisher(centre.url, this.#ledger);
  }

  static async make(asked: Asked): Promise<Run> {
    return new Run(asked, await Centre.make({ ...VARIABLES, ...familiesOf(asked.log) }));
  }

  get #nodes(): Node[] {
    return nodesOf(this.#readers, this.#asked.log);
  }

  get #readers(): number {
    return FLEET.reduce((sum, [, count]) => sum + count, 0);
  }

  /** Everything, from the start of the server to the audit. */
  async carryOut(say: (line: string) => void): Promise<Audited> {
    const { seed, deliveries, cuts, minutes } = this.#asked;
    const nodes = this.#nodes;
    const acts = scheduleOf({ seed, deliveries, cuts, nodes, readers: this.#readers });
    await this.#startWith(firstWindow(seed));
    await this.centre.importPeople(this.#readers);
    // A node that nobody ever published on has no position to begin at.
    for (const node of nodes) await this.#publisher.publish(node.name);
    await this.#openDesks();
    say(`${this.#readers} readers are online after ${seconds(this.#began)} s; ${acts.length} acts follow`);
    const watch = setInterval(() => this.#helpTheStuck(), 1000);
    const until = this.#began + minutes * 60_000;
    const progress = setInterval(() => say(this.#progress(acts.length)), 15_000);
    const wasCut = await this.#play(acts, until);
    if (!wasCut) await this.#makeUp(deliveries, until);
    await Promise.race([Promise.all(this.#desks.map(({ faults }) => faults)), pause(2 * ONLINE_MS)]);
    const isQuiet = await this.#quiet();
    clearInterval(progress);
    clearInterval(watch);
    return this.#audit({ wasCut, isQuiet });
  }

  /** What each client had, a line for each entry; what was published, and the server's log. */
  *diaries(): Iterable<string> {
    for (const line of this.centre.faults()) yield line;
    for (const of of this.#ledger.all) yield JSON.stringify({ is: "published", ...of });
    for (const [reader, { kind, diary }] of this.#desks.entries())
      for (const entry of diary.entries) yield JSON.stringify({ reader, kind: kind.name, ...entry });
  }

  async #startWith(window: number): Promise<void> {
    this.#window = window;
    await this.centre.start({ RESUME_SECONDS: String(window) });
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.race([Promise.all(this.#desks.map(({ reader }) => reader.stop())), pause(3000)]);
    await Promise.race([Promise.all(this.#desks.map(({ line }) => line.close())), pause(1000)]);
    await this.centre.stop();
  }

  async #openDesks(): Promise<void> {
    const kinds = FLEET.flatMap(([kind, count]) => Array.from({ length: count }, () => kind));
    for (const [index, kind] of kinds.entries()) {
      const user = userOf(index);
      const [subscribed, automatic] = [
        [teamNode(teamOf(index)), QUEUE],
        [userNode(user), SYSTEM],
      ];
      const diary = new Diary();
      const line = await Line.open(
        () => this.centre.port,
        () => diary.note({ is: "reached" }),
      );
      const options = { socketUrl: line.socketUrl, domain: DOMAIN, user, password: `pw-${user}`, nodes: subscribed, automatic, diary };
      const reader = kind.make(options);
      this.#desks.push({ kind, diary, line, reader, nodes: [...subscribed, ...automatic], faults: Promise.resolve(), offlineSince: 0 });
      await reader.start();
    }
  }

  #helpTheStuck(): void {
    const now = performance.now();
    for (const desk of this.#desks) {
      if (desk.reader.isOnline || !this.centre.isUp) desk.offlineSince = 0;
      else desk.offlineSince ||= now;
      if (desk.offlineSince === 0 || now - desk.offlineSince < STUCK_MS + ONLINE_MS / 2) continue;
      desk.offlineSince = 0;
      desk.line.reset();
    }
  }

  get #received(): number {
    return this.#desks.reduce((sum, { diary }) => sum + diary.received, 0);
  }

  #progress(acts: number): string {
    const received = this.#received;
    const online = this.#desks.filter(({ reader }) => reader.isOnline).length;
    return `${seconds(this.#began)} s: ${this.#done} of ${acts} acts, ${received} deliveries, ${this.#cuts} cuts, ${this.centre.kills} kills, ${online} online`;
  }

  // ------------------------------------------------------------------ acts

  /** True: the time was over before the acts were. */
  async #play(acts: readonly Act[], until: number): Promise<boolean> {
    this.#due = performance.now();
    for (const act of acts) {
      if (this.#isOver || performance.now() > until) return true;
      this.#done++;
      if (act.act === "publish") {
        await this.#publishInTurn(act.node.name);
        continue;
      }
      await this.#disturb(act);
      this.#due = performance.now();
    }
    return false;
  }

  /** Publishes on until as much was delivered as was asked for, or the time is over. */
  async #makeUp(deliveries: number, until: number): Promise<void> {
    const { seed } = this.#asked;
    for (const node of afterwards({ seed, nodes: this.#nodes })) {
      if (this.#received >= deliveries || this.#isOver || performance.now() > until) return;
      await this.#publishInTurn(node.name);
    }
  }

  async #publishInTurn(node: string): Promise<void> {
    this.#due += 1000 / PER_SECOND;
    if (this.#due > performance.now() + 5) await pause(this.#due - performance.now());
    while (this.#publisher.inFlight >= IN_FLIGHT) {
      await pause(5);
      this.#due = performance.now();
    }
    void this.#publisher.publish(node);
  }

  /** Those of one client run beside all else; those of the server take their time. */
  async #disturb(act: Exclude<Act, { act: "publish" }>): Promise<void> {
    if (act.act === "quiet") return await pause(act.forMs);
    if (act.act === "kill") return await this.#kill(act);
    const desk = this.#desks[act.reader] as Desk;
    desk.faults = desk.faults.then(() => this.#disturbDesk(desk, act));
  }

  async #kill({ downMs, resumeSeconds }: Extract<Act, { act: "kill" }>): Promise<void> {
    await this.centre.kill();
    for (const { diary } of this.#desks) diary.note({ is: "server-killed" });
    await pause(downMs);
    // It goes on while they come back.
    await this.#startWith(resumeSeconds);
  }

  async #disturbDesk(desk: Desk, act: Extract<Act, { reader: number }>): Promise<void> {
    if (this.#isOver) return;
    await this.#until(() => desk.reader.isOnline, ONLINE_MS);
    if (act.act === "stall") {
      desk.line.stall(act.forMs);
      return await pause(act.forMs);
    }
    if (act.act === "delay") {
      desk.line.delay(act.byMs, act.forMs);
      return await pause(act.forMs);
    }
    this.#cuts++;
    // It may have waited for the client, and the server have another window by now.
    desk.diary.note({ is: "cut", windowMs: 1000 * this.#window });
    await desk.line.cut(act);
    // A cut that both ends hear of at once is the machine's own: it knows of its end, too.
    if (act.how === "reset") await pause(act.outageMs + 50);
    if (act.how === "reset" && !this.#isOver) desk.reader.networkIsBack?.();
    await pause(100);
    await this.#until(() => desk.reader.isOnline, ONLINE_MS);
  }

  async #until(isSo: () => boolean, milliseconds: number): Promise<boolean> {
    const late = performance.now() + milliseconds;
    while (!isSo() && performance.now() < late && !this.#isOver) await pause(25);
    return isSo();
  }

  // ----------------------------------------------------------------- audit

  /** Everybody is online, and nothing is missing or comes any more. */
  async #quiet(): Promise<boolean> {
    const late = performance.now() + QUIET_MS;
    for (let before = -1; performance.now() < late && !this.#isOver; await pause(2500)) {
      const received = this.#received;
      const isStill = received === before && this.#publisher.inFlight === 0 && this.#desks.every(({ reader }) => reader.isOnline);
      before = received;
      if (isStill && this.#lost() === 0) return true;
    }
    return this.#desks.every(({ reader }) => reader.isOnline);
  }

  #lost(): number {
    const verdicts = this.#desks.flatMap(({ kind, diary, nodes }) => nodes.map((node) => auditNode(this.#ledger, diary, { node, catchesUp: kind.catchesUp })));
    return verdicts.reduce((sum, { lost }) => sum + lost.length, 0);
  }

  #audit({ wasCut, isQuiet }: { wasCut: boolean; isQuiet: boolean }): Audited {
    const desks = this.#desks.map(({ kind, diary, nodes }) => ({
      kind,
      streams: auditStreams(this.#ledger, diary, nodes),
      nodes: nodes.map((node) => ({
        node,
        log: node === SYSTEM ? ("stored" as const) : this.#asked.log,
        verdict: auditNode(this.#ledger, diary, { node, catchesUp: kind.catchesUp }),
      })),
    }));
    const { published, unanswered, times } = this.#publisher;
    return {
      desks,
      asked: this.#asked,
      published,
      unanswered,
      times,
      kills: this.centre.kills,
      cuts: this.#cuts,
      seconds: seconds(this.#began),
      wasCut,
      isQuiet,
    };
  }
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
