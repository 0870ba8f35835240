/**
 * Whom the user blocks (XEP-0191): the list, its changes, and who is told of them.
 *
 * @module
 */

import { BLOCKED, type BlockingRequest, blocks, bareOf, renderBlocking } from "../../xmpp/mod.ts";
import type { Refusal } from "../contract.ts";
import type { BlockingAnswer } from "../contract_users.ts";

const NOT_ALLOWED: Refusal = { type: "cancel", condition: "not-allowed", text: "Neither oneself nor the service contact can be blocked" };
const TOO_MANY: Refusal = { type: "wait", condition: "resource-constraint", text: "Too many are blocked" };

export interface BlockedOf {
  /** Bare jid of the user, and of the service contact. */
  readonly jid: string;
  readonly contact: string;
  /** So many may be blocked. */
  readonly bound: number;
  store(blocked: readonly string[]): void;
  /** Tells the user's streams that asked for the list. */
  push(payload: string): Promise<void>;
  /** Whom the user's presence is no more for, or is for again: of those named in the change. */
  changed(change: { readonly blocked: readonly string[]; readonly unblocked: readonly string[] }): void;
}

export class Blocked {
  readonly #of: BlockedOf;
  #jids: ReadonlySet<string>;

  constructor(of: BlockedOf, rows: { readonly blocked?: readonly string[] }) {
    this.#of = of;
    this.#jids = new Set(rows.blocked ?? []);
  }

  /** Does the user not want to hear of this address, nor reach it? Of the own one that is no question. */
  blocks(jid: string): boolean {
    return this.#jids.size > 0 && bareOf(jid) !== this.#of.jid && blocks(this.#jids, jid);
  }

  get refusal(): Refusal {
    return BLOCKED;
  }

  async ask(request: BlockingRequest): Promise<BlockingAnswer> {
    if (request.request === "list") return { outcome: "answered", payload: renderBlocking("blocklist", this.#jids) };
    const { jids } = request;
    if (request.request === "block") {
      if (jids.some((jid) => bareOf(jid) === this.#of.jid || bareOf(jid) === this.#of.contact)) return { outcome: "refused", refusal: NOT_ALLOWED };
      const added = jids.filter((jid) => !this.#jids.has(jid));
      if (this.#jids.size + added.length > this.#of.bound) return { outcome: "refused", refusal: TOO_MANY };
      this.#set([...this.#jids, ...added], { blocked: added, unblocked: [] });
    } else {
      const removed = jids.length === 0 ? [...this.#jids] : jids.filter((jid) => this.#jids.has(jid));
      this.#set(
        [...this.#jids].filter((jid) => !removed.includes(jid)),
        { blocked: [], unblocked: removed },
      );
    }
    await this.#of.push(renderBlocking(request.request, jids));
    return { outcome: "answered", payload: "" };
  }

  /**
   * Who is blocked hears that the user is gone while that can still be said, and who is not any more hears of the user after
   * that (§3.2, §3.3).
   */
  #set(jids: readonly string[], change: { readonly blocked: readonly string[]; readonly unblocked: readonly string[] }): void {
    if (change.blocked.length + change.unblocked.length === 0) return;
    this.#jids = new Set(jids);
    this.#of.store(jids);
    this.#of.changed(change);
  }
}
