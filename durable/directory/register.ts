/**
 * The register of a domain: puts and removes users and teams, and notes in the same transaction who must be told.
 *
 * @module
 */

import { prepareLocal } from "../../xmpp/mod.ts";
import type { Page, Role, StoredKeys, TeamContact, TeamInput, TeamView, UserInput, UserRecord, UserView } from "../contract.ts";
import { added, affectedBy, contactsRefusal, everybodyIn, foldIds, NOBODY, type Refused, roleRefusal, type Roster, unfitPeople } from "./rights.ts";
import type { DirectoryStore, Membership, TeamRow, UserRow } from "./store.ts";

/** A password that was looked at before the step: hashing needs an `await`, a step has none. */
export interface Prepared {
  /** Keys to store; null: the stored ones stay. */
  readonly keys: StoredKeys | null;
  /** The stored keys it was compared with; undefined: there was no password to compare. */
  readonly against: string | null | undefined;
}

export type Applied<T> =
  /** `affected`: jids that must have the change before it is in force. */
  | { readonly outcome: "created" | "updated" | "unchanged" | "deleted"; readonly view: T; readonly affected: readonly string[] }
  | { readonly outcome: "missing" }
  | Refused
  /** The stored keys are others than those the password was compared with: prepare again. */
  | { readonly outcome: "stale" };

/** How long a change is tried at once before the alarm takes over. */
export const AT_ONCE_MS = 6000;

export class Register {
  readonly #store: DirectoryStore;
  readonly #domain: string;
  /** People of a team with contacts at most. */
  readonly #teamContacts: number;

  constructor(store: DirectoryStore, domain: string, teamContacts: number) {
    this.#store = store;
    this.#domain = domain;
    this.#teamContacts = teamContacts;
  }

  // --------------------------------------------------------------- users

  /** The user of an id in any spelling. */
  find(id: string): UserRow | undefined {
    const local = prepareLocal(id);
    return local === undefined ? undefined : this.#store.user(local);
  }

  putUser(input: UserInput, prepared: Prepared): Applied<UserView> {
    const local = prepareLocal(input.id) as string;
    const row = this.#store.user(local);
    if (prepared.against !== undefined && prepared.against !== (row?.keys ?? null)) return { outcome: "stale" };
    return row ? this.#updateUser(row, input, prepared.keys) : this.#createUser(local, input, prepared.keys);
  }

  #createUser(local: string, { id, name, role }: UserInput, keys: StoredKeys | null): Applied<UserView> {
    if (!keys) return { outcome: "refused", code: "password-required", detail: `User "${id}" is new and needs a password` };
    const version = this.#store.nextVersion(Date.now());
    // A session that is still to hear of the former user's end has its name: it hears of this one too.
    const fetched = this.#store.outboxOf([this.#jidOf(local)]).length;
    const row = { local, id: id.normalize("NFC"), name: name ?? id, role, version, fetched };
    this.#store.insertUser(row, keys);
    return { outcome: "created", view: this.#view(row, []), affected: fetched ? [this.#jidOf(local)] : [] };
  }

