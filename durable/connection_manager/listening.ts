/**
 * What the streams of a manager listen to: joins at the hosts, deliveries to the sockets, gaps and the audit
 * (docs/protocol.md: Subscribe and join, Deliver, Audit). Decisions are the join table's; calls and sends are made here.
 *
 * @module
 */

import { CONTACT_NODE, partsOfAddressing, placeOf } from "../../xmpp/mod.ts";
import type { Env, Item, JoinAnswer, ManagerRef, NodeAddress, Position } from "../contract.ts";
import { hostOf } from "../placing.ts";
import { isStillSent } from "../protocol/sent_again.ts";
import { type Entry, JoinTable, type Listener } from "../protocol/join_table.ts";
import type { Settings } from "../settings.ts";
import type { Deadlines } from "../deadlines.ts";
import { CONTRACT, hostNamed, logFault } from "../stubs.ts";
import type { Connection, Slot } from "./connection.ts";
import type { ManagerStore } from "./store.ts";

/** Splits `domain/node`. */
export function partsOf(address: NodeAddress): { readonly domain: string; readonly node: string } {
  const at = address.indexOf("/");
  return { domain: address.slice(0, at), node: address.slice(at + 1) };
}

/** Who listens: a stream with its socket, or a reader of another transport. */
export interface Receiver {
  readonly key: string;
  /** Addresses it listens to, or is about to. */
  readonly nodes: Set<NodeAddress>;
  /** Null: it waits to be resumed. */
  readonly socket?: object | null;
  /** Nothing but a row brings it through the loss of its manager's memory. */
  readonly isByRow?: boolean;
  /** Null: what it has had is not acknowledged. */
  readonly unacked: object | null;
  /** Characters that it is not known to have read. */
  readonly unread: number;
  deliver(address: NodeAddress, item: Item, to: string): void;
  /** It has had the item before. */
  note(address: NodeAddress, item: Position): void;
}

export interface Surroundings<R extends Receiver = Connection> {
  readonly env: Env;
  readonly settings: Settings;
  /** Null: attachments are not written. */
  readonly store: ManagerStore | null;
  readonly connections: ReadonlyMap<string, R>;
  readonly deadlines: Deadlines;
  ref(): ManagerRef;
  /** A stream was sent a stanza. */
  counted(connection: R): void;
  /** Writes down a stream that has no attachment. */
  writeDown(connection: Connection): void;
  /** A node that it listened to is no more. */
  left(receiver: R): void;
  /** Items were missed and cannot be had: the streams are ended, so that their clients read anew. */
  tellOfGap(streams: readonly string[], address: NodeAddress, position: Position): void;
}

interface Judged {
  readonly acknowledged: Promise<void> | "unwanted" | undefined;
  readonly sent: Promise<void> | undefined;
}
const DONE: Judged = { acknowledged: undefined, sent: undefined };
const UNWANTED: Judged = { acknowledged: "unwanted", sent: undefined };

export class Listening<R extends Receiver = Connection> {
  readonly table: JoinTable;
  readonly #of: Surroundings<R>;
  /** Joins under way, so that those of one node go one after the other. */
  readonly #turns = new Map<NodeAddress, Promise<void>>();
  /** Nodes whose missing items are being asked for. */
  readonly #gaps = new Map<NodeAddress, Promise<void>>();
  /** Nodes with a long delivery under way: what follows waits its turn. */
  readonly #sending = new Map<NodeAddress, Promise<void>>();

  /** Names of hosts that were joined. */
  readonly #hosts = new Set<string>();

  constructor(of: Surroundings<R>) {
    this.#of = of;
    this.table = new JoinTable({ heldItems: of.settings.PUMP_ITEMS, rememberedIds: of.settings.REMEMBERED_IDS, leftNodes: of.settings.LEFT_NODES });
  }

