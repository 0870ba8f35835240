/**
 * A node host of the model: mirrors durable/node_host.ts and durable/node_host/delivery.ts around the real log, listeners
 * and pump.
 *
 * @module
 */

import type {
  AuditAnswer,
  Belief,
  DeliverAnswer,
  Item,
  JoinAnswer,
  JoinRequest,
  ManagerRef,
  Position,
  PublishAnswer,
  SinceAnswer,
} from "../../../durable/contract.ts";
import { type ListenerRow, Listeners } from "../../../durable/protocol/listeners.ts";
import { NodeLog } from "../../../durable/protocol/node_log.ts";
import { Pump } from "../../../durable/protocol/pump.ts";
import { Broken, type Life, type Living, type Place, Unanswered } from "./network.ts";
import { isPositionStored, isStored, type Surroundings, TIMES } from "./surroundings.ts";

/** Rows of a host: mirrors durable/node_host/store.ts. */
export class HostRows {
  readonly nodes = new Map<string, Position>();
  readonly listeners = new Map<string, ListenerRow>();
  readonly items = new Map<string, Item[]>();
  written = 0;

  putNode(node: string, epoch: number): void {
    if (this.nodes.has(node)) return;
    this.nodes.set(node, { epoch, seq: 0 });
    this.written++;
  }

  putPosition({ node, epoch, seq }: Item): void {
    this.nodes.set(node, { epoch, seq });
    this.written++;
  }

  listenersOf(node: string): ListenerRow[] {
    return [...this.listeners.values()].filter((row) => row.node === node).map((row) => ({ ...row }));
  }

  nodesOf(manager: string): string[] {
    return [...this.listeners.values()].filter((row) => row.manager === manager).map(({ node }) => node);
  }

  putListener(row: ListenerRow): void {
    this.listeners.set(`${row.node} ${row.manager}`, { ...row });
    this.written++;
  }

  removeListener(node: string, manager: string): void {
    if (this.listeners.delete(`${node} ${manager}`)) this.written++;
  }

  putItem(item: Item, length: number): void {
    const items = this.items.get(item.node) ?? [];
    items.push(item);
    if (items.length > length) items.shift();
    this.items.set(item.node, items);
    this.written++;
  }
}

interface Lane {
  pump: Pump;
  incarnation: number;
  joins: Map<string, number>;
  cancel: () => void;
}

interface Due {
  left: number;
  readonly settled: Promise<void>;
  readonly done: () => void;
}

export interface PublishOf {
  readonly node: string;
  readonly id: string | null;
  readonly payload: string;
  /** The manager that asks, if one does. */
  readonly carrier?: ManagerRef;
}

export class Host implements Living {
  readonly #of: Surroundings;
  readonly #place: Place<Host>;
  readonly #rows: HostRows;
  readonly #life: Life;
  readonly #epoch: number;
  readonly #nodes = new Map<string, NodeLog>();
  readonly #listeners = new Listeners();
  /** Nodes whose listeners were read from the rows. */
  readonly #read = new Set<string>();
  readonly #lanes = new Map<string, Lane>();
  readonly #due = new Map<Item, Due>();
  /** Items that went with an answer, which may have been lost. */
  readonly #carried = new Set<Item>();

  constructor(of: Surroundings, place: Place<Host>, rows: HostRows, life: Life) {
    this.#of = of;
    this.#place = place;
    this.#rows = rows;
    this.#life = life;
    this.#epoch = of.clock.now;
  }

  // ------------------------------------------------------ node_host.ts

