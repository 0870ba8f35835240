/**
 * A connection manager of the model: mirrors durable/connection_manager.ts; what it listens to stands in `listening.ts`,
 * what its streams ask in `requests.ts`.
 *
 * @module
 */

import type { DeliverAnswer, Item, Listens, ManagerRef } from "../../../durable/contract.ts";
import type { Listener } from "../../../durable/protocol/join_table.ts";
import { type Answer, type Ask, Connection, type EndCause, type Effect, type Frame, type Reply, type Socket, step, type StreamEvent } from "./connection.ts";
import { Listening } from "./listening.ts";
import type { Life, Living, Place } from "./network.ts";
import { Requests } from "./requests.ts";
import { addressOf, type Surroundings, TIMES } from "./surroundings.ts";

const KNOWN_TO_SESSION: ReadonlySet<EndCause> = new Set(["conflict", "revoked"]);
const ORPHANS_PER_ALARM = 3;

/** What a change of rights leaves one stream: `keep`; `revoke` is what the text named before it was mended. */
export interface RightsOfStream {
  readonly stream: string;
  readonly keep: readonly string[];
  readonly revoke: readonly string[];
}

/** Rows of a manager: mirrors durable/connection_manager/store.ts; and its sockets, which the platform keeps. */
export class ManagerRows {
  incarnation = 0;
  /** Stream → bare jid. */
  readonly streams = new Map<string, string>();
  readonly numbered = new Set<string>();
  readonly sockets = new Set<Socket>();
  written = 0;

  begin(incarnation: number): void {
    this.incarnation = incarnation;
    this.written += 1 + this.numbered.size;
    this.numbered.clear();
  }

  putStream(stream: string, jid: string): void {
    if (!this.streams.has(stream)) this.written++;
    this.streams.set(stream, jid);
  }

  removeStream(stream: string): void {
    if (this.streams.delete(stream)) this.written++;
  }

  number(address: string): void {
    if (this.numbered.has(address)) return;
    this.numbered.add(address);
    this.written++;
  }
}

export class Manager implements Living {
  readonly of: Surroundings;
  readonly place: Place<Manager>;
  readonly rows: ManagerRows;
  readonly life: Life;
  readonly connections = new Map<string, Connection>();
  readonly #sockets = new Map<Socket, Connection>();
  readonly listening: Listening;
  readonly #requests: Requests;
  #incarnation = 0;
  #alarmSet = false;

  constructor(of: Surroundings, place: Place<Manager>, rows: ManagerRows, life: Life) {
    this.of = of;
    this.place = place;
    this.rows = rows;
    this.life = life;
    this.listening = new Listening(this);
    this.#requests = new Requests(this);
    this.#wake();
  }

  ref(): ManagerRef {
    return { manager: this.place.name, incarnation: this.#incarnation };
  }

  #wake(): void {
    const stored = this.rows.incarnation;
    for (const socket of this.rows.sockets) {
      if (socket.state !== "open") continue;
      const woken = Connection.woken(socket, stored);
      if (!woken) continue;
      const { connection, slots } = woken;
      this.#add(connection);
      if (this.of.obeys("rights-in-attachment")) this.#requests.noteRights(connection.stream.jid, connection.stream.rights);
      for (const { address, join, epoch, seq, rights, full } of slots) {
        connection.nodes.add(address);
        const listener = { stream: connection.key, to: connection.subscriberOf(full), epoch, seq, rights };
        this.listening.table.restore(address, join, listener);
        this.of.checker.restored(connection.key, address, { epoch, seq });
      }
      this.of.checker.woke(connection.key, connection.nodes);
      connection.listenTo(this.listening.slotsOf(connection));
    }
    if (this.connections.size > 0) this.#incarnation = stored;
  }

