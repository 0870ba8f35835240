/**
 * The streams, subscriptions and rights of one jabber id (docs/protocol.md: Bind, Subscribe and join, Rights).
 *
 * Pure: each step answers what to say and which rows to change, and leaves both to the shell. What must be told to
 * managers until they answer stands in `outstanding`, a row each.
 *
 * @module
 */

import type { Listens, ManagerRef, NodeTold, StandingSubscription, UserRecord } from "../contract.ts";

/**
 * A stream holds a resource. It is taken as available until it says otherwise: the manager, who knows, delivers nothing
 * before the initial presence, and so a plain presence changes no row.
 */
export interface BoundStream {
  readonly stream: string;
  readonly resource: string;
  readonly generation: number;
  readonly ref: ManagerRef;
  readonly available: boolean;
  readonly priority: number;
  /** What its presence shows; absent: `online`. */
  readonly show?: string;
  /** When the last presence was sent; a late one of before is ignored. */
  readonly presenceAt?: number;
  /** It gets copies of the user's messages (XEP-0280). */
  readonly carbons?: true;
  /** Its manager tells of all its presences, not only of those that decide what it listens to. */
  readonly social?: true;
  /** Another manager may move the stream to itself, under this generation. */
  readonly claim?: { readonly generation: number; readonly manager: string };
}

/** A stream that was resumable and is over: how many stanzas of the client were handled (XEP-0198 §5). */
export interface ExpiredStream {
  readonly stream: string;
  readonly handled: number;
}

export interface SubscriptionRow {
  readonly node: string;
  /** Bare or full jid. */
  readonly subscriber: string;
  /** Of a node that was created: unique for ever. */
  readonly subid?: string;
  /** Absent: subscribed. */
  readonly state?: "pending";
  /** It stands while the user is in one of these; absent: whatever the groups. */
  readonly groups?: readonly string[];
  /** It ends when the subscriber goes offline, whatever its options. */
  readonly temporary?: true;
  /** Absent: the standard ones. */
  readonly options?: SubscriptionOptions;
  /** Its node has not said yet that it stands. */
  readonly unconfirmed?: true;
  /** An owner made it: it takes no place of those that the user makes. */
  readonly byOwner?: true;
  /** The subscriber was told that the lease is about to end. */
  readonly warned?: true;
}

/** What of a subscription's options is decided here. */
export interface SubscriptionOptions {
  readonly deliver: boolean;
  /** Presence states in which its events are wanted. */
  readonly shows: readonly string[];
  /** Ends with presence, at a time (Unix milliseconds), or not by itself. */
  readonly expire: "presence" | number | null;
}

/** A call to a manager that is repeated until it is answered. */
export type Outstanding =
  | {
      readonly kind: "end";
      readonly stream: string;
      readonly generation: number;
      readonly manager: string;
      readonly condition: "conflict" | "not-authorized" | "reset";
    }
  | {
      readonly kind: "revoke";
      readonly stream: string;
      readonly generation: number;
      readonly manager: string;
      readonly version: number;
      readonly nodes: readonly string[];
    }
  /** What the stream listens to of this node is another thing now, by an owner of the node. */
  | { readonly kind: "listen"; readonly stream: string; readonly generation: number; readonly manager: string; readonly node: string }
  /** A group that holds readers of this user over HTTP. */
  | { readonly kind: "readers"; readonly stream: ""; readonly generation: 0; readonly manager: string; readonly version: number };

export type Change =
  | { readonly put: "stream"; readonly row: BoundStream }
  | { readonly remove: "stream"; readonly stream: string }
  | { readonly put: "subscription"; readonly row: SubscriptionRow }
  | { readonly remove: "subscription"; readonly row: SubscriptionRow }
  | { readonly put: "readers"; readonly groups: readonly string[] }
  | { readonly put: "outstanding"; readonly row: Outstanding }
  | { readonly remove: "outstanding"; readonly row: Outstanding }
  | { readonly put: "affiliation"; readonly node: string }
  | { readonly put: "record"; readonly version: number; readonly record: UserRecord | null };

