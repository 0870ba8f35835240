/**
 * Stanzas from and to a user: where they go, and what is said where they cannot (RFC 6121 §8.5; docs/protocol.md: Users to users).
 *
 * The session knows which streams there are and what each told of itself; whether one has sent its initial presence, its manager
 * knows. So who is taken for available is asked, and who is not is left out when the table is looked at again.
 *
 * @module
 */

import { answerForUser, bareOf, iq, type Needs, parseFrame, type Relayed, renderCopy, type Resource, resourceOf, returnOf, route } from "../../xmpp/mod.ts";
import type { Env, ManagerRef, Refusal } from "../contract.ts";
import type { RelayAnswer, StanzaAnswer, StanzaFor } from "../contract_users.ts";
import type { Change, SessionState } from "../protocol/session_state.ts";
import type { Blocked } from "./blocked.ts";
import type { Settings } from "../settings.ts";
import { UNAVAILABLE, UNREACHED } from "../refusals.ts";
import { CONTRACT, logFault, managerNamed, sessionOf, within } from "../stubs.ts";

const TAKEN: RelayAnswer = { outcome: "taken" };
const refuse = (refusal: Refusal): RelayAnswer => ({ outcome: "refused", refusal });

/** What a call answered holds its callee, and must not go on to whoever called here. */
function ownAnswer(answer: RelayAnswer): RelayAnswer {
  if (answer.outcome === "taken") return TAKEN;
  return answer.outcome === "answered" ? { outcome: "answered", payload: answer.payload } : refuse(JSON.parse(JSON.stringify(answer.refusal)) as Refusal);
}

/** Shares of the deadline of a call: who is asked behind it must have answered before. */
const BEHIND = 0.8;
const BEHIND_THAT = 0.6;
/** How long a stream that is about to move is waited for. */
const MOVE_WAIT = 0.3;
const MOVE_POLL_MS = 50;
/** Between two tries to find somebody for what another stream did not have. */
const RETURN_PAUSES = [300, 700, 0];

export interface RelayOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly jid: string;
  readonly state: SessionState;
  readonly blocked: Blocked;
  /** Does the user tell this one of their presence (RFC 6121 §3)? */
  sharesPresenceWith(jid: string): boolean;
  apply(changes: readonly Change[]): void;
}

/** A stream that a stanza may be for. */
interface Candidate extends Resource {
  readonly stream: string;
}

/** A stanza, and what a stream must be to get it. */
interface Sending {
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
    if (this.#of.blocked.blocks(stanza.to)) return refuse(this.#of.blocked.refusal); // XEP-0191 §3.2
    const to = bareOf(stanza.to);
    const taken =
      to === jid ? this.take(stanza, stream) : within(settings.CALL_DEADLINE_MS * BEHIND, sessionOf(env, to).take({ v: CONTRACT, jid: to, stanza }));
    // What is for oneself comes as received, where it was not delivered.
    const copied = to === jid ? undefined : this.#copy("sent", stanza, new Set([stream]));
    const [answer] = await Promise.all([taken, copied]);
    return ownAnswer(answer);
  }

