/**
 * Families of nodes: which paths exist, who may subscribe, who is subscribed by itself, and how each is kept.
 *
 * One table decides all of it; the preset here is Cisco Finesse's (its node ids equal its REST paths).
 *
 * @module
 */

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
  readonly log: { readonly class: "memory" | "stored"; readonly length: number };
  /** True: only the service itself publishes on it. */
  readonly ownItems?: true;
  /** An object of its own; one of a fixed number of shared ones; or the one for what everybody listens to. */
  readonly host: "own" | "shared" | "broadcast";
}

const MEMORY = { class: "memory", length: 256 } as const;

/** The nodes of a Finesse desktop. */
export const FINESSE: readonly Family[] = [
  { name: "user", pattern: "/finesse/api/User/{user}", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "dialogs", pattern: "/finesse/api/User/{user}/Dialogs", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "media-dialogs", pattern: "/finesse/api/User/{user}/Dialogs/Media", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "media", pattern: "/finesse/api/User/{user}/Media", subscribers: "owner", automatic: true, log: MEMORY, host: "shared" },
  { name: "user-queues", pattern: "/finesse/api/User/{user}/Queues", subscribers: "owner", automatic: false, log: MEMORY, host: "shared" },
  { name: "client-log", pattern: "/finesse/api/User/{user}/ClientLog", subscribers: "owner", automatic: false, log: MEMORY, host: "shared" },
  { name: "system", pattern: "/finesse/api/SystemInfo", subscribers: "anyone", automatic: true, log: { class: "stored", length: 256 }, host: "broadcast" },
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

/** Where the system's state is published. */
export const SYSTEM_NODE = "/finesse/api/SystemInfo";

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
export function placeOf(node: string, families: readonly Family[] = FINESSE): Placed | undefined {
  if (node === CONTACT_NODE) return { family: CONTACT_FAMILY };
  if (node === PRESENCE_NODE) return { family: PRESENCE_FAMILY };
  for (const { family, test, names } of matchersOf(families)) {
    const found = test.exec(node);
    if (!found) continue;
    return { family, ...Object.fromEntries(names.map((name, at) => [name, found[at + 1] as string])) };
  }
  return undefined;
}

/** A pattern with its one name filled in: an id may hold what a replacement would take for its own signs. */
function named(pattern: string, name: string, id: string): string {
  return pattern.replace(name, () => id);
}

/** The nodes a user is subscribed to by being who they are, the contact's among them. */
export function automaticNodes(userId: string, families: readonly Family[] = FINESSE): string[] {
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

/** May this user subscribe to the node? */
export function maySubscribe(rights: Rights, { family, user, team }: Placed): boolean {
  if (rights.role === "publisher" || rights.role === "admin") return true;
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
  if (placed.family.automatic && placed.family.subscribers === "anyone") return true;
  // Who publishes makes nodes as they are needed.
  if (rights.role === "publisher" || rights.role === "admin") return true;
  if (placed.family.subscribers === "anyone") return false;
  return maySubscribe(rights, placed);
}

/** Nodes this user may subscribe to and that are known to exist, own ones first. */
export function knownNodes(rights: Rights, families: readonly Family[] = FINESSE): string[] {
  const teams = [...new Set([...rights.teams, ...rights.supervises.map(({ team }) => team)])];
  const users = [...new Set([rights.id, ...rights.supervises.flatMap(({ members }) => members)])];
  return families.flatMap(({ pattern, subscribers }) => {
    if (subscribers === "owner") return users.map((user) => named(pattern, "{user}", user));
    if (subscribers === "team") return teams.map((team) => named(pattern, "{team}", team));
    return pattern.includes("{") ? [] : [pattern];
  });
}

/**
 * May a node of this name come into being by being published on? Not beside a family's: who mistypes one of those would
 * publish to nobody, and not know.
 */
export function mayComeByPublishing(node: string, families: readonly Family[] = FINESSE): boolean {
  const root = rootOf(node);
  return !families.some(({ pattern }) => rootOf(pattern) === root) && rootOf(PRESENCE_NODE) !== root;
}

/** What stands before the second slash: `/finesse`. */
const rootOf = (path: string): string => path.slice(0, `${path}/`.indexOf("/", 1));
