/**
 * Tells sessions what changed: at once after a change, and from the alarm until each has answered that it is done.
 *
 * An entry is sent as the register is when it is sent, so the newest state always wins and a repeat does no harm.
 *
 * @module
 */

import type { Env } from "../contract.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, logFault, sessionOf, within } from "../stubs.ts";
import type { Register } from "./register.ts";
import type { DirectoryStore, OutboxRow } from "./store.ts";

/** Objects told in one run, and at a time. */
export const PER_RUN = 300;
const AT_A_TIME = 16;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 60_000;

export class Outbox {
  readonly #env: Env;
  readonly #store: DirectoryStore;
  readonly #register: Register;
  readonly #deadline: number;

  constructor({ env, store, register, settings }: { env: Env; store: DirectoryStore; register: Register; settings: Settings }) {
    this.#env = env;
    this.#store = store;
    this.#register = register;
    this.#deadline = settings.CALL_DEADLINE_MS;
  }

  /** Tells these now, as many as one run may and for 5 s at most; answers which of them are not done. */
  async tellNow(jids: readonly string[], most: number = PER_RUN): Promise<ReadonlySet<string>> {
    const rows = this.#store.outboxOf(jids);
    if (rows.length === 0) return new Set();
    await this.arm(); // before the first try: a crash between them loses nothing
    await within(this.#deadline, this.#tellAll(rows.slice(0, most))).catch(() => undefined);
    return new Set(this.#store.outboxOf(jids).map(({ jid }) => jid));
  }

  /** Tells those that were not tried yet, as `tellNow`; answers how many are left, and how many were tried in vain. */
  async tellMore(): Promise<{ readonly untried: number; readonly unanswered: number }> {
    await within(this.#deadline, this.#tellAll(this.#store.outboxUntried(PER_RUN))).catch(() => undefined);
    return this.#store.outboxCounts();
  }

  /** The alarm's run: those that are due. */
  async tellDue(): Promise<void> {
    try {
      await this.#tellAll(this.#store.outboxDue(Date.now(), PER_RUN));
    } finally {
      await this.arm();
    }
  }

  /** Sets the alarm to when the next is due. */
  async arm(): Promise<void> {
    const due = this.#store.nextDue();
    if (due !== undefined) await this.#store.wakeBy(due);
  }

  async #tellAll(rows: readonly OutboxRow[]): Promise<void> {
    const waiting = [...rows];
    const lane = async () => {
      for (let row = waiting.shift(); row; row = waiting.shift()) await this.#tell(row);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    await this.arm();
  }

  async #tell(row: OutboxRow): Promise<void> {
    const { jid, attempts } = row;
    const record = this.#register.recordOf(jid.slice(0, jid.indexOf("@")));
    const version = record?.version ?? row.version;
    try {
      const { done } = await within(this.#deadline, sessionOf(this.#env, jid).rights({ v: CONTRACT, jid, version, record }));
      if (done) return this.#store.settle(jid, version);
    } catch (error) {
      logFault("Directory", "rights", error);
    }
    this.#store.postpone(row, Date.now() + Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempts, 10)));
  }
}
