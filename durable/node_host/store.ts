/**
 * Rows of a node host.
 *
 * @module
 */

import type { ContactState, Item } from "../contract.ts";
import type { ListenerRow } from "../protocol/listeners.ts";
import { Store } from "../store.ts";

const MIGRATIONS = [
  `CREATE TABLE nodes (node TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE listeners (node TEXT NOT NULL, manager TEXT NOT NULL, incarnation INTEGER NOT NULL, joined INTEGER NOT NULL,
     since INTEGER NOT NULL, lost INTEGER NOT NULL, PRIMARY KEY (node, manager)) WITHOUT ROWID;
   CREATE TABLE subscriptions (node TEXT NOT NULL, subscriber TEXT NOT NULL, PRIMARY KEY (node, subscriber)) WITHOUT ROWID;
   CREATE TABLE items (node TEXT NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, item TEXT NOT NULL, PRIMARY KEY (node, slot)) WITHOUT ROWID;
   CREATE TABLE contact (one INTEGER PRIMARY KEY CHECK (one = 1), available INTEGER NOT NULL, until INTEGER);`,
];

interface StoredListener extends Record<string, SqlStorageValue> {
  node: string;
  manager: string;
  incarnation: number;
  joined: number;
  since: number;
  lost: number;
}

const listenerOf = ({ node, manager, incarnation, joined, since, lost }: StoredListener): ListenerRow => ({
  node,
  manager,
  incarnation,
  join: joined,
  since,
  lost: lost === 1,
});

export class NodeStore extends Store {
  constructor(storage: DurableObjectStorage) {
    super(storage, MIGRATIONS);
  }

  /** Epoch of a node that has a row; undefined: it has none. */
  epochOf(node: string): number | undefined {
    return this.read<{ epoch: number }>("SELECT epoch FROM nodes WHERE node = ?", node)[0]?.epoch;
  }

  putNode(node: string, epoch: number): void {
    this.write("INSERT OR IGNORE INTO nodes VALUES (?, ?)", node, epoch);
  }

  listenersOf(nodes: readonly string[]): ListenerRow[] {
    return this.read<StoredListener>("SELECT * FROM listeners WHERE node IN (SELECT value FROM json_each(?))", JSON.stringify(nodes)).map(listenerOf);
  }

  /** Nodes that a manager listens to. */
  nodesOf(manager: string): string[] {
    return this.read<{ node: string }>("SELECT node FROM listeners WHERE manager = ?", manager).map(({ node }) => node);
  }

  putListeners(rows: readonly ListenerRow[]): void {
    if (rows.length === 0) return;
    this.write(
      `INSERT INTO listeners SELECT value->>'node', value->>'manager', value->>'incarnation', value->>'join', value->>'since', value->>'lost'
         FROM json_each(?) WHERE true ON CONFLICT (node, manager) DO UPDATE SET
         incarnation = excluded.incarnation, joined = excluded.joined, since = excluded.since, lost = excluded.lost`,
      JSON.stringify(rows.map((row) => ({ ...row, lost: row.lost ? 1 : 0 }))),
    );
  }

  removeListener(node: string, manager: string): void {
    this.write("DELETE FROM listeners WHERE node = ? AND manager = ?", node, manager);
  }

  putSubscription(node: string, subscriber: string): void {
    this.write("INSERT OR IGNORE INTO subscriptions VALUES (?, ?)", node, subscriber);
  }

  removeSubscription(node: string, subscriber: string): void {
    this.write("DELETE FROM subscriptions WHERE node = ? AND subscriber = ?", node, subscriber);
  }

  /** Items of a stored log, oldest first. */
  itemsOf(node: string): Item[] {
    return this.read<{ item: string }>("SELECT item FROM items WHERE node = ? ORDER BY seq", node).map(({ item }) => JSON.parse(item) as Item);
  }

  /** Writes an item into its slot of the ring: one row, overwritten in place. */
  putItem(item: Item, length: number): void {
    this.write(
      "INSERT INTO items VALUES (?, ?, ?, ?) ON CONFLICT (node, slot) DO UPDATE SET seq = excluded.seq, item = excluded.item",
      item.node,
      item.seq % length,
      item.seq,
      JSON.stringify(item),
    );
  }

  contact(): ContactState {
    const [row] = this.read<{ available: number; until: number | null }>("SELECT available, until FROM contact");
    // A back end that never said anything cannot have died.
    return row ? { available: row.available === 1, until: row.until } : { available: true, until: null };
  }

  putContact({ available, until }: ContactState): void {
    this.write(
      "INSERT INTO contact VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET available = excluded.available, until = excluded.until",
      available ? 1 : 0,
      until,
    );
  }
}
