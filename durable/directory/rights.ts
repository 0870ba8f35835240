/**
 * What a change of the register means for its users: whether it may be, and whose rights it touches. Pure.
 *
 * @module
 */

import { CONTACT_NAME, prepareLocal, preparePassword } from "../../xmpp/mod.ts";
import type { Role, TeamInput, UserInput } from "../contract.ts";

export const ROLES: readonly Role[] = ["agent", "supervisor", "publisher", "admin"];
const SUPERVISING: ReadonlySet<Role> = new Set<Role>(["supervisor", "admin"]);

export const MAX_PASSWORD = 4096;
export const MAX_NAME = 256;
export const MAX_TEAM_ID = 128;

/** Why a change is refused: the stable code of the problem, and a sentence. */
export interface Refused {
  readonly outcome: "refused";
  readonly code: string;
  readonly detail: string;
}
const refuse = (code: string, detail: string): Refused => ({ outcome: "refused", code, detail });

const CONTROLS = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Finds what is wrong with a user in itself, if anything.
 *
 * @param minPassword characters that a new password must have, once prepared (RFC 6120 §13.9.4)
 */
export function userRefusal({ id, password, role, name }: UserInput, minPassword: number): Refused | undefined {
  if (prepareLocal(id) === undefined) return refuse("invalid-id", `"${shown(id)}" cannot be the localpart of a jid (RFC 7622 §3.3)`);
  if (isDots(id) || prepareLocal(id) === CONTACT_NAME)
    return refuse("invalid-id", `"${shown(id)}" is no user's: it stands for a path, or the service's contact`);
  if (!ROLES.includes(role)) return refuse("invalid-role", `Role must be one of ${ROLES.join(", ")}`);
  if (name !== undefined && !isName(name)) return refuse("invalid-name", `Name must have 1 to ${MAX_NAME} characters and no control characters`);
  if (password === undefined) return undefined;
  const prepared = preparePassword(password);
  if (prepared === undefined || prepared.length > MAX_PASSWORD) {
    return refuse("invalid-password", `Password must have 1 to ${MAX_PASSWORD} characters and no control characters (RFC 8265 §4.2)`);
  }
  return minPassword > 1 ? weakness({ id, password: prepared, minPassword }) : undefined;
}

/** Why a password is too easy to guess: short, or the name of its user (RFC 6120 §13.9.4); undefined: it is not. */
function weakness({ id, password, minPassword }: { readonly id: string; readonly password: string; readonly minPassword: number }): Refused | undefined {
  if ([...password].length < minPassword) return refuse("password-too-weak", `Password must have ${minPassword} characters or more (MIN_PASSWORD)`);
  if (prepareLocal(password) === prepareLocal(id)) return refuse("password-too-weak", "Password must not be the id of its user");
  return undefined;
}

/** Finds what is wrong with a team in itself, if anything. */
export function teamRefusal({ id, name }: TeamInput): Refused | undefined {
  if (id === "" || id.length > MAX_TEAM_ID || id.includes("/") || isDots(id) || CONTROLS.test(id)) {
    return refuse("invalid-id", `Team id must have 1 to ${MAX_TEAM_ID} characters, no slash, no control characters and not only dots: "${shown(id)}"`);
  }
  if (name !== undefined && !isName(name)) return refuse("invalid-name", `Name must have 1 to ${MAX_NAME} characters and no control characters`);
  return undefined;
}

/** A segment that a path resolves away. */
const isDots = (id: string): boolean => id === "." || id === "..";
const isName = (name: string): boolean => name !== "" && name.length <= MAX_NAME && !CONTROLS.test(name);
const shown = (id: string): string => (id.length > 60 ? `${id.slice(0, 60)}…` : id).replace(/\p{Cc}/gu, "\ufffd");

/** Given ids by the localparts they fold to: the first spelling of each, and those that fold to none. */
export function foldIds(ids: readonly string[]): { readonly locals: readonly string[]; readonly unfit: readonly string[] } {
  const folded = ids.map((id) => ({ id, local: prepareLocal(id) }));
  return {
    locals: [...new Set(folded.flatMap(({ local }) => (local === undefined ? [] : [local])))],
    unfit: folded.filter(({ local }) => local === undefined).map(({ id }) => shown(id)),
  };
}

/** Finds whom a team names that is not there, or may not supervise. `roleOf`: of the known ones. */
export function unfitPeople(team: TeamInput, roleOf: ReadonlyMap<string, Role>): Refused | undefined {
  const members = foldIds(team.members);
  const supervisors = foldIds(team.supervisors);
  const absent = ({ locals, unfit }: typeof members) => [...locals.filter((local) => !roleOf.has(local)), ...unfit];
  const noMember = absent(members);
  if (noMember.length > 0) return refuse("unknown-member", `No such user: ${listed(noMember)}`);
  const noSupervisor = absent(supervisors);
  if (noSupervisor.length > 0) return refuse("unknown-supervisor", `No such user: ${listed(noSupervisor)}`);
  const unfit = supervisors.locals.filter((local) => !SUPERVISING.has(roleOf.get(local) as Role));
  if (unfit.length > 0) return refuse("not-a-supervisor", `A supervisor of a team must have the role supervisor or admin: ${listed(unfit)}`);
  return undefined;
}

/** People of a team whose people are each other's contacts: each of them is told of each other one. `most`: so many. */
export function contactsRefusal({ id, contacts = false }: TeamInput, { members, supervisors }: Roster, most: number): Refused | undefined {
  const people = new Set([...members, ...supervisors]).size;
  if (!contacts || people <= most) return undefined;
  return refuse("too-many-contacts", `Team "${shown(id)}" has ${people} people, and contacts are for ${most} at most (TEAM_CONTACTS)`);
}

/** A user that supervises teams cannot become one who may not. */
export function roleRefusal(role: Role, supervises: readonly string[]): Refused | undefined {
  if (SUPERVISING.has(role) || supervises.length === 0) return undefined;
  return refuse("still-supervises", `User supervises: ${listed(supervises)}; take it off these teams first`);
}

/** At most ten names, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return names.slice(0, 10).join(", ") + more;
}

/** Who is in a team, by localpart. */
export interface Roster {
  readonly members: readonly string[];
  readonly supervisors: readonly string[];
}
export const NOBODY: Roster = { members: [], supervisors: [] };

/** What is in the second list and not in the first. */
export function added(before: readonly string[], after: readonly string[]): string[] {
  const known = new Set(before);
  return after.filter((local) => !known.has(local));
}

/**
 * Whose rights change with a team: who joins or leaves it in either way, and, where a member comes or goes, everyone who
 * supervises it, for supervisors may listen to what their members may.
 */
export function affectedBy(before: Roster, after: Roster): string[] {
  const moved = [...added(before.members, after.members), ...added(after.members, before.members)];
  const promoted = [...added(before.supervisors, after.supervisors), ...added(after.supervisors, before.supervisors)];
  const watching = moved.length > 0 ? [...before.supervisors, ...after.supervisors] : [];
  return [...new Set([...moved, ...promoted, ...watching])];
}

/** Everybody who is in a team, or was. */
export function everybodyIn(...rosters: readonly Roster[]): string[] {
  return [...new Set(rosters.flatMap(({ members, supervisors }) => [...members, ...supervisors]))];
}