/** What the rooms below decide about nodes; the shell gives it. */
export interface Policy {
  /** May the user of this record subscribe to the node? `groups`: where it stands by them alone. */
  allows(record: UserRecord, node: string, groups?: readonly string[]): boolean;
  /** An address, with the ids by which its events come (`Addressing`). */
  addressing(jid: string, subids: readonly string[]): string;
  /** Nodes this user is subscribed to without asking. */
  automatic(record: UserRecord): readonly string[];
}

export interface SessionBounds {
  readonly resources: number;
  readonly subscriptions: number;
  /** How long an ended stream is remembered, in milliseconds. */
  readonly rememberMs: number;
  /** How long before the end of a lease its subscriber is warned, in milliseconds. */
  readonly warnMs: number;
}

export interface SessionRows {
  readonly streams: readonly BoundStream[];
  readonly subscriptions: readonly SubscriptionRow[];
  readonly outstanding: readonly Outstanding[];
  /** The newest last. */
  readonly expired?: readonly ExpiredStream[];
  /** By node, without those that are none: a copy of what the nodes' hosts have. */
  readonly affiliations?: Readonly<Record<string, string>>;
  /** Groups that may hold readers of this user over HTTP. */
  readonly readers?: readonly string[];
  /** Subscriptions to created nodes that are no more, and of which their hosts may not know it. */
  readonly left?: readonly SubscriptionRow[];
  readonly version: number;
  readonly record: UserRecord | null;
}

/** So many ended streams are remembered with what was handled of them. */
const EXPIRED = 5;
/** So many subscriptions to created nodes are remembered after their end. */
const GONE = 500;

const keyOf = (row: SubscriptionRow): string => `${row.subscriber}\n${row.node}${row.subid === undefined ? "" : `\n${row.subid}`}`;
/** A stream that was replaced, and bound once more by a late repeat, may be owed two ends. */
const keyOfOutstanding = (row: Outstanding): string => `${row.kind}\n${row.kind === "readers" ? row.manager : row.stream}\n${numberOf(row)}`;

/** What else tells one from another. */
const numberOf = (row: Outstanding): number | string => {
  if (row.kind === "listen") return row.node;
  return row.kind === "end" ? row.generation : row.version;
};

function rowOf(node: string, subscriber: string, subid: string | undefined): SubscriptionRow {
  return subid === undefined ? { node, subscriber } : { node, subscriber, subid };
}

const isOfSubscription = (change: Change): boolean => "remove" in change || change.put === "subscription";

export class SessionState {
  readonly jid: string;
  readonly #policy: Policy;
  readonly #bounds: SessionBounds;
  readonly #streams: Map<string, BoundStream>;
  readonly #subscriptions: Map<string, SubscriptionRow>;
  readonly #outstanding: Map<string, Outstanding>;
  /** Subscriptions whose join was not answered yet, and by how many subscribes they are wanted. */
  readonly #intents = new Map<string, number>();
  #expired: readonly ExpiredStream[];
  readonly #affiliations: Map<string, string>;
  /** Groups of readers, and how many readers have asked there since this began. */
  readonly #readers: Map<string, number>;
  /** Streams that ended a short while ago: a late bind of one is refused. */
  readonly #ended = new Map<string, number>();
  readonly #left: Map<string, SubscriptionRow>;
  /** Ids of subscriptions that have ended here. */
  readonly #gone = new Set<string>();
  readonly #bornAt: number;
  #lastGeneration: number;
  record: UserRecord | null;
  version: number;

