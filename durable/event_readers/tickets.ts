/**
 * Tickets: each opens one reader of its group, once and soon, for who cannot send a header with the request.
 *
 * They live in memory alone. One that was spent, is over, or was lost with the memory opens nothing: its owner asks for another.
 *
 * @module
 */

import type { ReaderUser } from "./users.ts";
import { unguessable } from "../unguessable.ts";

export interface Ticket {
  /** Null: the token of a back end stands behind it. */
  readonly user: ReaderUser | null;
  readonly domain: string;
  readonly nodes: readonly string[];
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export class Tickets {
  readonly #prefix: string;
  /** All last equally long, so the oldest, which stand first, are over first. */
  readonly #tickets = new Map<string, Ticket>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `group`: name of the group, `readers/<region>/<n>`; the door finds the group by the ticket. */
  constructor(group: string) {
    this.#prefix = group.split("/").slice(1).join(".");
  }

  /** Those that are neither spent nor over. */
  get size(): number {
    this.#sweep();
    return this.#tickets.size;
  }

  countOf(jid: string): number {
    this.#sweep();
    let count = 0;
    for (const { user } of this.#tickets.values()) if (user?.jid === jid) count++;
    return count;
  }

  /** Makes a ticket of 128 random bits. */
  issue(ticket: Ticket): string {
    const id = `${this.#prefix}.${unguessable()}`;
    this.#tickets.set(id, ticket);
    this.#watch();
    return id;
  }

  find(id: string): Ticket | undefined {
    const ticket = this.#tickets.get(id);
    return ticket && ticket.expiresAt > Date.now() ? ticket : undefined;
  }

  /** From now on it opens nothing. */
  spend(id: string): void {
    this.#tickets.delete(id);
    if (this.#tickets.size === 0) this.#rest();
  }

  #sweep(): void {
    const now = Date.now();
    for (const [id, { expiresAt }] of this.#tickets) {
      if (expiresAt > now) return;
      this.#tickets.delete(id);
    }
  }

  /** Keeps the group awake while a ticket is good: its memory is all that knows of it. */
  #watch(): void {
    const [first] = this.#tickets.values();
    if (!first) return this.#rest();
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        this.#sweep();
        this.#watch();
      },
      Math.max(0, first.expiresAt - Date.now()),
    );
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
