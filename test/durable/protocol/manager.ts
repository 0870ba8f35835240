/**
 * A connection manager of the model: mirrors durable/connection_manager.ts; what it listens to stands in `listening.ts`,
 * what its streams ask in `requests.ts`.
 *
 * @module
 */

import type { DeliverAnswer, Item, Listens, ManagerRef } from "../../../durable/contract.ts";
import type { Listener } from "../../../durable/protocol/join_table.ts";
import { Unacknowledged } from "../../../durable/protocol/unacknowledged.ts";
import { Awake } from "./awake.ts";
import {
  type Answer,
  type Ask,
  Connection,
  type Effect,
  type EndCause,
  type Frame,
  type Frozen,
  isCounted,
  isResumable,
  type Reply,
  type Slot,
  type Socket,
  step,
  type Stream,
  type StreamEvent,
} from "./connection.ts";
import { Listening } from "./listening.ts";
import type { ManagerRows } from "./manager_rows.ts";
import type { Life, Living, Place } from "./network.ts";
import { Requests } from "./requests.ts";
import { Resuming } from "./resuming.ts";
import { addressOf, type Surroundings, TIMES } from "./surroundings.ts";

const KNOWN_TO_SESSION: ReadonlySet<EndCause> = new Set(["conflict", "revoked"]);
const ORPHANS_PER_ALARM = 3;

/** What a change of rights leaves one stream: `keep`; `revoke` is what the text named before it was mended. */
export interface RightsOfStream {
  readonly stream: string;
  readonly keep: readonly string[];
  readonly revoke: readonly string[];
}

export class Manager implements Living {
  readonly of: Surroundings;
  readonly place: Place<Manager>;
  readonly rows: ManagerRows;
  readonly life: Life;
  readonly connections = new Map<string, Connection>();
  readonly #sockets = new Map<Socket, Connection>();
  readonly listening: Listening;
  readonly requests: Requests;
  readonly #resuming: Resuming;
  readonly #awake: Awake;
  #incarnation = 0;
  #alarmSet = false;

  constructor(of: Surroundings, place: Place<Manager>, rows: ManagerRows, life: Life) {
    this.of = of;
    this.place = place;
    this.rows = rows;
    this.life = life;
    this.listening = new Listening(this);
    this.requests = new Requests(this);
    this.#resuming = new Resuming(this);
    this.#awake = new Awake(this);
    this.#wake();
  }

  ref(): ManagerRef {
    return { manager: this.place.name, incarnation: this.#incarnation };
  }

  #wake(): void {
    for (const socket of this.rows.sockets) if (socket.state === "open") this.#wakeSocket(socket);
    this.rows.settleBehind();
    for (const stream of this.rows.kept.keys()) this.of.checker.forgot(stream);
    for (const [stream, { until, behind }] of this.rows.kept) {
      if (until > this.of.clock.now && (!behind || !this.of.obeys("behind-marked"))) this.#wakeDetached(stream);
    }
    if (this.connections.size > 0) this.#incarnation = this.rows.incarnation;
  }

  get sizing() {
    const { resumeMs, askEvery } = this.of.sizes;
    return { incarnation: this.rows.incarnation, now: this.of.clock.now, resumeMs, askEvery };
  }

