/**
 * The contact centre of a run: who reads what, and the server that is killed and started again with its rows kept.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FINESSE } from "../../xmpp/mod.ts";
import { DOMAIN, freePort, type Server, startServer, type Variables } from "../wire/support/server.ts";
import { ADMIN } from "../wire/support/accounts.ts";

export { DOMAIN };

/** How a log is kept: in memory, in memory with its position stored, or stored. */
export const KEPT = ["memory", "position", "stored"] as const;
export type Kept = (typeof KEPT)[number];

/** The preset with its memory logs kept so, as the variable FAMILIES. */
export function familiesOf(kept: Kept): Variables {
  if (kept === "memory") return {};
  const log = kept === "stored" ? { class: kept, length: 256 } : { class: "memory", length: 256, position: "stored" };
  return { FAMILIES: JSON.stringify(FINESSE.map((family) => (family.log.class === "stored" ? family : { ...family, log }))) };
}

export interface Node {
  readonly name: string;
  readonly family: "user" | "team" | "queue" | "system";
  /** As its family keeps it. */
  readonly log: Kept;
  readonly listeners: number;
}

export const QUEUE = "/finesse/api/Queue/1";
export const SYSTEM = "/finesse/api/SystemInfo";
export const TEAMS = 2;
export const userOf = (reader: number): string => `9${String(reader).padStart(4, "0")}`;
export const teamOf = (reader: number): string => String(1 + (reader % TEAMS));
export const userNode = (user: string): string => `/finesse/api/User/${user}`;
export const teamNode = (team: string): string => `/finesse/api/Team/${team}/Users`;

/** Everything that is published on, with how many of so many readers hear it. */
export function nodesOf(readers: number, log: Kept = "memory"): Node[] {
  const all = Array.from({ length: readers }, (_, reader) => reader);
  const teams = [...new Set(all.map(teamOf))];
  return [
    ...all.map((reader) => ({ name: userNode(userOf(reader)), family: "user", log, listeners: 1 }) as const),
    ...teams.map((team) => ({ name: teamNode(team), family: "team", log, listeners: all.filter((of) => teamOf(of) === team).length }) as const),
    { name: QUEUE, family: "queue", log, listeners: readers },
    { name: SYSTEM, family: "system", log: "stored", listeners: readers },
  ];
}

/** Agents and teams as lines of an import. */
function* peopleOf(readers: number): Iterable<object> {
  for (let reader = 0; reader < readers; reader++) {
    const id = userOf(reader);
    yield { kind: "user", id, password: `pw-${id}`, role: "agent", name: `Agent ${id}` };
  }
  for (let team = 1; team <= TEAMS; team++) {
    const members = Array.from({ length: readers }, (_, reader) => reader).filter((reader) => teamOf(reader) === String(team));
    yield { kind: "team", id: String(team), name: `Team ${team}`, members: members.map(userOf), supervisors: [] };
  }
}

export class Centre {
  readonly #folder: string;
  readonly #variables: Variables;
  readonly port: number;
  #server: Server | null = null;
  #starting: Promise<Server> | null = null;
  #isOver = false;
  #pids: number[] = [];
  /** By the lives that are over. */
  readonly #printed: string[] = [];
  kills = 0;

  private constructor(folder: string, port: number, variables: Variables) {
    this.#folder = folder;
    this.port = port;
    this.#variables = variables;
  }

  static async make(variables: Variables = {}): Promise<Centre> {
    return new Centre(await mkdtemp(join(tmpdir(), "deskwire-faults-")), await freePort(), variables);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get isUp(): boolean {
    return this.#server !== null;
  }

  /** Faults that the server logged, in all its lives. */
  faults(): string[] {
    return [...this.#printed, this.#server?.output() ?? ""].flatMap((text) => text.split("\n").filter((line) => line.includes('"level"')));
  }

  async start(more: Variables = {}): Promise<void> {
    if (this.#isOver) throw new Error("The run is over");
    this.#starting = startServer({ ...this.#variables, ...more, DATA_DIR: this.#folder, PORT: String(this.port) });
    const server = await this.#starting;
    this.#pids = familyOf(server.pid);
    this.#server = server;
  }

  async importPeople(readers: number): Promise<void> {
    const answer = await fetch(`${this.url}/api/v1/import`, {
      method: "POST",
      headers: { Authorization: ADMIN, "Content-Type": "application/x-ndjson" },
      body: [...peopleOf(readers)].map((line) => JSON.stringify(line)).join("\n"),
    });
    const results = await answer.text();
    if (answer.status !== 200 || results.includes('"error"')) throw new Error(`import: ${answer.status} ${results}`);
  }

  /** SIGKILL, all of its processes at once: nothing is written any more. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    this.kills++;
    // The workers first: their guard would end them too, a moment later.
    for (const pid of this.#pids.toReversed()) signal(pid);
    await server.stop("SIGKILL");
    this.#printed.push(server.output());
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    // One that is starting has to be there before it can be ended.
    await this.#starting?.catch(() => {});
    const server = this.#server;
    this.#server = null;
    await server?.stop();
    for (const pid of this.#pids) signal(pid);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Kilobytes of memory that workerd holds. */
  residentKilobytes(): number {
    return Math.max(...this.#pids.map((pid) => (commandOf(pid).includes("workerd") ? residentOf(pid) : 0)));
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

/** A process and all that it started, itself first. */
function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
    return [pid, ...children.flatMap(familyOf)];
  } catch {
    return [pid];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8");
  } catch {
    return "";
  }
}

function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}
