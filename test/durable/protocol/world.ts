/**
 * One run of the model: users with their desktops, publishers, the Directory, and everything that goes wrong.
 *
 * @module
 */

import type { Position, UserRecord } from "../../../durable/contract.ts";
import { SessionState } from "../../../durable/protocol/session_state.ts";
import { Checker } from "./checker.ts";
import type { Frame } from "./connection.ts";
import { Desktop } from "./desktop.ts";
import { Host, HostRows } from "./host.ts";
import { Manager } from "./manager.ts";
import { ManagerRows } from "./manager_rows.ts";
import { Clock, Life, Network, NO_FAULTS, Place, Random } from "./network.ts";
import type { Rule } from "./rules.ts";
import { Session, SessionRows } from "./session.ts";
import { automaticOf, DOMAIN, isStored, POLICY, type Sizes, type Surroundings, TIMES } from "./surroundings.ts";
import { type Temper, type TemperName, TEMPERS, temperOf } from "./tempers.ts";

const TEAMS = ["team1", "team2s", "team3"];
const ANY = ["any4", "any5s"];
const START = 1_000_000_000_000;
const NO_KEYS = { salt: "", iterations: 0, storedKey: "", serverKey: "" };

const withPosition = (node: string): string => (isStored(node) ? node : `${node}p`);

export interface RunOptions {
  readonly seed: number;
  readonly off?: ReadonlySet<Rule>;
  readonly tracing?: boolean;
  /** Chosen by the seed, unless given. */
  readonly temper?: TemperName | undefined;
  /** Are the positions of memory logs stored, of those of teams and of everybody? */
  readonly positions?: boolean;
}

export class World implements Surroundings {
  readonly random: Random;
  readonly #aside: Random;
  readonly clock = new Clock(START);
  readonly network: Network;
  readonly sizes: Sizes;
  readonly checker: Checker;
  readonly #off: ReadonlySet<Rule>;
  readonly managers = new Map<string, Place<Manager>>();
  readonly managerRows = new Map<string, ManagerRows>();
  readonly sessionRows = new Map<string, SessionRows>();
  readonly desktops: Desktop[] = [];
  readonly #hosts = new Map<string, Place<Host>>();
  readonly #sessions = new Map<string, Place<Session>>();
  readonly #records = new Map<string, { version: number; record: UserRecord | null }>();
  /** Of the worker and the Directory, which do not fail here. */
  readonly #door: Life;
  quiet = false;
  readonly temper: Temper;
  #sockets = 0;
  #items = 0;
  /** That desktops subscribe to. */
  readonly nodes: readonly string[];
  readonly #teams: readonly string[];
  readonly #published: readonly string[];
  readonly #users: readonly string[];

  constructor({ seed, off = new Set(), tracing = false, temper: name, positions = false }: RunOptions) {
    const random = new Random(seed);
    this.random = random;
    this.#off = off;
    // Apart from the rest, so that a seed of a given temper is what it was before there were others.
    const aside = new Random(seed + 1_000_000);
    random.next();
    const temper: Temper = name ? TEMPERS[name] : temperOf(aside);
    this.#aside = aside;
    this.temper = temper;
    this.network = new Network(this.clock, random, TIMES.deadline);
    this.sizes = {
      pumpItems: random.between(3, 8),
      pumpMs: 30_000,
      heldItems: random.between(2, 6),
      rememberedIds: 12,
      leftNodes: 12,
      memoryLog: random.between(3, 12),
      storedLog: random.between(3, 12),
      sendsPerTurn: random.pick([1, 2, 100]),
      resources: random.between(2, 6),
      subscriptions: 6,
      waitingFrames: 8,
      resumeMs: aside.pick([8000, 20_000, 40_000]),
      askEvery: aside.between(1, 6),
      unacked: aside.between(4, 12),
      detached: aside.between(6, 20),
      ...temper.sizes,
    };
    this.checker = new Checker(() => this.clock.now - START, this.sizes, tracing);
    this.checker.calm = temper.calm === true;
    this.#door = new Life(this.clock);
    const managers = random.between(...temper.managers);
    for (let no = 0; no < managers; no++) this.#addManager(`m${no}`);
    for (const name of ["h0", "h1", "h2"]) this.#addHost(name);
    this.#teams = positions ? TEAMS.map(withPosition) : TEAMS;
    this.#users = ["u0", "u1", "u2"].slice(0, random.between(...temper.users));
    for (const user of this.#users) this.#addUser(user);
    // Few nodes, so that much happens to each.
    const nodes = random.between(...temper.nodes);
    const from = random.between(0, 4);
    const all = [...this.#teams, ...(positions ? ANY.map(withPosition) : ANY)];
    this.nodes = [...all, ...all].slice(from, from + nodes);
    this.#published = [...this.nodes, ...this.nodes, ...this.#users.flatMap(automaticOf)];
  }

  #addManager(name: string): void {
    const rows = new ManagerRows();
    const place: Place<Manager> = new Place(this.clock, name, (life) => new Manager(this, place, rows, life));
    place.onLoss = () => this.checker.note(null, null, () => `${name} lost its memory`);
    this.managers.set(name, place);
    this.managerRows.set(name, rows);
  }

  #addHost(name: string): void {
    const rows = new HostRows();
    const place: Place<Host> = new Place(this.clock, name, (life) => new Host(this, place, rows, life));
    place.onLoss = () => this.checker.note(null, null, () => `${name} lost its memory`);
    this.#hosts.set(name, place);
  }