  hostOf(address: NodeAddress): string {
    const { domain, node } = partsOf(address);
    return hostOf(domain, node, this.#of.settings);
  }

  /** How many hosts this manager listens at, at most. */
  get hosts(): number {
    return Math.min(this.table.entries.size, this.#hosts.size);
  }

  // --------------------------------------------------------------- joins

  /** Is somebody joining the node? */
  joinsOf(address: NodeAddress): boolean {
    return this.#turns.has(address);
  }

  /** Waits while somebody joins the node. */
  async turn(address: NodeAddress): Promise<void> {
    for (let turn = this.#turns.get(address); turn; turn = this.#turns.get(address)) await turn;
  }

  /** Takes the node's turn for a join of one's own. */
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

  /**
   * Joins those of the nodes that nobody joined yet, one call per host.
   *
   * @throws when a host did not answer, or does not have the node
   */
  async ensureJoined(addresses: readonly NodeAddress[]): Promise<void> {
    for (let round = 0; round < 4; round++) {
      const open = addresses.filter((address) => this.table.entries.get(address)?.state === "joining");
      if (open.length === 0) return;
      const free = open.filter((address) => !this.#turns.has(address));
      const byHost = Map.groupBy(free, (address) => this.hostOf(address) ?? "");
      const joins = [...byHost].map(([host, nodes]) => {
        const join = this.#join(host, nodes);
        for (const address of nodes) void this.take(address, join).catch(() => {});
        return join;
      });
      const results = await Promise.allSettled([...joins, ...open.map((address) => this.turn(address))]);
      const failed = results.find((result) => result.status === "rejected");
      if (failed && round > 0) throw failed.reason;
    }
    throw new Error("Cannot join: others' joins kept failing");
  }

  async #join(host: string, addresses: readonly NodeAddress[]): Promise<void> {
    const join = this.table.drawJoin(Date.now());
    this.#hosts.add(host);
    for (const address of addresses) this.table.joining(address, join);
    try {
      const answers = await this.#callJoin(host, addresses, join, false);
      for (const [index, answer] of answers.entries()) {
        const address = addresses[index] as NodeAddress;
        // A node that was created may have been deleted, and its subscribers' sessions not have heard of it yet.
        if (answer.outcome === "missing" && !placeOf(answer.node, this.#of.settings.families)) {
          this.#close(address);
          continue;
        }
        if (answer.outcome !== "joined") throw new Error(`Cannot join "${answer.node}": ${answer.outcome}`);
        this.joined(address, { ...answer, join });
      }
    } catch (error) {
      for (const address of addresses) this.table.joinFailed(address);
      throw error;
    }
  }

  /** The node is no more: nobody listens to it. */
  #close(address: NodeAddress): void {
    for (const { stream } of [...(this.table.entries.get(address)?.listeners.values() ?? [])]) {
      const receiver = this.#of.connections.get(stream);
      if (receiver) this.leave(receiver, address);
      else this.table.leave(address, stream);
      if (receiver) this.#of.left(receiver);
    }
  }

  #callJoin(host: string, addresses: readonly NodeAddress[], join: number, rejoin: boolean): Promise<JoinAnswer> {
    // The session granted these: that is the proof that they exist.
    const nodes = addresses.map((address) => ({ node: partsOf(address).node, exists: true }));
    const request = { v: CONTRACT, ref: this.#of.ref(), join, rejoin, nodes };
    return this.#of.deadlines.within(this.#of.settings.CALL_DEADLINE_MS, hostNamed(this.#of.env, host).join(request));
  }

  /** Notes the answer to a join, and sends on what came meanwhile. */
  joined(address: NodeAddress, { position, last, join }: { position: Position; last: Item | null; join: number }): void {
    for (const item of this.table.joined(address, position, last, join)) {
      // What fails of it is a gap, which the next delivery or the audit fills.
      Promise.resolve(this.#item(address, item)).catch((error) => logFault("ConnectionManager", "held items", error));
    }
  }

  /** The service contact's presence of a domain as it stands; asked for again if a sleep forgot it. */
  async contactItem(domain: string): Promise<Item | null> {
    const address = `${domain}/${CONTACT_NODE}`;
    const entry = this.table.entries.get(address);
    const host = this.hostOf(address);
    if (entry?.last) return entry.last;
    const join = this.table.drawJoin(Date.now());
    const [answer] = await this.#callJoin(host, [address], join, false);
    if (answer?.outcome === "joined") this.joined(address, { ...answer, join });
    return answer?.outcome === "joined" ? answer.last : null;
  }

  /** The last item of a created node as its host sends it again; null: it does not. */
  async lastItem(address: NodeAddress): Promise<Item | null> {
    const entry = this.table.entries.get(address);
    if (entry?.last && isStillSent(entry.last, Date.now())) return entry.last;
    const join = this.table.drawJoin(Date.now());
    const [answer] = await this.#callJoin(this.hostOf(address), [address], join, false);
    if (answer?.outcome !== "joined") return null;
    this.joined(address, { ...answer, join });
    return answer.last;
  }

  // --------------------------------------------------------- attachments

  /** Everything that a stream listens to, or has left, as its attachment says it. */
  slotsOf(connection: Connection): Slot[] {
    const slots: Slot[] = [];
    for (const address of connection.nodes) {
      const entry = this.table.entries.get(address);
      const listener = entry?.listeners.get(connection.key);
      if (!entry || listener?.state !== "live") continue;
      const { epoch, seq, rights, to } = listener;
      const { jid, subids } = partsOfAddressing(to);
      slots.push({ address, join: entry.join, epoch, seq, rights, full: jid === connection.fullJid, ...(subids !== "" && { subids }) });
    }
    const listening = new Set(slots.map(({ address }) => address));
    for (const [address, { epoch, seq }] of this.table.leftBy(connection.key)) {
      if (!listening.has(address)) slots.push({ address, join: 0, epoch, seq, rights: 0, full: false, left: true });
    }
    return slots;
  }

  /** A stream listens again as it did before a sleep; of an undefined slot nothing is known any more. */
  restore(connection: Connection, slots: readonly (Slot | undefined)[]): void {
    for (const slot of slots) {
      if (slot?.left) this.table.noteLeft(slot.address, connection.key, slot);
      if (!slot || slot.left) continue;
      const { address, join, epoch, seq, rights } = slot;
      connection.nodes.add(address);
      this.table.restore(address, join, { stream: connection.key, to: connection.addressingOf(slot), epoch, seq, rights });
    }
  }

  /** Writes what a stream listens to into its attachment, or, where it has no socket, into its row. */
  save(connection: Connection): void {
    const { store, settings } = this.#of;
    if (store) connection.listenTo(this.slotsOf(connection), { store, families: settings.families });
    if (connection.isByRow && connection.ready && !connection.over) this.#of.writeDown(connection);
  }

  leave(connection: Receiver, address: NodeAddress): void {
    connection.nodes.delete(address);
    this.table.leave(address, connection.key);
  }

  /** The stream is over, or another manager's. */
  leaveAll(connection: Receiver): void {
    for (const address of [...connection.nodes]) this.leave(connection, address);
    this.table.forget(connection.key);
  }

  // ---------------------------------------------------------- deliveries

  /** Takes a host's batch. Settles when nothing of it is being sent or held for missing items any more. */
  async deliver(domain: string, items: readonly Item[]): Promise<string[]> {
    const unwanted = new Set<string>();
    const later: Promise<void>[] = [];
    for (const item of items) {
      const address = `${domain}/${item.node}`;
      const pending = this.#item(address, item);
      if (pending === "unwanted") unwanted.add(item.node);
      else if (pending) later.push(pending);
    }
    if (later.length > 0) await Promise.all(later);
    return [...unwanted];
  }

  /** One item of a node, in the node's order. */
  #item(address: NodeAddress, item: Item): Promise<void> | "unwanted" | undefined {
    const sending = this.#sending.get(address);
    if (!sending) {
      const { acknowledged, sent } = this.#judge(address, item);
      if (sent) this.#queueBehind(address, sent);
      return acknowledged;
    }
    let acknowledged: Promise<void> | "unwanted" | undefined;
    const turn = sending.then(() => {
      const judged = this.#judge(address, item);
      acknowledged = judged.acknowledged;
      return judged.sent;
    });
    this.#queueBehind(address, turn);
    return turn.then(() => (acknowledged === "unwanted" ? undefined : acknowledged));
  }

  /** What follows of this node waits until the long delivery is done. */
  #queueBehind(address: NodeAddress, sent: Promise<void>): void {
    const done = (): void => {
      if (this.#sending.get(address) === turn) this.#sending.delete(address);
    };
    const turn: Promise<void> = sent.then(done, done);
    this.#sending.set(address, turn);
  }

  /** `acknowledged`: when the host may be told; `sent`: when a long delivery is through. */
  #judge(address: NodeAddress, item: Item): Judged {
    if (!this.table.hasRoom(address)) return { acknowledged: this.#refuse(address), sent: undefined };
    switch (this.table.judge(address, item)) {
      case "unwanted":
        return UNWANTED;
      case "drop":
        return DONE;
      case "hold":
        // A fill that failed is tried again with the host's next attempt.
        return this.table.entries.get(address)?.state === "gap" ? { acknowledged: this.#fill(address), sent: undefined } : DONE;
      case "gap":
        return { acknowledged: this.#fill(address), sent: undefined };
      case "send": {
        const sent = this.#send(address, this.table.entries.get(address) as Entry, item);
        if (item.closes && !sent) this.#close(address);
        const done = item.closes ? sent?.then(() => this.#close(address)) : sent;
        return done ? { acknowledged: done, sent: done } : DONE;
      }
    }
  }

  /** No room to hold the item: the host is not answered, and delivers it again. */
  async #refuse(address: NodeAddress): Promise<void> {
    if (this.table.entries.get(address)?.state === "gap") await this.#fill(address);
    throw new Error("Too many items are held");
  }

  #send(address: NodeAddress, entry: Entry, item: Item): Promise<void> | undefined {
    const first = this.table.firstOf(entry, item);
    if (entry.listeners.size > this.#of.settings.SENDS_PER_TURN) return this.#sendInTurns(address, entry, item, first);
    for (const listener of entry.listeners.values()) this.#sendOne(address, listener, item, first);
    return undefined;
  }

  #sendOne(address: NodeAddress, listener: Listener, item: Item, first: Item | undefined): boolean {
    if (!this.table.take(listener, item, first)) {
      if (first) this.noteRepeat(listener, address, item);
      return false;
    }
    const connection = this.#of.connections.get(listener.stream);
    // Of what is for nobody's eyes only the position is noted.
    if (item.head === "") connection?.note(address, item);
    else connection?.deliver(address, item, listener.to);
    if (connection && (connection.unacked || connection.unread > this.#of.settings.UNREAD_LENGTH / 4)) this.#of.counted(connection);
    return true;
  }

  /** A repeat is not sent again, but the stream has had it: its attachment says so. */
  noteRepeat({ stream, epoch, seq }: Listener, address: NodeAddress, item: Item): void {
    const connection = epoch === item.epoch && seq === item.seq ? this.#of.connections.get(stream) : undefined;
    connection?.note(address, item);
    if (connection?.isByRow) this.#of.counted(connection);
  }

  /** A long delivery lets the event loop run every so many sends. */
  async #sendInTurns(address: NodeAddress, entry: Entry, item: Item, first: Item | undefined): Promise<void> {
    let sent = 0;
    for (const listener of [...entry.listeners.values()]) {
      if (entry.listeners.get(listener.stream) !== listener || !this.#sendOne(address, listener, item, first)) continue;
      if (++sent % this.#of.settings.SENDS_PER_TURN === 0) await scheduler.wait(0);
    }
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
    const host = this.hostOf(address);
    if (!entry) return;
    const position = { epoch: entry.epoch, seq: entry.seq };
    const request = { v: CONTRACT, node: partsOf(address).node, position, own: this.#of.ref().manager };
    const answer = await this.#of.deadlines.within(this.#of.settings.CALL_DEADLINE_MS, hostNamed(this.#of.env, host).since(request));
    if (answer.outcome === "reset" && answer.gone) return this.#close(address);
    if (answer.outcome === "reset") this.#of.tellOfGap(this.table.unreachable(address, answer.position), address, answer.position);
    this.#gaps.delete(address);
    const later: Promise<void>[] = [];
    for (const item of this.table.filled(address, answer.outcome === "items" ? answer.items : [])) {
      const pending = this.#item(address, item);
      if (pending && pending !== "unwanted") later.push(pending);
    }
    await Promise.all(later);
  }

  /** Holds what this manager believes against what its hosts have. */
  async audit(): Promise<void> {
    const at = this.table.drawJoin(Date.now());
    const joined = [...this.table.entries.values()].filter(({ join }) => join > 0);
    const byHost = Map.groupBy(joined, ({ address }) => this.hostOf(address) ?? "");
    const gaps = [...this.table.entries.values()].filter(({ state }) => state === "gap").map(({ address }) => this.#fill(address));
    const audits = [...byHost].map(([host, entries]) => this.#auditHost(host, entries, at));
    for (const result of await Promise.allSettled([...gaps, ...audits])) {
      if (result.status === "rejected") logFault("ConnectionManager", "audit", result.reason);
    }
  }

  async #auditHost(host: string, entries: readonly Entry[], at: number): Promise<void> {
    const beliefs = entries.map(({ address, join, epoch, seq }) => ({ node: partsOf(address).node, join, epoch, seq }));
    const domain = partsOf(entries[0]?.address ?? "/").domain;
    const answer = await this.#of.deadlines.within(
      this.#of.settings.CALL_DEADLINE_MS,
      hostNamed(this.#of.env, host).audit({ v: CONTRACT, ref: this.#of.ref(), at, beliefs }),
    );
    const lost = answer.notListening.map((node) => `${domain}/${node}`).filter((address) => this.table.entries.has(address));
    const rejoined = lost.length > 0 ? await this.#callJoin(host, lost, this.table.drawJoin(Date.now()), true) : [];
    for (const { outcome, node } of rejoined) if (outcome === "missing" && !placeOf(node, this.#of.settings.families)) this.#close(`${domain}/${node}`);
    const behind = [...lost, ...answer.behind.map((node) => `${domain}/${node}`)];
    await Promise.all(behind.filter((address) => this.table.suspect(address)).map((address) => this.#fill(address)));
  }
}
