/**
 * Bounds and times of the objects, each with its default; every one can be set by a variable of its own name.
 *
 * @module
 */

import { type Family, FINESSE, prepareDomain } from "../xmpp/mod.ts";
import type { Env } from "./contract.ts";
import { type Creators, type FamilyTable, readTable, WrongTable } from "./families/table.ts";

export { WrongTable };

/** Milliseconds, counts and bytes, as the names say. */
export const DEFAULTS = {
  /** Streams of one manager; the next one is filled when they are reached. */
  STREAMS_PER_MANAGER: 2000,
  /** Streams of one manager that have not signed in; beyond it the door answers 503. */
  UNSIGNED_PER_MANAGER: 200,
  /** How long a turn of a manager may take before it answers 503 to new connections; and how many may sign in at a time all the same. */
  BEHIND_MS: 1000,
  UNSIGNED_WHEN_BEHIND: 20,
  MANAGERS_PER_REGION: 64,
  /** Of its streams, what a draining manager ends a second. */
  DRAIN_PERCENT: 2,
  SIGN_IN_MS: 60_000,
  CLOSE_WAIT_MS: 5000,
  CALL_DEADLINE_MS: 5000,
  ALARM_MS: 15_000,
  /** Alarm slots between two audits. */
  AUDIT_SLOTS: 4,
  MAX_FRAME_BYTES: 65_536,
  MAX_DEPTH: 32,
  MAX_FRAMES_BEFORE_BIND: 32,
  MAX_AUTH_ATTEMPTS: 3,
  MAX_BIND_ATTEMPTS: 5,
  WAITING_FRAMES: 64,
  WAITING_BYTES: 262_144,
  PUBLISHES_IN_FLIGHT: 16,
  SENDS_PER_TURN: 500,
  /** How long a stream without a socket waits to be resumed, in seconds; 0: it does not. */
  RESUME_SECONDS: 120,
  /** Stanzas between two requests for an acknowledgement; fewer where they are long. */
  ACK_EVERY: 80,
  /** Quiet after which an acknowledgement is asked for all the same; 0: it is not. */
  ACK_QUIET_MS: 1000,
  /** How long something unacknowledged keeps a manager awake at most; 0: not at all. */
  AWAKE_MS: 5000,
  /** What a client may leave unacknowledged before its stream is ended, to be resumed; and characters of it. */
  UNACKED_STANZAS: 256,
  UNACKED_LENGTH: 262_144,
  /** How long a client may owe more than it may, without a sign that it reads on; and characters by which it may be more at most. */
  SLOW_MS: 3000,
  BURST_LENGTH: 1_048_576,
  /** What waits for a stream without a socket before it is given up. */
  DETACHED_STANZAS: 1000,
  DETACHED_LENGTH: 524_288,
  /** The least silence that makes a client dead that pings; others are probed after a while, and given up much later. */
  MISSED_PINGS_MS: 30_000,
  PROBE_AFTER_MS: 60_000,
  PROBE_WAIT_MS: 30_000,
  DEAD_AFTER_MS: 360_000,
  /** Characters that a client which does not acknowledge may leave unread before its stream is ended. */
  UNREAD_LENGTH: 2_097_152,
  /** Characters a second that a client is taken to read which sends frames and never answered a probe. */
  READING_RATE: 65_536,
  /** Readers of one group, and nodes of one reader. */
  READERS_PER_GROUP: 2000,
  NODES_PER_READER: 50,
  /** Readers of one user in one group, tickets included. */
  READERS_PER_USER: 20,
  /** How long a ticket opens a reader, in seconds. */
  TICKET_SECONDS: 30,
  /** Characters that wait for a reader before its answer is ended; it comes back with its cursor. */
  READER_LENGTH: 262_144,
  HEARTBEAT_MS: 20_000,
  /** Seconds: how long a request is held at most, silence that ends a session over HTTP, and the longest pause. */
  BOSH_WAIT: 60,
  BOSH_INACTIVITY: 60,
  BOSH_MAX_PAUSE: 120,
  /** Nodes of a domain that were created, all together. */
  NODES_PER_DOMAIN: 10_000,
  /** Nodes that one user has created; administrators are not counted. */
  NODES_PER_USER: 1000,
  /** Seconds that a subscription can be leased for at most, and before whose end its subscriber is warned. */
  LEASE_SECONDS: 31_536_000,
  LEASE_WARNING_SECONDS: 3600,
  /** How long events wait for a client that says nobody looks at it (XEP-0352); 0: not at all. At most as long as AWAKE_MS. */
  CSI_HOLD_MS: 5000,
  /** Addresses that one user may block. */
  BLOCKED_PER_USER: 500,
  RESOURCES_PER_USER: 20,
  SUBSCRIPTIONS_PER_USER: 240,
  /** Contacts of one user beside those of teams, and requests of others that wait for the user. */
  CONTACTS_PER_USER: 500,
  /** People of a team that makes them each other's contacts. */
  TEAM_CONTACTS: 100,
  /** Per (host, manager): what may wait before the listener is marked lost. */
  PUMP_ITEMS: 1000,
  PUMP_BYTES: 4_194_304,
  PUMP_MS: 30_000,
  RETRY_MIN_MS: 50,
  RETRY_MAX_MS: 5000,
  RETRY_OVERLOADED_MS: 1000,
  PUBLISH_WAIT_MS: 2000,
  /** Largest payload of an item, in characters. */
  MAX_PAYLOAD: 60_000,
  MEMORY_LOG: 256,
  /** Ids that a manager remembers of a node, to know a repeat by. */
  REMEMBERED_IDS: 32,
  /** Nodes that one stream has left, of which it is remembered how far it had them. */
  LEFT_NODES: 64,
  SHARED_HOSTS: 16,
  SCRAM_ITERATIONS: 10_000,
  /** Characters that a password must have when it is set, 1 to 64. From 2 on, the user's own id is refused as one, too. */
  MIN_PASSWORD: 1,
  /** Failed sign-ins of a user in a row that lock the account, and for how long. */
  LOCKOUT_FAILURES: 5,
  LOCKOUT_MS: 300_000,
  UNKNOWN_USER_MS: 60_000,
  DECOY_SESSIONS: 8,
  /** How long a user without an available resource may come back before back ends are told. */
  SIGN_OUT_GRACE_MS: 60_000,
  /** Attempts to deliver a webhook before it is a dead letter. */
  WEBHOOK_ATTEMPTS: 8,
  /** From the first attempt to the second; the pauses that follow are multiples of it (durable/protocol/retries.ts). */
  WEBHOOK_RETRY_MS: 5000,
  WEBHOOK_TIMEOUT_MS: 15_000,
  /** Webhooks of a domain that wait to be delivered; what comes beyond is a dead letter at once. */
  WEBHOOK_WAITING: 10_000,
  /** Dead letters that are kept of a domain, the newest. */
  WEBHOOK_DEAD_LETTERS: 1000,
} as const;