  /** `bornAt`: Unix milliseconds from which on ended streams are remembered. */
  constructor(jid: string, policy: Policy, bounds: SessionBounds, rows: SessionRows, bornAt = 0) {
    this.jid = jid;
    this.#bornAt = bornAt;
    this.#policy = policy;
    this.#bounds = bounds;
    this.#streams = new Map(rows.streams.map((row) => [row.stream, row]));
    this.#subscriptions = new Map(rows.subscriptions.map((row) => [keyOf(row), row]));
    this.#outstanding = new Map(rows.outstanding.map((row) => [keyOfOutstanding(row), row]));
    this.#lastGeneration = Math.max(0, ...rows.streams.map(({ generation, claim }) => Math.max(generation, claim?.generation ?? 0)));
    this.#expired = rows.expired ?? [];
    this.#affiliations = new Map(Object.entries(rows.affiliations ?? {}));
    this.#readers = new Map((rows.readers ?? []).map((group) => [group, 0]));
    this.#left = new Map((rows.left ?? []).map((row) => [row.subid ?? "", row]));
    // What was asked for when this object died: nobody knows what has become of it, and who asked was not answered.
    for (const row of rows.subscriptions) if (row.unconfirmed) this.unsubscribe(row.node, row.subscriber, row.subid);
    this.record = rows.record;
    this.version = rows.version;
  }

  get streams(): Iterable<BoundStream> {
    return this.#streams.values();
  }

  get subscriptions(): Iterable<SubscriptionRow> {
    return this.#subscriptions.values();
  }

