/**
 * Rows of a webhook: events that wait, and those that were given up.
 *
 * @module
 */

import type { WebhookEvent } from "../contract.ts";
import { Store } from "../store.ts";

const MIGRATIONS = [
  // `due` null: a dead letter.
  `CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER, at INTEGER NOT NULL,
     outcome TEXT NOT NULL);
   CREATE TABLE disabled (one INTEGER PRIMARY KEY CHECK (one = 1), url TEXT NOT NULL, at INTEGER NOT NULL);`,
];

/** An event on its way. */
export interface Waiting extends Record<string, SqlStorageValue> {
  seq: number;
  id: string;
  body: string;
  attempts: number;
}
export interface Dead extends Waiting {
  at: number;
  outcome: string;
}
/** What came of an attempt. */
export interface Attempt {
  readonly at: number;
  readonly outcome: string;
}

const DEAD = "SELECT seq, id, body, attempts, at, outcome FROM events WHERE due IS NULL";

export class WebhookStore extends Store {
  constructor(storage: DurableObjectStorage) {
    super(storage, MIGRATIONS);
  }

  has(id: string): boolean {
    return this.read("SELECT 1 FROM events WHERE id = ?", id).length > 0;
  }

  add({ id, body }: WebhookEvent, due: number): void {
    this.write("INSERT INTO events (id, body, attempts, due, at, outcome) VALUES (?, ?, 0, ?, ?, '')", id, body, due, due);
  }

  addDead({ id, body }: WebhookEvent, { at, outcome }: Attempt): void {
    this.write("INSERT INTO events (id, body, attempts, due, at, outcome) VALUES (?, ?, 0, NULL, ?, ?)", id, body, at, outcome);
  }

  waiting(): number {
    return this.read<{ n: number }>("SELECT count(*) AS n FROM events WHERE due IS NOT NULL")[0]?.n ?? 0;
  }

  due(now: number, limit: number): Waiting[] {
    return this.read<Waiting>("SELECT seq, id, body, attempts FROM events WHERE due <= ? ORDER BY due, seq LIMIT ?", now, limit);
  }

  nextDue(): number | undefined {
    return this.read<{ due: number | null }>("SELECT min(due) AS due FROM events")[0]?.due ?? undefined;
  }

  /** Changes nothing if it was given up meanwhile. */
  postpone(seq: number, due: number, { at, outcome }: Attempt): void {
    this.write("UPDATE events SET attempts = attempts + 1, due = ?, at = ?, outcome = ? WHERE seq = ? AND due IS NOT NULL", due, at, outcome, seq);
  }

  giveUp(seq: number, { at, outcome }: Attempt): void {
    this.write("UPDATE events SET attempts = attempts + 1, due = NULL, at = ?, outcome = ? WHERE seq = ?", at, outcome, seq);
  }

  /** Everything that waits is given up, untried. */
  giveUpAll({ at, outcome }: Attempt): void {
    this.write("UPDATE events SET due = NULL, at = ?, outcome = ? WHERE due IS NOT NULL", at, outcome);
  }

  remove(seq: number): void {
    this.write("DELETE FROM events WHERE seq = ?", seq);
  }

  deadNamed(id: string): Dead | undefined {
    return this.read<Dead>(`${DEAD} AND id = ?`, id)[0];
  }

  /** The oldest first, after one that was shown. */
  deadAfter(seq: number, limit: number): Dead[] {
    return this.read<Dead>(`${DEAD} AND seq > ? ORDER BY seq LIMIT ?`, seq, limit);
  }

  revive(seq: number, due: number): void {
    this.write("UPDATE events SET attempts = 0, due = ?, outcome = '' WHERE seq = ?", due, seq);
  }

  /** Keeps the newest dead letters, so many of them; answers how many went. */
  trimDead(most: number): number {
    return this.write("DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE due IS NULL ORDER BY seq DESC LIMIT -1 OFFSET ?)", most);
  }

  /** Since when a receiver wants nothing more; undefined: it does. */
  disabledAt(url: string): number | undefined {
    return this.read<{ at: number }>("SELECT at FROM disabled WHERE url = ?", url)[0]?.at;
  }

  disable(url: string, at: number): void {
    this.write("INSERT INTO disabled VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET url = excluded.url, at = excluded.at", url, at);
  }

  enable(): void {
    this.write("DELETE FROM disabled");
  }
}
