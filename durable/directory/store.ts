/**
 * Rows of a directory: users, teams, who is in which, and the outbox of changes.
 *
 * @module
 */

import type { Role, StoredKeys } from "../contract.ts";
import { newSecret } from "../scram_keys.ts";
import { Store } from "../store.ts";

const MIGRATIONS = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
   CREATE TABLE users (
     local TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, version INTEGER NOT NULL,
     keys TEXT NOT NULL, fetched INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE teams (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE memberships (team TEXT NOT NULL, kind TEXT NOT NULL, local TEXT NOT NULL, PRIMARY KEY (team, kind, local)) WITHOUT ROWID;
   CREATE INDEX memberships_of_user ON memberships (local);
   CREATE TABLE outbox (jid TEXT PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;`,
  "CREATE TABLE nodes (node TEXT PRIMARY KEY, listed INTEGER NOT NULL) WITHOUT ROWID",
  `ALTER TABLE nodes ADD COLUMN creator TEXT;
   CREATE INDEX nodes_of_creator ON nodes (creator) WHERE creator IS NOT NULL;`,
  "ALTER TABLE teams ADD COLUMN contacts INTEGER NOT NULL DEFAULT 0",
];

export interface UserRow extends Record<string, SqlStorageValue> {
  /** Folded localpart of the jid: the user's key. */
  local: string;
  id: string;
  name: string;
  role: Role;
  version: number;
  /** `StoredKeys` as JSON. */
  keys: string;
  /** 1: a session has the record, and is told of each change. */
  fetched: number;
}
/** A user without its keys. */
type NewUser = Pick<UserRow, "local" | "id" | "name" | "role" | "version" | "fetched">;

export interface TeamRow extends Record<string, SqlStorageValue> {
  id: string;
  name: string;
  /** 1: its people are each other's contacts. */
  contacts: number;
}
export type Kind = "member" | "supervisor";
export interface Membership extends Record<string, SqlStorageValue> {
  team: string;
  kind: Kind;
  local: string;
  /** Id of the user. */
  id: string;
}
/** A change that a session was not told of yet, or has not answered as done. */
export interface OutboxRow extends Record<string, SqlStorageValue> {
  jid: string;
  version: number;
  attempts: number;
  due: number;
}

const MEMBERSHIPS = "SELECT m.team, m.kind, m.local, u.id FROM memberships m JOIN users u ON u.local = m.local";

export class DirectoryStore extends Store {
  constructor(storage: DurableObjectStorage) {
    super(storage, MIGRATIONS);
  }

  /** What the salts of unknown names are made from; made when it is first needed. */
  secret(): string {
    const known = this.#meta("secret");
    if (typeof known === "string") return known;
    const secret = newSecret();
    this.write("INSERT INTO meta (key, value) VALUES ('secret', ?)", secret);
    return secret;
  }

  /** Counts a question for an unknown name: the row that a known one's first costs too. */
  countUnknown(): void {
    this.write("INSERT INTO meta (key, value) VALUES ('unknown', 1) ON CONFLICT (key) DO UPDATE SET value = value + 1");
  }

  /** The next version of the domain: the time, made to rise. */
  nextVersion(now: number): number {
    const version = Math.max(now, Number(this.#meta("version") ?? 0) + 1);
    this.write("INSERT INTO meta (key, value) VALUES ('version', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", version);
    return version;
  }

  #meta(key: string): SqlStorageValue | undefined {
    return this.read<{ value: SqlStorageValue }>("SELECT value FROM meta WHERE key = ?", key)[0]?.value;
  }

  // --------------------------------------------------------------- users

  user(local: string): UserRow | undefined {
    return this.read<UserRow>("SELECT * FROM users WHERE local = ?", local)[0];
  }

  usersNamed(locals: readonly string[]): UserRow[] {
    return this.read<UserRow>("SELECT * FROM users WHERE local IN (SELECT value FROM json_each(?))", JSON.stringify(locals));
  }

  /** Iterations of the keys of some users, spread over all of them. */
  iterations(): number[] {
    const sample = "SELECT json_extract(keys, '$.SHA-1.iterations') AS n FROM users ORDER BY version % 997, local LIMIT 100";
    return this.read<{ n: number }>(sample).map(({ n }) => n);
  }

  usersAfter(local: string, limit: number): UserRow[] {
    return this.read<UserRow>("SELECT * FROM users WHERE local > ? ORDER BY local LIMIT ?", local, limit);
  }

  insertUser({ local, id, name, role, version, fetched }: NewUser, keys: StoredKeys): void {
    this.write(
      "INSERT INTO users (local, id, name, role, version, keys, fetched) VALUES (?, ?, ?, ?, ?, ?, ?)",
      local,
      id,
      name,
      role,
      version,
      JSON.stringify(keys),
      fetched,
    );
  }

  updateUser({ local, name, role, keys }: Pick<UserRow, "local" | "name" | "role" | "keys">): void {
    this.write("UPDATE users SET name = ?, role = ?, keys = ? WHERE local = ?", name, role, keys, local);
  }

  markFetched(local: string): void {
    this.write("UPDATE users SET fetched = 1 WHERE local = ?", local);
  }

  setVersion(locals: readonly string[], version: number): void {
    this.write("UPDATE users SET version = ? WHERE local IN (SELECT value FROM json_each(?))", version, JSON.stringify(locals));
  }

  deleteUser(local: string): void {
    this.write("DELETE FROM memberships WHERE local = ?", local);
    this.write("DELETE FROM users WHERE local = ?", local);
  }

  // --------------------------------------------------------------- teams

  team(id: string): TeamRow | undefined {
    return this.read<TeamRow>("SELECT id, name, contacts FROM teams WHERE id = ?", id)[0];
  }

  teamsAfter(id: string, limit: number): TeamRow[] {
    return this.read<TeamRow>("SELECT id, name, contacts FROM teams WHERE id > ? ORDER BY id LIMIT ?", id, limit);
  }

  putTeam({ id, name, contacts }: TeamRow): void {
    const put = "INSERT INTO teams (id, name, contacts) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, contacts = excluded.contacts";
    this.write(put, id, name, contacts);
  }

  /** Of these teams, those whose people are each other's contacts. */
  contactTeams(ids: readonly string[]): TeamRow[] {
    return this.read<TeamRow>(
      "SELECT id, name, contacts FROM teams WHERE contacts = 1 AND id IN (SELECT value FROM json_each(?)) ORDER BY id",
      JSON.stringify(ids),
    );
  }

  deleteTeam(id: string): void {
    this.write("DELETE FROM memberships WHERE team = ?", id);
    this.write("DELETE FROM teams WHERE id = ?", id);
  }

  /** Who is in these teams, in the order of the names. */
  inTeams(teams: readonly string[]): Membership[] {
    return this.read<Membership>(`${MEMBERSHIPS} WHERE m.team IN (SELECT value FROM json_each(?)) ORDER BY m.team, m.local`, JSON.stringify(teams));
  }

  /** Which teams these users are in, in the order of the teams. */
  ofUsers(locals: readonly string[]): Membership[] {
    return this.read<Membership>(`${MEMBERSHIPS} WHERE m.local IN (SELECT value FROM json_each(?)) ORDER BY m.local, m.team`, JSON.stringify(locals));
  }

  addMembers(team: string, kind: Kind, locals: readonly string[]): void {
    if (locals.length === 0) return;
    this.write("INSERT INTO memberships (team, kind, local) SELECT ?, ?, value FROM json_each(?)", team, kind, JSON.stringify(locals));
  }

  removeMembers(team: string, kind: Kind, locals: readonly string[]): void {
    if (locals.length === 0) return;
    this.write("DELETE FROM memberships WHERE team = ? AND kind = ? AND local IN (SELECT value FROM json_each(?))", team, kind, JSON.stringify(locals));
  }

  // --------------------------------------------------------------- nodes

  /** False: there is no room for one more. */
  putNode(
    { node, listed, creator }: { readonly node: string; readonly listed: boolean; readonly creator: string | null },
    most: { readonly inAll: number; readonly ofOne: number },
  ): boolean {
    const isKnown = this.read("SELECT 1 FROM nodes WHERE node = ?", node).length > 0;
    // Counts no further than it must: rows that are read are paid for.
    const isFull = (where: string, bound: number, ...values: string[]) =>
      (this.read<{ n: number }>(`SELECT count(*) AS n FROM (SELECT 1 FROM nodes ${where} LIMIT ?)`, ...values, bound)[0]?.n ?? 0) >= bound;
    if (!isKnown && (isFull("", most.inAll) || (creator !== null && isFull("WHERE creator = ?", most.ofOne, creator)))) return false;
    this.write("INSERT INTO nodes VALUES (?, ?, ?) ON CONFLICT (node) DO UPDATE SET listed = excluded.listed", node, listed ? 1 : 0, creator);
    return true;
  }

  removeNode(node: string): void {
    this.write("DELETE FROM nodes WHERE node = ?", node);
  }

  listedNodes(limit: number): string[] {
    return this.read<{ node: string }>("SELECT node FROM nodes WHERE listed = 1 ORDER BY node LIMIT ?", limit).map(({ node }) => node);
  }

  // -------------------------------------------------------------- outbox

  /** A newer change of the same object takes the place of an older one. */
  putOutbox(jids: readonly string[], version: number, due: number): void {
    if (jids.length === 0) return;
    this.write(
      `INSERT INTO outbox (jid, version, kind, attempts, due) SELECT value, ?, 'rights', 0, ? FROM json_each(?) WHERE true
       ON CONFLICT (jid) DO UPDATE SET version = excluded.version, attempts = 0, due = excluded.due`,
      version,
      due,
      JSON.stringify(jids),
    );
  }

  outboxOf(jids: readonly string[]): OutboxRow[] {
    return this.read<OutboxRow>(
      "SELECT jid, version, attempts, due FROM outbox WHERE jid IN (SELECT value FROM json_each(?)) ORDER BY due, jid",
      JSON.stringify(jids),
    );
  }

  outboxDue(now: number, limit: number): OutboxRow[] {
    return this.read<OutboxRow>("SELECT jid, version, attempts, due FROM outbox WHERE due <= ? ORDER BY due, jid LIMIT ?", now, limit);
  }

  outboxUntried(limit: number): OutboxRow[] {
    return this.read<OutboxRow>("SELECT jid, version, attempts, due FROM outbox WHERE attempts = 0 ORDER BY due, jid LIMIT ?", limit);
  }

  outboxCounts(): { readonly untried: number; readonly unanswered: number } {
    const [row] = this.read<{ untried: number; unanswered: number }>(
      "SELECT count(*) FILTER (WHERE attempts = 0) AS untried, count(*) FILTER (WHERE attempts > 0) AS unanswered FROM outbox",
    );
    return row ?? { untried: 0, unanswered: 0 };
  }

  /** When the outbox is due next; undefined while it is empty. */
  nextDue(): number | undefined {
    return this.read<{ due: number | null }>("SELECT min(due) AS due FROM outbox")[0]?.due ?? undefined;
  }

  postpone({ jid, version, attempts }: OutboxRow, due: number): void {
    this.write("UPDATE outbox SET attempts = ?, due = ? WHERE jid = ? AND version = ?", attempts + 1, due, jid, version);
  }

  settle(jid: string, version: number): void {
    this.write("DELETE FROM outbox WHERE jid = ? AND version <= ?", jid, version);
  }
}
