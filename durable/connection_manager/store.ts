/**
 * Rows of a connection manager: which life it is in, its bound streams, and short numbers for the nodes it joined.
 *
 * @module
 */

import { Store } from "../store.ts";

const MIGRATIONS = [
  `CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), incarnation INTEGER NOT NULL);
   CREATE TABLE streams (stream TEXT PRIMARY KEY, jid TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE nodes (no INTEGER PRIMARY KEY, address TEXT NOT NULL);`,
];

/** A stream that was to be bound; without a socket it is an orphan. */
export interface StreamRow extends Record<string, SqlStorageValue> {
  stream: string;
  jid: string;
}

export class ManagerStore extends Store {
  readonly #numbers = new Map<string, number>();

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
