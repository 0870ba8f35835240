/**
 * Asks of a sign-in: passwords, SCRAM keys and proofs. The session of a name that does not exist is never woken twice a
 * minute: a decoy does its work, so that the answer takes as long.
 *
 * @module
 */

import type { Answers, Ask } from "../../xmpp/mod.ts";
import type { CredentialsAnswer, CredentialsRequest, Env } from "../contract.ts";
import { checkProof } from "../scram_keys.ts";
import type { Settings } from "../settings.ts";
import type { Deadlines } from "../deadlines.ts";
import { CONTRACT, logFault, sessionOf } from "../stubs.ts";
import type { Surroundings } from "./listening.ts";

type AskOf<T extends Ask["effect"]> = Extract<Ask, { effect: T }>;

interface Unknown {
  readonly salt: string;
  readonly iterations: number;
  readonly until: number;
}

/** Names remembered as unknown at a time. */
const REMEMBERED = 10_000;

export class SignIn {
  readonly #env: Env;
  readonly #settings: Settings;
  readonly #unknown = new Map<string, Unknown>();

  readonly #manager: string;

  readonly #deadlines: Deadlines;

  constructor({ env, settings, deadlines }: Pick<Surroundings, "env" | "settings" | "deadlines">, manager: string) {
    this.#env = env;
    this.#deadlines = deadlines;
    this.#settings = settings;
    this.#manager = manager;
  }

  /** These users exist after all. */
  known(jids: readonly string[]): void {
    for (const jid of jids) this.#unknown.delete(jid);
  }

  /** `reads`: no sign-in follows, somebody only wants to read. */
  async checkPassword({ jid, password, reads }: Omit<AskOf<"checkPassword">, "effect"> & { readonly reads?: true }): Promise<Answers["checkPassword"]> {
    const answer = await this.#credentials({ v: CONTRACT, jid, manager: this.#manager, mechanism: "PLAIN", password, ...(reads && { reads }) });
    if (!answer) return { unavailable: true };
    return answer.outcome === "accepted" ? { accepted: true, storedKey: answer.storedKey } : { accepted: false };
  }

  async fetchKeys({ jid, hash }: AskOf<"fetchKeys">): Promise<Answers["fetchKeys"]> {
    const answer = await this.#credentials({ v: CONTRACT, jid, manager: this.#manager, mechanism: hash === "SHA-1" ? "SCRAM-SHA-1" : "SCRAM-SHA-256" });
    return answer?.outcome === "keys" ? answer.keys : { unavailable: true };
  }

  async checkProof(ask: AskOf<"checkProof">): Promise<Answers["checkProof"]> {
    const serverSignature = await checkProof(ask);
    if (serverSignature !== null) return { accepted: true, serverSignature };
    if (!this.#unknown.has(ask.jid)) {
      void this.#deadlines
        .within(this.#settings.CALL_DEADLINE_MS, sessionOf(this.#env, ask.jid).failed({ v: CONTRACT, jid: ask.jid }))
        .catch((error) => logFault("ConnectionManager", "failed", error));
    }
    return { accepted: false };
  }

  async #credentials(request: CredentialsRequest): Promise<CredentialsAnswer | undefined> {
    const known = this.#unknown.get(request.jid);
    const decoy = known && known.until > Date.now() ? known : undefined;
    const name = decoy ? this.#decoyOf(request.jid) : request.jid;
    try {
      const call = sessionOf(this.#env, name).credentials(decoy ? { ...request, decoy: { salt: decoy.salt, iterations: decoy.iterations } } : request);
      const answer = await this.#deadlines.within(this.#settings.CALL_DEADLINE_MS, call);
      if (!decoy && answer.outcome !== "accepted" && answer.unknown) this.#remember(request.jid, answer.unknown);
      return answer;
    } catch (error) {
      logFault("ConnectionManager", "credentials", error);
      return undefined;
    }
  }

  #decoyOf(jid: string): string {
    let sum = 0;
    for (let at = 0; at < jid.length; at++) sum = (sum * 31 + jid.charCodeAt(at)) >>> 0;
    return `decoy/${sum % this.#settings.DECOY_SESSIONS}${jid.slice(jid.indexOf("@"))}`;
  }

  #remember(jid: string, { salt, iterations }: Pick<Unknown, "salt" | "iterations">): void {
    if (this.#unknown.size >= REMEMBERED) {
      const [oldest] = this.#unknown.keys();
      if (oldest !== undefined) this.#unknown.delete(oldest);
    }
    this.#unknown.delete(jid);
    this.#unknown.set(jid, { salt, iterations, until: Date.now() + this.#settings.UNKNOWN_USER_MS });
  }
}
