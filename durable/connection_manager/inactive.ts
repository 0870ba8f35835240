/**
 * What waits for clients that nobody looks at (XEP-0352): others' presence, and events for a moment.
 *
 * Presence, the newest of each sender, stands in the stream's record and so comes through a sleep. Events wait in memory, by one timer,
 * which keeps the object awake: a few seconds, since a call must not ring late. Anything else that the client is sent goes out behind
 * all of that, and nothing is written down of a stream before it was sent what waits: where it stands is where its client stands.
 *
 * @module
 */

import type { Item } from "../contract.ts";
import type { Connection } from "./connection.ts";

/** What waits for one client at most: presences, and characters of them; events. */
const PRESENCES = 32;
const PRESENCES_LENGTH = 4096;
const ITEMS = 64;

/** Of presence, all but what is said of subscriptions (RFC 6121 §4.7.1). */
const IS_STATE = /^<presence\b(?![^>]*\stype="(?!unavailable"))/;

const FROM = /^<presence\b[^>]*\sfrom="([^"]*)"/;

export interface InactiveOf {
  /** How long events wait; 0: not at all. */
  readonly holdMs: number;
  /** A stream was sent a stanza. */
  counted(connection: Connection): void;
}

interface Waiting {
  /** Unix milliseconds at which the first of them has waited long enough. */
  readonly due: number;
  readonly items: { readonly address: string; readonly item: Item; readonly to: string }[];
}

export class Inactive {
  readonly #of: InactiveOf;
  readonly #waiting = new Map<Connection, Waiting>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(of: InactiveOf) {
    this.#of = of;
  }

  /** Lets an event wait; false: it is to be sent now. */
  holdItem(connection: Connection, address: string, item: Item, to: string): boolean {
    // The service contact's presence, and the last of a node, are no matter of a moment.
    if (this.#of.holdMs === 0 || item.closes || !item.head.startsWith("<message") || !connection.socket) {
      this.flush(connection);
      return false;
    }
    const waiting = this.#waiting.get(connection) ?? { due: Date.now() + this.#of.holdMs, items: [] };
    waiting.items.push({ address, item, to });
    this.#waiting.set(connection, waiting);
    if (waiting.items.length >= ITEMS) this.flush(connection);
    else this.#timer ??= setTimeout(() => this.#tick(), this.#of.holdMs);
    return true;
  }

  /** Lets a presence wait, in the place of an earlier one of the same sender; false: it is to be sent now. */
  holdPresence(connection: Connection, text: string): boolean {
    const { inactive } = connection.stream;
    const from = FROM.exec(text)?.[1];
    if (!inactive || from === undefined || !connection.socket || !IS_STATE.test(text)) return false;
    const { [from]: _, ...others } = inactive.presences;
    const presences = { ...others, [from]: text };
    const length = Object.values(presences).reduce((sum, each) => sum + each.length, 0);
    if (Object.keys(presences).length > PRESENCES || length > PRESENCES_LENGTH) return false;
    inactive.presences = presences;
    connection.save();
    return true;
  }

  /** Sends what waits. */
  flush(connection: Connection): void {
    const { inactive } = connection.stream;
    const items = this.#waiting.get(connection)?.items ?? [];
    const presences = Object.values(inactive?.presences ?? {});
    if (items.length + presences.length === 0) return;
    this.#waiting.delete(connection);
    if (inactive) inactive.presences = {};
    for (const text of presences) connection.sendStanza(text);
    for (const { address, item, to } of items) connection.deliverNow(address, item, to);
    if (presences.length > 0) connection.save();
    this.#of.counted(connection);
  }

  /** Somebody looks again. */
  end(connection: Connection): void {
    this.flush(connection);
    delete connection.stream.inactive;
    connection.save();
  }

  /** The right to a node is gone: what waits of it is not sent any more. */
  drop(connection: Connection, address: string): void {
    const waiting = this.#waiting.get(connection);
    const left = waiting?.items.filter((each) => each.address !== address) ?? [];
    if (waiting && left.length > 0) this.#waiting.set(connection, { ...waiting, items: left });
    else this.#waiting.delete(connection);
  }

  /** The stream is over. */
  forget(connection: Connection): void {
    this.#waiting.delete(connection);
    delete connection.stream.inactive;
  }

  #tick(): void {
    this.#timer = null;
    const now = Date.now();
    for (const [connection, { due }] of this.#waiting) if (due <= now) this.flush(connection);
    const next = Math.min(...[...this.#waiting.values()].map(({ due }) => due));
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.#tick(), Math.max(1, next - now));
  }
}
