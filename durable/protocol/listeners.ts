/**
 * Who listens to the nodes of one host: the rows of its listening managers (docs/protocol.md: Subscribe and join, Audit).
 *
 * @module
 */

import type { Belief, ManagerRef, Position } from "../contract.ts";
import { isAfter, laterOf, START } from "./position.ts";

/** One row: a manager that listens to a node. */
export interface ListenerRow {
  readonly node: string;
  readonly manager: string;
  incarnation: number;
  /** Number of the latest join. */
  join: number;
  /** Unix milliseconds of the first join of this incarnation. */
  since: number;
  /** Something could not be delivered. Stands until an audit shows that the manager has come past it. */
  lost: boolean;
}

/** What became of a join, a deletion or a mark: the row to store or delete. */
export type RowChange = { readonly put: ListenerRow } | { readonly remove: { readonly node: string; readonly manager: string } };

export class Listeners {
  /** node → manager → row. */
  readonly #rows = new Map<string, Map<string, ListenerRow>>();
  /** Where a lost manager has to come to: known of losses of this life. */
  readonly #lostAt = new Map<ListenerRow, Position>();

  constructor(rows: Iterable<ListenerRow> = []) {
    for (const row of rows) this.#set(row);
  }

  #set(row: ListenerRow): void {
    let of = this.#rows.get(row.node);
    if (!of) {
      of = new Map();
      this.#rows.set(row.node, of);
    }
    of.set(row.manager, row);
  }

  /** A row as it was stored. */
  restore(row: ListenerRow): void {
    this.#set(row);
  }

  /** Does anybody listen to the node? */
  has(node: string): boolean {
    return this.#rows.has(node);
  }

  /** The managers that listen to a node. */
  of(node: string): Iterable<ListenerRow> {
    return this.#rows.get(node)?.values() ?? [];
  }

  get(node: string, manager: string): ListenerRow | undefined {
    return this.#rows.get(node)?.get(manager);
  }

  /**
   * A manager joins a node. A repeated join keeps the time of the first one, and a mark. A rejoin that finds no row makes
   * one that is marked: what was published meanwhile went past the manager.
   *
   * The number of a repeated join is kept in memory alone: it guards against an `unwanted` that is on its way, and that
   * does not survive the memory either.
   *
   * @returns the row to store; null: it stands already; "gone": the join is of an older life of the manager
   */
  join(node: string, ref: ManagerRef, join: number, now: number, rejoin: boolean): ListenerRow | null | "gone" {
    const known = this.get(node, ref.manager);
    if (known && known.incarnation > ref.incarnation) return "gone";
    if (!known || known.incarnation < ref.incarnation) {
      const row: ListenerRow = { node, manager: ref.manager, incarnation: ref.incarnation, join, since: now, lost: rejoin };
      this.#set(row);
      return row;
    }
    known.join = Math.max(known.join, join);
    return null;
  }

  /** The manager does not want this node: true if the row goes, false if it joined again meanwhile. */
  unwanted(node: string, manager: string, join: number): boolean {
    const row = this.get(node, manager);
    if (!row || row.join !== join) return false;
    this.remove(node, manager);
    return true;
  }

  remove(node: string, manager: string): void {
    const of = this.#rows.get(node);
    const row = of?.get(manager);
    if (row) this.#lostAt.delete(row);
    of?.delete(manager);
    if (of?.size === 0) this.#rows.delete(node);
  }

  /**
   * Marks a listener as lost.
   *
   * @param at the last item that it did not get
   * @returns false if it is marked already
   */
  lose(node: string, manager: string, at?: Position): boolean {
    const row = this.get(node, manager);
    if (!row) return false;
    if (at) this.#lostAt.set(row, laterOf(at, this.#lostAt.get(row) ?? START));
    if (row.lost) return false;
    row.lost = true;
    return true;
  }

  /** Nodes that a manager listens to. */
  nodesOf(manager: string): string[] {
    return [...this.#rows].filter(([, of]) => of.has(manager)).map(([node]) => node);
  }

  /**
   * Holds what a manager believes against the rows.
   *
   * @param at when the manager made the list, by the number it would have drawn for a join: younger rows are spared
   * @param positionOf where a node stands; undefined: it is not here
   * @returns `found`: rows that are marked no more, to be stored
   */
  audit(ref: ManagerRef, at: number, beliefs: readonly Belief[], positionOf: (node: string) => Position | undefined) {
    const named = new Set(beliefs.map(({ node }) => node));
    const behind: string[] = [];
    const notListening: string[] = [];
    const found: ListenerRow[] = [];
    for (const belief of beliefs) {
      const row = this.get(belief.node, ref.manager);
      const position = positionOf(belief.node);
      if (!row || row.incarnation !== ref.incarnation || !position) notListening.push(belief.node);
      else if (row.lost && this.#isPast(row, belief, position)) found.push(Object.assign(row, { lost: false }));
      else if (row.lost) behind.push(belief.node);
      // A host that began a new epoch and published nothing in it has nothing that could be missing.
      else if (position.seq > 0 && isAfter(position, belief)) behind.push(belief.node);
    }
    const drop = this.nodesOf(ref.manager).filter((node) => !named.has(node) && (this.get(node, ref.manager)?.join ?? 0) < at);
    return { behind, notListening, drop, found };
  }

  /** Has a lost manager come past what it did not get? In an earlier epoch than the node's it has not. */
  #isPast(row: ListenerRow, belief: Position, position: Position): boolean {
    const lostAt = this.#lostAt.get(row);
    // Lost in an earlier life of the host: everything up to now is to be shown.
    if (!lostAt) this.#lostAt.set(row, position);
    if (belief.epoch !== position.epoch || isAfter(lostAt ?? position, belief)) return false;
    return this.#lostAt.delete(row) || true;
  }
}