  get outstanding(): readonly Outstanding[] {
    return [...this.#outstanding.values()];
  }

  /** Everything but the record, as it is stored. */
  get document(): Pick<SessionRows, "streams" | "subscriptions" | "outstanding" | "expired" | "affiliations" | "readers" | "left"> {
    const rows = { streams: [...this.#streams.values()], subscriptions: [...this.#subscriptions.values()], outstanding: this.outstanding };
    return {
      ...rows,
      ...(this.#expired.length > 0 && { expired: this.#expired }),
      ...(this.#affiliations.size > 0 && { affiliations: Object.fromEntries(this.#affiliations) }),
      ...(this.#readers.size > 0 && { readers: [...this.#readers.keys()] }),
      ...(this.#left.size > 0 && { left: this.left }),
    };
  }

  /** Subscriptions to created nodes of whose end their hosts may not know. Ids are unique for ever: to be told twice does no harm. */
  get left(): readonly SubscriptionRow[] {
    return [...this.#left.values()];
  }

  /** The host knows; it is stored with what is stored next. */
  hostKnows(subid: string): void {
    this.#left.delete(subid);
  }

  /** With nodes that were created; who is none is not named. */
  get affiliations(): ReadonlyMap<string, string> {
    return this.#affiliations;
  }

  /** The stream, if it is bound and was not replaced. */
  current(stream: string): BoundStream | undefined {
    return this.#streams.get(stream);
  }

  /**
   * Binds a resource; whoever holds it is replaced at once and told in the background. A stream that is bound stays so,
   * by the resource it has. A bind that was sent (`at`) before ended streams are remembered may be of one that ended
   * since: `again` has it sent anew by a manager that still wants it.
   */
  bind(
    stream: string,
    resource: string,
    ref: ManagerRef,
    now: number,
    at = now,
  ): { readonly outcome: "bound" | "gone" | "full" | "again"; readonly bound?: BoundStream; readonly changes: Change[] } {
    const known = this.#streams.get(stream);
    if (known) return { outcome: "bound", bound: known, changes: [] };
    if (at < this.#bornAt || now - at > this.#bounds.rememberMs) return { outcome: "again", changes: [] };
    this.#forget(now);
    if (this.#ended.has(stream) || !this.record) return { outcome: "gone", changes: [] };
    const holder = [...this.#streams.values()].find((other) => other.resource === resource);
    if (!holder && this.#streams.size >= this.#bounds.resources) return { outcome: "full", changes: [] };
    this.#lastGeneration = Math.max(now, this.#lastGeneration + 1);
    const bound: BoundStream = { stream, resource, generation: this.#lastGeneration, ref, available: true, priority: 0 };
    const changes: Change[] = [];
    if (holder) {
      changes.push(
        ...this.#drop(holder, now),
        this.#owe({ kind: "end", stream: holder.stream, generation: holder.generation, manager: holder.ref.manager, condition: "conflict" }),
      );
    }
    this.#streams.set(stream, bound);
    changes.push({ put: "stream", row: bound });
    return { outcome: "bound", bound, changes };
  }

  #drop(row: BoundStream, now: number): Change[] {
    this.#streams.delete(row.stream);
    this.#ended.set(row.stream, now);
    return [{ remove: "stream", stream: row.stream }];
  }

  #forget(now: number): void {
    for (const [stream, at] of this.#ended) if (now - at > this.#bounds.rememberMs) this.#ended.delete(stream);
  }

  #owe(row: Outstanding): Change {
    this.#outstanding.set(keyOfOutstanding(row), row);
    return { put: "outstanding", row };
  }

  /** Presence of a stream, as it tells of itself; `at`: when it was sent, made to rise. */
  presence(stream: string, available: boolean, priority: number, at = Number.POSITIVE_INFINITY, show = "online"): Change[] {
    const row = this.#streams.get(stream);
    if (!row || at < (row.presenceAt ?? 0)) return [];
    const { show: before = "online", ...rest } = row;
    const changed: BoundStream = { ...rest, available, priority, ...(Number.isFinite(at) && { presenceAt: at }), ...(show !== "online" && { show }) };
    // When it was sent is noted also of one that changes nothing, but no row is written for that.
    this.#streams.set(stream, changed);
    if (row.available === available && row.priority === priority && before === show) return [];
    return [{ put: "stream", row: changed }, ...(available ? [] : this.#endWithPresence(row.resource))];
  }

  /** The stream tells of all its presences from now on. */
  social(stream: string): Change[] {
    const row = this.#streams.get(stream);
    if (!row || row.social) return [];
    const changed: BoundStream = { ...row, social: true };
    this.#streams.set(stream, changed);
    return [{ put: "stream", row: changed }];
  }

  /** Subscriptions that end when this resource, or the last one, goes offline (XEP-0060 §12.5). */
  #endWithPresence(resource: string): Change[] {
    const isAnybodyThere = [...this.#streams.values()].some(({ available }) => available);
    const full = `${this.jid}/${resource}`;
    const isOver = ({ subscriber, temporary, options }: SubscriptionRow): boolean =>
      (temporary === true || options?.expire === "presence") && (subscriber === full || (subscriber === this.jid && !isAnybodyThere));
    return [...this.#subscriptions.values()].filter(isOver).flatMap((row) => this.unsubscribe(row.node, row.subscriber, row.subid));
  }

  /** When a lease is next to be looked at, Unix milliseconds; undefined: there is none. */
  get nextLease(): number | undefined {
    const times = [...this.#subscriptions.values()].flatMap(({ options, warned }) => {
      if (typeof options?.expire !== "number") return [];
      return [warned ? options.expire : options.expire - this.#bounds.warnMs];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /**
   * Looks at the leases (XEP-0060 §12.19): those that have run out go, and streams' managers are owed what they listen to
   * then; who is about to lose one is to be `warned`, once.
   */
  lease(now: number): { readonly changes: Change[]; readonly left: SubscriptionRow[]; readonly warned: SubscriptionRow[] } {
    const leased = [...this.#subscriptions.values()].filter(({ options }) => typeof options?.expire === "number");
    const endOf = ({ options }: SubscriptionRow): number => options?.expire as number;
    const left = leased.filter((row) => endOf(row) <= now);
    const warned = leased.filter((row) => !row.warned && endOf(row) > now && endOf(row) - this.#bounds.warnMs <= now);
    const changes = left.flatMap((row) => this.unsubscribe(row.node, row.subscriber, row.subid));
    for (const node of new Set(left.map((row) => row.node))) changes.push(...this.#oweListens(node));
    for (const row of warned) {
      const told: SubscriptionRow = { ...row, warned: true };
      this.#subscriptions.set(keyOf(row), told);
      changes.push({ put: "subscription", row: told });
    }
    return { changes, left, warned };
  }

  /** Sets the options of a subscription. Empty if there is none. */
  setOptions(of: SubscriptionRow, options: SubscriptionOptions): Change[] {
    const key = keyOf(of);
    const standing = this.#subscriptions.get(key);
    if (!standing) return [];
    const { warned: _, ...rest } = standing;
    const row: SubscriptionRow = { ...rest, options };
    this.#subscriptions.set(key, row);
    return [{ put: "subscription", row }];
  }

  /** What a stream listens to: own nodes and its subscriptions, the full jid's before the bare one's. */
  listens(stream: string): Listens[] {
    const row = this.#streams.get(stream);
    if (!row?.available || !this.record) return [];
    const full = `${this.jid}/${row.resource}`;
    const found = new Map<string, string>();
    const show = row.show ?? "online";
    // A negative priority wants nothing that is sent to the bare jid (RFC 6121 §8.5.2.1.1).
    if (row.priority >= 0) {
      for (const node of this.#policy.automatic(this.record)) found.set(node, this.jid);
      for (const [node, subids] of this.#standing(this.jid, show)) found.set(node, this.#policy.addressing(this.jid, subids));
    }
    for (const [node, subids] of this.#standing(full, show)) found.set(node, this.#policy.addressing(full, subids));
    return [...found].map(([node, to]) => ({ node, to }));
  }

  /** Nodes that an address is subscribed to and wants to hear of as it stands, by which ids: an intent is none yet. */
  #standing(address: string, show: string): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const [key, { node, subscriber, state, subid, options }] of this.#subscriptions) {
      if (subscriber !== address || state !== undefined || this.#intents.has(key)) continue;
      if (options && !(options.deliver && options.shows.includes(show))) continue;
      const subids = found.get(node) ?? [];
      found.set(node, subid === undefined ? subids : [...subids, subid]);
    }
    return found;
  }

  /** How a stream listens to one node; null: not at all. */
  listensTo(stream: string, node: string): Listens | null {
    return this.listens(stream).find((of) => of.node === node) ?? null;
  }

  /** Decides a subscribe and notes it as intent; what follows is the join, then `confirm`. */
  subscribe(
    node: string,
    subscriber: string,
    subid?: string,
    options?: SubscriptionOptions,
  ): { readonly outcome: "intent" | "forbidden" | "too-many"; readonly isNew: boolean; readonly changes: Change[] } {
    if (!this.record || !this.#policy.allows(this.record, node)) return { outcome: "forbidden", isNew: false, changes: [] };
    const row: SubscriptionRow = { ...rowOf(node, subscriber, subid), ...(options && { options }), ...(subid !== undefined && { unconfirmed: true }) };
    const intents = this.#intents.get(keyOf(row));
    if (intents !== undefined) this.#intents.set(keyOf(row), intents + 1);
    if (this.#subscriptions.has(keyOf(row))) return { outcome: "intent", isNew: false, changes: [] };
    const made = this.#hasRoom({ byOwner: false }) ? [] : this.#makeRoom();
    if (!made) return { outcome: "too-many", isNew: false, changes: [] };
    this.#subscriptions.set(keyOf(row), row);
    this.#intents.set(keyOf(row), 1);
    return { outcome: "intent", isNew: true, changes: [...made, { put: "subscription", row }] };
  }

  /**
   * Takes away the oldest subscription to a family's node of a resource that is not bound: clients that are given another resource at each
   * sign-in never come back to theirs. Undefined: all are in use.
   */
  #makeRoom(): Change[] | undefined {
    const bound = new Set([...this.#streams.values()].map(({ resource }) => `${this.jid}/${resource}`));
    for (const [key, { node, subscriber, subid }] of this.#subscriptions) {
      // To a node that was created an owner may have admitted it: that is not made anew by asking.
      if (subid !== undefined || subscriber === this.jid || bound.has(subscriber) || this.#intents.has(key)) continue;
      return this.unsubscribe(node, subscriber);
    }
    return undefined;
  }

  /** After the join: does the intent still stand under the rights it was given by? */
  confirm(node: string, subscriber: string, version: number, subid?: string): boolean {
    const key = keyOf(rowOf(node, subscriber, subid));
    if (this.version !== version || !this.#subscriptions.has(key)) return false;
    this.#intents.delete(key);
    return true;
  }

  /** A created node has said how a subscription stands: the row as it is from now on. Empty if there is none, or it was so. */
  stands(node: string, subscriber: string, of: StandingSubscription): Change[] {
    const key = keyOf(rowOf(node, subscriber, of.subid));
    const before = this.#subscriptions.get(key);
    const row: SubscriptionRow = {
      ...rowOf(node, subscriber, of.subid),
      ...(before?.options && { options: before.options }),
      ...(before?.byOwner && { byOwner: before.byOwner }),
      ...(before?.warned && { warned: before.warned }),
      ...(of.state === "pending" && { state: of.state }),
      ...(of.groups && { groups: of.groups }),
      ...(of.temporary && { temporary: of.temporary }),
    };
    if (!before || JSON.stringify(before) === JSON.stringify(row)) return [];
    this.#subscriptions.set(key, row);
    return [{ put: "subscription", row }];
  }

  /** Subscriptions of this address to a created node. */
  subscriptionsOf(node: string, subscriber: string): SubscriptionRow[] {
    return [...this.#subscriptions.values()].filter((row) => row.node === node && row.subscriber === subscriber);
  }

  /**
   * What a node's host tells. Live streams' managers are owed what they listen to from now on. A subscription that stands
   * by groups which the user is not in is none, nor is one of nobody, nor one beyond the bound: it is among `left`, for the
   * host to know.
   */
  changed(node: string, told: readonly NodeTold[]): { readonly changes: Change[]; readonly left: SubscriptionRow[] } {
    const changes: Change[] = [];
    const left: SubscriptionRow[] = [];
    for (const each of told) {
      if (each.told === "message") continue;
      if (each.told === "affiliation") changes.push(...this.#affiliated(node, each.affiliation));
      else if (each.told === "unsubscribed") changes.push(...this.#unsubscribed(node, each.subid));
      else if (this.#gone.has(each.subid))
        left.push(this.#refused(node, each)); // it was on its way when the subscriber left
      else if (each.groups && !(this.record && this.#policy.allows(this.record, node, each.groups))) {
        changes.push(...this.#unsubscribed(node, each.subid));
        left.push(this.#refused(node, each));
      } else if (this.record && this.#hasRoomFor(rowOf(node, each.jid, each.subid))) changes.push(...this.#subscribed(node, each));
      else left.push(this.#refused(node, each));
    }
    return { changes: changes.some(isOfSubscription) ? [...changes, ...this.#oweListens(node)] : changes, left };
  }

  #hasRoomFor(row: SubscriptionRow): boolean {
    return this.#subscriptions.has(keyOf(row)) || this.#hasRoom({ byOwner: true });
  }

  /** The host made a subscription that is none here. */
  #refused(node: string, { jid, subid }: { readonly jid: string; readonly subid: string }): SubscriptionRow {
    const row = rowOf(node, jid, subid);
    this.#left.set(subid, row);
    return row;
  }

  /** Owners and the user have as many places each: who is subscribed by others can still subscribe. */
  #hasRoom({ byOwner }: { readonly byOwner: boolean }): boolean {
    const most = this.#bounds.subscriptions;
    if (this.#subscriptions.size < most) return true;
    return [...this.#subscriptions.values()].filter((row) => (row.byOwner === true) === byOwner).length < most;
  }

  #affiliated(node: string, affiliation: string): Change[] {
    if ((this.#affiliations.get(node) ?? "none") === affiliation) return [];
    if (affiliation === "none") this.#affiliations.delete(node);
    else this.#affiliations.set(node, affiliation);
    return [{ put: "affiliation", node }];
  }

  #subscribed(node: string, { told: _, jid, ...of }: Extract<NodeTold, { told: "subscription" }>): Change[] {
    const { subid } = of;
    const row = rowOf(node, jid, subid);
    const isNew = !this.#subscriptions.has(keyOf(row));
    const made: SubscriptionRow = { ...row, byOwner: true };
    if (isNew) this.#subscriptions.set(keyOf(row), made);
    const changes = this.stands(node, jid, of);
    return isNew && changes.length === 0 ? [{ put: "subscription", row: made }] : changes;
  }

  #unsubscribed(node: string, subid: string): Change[] {
    const row = [...this.#subscriptions.values()].find((each) => each.node === node && each.subid === subid);
    const changes = row ? this.unsubscribe(node, row.subscriber, subid) : [];
    this.#left.delete(subid); // it is the host who tells
    return changes;
  }

  #oweListens(node: string): Change[] {
    return [...this.#streams.values()].map(({ stream, generation, ref }) => this.#owe({ kind: "listen", stream, generation, manager: ref.manager, node }));
  }

  /** A subscribe came to nothing: its intent goes, unless another subscribe wants it, too, or has made it stand. */
  abandon(node: string, subscriber: string, subid?: string): Change[] {
    const key = keyOf(rowOf(node, subscriber, subid));
    const intents = this.#intents.get(key);
    if (intents === undefined) return [];
    this.#intents.set(key, intents - 1);
    return intents > 1 ? [] : this.unsubscribe(node, subscriber, subid);
  }

  /** Takes a subscription away. Empty if there was none. */
  unsubscribe(node: string, subscriber: string, subid?: string): Change[] {
    const row = rowOf(node, subscriber, subid);
    this.#intents.delete(keyOf(row));
    if (!this.#subscriptions.delete(keyOf(row))) return [];
    if (subid !== undefined) this.#leave(row, subid);
    return [{ remove: "subscription", row }];
  }

  #leave(row: SubscriptionRow, subid: string): void {
    this.#left.set(subid, row);
    this.#gone.add(subid);
    const [oldest] = this.#gone;
    if (oldest !== undefined && this.#gone.size > GONE) this.#gone.delete(oldest);
  }

  /**
   * A manager wants to go on with a stream. The holder itself needs no leave, and whoever claimed it is too late; another
   * one is given a generation, under which it may say that the stream has moved.
   */
  claim(
    stream: string,
    ref: ManagerRef,
    now: number,
  ): { readonly held?: { readonly row: BoundStream; readonly generation: number }; readonly changes: Change[] } {
    const row = this.#streams.get(stream);
    if (!row) return { changes: [] };
    if (row.ref.manager === ref.manager) return { held: { row, generation: row.generation }, changes: row.claim ? this.#unclaim(row) : [] };
    this.#lastGeneration = Math.max(now, this.#lastGeneration + 1);
    const generation = this.#lastGeneration;
    const claimed: BoundStream = { ...row, claim: { generation, manager: ref.manager } };
    this.#streams.set(stream, claimed);
    return { held: { row, generation }, changes: [{ put: "stream", row: claimed }] };
  }

  /** The stream has moved to who claimed it last; any other is refused. */
  moved(stream: string, generation: number, ref: ManagerRef): { readonly accepted: boolean; readonly changes: Change[] } {
    const row = this.#streams.get(stream);
    if (row?.generation === generation && row.ref.manager === ref.manager) return { accepted: true, changes: [] };
    if (!row || row.claim?.generation !== generation) return { accepted: false, changes: [] };
    const { claim: _, ...rest } = row;
    const moved: BoundStream = { ...rest, generation, ref };
    this.#streams.set(stream, moved);
    return { accepted: true, changes: [{ put: "stream", row: moved }] };
  }

  /** What was handled of a stream that can be resumed no more, where that is known. */
  handledOf(stream: string): number | undefined {
    return this.#expired.find((one) => one.stream === stream)?.handled;
  }

  /** A stream ended. One that does not name the holder's generation changes nothing; 0: any that this manager holds. */
  ended({ stream, generation, manager, handled }: { stream: string; generation: number; manager: string; handled?: number }, now: number): Change[] {
    this.#forget(now);
    const row = this.#streams.get(stream);
    if (row && (generation === 0 ? row.ref.manager !== manager : row.generation !== generation)) return this.#withdraw(row, generation, manager);
    if (handled !== undefined) this.#expired = [...this.#expired.slice(1 - EXPIRED), { stream, handled }];
    this.#ended.set(stream, now);
    const changes = row ? [...this.#drop(row, now), ...this.#endWithPresence(row.resource)] : [];
    // Whoever is gone needs no telling any more; another manager may have it yet.
    for (const owed of this.outstanding) if (owed.stream === stream && owed.manager === manager) changes.push(...this.settled(owed));
    return changes;
  }

  /** Who claimed the stream is over with it: a late `moved` of that claim is refused. */
  #withdraw(row: BoundStream, generation: number, manager: string): Change[] {
    const isClaim = generation === 0 ? row.claim?.manager === manager : row.claim?.generation === generation;
    return isClaim ? this.#unclaim(row) : [];
  }

  /** Copies of messages for a stream, or no more. */
  setCarbons(stream: string, on: boolean): Change[] {
    const row = this.#streams.get(stream);
    if (!row || (row.carbons ?? false) === on) return [];
    const { carbons: _, ...rest } = row;
    const changed: BoundStream = { ...rest, ...(on && { carbons: true as const }) };
    this.#streams.set(stream, changed);
    return [{ put: "stream", row: changed }];
  }

  /** Nobody may move the stream any more who has claimed it before. */
  withdrawClaim(stream: string): Change[] {
    const row = this.#streams.get(stream);
    return row?.claim ? this.#unclaim(row) : [];
  }

  #unclaim({ claim: _, ...row }: BoundStream): Change[] {
    this.#streams.set(row.stream, row);
    return [{ put: "stream", row }];
  }

  /** A group is about to hold a reader of this user: it is to be told of what changes. */
  reads(group: string): Change[] {
    const asked = this.#readers.get(group);
    this.#readers.set(group, (asked ?? 0) + 1);
    return asked === undefined ? [{ put: "readers", groups: [...this.#readers.keys()] }] : [];
  }

  /** How many readers have asked at a group: for `readsNoMore`. */
  asksOf(group: string): number {
    return this.#readers.get(group) ?? 0;
  }

  /** A group said that it holds no reader of this user; `asks`: as it was before the group was asked. */
  readsNoMore(group: string, asks: number): Change[] {
    // One may have asked since, and be there by now.
    if (this.#readers.get(group) !== asks) return [];
    this.#readers.delete(group);
    return [{ put: "readers", groups: [...this.#readers.keys()] }];
  }

  /**
   * Rights as the Directory pushes them. Rows that are allowed no more go, and their streams' managers are owed a
   * revocation that names the version. With the password streams end that signed in by the one before. A version that is not
   * newer changes nothing.
   */
  rights(version: number, record: UserRecord | null, now: number): Change[] {
    if (version <= this.version) return [];
    const isOtherPassword = this.record !== null && record !== null && JSON.stringify(this.record.keys) !== JSON.stringify(record.keys);
    this.version = version;
    this.record = record;
    const changes: Change[] = [{ put: "record", version, record }];
    const revoked = new Set<string>();
    for (const row of [...this.#subscriptions.values()]) {
      if (record && this.#policy.allows(record, row.node, row.groups)) continue;
      revoked.add(row.node);
      changes.push(...this.unsubscribe(row.node, row.subscriber, row.subid));
    }
    for (const row of [...this.#streams.values()]) {
      const { stream, generation, ref } = row;
      if (!record || isOtherPassword) {
        const condition = record ? "reset" : "not-authorized"; // RFC 6120 §4.9.3.16
        changes.push(...this.#drop(row, now), this.#owe({ kind: "end", stream, generation, manager: ref.manager, condition }));
      } else {
        // Also with nothing to revoke: the manager learns the version and the role.
        changes.push(this.#owe({ kind: "revoke", stream, generation, manager: ref.manager, version, nodes: [...revoked] }));
      }
    }
    for (const manager of this.#readers.keys()) changes.push(this.#owe({ kind: "readers", stream: "", generation: 0, manager, version }));
    return changes;
  }

  /** A manager answered what it was owed. */
  settled(row: Outstanding): Change[] {
    // It may be owed anew since that call began.
    if (row.kind === "listen" && this.#outstanding.get(keyOfOutstanding(row)) !== row) return [];
    if (!this.#outstanding.delete(keyOfOutstanding(row))) return [];
    return [{ remove: "outstanding", row }];
  }

  /** True once nothing that was revoked can be delivered any more. */
  get done(): boolean {
    return this.#outstanding.size === 0;
  }
}