  /** A stanza for this user. The table is looked at until somebody has it, each time without those who turned out not to be there. */
  async take(stanza: Relayed, sender?: string): Promise<RelayAnswer> {
    if (this.#of.blocked.blocks(stanza.from)) return stanza.kind === "presence" ? TAKEN : refuse(UNAVAILABLE);
    const { text } = stanza;
    let isUnclear = false;
    for (let left = this.#candidates; ; ) {
      const way = route(stanza, resourceOf(stanza.to), left);
      if (way.route === "ignore") return TAKEN;
      if (way.route === "answer") return this.#answer(stanza);
      if (way.route === "refuse") return refuse(isUnclear ? UNREACHED : UNAVAILABLE);
      const delivered = await this.#deliver(way.to, { needs: way.needs, textFor: () => text });
      if (delivered.taken.size > 0) {
        await this.#copy("received", stanza, new Set([...delivered.taken, ...(sender === undefined ? [] : [sender])]));
        return TAKEN;
      }
      isUnclear ||= delivered.isUnclear;
      left = left.filter((one) => !way.to.includes(one));
    }
  }

  /** On behalf of the user, to somebody else (§8.5.2.1.3). */
  #answer({ from, text }: Relayed): RelayAnswer {
    const { element } = parseFrame(text, { maxDepth: this.#of.settings.MAX_DEPTH });
    const payload = element && answerForUser(element, { isTrusted: this.#of.sharesPresenceWith(bareOf(from)) });
    return payload === undefined ? refuse(UNAVAILABLE) : { outcome: "answered", payload };
  }

  /** Copies for the user's other resources that asked for them (XEP-0280); that one does not get its copy is no matter of the message's. */
  async #copy(which: "received" | "sent", { copied, text, type }: Relayed, without: ReadonlySet<string>): Promise<void> {
    if (!copied) return;
    const { jid, state } = this.#of;
    const wanting = new Set([...state.streams].flatMap(({ stream, carbons }) => (carbons && !without.has(stream) ? stream : [])));
    const to = this.#candidates.filter(({ stream }) => wanting.has(stream));
    if (to.length === 0) return;
    await this.#deliver(to, { needs: "connected", textFor: ({ resource }) => renderCopy(which, { jid, to: `${jid}/${resource}`, type, text }) });
  }

  /**
   * A message of the service's own, to those of an address that are available; where there is nobody it is nobody's.
   *
   * @throws if one of them could not be reached: it may have it, or not
   */
  async serve(address: string, text: string): Promise<void> {
    const resource = resourceOf(address);
    const isMeant = (one: Candidate): boolean => one.available && (resource === "" ? one.priority >= 0 : one.resource === resource);
    const { isUnclear } = await this.#deliver(this.#candidates.filter(isMeant), { needs: "available", textFor: () => text });
    if (isUnclear) throw new Error("A manager did not answer");
  }

  /** A request of the server's to those of the user's streams that want such (XEP-0191 §3.2); nobody waits for their answers. */
  async push(needs: Needs, payload: string): Promise<void> {
    const { jid } = this.#of;
    const to = this.#candidates;
    const textFor = ({ resource }: Candidate): string => iq({ type: "set", id: crypto.randomUUID(), from: jid, to: `${jid}/${resource}` }, payload);
    if (to.length > 0) await this.#deliver(to, { needs, textFor });
  }

  /**
   * What a stream that is over was sent and has not acknowledged, in order: to another resource, or back to its sender.
   *
   * @throws if one of them could not be given to anybody: all of it is to be tried again
   */
  async giveBack(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      const { element } = parseFrame(text, { maxDepth: this.#of.settings.MAX_DEPTH });
      const returned = element && returnOf(element);
      if (!returned || (returned.again && (await this.#tryAgain(returned.again)))) continue;
      const { env, jid, settings } = this.#of;
      const to = bareOf(returned.error.to);
      if (to === jid) await this.take(returned.error);
      else await within(settings.CALL_DEADLINE_MS * BEHIND, sessionOf(env, to).take({ v: CONTRACT, jid: to, stanza: returned.error }));
    }
  }

  /** Whoever comes back as a new stream is bound first, and present in a moment. */
  async #tryAgain(stanza: Relayed): Promise<boolean> {
    for (const pause of RETURN_PAUSES) {
      const { outcome } = await this.take(stanza);
      if (outcome === "taken") return true;
      if (this.#candidates.length === 0) return false;
      await scheduler.wait(pause);
    }
    return false;
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
      const isOver = Date.now() >= until;
      const answers = await Promise.all([...this.#byManager(waiting, isOver)].map((group) => this.#call(group, sending)));
      for (const { streams, answer } of answers) {
        isUnclear ||= answer === null;
        for (const stream of answer?.taken ?? []) taken.add(stream);
        for (const stream of streams) waiting.delete(stream);
        for (const { stream, handOvers } of answer?.moving ?? []) {
          const one = to.find((each) => each.stream === stream);
          if (one && !isOver) waiting.set(stream, { stream, handOvers, text: sending.textFor(one) });
        }
      }
      for (const stream of [...waiting.keys()]) if (isOver || !this.#of.state.current(stream)) waiting.delete(stream);
      if (waiting.size > 0) await scheduler.wait(pause);
    }
    return { taken, isUnclear };
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
    { needs }: Sending,
  ): Promise<{ readonly streams: readonly string[]; readonly answer: StanzaAnswer | null }> {
    const { env, settings } = this.#of;
    const streams = stanzas.map(({ stream }) => stream);
    try {
      const call = managerNamed(env, manager).stanza({ v: CONTRACT, needs, stanzas });
      return { streams, answer: await within(settings.CALL_DEADLINE_MS * BEHIND_THAT, call) };
    } catch (error) {
      logFault("JabberSession", "stanza", error);
      return { streams, answer: null };
    }
  }
}
