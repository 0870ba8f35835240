/**
 * Rows of a node host.
 *
 * @module
 */

import type { Affiliation, KeptItem, Label, NodeRecord, NodeSubscription, Page, ResultSet, SubscriptionState } from "../../xmpp/mod.ts";
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
  `CREATE TABLE created (node TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE affiliations (node TEXT NOT NULL, jid TEXT NOT NULL, affiliation TEXT NOT NULL, PRIMARY KEY (node, jid)) WITHOUT ROWID;
   CREATE TABLE subscribers (node TEXT NOT NULL, subid TEXT NOT NULL, jid TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (node, subid)) WITHOUT ROWID;
   CREATE TABLE kept (node TEXT NOT NULL, id TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
     publisher TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (node, id)) WITHOUT ROWID;
   CREATE TABLE owed (no INTEGER PRIMARY KEY, node TEXT NOT NULL, jid TEXT NOT NULL, changes TEXT NOT NULL);`,
  "ALTER TABLE nodes ADD COLUMN log TEXT",
  "ALTER TABLE nodes ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
];

/** A node that was created, or was and is gone. */
export type CreatedRow = { readonly record: NodeRecord } | { readonly gone: { readonly redirect: string } };

export interface OwedRow extends Record<string, SqlStorageValue> {
  no: number;
  node: string;
  /** Bare; "": the Directory. */
  jid: string;
  /** `NodeTold[]` as JSON; of the Directory `{ listed }`, or null: the node is gone. */
  changes: string;
}

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

  /** Epoch of a node that has a row, and the sequence where that is kept in it, else 0; undefined: it has none. */
  positionOf(node: string): { readonly epoch: number; readonly seq: number } | undefined {
    return this.read<{ epoch: number; seq: number }>("SELECT epoch, seq FROM nodes WHERE node = ?", node)[0];
  }

  putPosition({ node, seq }: Item): void {
    this.write("UPDATE nodes SET seq = ? WHERE node = ?", seq, node);
  }

  /** Nodes that have a row, and how their logs are kept; null: as the preset says, the only table there was. */
  nodes(): { node: string; log: string | null }[] {
    return this.read<{ node: string; log: string | null }>("SELECT node, log FROM nodes");
  }

  putNode(node: string, { epoch, log }: { readonly epoch: number; readonly log: string }): void {
    this.write("INSERT OR IGNORE INTO nodes (node, epoch, log) VALUES (?, ?, ?)", node, epoch, log);
  }

  /** The row of a node, and the items of its log. */
  removeNode(node: string): void {
    this.write("DELETE FROM nodes WHERE node = ?", node);
    this.write("DELETE FROM items WHERE node = ?", node);
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

  // ------------------------------------------------- nodes that were created

  /** What is known of a node that was created here; `gone`: it is no more, and is perhaps somewhere else. */
  created(node: string): CreatedRow | undefined {
    const [row] = this.read<{ record: string }>("SELECT record FROM created WHERE node = ?", node);
    return row && (JSON.parse(row.record) as CreatedRow);
  }

  putCreated(node: string, row: CreatedRow): void {
    this.write("INSERT INTO created VALUES (?, ?) ON CONFLICT (node) DO UPDATE SET record = excluded.record", node, JSON.stringify(row));
  }

  removeCreated(node: string): void {
    this.write("DELETE FROM created WHERE node = ?", node);
  }

  affiliationsOf(node: string): (readonly [string, Affiliation])[] {
    const rows = this.read<{ jid: string; affiliation: Affiliation }>("SELECT jid, affiliation FROM affiliations WHERE node = ?", node);
    return rows.map(({ jid, affiliation }) => [jid, affiliation]);
  }

  putAffiliation(node: string, jid: string, affiliation: Affiliation): void {
    if (affiliation === "none") this.write("DELETE FROM affiliations WHERE node = ? AND jid = ?", node, jid);
    else
      this.write("INSERT INTO affiliations VALUES (?, ?, ?) ON CONFLICT (node, jid) DO UPDATE SET affiliation = excluded.affiliation", node, jid, affiliation);
  }

  subscribersOf(node: string): NodeSubscription[] {
    return this.read<{ subid: string; jid: string; state: SubscriptionState }>("SELECT subid, jid, state FROM subscribers WHERE node = ?", node);
  }

  putSubscriber(node: string, { subid, jid, state }: NodeSubscription): void {
    this.write("INSERT INTO subscribers VALUES (?, ?, ?, ?) ON CONFLICT (node, subid) DO UPDATE SET state = excluded.state", node, subid, jid, state);
  }

  removeSubscriber(node: string, subid: string): void {
    this.write("DELETE FROM subscribers WHERE node = ? AND subid = ?", node, subid);
  }

  /** All that a node had, save that it was there. */
  emptyCreated(node: string): void {
    this.write("DELETE FROM affiliations WHERE node = ?", node);
    this.write("DELETE FROM subscribers WHERE node = ?", node);
    this.clearKept(node);
  }

  /** A page of the addresses that are subscribed to a node of a family; undefined: where it is to begin nobody is. */
  pageOfCopies(node: string, { after, before, max }: ResultSet, most: number): (Page & { readonly entries: readonly string[] }) | undefined {
    const named = after ?? (before || null);
    if (named !== null && this.read("SELECT 1 FROM subscriptions WHERE node = ? AND subscriber = ?", node, named).length === 0) return undefined;
    const [sign, order] = before === null ? [">", "ASC"] : ["<", "DESC"];
    const found = this.read<{ subscriber: string }>(
      `SELECT subscriber FROM subscriptions WHERE node = ? ${named === null ? "AND ? IS NULL" : `AND subscriber ${sign} ?`} ORDER BY subscriber ${order} LIMIT ?`,
      node,
      named,
      Math.min(max ?? most, most),
    ).map(({ subscriber }) => subscriber);
    const entries = before === null ? found : found.reverse();
    const [first, last] = [entries[0], entries.at(-1)];
    const count = this.read<{ n: number }>("SELECT count(*) AS n FROM subscriptions WHERE node = ?", node)[0]?.n ?? 0;
    return { ...(first !== undefined && last !== undefined && { first, last }), count, entries };
  }

  /** Kept items without their payloads, in no order: sorted here, each row would count twice. */
  labelsOf(node: string): Label[] {
    return this.read<Label & Record<string, SqlStorageValue>>("SELECT id, epoch, seq, at, publisher FROM kept WHERE node = ?", node);
  }

  payloadOf(node: string, id: string): string {
    return this.read<{ payload: string }>("SELECT payload FROM kept WHERE node = ? AND id = ?", node, id)[0]?.payload ?? "";
  }

  putKept(node: string, { id, epoch, seq, at, publisher, payload }: KeptItem): void {
    this.write("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", node, id, epoch, seq, at, publisher, payload);
  }

  removeKept(node: string, id: string): void {
    this.write("DELETE FROM kept WHERE node = ? AND id = ?", node, id);
  }

  clearKept(node: string): void {
    this.write("DELETE FROM kept WHERE node = ?", node);
  }

  /** What sessions, and the Directory (`jid` ""), are still to be told, the oldest first; those of some apart. */
  owed(limit: number, apartFrom: Iterable<string> = []): OwedRow[] {
    return this.read<OwedRow>(
      "SELECT no, node, jid, changes FROM owed WHERE jid NOT IN (SELECT value FROM json_each(?)) ORDER BY no LIMIT ?",
      JSON.stringify([...apartFrom]),
      limit,
    );
  }

  /** Is one of these still to be told something? */
  owes(jids: readonly string[]): boolean {
    return this.read("SELECT 1 FROM owed WHERE jid IN (SELECT value FROM json_each(?)) LIMIT 1", JSON.stringify(jids)).length > 0;
  }

  putOwed(node: string, rows: readonly { readonly jid: string; readonly changes: string }[]): void {
    if (rows.length === 0) return;
    this.write("INSERT INTO owed (node, jid, changes) SELECT ?, value->>'jid', value->>'changes' FROM json_each(?)", node, JSON.stringify(rows));
  }

  removeOwed(no: number): void {
    this.write("DELETE FROM owed WHERE no = ?", no);
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