export type Settings = { readonly [K in keyof typeof DEFAULTS]: number } & {
  readonly domains: readonly string[];
  readonly profile: "open" | "finesse-strict";
  readonly compression: boolean;
  /** Open files the process may hold; 0: unknown, not limited. */
  readonly openFiles: number;
  /** By domain: what becomes of a stream whose resource is bound anew (RFC 6120 §7.7.2.2). */
  readonly conflicts: ReadonlyMap<string, ConflictPolicy>;
  /** Who may create nodes: those who publish, or every user of the domain. */
  readonly nodeCreators: Creators;
  /** Which nodes exist by themselves, and how each is kept: the operator's table, or the preset. */
  readonly families: readonly Family[];
  /** Are sign-outs published on `/deskwire/presence`? */
  readonly signOutNode: boolean;
  /** Where sign-outs are posted to; null: nowhere. */
  readonly webhook: WebhookSettings | null;
};

/** The old stream ends; the new one is given another resource; the new one's bind is refused. */
export type ConflictPolicy = "replace" | "rename" | "refuse";

export interface WebhookSettings {
  readonly url: string;
  /** Base64 of each key, the newest first: every one signs (Standard Webhooks, "Webhook secret rotation"). */
  readonly secrets: readonly string[];
}

/** The most that WebCrypto's PBKDF2 does in production Workers. */
export const MAX_ITERATIONS = 100_000;

const cache = new WeakMap<object, Settings>();

/**
 * Reads the settings of an environment, once per environment.
 *
 * @throws {RangeError} names the variable that is wrong and what it may be
 */
export function settingsOf(env: Env): Settings {
  const known = cache.get(env);
  if (known) return known;
  const numbers = Object.fromEntries(Object.entries(DEFAULTS).map(([name, standard]) => [name, numberOf(env, name, standard)])) as {
    [K in keyof typeof DEFAULTS]: number;
  };
  if (numbers.SCRAM_ITERATIONS < 4096 || numbers.SCRAM_ITERATIONS > MAX_ITERATIONS) {
    throw new RangeError(`SCRAM_ITERATIONS must be from 4096 to ${MAX_ITERATIONS}: "${numbers.SCRAM_ITERATIONS}"`);
  }
  if (numbers.MIN_PASSWORD > 64) throw new RangeError(`MIN_PASSWORD must be 64 or less: "${numbers.MIN_PASSWORD}"`);
  // RFC 6120 §13.12: never less.
  if (numbers.MAX_FRAME_BYTES < 10_000) throw new RangeError(`MAX_FRAME_BYTES must be 10000 or more: "${numbers.MAX_FRAME_BYTES}"`);
  choiceOf(env, "NODE_PRESET", ["finesse"]);
  const table = tableOf(env, numbers.MEMORY_LOG);
  const domains = domainsOf(env);
  const settings: Settings = {
    ...numbers,
    domains,
    conflicts: conflictsOf(env, domains),
    profile: choiceOf(env, "WIRE_PROFILE", ["open", "finesse-strict"]),
    compression: choiceOf(env, "WEBSOCKET_COMPRESSION", ["off", "on"]) === "on",
    openFiles: numberOf(env, "OPEN_FILES", 0),
    nodeCreators: table?.creators ?? creatorsOf(env),
    families: table?.families ?? FINESSE,
    signOutNode: choiceOf(env, "SIGN_OUT_NODE", ["off", "on"]) === "on",
    webhook: webhookOf(env),
  };
  cache.set(env, settings);
  return settings;
}

