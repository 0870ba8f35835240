/**
 * A jabber session of the model: mirrors durable/jabber_session.ts around the real session state.
 *
 * @module
 */

import type {
  BindAnswer,
  ClaimAnswer,
  ManagerRef,
  MovedAnswer,
  PresenceAnswer,
  SubscribeAnswer,
  UnsubscribeAnswer,
  UserRecord,
} from "../../../durable/contract.ts";
import type { BoundStream, Change, Outstanding, SessionState, SubscriptionRow } from "../../../durable/protocol/session_state.ts";
import type { Life, Living, Place } from "./network.ts";
import { POLICY, type Surroundings, TIMES } from "./surroundings.ts";
import { SwitchedSession } from "./switched.ts";

/** Rows of a session: mirrors durable/jabber_session/store.ts. */
export class SessionRows {
  readonly streams = new Map<string, BoundStream>();
  readonly subscriptions = new Map<string, SubscriptionRow>();
  readonly outstanding = new Map<string, Outstanding>();
  version = 0;
  record: UserRecord | null = null;
  written = 0;

  load() {
    return {
      streams: [...this.streams.values()],
      subscriptions: [...this.subscriptions.values()],
      outstanding: [...this.outstanding.values()],
      version: this.version,
      record: this.record,
    };
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      this.written++;
      if ("remove" in change) this.#remove(change);
      else this.#put(change);
    }
  }

  #put(change: Extract<Change, { put: string }>): void {
    if (change.put === "record") [this.version, this.record] = [change.version, change.record];
    else if (change.put === "stream") this.streams.set(change.row.stream, change.row);
    else if (change.put === "subscription") this.subscriptions.set(`${change.row.subscriber} ${change.row.node}`, change.row);
    else if (change.put === "outstanding") this.outstanding.set(keyOf(change.row), change.row);
  }

  #remove(change: Extract<Change, { remove: string }>): void {
    if (change.remove === "stream") this.streams.delete(change.stream);
    else if (change.remove === "subscription") this.subscriptions.delete(`${change.row.subscriber} ${change.row.node}`);
    else this.outstanding.delete(keyOf(change.row));
  }
}

const keyOf = (row: Outstanding): string => `${row.kind} ${row.stream} ${row.kind === "revoke" ? row.version : row.generation}`;

/** As `BindAnswer`, with the resource that stands; and `again` for a bind that is older than what is remembered. */
export type Bound =
  | { readonly outcome: "again" }
  | Exclude<BindAnswer, { outcome: "bound" }>
  | (Extract<BindAnswer, { outcome: "bound" }> & { readonly resource: string });

export class Session implements Living {
  readonly #of: Surroundings;
  readonly #place: Place<Session>;
  readonly #rows: SessionRows;
  readonly #life: Life;
  readonly state: SessionState;
  readonly #jid: string;
  #storedVersion: number;
  #asked: Promise<UserRecord | null> | undefined;
  #settling: Promise<void> | undefined;

  constructor(of: Surroundings, place: Place<Session>, rows: SessionRows, life: Life) {
    this.#of = of;
    this.#place = place;
    this.#rows = rows;
    this.#life = life;
    this.#jid = place.name;
    this.#storedVersion = rows.version;
    const { resources, subscriptions } = of.sizes;
    const bounds = { resources, subscriptions, rememberMs: of.obeys("ended-remembered") ? TIMES.remember : 0, warnMs: 0 };
    this.state = new SwitchedSession({ obeys: of.obeys, args: [place.name, POLICY, bounds, rows.load(), of.clock.now] });
  }

