/**
 * All readers of one kind, in teams: who they are, what they had, and when.
 *
 * @module
 */

import { type Audit, Ledger, together } from "./ledger.ts";
import type { Item } from "./publisher.ts";
import { type Kind, type Place, READERS } from "./readers.ts";

/** Sign-ins at a time. */
const AT_ONCE = 10;

export interface CrowdOf {
  readonly kind: Kind;
  readonly users: number;
  readonly team: number;
  /** Of this run: an item that is published again is a repeat. */
  readonly run: string;
  readonly payloads: readonly string[];
  lost(why: Error): void;
}

export class Crowd {
  readonly #of: CrowdOf;
  readonly #ledgers: readonly Ledger[];
  /** By team: items that were published, and when each was sent. */
  readonly #sentAt: number[][];
  #turn = 0;
  #latencies: number[] = [];
  readonly #ends: (() => void)[] = [];

  constructor(of: CrowdOf) {
    this.#of = of;
    this.#ledgers = Array.from({ length: of.users }, () => new Ledger());
    this.#sentAt = Array.from({ length: Math.ceil(of.users / of.team) }, () => [0]);
  }

  get kind(): Kind {
    return this.#of.kind;
  }

  /** Lines of an import: users and their teams. */
  people(password: string): object[] {
    const ids = Array.from({ length: this.#of.users }, (_, n) => this.#userOf(n));
    const users = ids.map((id) => ({ kind: "user", id, password, role: "agent", name: id }));
    const teams = this.#sentAt.map((_, team) => {
      const members = ids.slice(team * this.#of.team, (team + 1) * this.#of.team);
      return { kind: "team", id: this.#teamOf(team), name: this.#teamOf(team), members, supervisors: [] };
    });
    return [...users, ...teams];
  }

  /** By which the nodes come to be. */
  firstItems(): Item[] {
    return this.#sentAt.map((_, team) => this.#item(team, 0));
  }

  async connect(place: Omit<Place, "node" | "user">): Promise<void> {
    const { users, kind, lost } = this.#of;
    let next = 0;
    const connectNext = async (): Promise<void> => {
      for (let n = next++; n < users; n = next++) {
        const team = Math.floor(n / this.#of.team);
        const ledger = this.#ledgers[n] as Ledger;
        const item = (id: string) => this.#take(ledger, team, Number(id.slice(id.lastIndexOf("-") + 1)));
        this.#ends.push(await READERS[kind]({ ...place, node: this.#nodeOf(team), user: this.#userOf(n) }, { item, lost }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, connectNext));
  }

  /** The next item, for the teams in turn; sent now. */
  next(): Item {
    const team = this.#turn++ % this.#sentAt.length;
    const sent = this.#sentAt[team] as number[];
    sent.push(performance.now());
    return this.#item(team, sent.length - 1);
  }

  /** Everybody has had everything. */
  get isComplete(): boolean {
    return this.#ledgers.every((ledger, n) => ledger.has(this.#published(n)));
  }

  get audit(): Audit {
    return together(this.#ledgers.map((ledger, n) => ledger.audit(this.#published(n))));
  }

  /** Milliseconds of each delivery since they were taken last. */
  takeLatencies(): number[] {
    const taken = this.#latencies;
    this.#latencies = [];
    return taken;
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #take(ledger: Ledger, team: number, n: number): void {
    if (n === 0) return;
    ledger.take(n);
    this.#latencies.push(performance.now() - (this.#sentAt[team]?.[n] ?? Number.NaN));
  }

  #published(reader: number): number {
    return (this.#sentAt[Math.floor(reader / this.#of.team)]?.length ?? 1) - 1;
  }

  #item(team: number, n: number): Item {
    const { run, payloads } = this.#of;
    return { node: this.#nodeOf(team), id: `${run}-${n}`, payload: payloads[n % payloads.length] as string };
  }

  #userOf(n: number): string {
    return `${this.#of.kind}-${n}`;
  }

  #teamOf(team: number): string {
    return `${this.#of.kind}-${team}`;
  }

  #nodeOf(team: number): string {
    return `/finesse/api/Team/${this.#teamOf(team)}/Users`;
  }
}
