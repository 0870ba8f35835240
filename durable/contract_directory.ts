/**
 * What is said to the Directory: users, teams, what of them a session keeps: types of the calls, nothing that runs.
 *
 * @module
 */

import type { ContractVersion, Role } from "./contract.ts";

/** SCRAM keys of a password (RFC 5802 §3), base64; the password itself is kept nowhere. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}
export type ScramHash = "SHA-1" | "SHA-256";
export type StoredKeys = Readonly<Record<ScramHash, ScramKeys>>;

/** What the Directory knows of a user and a `JabberSession` keeps a copy of. */
export interface UserRecord {
  /** As provisioned, case kept; the localpart of the jid is its folded form. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Of this user's rights; rises with each change that touches them. */
  readonly version: number;
  readonly keys: StoredKeys;
  /** Ids of the teams the user is a member of. */
  readonly teams: readonly string[];
  /** Teams the user supervises, with the ids of their members. */
  readonly supervises: readonly { readonly team: string; readonly members: readonly string[] }[];
  /** Who is the user's contact by a team's setting, both ways; absent: nobody. `groups`: names of these teams. */
  readonly contacts?: readonly TeamContact[];
}

export interface TeamContact {
  /** Bare. */
  readonly jid: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export type RecordAnswer = { readonly known: true; readonly record: UserRecord } | ({ readonly known: false } & Decoy);

/** What an unknown name is worked through with, so that it looks like a known one: the same whenever it is asked for. */
export interface Decoy {
  /** Base64. */
  readonly salt: string;
  readonly iterations: number;
}

export interface UserInput {
  readonly id: string;
  /** Absent: keep the one there is. */
  readonly password?: string;
  readonly role: Role;
  readonly name?: string;
}
export interface TeamInput {
  readonly id: string;
  readonly name?: string;
  readonly members: readonly string[];
  readonly supervisors: readonly string[];
  /** True: all of them are each other's contacts; absent: not. */
  readonly contacts?: boolean;
}
export interface UserView {
  readonly id: string;
  readonly jid: string;
  readonly role: Role;
  readonly name: string;
  readonly teams: readonly string[];
  readonly supervises: readonly string[];
}
export interface TeamView {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly supervisors: readonly string[];
  /** Absent: no. */
  readonly contacts?: true;
}
export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
}
/** `refused` carries the stable code of the problem and a sentence. */
export type Provisioned<T> =
  | { readonly outcome: "created" | "updated" | "unchanged" | "deleted"; readonly view: T; readonly inForce: boolean }
  | { readonly outcome: "missing" }
  | { readonly outcome: "refused"; readonly code: string; readonly detail: string };

export type ImportLine = ({ readonly kind: "user" } & UserInput) | ({ readonly kind: "team" } & TeamInput);
/** One per line, in the order of the lines. */
export type ImportResult =
  | { readonly outcome: "created" | "updated" | "unchanged"; readonly inForce: boolean }
  | { readonly outcome: "refused"; readonly code: string; readonly detail: string };

export interface DirectoryCalls {
  /** Asked by a session without a record, once; from then on the Directory pushes each change to it. */
  record(request: { v: ContractVersion; jid: string; manager?: string }): Promise<RecordAnswer>;
  putUser(request: { v: ContractVersion; user: UserInput }): Promise<Provisioned<UserView>>;
  getUser(request: { v: ContractVersion; id: string }): Promise<UserView | null>;
  deleteUser(request: { v: ContractVersion; id: string }): Promise<Provisioned<UserView>>;
  listUsers(request: { v: ContractVersion; limit: number; cursor: string | null }): Promise<Page<UserView>>;
  putTeam(request: { v: ContractVersion; team: TeamInput }): Promise<Provisioned<TeamView>>;
  getTeam(request: { v: ContractVersion; id: string }): Promise<TeamView | null>;
  deleteTeam(request: { v: ContractVersion; id: string }): Promise<Provisioned<TeamView>>;
  listTeams(request: { v: ContractVersion; limit: number; cursor: string | null }): Promise<Page<TeamView>>;
  /**
   * Takes lines from the front, as many as concern no more sessions than one invocation may tell: at least one. A result
   * for each that was taken; the rest is to be sent again. `later`: all are taken, and their sessions told from the alarm.
   */
  importLines(request: { v: ContractVersion; lines: readonly ImportLine[]; later?: boolean }): Promise<readonly ImportResult[]>;
  /** Tells sessions of changes, as many as one invocation may; how many were not tried yet, and how many did not answer. */
  tell(request: { v: ContractVersion }): Promise<{ readonly untried: number; readonly unanswered: number }>;
  /**
   * Notes a node that was created, or changed; `listed`: anybody may see it among the nodes. `creator`: bare jid of whose
   * nodes it is one, absent where it has one already, null where it is nobody's. "full": there are too many, or too many
   * of the creator's.
   */
  putNode(request: { v: ContractVersion; node: string; listed: boolean; creator?: string | null }): Promise<{ readonly outcome: "noted" | "full" }>;
  removeNode(request: { v: ContractVersion; node: string }): Promise<void>;
  /** Created nodes that anybody may see, the first of them. */
  listNodes(request: { v: ContractVersion }): Promise<{ readonly nodes: readonly string[] }>;
  /** For `/readyz`. */
  ready(request: { v: ContractVersion }): Promise<{ ready: true }>;
}
