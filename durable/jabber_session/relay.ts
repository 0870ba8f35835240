/**
 * Stanzas from and to a user: where they go, and what is said where they cannot (RFC 6121 §8.5; docs/protocol.md: Users to users).
 *
 * The session knows which streams there are and what each told of itself; whether one has sent its initial presence, its manager
 * knows. So who is taken for available is asked, and who is not is left out when the table is looked at again.
 *
 * @module
 */

import { bareOf, type Needs, type Relayed, type Resource, resourceOf, route } from "../../xmpp/mod.ts";
import type { Env, ManagerRef, Refusal } from "../contract.ts";
import type { RelayAnswer, StanzaAnswer, StanzaFor } from "../contract_users.ts";
import type { Change, SessionState } from "../protocol/session_state.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, logFault, managerNamed, sessionOf, within } from "../stubs.ts";

const TAKEN: RelayAnswer = { outcome: "taken" };
const refuse = (refusal: Refusal): RelayAnswer => ({ outcome: "refused", refusal });
/** The same for who is absent, who is unknown, and who does not want to be reached (RFC 6120 §13.10.2). */
const UNAVAILABLE: Refusal = { type: "cancel", condition: "service-unavailable" };
const UNREACHED: Refusal = { type: "wait", condition: "remote-server-timeout" };

/** Shares of the deadline of a call: who is asked behind it must have answered before. */
const BEHIND = 0.8;
const BEHIND_THAT = 0.6;
/** How long a stream that is about to move is waited for. */
const MOVE_WAIT = 0.3;
const MOVE_POLL_MS = 50;

export interface RelayOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly jid: string;
  readonly state: SessionState;
  apply(changes: readonly Change[]): void;
}

/** A stream that a stanza may be for. */
interface Candidate extends Resource {
  readonly stream: string;
}

/** A stanza, and what a stream must be to get it. */
interface Sending {
  readonly from: string;
  readonly needs: Needs;
  textFor(one: Candidate): string;
}

interface Delivered {
  /** Streams that have it. */
  readonly taken: ReadonlySet<string>;
  /** A manager did not answer: one of its streams may have it. */
  readonly isUnclear: boolean;
}

export class Relay {
  readonly #of: RelayOf;

  constructor(of: RelayOf) {
    this.#of = of;
  }

  /** A stanza of one of the user's own streams. */
  async relay(stream: string, stanza: Relayed): Promise<RelayAnswer> {
    const { env, jid, settings, state } = this.#of;
    if (!state.current(stream)) return refuse(UNAVAILABLE);
    const to = bareOf(stanza.to);
    if (to === jid) return await this.take(stanza);
    return await within(settings.CALL_DEADLINE_MS * BEHIND, sessionOf(env, to).take({ v: CONTRACT, jid: to, stanza }));
  }

  /** A stanza for this user. The table is looked at until somebody has it, each time without those who turned out not to be there. */
  async take(stanza: Relayed): Promise<RelayAnswer> {
    const { from, text } = stanza;
    let isUnclear = false;
    for (let left = this.#candidates; ; ) {
      const way = route(stanza, resourceOf(stanza.to), left);
      if (way.route === "ignore") return TAKEN;
      if (way.route === "answer") return refuse(UNAVAILABLE);
      if (way.route === "refuse") return refuse(isUnclear ? UNREACHED : UNAVAILABLE);
      const delivered = await this.#deliver(way.to, { from, needs: way.needs, textFor: () => text });
      if (delivered.taken.size > 0) return TAKEN;
      isUnclear ||= delivered.isUnclear;
      left = left.filter((one) => !way.to.includes(one));
    }
  }

  get #candidates(): Candidate[] {
    return [...this.#of.state.streams].map(({ stream, resource, available, priority }) => ({ stream, resource, available, priority }));
  }

  // ------------------------------------------------------------ to streams

  /** Sends to streams by their managers, once to each. */
  async #deliver(to: readonly Candidate[], sending: Sending): Promise<Delivered> {
    const taken = new Set<string>();
    let isUnclear = false;
    const waiting = new Map<string, StanzaFor>(to.map((one) => [one.stream, { stream: one.stream, text: sending.textFor(one) }]));
    const until = Date.now() + this.#of.settings.CALL_DEADLINE_MS * MOVE_WAIT;
    for (let pause = MOVE_POLL_MS; waiting.size > 0; pause *= 2) {
      const answers = await Promise.all([...this.#byManager(waiting, Date.now() >= until)].map((group) => this.#call(group, sending)));
      for (const { streams, answer } of answers) {
        isUnclear ||= answer === null;
        for (const stream of answer?.taken ?? []) taken.add(stream);
        for (const stream of streams) waiting.delete(stream);
        for (const { stream, handOvers } of answer?.moving ?? []) this.#again(waiting, { stream, handOvers, text: sending.textFor(this.#named(to, stream)) });
      }
      for (const stream of waiting.keys()) if (!this.#of.state.current(stream)) waiting.delete(stream);
      if (waiting.size > 0) await scheduler.wait(pause);
    }
    return { taken, isUnclear };
  }

  #named(to: readonly Candidate[], stream: string): Candidate {
    return to.find((one) => one.stream === stream) as Candidate;
  }

  #again(waiting: Map<string, StanzaFor>, stanza: StanzaFor): void {
    waiting.set(stanza.stream, stanza);
  }

  /**
   * Who is to be called with what. A stream that somebody may move is waited for, since its snapshot may be under way; after a while
   * it may not be moved any more.
   */
  #byManager(waiting: ReadonlyMap<string, StanzaFor>, isOver: boolean): Map<string, StanzaFor[]> {
    const groups = new Map<string, StanzaFor[]>();
    for (const stanza of waiting.values()) {
      const row = this.#of.state.current(stanza.stream);
      if (!row || (row.claim && !isOver)) continue;
      if (row.claim) this.#of.apply(this.#of.state.withdrawClaim(stanza.stream));
      const { manager } = row.ref;
      const group = groups.get(manager);
      if (group) group.push(stanza);
      else groups.set(manager, [stanza]);
    }
    return groups;
  }

  async #call(
    [manager, stanzas]: readonly [ManagerRef["manager"], readonly StanzaFor[]],
    { from, needs }: Sending,
  ): Promise<{ readonly streams: readonly string[]; readonly answer: StanzaAnswer | null }> {
    const { env, settings } = this.#of;
    const streams = stanzas.map(({ stream }) => stream);
    try {
      const call = managerNamed(env, manager).stanza({ v: CONTRACT, from, needs, stanzas });
      return { streams, answer: await within(settings.CALL_DEADLINE_MS * BEHIND_THAT, call) };
    } catch (error) {
      logFault("JabberSession", "stanza", error);
      return { streams, answer: null };
    }
  }
}
