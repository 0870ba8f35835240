/**
 * Stanzas between users, as far as a manager sees them: what its streams send, and what is sent to them (docs/protocol.md: Users to users).
 *
 * @module
 */

import type { Answers, Ask, Needs, StanzaError } from "../../xmpp/mod.ts";
import type { RelayAnswer, StanzaAnswer, StanzaFor } from "../contract_users.ts";
import { UNAVAILABLE, UNREACHED } from "../refusals.ts";
import { CONTRACT, logFault, sessionOf } from "../stubs.ts";
import type { Connection } from "./connection.ts";
import type { Surroundings } from "./listening.ts";

export class BetweenUsers {
  readonly #of: Surroundings;

  constructor(of: Surroundings) {
    this.#of = of;
  }

  /** A stanza of a stream goes to its session, once: whether it arrived where no answer comes, nobody knows. */
  async relay(connection: Connection, { stanza }: Extract<Ask, { effect: "relay" }>): Promise<Answers["relay"]> {
    const { env, deadlines, settings } = this.#of;
    const { jid } = connection.stream;
    try {
      const call = sessionOf(env, jid).relay({ v: CONTRACT, jid, stream: connection.key, stanza });
      return answerOf(await deadlines.within(settings.CALL_DEADLINE_MS, call));
    } catch (error) {
      logFault("ConnectionManager", "relay", error);
      return { refused: UNREACHED };
    }
  }

  async carbons(connection: Connection, { on }: Extract<Ask, { effect: "carbons" }>): Promise<Answers["carbons"]> {
    const { env } = this.#of;
    const { jid } = connection.stream;
    const answer = await this.#ask("carbons", () => sessionOf(env, jid).carbons({ v: CONTRACT, jid, stream: connection.key, on }));
    if (!answer) return { refused: UNREACHED };
    return answer.outcome === "done" ? { done: true } : { refused: UNAVAILABLE };
  }

  async blocking(connection: Connection, { request }: Extract<Ask, { effect: "blocking" }>): Promise<Answers["blocking"]> {
    const { env } = this.#of;
    const { jid } = connection.stream;
    const answer = await this.#ask("blocking", () => sessionOf(env, jid).blocking({ v: CONTRACT, jid, stream: connection.key, request }));
    if (!answer) return { refused: UNREACHED };
    return answer.outcome === "refused" ? { refused: answer.refusal as StanzaError } : { payload: answer.payload };
  }

  /** A call that may arrive twice, and is made again where no answer came; undefined: none came then either. */
  async #ask<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
    const { deadlines, settings } = this.#of;
    for (let tries = 0; tries < 2; tries++) {
      try {
        return await deadlines.within(settings.CALL_DEADLINE_MS, call());
      } catch (error) {
        logFault("ConnectionManager", what, error);
      }
    }
    return undefined;
  }

  /** Stanzas of others for streams of this manager. */
  take({ needs, stanzas }: { readonly needs: Needs; readonly stanzas: readonly StanzaFor[] }): StanzaAnswer {
    const taken: string[] = [];
    const moving: { stream: string; handOvers: number }[] = [];
    for (const { stream, text, handOvers = 0 } of stanzas) {
      const connection = this.#of.connections.get(stream);
      if (!connection || connection.over || connection.unsigned || !meets(connection, needs)) continue;
      // One that is being brought up to date here is there in a moment.
      if (!connection.ready || connection.handOvers > handOvers) {
        moving.push({ stream, handOvers: connection.handOvers });
        continue;
      }
      if (!connection.inactive?.holdPresence(connection, text)) this.#send(connection, text);
      taken.push(stream);
    }
    return { taken, moving };
  }

  #send(connection: Connection, text: string): void {
    connection.sendStanza(text);
    // What has nothing but a row stands there at once: what a user says to another is not to be lost without a word.
    if (connection.isByRow && connection.unacked) this.#of.writeDown(connection);
    this.#of.counted(connection);
  }
}

function meets({ stream: { phase, available, priority, hasBlocklist } }: Connection, needs: Needs): boolean {
  if (phase !== "bound") return false;
  if (needs === "blocklist") return hasBlocklist === true;
  return needs === "connected" || (available && (needs === "available" || priority >= 0));
}

function answerOf(answer: RelayAnswer): Answers["relay"] {
  switch (answer.outcome) {
    case "taken":
      return {};
    case "answered":
      return { payload: answer.payload };
    case "refused":
      return { refused: answer.refusal as StanzaError };
  }
}