  #updateUser(row: UserRow, input: UserInput, keys: StoredKeys | null): Applied<UserView> {
    const memberships = this.#store.ofUsers([row.local]);
    const supervised = memberships.filter(({ kind }) => kind === "supervisor").map(({ team }) => team);
    const refusal = roleRefusal(input.role, supervised);
    if (refusal) return refusal;
    const after = { ...row, name: input.name ?? row.name, role: input.role, keys: keys ? JSON.stringify(keys) : row.keys };
    const view = this.#view(after, memberships);
    const isSame = after.name === row.name && after.role === row.role && after.keys === row.keys;
    if (isSame) return { outcome: "unchanged", view, affected: [view.jid] };
    this.#store.updateUser(after);
    // Whose contact the user is sees the name.
    const others = after.name === row.name ? [] : this.#contactsOf(memberships).map(({ local }) => local);
    const locals = [...new Set([row.local, ...others])];
    this.#touch(locals);
    return { outcome: "updated", view, affected: locals.map((local) => this.#jidOf(local)) };
  }

  deleteUser(id: string): Applied<UserView> {
    const row = this.find(id);
    if (!row) return { outcome: "missing" };
    const memberships = this.#store.ofUsers([row.local]);
    const view = this.#view(row, memberships);
    const teams = memberships.filter(({ kind }) => kind === "member").map(({ team }) => team);
    const supervisors = this.#store
      .inTeams(teams)
      .filter(({ kind, local }) => kind === "supervisor" && local !== row.local)
      .map(({ local }) => local);
    const contacts = this.#contactsOf(memberships).map(({ local }) => local);
    const others = [...new Set([...supervisors, ...contacts])].filter((local) => local !== row.local);
    this.#store.deleteUser(row.local);
    const version = this.#touch(others);
    if (row.fetched) this.#store.putOutbox([view.jid], version, Date.now() + AT_ONCE_MS);
    return { outcome: "deleted", view, affected: [view.jid, ...others.map((local) => this.#jidOf(local))] };
  }

  viewUser(id: string): UserView | null {
    const row = this.find(id);
    return row ? this.#view(row, this.#store.ofUsers([row.local])) : null;
  }

  listUsers(after: string, limit: number): Page<UserView> {
    const { rows, next } = page(this.#store.usersAfter(after, limit + 1), limit, ({ local }) => local);
    const memberships = Map.groupBy(this.#store.ofUsers(rows.map(({ local }) => local)), ({ local }) => local);
    return { items: rows.map((row) => this.#view(row, memberships.get(row.local) ?? [])), next };
  }

  /** What a session keeps of a user. */
  recordOf(local: string): UserRecord | null {
    const row = this.#store.user(local);
    if (!row) return null;
    const memberships = this.#store.ofUsers([local]);
    const { teams, supervises } = this.#view(row, memberships);
    const members = Map.groupBy(
      (supervises.length > 0 ? this.#store.inTeams(supervises) : []).filter(({ kind }) => kind === "member"),
      ({ team }) => team,
    );
    const contacts = this.#teamContactsOf(local, memberships);
    return {
      id: row.id,
      name: row.name,
      role: row.role,
      version: row.version,
      keys: JSON.parse(row.keys) as StoredKeys,
      teams,
      supervises: supervises.map((team) => ({ team, members: (members.get(team) ?? []).map(({ id }) => id) })),
      ...(contacts.length > 0 && { contacts }),
    };
  }

  /** Everybody in those of a user's teams whose people are each other's contacts. */
  #contactsOf(memberships: readonly Membership[]): readonly Membership[] {
    const teams = this.#store.contactTeams([...new Set(memberships.map(({ team }) => team))]);
    return teams.length === 0 ? [] : this.#store.inTeams(teams.map(({ id }) => id));
  }

  #teamContactsOf(local: string, memberships: readonly Membership[]): TeamContact[] {
    const people = this.#contactsOf(memberships).filter((person) => person.local !== local);
    if (people.length === 0) return [];
    const teams = new Map(this.#store.contactTeams([...new Set(people.map(({ team }) => team))]).map(({ id, name }) => [id, name]));
    const names = new Map(this.#store.usersNamed([...new Set(people.map((person) => person.local))]).map((user) => [user.local, user.name]));
    const groups = Map.groupBy(people, (person) => person.local);
    return [...groups].map(([other, of]) => ({
      jid: this.#jidOf(other),
      name: names.get(other) ?? other,
      groups: [...new Set(of.map(({ team }) => teams.get(team) ?? team))],
    }));
  }

  #view({ local, id, name, role }: Pick<UserRow, "local" | "id" | "name" | "role">, memberships: readonly Membership[]): UserView {
    const teamsAs = (as: Membership["kind"]) => memberships.filter(({ kind }) => kind === as).map(({ team }) => team);
    return { id, jid: this.#jidOf(local), role, name, teams: teamsAs("member"), supervises: teamsAs("supervisor") };
  }

  #jidOf(local: string): string {
    return `${local}@${this.#domain}`;
  }

  // --------------------------------------------------------------- teams

  putTeam(input: TeamInput): Applied<TeamView> {
    const id = input.id.normalize("NFC");
    const after: Roster = { members: foldIds(input.members).locals, supervisors: foldIds(input.supervisors).locals };
    const people = this.#store.usersNamed([...after.members, ...after.supervisors]);
    const refusal = unfitPeople(input, new Map(people.map(({ local, role }): [string, Role] => [local, role])));
    if (refusal) return refusal;
    const tooMany = contactsRefusal(input, after, this.#teamContacts);
    if (tooMany) return tooMany;
    const row = this.#store.team(id);
    const before = row ? this.#rosterOf(id) : NOBODY;
    const name = input.name ?? row?.name ?? id;
    const contacts = input.contacts ? 1 : 0;
    const isOther = row?.name !== name || (row?.contacts ?? 0) !== contacts;
    const moved = affectedBy(before, after);
    // Of contacts everybody hears of everybody, by the team's name.
    const hasContacts = contacts === 1 || row?.contacts === 1;
    const affected = hasContacts && (isOther || moved.length > 0) ? everybodyIn(before, after) : moved;
    const outcome = !row ? "created" : affected.length > 0 || isOther ? "updated" : "unchanged";
    if (outcome === "unchanged")
      return { outcome, view: this.#teamView(row as TeamRow), affected: [...after.members, ...after.supervisors].map((local) => this.#jidOf(local)) };
    this.#store.putTeam({ id, name, contacts });
    this.#changeRoster(id, before, after);
    if (affected.length > 0) this.#touch(affected);
    return { outcome, view: this.#teamView({ id, name, contacts }), affected: affected.map((local) => this.#jidOf(local)) };
  }

  #rosterOf(team: string): Roster {
    const people = this.#store.inTeams([team]);
    const localsAs = (as: Membership["kind"]) => people.filter(({ kind }) => kind === as).map(({ local }) => local);
    return { members: localsAs("member"), supervisors: localsAs("supervisor") };
  }

  #changeRoster(team: string, before: Roster, after: Roster): void {
    this.#store.addMembers(team, "member", added(before.members, after.members));
    this.#store.removeMembers(team, "member", added(after.members, before.members));
    this.#store.addMembers(team, "supervisor", added(before.supervisors, after.supervisors));
    this.#store.removeMembers(team, "supervisor", added(after.supervisors, before.supervisors));
  }

  deleteTeam(given: string): Applied<TeamView> {
    const row = this.#store.team(given.normalize("NFC"));
    if (!row) return { outcome: "missing" };
    const view = this.#teamView(row);
    const affected = affectedBy(this.#rosterOf(row.id), NOBODY);
    this.#store.deleteTeam(row.id);
    if (affected.length > 0) this.#touch(affected);
    return { outcome: "deleted", view, affected: affected.map((local) => this.#jidOf(local)) };
  }

  viewTeam(id: string): TeamView | null {
    const row = this.#store.team(id.normalize("NFC"));
    return row ? this.#teamView(row) : null;
  }

  listTeams(after: string, limit: number): Page<TeamView> {
    const { rows, next } = page(this.#store.teamsAfter(after, limit + 1), limit, ({ id }) => id);
    const people = Map.groupBy(this.#store.inTeams(rows.map(({ id }) => id)), ({ team }) => team);
    return { items: rows.map((row) => this.#teamView(row, people.get(row.id) ?? [])), next };
  }

  #teamView({ id, name, contacts }: TeamRow, people: readonly Membership[] = this.#store.inTeams([id])): TeamView {
    const idsAs = (as: Membership["kind"]) => people.filter(({ kind }) => kind === as).map((person) => person.id);
    return { id, name, members: idsAs("member"), supervisors: idsAs("supervisor"), ...(contacts === 1 && { contacts: true as const }) };
  }

  /** Gives each a new version, and the outbox a row for each that a session has a record of. */
  #touch(locals: readonly string[]): number {
    const now = Date.now();
    const version = this.#store.nextVersion(now);
    if (locals.length === 0) return version;
    this.#store.setVersion(locals, version);
    const told = this.#store
      .usersNamed(locals)
      .filter(({ fetched }) => fetched === 1)
      .map(({ local }) => this.#jidOf(local));
    this.#store.putOutbox(told, version, now + AT_ONCE_MS);
    return version;
  }
}

/** Cuts the row that only tells that there is more; the cursor is the key of the last one shown. */
function page<T>(found: readonly T[], limit: number, keyOf: (row: T) => string): { rows: readonly T[]; next: string | null } {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last ? toCursor(keyOf(last)) : null };
}

/** A key as an opaque cursor: base64url of its UTF-8. */
export function toCursor(key: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(key)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

/** The key of a cursor; the beginning for null. */
export function fromCursor(cursor: string | null): string {
  if (cursor === null) return "";
  const bytes = atob(cursor.replace(/-/g, "+").replace(/_/g, "/"));
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}
