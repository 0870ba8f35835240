/**
 * Brings a host's items to the managers that listen: a pump each, one call in flight (docs/protocol.md: Deliver).
 *
 * @module
 */

import type { ConnectionManagerCalls, DeliverAnswer, Env, Item, ManagerRef } from "../contract.ts";
import type { Listeners } from "../protocol/listeners.ts";
import { Pump } from "../protocol/pump.ts";
import type { Settings } from "../settings.ts";
import type { Deadlines } from "../deadlines.ts";
import { CONTRACT, isOverloaded, logFault, managerNamed } from "../stubs.ts";
import type { NodeStore } from "./store.ts";

/** Carried items that are remembered for the case that their publisher asks again. */
const CARRIED = 1000;

interface Lane {
  readonly pump: Pump;
  stub: ConnectionManagerCalls | undefined;
  /** Newest life of the manager that any row names. */
  incarnation: number;
  /** Join numbers when the call in flight began. */
  joins: Map<string, number>;
  timer: ReturnType<typeof setTimeout> | null;
}

interface Due {
  left: number;
  readonly settled: Promise<void>;
  readonly done: () => void;
}

export class Delivery {
  readonly #env: Env;
  readonly #settings: Settings;
  readonly #host: string;
  readonly #domain: string;
  readonly #listeners: Listeners;
  readonly #store: NodeStore;
  readonly #lanes = new Map<string, Lane>();
  readonly #due = new Map<Item, Due>();
  /** Items that went with an answer, which may have been lost. */
  readonly #carried = new Set<Item>();
  readonly #deadlines: Deadlines;

  constructor(of: { env: Env; settings: Settings; deadlines: Deadlines; host: string; domain: string; listeners: Listeners; store: NodeStore }) {
    this.#env = of.env;
    this.#deadlines = of.deadlines;
    this.#settings = of.settings;
    this.#host = of.host;
    this.#domain = of.domain;
    this.#listeners = of.listeners;
    this.#store = of.store;
  }

  #laneOf(manager: string): Lane {
    let lane = this.#lanes.get(manager);
    if (!lane) {
      const { PUMP_ITEMS, PUMP_BYTES, PUMP_MS, RETRY_MIN_MS, RETRY_MAX_MS, RETRY_OVERLOADED_MS } = this.#settings;
      const bounds = {
        items: PUMP_ITEMS,
        bytes: PUMP_BYTES,
        ageMs: PUMP_MS,
        retryMinMs: RETRY_MIN_MS,
        retryMaxMs: RETRY_MAX_MS,
        retryOverloadedMs: RETRY_OVERLOADED_MS,
      };
      lane = { pump: new Pump(bounds), stub: undefined, incarnation: 0, joins: new Map(), timer: null };
      this.#lanes.set(manager, lane);
    }
    return lane;
  }

  /** Notes the newest life of a manager: rows of an older one are stale. */
  heardOf(manager: string, incarnation: number): void {
    const lane = this.#laneOf(manager);
    lane.incarnation = Math.max(lane.incarnation, incarnation);
  }

  /**
   * Queues an item for every manager that listens to its node and starts the calls.
   *
   * @returns settles when each has it or was marked lost; null if nobody listens
   */
  send(item: Item): Promise<void> | null {
    const now = Date.now();
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

  /**
   * May this item go to the manager that asked to publish it with the answer, in the place of a call? Where it alone
   * listens, and nothing is on its way to it. If the answer is lost the publisher has none either, and the next item or the
   * audit finds the gap.
   */
  carriedBy(node: string, { manager, incarnation }: ManagerRef): boolean {
    const [row, another] = this.#listeners.of(node);
    return row?.manager === manager && another === undefined && row.incarnation === incarnation && !row.lost && this.#laneOf(manager).pump.idle;
  }

  #forget(node: string, manager: string): void {
    this.#listeners.remove(node, manager);
    this.#store.removeListener(node, manager);
  }

  /** A manager that does not keep up: what waits is given up, and the rows say so until the audit has told it. */
  #lose(manager: string, lane: Lane, item: Item): void {
    for (const given of [...lane.pump.clear(), item]) this.#giveUp(manager, given);
  }

  /** An item that a manager will not get: its listener is marked. */
  #giveUp(manager: string, item: Item): void {
    const row = this.#listeners.get(item.node, manager);
    if (row && this.#listeners.lose(item.node, manager, item)) this.#store.putListeners([row]);
    this.#settle(item);
  }

  /**
   * What the answer to a repeat has to wait for: the first one's delivery; or another one, where the first went with an
   * answer that may have been lost.
   */
  deliveryOf(item: Item): Promise<void> | null {
    if (this.#carried.delete(item)) return this.send(item);
    return this.#due.get(item)?.settled ?? null;
  }

  /** Notes that an item went with an answer. Only one whose publisher chose its id can be repeated. */
  carry(item: Item): void {
    if (!item.given) return;
    this.#carried.add(item);
    const [oldest] = this.#carried;
    if (this.#carried.size > CARRIED && oldest) this.#carried.delete(oldest);
  }

  #settle(item: Item): void {
    const due = this.#due.get(item);
    if (!due || --due.left > 0) return;
    this.#due.delete(item);
    due.done();
  }

  /** Starts a manager's next call, if one is due. */
  #kick(manager: string): void {
    const lane = this.#laneOf(manager);
    const items = lane.pump.begin(Date.now());
    if (!items) return;
    lane.joins = new Map(items.map(({ node }) => [node, this.#listeners.get(node, manager)?.join ?? 0]));
    void this.#call(manager, lane, items);
  }

  async #call(manager: string, lane: Lane, items: readonly Item[]): Promise<void> {
    // A lost listener has not had what came before: whatever it gets makes it ask.
    const isLost = ({ node }: Item): boolean => this.#listeners.get(node, manager)?.lost === true;
    const sent = items.some(isLost) ? items.map((item) => (isLost(item) ? { ...item, prev: -1 } : item)) : items;
    const request = { v: CONTRACT, incarnation: lane.incarnation, host: this.#host, domain: this.#domain, items: sent };
    try {
      // A stub serves until a call of it fails.
      lane.stub ??= managerNamed(this.#env, manager);
      const answer = await this.#deadlines.within(this.#settings.CALL_DEADLINE_MS, lane.stub.deliver(request));
      this.#answered(manager, lane, request.incarnation, answer);
    } catch (error) {
      lane.stub = undefined;
      this.#unanswered(manager, lane, error);
    }
  }

  #answered(manager: string, lane: Lane, incarnation: number, answer: DeliverAnswer): void {
    const nodes = answer.outcome === "gone" ? [...lane.joins.keys()] : answer.unwanted.map(({ node }) => node);
    for (const node of nodes) {
      const row = this.#listeners.get(node, manager);
      const unchanged = answer.outcome === "gone" ? row?.incarnation === incarnation : row?.join === lane.joins.get(node);
      if (row && unchanged) this.#forget(node, manager);
    }
    for (const item of lane.pump.answered()) this.#settle(item);
    this.#kick(manager);
  }

  #unanswered(manager: string, lane: Lane, error: unknown): void {
    const now = Date.now();
    const pause = lane.pump.failed(now, isOverloaded(error), Math.random());
    if (lane.pump.expired(now)) {
      for (const item of lane.pump.clear()) this.#giveUp(manager, item);
      logFault("NodeHost", "deliver given up", error);
      return;
    }
    if (lane.timer !== null) clearTimeout(lane.timer);
    lane.timer = setTimeout(() => this.#kick(manager), pause);
  }
}
