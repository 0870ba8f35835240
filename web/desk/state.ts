/**
 * All that the page shows, as signals: what changes draws only what shows it.
 *
 * @module
 */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";

import type { Transport } from "../../client/mod.ts";
import { callsAfter, changed, inOrder, type Person, stranger } from "./people.ts";
import type { Call, Update, UserPatch } from "./updates.ts";

export type Phase =
  | { readonly kind: "signed-out" }
  | { readonly kind: "connecting" }
  | { readonly kind: "signed-in" }
  /** `lostAt` null: there was no connection yet. */
  | { readonly kind: "reconnecting"; readonly retryAt: number; readonly lostAt: number | null }
  | { readonly kind: "elsewhere" }
  | { readonly kind: "wrong-password" }
  | { readonly kind: "revoked" };

export interface Team {
  readonly id: string;
  readonly name: Signal<string>;
  /** One signal per member, in the order shown. */
  readonly members: Signal<readonly Signal<Person>[]>;
}

/** The page's picture, as a reload keeps it. */
export interface DeskSnapshot {
  readonly own: Person;
  readonly isSupervisor: boolean;
  readonly wasSignedIn: boolean;
  readonly calls: readonly Call[];
  readonly teams: readonly { readonly id: string; readonly name: string; readonly members: readonly Person[] }[];
  readonly names: readonly (readonly [id: string, name: string])[];
  readonly unheard: readonly string[];
  readonly contactAway: boolean;
  readonly outOfService: boolean;
  readonly missed: readonly string[];
  readonly skew: number;
}

const USER_NODE = /^\/finesse\/api\/User\/([^/]+)$/;
const TEAM_NODE = /^\/finesse\/api\/Team\/([^/]+)\/Users$/;

/** Nodes by what they are about. */
export function nodesOf(nodes: readonly string[]): { readonly users: readonly string[]; readonly teams: readonly string[] } {
  const named = (pattern: RegExp) => nodes.flatMap((node) => pattern.exec(node)?.[1] ?? []);
  return { users: named(USER_NODE), teams: named(TEAM_NODE) };
}

export const userNode = (id: string): string => `/finesse/api/User/${id}`;
export const teamNode = (id: string): string => `/finesse/api/Team/${id}/Users`;

