/**
 * The machines of durable/protocol/ with rules that can be switched off.
 *
 * @module
 */

import type { Item, ManagerRef, NodeAddress, Position } from "../../../durable/contract.ts";
import { type Bounds, type Entry, JoinTable, type Listener, type Verdict, type Want } from "../../../durable/protocol/join_table.ts";
import { isAfter } from "../../../durable/protocol/position.ts";
import { SessionState } from "../../../durable/protocol/session_state.ts";
import type { Rule } from "./rules.ts";

type Obeys = (rule: Rule) => boolean;

export class SwitchedTable extends JoinTable {
  readonly #obeys: Obeys;

  constructor(bounds: Bounds, obeys: Obeys) {
    super(bounds);
    this.#obeys = obeys;
  }

  override restore(address: NodeAddress, join: number, listener: Parameters<JoinTable["restore"]>[2]): Listener {
    const known = this.entries.get(address);
    const before = { epoch: known?.epoch ?? 0, seq: known?.seq ?? 0 };
    const restored = super.restore(address, join, listener);
    const entry = this.entries.get(address);
    if (!this.#obeys("hindmost-listener") && entry && isAfter(before, entry)) Object.assign(entry, before);
    return restored;
  }

  override want(address: NodeAddress, stream: string, to: string, rights: number): Want {
    const entry = this.entries.get(address);
    if (!this.#obeys("pending-stays") && entry?.listeners.get(stream)?.state === "pending") entry.listeners.delete(stream);
    return super.want(address, stream, to, rights);
  }

  override granted(address: NodeAddress, stream: string, to: string, position: Position, rights: number): Item[] | undefined {
    const listener = this.entries.get(address)?.listeners.get(stream);
    const held = [...(listener?.held ?? [])];
    const due = super.granted(address, stream, to, position, rights);
    if (!due || !listener) return due;
    if (!this.#obeys("pending-holds")) return [];
    if (this.#obeys("position-after-subscribe") || !held[0]) return due;
    Object.assign(listener, { epoch: held[0].epoch, seq: held[0].seq - 1 });
    return held;
  }

  override judge(address: NodeAddress, item: Item): Verdict {
    const entry = this.entries.get(address);
    if (!this.#obeys("pending-is-wanted") && [...(entry?.listeners.values() ?? [])].every(({ state }) => state === "pending")) return "unwanted";
    const isNewEpoch = entry !== undefined && item.epoch !== entry.epoch;
    const verdict = super.judge(address, item);
    if (verdict === "drop" && !this.#obeys("drop-old")) return "send";
    const isLax = !this.#obeys("prev-checked") || (isNewEpoch && !this.#obeys("epoch-from-first"));
    if (verdict !== "gap" || !entry || !isLax) return verdict;
    entry.held.pop();
    Object.assign(entry, { state: "live", epoch: item.epoch, seq: item.prev });
    return super.judge(address, { ...item, prev: item.epoch === entry.epoch ? item.prev : 0 });
  }

  override placed(address: NodeAddress, stream: string, position: Position): void {
    const listener = this.entries.get(address)?.listeners.get(stream);
    if (!listener) return;
    const { epoch, seq, start } = listener;
    super.placed(address, stream, position);
    if (!this.#obeys("past-the-snapshot")) Object.assign(listener, { epoch, seq });
    if (!this.#obeys("start-at-snapshot")) listener.start = start;
  }

  override noteLeft(address: NodeAddress, stream: string, position: Position): void {
    if (this.#obeys("left-remembered")) super.noteLeft(address, stream, position);
  }

  protected override inOrder(items: Item[]): Item[] {
    return this.#obeys("held-in-order") ? super.inOrder(items) : items;
  }

  override take(listener: Listener, item: Item, first: Item | undefined): boolean {
    if (this.#obeys("drop-old")) return super.take(listener, item, first);
    return listener.state === "live";
  }

  override firstOf(entry: Entry, item: Item): Item | undefined {
    const first = super.firstOf(entry, item);
    return this.#obeys("manager-knows-ids") ? first : undefined;
  }
}

export class SwitchedSession extends SessionState {
  readonly #obeys: Obeys;

  constructor(of: { obeys: Obeys; args: ConstructorParameters<typeof SessionState> }) {
    super(...of.args);
    this.#obeys = of.obeys;
  }

  override bind(stream: string, resource: string, ref: ManagerRef, now: number, at = now): ReturnType<SessionState["bind"]> {
    // Under a name of its own a stream replaces nobody.
    const name = this.#obeys("bind-replaces-holder") ? resource : `${resource} ${stream}`;
    return super.bind(stream, name, ref, now, this.#obeys("bind-younger-than-session") && this.#obeys("ended-remembered") ? at : now);
  }

  override claim(stream: string, ref: ManagerRef, now: number): ReturnType<SessionState["claim"]> {
    const row = this.current(stream);
    if (row?.ref.manager === ref.manager && !this.#obeys("holder-withdraws-claim")) return { held: { row, generation: row.generation }, changes: [] };
    return super.claim(stream, ref, now);
  }

  override moved(stream: string, generation: number, ref: ManagerRef): ReturnType<SessionState["moved"]> {
    const claimed = this.current(stream)?.claim?.generation;
    return super.moved(stream, claimed !== undefined && !this.#obeys("claim-highest-only") ? claimed : generation, ref);
  }

  override ended(of: { stream: string; generation: number; manager: string }, now: number): ReturnType<SessionState["ended"]> {
    const bound = this.current(of.stream);
    const isWithdrawn = bound && (of.generation === 0 ? bound.ref.manager !== of.manager : bound.generation !== of.generation);
    if (isWithdrawn && this.#obeys("ended-names-generation") && !this.#obeys("moved-withdrawn-by-ended")) return [];
    return super.ended(!this.#obeys("ended-names-generation") && bound ? { ...of, generation: bound.generation } : of, now);
  }

  override confirm(node: string, subscriber: string, version: number): boolean {
    return super.confirm(node, subscriber, version) || !this.#obeys("rights-checked-after-join");
  }
}
