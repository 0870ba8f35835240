/**
 * A user's dealings with nodes that were created: subscriptions by id, questions, and what their hosts tell.
 *
 * @module
 */

import {
  answerFamilyRequest,
  type Asker,
  type FormField,
  type NodeRequest,
  placeOf,
  readOptions,
  REFUSALS,
  STANDARD_OPTIONS,
  type StanzaError,
  type SubscribeOptions,
} from "../../xmpp/mod.ts";
import type {
  Env,
  NodeAnswer,
  NodeTold,
  OptionsAnswer,
  OptionsRequest,
  Refusal,
  SubscribeAnswer,
  SubscribeRequest,
  UnsubscribeAnswer,
  UnsubscribeRequest,
  UserRecord,
} from "../contract.ts";
import { hostOf } from "../placing.ts";
import type { Change, SessionState, SubscriptionRow } from "../protocol/session_state.ts";
import type { Settings } from "../settings.ts";
import { UNREACHED } from "../refusals.ts";
import { CONTRACT, hostNamed, logFault, within } from "../stubs.ts";

export interface CreatedNodesOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly domain: string;
  readonly state: SessionState;
  apply(changes: readonly Change[]): void;
  /** Tells the user's other streams that are addressed by a subscription. */
  tellOthers(except: string, node: string, subscriber: string): void;
  inBackground(what: string, call: Promise<unknown>): void;
  /** Sets the alarm for another try. */
  wakeSoon(): Promise<void>;
  /** Pays what managers are owed. */
  settle(): Promise<void>;
}

/** Teams that a user is in or supervises: what stands in for roster groups. */
export function groupsOf({ teams, supervises }: Pick<UserRecord, "teams" | "supervises">): string[] {
  return [...new Set([...teams, ...supervises.map(({ team }) => team)])];
}

export class CreatedNodes {
  readonly #of: CreatedNodesOf;

  constructor(of: CreatedNodesOf) {
    this.#of = of;
  }

