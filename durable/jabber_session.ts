/**
 * One jabber id: its credentials and rights, its bound streams, its subscriptions.
 *
 * It holds no socket and carries no event. Addressed by bare jid; a name that begins with `decoy/` is no user's and
 * serves sign-ins of names that do not exist, so that they cost the same.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import {
  addressingOf,
  type Affiliation,
  automaticNodes,
  type BlockingRequest,
  type ByRoster,
  CONTACT_NAME,
  bareOf,
  knownNodes,
  maySubscribe,
  message,
  type NodeRequest,
  type Placed,
  placeOf,
  PRESENCE_NODE,
  provesExistence,
  PUBSUB_EVENT_NS,
  type Relayed,
  renderSubscription,
  serviceOf,
} from "../xmpp/mod.ts";
import type {
  BindAnswer,
  BindRequest,
  ClaimAnswer,
  ConnectionManagerCalls,
  CredentialsAnswer,
  CredentialsRequest,
  Decoy,
  Env,
  JabberSessionCalls,
  ManagerRef,
  MovedAnswer,
  NodeAnswer,
  NodeTold,
  OptionsAnswer,
  OptionsRequest,
  PresenceAnswer,
  PresenceRequest,
  ReadsAnswer,
  ReadsRequest,
  Refusal,
  ReportedCause,
  ScramHash,
  SubscribeAnswer,
  SubscribeRequest,
  Subscription,
  UnsubscribeAnswer,
  UnsubscribeRequest,
  UserRecord,
} from "./contract.ts";
import type { ContactAnswer, ContactSessionCalls } from "./contract_contacts.ts";
import { Contacts } from "./jabber_session/contacts.ts";
import type { BlockingAnswer, RelayAnswer } from "./contract_users.ts";
import { CreatedNodes, groupsOf } from "./jabber_session/created_nodes.ts";
import { Blocked } from "./jabber_session/blocked.ts";
import { Relay } from "./jabber_session/relay.ts";
import { Lockout } from "./jabber_session/lockout.ts";
import { SessionStore } from "./jabber_session/store.ts";
import { tellOf } from "./jabber_session/telling.ts";
import { hostOf } from "./placing.ts";
import { Attendance, type Audience, CAUSES, type DepartureCause, type Notice } from "./protocol/attendance.ts";
import { type Change, type Outstanding, SessionState, type SubscriptionRow } from "./protocol/session_state.ts";
import { decoyKeys, passwordMatches } from "./scram_keys.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { UNAVAILABLE, UNREACHED } from "./refusals.ts";
import { checkVersion, CONTRACT, directoryOf, hostNamed, logFault, managerNamed, readersNamed, within } from "./stubs.ts";
import { unguessable } from "./unguessable.ts";

const FORBIDDEN: Refusal = { type: "auth", condition: "forbidden" };
/** Requests of an owner that may name groups. */
const NAMING_GROUPS: ReadonlySet<NodeRequest["request"]> = new Set(["configuration", "configure", "create"]);

const NO_NODE: Refusal = { type: "cancel", condition: "item-not-found" };
const TURNED_OFF: Refusal = { ...NO_NODE, text: "SIGN_OUT_NODE=on makes this node" };
const TOO_MANY: Refusal = { type: "wait", condition: "policy-violation", specific: "too-many-subscriptions" };
const TOO_MANY_RESOURCES: Refusal = { type: "wait", condition: "resource-constraint" };
const TAKEN: Refusal = { type: "modify", condition: "conflict" }; // RFC 6120 §7.7.2.2
const OUTDATED: Refusal = { type: "auth", condition: "not-authorized" };
const NOT_SUBSCRIBED: Refusal = { type: "cancel", condition: "unexpected-request", specific: "not-subscribed" };

/** PLAIN is checked against the keys of the cheaper hash; both are stored of every password. */
const PLAIN_HASH: ScramHash = "SHA-1";
const MECHANISM_HASHES = { PLAIN: PLAIN_HASH, "SCRAM-SHA-1": "SHA-1", "SCRAM-SHA-256": "SHA-256" } as const;

const policyOf = ({ families }: Pick<Settings, "families">) => ({
  /** Of a node that was created its host decides; what that granted by groups is looked at anew here. */
  allows(record: UserRecord, node: string, groups?: readonly string[]): boolean {
    const placed = placeOf(node, families);
    if (placed) return maySubscribe(record, placed);
    return groups === undefined || groupsOf(record).some((group) => groups.includes(group));
  },
  addressing: addressingOf,
  automatic: (record: UserRecord): readonly string[] => automaticNodes(record.id, families),
});