  #wakeSocket(socket: Socket): void {
    const woken = Connection.woken(socket, this.sizing);
    if (!woken) return;
    const { connection, attachment } = woken;
    this.#restore(connection, attachment.slots);
    connection.remember(attachment.held, this.rows.keptOf(connection.key));
    this.listening.save(connection);
  }

  /** A stream without a socket, of which the row says all: it goes on listening. */
  #wakeDetached(stream: string): void {
    const frozen = this.rows.keptOf(stream);
    if (!frozen || this.connections.has(stream)) return;
    const connection = Connection.thawed(stream, frozen, this.sizing);
    connection.ready = true;
    // Another manager may have had it handed over since.
    if (this.of.obeys("woken-asks")) connection.contested = 1;
    this.#restore(connection, frozen.slots);
    connection.listenTo(this.listening.slotsOf(connection), (address) => this.rows.number(address));
    this.of.checker.count("woken detached");
  }

  #restore(connection: Connection, slots: readonly Slot[]): void {
    this.add(connection);
    connection.handedOver ||= this.of.checker.hasLeft(connection.key, this.place.name);
    if (this.of.obeys("rights-in-attachment")) this.requests.noteRights(connection.stream.jid, connection.stream.rights);
    for (const { address, join, epoch, seq, rights, full, left } of slots) {
      if (left) {
        this.listening.table.noteLeft(address, connection.key, { epoch, seq });
        continue;
      }
      connection.nodes.add(address);
      const listener = { stream: connection.key, to: connection.subscriberOf(full), epoch, seq, rights };
      this.listening.table.restore(address, join, listener);
      if (!connection.handedOver) this.of.checker.restored(connection.key, address, { epoch, seq });
    }
    if (!connection.handedOver) this.of.checker.woke(connection.key, connection.nodes);
  }

  add(connection: Connection): void {
    this.connections.set(connection.key, connection);
    if (connection.socket) this.#sockets.set(connection.socket, connection);
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
    const record: Stream = { ...stream, management: null };
    const sizing = { ...this.sizing, incarnation: this.#incarnation };
    const connection = new Connection({ ...sizing, socket, key: socket.id, acceptedAt: now, stream: record });
    this.add(connection);
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
    this.apply(connection, { event: "socketClosed" });
    if (connection.over || connection.socket) this.#remove(connection);
  }

  // ---------------------------------------------------- without a socket

  #detached(connection: Connection): void {
    const socket = connection.detach(this.of.clock.now);
    if (socket) this.#sockets.delete(socket);
    if (socket) socket.attachment = undefined;
    this.of.checker.count("detached");
    this.of.checker.note(connection.key, null, () => `${this.place.name} detaches it`);
    this.writeDown(connection);
    this.#watch();
  }

  writeDown(connection: Connection): void {
    if (!connection.stream.management) return;
    this.rows.keep(connection.key, connection.frozen(this.listening.slotsOf(connection)));
    connection.unsaved = false;
  }

  /** A stream that acknowledges was sent a stanza, or one waits for it. */
  counted(connection: Connection): void {
    const { sizes, checker } = this.of;
    const count = connection.unacked?.count ?? 0;
    if (connection.over) return;
    if (connection.socket === null) {
      if (count > sizes.detached) this.apply(connection, { event: "expired" });
    } else if (count > sizes.unacked) this.fail(connection, "resource-constraint", "error");
    if (!connection.over && connection.ready) checker.bound("unacknowledged", count, Math.max(sizes.detached, sizes.unacked) + 1);
    this.#awake.touch(connection);
  }

  takeOver(connection: Connection, held: Connection): void {
    const old = held.detach(held.detachedAt);
    if (old) {
      this.#sockets.delete(old);
      if (this.of.obeys("old-socket-ended")) this.#endSocket(old);
    }
    this.connections.delete(connection.key);
    held.attachTo(connection);
    if (held.socket) this.#sockets.set(held.socket, held);
    this.rows.forget(held.key);
  }

  #endSocket(socket: Socket): void {
    socket.send({ reply: "error", condition: "conflict" });
    socket.close();
  }

  /** A stream that is another manager's goes without a report. */
  letGo(connection: Connection): void {
    connection.over = true;
    this.#remove(connection);
    this.rows.forget(connection.key);
    this.rows.removeStream(connection.key);
  }

  giveUp(connection: Connection): void {
    this.apply(connection, { event: "expired" });
  }

  #remove(connection: Connection): void {
    if (!this.connections.delete(connection.key)) return;
    if (connection.socket) this.#sockets.delete(connection.socket);
    this.of.checker.ended(connection.key, "socket");
    this.listening.leaveAll(connection);
    const { jid } = connection.stream;
    if (![...this.connections.values()].some(({ stream }) => stream.jid === jid)) this.requests.forgetRights(jid);
  }

  // ----------------------------------------------------------------- steps

  /** Handles what came on the socket of a stream while it was being resumed. */
  goOn(connection: Connection): void {
    if (!connection.running) this.#run(connection);
  }

  #run(connection: Connection): void {
    connection.running = true;
    for (;;) {
      const event = connection.queue.shift();
      if (!event) {
        connection.running = false;
        return;
      }
      const asked = this.apply(connection, event);
      if (asked) {
        void asked.then(() => this.#run(connection));
        return;
      }
    }
  }

  apply(connection: Connection, event: StreamEvent): Promise<void> | undefined {
    const before = JSON.stringify(connection.stream);
    const effects = step(connection.stream, event);
    if (!this.of.obeys("answer-before-items") && effects.at(-1)?.effect === "goLive") effects.reverse();
    if (JSON.stringify(connection.stream) !== before) {
      connection.save();
      if (!connection.socket && connection.stream.phase === "bound" && this.of.obeys("row-follows")) this.writeDown(connection);
    }
    let blocking: Promise<void> | undefined;
    for (const effect of effects) blocking = this.#perform(connection, effect) ?? blocking;
    return blocking;
  }

  #perform(connection: Connection, effect: Effect): Promise<void> | undefined {
    switch (effect.effect) {
      case "send":
        this.of.checker.replied(connection, effect.reply, this.#isDue(connection, effect.reply));
        if (connection.unacked && isCounted(effect.reply)) {
          connection.sendStanza(effect.reply);
          this.counted(connection);
        } else connection.send(effect.reply);
        return undefined;
      case "enableManagement":
        connection.unacked = new Unacknowledged();
        this.of.checker.managed(connection.key);
        connection.send({ reply: "enabled", id: connection.key });
        connection.save();
        return undefined;
      case "acknowledged":
        if (connection.unacked?.acknowledge(effect.handled) === false) {
          this.of.checker.violate("I1", `the client has had ${effect.handled}, and was sent ${connection.unacked.sent}`, connection.key);
          this.fail(connection, "handled-count-too-high", "error");
        }
        return undefined;
      case "detach":
        this.#detached(connection);
        return undefined;
      case "goLive":
        this.requests.goLive(connection);
        return undefined;
      case "ended":
        this.#ended(connection, effect.cause);
        return undefined;
      case "closeSocket":
        connection.socket?.close();
        return undefined;
      case "ask": {
        const answered = this.#answer(connection, effect.ask).then((answer) => {
          if (!connection.over || effect.ask.frame === "bind") this.apply(connection, { event: "answered", ask: effect.ask, answer });
        });
        connection.answering.add(answered);
        void answered.finally(() => connection.answering.delete(answered));
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
        case "resume":
          return await this.#resuming.resume(connection, ask);
        case "presence":
          return await this.#announce(connection, ask);
        case "subscribe":
          return await this.requests.subscribe(connection, ask);
        case "unsubscribe":
          return await this.requests.unsubscribe(connection, ask);
        case "publish":
          return await this.requests.publish(ask);
      }
    } finally {
      this.life.leave();
    }
  }

  async #bind(connection: Connection, resource: string): Promise<Answer> {
    const answer = await this.requests.bind(connection, resource);
    if ("refused" in answer) return answer;
    if (!this.of.obeys("row-before-bind")) this.rows.putStream(connection.key, connection.stream.jid);
    if (connection.over || !this.connections.has(connection.key)) this.#report(connection);
    return answer;
  }

  async #announce(connection: Connection, ask: Extract<Ask, { frame: "presence" }>): Promise<Answer> {
    const accepted = await this.requests.announce(connection, ask);
    if (!accepted && !connection.over) this.fail(connection, "internal-server-error", "error");
    if (accepted) this.of.checker.announced(connection.key);
    return accepted ? { done: true } : { refused: "presence" };
  }

  // ------------------------------------------------------------------ ends

  fail(connection: Connection, condition: string, cause: EndCause): void {
    connection.queue.length = 0;
    this.apply(connection, { event: "fail", condition, cause });
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
    this.listening.save(connection);
    if (!connection.socket) this.#remove(connection);
    this.rows.forget(connection.key);
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

  async end(request: { stream: string; generation: number; condition: "conflict" | "not-authorized" | "reset" }): Promise<void> {
    const connection = this.connections.get(request.stream);
    if (!connection) return this.rows.forget(request.stream);
    if (connection.over) return;
    // It may have overtaken the answer to the bind that it ends.
    const early = connection.unsigned && this.of.obeys("end-before-bind");
    if (connection.generation !== request.generation && !early) return;
    this.fail(connection, request.condition, request.condition === "conflict" ? "conflict" : "revoked");
  }

  async handOver({ stream }: { stream: string }): Promise<Frozen | null> {
    const { obeys, checker } = this.of;
    const connection = this.connections.get(stream);
    checker.note(stream, null, () => `${this.place.name} hands over: ${connection ? `${connection.over}` : "row"}`);
    if (!connection) return this.rows.keptOf(stream);
    if (connection.over || !connection.ready || !isResumable(connection.stream)) return null;
    if (obeys("handed-over-asks")) connection.contested++;
    const old = connection.socket;
    if (old && obeys("handover-detaches")) {
      this.#detached(connection);
      this.#endSocket(old);
    }
    // What the client asked before is answered before it is told where it stands.
    while (connection.answering.size > 0 && obeys("handover-waits")) await Promise.all(connection.answering);
    if (connection.over || (connection.socket && obeys("handover-detaches"))) return null;
    const frozen = connection.frozen(this.listening.slotsOf(connection));
    connection.handedOver = true;
    return frozen;
  }

  async release({ stream, generation }: { stream: string; generation: number }): Promise<void> {
    const connection = this.connections.get(stream);
    const kept = this.rows.kept.get(stream);
    // It may have come back since.
    if (((connection ?? kept)?.generation ?? 0) >= generation) return;
    this.of.checker.note(stream, null, () => `${this.place.name} releases it`);
    if (connection) return this.letGo(connection);
    this.rows.forget(stream);
  }

  async listen(request: { jid: string; stream: string; rights: number; node: string; listens: Listens | null }): Promise<void> {
    this.of.checker.note(request.stream, request.node, () => `${this.place.name} listen ${request.listens?.to} under ${request.rights}`);
    const connection = this.connections.get(request.stream);
    if (connection) connection.granted = null;
    if (!connection?.stream.available || connection.over || request.rights < this.requests.rightsOf(request.jid)) return;
    await this.requests.listen(connection, request.node, request.listens?.to ?? null, request.rights);
  }

  async rights({ jid, version, streams }: { jid: string; version: number; streams: readonly RightsOfStream[] }): Promise<void> {
    for (const { stream, keep, revoke } of streams) {
      const connection = this.connections.get(stream);
      if (!connection || connection.over) continue;
      this.requests.noteRights(jid, version);
      connection.granted = null;
      connection.stream.rights = Math.max(version, connection.stream.rights);
      const kept = new Set(keep.map(addressOf));
      const named = this.of.obeys("rights-keep") ? [...connection.nodes].filter((address) => !kept.has(address)) : revoke.map(addressOf);
      for (const address of named) {
        const listener = this.listening.table.entries.get(address)?.listeners.get(stream);
        // What was granted under this version or a later one is spared.
        if (listener && (listener.rights < version || !this.of.obeys("rights-spare-newer"))) this.#revoke(connection, listener, { address, version });
      }
      // Nothing is to come of what it has left, now or before.
      const owed = connection.unacked && this.of.obeys("revoke-blanks") ? connection.unacked.addresses : [];
      for (const address of owed) if (!kept.has(address) && !connection.nodes.has(address)) connection.unacked?.revoke(address);
      this.listening.save(connection);
    }
  }

  #revoke(connection: Connection, listener: Listener, { address, version }: { address: string; version: number }): void {
    if (listener.state === "live") this.of.checker.revoked(connection.key, address, { granted: listener.rights, version }, connection.handedOver);
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
    for (const connection of [...this.connections.values()]) {
      if (connection.socket || connection.over || !connection.ready) continue;
      if (now >= connection.detachedAt + connection.resumeMs) this.giveUp(connection);
    }
    for (const [stream, { until }] of [...this.rows.kept]) if (until <= now && !this.connections.has(stream)) this.rows.forget(stream);
    const isKept = (stream: string): boolean => !this.connections.has(stream) && (this.rows.kept.get(stream)?.until ?? 0) > now;
    const orphans = rows.filter(([stream]) => !isKept(stream) && this.#isOrphan(this.connections.get(stream))).slice(0, ORPHANS_PER_ALARM);
    await Promise.all(orphans.map(([stream, jid]) => this.#reportEnd({ stream, jid, generation: 0 })));
    if (this.connections.size > 0 && Math.floor(now / TIMES.alarm) % TIMES.auditSlots === 0) await this.listening.audit();
    if (orphans.length === ORPHANS_PER_ALARM && this.of.obeys("orphans-soon")) this.place.setAlarm(this.of.clock.now + 1000);
    if (rows.length > 0 || this.connections.size > 0) this.#watch();
  }
}
