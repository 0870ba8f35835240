/**
 * What clients were told of their subscriptions: one that was answered as subscribed stands until somebody takes it away.
 *
 * @module
 */

import type { UserRecord } from "../../../durable/contract.ts";
import { POLICY } from "./surroundings.ts";

/** A request that may still be under way so long after its answer. */
const LINGERING_MS = 30_000;

interface Account {
  /** When the subscribe that was granted was asked. */
  since: number;
  /** An unsubscribe is, or may be, under way until then. */
  uncertain: number;
  stands: boolean;
}

interface Rights {
  readonly version: number;
  readonly record: UserRecord | null;
}

export interface Asked {
  readonly jid: string;
  readonly node: string;
  readonly subscriber: string;
}

export class Ledger {
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account & Asked>();
  readonly #issued = new Map<string, Rights[]>();
  readonly #doneAt = new Map<string, { readonly version: number; readonly at: number }[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  #accountOf(of: Asked): Account {
    const key = `${of.subscriber} ${of.node}`;
    let account = this.#accounts.get(key);
    if (!account) {
      account = { ...of, since: 0, uncertain: 0, stands: false };
      this.#accounts.set(key, account);
    }
    return account;
  }

  /** An unsubscribe was asked, or answered. */
  unsubscribing(of: Asked): void {
    Object.assign(this.#accountOf(of), { stands: false, uncertain: this.#now() + LINGERING_MS });
  }

  /** A subscribe that was asked at `since` is answered as subscribed. */
  subscribed(of: Asked, since: number): void {
    const account = this.#accountOf(of);
    if (account.uncertain < since && this.#isAllowed(of, since)) Object.assign(account, { stands: true, since });
  }

  /** Was every change that forbids it in force, and was it allowed again, when it was asked? */
  #isAllowed({ jid, node }: Asked, since: number): boolean {
    const forbidding = (this.#issued.get(jid) ?? []).filter(({ record }) => !record || !POLICY.allows(record, node)).map(({ version }) => version);
    const last = Math.max(0, ...forbidding);
    return last === 0 || (this.#doneAt.get(jid) ?? []).some(({ version, at }) => version > last && at < since);
  }

  issued(jid: string, rights: Rights): void {
    this.#issued.set(jid, [...(this.#issued.get(jid) ?? []), rights]);
    for (const account of this.#accounts.values()) {
      if (account.jid === jid && (!rights.record || !POLICY.allows(rights.record, account.node))) account.stands = false;
    }
  }

  done(jid: string, version: number): void {
    this.#doneAt.set(jid, [...(this.#doneAt.get(jid) ?? []), { version, at: this.#now() }]);
  }

  /** Subscriptions that stand. */
  *standing(): Iterable<Asked> {
    for (const account of this.#accounts.values()) if (account.stands) yield account;
  }
}
