/**
 * The register of one XMPP domain: its users and teams, and an outbox of what their sessions have not heard yet.
 *
 * It stands on no delivery's path, and on a sign-in's only at a user's first. Addressed by the domain's name.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import { bareJid } from "../xmpp/mod.ts";
import type {
  ContractVersion,
  DirectoryCalls,
  Env,
  ImportLine,
  ImportResult,
  Page,
  Provisioned,
  RecordAnswer,
  StoredKeys,
  TeamInput,
  TeamView,
  UserInput,
  UserView,
} from "./contract.ts";
import { Outbox, PER_RUN } from "./directory/outbox.ts";
import { type Applied, fromCursor, type Prepared, Register } from "./directory/register.ts";
import { type Refused, teamRefusal, userRefusal } from "./directory/rights.ts";
import { DirectoryStore } from "./directory/store.ts";
import { Unknown } from "./directory/unknown.ts";
import { decoyOf, deriveKeys, passwordMatches } from "./scram_keys.ts";
import { settingsOf } from "./settings.ts";
import { checkVersion, CONTRACT, logFault, managerNamed, within } from "./stubs.ts";

interface Request {
  readonly v: ContractVersion;
}
const NOT_HASHED: Prepared = { keys: null, against: undefined };
/** Iterations of PBKDF2 between two breaths of an import: some 5 to 10 ms. */
const HASHED_PER_TURN = 30_000;
/** Nodes of one list. */
const LISTED = 1000;
/** Lines of one transaction at most. */
const PART = 100;

export class Directory extends DurableObject<Env> implements DirectoryCalls {
  readonly #settings = settingsOf(this.env);
  readonly #domain: string;
  readonly #store: DirectoryStore;
  readonly #register: Register;
  readonly #outbox: Outbox;
  readonly #unknown = new Unknown(this.#settings.UNKNOWN_USER_MS);
  /** Sampled from the users; forgotten when one changes. */
  #iterations: readonly number[] | undefined;
  /** Calls since this object woke. */
  calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#domain = ctx.id.name ?? "";
    this.#store = new DirectoryStore(ctx.storage);
    this.#register = new Register(this.#store, this.#domain, this.#settings.TEAM_CONTACTS);
    this.#outbox = new Outbox({ env, store: this.#store, register: this.#register, settings: this.#settings });
    // A crash between a change and its alarm leaves entries that nobody would wake for.
    if (this.#store.nextDue() !== undefined) void ctx.blockConcurrencyWhile(() => this.#outbox.arm());
  }

