/**
 * Rows of a connection manager: which life it is in, its bound streams, and short numbers for the nodes it joined.
 *
 * @module
 */

import { Store } from "../store.ts";
import type { Frozen } from "./connection.ts";

const MIGRATIONS = [
  `CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), incarnation INTEGER NOT NULL);
   CREATE TABLE streams (stream TEXT PRIMARY KEY, jid TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE nodes (no INTEGER PRIMARY KEY, address TEXT NOT NULL);`,
  `CREATE TABLE kept (stream TEXT PRIMARY KEY, until INTEGER NOT NULL, behind INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE behind (one INTEGER PRIMARY KEY CHECK (one = 1));
   CREATE TABLE draining (one INTEGER PRIMARY KEY CHECK (one = 1));`,
];

/** A stream that was to be bound; without a socket it is an orphan. */
export interface StreamRow extends Record<string, SqlStorageValue> {
  stream: string;
  jid: string;
}

/** What is kept of a stream. */
export interface Kept extends Record<string, SqlStorageValue> {
  /** Unix milliseconds until which it can be resumed by that alone; 0: not; `GOES_ON`: its wire is in memory. */
  until: number;
  /** 1: more was delivered to it than the row says. */
  behind: number;
}

export class ManagerStore extends Store {
  readonly #numbers = new Map<string, number>();
  #kept: Map<string, Kept> | undefined;

  constructor(storage: DurableObjectStorage) {
    super(storage, MIGRATIONS);
  }

  incarnation(): number {
    return this.read<{ incarnation: number }>("SELECT incarnation FROM life")[0]?.incarnation ?? 0;
  }

  /** Begins a life: numbers of nodes that attachments of an earlier one named are free again. */
  begin(incarnation: number): void {
    this.write("INSERT INTO life VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET incarnation = excluded.incarnation", incarnation);
    this.write("DELETE FROM nodes");
    this.#numbers.clear();
  }

  putStream(stream: string, jid: string): void {
    this.write("INSERT OR IGNORE INTO streams VALUES (?, ?)", stream, jid);
  }

  removeStream(stream: string): void {
    this.write("DELETE FROM streams WHERE stream = ?", stream);
  }

  streams(): StreamRow[] {
    return this.read<StreamRow>("SELECT stream, jid FROM streams");
  }

  /** A stream that waits to be resumed, or what one with a socket has not acknowledged. */
  keep(stream: string, frozen: Frozen): void {
    this.write(
      "INSERT INTO kept VALUES (?, ?, 0, ?) ON CONFLICT (stream) DO UPDATE SET until = excluded.until, behind = 0, json = excluded.json",
      stream,
      frozen.until,
      JSON.stringify(frozen),
    );
    this.#kept?.set(stream, { until: frozen.until, behind: 0 });
  }

  forget(stream: string): void {
    if (!this.kept().delete(stream)) return;
    this.write("DELETE FROM kept WHERE stream = ?", stream);
  }

  keptOf(stream: string): Frozen | null {
    const kept = this.kept().get(stream);
    const row = kept && this.read<{ json: string }>("SELECT json FROM kept WHERE stream = ?", stream)[0];
    return row ? { ...(JSON.parse(row.json) as Frozen), until: kept.until, behind: kept.behind === 1 } : null;
  }

  /** The wire of a stream is lost: from now on its time runs. */
  beginWaiting(stream: string, until: number): void {
    const kept = this.kept().get(stream);
    if (kept) kept.until = until;
    this.write("UPDATE kept SET until = ? WHERE stream = ?", until, stream);
  }

  /** Streams of which something is kept. Read once. */
  kept(): Map<string, Kept> {
    this.#kept ??= new Map(
      this.read<{ stream: string } & Kept>("SELECT stream, until, behind FROM kept").map(({ stream, until, behind }) => [stream, { until, behind }]),
    );
    return this.#kept;
  }

  /** Rows of streams without a socket may say less than was delivered to them from now on; or: they say all of it. */
  markBehind(behind: boolean): void {
    this.write(behind ? "INSERT OR IGNORE INTO behind VALUES (1)" : "DELETE FROM behind");
  }

  get isDraining(): boolean {
    return this.read("SELECT one FROM draining").length > 0;
  }

  setDraining(draining: boolean): void {
    if (draining === this.isDraining) return;
    this.write(draining ? "INSERT INTO draining VALUES (1)" : "DELETE FROM draining");
  }

  /** After a sleep that was none: the rows that were behind are so for good, until each is written anew. */
  settleBehind(): void {
    if (this.read("SELECT one FROM behind").length === 0) return;
    this.transaction(() => {
      this.write("UPDATE kept SET behind = 1");
      this.write("DELETE FROM behind");
    });
    this.#kept = undefined;
  }

  /** Addresses by number. */
  nodes(): Map<number, string> {
    const rows = this.read<{ no: number; address: string }>("SELECT no, address FROM nodes");
    for (const { no, address } of rows) this.#numbers.set(address, no);
    return new Map(rows.map(({ no, address }) => [no, address]));
  }

  /** The number of a node in attachments; a row when it is new. */
  numberOf(address: string): number {
    let no = this.#numbers.get(address);
    if (no === undefined) {
      no = this.#numbers.size + 1;
      this.#numbers.set(address, no);
      this.write("INSERT OR REPLACE INTO nodes VALUES (?, ?)", no, address);
    }
    return no;
  }
}