/** The XMPP domains served, the default one first. */
export function domainsOf(env: Pick<Env, "XMPP_DOMAIN">): readonly string[] {
  const given = (env.XMPP_DOMAIN ?? "localhost")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  // As jids have them, or no address would be of this domain.
  const names = given.map((name) => {
    const domain = prepareDomain(name);
    if (domain === undefined) throw new RangeError(`XMPP_DOMAIN names what is no domain: "${name}"`);
    return domain;
  });
  if (names.length === 0) throw new RangeError("XMPP_DOMAIN must name at least one domain");
  return [...new Set(names)];
}

const CONFLICT = /^(?:([^=]+)=)?(replace|rename|refuse)$/;

/** `refuse`, or by domain: `replace, cc2.example=rename`. */
function conflictsOf({ RESOURCE_CONFLICT: given = "" }: Pick<Env, "RESOURCE_CONFLICT">, domains: readonly string[]): Settings["conflicts"] {
  const policies = new Map<string, ConflictPolicy>(domains.map((domain) => [domain, "replace"]));
  const entries = given
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
  // What is said of all comes first, wherever it stands.
  for (const entry of entries.sort((a, b) => Number(a.includes("=")) - Number(b.includes("=")))) {
    const [, name, policy] = CONFLICT.exec(entry) ?? [];
    const domain = name === undefined ? undefined : prepareDomain(name);
    if (!policy || (name !== undefined && (domain === undefined || !policies.has(domain)))) {
      throw new RangeError(`RESOURCE_CONFLICT must be replace, rename or refuse, or such of a domain, as in cc2.example=rename: "${entry}"`);
    }
    for (const each of domain === undefined ? domains : [domain]) policies.set(each, policy as ConflictPolicy);
  }
  return policies;
}

const creatorsOf = (env: Env): Creators => choiceOf(env, "NODE_CREATORS", ["publishers", "users"]);

/** The table that was read last, by its text: one environment is many objects, and a table is read once for all of them. */
let lastRead: { readonly key: string; readonly found: FamilyTable | WrongTable } | undefined;

/** The operator's table; undefined: there is none. */
function tableOf(env: Env, memoryLog: number): FamilyTable | undefined {
  const { FAMILIES: given = "" } = env;
  if (given === "") return undefined;
  if (typeof given !== "string") throw new RangeError("FAMILIES must be a JSON text");
  const key = `${memoryLog}\n${given}`;
  if (lastRead?.key !== key) lastRead = { key, found: tryTable({ text: given, source: "FAMILIES", memoryLog }) };
  const { found } = lastRead;
  if (found instanceof WrongTable) throw found;
  const { creators } = found;
  if (creators && env.NODE_CREATORS && creators !== creatorsOf(env)) {
    throw new RangeError(`NODE_CREATORS must not be "${creatorsOf(env)}" where FAMILIES says "${creators}"`);
  }
  return found;
}

function tryTable(source: Parameters<typeof readTable>[0]): FamilyTable | WrongTable {
  try {
    return readTable(source);
  } catch (wrong) {
    if (wrong instanceof WrongTable) return wrong;
    throw wrong;
  }
}

function numberOf(env: Env, name: string, standard: number): number {
  const given = env[name];
  if (given === undefined || given === "") return standard;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number, 0 or more: "${String(given)}"`);
  return value;
}

function choiceOf<const T extends string>(env: Env, name: string, choices: readonly [T, ...T[]]): T {
  const given = env[name];
  if (given === undefined || given === "") return choices[0];
  const found = choices.find((choice) => choice === given);
  if (!found) throw new RangeError(`${name} must be one of ${choices.join(", ")}: "${String(given)}"`);
  return found;
}

const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** Never tells a secret, whatever is wrong with it. */
function webhookOf({ WEBHOOK_URL: url = "", WEBHOOK_SECRET: secret = "" }: Pick<Env, "WEBHOOK_URL" | "WEBHOOK_SECRET">): WebhookSettings | null {
  const given = secret.split(/\s+/).filter(Boolean);
  if (url === "" && given.length === 0) return null;
  if (url === "" || given.length === 0) throw new RangeError("WEBHOOK_URL and WEBHOOK_SECRET must be set together");
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : { protocol: "", username: "", password: "" };
  // No credentials: they would be sent, and printed where the address is.
  if (!/^https?:$/.test(protocol) || username !== "" || password !== "") {
    throw new RangeError('WEBHOOK_URL must be like "https://backend.example.com/hooks", without a user and password');
  }
  const secrets = given.map((text) => SECRET.exec(text)?.[1] ?? "");
  if (secrets.some((key) => !hasKeyLength(key)))
    throw new RangeError("WEBHOOK_SECRET must be whsec_ and the base64 of 24 to 64 bytes; several are separated by spaces");
  return { url, secrets };
}

const hasKeyLength = (key: string): boolean => {
  const { length } = atob(key);
  return length >= 24 && length <= 64;
};