/** Who wants to hear of sign-outs. */
const audiencesOf = ({ signOutNode, webhook }: Settings): Audience[] => [
  ...(signOutNode ? (["node"] as const) : []),
  ...(webhook ? (["webhook"] as const) : []),
];

type Request<K extends keyof ContactSessionCalls> = Parameters<ContactSessionCalls[K]>[0];
type RecordFound = { readonly record: UserRecord } | ({ readonly record: null } & Decoy);

export class JabberSession extends DurableObject<Env> implements JabberSessionCalls {
  readonly #jid: string;
  readonly #domain: string;
  readonly #store: SessionStore;
  readonly #state: SessionState;
  readonly #settings = settingsOf(this.env);
  readonly #lockout: Lockout;
  readonly #attendance: Attendance;
  readonly #created: CreatedNodes;
  readonly #blocked: Blocked;
  readonly #contacts: Contacts;
  readonly #relay: Relay;
  /** Id of the user as provisioned, also after the user was deleted. */
  #userId: string;
  /** The alarm of who went is being set. */
  #arming: Promise<void> | undefined;
  #armedFor: number | undefined;
  /** Version of the record as the rows have it. */
  #storedVersion: number;
  #lockedUntil: number;
  #asked: Promise<RecordFound> | undefined;
  #settling: Promise<void> | undefined;
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#jid = ctx.id.name ?? "";
    this.#domain = this.#jid.slice(this.#jid.indexOf("@") + 1);
    this.#store = new SessionStore(ctx.storage);
    const rows = this.#store.load();
    this.#storedVersion = rows.version;
    this.#lockedUntil = rows.lockedUntil;
    const { RESOURCES_PER_USER, SUBSCRIPTIONS_PER_USER, LEASE_WARNING_SECONDS } = this.#settings;
    const bounds = { resources: RESOURCES_PER_USER, subscriptions: SUBSCRIPTIONS_PER_USER, rememberMs: 60_000, warnMs: LEASE_WARNING_SECONDS * 1000 };
    this.#state = new SessionState(this.#jid, policyOf(this.#settings), bounds, rows, Date.now());
    this.#lockout = new Lockout(this.#settings.LOCKOUT_FAILURES, this.#settings.LOCKOUT_MS, rows.lockedUntil);
    this.#created = new CreatedNodes({
      env,
      settings: this.#settings,
      domain: this.#domain,
      state: this.#state,
      apply: (changes) => this.#apply(changes),
      tellOthers: (except, node, subscriber) => this.#tellOthers(except, node, subscriber),
      inBackground: (what, call) => this.#inBackground(what, call),
      wakeSoon: () => this.#store.wakeBy(Date.now() + this.#settings.CALL_DEADLINE_MS),
      settle: () => this.#settle(),
    });
    this.#blocked = new Blocked(
      {
        jid: this.#jid,
        contact: `${CONTACT_NAME}@${this.#domain}`,
        bound: this.#settings.BLOCKED_PER_USER,
        store: (blocked) => this.#store.putBlocked(blocked),
        push: (payload) => this.#relay.push("blocklist", payload),
        changed: (change) => this.#contacts.reblocked(change),
      },
      rows,
    );
    this.#contacts = new Contacts(
      {
        env,
        settings: this.#settings,
        domain: this.#domain,
        jid: this.#jid,
        state: this.#state,
        apply: (changes) => this.#apply(changes),
        exists: async () => (await this.#find()).record !== null,
        blocks: (jid) => this.#blocked.blocks(jid),
        putRoster: (document) => this.#store.putRoster(document),
        putPresences: (document) => this.#store.putPresences(document),
        arm: () => ctx.waitUntil(this.#store.wakeBy(Date.now() + this.#settings.CALL_DEADLINE_MS)),
        waitUntil: (work) => ctx.waitUntil(work),
      },
      rows,
    );
    this.#relay = new Relay({
      env,
      settings: this.#settings,
      jid: this.#jid,
      state: this.#state,
      blocked: this.#blocked,
      sharesPresenceWith: (jid) => this.#contacts.isSeenBy(jid),
      apply: (changes) => this.#apply(changes),
    });
    this.#userId = rows.record?.id ?? this.#jid.slice(0, this.#jid.indexOf("@"));
    this.#attendance = new Attendance({ graceMs: this.#settings.SIGN_OUT_GRACE_MS, audiences: audiencesOf(this.#settings) }, this.#state.streams, rows);
  }

  #enter(request: { readonly v: number }): void {
    checkVersion(request);
    // A crash between a departure and its alarm would leave it untold; so would one that the alarm's repeats did not outlast.
    if (this.#calls++ > 0) return;
    this.#created.tellLeft();
    this.#armForDeparture();
    this.#contacts.resume();
    if (this.#attendance.notices.length > 0) this.ctx.waitUntil(this.#store.wakeBy(Date.now() + this.#settings.CALL_DEADLINE_MS));
  }

  // ------------------------------------------------------------- sign-in

  async credentials(request: CredentialsRequest): Promise<CredentialsAnswer> {
    this.#enter(request);
    const hash = MECHANISM_HASHES[request.mechanism];
    const found: RecordFound = request.decoy === undefined ? await this.#find(request.manager) : { record: null, ...request.decoy };
    const locked = this.#lockout.isLocked(Date.now());
    // A name nobody has, and a locked account, are worked through like any other.
    const { salt, iterations } = found.record ? found.record.keys[hash] : found;
    const keys = found.record && !locked ? found.record.keys[hash] : decoyKeys(salt, iterations, hash);
    const unknown = found.record ? {} : { unknown: { salt, iterations } };
    if (request.mechanism !== "PLAIN") return { outcome: "keys", keys, ...unknown };
    const matches = await passwordMatches(request.password ?? "", keys, hash);
    if (matches && found.record) {
      if (!request.reads) this.#lockout.succeeded();
      return { outcome: "accepted", storedKey: keys.storedKey };
    }
    if (found.record) this.#failed();
    return { outcome: "refused", ...unknown };
  }

  async failed(request: { v: 1; jid: string }): Promise<void> {
    this.#enter(request);
    this.#failed();
  }

  #failed(): void {
    const until = this.#lockout.failed(Date.now());
    // After the answer, so that a lock-out cannot be timed.
    if (until && this.#state.record) setTimeout(() => this.#storeRecord(until), 0);
  }

  #storeRecord(lockedUntil: number): void {
    const { version, record } = this.#state;
    this.#lockedUntil = lockedUntil;
    this.#storedVersion = version;
    this.#store.putRecord({ version, record, lockedUntil });
  }

  /** The user's record: own rows first, else the Directory, once; its changes are pushed from then on. */
  async #find(manager?: string): Promise<RecordFound> {
    if (this.#state.record) return { record: this.#state.record };
    this.#asked ??= this.#askDirectory(manager).finally(() => {
      this.#asked = undefined;
    });
    return await this.#asked;
  }

  async #askDirectory(manager: string | undefined): Promise<RecordFound> {
    const request = { v: CONTRACT, jid: this.#jid, ...(manager !== undefined && { manager }) };
    const answer = await within(this.#settings.CALL_DEADLINE_MS, directoryOf(this.env, this.#domain).record(request));
    // A push that overtook the answer wins.
    if (answer.known && answer.record.version > this.#state.version) {
      this.#state.version = answer.record.version;
      this.#state.record = answer.record;
    }
    if (this.#state.record) return { record: this.#state.record };
    if (answer.known) throw new Error("Record is older than the user's end");
    return { record: null, salt: answer.salt, iterations: answer.iterations };
  }

  async bind(request: BindRequest): Promise<BindAnswer> {
    this.#enter(request);
    await this.#find(request.ref.manager);
    if (!this.#hasKeys(request.storedKey)) return { outcome: "refused", refusal: OUTDATED };
    this.#lockout.succeeded();
    const asked = this.#resourceFor(request);
    if (asked === undefined) return { outcome: "refused", refusal: TAKEN };
    const { outcome, bound, changes } = this.#state.bind(request.stream, asked, request.ref, Date.now(), request.at);
    if (outcome === "full") return { outcome: "refused", refusal: TOO_MANY_RESOURCES };
    const { record, version } = this.#state;
    if (outcome === "again") return { outcome };
    if (outcome === "gone" || !bound || !record) return { outcome: "gone" };
    const { stream, resource, generation } = bound;
    const { social, changes: more } = this.#contacts.bound(stream);
    this.#apply([...changes, ...more]);
    const listens = this.#state.listens(stream);
    return { outcome: "bound", resource, generation, rights: version, role: record.role, id: record.id, listens, ...(social && { social: true as const }) };
  }

  /** The resource that a stream may have of the one that it asks for, whoever holds it; undefined: none. */
  #resourceFor({ stream, resource }: BindRequest): string | undefined {
    const policy = this.#settings.conflicts.get(this.#domain);
    const isFree = (): boolean => ![...this.#state.streams].some((other) => other.resource === resource && other.stream !== stream);
    if (policy === undefined || policy === "replace" || isFree()) return resource;
    return policy === "rename" ? unguessable() : undefined;
  }

  /** Is what somebody signed in by still what this user signs in by? The password, or the user, may be another one since. */
  #hasKeys(storedKey: string | undefined): boolean {
    const { record } = this.#state;
    return storedKey === undefined || record === null || Object.values(record.keys).some((keys) => keys.storedKey === storedKey);
  }

  async presence(request: PresenceRequest): Promise<PresenceAnswer> {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "gone" };
    const changes = this.#state.presence(request.stream, request.available, request.priority, request.at, request.show);
    this.#apply(changes, "unavailable");
    this.#contacts.announced(request.stream, request);
    this.#tellHostsOf(changes);
    await this.#arming;
    return { outcome: "accepted", rights: this.#state.version, listens: this.#state.listens(request.stream) };
  }

  async ended(request: {
    v: 1;
    jid: string;
    stream: string;
    generation: number;
    manager: string;
    cause: ReportedCause;
    handled?: number;
    undelivered?: readonly string[];
  }): Promise<void> {
    this.#enter(request);
    const changes = this.#state.ended(request, Date.now());
    this.#apply(changes, CAUSES[request.cause]);
    this.#tellHostsOf(changes);
    await this.#arming;
    // If another manager has the stream, it has these, too.
    if (request.undelivered && !this.#state.current(request.stream)) await this.#relay.giveBack(request.undelivered);
  }

  async claim(request: { v: 1; jid: string; stream: string; ref: ManagerRef }): Promise<ClaimAnswer> {
    this.#enter(request);
    await this.#find(request.ref.manager);
    this.#lockout.succeeded();
    const { stream, ref } = request;
    const { held, changes } = this.#state.claim(stream, ref, Date.now());
    this.#apply(changes);
    const { record, version } = this.#state;
    if (!held || !record) {
      const handled = this.#state.handledOf(stream);
      return handled === undefined ? { outcome: "gone" } : { outcome: "gone", handled };
    }
    const { row, generation } = held;
    return { outcome: "held", manager: row.ref.manager, generation, rights: version, role: record.role, listens: this.#state.listens(stream) };
  }

  async moved(request: { v: 1; jid: string; stream: string; generation: number; ref: ManagerRef }): Promise<MovedAnswer> {
    this.#enter(request);
    const { accepted, changes } = this.#state.moved(request.stream, request.generation, request.ref);
    this.#apply(changes);
    if (!accepted) return { outcome: "refused" };
    return { outcome: "moved", rights: this.#state.version, ...(this.#state.current(request.stream)?.social && { social: true as const }) };
  }

  // ------------------------------------------------------- subscriptions

  /** Hosts of subscriptions that went with somebody's presence. */
  #tellHostsOf(changes: readonly Change[]): void {
    for (const change of changes) if ("remove" in change && change.remove === "subscription") this.#created.tellHost(change.row);
  }

  async subscribe(request: SubscribeRequest): Promise<SubscribeAnswer> {
    this.#enter(request);
    const { node, stream, subscriber } = request;
    if (!this.#state.current(stream) || !this.#state.record) return { outcome: "gone" };
    if (!placeOf(node, this.#settings.families)) return await this.#created.subscribe(request, this.#state.record);
    const found = this.#lookUp(node);
    if ("refusal" in found) return { outcome: "refused", refusal: found.refusal };
    const { placed, host } = found;
    const given = this.#created.readOptions(request.options);
    if (given && "refusal" in given) return { outcome: "refused", refusal: given.refusal };
    const { outcome, isNew, changes } = this.#state.subscribe(node, subscriber, undefined, given?.options);
    if (outcome === "forbidden") return { outcome: "refused", refusal: FORBIDDEN };
    if (outcome === "too-many") return { outcome: "refused", refusal: TOO_MANY };
    this.#apply(changes);
    // One of a resource that is gone has made room for it.
    for (const change of changes) if ("remove" in change && change.remove === "subscription") this.#created.tellHost(change.row);
    const version = this.#state.version;
    const refuse = (refusal: Refusal): SubscribeAnswer => {
      // Its intent goes, unless another subscribe wants it, too.
      this.#takeBack(this.#state.abandon(node, subscriber), { node, subscriber, host });
      return { outcome: "refused", refusal };
    };
    const exists = provesExistence(this.#state.record, placed);
    const join = { v: CONTRACT, ref: request.ref, join: request.join, nodes: [{ node, exists, subscriber }] };
    try {
      const [joined] = await within(this.#settings.CALL_DEADLINE_MS, hostNamed(this.env, host).join(join));
      if (joined?.outcome !== "joined") return refuse(joined?.outcome === "missing" ? NO_NODE : UNREACHED);
      // The rights may have changed while the host was asked.
      if (!this.#state.confirm(node, subscriber, version)) return refuse(FORBIDDEN);
      if (given && !isNew) this.#apply(this.#state.setOptions({ node, subscriber }, given.options));
      this.#tellOthers(stream, node, subscriber);
      const subscription = given ? { subscription: { state: "subscribed" as const, options: given.options } } : {};
      return { outcome: "subscribed", rights: version, position: joined.position, listens: this.#state.listensTo(stream, node), ...subscription };
    } catch (error) {
      logFault("JabberSession", "join", error);
      return refuse(UNREACHED);
    }
  }

  /** Can there be such a node at all? */
  #lookUp(node: string): { readonly placed: Placed; readonly host: string } | { readonly refusal: Refusal } {
    if (node === PRESENCE_NODE && !this.#settings.signOutNode) return { refusal: TURNED_OFF };
    const placed = placeOf(node, this.#settings.families);
    const host = hostOf(this.#domain, node, this.#settings);
    return placed && host ? { placed, host } : { refusal: NO_NODE };
  }

  async unsubscribe(request: UnsubscribeRequest): Promise<UnsubscribeAnswer> {
    this.#enter(request);
    const { node, stream, subscriber } = request;
    if (!this.#state.current(stream)) return { outcome: "gone" };
    if (!placeOf(node, this.#settings.families)) return await this.#created.unsubscribe(request);
    const host = hostOf(this.#domain, node, this.#settings);
    if (!this.#withdraw(node, subscriber, host)) return { outcome: "refused", refusal: NOT_SUBSCRIBED };
    this.#tellOthers(stream, node, subscriber);
    return { outcome: "unsubscribed", listens: this.#state.listensTo(stream, node) };
  }

  async options(request: OptionsRequest): Promise<OptionsAnswer> {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "gone" };
    return await this.#created.options(request);
  }

  /** Takes a subscription away, here and (in the background) the host's copy of it. */
  #withdraw(node: string, subscriber: string, host: string): boolean {
    return this.#takeBack(this.#state.unsubscribe(node, subscriber), { node, subscriber, host });
  }

  #takeBack(changes: readonly Change[], { node, subscriber, host }: { node: string; subscriber: string; host: string }): boolean {
    this.#apply(changes);
    if (changes.length === 0) return false;
    this.#inBackground("unsubscribed", hostNamed(this.env, host).unsubscribed({ v: CONTRACT, node, subscriber }));
    return true;
  }

  /** Tells the user's other streams that are addressed by the subscription. */
  #tellOthers(except: string, node: string, subscriber: string): void {
    for (const { stream, resource, ref, available } of this.#state.streams) {
      if (stream === except || !available) continue;
      if (subscriber !== this.#jid && subscriber !== `${this.#jid}/${resource}`) continue;
      const listens = this.#state.listensTo(stream, node);
      const told = managerNamed(this.env, ref.manager).listen({ v: CONTRACT, jid: this.#jid, stream, rights: this.#state.version, node, listens });
      this.#inBackground("listen", told);
    }
  }

  async subscriptions(request: { v: 1; jid: string; stream: string; node: string | null }) {
    this.#enter(request);
    const { record } = this.#state;
    const current = this.#state.current(request.stream);
    if (!current || !record) return { outcome: "gone" as const };
    const own = automaticNodes(record.id, this.#settings.families)
      .filter((node) => placeOf(node, this.#settings.families)?.family.name !== "contact")
      .map((node) => ({ node, subscriber: this.#jid }));
    const isAsked = ({ node }: { readonly node: string }): boolean => request.node === null || node === request.node;
    const all: SubscriptionRow[] = [...own, ...this.#state.subscriptions].filter(isAsked);
    const affiliations = [...this.#state.affiliations].map(([node, affiliation]) => ({ node, affiliation: affiliation as Affiliation }));
    return {
      outcome: "listed" as const,
      subscriptions: all.map(
        ({ node, subscriber, subid, state }): Subscription => ({ node, jid: subscriber, state: state ?? "subscribed", ...(subid !== undefined && { subid }) }),
      ),
      nodes: [...knownNodes(record, this.#settings.families), ...(this.#knows(record, PRESENCE_NODE) === false ? [] : [PRESENCE_NODE])],
      known: this.#knows(record, request.node),
      affiliations: affiliations.filter(isAsked),
      asker: this.#created.asker(record, `${this.#jid}/${current.resource}`),
    };
  }

  async ask(request: { v: 1; jid: string; stream: string; node: string; request: NodeRequest }): Promise<NodeAnswer | { readonly outcome: "gone" }> {
    this.#enter(request);
    const { record } = this.#state;
    const current = this.#state.current(request.stream);
    if (!current || !record) return { outcome: "gone" };
    const { node } = request;
    // A family's node that the user may not know of is not there.
    if (placeOf(node, this.#settings.families) && request.request.request !== "create" && this.#knows(record, node) === false)
      return { outcome: "refused", refusal: NO_NODE };
    const asker = this.#created.asker(record, `${this.#jid}/${current.resource}`);
    const namesGroups = NAMING_GROUPS.has(request.request.request);
    return await this.#created.ask(node, namesGroups ? { ...asker, contactGroups: this.#contacts.groupNames } : asker, request.request);
  }

  async changed(request: { v: 1; jid: string; node: string; changes: readonly NodeTold[] }): Promise<void> {
    this.#enter(request);
    // A subscription that an owner makes is for a user that there is.
    if (request.changes.some(({ told }) => told === "subscription")) await this.#find();
    await this.#created.changed(request.node, request.changes);
    for (const each of request.changes) if (each.told === "message") await this.#send(each);
  }

  async groups(request: { v: 1; jid: string; about?: string }): Promise<{ readonly teams: readonly string[] } & ByRoster> {
    this.#enter(request);
    const { record } = await this.#find();
    if (!record || request.about === undefined) return { teams: record ? groupsOf(record) : [], isSeen: false, within: [] };
    return { teams: groupsOf(record), isSeen: this.#contacts.isSeenBy(request.about), within: this.#contacts.groupsWith(request.about) };
  }

  async message({ to, id, payload, type, ...request }: { v: 1; to: string; id: string; payload: string; type: "headline" | "normal" }): Promise<void> {
    this.#enter(request);
    await this.#send({ to, id, payload, type });
  }

  /** A message of the publish-subscribe service to whoever of the address is available. */
  async #send({
    to,
    id,
    payload,
    type,
  }: {
    readonly to: string;
    readonly id: string;
    readonly payload: string;
    readonly type: "headline" | "normal";
  }): Promise<void> {
    const from = serviceOf(this.#domain);
    const text = message({ from, to, id, ...(type === "headline" && { type }) }, payload);
    await this.#relay.serve(to, text);
  }

  // ------------------------------------------------------------- contacts

  async roster(request: Request<"roster">) {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "gone" as const };
    return { outcome: "found" as const, payload: this.#contacts.roster(request.ver) };
  }

  async setRoster(request: Request<"setRoster">): Promise<ContactAnswer> {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "gone" };
    return this.#contacts.setRoster(request.stream, request.request, request.presence);
  }

  async sendSubscription(request: Request<"sendSubscription">): Promise<ContactAnswer> {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "gone" };
    return this.#contacts.sendSubscription(request.stream, request);
  }

  async sendDirected(request: Request<"sendDirected">): Promise<ContactAnswer> {
    this.#enter(request);
    return this.#contacts.sendDirected(request.stream, request);
  }

  async probe(request: Request<"probe">) {
    this.#enter(request);
    return { stanzas: await this.#contacts.probe(request.stream, request.to) };
  }

  async subscription(request: Request<"subscription">): Promise<void> {
    this.#enter(request);
    await this.#contacts.heard(request);
  }

  async presences(request: Request<"presences">) {
    this.#enter(request);
    return await this.#contacts.presences(request);
  }

  // -------------------------------------------------------- users to users

  async relay(request: { v: 1; jid: string; stream: string; stanza: Relayed }): Promise<RelayAnswer> {
    this.#enter(request);
    // Behind the presence that the same client has sent to them before (RFC 6120 §10.1).
    await this.#contacts.quiet(bareOf(request.stanza.to));
    return await this.#relay.relay(request.stream, request.stanza);
  }

  async take(request: { v: 1; jid: string; stanza: Relayed }): Promise<RelayAnswer> {
    this.#enter(request);
    return await this.#relay.take(request.stanza);
  }

  async carbons(request: { v: 1; jid: string; stream: string; on: boolean }): Promise<{ readonly outcome: "done" | "gone" }> {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "gone" };
    this.#apply(this.#state.setCarbons(request.stream, request.on));
    return { outcome: "done" };
  }

  async blocking(request: { v: 1; jid: string; stream: string; request: BlockingRequest }): Promise<BlockingAnswer> {
    this.#enter(request);
    if (!this.#state.current(request.stream)) return { outcome: "refused", refusal: UNAVAILABLE };
    return await this.#blocked.ask(request.request);
  }

  #knows(record: UserRecord, node: string | null): boolean | "perhaps" {
    const placed = node === null ? undefined : placeOf(node, this.#settings.families);
    // Of a node that was created its host knows.
    if (node !== null && !placed) return "perhaps";
    if (node === PRESENCE_NODE && !this.#settings.signOutNode) return false;
    if (!placed || placed.family.name === "contact" || !maySubscribe(record, placed)) return false;
    return provesExistence(record, placed) || "perhaps";
  }

  // ------------------------------------------------- readers over HTTP

  async reads(request: ReadsRequest): Promise<ReadsAnswer> {
    this.#enter(request);
    await this.#find(request.group ?? undefined);
    const { record, version } = this.#state;
    if (!record || !this.#hasKeys(request.storedKey)) return { outcome: "gone" };
    for (const node of request.nodes) {
      const found = this.#lookUp(node);
      const refusal = "refusal" in found ? found.refusal : policyOf(this.#settings).allows(record, node) ? undefined : FORBIDDEN;
      if (refusal) return { outcome: "refused", node, refusal };
    }
    // From here on the group hears of every change: of one that comes while the hosts are asked, too.
    if (request.group !== null) this.#apply(this.#state.reads(request.group));
    const known = await Promise.all(request.nodes.map((node) => this.#isThere(record, node)));
    const missing = request.nodes[known.indexOf(false)];
    return missing === undefined ? { outcome: "granted", rights: version } : { outcome: "refused", node: missing, refusal: NO_NODE };
  }

  /** A node whose existence the right to it does not prove is asked for at its host. */
  async #isThere(record: UserRecord, node: string): Promise<boolean> {
    const found = this.#lookUp(node);
    if ("refusal" in found) return false;
    if (provesExistence(record, found.placed)) return true;
    return (await within(this.#settings.CALL_DEADLINE_MS, hostNamed(this.env, found.host).exists({ v: CONTRACT, node }))).known;
  }

  // -------------------------------------------------------------- rights

  async rights(request: { v: 1; jid: string; version: number; record: UserRecord | null }): Promise<{ readonly done: boolean }> {
    this.#enter(request);
    const before = [...this.#state.subscriptions];
    const { fixed } = this.#contacts;
    const keysBefore = JSON.stringify(this.#state.record?.keys);
    this.#apply(this.#state.rights(request.version, request.record, Date.now()), "revoked");
    this.#contacts.refixed(fixed);
    // A new password opens an account that wrong ones have locked.
    if (JSON.stringify(this.#state.record?.keys) !== keysBefore && this.#lockout.lift()) this.#storeRecord(0);
    const left = new Set([...this.#state.subscriptions]);
    for (const row of before.filter((each) => !left.has(each))) this.#created.tellHost(row);
    await this.#arming;
    await this.#settle();
    return { done: this.#state.done };
  }

  // --------------------------------------------------- rows and the owed

  /** `cause`: why streams are not available any more, where some may not be. */
  #apply(changes: readonly Change[], cause: DepartureCause = "error"): void {
    if (changes.length === 0) return;
    this.#userId = this.#state.record?.id ?? this.#userId;
    this.#attendance.changed(this.#state.streams, { user: this.#userId, cause, now: Date.now() });
    // The record is stored with the first change that needs it.
    if (this.#state.version > this.#storedVersion) this.#storeRecord(this.#lockedUntil);
    if (changes.some((change) => !("put" in change && change.put === "record"))) this.#putSession();
    this.#contacts.removed(changes);
    this.#armForDeparture();
    const { nextLease } = this.#state;
    if (nextLease !== undefined) this.ctx.waitUntil(this.#store.wakeBy(Math.max(nextLease, Date.now() + 1000)));
    if (!changes.some((change) => "put" in change && change.put === "outstanding")) return;
    // The alarm stands before the first try: a crash between them loses nothing.
    this.ctx.waitUntil(this.#store.wakeBy(Date.now() + this.#settings.CALL_DEADLINE_MS).then(() => this.#settle()));
  }

  #putSession(): void {
    this.#store.putSession({ ...this.#state.document, ...this.#attendance.rows });
  }

  /** Makes every call that is owed; what fails stays for the alarm. */
  async #settle(): Promise<void> {
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    await this.#settling;
  }

  async #settleAll(): Promise<void> {
    for (let owed = this.#state.outstanding; owed.length > 0; ) {
      const settled = await Promise.all(owed.map((row) => this.#pay(row)));
      if (settled.includes(false)) break;
      owed = this.#state.outstanding;
    }
    if (!this.#state.done) await this.#store.wakeBy(Date.now() + this.#settings.CALL_DEADLINE_MS);
  }

  async #pay(row: Outstanding): Promise<boolean> {
    if (row.kind === "readers") return await this.#payReaders(row);
    const manager = managerNamed(this.env, row.manager);
    const { stream } = row;
    // What stays is named, as it is now: what was taken away since is not among it.
    const keep = this.#state.listens(stream).map(({ node }) => node);
    try {
      await within(this.#settings.CALL_DEADLINE_MS, this.#callFor(row, manager, keep));
      this.#apply(this.#state.settled(row));
      return true;
    } catch (error) {
      logFault("JabberSession", row.kind, error);
      return false;
    }
  }

  #callFor(row: Exclude<Outstanding, { kind: "readers" }>, manager: ConnectionManagerCalls, keep: readonly string[]): Promise<void> {
    const { stream, generation } = row;
    const { version, record } = this.#state;
    switch (row.kind) {
      case "end":
        return manager.end({ v: CONTRACT, stream, generation, condition: row.condition });
      case "listen": {
        const { node } = row;
        const listens = this.#state.listensTo(stream, node);
        return manager.listen({ v: CONTRACT, jid: this.#jid, stream, rights: version, node, listens, ...(listens === null && { revoked: true }) });
      }
      case "revoke":
        return manager.rights({ v: CONTRACT, jid: this.#jid, version, role: record?.role ?? "agent", streams: [{ stream, keep }] });
    }
  }

  /** Readers are told what the rights are now; a group without any is told no more. */
  async #payReaders(row: Outstanding): Promise<boolean> {
    const { record, version } = this.#state;
    const rights = record && { id: record.id, role: record.role, teams: record.teams, supervises: record.supervises };
    const asks = this.#state.asksOf(row.manager);
    try {
      const call = readersNamed(this.env, row.manager).rights({ v: CONTRACT, jid: this.#jid, version, rights });
      const { reads } = await within(this.#settings.CALL_DEADLINE_MS, call);
      this.#apply([...this.#state.settled(row), ...(reads ? [] : this.#state.readsNoMore(row.manager, asks))]);
      return true;
    } catch (error) {
      logFault("JabberSession", row.kind, error);
      return false;
    }
  }

  override async alarm(): Promise<void> {
    this.#lookAtLeases();
    this.#created.tellLeft();
    await Promise.all([this.#settle(), this.#tellDepartures(), this.#contacts.settle()]);
  }

  /** Subscriptions that are leased: some are over, of some it is told that they will be (XEP-0060 §12.19). */
  #lookAtLeases(): void {
    const { changes, left, warned } = this.#state.lease(Date.now());
    this.#apply(changes);
    for (const row of left) this.#created.tellHost(row);
    for (const { node, subscriber, subid, options } of warned) {
      const expiry = new Date(options?.expire as number).toISOString();
      const inside = renderSubscription({ node, jid: subscriber, state: "subscribed", expiry, ...(subid !== undefined && { subid }) });
      const payload = `<event xmlns="${PUBSUB_EVENT_NS}">${inside}</event>`;
      this.#inBackground("lease", this.#send({ to: subscriber, id: crypto.randomUUID(), payload, type: "headline" }));
    }
    const { nextLease } = this.#state;
    if (nextLease !== undefined) this.ctx.waitUntil(this.#store.wakeBy(Math.max(nextLease, Date.now() + 1000)));
  }

  // ------------------------------------------------------------- sign-out

  /** Wakes this object when the grace of who went is over. */
  #armForDeparture(): void {
    const { due } = this.#attendance;
    if (due === undefined || due === this.#armedFor) return;
    this.#armedFor = due;
    this.#arming = this.#store.wakeBy(due);
    this.ctx.waitUntil(this.#arming);
  }

  /** From the alarm alone, which the platform repeats if this object dies on the way. */
  async #tellDepartures(): Promise<void> {
    if (this.#attendance.begin(Date.now(), crypto.randomUUID())) this.#putSession();
    for (const notice of this.#attendance.notices) await Promise.all(notice.to.map((audience) => this.#tell(notice, audience)));
    const { due, notices } = this.#attendance;
    if (notices.length > 0) await this.#store.wakeBy(Date.now() + this.#settings.CALL_DEADLINE_MS);
    if (due !== undefined) await this.#store.wakeBy(due);
  }

  async #tell(notice: Notice, audience: Audience): Promise<void> {
    try {
      const told = tellOf({ env: this.env, settings: this.#settings, domain: this.#domain, jid: this.#jid }, notice, audience);
      await within(this.#settings.CALL_DEADLINE_MS, told);
      this.#attendance.told(notice.id, audience);
      this.#putSession();
    } catch (error) {
      logFault("JabberSession", `sign-out to ${audience}`, error);
    }
  }

  #inBackground(what: string, call: Promise<unknown>): void {
    this.ctx.waitUntil(within(this.#settings.CALL_DEADLINE_MS, call).catch((error) => logFault("JabberSession", what, error)));
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(): { calls: number; rowsWritten: number } {
    return { calls: this.#calls, rowsWritten: this.#store.rowsWritten };
  }
}