  #hosted(node: string, make: boolean): NodeLog | undefined {
    const known = this.#nodes.get(node);
    if (known) return known;
    const row = this.#rows.nodes.get(node);
    if (!row && !make) return undefined;
    const stored = isStored(node);
    const lasting = stored || isPositionStored(node);
    if (!row && (lasting || node.startsWith("any"))) this.#rows.putNode(node, this.#epoch);
    const items = stored ? [...(this.#rows.items.get(node) ?? [])] : [];
    const { storedLog, memoryLog } = this.#of.sizes;
    const { epoch, seq } = (lasting ? row : undefined) ?? { epoch: this.#epoch, seq: 0 };
    const log = new NodeLog({ epoch, length: stored ? storedLog : memoryLog, items, seq });
    this.#nodes.set(node, log);
    return log;
  }

  #readListeners(nodes: readonly string[]): void {
    for (const node of nodes) {
      if (this.#read.has(node)) continue;
      this.#read.add(node);
      for (const row of this.#rows.listenersOf(node)) this.#listeners.restore(row);
    }
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    this.#heardOf(request.ref.manager, request.ref.incarnation);
    this.#readListeners(request.nodes.map(({ node }) => node));
    return request.nodes.map(({ node, exists }) => {
      const log = this.#hosted(node, exists);
      if (!log) return { node, outcome: "missing" as const };
      const row = this.#listeners.join(node, request.ref, request.join, this.#of.clock.now, request.rejoin === true);
      const standing = this.#listeners.get(node, request.ref.manager);
      if (request.rejoin && standing?.lost && !this.#of.obeys("lost-until-past")) {
        Object.assign(standing, { lost: false, since: this.#of.clock.now });
        this.#rows.putListener(standing);
      }
      if (row === "gone") return { node, outcome: "gone" as const };
      if (row) this.#rows.putListener(row);
      return { node, outcome: "joined" as const, position: log.position, last: log.last };
    });
  }

  async publish({ node, id, payload, carrier }: PublishOf): Promise<PublishAnswer> {
    const before = this.#rows.written;
    const log = this.#hosted(node, true) as NodeLog;
    const made = this.#rows.written - before;
    const at = log.next();
    const itemId = id ?? `${log.epoch.toString(36)}-${at.seq}`;
    const standing = id === null || !this.#of.obeys("host-knows-ids") ? undefined : log.find(id);
    if (standing && standing.tail === payload) {
      const pending = await this.#isPending(standing, this.#deliveryOf(standing));
      return { outcome: "published", id: itemId, position: { epoch: standing.epoch, seq: standing.seq }, replayed: true, pending };
    }
    const item: Item = { node, id: itemId, given: id !== null, ...at, head: `${itemId}@${this.#epoch}`, tail: payload };
    const position = { epoch: at.epoch, seq: at.seq };
    this.#of.checker.appended(item);
    this.#readListeners([node]);
    this.#log(log, item);
    const rows = this.#rows.written - before - made;
    if (this.#of.obeys("position-before-answer")) this.#of.checker.rowsOfPublish(node, rows);
    if (carrier && this.#carriedBy(node, carrier)) {
      this.#carried.add(item);
      return { outcome: "published", id: itemId, position, replayed: false, pending: false, carried: item };
    }
    const pending = await this.#isPending(item, this.#send(item));
    return { outcome: "published", id: itemId, position, replayed: false, pending };
  }

  #log(log: NodeLog, item: Item): void {
    log.append(item);
    if (isStored(item.node)) this.#rows.putItem(item, log.length);
    if (!isPositionStored(item.node)) return;
    if (this.#of.obeys("position-before-answer")) this.#rows.putPosition(item);
    else this.#life.timer(TIMES.publishWait, () => this.#rows.putPosition(item));
  }

  /** What a repeat has to wait for: the first one's delivery, or another one if the first may never have arrived. */
  #deliveryOf(standing: Item): Promise<void> | null {
    if (this.#of.obeys("carried-again") && this.#carried.delete(standing)) return this.#send(standing);
    return this.#of.obeys("replay-waits") ? (this.#due.get(standing)?.settled ?? null) : null;
  }

  async #isPending({ node }: Item, delivered: Promise<void> | null): Promise<boolean> {
    if (isStored(node) || delivered === null || !this.#of.obeys("answer-waits")) return false;
    return !(await this.#inTime(delivered));
  }

  /** `Delivery.carriedBy`. */
  #carriedBy(node: string, { manager, incarnation }: ManagerRef): boolean {
    const [row, another] = this.#listeners.of(node);
    return row?.manager === manager && another === undefined && row.incarnation === incarnation && !row.lost && this.#laneOf(manager).pump.idle;
  }

  async #inTime(delivered: Promise<void>): Promise<boolean> {
    try {
      await this.#life.within(TIMES.publishWait, delivered);
      return true;
    } catch (error) {
      if (error instanceof Unanswered) return false;
      throw error;
    }
  }

  async since({ node, position, own }: { node: string; position: Position; own: string | null }): Promise<SinceAnswer> {
    this.#readListeners([node]);
    // Somebody listens to it, so it exists.
    const log = this.#hosted(node, [...this.#listeners.of(node)].length > 0);
    if (!log) return { outcome: "reset", position };
    const row = own === null ? undefined : this.#listeners.get(node, own);
    const { obeys } = this.#of;
    const isWhole = row !== undefined && (!row.lost || !obeys("since-not-lost")) && (row.since < log.epoch || !obeys("since-older-row"));
    const found = log.since(position, isWhole);
    if (found.reset) this.#of.checker.reset(node, position);
    return found.reset ? { outcome: "reset", position: log.position } : { outcome: "items", items: found.items, position: log.position };
  }

  async audit({ ref, at, beliefs }: { ref: ManagerRef; at: number; beliefs: readonly Belief[] }): Promise<AuditAnswer> {
    this.#heardOf(ref.manager, ref.incarnation);
    this.#readListeners([...this.#rows.nodesOf(ref.manager), ...beliefs.map(({ node }) => node)]);
    const positionOf = (node: string) => this.#hosted(node, [...this.#listeners.of(node)].length > 0)?.position;
    const { behind, notListening, drop, found } = this.#listeners.audit(ref, at, beliefs, positionOf);
    for (const row of found) this.#rows.putListener(row);
    for (const node of drop) {
      this.#listeners.remove(node, ref.manager);
      this.#rows.removeListener(node, ref.manager);
    }
    if (this.#of.obeys("lost-until-past")) return { behind, notListening };
    const lost = behind.filter((node) => this.#listeners.get(node, ref.manager)?.lost);
    return { behind: behind.filter((node) => !lost.includes(node)), notListening: [...notListening, ...lost] };
  }

  async alarm(): Promise<void> {}

  // ------------------------------------------------------- delivery.ts

  #laneOf(manager: string): Lane {
    let lane = this.#lanes.get(manager);
    if (!lane) {
      lane = { pump: this.#newPump(), incarnation: 0, joins: new Map(), cancel: () => {} };
      this.#lanes.set(manager, lane);
    }
    return lane;
  }

  #newPump(): Pump {
    const { pumpItems, pumpMs } = this.#of.sizes;
    const { retryMin, retryMax, retryOverloaded } = TIMES;
    return new Pump({ items: pumpItems, bytes: 1_000_000, ageMs: pumpMs, retryMinMs: retryMin, retryMaxMs: retryMax, retryOverloadedMs: retryOverloaded });
  }

  #heardOf(manager: string, incarnation: number): void {
    const lane = this.#laneOf(manager);
    lane.incarnation = Math.max(lane.incarnation, incarnation);
  }

  #send(item: Item): Promise<void> | null {
    const { now } = this.#of.clock;
    const managers: string[] = [];
    for (const row of [...this.#listeners.of(item.node)]) {
      const lane = this.#laneOf(row.manager);
      lane.incarnation = Math.max(lane.incarnation, row.incarnation);
      if (row.incarnation < lane.incarnation) this.#forget(item.node, row.manager);
      else if (lane.pump.push(item, now)) managers.push(row.manager);
      else this.#lose(row.manager, lane, item);
    }
    if (managers.length === 0) return null;
    const { promise: settled, resolve: done } = Promise.withResolvers<void>();
    this.#due.set(item, { left: managers.length, settled, done });
    for (const manager of managers) this.#kick(manager);
    return settled;
  }

  #forget(node: string, manager: string): void {
    this.#listeners.remove(node, manager);
    this.#rows.removeListener(node, manager);
  }

  #lose(manager: string, lane: Lane, item: Item): void {
    for (const given of [...lane.pump.clear(), item]) this.#giveUp(manager, given);
    if (!this.#of.obeys("one-call-in-flight")) lane.pump = this.#newPump();
  }

  /** An item that a manager will not get: its listener is marked. */
  #giveUp(manager: string, item: Item): void {
    const { node } = item;
    const row = this.#listeners.get(node, manager);
    if (row && this.#of.obeys("lost-marked") && this.#listeners.lose(node, manager, item)) this.#rows.putListener(row);
    this.#of.checker.note(null, node, () => `${this.#place.name}: ${manager} loses ${item.epoch}.${item.seq}`);
    this.#settle(item);
  }

  #settle(item: Item): void {
    const due = this.#due.get(item);
    if (!due || --due.left > 0) return;
    this.#due.delete(item);
    due.done();
  }

  #kick(manager: string): void {
    const lane = this.#laneOf(manager);
    const items = lane.pump.begin(this.#of.clock.now);
    if (!items) return;
    this.#of.checker.bound("pump", items.length, this.#of.sizes.pumpItems);
    lane.joins = new Map(items.map(({ node }) => [node, this.#listeners.get(node, manager)?.join ?? 0]));
    void this.#call(manager, lane, items);
  }

  async #call(manager: string, lane: Lane, items: readonly Item[]): Promise<void> {
    const { incarnation } = lane;
    try {
      // A lost listener has not had what came before: whatever it gets makes it ask.
      const isLost = ({ node }: Item): boolean => this.#of.obeys("lost-breaks-chain") && this.#listeners.get(node, manager)?.lost === true;
      const request = { incarnation, host: this.#place.name, items: items.map((item) => (isLost(item) ? { ...item, prev: -1 } : item)) };
      const answer = await this.#of.network.call(this.#life, this.#of.manager(manager), (object) => object.deliver(request));
      this.#answered(manager, lane, { incarnation, answer });
    } catch (error) {
      this.#unanswered(manager, lane, error);
    }
  }

  #answered(manager: string, lane: Lane, { incarnation, answer }: { incarnation: number; answer: DeliverAnswer }): void {
    const nodes = answer.outcome === "gone" ? [...lane.joins.keys()] : answer.unwanted.map(({ node }) => node);
    for (const node of nodes) {
      const row = this.#listeners.get(node, manager);
      const unchanged =
        answer.outcome === "gone" ? row?.incarnation === incarnation : row?.join === lane.joins.get(node) || !this.#of.obeys("unwanted-join-number");
      if (row && unchanged) this.#forget(node, manager);
    }
    for (const item of lane.pump.answered()) this.#settle(item);
    this.#kick(manager);
  }

  #unanswered(manager: string, lane: Lane, error: unknown): void {
    const { now } = this.#of.clock;
    if (!this.#of.obeys("retry-same-batch")) {
      for (const item of lane.pump.answered()) this.#settle(item);
      return this.#kick(manager);
    }
    const pause = lane.pump.failed(now, error instanceof Broken && error.overloaded, this.#of.random.next());
    if (lane.pump.expired(now)) {
      for (const item of lane.pump.clear()) this.#giveUp(manager, item);
      return;
    }
    lane.cancel();
    lane.cancel = this.#life.timer(pause, () => this.#kick(manager));
  }
}
