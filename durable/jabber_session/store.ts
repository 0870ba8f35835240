/**
 * Rows of a jabber session: the user's record, everything that is bound, subscribed and owed, and of who has contacts the
 * roster and what the resources say of themselves: a document each.
 *
 * A session is small and changes as a whole; one row per change is one statement and one page, where a table for each
 * kind would cost a new user's first sign-in more than the sign-in itself.
 *
 * @module
 */

import type { UserRecord } from "../contract.ts";
import type { PresenceRows } from "../protocol/presence_book.ts";
import type { AttendanceRows } from "../protocol/attendance.ts";
import type { SessionRows } from "../protocol/session_state.ts";
import { Store } from "../store.ts";
import type { RosterRows } from "./contacts.ts";

const MIGRATIONS = ["CREATE TABLE documents (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID"];

/** What is bound, subscribed and owed, and who is to be told that the user went. */
export type SessionDocument = Pick<SessionRows, "streams" | "subscriptions" | "outstanding" | "expired" | "affiliations" | "readers" | "left"> & AttendanceRows;

interface RecordDocument {
  readonly version: number;
  readonly record: UserRecord | null;
  /** Unix milliseconds until which sign-ins are refused. */
  readonly lockedUntil: number;
}

/** Addresses that the user blocks. */
interface BlockedDocument {
  readonly blocked?: readonly string[];
}

const NOTHING: SessionRows & RecordDocument = { streams: [], subscriptions: [], outstanding: [], version: 0, record: null, lockedUntil: 0 };

export class SessionStore extends Store {
  constructor(storage: DurableObjectStorage) {
    super(storage, MIGRATIONS);
  }

  load(): SessionRows & AttendanceRows & RecordDocument & RosterRows & PresenceRows & BlockedDocument {
    const documents = this.read<{ json: string }>("SELECT json FROM documents").map(({ json }) => JSON.parse(json) as object);
    return Object.assign({}, NOTHING, ...documents);
  }

  putRecord(document: RecordDocument): void {
    this.#put("record", document);
  }

  putSession(document: SessionDocument): void {
    this.#put("session", document);
  }

  putBlocked(blocked: readonly string[]): void {
    this.#put("blocked", { blocked });
  }

  putRoster(document: RosterRows): void {
    this.#put("roster", document);
  }

  putPresences(document: PresenceRows): void {
    this.#put("presence", document);
  }

  #put(name: string, document: object): void {
    this.write("INSERT INTO documents VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET json = excluded.json", name, JSON.stringify(document));
  }
}