  #add(connection: Connection): void {
    this.connections.set(connection.key, connection);
    this.#sockets.set(connection.socket, connection);
  }

  // --------------------------------------------------------------- sockets

  /** `fetch`: the upgrade. */
  async accept(socket: Socket): Promise<void> {
    const { now } = this.of.clock;
    if (this.#incarnation === 0) {
      this.#incarnation = Math.max(now, this.rows.incarnation + 1);
      this.rows.begin(this.#incarnation);
    }
    this.rows.sockets.add(socket);
    const stream = { phase: "binding" as const, jid: socket.jid, resource: "", userId: "", available: false, priority: 0, rights: 0 };
    const connection = new Connection({ socket, key: socket.id, acceptedAt: now, incarnation: this.#incarnation, stream });
    this.#add(connection);
    connection.save();
    this.#watch();
  }

  /** `webSocketMessage`. */
  async message(socket: Socket, frame: Frame): Promise<void> {
    const connection = this.#sockets.get(socket);
    if (!connection) return socket.close();
    if (connection.running && connection.queue.length >= this.of.sizes.waitingFrames) return this.fail(connection, "resource-constraint", "error");
    connection.queue.push({ event: "frame", frame });
    this.of.checker.bound("frames", connection.queue.length, this.of.sizes.waitingFrames);
    if (!connection.running) this.#run(connection);
  }

  /** `webSocketClose` and `webSocketError`. */
  async closed(socket: Socket): Promise<void> {
    socket.close();
    socket.state = "closed";
    this.rows.sockets.delete(socket);
    const connection = this.#sockets.get(socket);
    if (!connection) return;
    connection.queue.length = 0;
    this.#apply(connection, { event: "socketClosed" });
    this.#remove(connection);
  }

  #remove(connection: Connection): void {
    if (!this.connections.delete(connection.key)) return;
    this.#sockets.delete(connection.socket);
    this.of.checker.ended(connection.key, "socket");
    this.listening.leaveAll(connection);
    const { jid } = connection.stream;
    if (![...this.connections.values()].some(({ stream }) => stream.jid === jid)) this.#requests.forgetRights(jid);
  }

  // ----------------------------------------------------------------- steps

  #run(connection: Connection): void {
    connection.running = true;
    for (;;) {
      const event = connection.queue.shift();
      if (!event) {
        connection.running = false;
        return;
      }
      const asked = this.#apply(connection, event);
      if (asked) {
        void asked.then(() => this.#run(connection));
        return;
      }
    }
  }

  #apply(connection: Connection, event: StreamEvent): Promise<void> | undefined {
    const before = JSON.stringify(connection.stream);
    const effects = step(connection.stream, event);
    if (!this.of.obeys("answer-before-items") && effects.at(-1)?.effect === "goLive") effects.reverse();
    if (JSON.stringify(connection.stream) !== before) connection.save();
    let blocking: Promise<void> | undefined;
    for (const effect of effects) blocking = this.#perform(connection, effect) ?? blocking;
    return blocking;
  }

  #perform(connection: Connection, effect: Effect): Promise<void> | undefined {
    switch (effect.effect) {
      case "send":
        this.of.checker.replied(connection, effect.reply, this.#isDue(connection, effect.reply));
        connection.socket.send(effect.reply);
        return undefined;
      case "goLive":
        this.#requests.goLive(connection);
        return undefined;
      case "ended":
        this.#ended(connection, effect.cause);
        return undefined;
      case "closeSocket":
        connection.socket.close();
        return undefined;
      case "ask": {
        const answered = this.#answer(connection, effect.ask).then((answer) => {
          if (!connection.over || effect.ask.frame === "bind") this.#apply(connection, { event: "answered", ask: effect.ask, answer });
        });
        // Publishes do not hold the queue back.
        return effect.ask.frame === "publish" ? undefined : answered;
      }
    }
  }

  /** The checker's: is the stream to get what comes for a node that it is told to be subscribed to? */
  #isDue({ key, stream }: Connection, reply: Reply): boolean {
    return reply.reply === "subscribed" && stream.available && (reply.full || stream.priority >= 0) && this.of.listens(stream.jid, key, reply.node);
  }

  async #answer(connection: Connection, ask: Ask): Promise<Answer> {
    // Handlers of a socket's events keep their object awake until they are done.
    this.life.enter();
    const listens = ask.frame === "subscribe" && this.listening.table.entries.get(addressOf(ask.node))?.listeners.has(connection.key) === true;
    this.of.checker.asked(connection, ask, listens);
    try {
      switch (ask.frame) {
        case "bind":
          return await this.#bind(connection, ask.resource);
        case "presence":
          return await this.#announce(connection, ask);
        case "subscribe":
          return await this.#requests.subscribe(connection, ask);
        case "unsubscribe":
          return await this.#requests.unsubscribe(connection, ask);
        case "publish":
          return await this.#requests.publish(ask);
      }
    } finally {
      this.life.leave();
    }
  }

  async #bind(connection: Connection, resource: string): Promise<Answer> {
    const answer = await this.#requests.bind(connection, resource);
    if ("refused" in answer) return answer;
    if (!this.of.obeys("row-before-bind")) this.rows.putStream(connection.key, connection.stream.jid);
    if (connection.over || !this.connections.has(connection.key)) this.#report(connection);
    return answer;
  }

  async #announce(connection: Connection, ask: Extract<Ask, { frame: "presence" }>): Promise<Answer> {
    const accepted = await this.#requests.announce(connection, ask);
    if (!accepted && !connection.over) this.fail(connection, "internal-server-error", "error");
    if (accepted) this.of.checker.announced(connection.key);
    return accepted ? { done: true } : { refused: "presence" };
  }

  // ------------------------------------------------------------------ ends

  fail(connection: Connection, condition: string, cause: EndCause): void {
    connection.queue.length = 0;
    this.#apply(connection, { event: "fail", condition, cause });
  }

  /** `#failAll`: items were missed. */
  tellOfGap(streams: readonly string[]): void {
    for (const stream of streams) {
      const connection = this.connections.get(stream);
      if (connection) this.fail(connection, "missed-items", "error");
    }
  }

  #ended(connection: Connection, cause: EndCause): void {
    if (connection.over) return;
    connection.over = true;
    this.of.checker.ended(connection.key, cause);
    this.listening.leaveAll(connection);
    connection.save();
    if (connection.unsigned) return;
    if (!this.of.obeys("row-until-ended") && KNOWN_TO_SESSION.has(cause)) this.rows.removeStream(connection.key);
    else this.#report(connection);
  }

  #report(connection: Connection): void {
    void this.#reportEnd({ stream: connection.key, jid: connection.stream.jid, generation: connection.generation });
  }

  async #reportEnd({ stream, jid, generation }: { stream: string; jid: string; generation: number }): Promise<void> {
    try {
      const request = { stream, generation, manager: this.place.name };
      await this.of.network.call(this.life, this.of.session(jid), (session) => session.ended(request));
      this.rows.removeStream(stream);
    } catch {
      // The alarm reports again.
    }
  }

  // ----------------------------------------------------------------- calls

  async deliver(request: { incarnation: number; host: string; items: readonly Item[] }): Promise<DeliverAnswer> {
    if (request.incarnation !== this.#incarnation) return { outcome: "gone" };
    const before = this.rows.written;
    const delivering = this.listening.deliver(request.items);
    this.of.checker.rowsOfDelivery(this.rows.written - before);
    const unwanted = await delivering;
    return { outcome: "taken", unwanted: unwanted.map((node) => ({ node })) };
  }

  async end(request: { stream: string; generation: number; condition: "conflict" | "not-authorized" }): Promise<void> {
    const connection = this.connections.get(request.stream);
    if (!connection || connection.over) return;
    // It may have overtaken the answer to the bind that it ends.
    const early = connection.unsigned && this.of.obeys("end-before-bind");
    if (connection.generation !== request.generation && !early) return;
    this.fail(connection, request.condition, request.condition === "conflict" ? "conflict" : "revoked");
  }

  async listen(request: { jid: string; stream: string; rights: number; node: string; listens: Listens | null }): Promise<void> {
    this.of.checker.note(request.stream, request.node, () => `${this.place.name} listen ${request.listens?.to} under ${request.rights}`);
    const connection = this.connections.get(request.stream);
    if (connection) connection.granted = null;
    if (!connection?.stream.available || connection.over || request.rights < this.#requests.rightsOf(request.jid)) return;
    await this.#requests.listen(connection, request.node, request.listens?.to ?? null, request.rights);
  }

  async rights({ jid, version, streams }: { jid: string; version: number; streams: readonly RightsOfStream[] }): Promise<void> {
    for (const { stream, keep, revoke } of streams) {
      const connection = this.connections.get(stream);
      if (!connection || connection.over) continue;
      this.#requests.noteRights(jid, version);
      connection.granted = null;
      connection.stream.rights = Math.max(version, connection.stream.rights);
      const kept = new Set(keep.map(addressOf));
      const named = this.of.obeys("rights-keep") ? [...connection.nodes].filter((address) => !kept.has(address)) : revoke.map(addressOf);
      for (const address of named) {
        const listener = this.listening.table.entries.get(address)?.listeners.get(stream);
        // What was granted under this version or a later one is spared.
        if (listener && (listener.rights < version || !this.of.obeys("rights-spare-newer"))) this.#revoke(connection, listener, { address, version });
      }
      this.listening.save(connection);
    }
  }

  #revoke(connection: Connection, listener: Listener, { address, version }: { address: string; version: number }): void {
    if (listener.state === "live") this.of.checker.revoked(connection.key, address, { granted: listener.rights, version });
    this.listening.leave(connection, address, false);
  }

  // ---------------------------------------------------------------- upkeep

  #watch(): void {
    if (this.#alarmSet) return;
    this.#alarmSet = true;
    this.place.setAlarm(this.of.clock.now + TIMES.alarm);
  }

  #isOrphan(connection: Connection | undefined): boolean {
    if (!this.of.obeys("orphans-reported")) return false;
    return !connection || (connection.over && this.of.obeys("over-is-orphan"));
  }

  async alarm(): Promise<void> {
    this.#alarmSet = false;
    const { now } = this.of.clock;
    for (const connection of [...this.connections.values()]) {
      if (connection.unsigned && !connection.over && now - connection.acceptedAt > TIMES.signIn) this.fail(connection, "connection-timeout", "timeout");
    }
    const rows = [...this.rows.streams];
    const orphans = rows.filter(([stream]) => this.#isOrphan(this.connections.get(stream))).slice(0, ORPHANS_PER_ALARM);
    await Promise.all(orphans.map(([stream, jid]) => this.#reportEnd({ stream, jid, generation: 0 })));
    if (this.connections.size > 0 && Math.floor(now / TIMES.alarm) % TIMES.auditSlots === 0) await this.listening.audit();
    if (orphans.length === ORPHANS_PER_ALARM && this.of.obeys("orphans-soon")) this.place.setAlarm(this.of.clock.now + 1000);
    if (rows.length > 0 || this.connections.size > 0) this.#watch();
  }
}