export class DeskState {
  readonly phase = signal<Phase>({ kind: "signed-out" });
  /** What the connection goes over, or tries to. */
  readonly transport = signal<Transport>("websocket");
  readonly jid = signal("");
  readonly own = signal<Person>(stranger(""));
  readonly isSupervisor = signal(false);
  readonly calls = signal<readonly Call[]>([]);
  readonly teams = signal<readonly Team[]>([]);
  /** Members whose team is not known yet. */
  readonly unheard = signal<readonly string[]>([]);
  /** The whole sign-in is done, subscriptions included. */
  readonly isSubscribed = signal(false);
  /** This user has been signed in: their desk is shown, even when it is out of date. */
  readonly wasSignedIn = signal(false);
  /** When the stream was resumed; null: it is a new one, or that has been read. */
  readonly resumedAt = signal<number | null>(null);
  /** That the connection goes the long way round was read. */
  readonly isRoundaboutRead = signal(false);
  /** Nodes of which events may have been missed. */
  readonly gaps = signal<readonly string[]>([]);
  readonly pingMs = signal<number | null>(null);
  readonly refusal = signal("");
  readonly #contactAway = signal(false);
  readonly #outOfService = signal(false);
  readonly isBackEndDown: ReadonlySignal<boolean> = computed(() => this.#contactAway.value || this.#outOfService.value);
  /** Ticks once a second, by the server's clock. */
  readonly now = signal(Date.now());
  skew = 0;
  readonly #language: string;
  readonly #members = new Map<string, Map<string, Signal<Person>>>();
  /** Names of teams, known maybe before the teams are. */
  readonly #names = new Map<string, string>();

  constructor(language: string) {
    this.#language = language;
  }

  tick(): void {
    this.now.value = Date.now() + this.skew;
  }

  /** Forgets everything: another user signs in. */
  clear(id: string): void {
    this.#members.clear();
    this.#names.clear();
    batch(() => {
      this.own.value = stranger(id);
      this.isSupervisor.value = false;
      this.calls.value = [];
      this.teams.value = [];
      this.unheard.value = [];
      this.refusal.value = "";
      this.resumedAt.value = null;
      this.gaps.value = [];
      this.jid.value = "";
      this.wasSignedIn.value = false;
      this.#outOfService.value = false;
      this.#contactAway.value = false;
    });
  }

  snapshot(): DeskSnapshot {
    return {
      own: this.own.value,
      isSupervisor: this.isSupervisor.value,
      wasSignedIn: this.wasSignedIn.value,
      calls: this.calls.value,
      teams: this.teams.value.map(({ id, name, members }) => ({ id, name: name.value, members: members.value.map((member) => member.value) })),
      names: [...this.#names],
      unheard: this.unheard.value,
      contactAway: this.#contactAway.value,
      outOfService: this.#outOfService.value,
      missed: this.gaps.value,
      skew: this.skew,
    };
  }

  restore({ own, isSupervisor, wasSignedIn, calls, teams, names, unheard, contactAway, outOfService, missed, skew }: DeskSnapshot): void {
    this.clear(own.id);
    this.skew = skew;
    for (const [id, name] of names) this.#names.set(id, name);
    batch(() => {
      this.teams.value = teams.map(({ id }) => this.#newTeam(id));
      for (const { id, name, members } of teams) {
        this.#name(id, name);
        this.#put(id, members);
      }
      this.own.value = own;
      this.isSupervisor.value = isSupervisor;
      this.wasSignedIn.value = wasSignedIn;
      this.calls.value = calls;
      this.unheard.value = unheard;
      this.#contactAway.value = contactAway;
      this.#outOfService.value = outOfService;
      this.gaps.value = missed;
    });
  }

  /** Who one is, and which teams one hears of. */
  get nodes(): { readonly id: string; readonly teams: readonly string[] } {
    return { id: this.own.value.id, teams: this.teams.value.map(({ id }) => id) };
  }

  /** Events of this node may have been missed. */
  missed(node: string): void {
    if (!this.gaps.value.includes(node)) this.gaps.value = [...this.gaps.value, node];
  }

  /** Takes the list of nodes: who one is, which teams there are, and whose members. */
  found(nodes: readonly string[], localpart: string): { readonly id: string; readonly teams: readonly string[] } {
    const { users, teams } = nodesOf(nodes);
    const id = users.find((user) => user.toLowerCase() === localpart.toLowerCase()) ?? localpart;
    const others = users.filter((user) => user !== id);
    batch(() => {
      if (this.own.value.id !== id) this.own.value = { ...this.own.value, id };
      if (others.length > 0) this.isSupervisor.value = true;
      this.teams.value = teams.map((team) => this.teams.value.find((known) => known.id === team) ?? this.#newTeam(team));
      if (teams.length === 1)
        this.#put(
          teams[0] as string,
          others.map((other) => stranger(other)),
        );
      this.unheard.value = others.filter((other) => !this.#isMember(other));
    });
    return { id, teams };
  }

  /** The service contact came or went. */
  contact(isThere: boolean): void {
    this.#contactAway.value = !isThere;
  }

  /** Takes an event. */
  apply(node: string, update: Update): void {
    const at = Date.now() + this.skew;
    batch(() => {
      const team = TEAM_NODE.exec(node)?.[1];
      if (team !== undefined) this.#applyToTeam(team, update, at);
      else if (update.kind === "system") this.#outOfService.value = !update.inService;
      else if (node.startsWith(userNode(this.own.value.id))) this.#applyToOwn(update, at);
    });
  }

  #applyToOwn(update: Update, at: number): void {
    if (update.kind === "calls") this.calls.value = callsAfter(this.calls.value, update, at);
    if (update.kind === "errors") this.refusal.value = update.messages.join(", ");
    if (update.kind !== "user" || update.isDeleted) return;
    this.own.value = changed(this.own.value, update.user, at);
    const { teamId, teamName, supervises } = update.user;
    if (teamId) this.#name(teamId, teamName);
    if (!supervises) return;
    this.isSupervisor.value = true;
    for (const [id, name] of supervises) this.#name(id, name);
  }

  /** A team's name; what is not said changes none. */
  #name(team: string, name: string | undefined): void {
    if (!name) return;
    this.#names.set(team, name);
    const shown = this.teams.value.find(({ id }) => id === team);
    if (shown) shown.name.value = name;
  }

  #applyToTeam(team: string, update: Update, at: number): void {
    const known = this.teams.value.find(({ id }) => id === team);
    if (!known) return;
    if (update.kind === "user" && update.isDeleted) return this.#remove(team, update.user.id);
    const patches: readonly UserPatch[] = update.kind === "user" ? [update.user] : update.kind === "team" ? update.users : [];
    const name = update.kind === "team" ? update.name : patches[0]?.teamId === team ? patches[0].teamName : undefined;
    this.#name(team, name);
    const members = this.#membersOf(team);
    const added: Person[] = [];
    for (const patch of patches) {
      if (patch.id === "") continue;
      const member = members.get(patch.id);
      if (member) this.#change(member, patch, at, known);
      else added.push(changed(stranger(patch.id), patch, at));
    }
    if (added.length === 0) return;
    this.#put(team, added);
    if (this.unheard.value.length > 0) this.unheard.value = this.unheard.value.filter((id) => !this.#isMember(id));
  }

  #change(member: Signal<Person>, patch: UserPatch, at: number, { members }: Team): void {
    const before = member.value;
    member.value = changed(before, patch, at);
    if (before.name !== member.value.name) members.value = this.#ordered(members.value);
  }

  #put(team: string, people: readonly Person[]): void {
    const members = this.#membersOf(team);
    const added = people.filter(({ id }) => !members.has(id)).map((person) => signal(person));
    for (const member of added) members.set(member.peek().id, member);
    const shown = this.teams.value.find(({ id }) => id === team);
    if (shown && added.length > 0) shown.members.value = this.#ordered([...shown.members.value, ...added]);
  }

  #remove(team: string, id: string): void {
    const member = this.#membersOf(team).get(id);
    this.#membersOf(team).delete(id);
    const shown = this.teams.value.find((known) => known.id === team);
    if (shown && member) shown.members.value = shown.members.value.filter((of) => of !== member);
  }

  #ordered(members: readonly Signal<Person>[]): readonly Signal<Person>[] {
    const byId = new Map(members.map((member) => [member.peek().id, member]));
    return inOrder(
      members.map((member) => member.peek()),
      this.#language,
    ).map(({ id }) => byId.get(id) as Signal<Person>);
  }

  #newTeam(id: string): Team {
    return { id, name: signal(this.#names.get(id) ?? ""), members: signal([]) };
  }

  #membersOf(team: string): Map<string, Signal<Person>> {
    let members = this.#members.get(team);
    if (!members) {
      members = new Map();
      this.#members.set(team, members);
    }
    return members;
  }

  #isMember(id: string): boolean {
    return [...this.#members.values()].some((members) => members.has(id));
  }
}
