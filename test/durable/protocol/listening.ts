/**
 * What the streams of a model's manager listen to: mirrors durable/connection_manager/listening.ts around the real join
 * table.
 *
 * @module
 */

import type { Item, JoinAnswer, NodeAddress, Position } from "../../../durable/contract.ts";
import type { Entry, JoinTable, Listener, Verdict } from "../../../durable/protocol/join_table.ts";
import type { Connection, Slot } from "./connection.ts";
import type { Manager } from "./manager.ts";
import { nodeOf } from "./surroundings.ts";
import { SwitchedTable } from "./switched.ts";

export class Listening {
  readonly table: JoinTable;
  readonly #manager: Manager;
  readonly #turns = new Map<NodeAddress, Promise<void>>();
  readonly #gaps = new Map<NodeAddress, Promise<void>>();
  readonly #sending = new Map<NodeAddress, Promise<void>>();

  constructor(manager: Manager) {
    this.#manager = manager;
    const { sizes, obeys } = manager.of;
    this.table = new SwitchedTable({ heldItems: sizes.heldItems, rememberedIds: sizes.rememberedIds, leftNodes: sizes.leftNodes }, obeys);
  }

  #hostOf(address: NodeAddress): string {
    return this.#manager.of.hostOf(nodeOf(address)).name;
  }

  // --------------------------------------------------------------- joins

  joinsOf(address: NodeAddress): boolean {
    return this.#turns.has(address) && this.#manager.of.obeys("joins-in-turn");
  }

  async turn(address: NodeAddress): Promise<void> {
    for (let turn = this.#turns.get(address); turn; turn = this.#turns.get(address)) await turn;
  }

  take<T>(address: NodeAddress, join: Promise<T>): Promise<T> {
    const turn = join
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        if (this.#turns.get(address) === turn) this.#turns.delete(address);
      });
    this.#turns.set(address, turn);
    return join;
  }

  async ensureJoined(addresses: readonly NodeAddress[]): Promise<void> {
    for (let round = 0; round < 4; round++) {
      const open = addresses.filter((address) => this.table.entries.get(address)?.state === "joining");
      if (open.length === 0) return;
      const free = open.filter((address) => !this.joinsOf(address));
      const byHost = Map.groupBy(free, (address) => this.#hostOf(address));
      const joins = [...byHost].map(([host, nodes]) => {
        const join = this.#join(host, nodes);
        for (const address of nodes) void this.take(address, join).catch(() => {});
        return join;
      });
      const results = await Promise.allSettled([...joins, ...open.map((address) => this.turn(address))]);
      const failed = results.find((result) => result.status === "rejected");
      if (failed && round > 0) throw failed.reason;
    }
    throw new Error("Cannot join");
  }

  async #join(host: string, addresses: readonly NodeAddress[]): Promise<void> {
    const join = this.table.drawJoin(this.#manager.of.clock.now);
    for (const address of addresses) this.table.joining(address, join);
    try {
      const answers = await this.#callJoin(host, addresses, join, false);
      answers.forEach((answer, index) => {
        if (answer.outcome !== "joined") throw new Error(`Cannot join ${answer.node}: ${answer.outcome}`);
        this.joined(addresses[index] as NodeAddress, { ...answer, join });
      });
    } catch (error) {
      for (const address of addresses) this.table.joinFailed(address);
      throw error;
    }
  }

  #callJoin(host: string, addresses: readonly NodeAddress[], join: number, rejoin: boolean): Promise<JoinAnswer> {
    const { of, life } = this.#manager;
    const request = { v: 1 as const, ref: this.#manager.ref(), join, rejoin, nodes: addresses.map((address) => ({ node: nodeOf(address), exists: true })) };
    return of.network.call(life, of.host(host), (object) => object.join(request));
  }

  joined(address: NodeAddress, { position, last, join }: { position: Position; last: Item | null; join: number }): void {
    this.#manager.of.checker.note(null, nodeOf(address), () => `${this.#manager.place.name} joined at ${position.epoch}.${position.seq}`);
    const due = this.table.joined(address, position, last, this.#manager.of.obeys("join-after-want") ? join : undefined);
    this.#openPeriods(address);
    for (const item of due) Promise.resolve(this.#item(address, item)).catch(() => {});
  }

  /** The model's own: tells the checker which streams listen from where. */
  #openPeriods(address: NodeAddress): void {
    for (const listener of this.table.entries.get(address)?.listeners.values() ?? []) {
      const { ready = true, handedOver = false } = this.#manager.connections.get(listener.stream) ?? {};
      if (listener.state === "live" && ready && !handedOver) this.#manager.of.checker.opened(listener.stream, address, listener.start);
    }
  }

  want(connection: Connection, address: NodeAddress, to: string, rights: number): void {
    connection.nodes.add(address);
    this.table.want(address, connection.key, to, rights);
    const listener = this.table.entries.get(address)?.listeners.get(connection.key);
    if (listener?.state === "live" && connection.ready && !connection.handedOver) this.#manager.of.checker.opened(connection.key, address, listener.start);
  }

  // --------------------------------------------------------- attachments

  slotsOf(connection: Connection): Slot[] {
    const slots: Slot[] = [];
    for (const address of connection.nodes) {
      const entry = this.table.entries.get(address);
      const listener = entry?.listeners.get(connection.key);
      if (!entry || listener?.state !== "live") continue;
      const { epoch, seq, rights, to } = listener;
      slots.push({ address, join: entry.join, epoch, seq, rights, full: to === connection.fullJid });
    }
    const listening = new Set(slots.map(({ address }) => address));
    for (const [address, { epoch, seq }] of this.table.leftBy(connection.key)) {
      if (!listening.has(address)) slots.push({ address, join: 0, epoch, seq, rights: 0, full: false, left: true });
    }
    return slots;
  }

  save(connection: Connection): void {
    const slots = this.slotsOf(connection);
    connection.listenTo(slots, (address) => this.#manager.rows.number(address));
    // A stream without a socket has no attachment.
    if (!connection.socket && connection.ready && !connection.over && this.#manager.of.obeys("row-follows")) this.#manager.writeDown(connection);
  }

  leave(connection: Connection, address: NodeAddress, isAsked = true): void {
    connection.nodes.delete(address);
    this.table.leave(address, connection.key);
    this.#manager.of.checker.left(connection.key, address);
    if (connection.handedOver) connection.left = [...connection.left, address];
    else if (isAsked) this.#manager.of.checker.closed(connection.key, address);
  }

  leaveAll(connection: Connection): void {
    for (const address of [...connection.nodes]) this.leave(connection, address, !this.#manager.of.checker.isManaged(connection.key));
    this.table.forget(connection.key);
  }

  // ---------------------------------------------------------- deliveries

  async deliver(items: readonly Item[]): Promise<string[]> {
    const unwanted = new Set<string>();
    const later: Promise<void>[] = [];
    for (const item of items) {
      const pending = this.#item(`d/${item.node}`, item);
      if (pending === "unwanted") unwanted.add(item.node);
      else if (pending) later.push(pending);
    }
    if (later.length > 0) await Promise.all(later);
    return [...unwanted];
  }

  #item(address: NodeAddress, item: Item): Promise<void> | "unwanted" | undefined {
    const before = this.#sending.get(address);
    if (!before) {
      const { verdict, sent, filled } = this.#judge(address, item);
      if (sent) this.#queue(address, sent);
      return verdict === "unwanted" ? verdict : (sent ?? filled);
    }
    // Behind a long delivery. The queue waits for sends alone: what fills a gap comes through it too.
    const judged = before.then(() => this.#judge(address, item));
    this.#queue(
      address,
      judged.then(({ sent, filled }) => sent ?? (this.#manager.of.obeys("queue-apart-from-gaps") ? undefined : filled)),
    );
    return judged.then(({ sent, filled }) => sent ?? filled);
  }

  #queue(address: NodeAddress, sent: Promise<void>): void {
    const done = (): void => {
      if (this.#sending.get(address) === last) this.#sending.delete(address);
    };
    const last: Promise<void> = sent.then(done, done);
    this.#sending.set(address, last);
  }

  /** Judges an item whose turn has come. `sent` is a long delivery under way, `filled` a question to the host. */
  #judge(address: NodeAddress, item: Item): { readonly verdict: Verdict; readonly sent?: Promise<void> | undefined; readonly filled?: Promise<void> } {
    const { checker, obeys } = this.#manager.of;
    if (obeys("held-is-bounded-by-refusing") && !this.table.hasRoom(address)) return { verdict: "hold", filled: this.#refuse(address) };
    const verdict = this.table.judge(address, item);
    checker.note(null, item.node, () => `${this.#manager.place.name} judges ${item.epoch}.${item.seq} ${item.id}: ${verdict}`);
    const entry = this.table.entries.get(address);
    checker.held(entry);
    if (verdict === "send") return { verdict, sent: this.#send(address, entry as Entry, item) };
    // A fill that failed is tried again with the host's next attempt.
    const filled = entry?.state === "gap" ? this.#fill(address) : undefined;
    if (filled && obeys("gap-holds-answer")) return { verdict, filled };
    filled?.catch(() => {});
    return { verdict };
  }

  /** No room to hold the item: the host is not answered, and delivers again. */
  async #refuse(address: NodeAddress): Promise<void> {
    if (this.table.entries.get(address)?.state === "gap") await this.#fill(address);
    throw new Error("Too much held");
  }

  #send(address: NodeAddress, entry: Entry, item: Item): Promise<void> | undefined {
    this.#manager.of.checker.judged(entry.listeners.keys(), address, item, this.#manager.life);
    const first = this.table.firstOf(entry, item);
    if (entry.listeners.size > this.#manager.of.sizes.sendsPerTurn) return this.#sendInTurns(address, entry, item, first);
    for (const listener of entry.listeners.values()) this.#sendOne(address, listener, item, first);
    return undefined;
  }

  async #sendInTurns(address: NodeAddress, entry: Entry, item: Item, first: Item | undefined): Promise<void> {
    let sent = 0;
    for (const listener of [...entry.listeners.values()]) {
      if (entry.listeners.get(listener.stream) !== listener || !this.#sendOne(address, listener, item, first)) continue;
      if (++sent % this.#manager.of.sizes.sendsPerTurn === 0) await this.#manager.life.wait(this.#manager.of.random.between(0, 20));
    }
  }

  #sendOne(address: NodeAddress, listener: Listener, item: Item, first: Item | undefined): boolean {
    const connection = this.#manager.connections.get(listener.stream);
    if (this.table.take(listener, item, first)) {
      this.sendTo(connection, address, item);
      return true;
    }
    this.noteRepeat(listener, address, item);
    return false;
  }

  /** A repeat is not sent again, but the stream has had it: its attachment says so. */
  noteRepeat({ stream, epoch, seq }: Listener, address: NodeAddress, item: Item): void {
    const hasHad = epoch === item.epoch && seq === item.seq;
    const connection = this.#manager.connections.get(stream);
    if (!hasHad || !connection || !this.#manager.of.obeys("repeat-noted")) return;
    connection.note(address, item);
    if (!connection.socket) this.#manager.counted(connection);
  }

  /** `Connection.deliver`. */
  sendTo(connection: Connection | undefined, address: NodeAddress, item: Item): void {
    if (!connection) return;
    const { checker, obeys } = this.#manager.of;
    checker.pushed(connection, address, item, this.#manager.life);
    const to = this.table.entries.get(address)?.listeners.get(connection.key)?.to ?? "";
    connection.deliver(address, item, { to, isNoted: obeys("attachment-after-send"), isCounted: connection.unacked !== null && obeys("count-attached") });
    if (connection.unacked) this.#manager.counted(connection);
  }

  // ------------------------------------------------------ gaps and audit

  #fill(address: NodeAddress): Promise<void> {
    const known = this.#gaps.get(address);
    if (known) return known;
    const filling = this.#ask(address).finally(() => {
      if (this.#gaps.get(address) === filling) this.#gaps.delete(address);
    });
    this.#gaps.set(address, filling);
    return filling;
  }

  async #ask(address: NodeAddress): Promise<void> {
    const entry = this.table.entries.get(address);
    if (!entry) return;
    const { of, life, place } = this.#manager;
    const request = { node: nodeOf(address), position: { epoch: entry.epoch, seq: entry.seq }, own: place.name };
    const answer = await of.network.call(life, of.hostOf(request.node), (host) => host.since(request));
    of.checker.note(
      null,
      request.node,
      () => `${place.name} since ${entry.epoch}.${entry.seq}: ${answer.outcome} up to ${answer.position.epoch}.${answer.position.seq}`,
    );
    if (answer.outcome === "reset") this.#manager.tellOfGap(this.table.unreachable(address, answer.position));
    this.#gaps.delete(address);
    const later: Promise<void>[] = [];
    for (const item of this.table.filled(address, answer.outcome === "items" ? answer.items : [])) {
      const pending = this.#item(address, item);
      if (pending && pending !== "unwanted") later.push(pending);
    }
    await Promise.all(later);
  }

  async audit(): Promise<void> {
    const { clock, obeys } = this.#manager.of;
    if (!obeys("audit")) return;
    const at = this.table.drawJoin(clock.now);
    const joined = [...this.table.entries.values()].filter(({ state, join }) => state === "live" || (obeys("audit-names-all") && join > 0));
    const byHost = Map.groupBy(joined, ({ address }) => this.#hostOf(address));
    const gaps = [...this.table.entries.values()].filter(({ state }) => state === "gap").map(({ address }) => this.#fill(address));
    const audits = [...byHost].map(([host, entries]) => this.#auditHost(host, entries, at));
    await Promise.allSettled([...gaps, ...audits]);
  }

  async #auditHost(host: string, entries: readonly Entry[], at: number): Promise<void> {
    const { of, life } = this.#manager;
    const beliefs = entries.map(({ address, join, epoch, seq }) => ({ node: nodeOf(address), join, epoch, seq }));
    const request = { ref: this.#manager.ref(), at, beliefs };
    const answer = await of.network.call(life, of.host(host), (object) => object.audit(request));
    const lost = answer.notListening.map((node) => `d/${node}`).filter((address) => this.table.entries.has(address));
    if (lost.length > 0) await this.#callJoin(host, lost, this.table.drawJoin(of.clock.now), true);
    const behind = [...lost, ...answer.behind.map((node) => `d/${node}`)];
    await Promise.all(behind.filter((address) => this.table.suspect(address)).map((address) => this.#fill(address)));
  }
}
