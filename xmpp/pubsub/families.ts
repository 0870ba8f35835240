/**
 * Families of nodes: which paths exist, who may subscribe, who is subscribed by itself, and how each is kept.
 *
 * One table decides all of it, the operator's or the preset (docs/families.md). The preset is Cisco Finesse's, whose node
 * ids equal its REST paths.
 *
 * @module
 */

import type { NodeConfig } from "./node_config.ts";

/** Who may subscribe, besides publishers and administrators, who always may (XEP-0060 §12.12). */
export type Subscribers =
  /** The user named by `{user}`, and supervisors of a team the user is in. */
  | "owner"
  /** Members and supervisors of the team named by `{team}`. */
  | "team"
  /** Every user of the domain. */
  | "anyone"
  /** Publishers and administrators alone. */
  | "publishers";

export interface Family {
  readonly name: string;
  /** Path with `{user}`, `{team}` or `{id}` for one segment. */
  readonly pattern: string;
  readonly subscribers: Subscribers;
  /** True: each user the node belongs to (for `anyone`: each user) is subscribed with the bare jid, without asking. */
  readonly automatic: boolean;
  readonly log: {
    readonly class: "memory" | "stored";
    readonly length: number;
    /** Of a memory log: where it stands is a row, its items are not. What a kill or a sleep took is known to be missing, or not to. */
    readonly position?: "stored";
  };
  /** Milliseconds within which publishes on a node replace one another (docs/protocol.md: Coalescing); absent: none do. */
  readonly coalesceMs?: number;
  /** What its nodes' configuration says beyond what follows from the rest of the family (XEP-0060 §16.4.4). */
  readonly config?: Partial<Pick<NodeConfig, "title" | "description" | "language" | "type" | "notificationType" | "maxPayloadSize">>;
  /** True: only the service itself publishes on it. */
  readonly ownItems?: true;
  /** An object of its own; one of a fixed number of shared ones; or the one for what everybody listens to. */
  readonly host: "own" | "shared" | "broadcast";
}

const MEMORY = { class: "memory", length: 256 } as const;

/** Where the system's state is published: by the service itself, whose node it is in every table. */
export const SYSTEM_NODE = "/finesse/api/SystemInfo";

const SYSTEM_FAMILY: Family = {
  name: "system",
  pattern: SYSTEM_NODE,
  subscribers: "anyone",
  automatic: true,
  log: { class: "stored", length: 256 },
  host: "broadcast",
};

/** The nodes of a Finesse desktop. */
export const FINESSE: readonly Family[] = [
  { name: "user", pattern: "/finesse/api/User/{user}", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "dialogs", pattern: "/finesse/api/User/{user}/Dialogs", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "media-dialogs", pattern: "/finesse/api/User/{user}/Dialogs/Media", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "media", pattern: "/finesse/api/User/{user}/Media", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "user-queues", pattern: "/finesse/api/User/{user}/Queues", subscribers: "owner", automatic: false, log: MEMORY, host: "shared" },
  { name: "client-log", pattern: "/finesse/api/User/{user}/ClientLog", subscribers: "owner", automatic: false, log: MEMORY, host: "shared" },
  SYSTEM_FAMILY,
  { name: "team", pattern: "/finesse/api/Team/{team}/Users", subscribers: "team", automatic: false, log: MEMORY, host: "own" },
  { name: "team-messages", pattern: "/finesse/api/Team/{team}/TeamMessages", subscribers: "team", automatic: false, log: MEMORY, host: "own" },
  { name: "queue", pattern: "/finesse/api/Queue/{id}", subscribers: "anyone", automatic: false, log: MEMORY, host: "own" },
];

/** Where back ends learn of users who are available no more (docs/webhooks.md). */
export const PRESENCE_NODE = "/deskwire/presence";

/** The service's own node: there only where the settings turn it on. */
const PRESENCE_FAMILY: Family = {
  name: "presence",
  pattern: PRESENCE_NODE,
  subscribers: "publishers",
  automatic: false,
  log: { class: "stored", length: 256 },
  ownItems: true,
  host: "own",
};

/** A table with the node of the system's state, which none goes without. */
export function withSystemNode(families: readonly Family[]): readonly Family[] {
  return families.some(({ pattern }) => pattern === SYSTEM_NODE) ? families : [...families, SYSTEM_FAMILY];
}

/**
 * Carries the presence of the service contact to every manager, in order and exactly once, by the means that carry
 * items. No node of a client: its name is none that a family's pattern can match.
 */
export const CONTACT_NODE = "#contact";

const CONTACT_FAMILY: Family = {
  name: "contact",
  pattern: CONTACT_NODE,
  subscribers: "anyone",
  automatic: true,
  log: { class: "stored", length: 1 },
  host: "broadcast",
};