  #addUser(user: string): void {
    const jid = `${user}@${DOMAIN}`;
    const rows = new SessionRows();
    const place: Place<Session> = new Place(this.clock, jid, (life) => new Session(this, place, rows, life));
    place.onLoss = () => this.checker.note(null, null, () => `${jid} lost its memory`);
    this.#sessions.set(jid, place);
    this.sessionRows.set(jid, rows);
    const record = this.#recordOf(user, 1, this.#teams);
    this.#records.set(jid, { version: 1, record });
    this.checker.rightsIssued(jid, 1, record);
    const desktops = this.random.between(...this.temper.desktops);
    for (let no = 0; no < desktops; no++) this.desktops.push(new Desktop(this, { jid, resource: `r${no}`, managed: this.#aside.chance(this.temper.managed) }));
  }

  #recordOf(id: string, version: number, teams: readonly string[]): UserRecord {
    return { id, name: id, role: "agent", version, keys: { "SHA-1": NO_KEYS, "SHA-256": NO_KEYS }, teams, supervises: [] };
  }

  /** Other desktops may do as one has done. */
  follow(leader: Desktop, frame: Frame): void {
    for (const desktop of this.desktops) if (desktop !== leader && this.random.chance(0.7)) desktop.follow(leader.jid, frame);
  }

  nextSocket(): number {
    return ++this.#sockets;
  }

  // --------------------------------------------------------- surroundings

  readonly obeys = (rule: Rule): boolean => !this.#off.has(rule);

  manager(name: string): Place<Manager> {
    return this.managers.get(name) as Place<Manager>;
  }

  session(jid: string): Place<Session> {
    return this.#sessions.get(jid) as Place<Session>;
  }

  host(name: string): Place<Host> {
    return this.#hosts.get(name) as Place<Host>;
  }

  hostOf(node: string): Place<Host> {
    return this.host(node.startsWith("own") || node === "team1" ? "h0" : node.endsWith("s") ? "h1" : "h2");
  }

  listens(jid: string, stream: string, node: string): boolean {
    const rows = this.sessionRows.get(jid) as SessionRows;
    return new SessionState(jid, POLICY, { resources: 0, subscriptions: 0, rememberMs: 0, warnMs: 0 }, rows.load()).listensTo(stream, node) !== null;
  }

  askDirectory(from: Life, jid: string): Promise<UserRecord | null> {
    const directory = new Place(this.clock, "directory", () => ({ alarm: async () => {} }));
    return this.network.call(from, directory, async () => this.#records.get(jid)?.record ?? null);
  }

  // ------------------------------------------------------------ the world

  /** Lets the world go wrong for a while, then be quiet, and checks. */
  async run(): Promise<void> {
    const { random, clock } = this;
    const { temper } = this;
    const rough = random.next();
    this.network.faults = {
      lostRequest: temper.lost * rough,
      lostAnswer: temper.lost * rough,
      repeated: 0.15 * random.next(),
      slow: temper.slow * random.next(),
      delay: random.pick(temper.delay),
      overloaded: temper.lost * 0.3 * rough,
    };
    const pace = random.pick(this.temper.pace);
    const events = random.between(80, 400);
    const weights = this.temper.weights.map((weight) => weight * (0.2 + 1.6 * random.next()));
    const stop = (): boolean => this.checker.violations.length > 0;
    for (const desktop of this.desktops) desktop.begin();
    for (let no = 0; no < events && !stop(); no++) {
      // Now and then everything is still for so long that objects sleep.
      const pause = random.chance(this.temper.still) ? random.between(10_000, 30_000) : random.between(1, 2 * pace);
      await clock.run(clock.now + pause, stop);
      if (!stop()) this.#something(weights);
    }
    this.quiet = true;
    this.network.faults = NO_FAULTS;
    this.network.blocked.clear();
    // A minute for the ends (I5); a minute and a half more for the audit, and for what it finds.
    const began = clock.now;
    // Publishes may go on, so that nothing sleeps.
    if (random.chance(0.5)) for (let at = 1000; at < 100_000; at += random.between(1000, 9000)) clock.after(at, () => this.#publish());
    await clock.run(began + 61_000, stop);
    if (!stop()) this.#checkEnds(false);
    await clock.run(began + 170_000, stop);
    if (!stop()) this.#checkEnds(true);
    if (!stop()) this.#checkClients();
    if (!stop()) this.#checkNames();
    if (!stop()) this.#checkSubscriptions();
    if (!stop()) this.checker.checkComplete();
  }

  /** One of six things, as likely as this seed would have it. */
  #something(weights: readonly number[]): void {
    const { random } = this;
    const deeds = [
      () => random.pick(this.desktops).act(),
      () => this.#publish(),
      () => this.#change(),
      () => this.#forgetManager(),
      () => this.#forgetOther(),
      () => this.#cutOff(),
    ];
    let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
    const deed =
      deeds.find((_, no) => {
        left -= weights[no] ?? 0;
        return left < 0;
      }) ?? this.#publish.bind(this);
    deed();
  }

  /** A publisher, who repeats with its id until it is answered. */
  #publish(): void {
    const node = this.random.pick(this.#published);
    const burst = this.random.chance(0.15) ? this.random.between(3, 9) : 1;
    for (let no = 0; no < burst; no++) {
      const item = `x${++this.#items}`;
      const id = this.random.chance(0.7) ? item : null;
      void this.#publishing({ node, id, payload: `<${item}/>` });
    }
  }

  async #publishing(request: { node: string; id: string | null; payload: string }): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      try {
        const { position, pending } = await this.#publishOnce(request);
        return this.checker.answered(request.node, position, pending);
      } catch {
        if (request.id === null) return;
        await this.#door.wait(this.random.between(50, 3000));
      }
    }
  }

  /** Over HTTP, or by a desktop. */
  async #publishOnce(request: { node: string; id: string | null; payload: string }): Promise<{ position: Position; pending: boolean }> {
    const byDesktop = this.random.chance(0.4) ? this.random.pick(this.desktops).publish(request) : undefined;
    if (byDesktop) return await byDesktop;
    const answer = await this.network.call(this.#door, this.hostOf(request.node), (host) => host.publish(request));
    if (answer.outcome !== "published") throw new Error("Refused");
    return answer;
  }

  /** A change in the Directory, pushed until the session says that it is done. */
  #change(): void {
    const user = this.random.pick(this.#users);
    const jid = `${user}@${DOMAIN}`;
    const known = this.#records.get(jid);
    if (!known) return;
    const version = known.version + 1;
    const teams = this.#teams.filter(() => this.random.chance(0.6));
    const record = this.random.chance(0.12) ? null : this.#recordOf(user, version, teams);
    this.#records.set(jid, { version, record });
    this.checker.rightsIssued(jid, version, record);
    void this.#pushing(jid, version, record);
    if (!record) this.#door.timer(this.random.between(500, 8000), () => this.#restore(user, jid));
  }

  #restore(user: string, jid: string): void {
    const version = (this.#records.get(jid)?.version ?? 0) + 1;
    const record = this.#recordOf(user, version, this.#teams);
    this.#records.set(jid, { version, record });
    this.checker.rightsIssued(jid, version, record);
    void this.#pushing(jid, version, record);
  }

  async #pushing(jid: string, version: number, record: UserRecord | null): Promise<void> {
    for (;;) {
      try {
        const { done } = await this.network.call(this.#door, this.session(jid), (session) => session.rights({ version, record }));
        if (done) return;
      } catch {
        // Again.
      }
      await this.#door.wait(this.random.between(500, 4000));
    }
  }

  #forgetManager(): void {
    const manager = this.random.pick([...this.managers.values()]);
    if (this.random.chance(0.25)) this.#crash(manager);
    else manager.loseMemory();
  }

  #forgetOther(): void {
    const { random } = this;
    const host = random.chance(0.8) ? this.hostOf(random.pick(this.nodes)) : random.pick([...this.#hosts.values()]);
    random.pick<Place<Host | Session>>([host, host, ...this.#sessions.values()]).loseMemory();
  }

  /** No call reaches an object for a while. */
  #cutOff(): void {
    const place = this.random.pick<Place<Manager | Host | Session>>([
      ...this.managers.values(),
      ...this.managers.values(),
      ...this.#hosts.values(),
      ...this.#sessions.values(),
    ]);
    this.checker.note(null, null, () => `${place.name} is cut off`);
    this.network.blocked.set(place.name, this.clock.now + this.random.pick(this.temper.cut));
  }

  /** The process dies: sockets with it, rows stay. */
  #crash(manager: Place<Manager>): void {
    this.checker.note(null, null, () => `${manager.name} crashes`);
    manager.loseMemory();
    const rows = this.managerRows.get(manager.name) as ManagerRows;
    for (const socket of rows.sockets) {
      this.checker.ended(socket.attachment?.key ?? socket.id, "crash");
      socket.state = "closed";
      socket.attachment = undefined;
    }
    rows.sockets.clear();
    for (const desktop of this.desktops) desktop.forgetDead();
  }

  // -------------------------------------------------------------- the end

  /** I5: what a session has bound is alive at its manager; of a stream that could be resumed, once its time is over. */
  #checkEnds(isResumedByNow: boolean): void {
    const mayLive = (stream: string): boolean => (this.checker.isManaged(stream) ? !isResumedByNow : this.checker.overFor(stream) < 60_000);
    for (const [jid, rows] of this.sessionRows) {
      for (const { stream, ref } of rows.streams.values()) {
        const connection = this.manager(ref.manager).wake().connections.get(stream);
        if ((connection && !connection.over && connection.ready) || mayLive(stream)) continue;
        this.checker.violate("I5", `${jid} still has ${stream} bound, which ended`, stream);
      }
    }
    for (const [name, rows] of this.managerRows) {
      const connections = this.manager(name).wake().connections;
      for (const stream of rows.streams.keys()) {
        if (!connections.has(stream) && !mayLive(stream)) this.checker.violate("I5", `${name} still has a row of ${stream}, which ended`, stream);
      }
    }
  }

  /** A client that takes itself for connected is. */
  #checkClients(): void {
    for (const { stream, socket } of this.desktops) {
      if (!stream || socket?.state !== "open") continue;
      const holders = [...this.managers.values()].flatMap((place) => place.wake().connections.get(stream) ?? []);
      if (!holders.some((held) => held.socket === socket && !held.over)) this.checker.violate("I3", "its socket is open, and nobody serves it", stream);
      if (holders.filter((held) => held.socket && !held.over).length > 1) this.checker.violate("I4", "it lives at two managers", stream);
    }
  }

  /** What was answered as subscribed, and not taken away, is a row of the session. */
  #checkSubscriptions(): void {
    for (const { jid, node, subscriber } of this.checker.ledger.standing()) {
      if (this.sessionRows.get(jid)?.subscriptions.has(`${subscriber} ${node}`)) continue;
      this.checker.violate("I3", `${subscriber} was told it is subscribed, and is not`, null, node);
    }
  }

  /** I4: one live stream per full jid, and that the one its session knows. */
  #checkNames(): void {
    const names = new Map<string, string>();
    for (const place of this.managers.values()) {
      for (const { key, fullJid, stream, over, unsigned, ready } of place.wake().connections.values()) {
        if (over || unsigned || !ready) continue;
        const other = names.get(fullJid);
        if (other) this.checker.violate("I4", `${fullJid} is both ${other} and ${key}`, key);
        names.set(fullJid, key);
        const bound = this.sessionRows.get(stream.jid)?.streams.get(key);
        if (!bound) this.checker.violate("I4", `${fullJid} lives on as ${key}, which its session does not know`, key);
        else if (this.checker.announcedLast.has(key) && (bound.available !== stream.available || (stream.available && bound.priority !== stream.priority))) {
          this.checker.violate("I3", `${key} is ${stream.available}/${stream.priority}, and its session has it as ${bound.available}/${bound.priority}`, key);
        } else if (`${stream.jid}/${bound.resource}` !== fullJid) this.checker.violate("I4", `${key} is ${fullJid} and bound as ${bound.resource}`, key);
      }
    }
  }
}