  #host(node: string) {
    const { env, domain, settings } = this.#of;
    return hostNamed(env, hostOf(domain, node, settings));
  }

  #within<T>(call: Promise<T>): Promise<T> {
    return within(this.#of.settings.CALL_DEADLINE_MS, call);
  }

  /** As who this user asks. */
  asker(record: UserRecord, jid: string): Asker {
    return { jid, role: record.role, groups: groupsOf(record) };
  }

  // ------------------------------------------------------- subscriptions

  /** A subscription that stands is confirmed; otherwise the intent has an id of its own, and the node decides. */
  async subscribe(request: SubscribeRequest, record: UserRecord): Promise<SubscribeAnswer> {
    const { state } = this.#of;
    const { node, stream, subscriber } = request;
    const given = this.readOptions(request.options);
    if (given !== null && "refusal" in given) return { outcome: "refused", refusal: given.refusal };
    // With options of its own it is another subscription; without, the one that stands (PS-035).
    const standing = given ? undefined : state.subscriptionsOf(node, subscriber)[0]?.subid;
    const subid = standing ?? crypto.randomUUID();
    const { outcome, isNew, changes } = state.subscribe(node, subscriber, subid, given?.options);
    if (outcome === "too-many") return { outcome: "refused", refusal: REFUSALS["too-many-subscriptions"] };
    if (outcome === "forbidden") return { outcome: "gone" };
    this.#of.apply(changes);
    const version = state.version;
    const refuse = (refusal: Refusal): SubscribeAnswer => {
      this.#left(state.abandon(node, subscriber, subid), { node, subscriber, subid });
      return { outcome: "refused", refusal };
    };
    const asker = this.asker(record, `${state.jid}/${state.current(stream)?.resource}`);
    const nodes = [{ node, exists: false, subscriber, subscribe: { asker, subid } }];
    try {
      const [joined] = await this.#within(this.#host(node).join({ v: CONTRACT, ref: request.ref, join: request.join, nodes }));
      if (joined?.outcome === "refused") return refuse(joined.refusal);
      if (joined?.outcome !== "joined" || !joined.subscription) return refuse(joined?.outcome === "missing" ? REFUSALS["no-node"] : UNREACHED);
      // The rights may have changed while the host was asked; or an owner took the subscription away.
      if (!state.confirm(node, subscriber, version, subid)) return refuse(REFUSALS.outcast);
      this.#of.apply(state.stands(node, subscriber, joined.subscription));
      this.#of.tellOthers(stream, node, subscriber);
      const { state: stands } = joined.subscription;
      const listens = state.listensTo(stream, node);
      const subscription = { subid, state: stands, ...(given && { options: given.options }) };
      const last = isNew && stands === "subscribed" && joined.last?.again ? { last: { ...joined.last } } : {};
      return { outcome: "subscribed", subscription, rights: version, position: joined.position, listens, ...last };
    } catch (error) {
      logFault("JabberSession", "join", error);
      return refuse(UNREACHED);
    }
  }

  /** Options as they came with a request; null: none did. */
  readOptions(
    fields: readonly FormField[] | undefined,
    standing = STANDARD_OPTIONS,
  ): { readonly options: SubscribeOptions } | { readonly refusal: StanzaError } | null {
    if (fields === undefined) return null;
    const now = Date.now();
    const read = readOptions(fields, standing, now);
    if ("refusal" in read || typeof read.options.expire !== "number") return read;
    return { options: { ...read.options, expire: Math.min(read.options.expire, now + this.#of.settings.LEASE_SECONDS * 1000) } }; // PS-045
  }

  /** Options of a subscription, to whatever node: they are the session's alone. */
  async options({ node, stream, subscriber, subid, form }: OptionsRequest): Promise<OptionsAnswer> {
    const { state } = this.#of;
    const rows = state.subscriptionsOf(node, subscriber);
    const refuse = (refusal: Refusal): OptionsAnswer => ({ outcome: "refused", refusal });
    if (rows.length === 0) return refuse(await this.#notSubscribed(node, "not-subscribed-options"));
    if (subid === null && rows.length > 1) return refuse(REFUSALS["subid-required"]);
    // Where no ids are used a superfluous one is not looked at (§6.2.3.5).
    const row = subid === null || placeOf(node, this.#of.settings.families) ? rows[0] : rows.find((each) => each.subid === subid);
    if (!row) return refuse(REFUSALS["subid-invalid"]);
    const standing = (row.options as SubscribeOptions | undefined) ?? STANDARD_OPTIONS;
    const given = form?.type === "submit" ? this.readOptions(form.fields, standing) : null;
    if (given && "refusal" in given) return refuse(given.refusal);
    if (given) {
      this.#of.apply(state.setOptions(row, given.options));
      this.#of.tellOthers(stream, node, subscriber);
    }
    const named = row.subid === undefined ? {} : { subid: row.subid };
    return { outcome: "found", options: given?.options ?? standing, ...named, listens: state.listensTo(stream, node) };
  }

  async unsubscribe({ node, stream, subscriber, subid = null }: UnsubscribeRequest): Promise<UnsubscribeAnswer> {
    const { state } = this.#of;
    const rows = state.subscriptionsOf(node, subscriber);
    if (rows.length === 0) return { outcome: "refused", refusal: await this.#notSubscribed(node) };
    if (subid === null && rows.length > 1) return { outcome: "refused", refusal: REFUSALS["subid-required"] };
    const row = subid === null ? rows[0] : rows.find((each) => each.subid === subid);
    if (!row) return { outcome: "refused", refusal: REFUSALS["subid-invalid"] };
    this.#left(state.unsubscribe(node, subscriber, row.subid), row);
    this.#of.tellOthers(stream, node, subscriber);
    return { outcome: "unsubscribed", listens: state.listensTo(stream, node) };
  }

  /** What is not there cannot be unsubscribed from (§6.2.3.4). */
  async #notSubscribed(node: string, name: "not-subscribed" | "not-subscribed-options" = "not-subscribed"): Promise<Refusal> {
    if (placeOf(node, this.#of.settings.families)) return REFUSALS[name];
    const { known } = await this.#within(this.#host(node).exists({ v: CONTRACT, node }));
    return known ? REFUSALS[name] : REFUSALS["no-node"];
  }

  /** Stores that a subscription is no more, and tells its host in the background. */
  #left(changes: readonly Change[], row: SubscriptionRow): void {
    this.#of.apply(changes);
    if (changes.length > 0) this.tellHost(row);
  }

  /** The host's copy of a subscription goes; of a created node it is told until it knows. */
  tellHost({ node, subscriber, subid }: SubscriptionRow): void {
    const request = { v: CONTRACT, node, subscriber, ...(subid === undefined ? {} : { subid }) };
    const told = this.#within(this.#host(node).unsubscribed(request));
    const noted = told.then(
      () => subid !== undefined && this.#of.state.hostKnows(subid),
      async (error) => {
        if (subid !== undefined) await this.#of.wakeSoon();
        throw error;
      },
    );
    this.#of.inBackground("unsubscribed", noted);
  }

  /** Tells hosts what an earlier life of this object, or a call that was lost, did not. */
  tellLeft(): void {
    for (const row of this.#of.state.left) this.tellHost(row);
  }

  // -------------------------------------------------------------- requests

  /** Answers what is asked of a node: of a family's by its table, of any other by its host. */
  async ask(node: string, asker: Asker, request: NodeRequest): Promise<NodeAnswer> {
    const family = placeOf(node, this.#of.settings.families)?.family;
    if (!family || (request.request === "subscriptions" && asker.role === "admin")) {
      return this.#taken(node, await this.#within(this.#host(node).ask({ v: CONTRACT, node, asker, request })));
    }
    const { payload, refusal } = answerFamilyRequest({ node, family, role: asker.role }, request);
    return refusal ? { outcome: "refused", refusal } : { outcome: "answered", payload };
  }

  /**
   * What follows for this user is in force with the answer. That is written anew: one that came by a call, handed on as it
   * is, keeps both objects awake until somebody disposes of it.
   */
  #taken(node: string, answer: NodeAnswer): NodeAnswer {
    if (answer.told) this.#take(node, answer.told);
    if (answer.outcome === "answered") return { outcome: "answered", payload: answer.payload };
    const { refusal, payload } = answer;
    return { outcome: "refused", refusal: { ...refusal }, ...(payload !== undefined && { payload }) };
  }

  #take(node: string, told: readonly NodeTold[]): void {
    const { changes, left } = this.#of.state.changed(node, told);
    this.#of.apply(changes);
    for (const row of left) this.tellHost(row);
  }

  /** What a host tells of one of its nodes. Settles when nothing that was taken away can be delivered any more. */
  async changed(node: string, told: readonly NodeTold[]): Promise<void> {
    this.#take(node, told);
    await this.#of.settle();
    if (!this.#of.state.done) throw new Error("Not all managers have answered");
  }
}
