/**
 * Stanzas between users, as far as a manager sees them: what its streams send, and what is sent to them (docs/protocol.md: Users to users).
 *
 * @module
 */

import type { Answers, Ask, Needs, StanzaError } from "../../xmpp/mod.ts";
import type { RelayAnswer, StanzaAnswer, StanzaFor } from "../contract_users.ts";
import { CONTRACT, logFault, sessionOf } from "../stubs.ts";
import type { Connection } from "./connection.ts";
import type { Surroundings } from "./listening.ts";

const UNREACHED: StanzaError = { type: "wait", condition: "remote-server-timeout" };

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

  /** Stanzas of others for streams of this manager. */
  take({ needs, stanzas }: { readonly needs: Needs; readonly stanzas: readonly StanzaFor[] }): StanzaAnswer {
    const taken: string[] = [];
    const moving: { stream: string; handOvers: number }[] = [];
    for (const { stream, text, handOvers = 0 } of stanzas) {
      const connection = this.#of.connections.get(stream);
      if (!connection || connection.over || connection.unsigned || !meets(connection, needs)) continue;
      if (connection.handOvers > handOvers) {
        moving.push({ stream, handOvers: connection.handOvers });
        continue;
      }
      this.#send(connection, text);
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

function meets({ stream: { phase, available, priority } }: Connection, needs: Needs): boolean {
  if (phase !== "bound") return false;
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