  #enter(request: Request): void {
    checkVersion(request);
    this.calls++;
  }

  // ------------------------------------------------------------- records

  async record(request: Request & { jid: string; manager?: string }): Promise<RecordAnswer> {
    this.#enter(request);
    const jid = bareJid(request.jid);
    const local = jid?.endsWith(`@${this.#domain}`) ? jid.slice(0, jid.indexOf("@")) : undefined;
    const record = local === undefined ? null : this.#fetch(local);
    if (record) return { known: true, record };
    if (request.manager !== undefined) this.#unknown.told(request.jid, request.manager, Date.now());
    const secret = this.#store.transaction(() => {
      this.#store.countUnknown(); // a known name's first question writes a row too
      return this.#store.secret();
    });
    return { known: false, ...(await decoyOf(secret, request.jid, this.#iterationsInUse())) };
  }

  /** How often the passwords of this domain are hashed: each count as often as there are users with it. */
  #iterationsInUse(): readonly number[] {
    this.#iterations ??= this.#store.iterations();
    return this.#iterations.length > 0 ? this.#iterations : [this.#settings.SCRAM_ITERATIONS];
  }

  /** Reads a record and notes in the same transaction that its session is to be told of changes. */
  #fetch(local: string) {
    const row = this.#store.user(local);
    if (!row) return null;
    return this.#store.transaction(() => {
      if (row.fetched === 0) this.#store.markFetched(local);
      return this.#register.recordOf(local);
    });
  }

  // --------------------------------------------------------------- users

  async putUser(request: Request & { user: UserInput }): Promise<Provisioned<UserView>> {
    this.#enter(request);
    const { user } = request;
    const refusal = userRefusal(user, this.#settings.MIN_PASSWORD);
    if (refusal) return refusal;
    for (;;) {
      const prepared = await this.#prepare(user);
      const applied = this.#store.transaction(() => this.#register.putUser(user, prepared));
      this.#iterations = undefined;
      if (applied.outcome !== "stale") return await this.#inForce(applied);
    }
  }

  /** Looks at the password of a user: one comparison where it may be the stored one, else new keys. */
  async #prepare(user: UserInput): Promise<Prepared> {
    if (user.password === undefined) return NOT_HASHED;
    const against = this.#register.find(user.id)?.keys ?? null;
    const iterations = this.#settings.SCRAM_ITERATIONS;
    if (against !== null) {
      const stored = (JSON.parse(against) as StoredKeys)["SHA-1"];
      if (stored.iterations === iterations && (await passwordMatches(user.password, stored, "SHA-1"))) return { keys: null, against };
    }
    return { keys: await deriveKeys(user.password, iterations), against };
  }

  async getUser(request: Request & { id: string }): Promise<UserView | null> {
    this.#enter(request);
    return this.#register.viewUser(request.id);
  }

  async deleteUser(request: Request & { id: string }): Promise<Provisioned<UserView>> {
    this.#enter(request);
    if (!this.#register.find(request.id)) return { outcome: "missing" };
    return await this.#inForce(this.#store.transaction(() => this.#register.deleteUser(request.id)));
  }

  async listUsers(request: Request & { limit: number; cursor: string | null }): Promise<Page<UserView>> {
    this.#enter(request);
    return this.#register.listUsers(fromCursor(request.cursor), limitOf(request));
  }

  // --------------------------------------------------------------- teams

  async putTeam(request: Request & { team: TeamInput }): Promise<Provisioned<TeamView>> {
    this.#enter(request);
    const refusal = teamRefusal(request.team);
    if (refusal) return refusal;
    return await this.#inForce(this.#store.transaction(() => this.#register.putTeam(request.team)));
  }

  async getTeam(request: Request & { id: string }): Promise<TeamView | null> {
    this.#enter(request);
    return this.#register.viewTeam(request.id);
  }

  async deleteTeam(request: Request & { id: string }): Promise<Provisioned<TeamView>> {
    this.#enter(request);
    if (!this.#register.viewTeam(request.id)) return { outcome: "missing" };
    return await this.#inForce(this.#store.transaction(() => this.#register.deleteTeam(request.id)));
  }

  async listTeams(request: Request & { limit: number; cursor: string | null }): Promise<Page<TeamView>> {
    this.#enter(request);
    return this.#register.listTeams(fromCursor(request.cursor), limitOf(request));
  }

  /** Waits until those it concerns have the change, or for as long as one may wait. */
  async #inForce<T>(applied: Applied<T>): Promise<Provisioned<T>> {
    switch (applied.outcome) {
      case "missing":
      case "refused":
        return applied;
      case "stale":
        throw new Error("A stale change was not prepared again");
      default: {
        const { outcome, view, affected } = applied;
        if (outcome === "created" && "jid" in (view as object)) await this.#makeKnown([(view as UserView).jid]);
        return { outcome, view, inForce: (await this.#outbox.tellNow(affected)).size === 0 };
      }
    }
  }

  // -------------------------------------------------------------- import

  async importLines(request: Request & { lines: readonly ImportLine[]; later?: boolean }): Promise<readonly ImportResult[]> {
    this.#enter(request);
    const applied = await this.#applyLines(request.lines, request.later ? Number.POSITIVE_INFINITY : PER_RUN);
    const affected = applied.flatMap((line) => ("affected" in line ? line.affected : []));
    const waiting = await this.#outbox.tellNow([...new Set(affected)], request.later ? 0 : PER_RUN);
    await this.#makeKnown(applied.flatMap((line) => ("created" in line ? line.created : [])));
    return applied.map((line): ImportResult => {
      if (!("affected" in line)) return line;
      return { outcome: line.outcome, inForce: !line.affected.some((jid) => waiting.has(jid)) };
    });
  }

  async tell(request: Request): Promise<{ readonly untried: number; readonly unanswered: number }> {
    this.#enter(request);
    return await this.#outbox.tellMore();
  }

  /**
   * Applies lines in their order, until as many sessions are concerned as one run may tell; a line's refusal is its own.
   * Passwords are hashed a few at a time, for that holds up everything that shares the thread, calls that ring included;
   * and no more of them than are applied, for the rest comes again.
   */
  async #applyLines(lines: readonly ImportLine[], most: number): Promise<AppliedLine[]> {
    const applied: AppliedLine[] = [];
    const concerned = new Set<string>();
    while (applied.length < lines.length && concerned.size < most) {
      const before = applied.length;
      const part = lines.slice(before, before + this.#partOf(lines.slice(before)));
      const refusals = part.map((line) => (line.kind === "user" ? userRefusal(line, this.#settings.MIN_PASSWORD) : teamRefusal(line)));
      const prepared: Prepared[] = [];
      for (const [at, line] of part.entries()) prepared.push(line.kind === "user" && !refusals[at] ? await this.#prepare(line) : NOT_HASHED);
      const applyPart = (): boolean => {
        for (let at = applied.length - before; at < part.length && concerned.size < most; at++) {
          const result = refusals[at] ?? this.#applyLine(part[at] as ImportLine, prepared[at] as Prepared);
          if (result.outcome === "stale") return false;
          applied.push(appliedOf(result));
          // An unchanged line owes nobody anything new: were it counted, a repeated import would be hashed twice.
          if (!("affected" in result) || result.outcome === "unchanged") continue;
          for (const { jid } of this.#store.outboxOf(result.affected)) concerned.add(jid);
        }
        return true;
      };
      // A password that an earlier line or another call changed meanwhile is looked at again.
      while (!this.#store.transaction(applyPart)) {
        const at = applied.length - before;
        prepared[at] = await this.#prepare(part[at] as ImportLine & UserInput);
      }
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
    this.#iterations = undefined;
    return applied;
  }

  /** How many lines are looked at together: so many that their passwords take some 10 ms. */
  #partOf(lines: readonly ImportLine[]): number {
    const most = Math.max(1, Math.floor(HASHED_PER_TURN / this.#settings.SCRAM_ITERATIONS));
    let hashed = 0;
    const end = lines.findIndex((line) => line.kind === "user" && line.password !== undefined && ++hashed > most);
    return Math.min(PART, end === -1 ? lines.length : end);
  }

  #applyLine(line: ImportLine, prepared: Prepared): Applied<UserView> | Applied<TeamView> {
    return line.kind === "user" ? this.#register.putUser(line, prepared) : this.#register.putTeam(line);
  }

  /** Users were created: managers that were told a moment ago that there are none hear of it. */
  async #makeKnown(jids: readonly string[]): Promise<void> {
    const calls = [...this.#unknown.take(jids)].map(([manager, of]) =>
      within(this.#settings.CALL_DEADLINE_MS, managerNamed(this.env, manager).known({ v: CONTRACT, jids: of })),
    );
    for (const result of await Promise.allSettled(calls)) if (result.status === "rejected") logFault("Directory", "known", result.reason);
  }

  // --------------------------------------------------------------- nodes

  async putNode({ node, listed, creator = null, ...request }: Request & { node: string; listed: boolean; creator?: string | null }): Promise<{
    readonly outcome: "noted" | "full";
  }> {
    this.#enter(request);
    const { NODES_PER_DOMAIN, NODES_PER_USER } = this.#settings;
    const bounds = { inAll: NODES_PER_DOMAIN, ofOne: NODES_PER_USER };
    return { outcome: this.#store.putNode({ node, listed, creator }, bounds) ? "noted" : "full" };
  }

  async removeNode(request: Request & { node: string }): Promise<void> {
    this.#enter(request);
    this.#store.removeNode(request.node);
  }

  async listNodes(request: Request): Promise<{ readonly nodes: readonly string[] }> {
    this.#enter(request);
    return { nodes: this.#store.listedNodes(LISTED) };
  }

  // ---------------------------------------------------------------- rest

  async ready(request: Request): Promise<{ ready: true }> {
    this.#enter(request);
    this.#store.user("");
    return { ready: true };
  }

  override async alarm(): Promise<void> {
    await this.#outbox.tellDue();
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(_request?: Request): { calls: number; rowsWritten: number } {
    return { calls: this.calls, rowsWritten: this.#store.rowsWritten };
  }
}

type AppliedLine =
  | Refused
  | { readonly outcome: "created" | "updated" | "unchanged"; readonly affected: readonly string[]; readonly created?: readonly string[] };

function appliedOf(result: Refused | Exclude<Applied<UserView> | Applied<TeamView>, { outcome: "stale" }>): AppliedLine {
  const isNewUser = result.outcome === "created" && "jid" in result.view;
  return isNewUser ? ({ ...result, created: [(result.view as UserView).jid] } as AppliedLine) : (result as AppliedLine);
}

function limitOf({ limit }: { readonly limit: number }): number {
  return Math.min(1000, Math.max(1, Math.trunc(limit) || 100));
}
