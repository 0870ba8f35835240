/**
 * Rows of a jabber session.
 *
 * @module
 */

import type { UserRecord } from "../contract.ts";
import type { BoundStream, Change, Outstanding, SessionRows, SubscriptionRow } from "../protocol/session_state.ts";
import { Store } from "../store.ts";

const MIGRATIONS = [
  `CREATE TABLE record (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, record TEXT, locked_until INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE streams (
     stream TEXT PRIMARY KEY, resource TEXT NOT NULL, generation INTEGER NOT NULL, manager TEXT NOT NULL,
     incarnation INTEGER NOT NULL, available INTEGER NOT NULL, priority INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE subscriptions (node TEXT NOT NULL, subscriber TEXT NOT NULL, PRIMARY KEY (node, subscriber)) WITHOUT ROWID;
   CREATE TABLE outstanding (kind TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, row TEXT NOT NULL,
     PRIMARY KEY (kind, stream, version)) WITHOUT ROWID;`,
];

interface StreamRow extends Record<string, SqlStorageValue> {
  stream: string;
  resource: string;
  generation: number;
  manager: string;
  incarnation: number;
  available: number;
  priority: number;
}

const streamOf = (row: StreamRow): BoundStream => ({
  stream: row.stream,
  resource: row.resource,
  generation: row.generation,
  ref: { manager: row.manager, incarnation: row.incarnation },
  available: row.available === 1,
  priority: row.priority,
});

export class SessionStore extends Store {
  constructor(storage: DurableObjectStorage) {
    super(storage, MIGRATIONS);
  }

  load(): SessionRows {
    const [stored] = this.read<{ version: number; record: string | null }>("SELECT version, record FROM record");
    return {
      streams: this.read<StreamRow>("SELECT * FROM streams").map(streamOf),
      subscriptions: this.read<{ node: string; subscriber: string }>("SELECT node, subscriber FROM subscriptions"),
      outstanding: this.read<{ row: string }>("SELECT row FROM outstanding").map(({ row }) => JSON.parse(row) as Outstanding),
      version: stored?.version ?? 0,
      record: stored?.record ? (JSON.parse(stored.record) as UserRecord) : null,
    };
  }

  get lockedUntil(): number {
    return this.read<{ locked_until: number }>("SELECT locked_until FROM record")[0]?.locked_until ?? 0;
  }

  lock(until: number): void {
    this.write("UPDATE record SET locked_until = ?", until);
  }

  /** Applies the changes of one step; they are committed together. */
  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if ("remove" in change) this.#remove(change);
      else this.#put(change);
    }
  }

  #put(change: Extract<Change, { put: string }>): void {
    switch (change.put) {
      case "stream": {
        const { stream, resource, generation, ref, available, priority } = change.row;
        this.write(
          `INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (stream) DO UPDATE SET available = excluded.available, priority = excluded.priority`,
          stream, resource, generation, ref.manager, ref.incarnation, available ? 1 : 0, priority,
        );
        return;
      }
      case "subscription":
        this.write("INSERT OR IGNORE INTO subscriptions VALUES (?, ?)", change.row.node, change.row.subscriber);
        return;
      case "outstanding":
        this.write("INSERT OR REPLACE INTO outstanding VALUES (?, ?, ?, ?)", change.row.kind, change.row.stream, versionOf(change.row), JSON.stringify(change.row));
        return;
      case "record":
        this.write(
          "INSERT INTO record (one, version, record) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET version = excluded.version, record = excluded.record",
          change.version, change.record ? JSON.stringify(change.record) : null,
        );
    }
  }

  #remove(change: Extract<Change, { remove: string }>): void {
    switch (change.remove) {
      case "stream":
        this.write("DELETE FROM streams WHERE stream = ?", change.stream);
        return;
      case "subscription":
        this.write("DELETE FROM subscriptions WHERE node = ? AND subscriber = ?", change.row.node, change.row.subscriber);
        return;
      case "outstanding":
        this.write("DELETE FROM outstanding WHERE kind = ? AND stream = ? AND version = ?", change.row.kind, change.row.stream, versionOf(change.row));
    }
  }
}

const versionOf = (row: Outstanding): number => (row.kind === "revoke" ? row.version : 0);

export type { SubscriptionRow };
