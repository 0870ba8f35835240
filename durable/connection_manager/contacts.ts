/**
 * Rosters, subscriptions and presence as far as a manager sees them: what its streams ask their sessions, and what those tell
 * them (docs/protocol.md: Contacts).
 *
 * @module
 */

import type { Answers, Ask, StanzaError } from "../../xmpp/mod.ts";
import type { ContactAnswer, ContactManagerCalls, StreamPresence, Telling } from "../contract_contacts.ts";
import { UNAVAILABLE, UNREACHED } from "../refusals.ts";
import { CONTRACT, logFault, sessionOf } from "../stubs.ts";
import type { Connection } from "./connection.ts";
import type { Listening, Surroundings } from "./listening.ts";

type AskOf<T extends Ask["effect"]> = Extract<Ask, { effect: T }>;
type TellRequest = Parameters<ContactManagerCalls["tell"]>[0];

/** Asks during whose answers nothing is told: what is told is newer than the answer, or waits for what the answer makes of the stream. */
const HOLDING: ReadonlySet<Ask["effect"]> = new Set(["announce", "getRoster"]);

export class ManagerContacts {
  readonly #of: Surroundings;
  readonly #listening: Listening;
  /** What waits for an answer, by stream. */
  readonly #held = new WeakMap<Connection, Telling[]>();

  constructor(of: Surroundings, listening: Listening) {
    this.#of = of;
    this.#listening = listening;
  }

  #within<T>(call: Promise<T>): Promise<T> {
    return this.#of.deadlines.within(this.#of.settings.CALL_DEADLINE_MS, call);
  }

  #session(connection: Connection) {
    return sessionOf(this.#of.env, connection.stream.jid);
  }

  #naming({ stream: { jid }, key }: Connection) {
    return { v: CONTRACT, jid, stream: key };
  }

  /** How a stream stands of which the session does not know it yet. */
  #presenceOf({ stream }: Connection): StreamPresence | null {
    if (!stream.available) return null;
    return { at: this.#listening.table.drawJoin(Date.now()), ...(stream.presence !== undefined && { tail: stream.presence }) };
  }

  #unknownPresenceOf(connection: Connection): { readonly presence?: StreamPresence } {
    const presence = connection.stream.social ? null : this.#presenceOf(connection);
    return presence ? { presence } : {};
  }

  // -------------------------------------------------------------- of streams

  async getRoster(connection: Connection, { ver }: AskOf<"getRoster">): Promise<Answers["getRoster"]> {
    try {
      const answer = await this.#within(this.#session(connection).roster({ ...this.#naming(connection), ver }));
      return answer.outcome === "found" ? { payload: answer.payload } : { refused: UNAVAILABLE };
    } catch (error) {
      return unreached(error);
    }
  }

  async setRoster(connection: Connection, { request }: AskOf<"setRoster">): Promise<Answers["setRoster"]> {
    const call = () => this.#session(connection).setRoster({ ...this.#naming(connection), request, ...this.#unknownPresenceOf(connection) });
    return (await this.#refusal(connection, call)) ?? { set: true };
  }

  async sendSubscription(connection: Connection, { to, type, tail }: AskOf<"sendSubscription">): Promise<Answers["sendSubscription"]> {
    const call = () => this.#session(connection).sendSubscription({ ...this.#naming(connection), to, type, tail, ...this.#unknownPresenceOf(connection) });
    return (await this.#refusal(connection, call)) ?? { sent: true };
  }

  async sendDirected(connection: Connection, { to, available, tail }: AskOf<"sendDirected">): Promise<Answers["sendDirected"]> {
    const call = () => this.#session(connection).sendDirected({ ...this.#naming(connection), to, available, tail });
    return (await this.#refusal(connection, call)) ?? { sent: true };
  }

  async probe(connection: Connection, { to }: AskOf<"probe">): Promise<Answers["probe"]> {
    try {
      return await this.#within(this.#session(connection).probe({ ...this.#naming(connection), to }));
    } catch (error) {
      return unreached(error);
    }
  }

  async #refusal(connection: Connection, call: () => Promise<ContactAnswer>): Promise<{ readonly refused: StanzaError } | undefined> {
    try {
      const answer = await this.#within(call());
      if (answer.outcome === "refused") return { refused: answer.refusal as StanzaError };
      if (answer.outcome === "gone") return { refused: UNAVAILABLE };
      if (answer.social) this.socialize(connection);
      return undefined;
    } catch (error) {
      return unreached(error);
    }
  }

  // -------------------------------------------------------------- to streams

  /** From now on the session is told of the stream's presences. */
  socialize(connection: Connection): void {
    if (connection.stream.social || connection.over) return;
    connection.stream.social = true;
    connection.save();
    if (connection.isByRow) this.#of.writeDown(connection);
  }

  /** What the session says to a stream. */
  tell(connection: Connection | undefined, { social, stanzas }: Pick<TellRequest, "social" | "stanzas">): Awaited<ReturnType<ContactManagerCalls["tell"]>> {
    if (!connection || connection.over || connection.unsigned) return { taken: false };
    const presence = social && !connection.stream.social ? { presence: this.#presenceOf(connection) } : {};
    if (social) this.socialize(connection);
    const held = this.#held.get(connection);
    if (held) held.push(...stanzas);
    else this.#send(connection, stanzas);
    return { taken: true, ...presence };
  }

  #send(connection: Connection, stanzas: readonly Telling[]): void {
    const { stream } = connection;
    let isSent = false;
    for (const { needs, text } of stanzas) {
      if (connection.over || (needs === "interested" && !stream.interested) || (needs === "available" && !stream.available)) continue;
      // Nobody looks: it waits (XEP-0352).
      if (connection.inactive?.holdPresence(connection, text)) continue;
      connection.sendStanza(text);
      isSent = true;
    }
    if (!isSent) return;
    if (connection.isByRow && connection.unacked) this.#of.writeDown(connection);
    this.#of.counted(connection);
  }

  /** An ask goes out: what is told meanwhile waits until its answer was taken. */
  hold(connection: Connection, { effect }: Ask): void {
    if (HOLDING.has(effect)) this.#held.set(connection, []);
  }

  release(connection: Connection, { effect }: Ask): void {
    if (!HOLDING.has(effect)) return;
    const held = this.#held.get(connection) ?? [];
    this.#held.delete(connection);
    this.#send(connection, held);
  }
}

function unreached(error: unknown): { readonly refused: StanzaError } {
  logFault("ConnectionManager", "call of a contact's", error);
  return { refused: UNREACHED };
}