  async #find(): Promise<UserRecord | null> {
    if (this.state.record) return this.state.record;
    this.#asked ??= this.#askDirectory().finally(() => {
      this.#asked = undefined;
    });
    return await this.#asked;
  }

  async #askDirectory(): Promise<UserRecord | null> {
    const record = await this.#of.askDirectory(this.#life, this.#jid);
    if (record && record.version > this.state.version) {
      this.state.version = record.version;
      this.state.record = record;
    }
    return this.state.record;
  }

  async bind(request: { stream: string; resource: string; ref: ManagerRef; at: number }): Promise<Bound> {
    await this.#find();
    const { outcome, bound, changes } = this.state.bind(request.stream, request.resource, request.ref, this.#of.clock.now, request.at);
    this.#of.checker.note(request.stream, null, () => `session bind ${request.resource}: ${outcome} ${bound?.generation ?? ""}`);
    if (outcome === "full") return { outcome: "refused", refusal: { type: "wait", condition: "resource-constraint" } };
    const { record, version } = this.state;
    if (outcome === "again") return { outcome };
    if (outcome === "gone" || !bound || !record) return { outcome: "gone" };
    this.#apply(changes);
    return {
      outcome: "bound",
      resource: this.#of.obeys("bind-replaces-holder") ? bound.resource : request.resource,
      generation: bound.generation,
      rights: version,
      role: record.role,
      id: record.id,
      listens: this.state.listens(bound.stream),
    };
  }

  async presence(request: { stream: string; available: boolean; priority: number; at: number }): Promise<PresenceAnswer> {
    if (!this.state.current(request.stream)) return { outcome: "gone" };
    const at = this.#of.obeys("presence-in-order") ? request.at : undefined;
    const changes = this.state.presence(request.stream, request.available, request.priority, at);
    this.#of.checker.note(request.stream, null, () => `session presence ${request.available}/${request.priority} of ${at}: ${changes.length} changes`);
    this.#apply(changes);
    return { outcome: "accepted", rights: this.state.version, listens: this.state.listens(request.stream) };
  }

  async ended(request: { stream: string; generation: number; manager: string }): Promise<void> {
    const changes = this.state.ended(request, this.#of.clock.now);
    this.#of.checker.note(request.stream, null, () => `session ended ${request.generation} by ${request.manager}: ${changes.length} changes`);
    this.#apply(changes);
  }

  async claim({ stream, ref }: { stream: string; ref: ManagerRef }): Promise<ClaimAnswer> {
    await this.#find();
    const { held, changes } = this.state.claim(stream, ref, this.#of.clock.now);
    this.#of.checker.note(stream, null, () => `session claim by ${ref.manager}: ${held ? `${held.generation}, held by ${held.row.ref.manager}` : "gone"}`);
    this.#apply(changes);
    const { record, version } = this.state;
    if (!held || !record) return { outcome: "gone" };
    const { row, generation } = held;
    return { outcome: "held", manager: row.ref.manager, generation, rights: version, role: record.role, listens: this.state.listens(stream) };
  }

  async moved({ stream, generation, ref }: { stream: string; generation: number; ref: ManagerRef }): Promise<MovedAnswer> {
    const { accepted, changes } = this.state.moved(stream, generation, ref);
    this.#of.checker.note(stream, null, () => `session moved ${generation} to ${ref.manager}: ${accepted}`);
    this.#apply(changes);
    return accepted ? { outcome: "moved", rights: this.state.version } : { outcome: "refused" };
  }

  async subscribe(request: { node: string; stream: string; subscriber: string; ref: ManagerRef; join: number }): Promise<SubscribeAnswer> {
    const { node, stream, subscriber } = request;
    if (!this.#isCurrent(stream) || !this.state.record) return { outcome: "gone" };
    const { outcome, isNew, changes } = this.state.subscribe(node, subscriber);
    if (outcome === "forbidden") return { outcome: "refused", refusal: { type: "auth", condition: "forbidden" } };
    if (outcome === "too-many") return { outcome: "refused", refusal: { type: "wait", condition: "policy-violation" } };
    if (!this.state.current(stream) && changes.length > 0) this.#of.checker.violate("I4", "a stream that was replaced changes a subscription", stream, node);
    for (const change of changes) {
      if (!("remove" in change) || change.remove !== "subscription") continue;
      const { row } = change;
      if ([...this.state.streams].some(({ resource }) => row.subscriber === `${this.#jid}/${resource}`)) {
        this.#of.checker.violate("I3", "a subscription of a resource that is bound made room", stream, row.node);
      }
      this.#of.checker.ledger.unsubscribing({ jid: this.#jid, node: row.node, subscriber: row.subscriber });
    }
    this.#apply(changes);
    const { version } = this.state;
    const refuse = (condition: string): SubscribeAnswer => {
      if (this.#of.obeys("intents-counted")) this.#apply(this.state.abandon(node, subscriber));
      else if (isNew) this.#withdraw(node, subscriber);
      return { outcome: "refused", refusal: { type: "wait", condition } };
    };
    const join = { v: 1 as const, ref: request.ref, join: request.join, nodes: [{ node, exists: !node.startsWith("any"), subscriber }] };
    try {
      const [joined] = await this.#of.network.call(this.#life, this.#of.hostOf(node), (host) => host.join(join));
      if (joined?.outcome !== "joined") return refuse(joined?.outcome ?? "none");
      if (!this.state.confirm(node, subscriber, version)) return refuse("forbidden");
      this.#tellOthers(stream, node, subscriber);
      return { outcome: "subscribed", rights: version, position: joined.position, listens: this.state.listensTo(stream, node) };
    } catch {
      return refuse("remote-server-timeout");
    }
  }

  #isCurrent(stream: string): boolean {
    return this.state.current(stream) !== undefined || !this.#of.obeys("stream-current");
  }

  async unsubscribe(request: { node: string; stream: string; subscriber: string }): Promise<UnsubscribeAnswer> {
    const { node, stream, subscriber } = request;
    if (!this.state.current(stream)) return { outcome: "gone" };
    if (!this.#withdraw(node, subscriber)) return { outcome: "refused", refusal: { type: "cancel", condition: "unexpected-request" } };
    this.#tellOthers(stream, node, subscriber);
    return { outcome: "unsubscribed", listens: this.state.listensTo(stream, node) };
  }

  #withdraw(node: string, subscriber: string): boolean {
    const changes = this.state.unsubscribe(node, subscriber);
    this.#apply(changes);
    return changes.length > 0;
  }

  #tellOthers(except: string, node: string, subscriber: string): void {
    for (const { stream, resource, ref, available } of this.state.streams) {
      if (stream === except || !available) continue;
      if (subscriber !== this.#jid && subscriber !== `${this.#jid}/${resource}`) continue;
      const request = { jid: this.#jid, stream, rights: this.state.version, node, listens: this.state.listensTo(stream, node) };
      this.#of.network.call(this.#life, this.#of.manager(ref.manager), (manager) => manager.listen(request)).catch(() => {});
    }
  }

  async rights({ version, record }: { version: number; record: UserRecord | null }): Promise<{ readonly done: boolean }> {
    this.#apply(this.state.rights(version, record, this.#of.clock.now));
    await this.#settle();
    const { done } = this.state;
    if (done) this.#of.checker.rightsDone(this.#jid, version);
    return { done };
  }

  #apply(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    const { record, version } = this.state;
    const recorded = changes.some((change) => "put" in change && change.put === "record");
    if (version > this.#storedVersion && !recorded) this.#rows.apply([{ put: "record", version, record }]);
    this.#storedVersion = version;
    this.#rows.apply(changes);
    if (!changes.some((change) => "put" in change && change.put === "outstanding")) return;
    this.#place.setAlarm(this.#of.clock.now + TIMES.deadline);
    void this.#settle();
  }

  async #settle(): Promise<void> {
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    await this.#settling;
  }

  async #settleAll(): Promise<void> {
    for (let owed = this.state.outstanding; owed.length > 0; ) {
      const settled = await Promise.all(owed.map((row) => this.#pay(row)));
      if (settled.includes(false)) break;
      owed = this.state.outstanding;
    }
    if (!this.state.done) this.#place.setAlarm(this.#of.clock.now + TIMES.deadline);
  }

  async #pay(row: Outstanding): Promise<boolean> {
    if (row.kind === "readers") throw new Error("Nobody reads over HTTP in the model");
    if (row.kind === "listen") throw new Error("No node is created in the model");
    const { stream, generation } = row;
    const keep = this.state.listens(stream).map(({ node }) => node);
    const { version } = this.state;
    try {
      await this.#of.network.call(this.#life, this.#of.manager(row.manager), (manager) =>
        row.kind === "end"
          ? manager.end({ stream, generation, condition: row.condition })
          : manager.rights({ jid: this.#jid, version: this.#of.obeys("rights-keep") ? version : row.version, streams: [{ stream, keep, revoke: row.nodes }] }),
      );
      this.#apply(this.state.settled(row));
      return true;
    } catch {
      if (this.#of.obeys(row.kind === "end" ? "end-retried" : "rights-retried")) return false;
      this.#apply(this.state.settled(row));
      return true;
    }
  }

  async alarm(): Promise<void> {
    await this.#settle();
  }
}