export interface Placed {
  readonly family: Family;
  /** Values of `{user}`, `{team}`, `{id}`. */
  readonly user?: string;
  readonly team?: string;
  readonly id?: string;
}

const matchers = new WeakMap<readonly Family[], readonly { family: Family; test: RegExp; names: readonly string[] }[]>();

function matchersOf(families: readonly Family[]) {
  let compiled = matchers.get(families);
  if (!compiled) {
    compiled = families.map((family) => {
      const names: string[] = [];
      const source = family.pattern.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(\w+)\}/g, (_, name: string) => {
        names.push(name);
        return "([^/]+)";
      });
      return { family, test: new RegExp(`^${source}$`, "u"), names };
    });
    matchers.set(families, compiled);
  }
  return compiled;
}

/** The family of a node and what its path names; undefined: no such node can exist. */
export function placeOf(node: string, families: readonly Family[]): Placed | undefined {
  if (node === CONTACT_NODE) return { family: CONTACT_FAMILY };
  if (node === PRESENCE_NODE) return { family: PRESENCE_FAMILY };
  for (const { family, test, names } of matchersOf(families)) {
    const found = test.exec(node);
    if (!found) continue;
    return { family, ...Object.fromEntries(names.map((name, at) => [name, found[at + 1] as string])) };
  }
  return undefined;
}

/** What stands in a pattern's braces, in order. */
export function namesIn(pattern: string): string[] {
  return [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
}

/** A pattern with its one name filled in: an id may hold what a replacement would take for its own signs. */
function named(pattern: string, name: string, id: string): string {
  return pattern.replace(name, () => id);
}

/** The nodes a user is subscribed to by being who they are, the contact's among them. */
export function automaticNodes(userId: string, families: readonly Family[]): string[] {
  const own = families.filter(({ automatic }) => automatic).map(({ pattern }) => named(pattern, "{user}", userId));
  return [...own, CONTACT_NODE];
}

/** What decides the rights of a user; the Directory's record has it. */
export interface Rights {
  readonly id: string;
  readonly role: string;
  readonly teams: readonly string[];
  readonly supervises: readonly { readonly team: string; readonly members: readonly string[] }[];
}

const isPublisher = ({ role }: Rights): boolean => role === "publisher" || role === "admin";

/** May this user subscribe to the node? */
export function maySubscribe(rights: Rights, { family, user, team }: Placed): boolean {
  if (isPublisher(rights)) return true;
  switch (family.subscribers) {
    case "anyone":
      return true;
    case "publishers":
      return false;
    case "owner":
      return user === rights.id || rights.supervises.some(({ members }) => members.includes(user ?? ""));
    case "team":
      return rights.teams.includes(team ?? "") || rights.supervises.some((of) => of.team === team);
  }
}

/** Does the right to subscribe prove that the node exists, so that it may be made on the way? */
export function provesExistence(rights: Rights, placed: Placed): boolean {
  const { family, user = rights.id } = placed;
  if (family.automatic && family.subscribers === "anyone" && user === rights.id) return true;
  // Who publishes makes nodes as they are needed.
  if (isPublisher(rights)) return true;
  if (family.subscribers === "anyone") return false;
  return maySubscribe(rights, placed);
}

/** Nodes this user may subscribe to and that are known to exist, own ones first. */
export function knownNodes(rights: Rights, families: readonly Family[]): string[] {
  const teams = [...new Set([...rights.teams, ...rights.supervises.map(({ team }) => team)])];
  const users = [...new Set([rights.id, ...rights.supervises.flatMap(({ members }) => members)])];
  return families.flatMap(({ pattern, subscribers, automatic }) => {
    const names = namesIn(pattern).join();
    if (subscribers === "owner") return names === "user" ? users.map((user) => named(pattern, "{user}", user)) : [];
    if (subscribers === "team") return names === "team" ? teams.map((team) => named(pattern, "{team}", team)) : [];
    if (automatic) return [named(pattern, "{user}", rights.id)];
    return names === "" && (subscribers === "anyone" || isPublisher(rights)) ? [pattern] : [];
  });
}

/**
 * May a node of this name come into being by being published on? Not beside a family's: who mistypes one of those would
 * publish to nobody, and not know.
 */
export function mayComeByPublishing(node: string, families: readonly Family[]): boolean {
  const root = rootOf(node);
  return !families.some(({ pattern }) => rootOf(pattern) === root) && rootOf(PRESENCE_NODE) !== root;
}

/** What stands before the second slash: `/finesse`. */
const rootOf = (path: string): string => path.slice(0, `${path}/`.indexOf("/", 1));
