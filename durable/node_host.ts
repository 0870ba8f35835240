/**
 * Hosts pubsub nodes: their logs, the managers that listen, and one pump for each of these.
 *
 * It knows no socket and no stream. Team, queue and broadcast nodes have an object of their own; users' own nodes live
 * on a fixed number of shared ones. Addressed as `placing.ts` says.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import {
  type Asker,
  canBeMet,
  CONTACT_NAME,
  CONTACT_NODE,
  EVERYTHING,
  familyPublishRefusal,
  FINESSE,
  lastItem,
  mayComeByPublishing,
  type NodeContext,
  type NodeRequest,
  MOST_LISTED,
  ownerList,
  payloadOf,
  placeOf,
  type Publication,
  publishOnNode,
  REFUSALS,
  type PubsubNode,
  renderContactPresence,
  renderEvent,
  renderNotice,
  renderSubscriptions,
  retrieveFromNode,
  subscribeToNode,
  SYSTEM_NODE,
  wrapText,
} from "../xmpp/mod.ts";
import type {
  AuditAnswer,
  Belief,
  ContactState,
  Env,
  Item,
  ItemsAnswer,
  ItemsRequest,
  JoinAnswer,
  JoinRequest,
  ManagerRef,
  NodeAnswer,
  NodeHostCalls,
  Position,
  PublishAnswer,
  PublishRequest,
  Refusal,
  SinceAnswer,
} from "./contract.ts";
import { CreatedNodes, type NodeEvent } from "./node_host/created_nodes.ts";
import { Delivery } from "./node_host/delivery.ts";
import { CREATED, firstWithin, hasRow, type HostedNode, isLasting, keptAs, lastBefore, messageIdOf } from "./node_host/hosted.ts";
import { NodeStore } from "./node_host/store.ts";
import { systemInfoUpdate } from "./node_host/system_info.ts";
import { Coalescing, type Waiting } from "./protocol/coalescing.ts";
import { isStillSent } from "./protocol/sent_again.ts";
import { type ListenerRow, Listeners } from "./protocol/listeners.ts";
import { NodeLog } from "./protocol/node_log.ts";
import { settingsOf } from "./settings.ts";
import { Deadlines } from "./deadlines.ts";
import { checkVersion, Unanswered } from "./stubs.ts";

const NO_NODE: Refusal = { type: "cancel", condition: "item-not-found" };
const TOO_BIG: Refusal = { type: "modify", condition: "not-acceptable", specific: "payload-too-big" };
const NOT_YOURS: Refusal = { type: "auth", condition: "forbidden" };
const REUSED: Refusal = { type: "cancel", condition: "conflict" };

const COPY_AFTER_MS = 500;

/** By HTTP the operator asks, whose token is checked at the door. */
const OPERATOR: Asker = { jid: "", role: "admin", groups: [] };

function againOf({ config }: PubsubNode, at: number): NonNullable<Item["again"]> {
  return { at, until: at + config.itemExpire * 1000, withPresence: config.sendLastPublishedItem === "on_sub_and_presence" };
}

export class NodeHost extends DurableObject<Env> implements NodeHostCalls {
  readonly #settings = settingsOf(this.env);
  readonly #store: NodeStore;
  readonly #name: string;
  readonly #domain: string;
  /** Of the memory logs: this life of the object. */
  readonly #epoch = Date.now();
  readonly #nodes = new Map<string, HostedNode>();
  readonly #listeners = new Listeners();
  /** Nodes whose listeners were read from the rows. */
  readonly #read = new Set<string>();
  readonly #deadlines = new Deadlines();
  readonly #delivery: Delivery;
  readonly #created: CreatedNodes;
  readonly #copies: { readonly node: string; readonly subscriber: string }[] = [];
  readonly #coalescing = new Coalescing(this.#settings.REMEMBERED_IDS);
  #intervalEnd: { readonly at: number; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.id.name ?? "";
    this.#domain = this.#name.slice(0, this.#name.indexOf("/"));
    this.#store = new NodeStore(ctx.storage);
    this.#adoptTable();
    this.#delivery = new Delivery({
      env,
      settings: this.#settings,
      deadlines: this.#deadlines,
      host: this.#name,
      domain: this.#domain,
      listeners: this.#listeners,
      store: this.#store,
    });
    this.#created = new CreatedNodes({
      env,
      settings: this.#settings,
      deadlines: this.#deadlines,
      store: this.#store,
      domain: this.#domain,
      next: (node) => this.#hosted(node, true)?.log.next() ?? { epoch: this.#epoch, seq: 1 },
      emit: (node, event) => void this.#emit(node, event),
      inBackground: (work) => ctx.waitUntil(work),
    });
  }

  #enter(request: { readonly v: number }): void {
    checkVersion(request);
    this.#calls++;
  }

  // --------------------------------------------------------------- nodes

  /**
   * A node whose log is kept in another way than before, since the table has changed, begins anew, in an epoch that is later
   * than any it had; one of no family any more is no more.
   */
  #adoptTable(): void {
    for (const { node, log } of this.#store.nodes()) {
      const family = placeOf(node, this.#settings.families)?.family;
      const before = log ?? keptAs(placeOf(node, FINESSE)?.family ?? CREATED);
      if (family && keptAs(family) === before) continue;
      this.#store.removeNode(node);
      if (family && hasRow(family)) this.#store.putNode(node, { epoch: this.#epoch, log: keptAs(family) });
    }
  }

  /** A node that exists; `make`: it may come into being now. */
  #hosted(node: string, make: boolean): HostedNode | undefined {
    const known = this.#nodes.get(node);
    if (known && known.family !== CREATED) return known;
    const placed = known ? undefined : placeOf(node, this.#settings.families);
    if (!placed && !this.#created.find(node)) return undefined;
    if (known) return known;
    const { family } = placed ?? { family: CREATED };
    const isStored = family.log.class === "stored";
    const row = hasRow(family) ? this.#store.positionOf(node) : undefined;
    if (!row && !make && placed) return undefined;
    if (!row && hasRow(family)) this.#store.putNode(node, { epoch: this.#epoch, log: keptAs(family) });
    const items = isStored ? this.#store.itemsOf(node) : [];
    const length = isStored ? family.log.length : Math.min(family.log.length, this.#settings.MEMORY_LOG);
    const { epoch, seq } = (isLasting(family.log) ? row : undefined) ?? { epoch: this.#epoch, seq: 0 };
    const log = new NodeLog({ epoch, length, items, seq });
    const hosted = { node, mark: Math.random().toString(36).slice(2, 8), family, log };
    this.#nodes.set(node, hosted);
    return hosted;
  }

  /** Whoever publishes asks this, so that nodes which are known need no look at the table. */
  #isOfFamily(node: string): boolean {
    const known = this.#nodes.get(node);
    return known ? known.family !== CREATED : placeOf(node, this.#settings.families) !== undefined;
  }

  /** Reads the listeners of these nodes, of those that were not read yet. */
  #readListeners(nodes: readonly string[]): void {
    const unread = nodes.filter((node) => !this.#read.has(node));
    if (unread.length === 0) return;
    for (const node of unread) this.#read.add(node);
    for (const row of this.#store.listenersOf(unread)) this.#listeners.restore(row);
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    this.#enter(request);
    const [subscribing] = request.nodes;
    // One at a time subscribes to a node that was created, which decides.
    const decided = subscribing?.subscribe ? await this.#subscribe(subscribing.node, subscribing.subscribe, subscribing.subscriber ?? "") : null;
    if (decided?.outcome === "refused") return [{ node: subscribing?.node ?? "", ...decided }];
    this.#delivery.heardOf(request.ref.manager, request.ref.incarnation);
    this.#readListeners(request.nodes.map(({ node }) => node));
    const rows: ListenerRow[] = [];
    const answer = request.nodes.map(({ node, exists, subscriber }) => {
      const hosted = this.#hosted(node, exists);
      if (!hosted) return { node, outcome: "missing" as const };
      const row = this.#listeners.join(node, request.ref, request.join, Date.now(), request.rejoin === true);
      if (row === "gone") return { node, outcome: "gone" as const };
      if (row) rows.push(row);
      const joined = { node, outcome: "joined" as const, position: hosted.log.position };
      if (hosted.family === CREATED) return { ...joined, last: this.#lastOf(hosted), ...(decided && { subscription: decided.subscription }) };
      if (subscriber !== undefined) this.#copySubscription(node, subscriber);
      return { ...joined, last: hosted.log.last ?? this.#initial(node, hosted.log.position) };
    });
    this.#store.putListeners(rows);
    return answer;
  }

  async #subscribe(node: string, { asker, subid }: { asker: Asker; subid: string }, subscriber: string) {
    const found = this.#created.find(node);
    const context = found && (await this.#created.context(found, asker));
    const created = this.#created.find(node);
    if (!created || !context) return { outcome: "refused" as const, refusal: this.#created.absence(node) };
    if (this.#created.hasLeft(subid)) return { outcome: "refused" as const, refusal: REFUSALS["not-subscribed"] };
    const decided = subscribeToNode(created, asker, { subscriber, subid }, context);
    if ("refusal" in decided) return { outcome: "refused" as const, refusal: decided.refusal };
    this.#created.perform(created, decided.changes);
    const { state, subid: standing } = decided.subscription;
    const temporary = created.config.tempsub ? { temporary: true as const } : {};
    return { outcome: "subscribed" as const, subscription: { subid: standing, state, groups: decided.groups, ...temporary } };
  }

  /** The last item of a node that was created, as it is sent to who comes later (§6.1.7); null: it is not. */
  #lastOf(hosted: HostedNode): Item | null {
    const created = this.#created.find(hosted.node);
    if (!created || created.config.sendLastPublishedItem === "never") return null;
    const newest = lastItem(created, Date.now());
    // What is kept and not there any more was removed; a node that keeps nothing has its last event.
    const { last } = hosted.log;
    if (!newest) return !created.config.persistItems && last && isStillSent(last, Date.now()) ? last : null;
    const { id, epoch, seq, at, inside } = newest;
    const text = renderNotice({ domain: this.#domain, messageId: messageIdOf(hosted, { epoch, seq }), inside, type: created.config.notificationType });
    return { node: hosted.node, id, given: false, epoch, seq, prev: seq - 1, ...text, again: againOf(created, at) };
  }

  /** Asks a node that was created, or creates one. Who asks of a family's is answered by its session. */
  async ask(request: { v: 1; node: string; asker: Asker; request: NodeRequest }): Promise<NodeAnswer> {
    this.#enter(request);
    const placed = placeOf(request.node, this.#settings.families);
    if (!placed) return await this.#created.ask(request.node, request.asker, request.request);
    const page = request.request.request === "subscriptions" ? request.request.page : null;
    const found = this.#store.pageOfCopies(request.node, page ?? EVERYTHING, MOST_LISTED);
    if (!found) return { outcome: "refused", refusal: REFUSALS["no-item"] }; // RS-03
    const list = renderSubscriptions(
      request.node,
      found.entries.map((jid) => ({ jid })),
    );
    return { outcome: "answered", payload: ownerList(list, { page, found }) };
  }

  /** An event of a node that was created, to all who listen; to nobody's eyes where the node is quiet. */
  #emit(node: PubsubNode, event: NodeEvent): Promise<void> | null {
    const hosted = this.#nodes.get(node.node) ?? this.#hosted(node.node, true);
    return hosted ? this.#append(hosted, this.#eventItem(hosted, node, event)) : null;
  }

  #eventItem(hosted: HostedNode, of: PubsubNode, { inside, item, closes, quiet }: NodeEvent): Item {
    const { config } = of;
    const { node, log } = hosted;
    const at = log.next();
    const messageId = messageIdOf(hosted, at);
    const isTold = config.deliverNotifications && !quiet;
    const text = isTold ? renderNotice({ domain: this.#domain, messageId, inside, type: config.notificationType }) : { head: "", tail: "" };
    const isSentAgain = item !== undefined && isTold && config.sendLastPublishedItem !== "never";
    const again = isSentAgain ? { again: againOf(of, Date.now()) } : {};
    return { node, id: item ?? messageId, given: false, ...at, ...text, ...(closes && { closes }), ...again };
  }

  /** Copies are for those who ask who is subscribed; the session owns the subscription. Several are written together. */
  #copySubscription(node: string, subscriber: string): void {
    this.#copies.push({ node, subscriber });
    if (this.#copies.length > 1) return;
    setTimeout(() => {
      for (const copy of this.#copies.splice(0)) this.#store.putSubscription(copy.node, copy.subscriber);
    }, COPY_AFTER_MS);
  }

  /** What a node says before anything was published on it: only the contact's does. */
  #initial(node: string, position: Position): Item | null {
    if (node !== CONTACT_NODE) return null;
    return { node, id: "initial", given: false, prev: 0, ...position, ...this.#contactStanza(this.#store.contact().available) };
  }

  async unsubscribed(request: { v: 1; node: string; subscriber: string; subid?: string }): Promise<void> {
    this.#enter(request);
    const { node, subscriber, subid } = request;
    if (subid !== undefined) return this.#created.leave(node, subid);
    const waiting = this.#copies.findIndex((copy) => copy.node === node && copy.subscriber === subscriber);
    if (waiting >= 0) this.#copies.splice(waiting, 1);
    else if (!this.#store.empty) this.#store.removeSubscription(node, subscriber);
  }

  // ------------------------------------------------------------- publish

  async publish(request: PublishRequest): Promise<PublishAnswer> {
    this.#enter(request);
    const { node, id, payload, by } = request;
    if (payload.length > this.#settings.MAX_PAYLOAD) return { outcome: "refused", refusal: TOO_BIG };
    if (!this.#isOfFamily(node)) return await this.#publishOnCreated(request);
    const hosted = node === CONTACT_NODE ? undefined : this.#hosted(node, true);
    if (!hosted) return { outcome: "refused", refusal: NO_NODE };
    if (hosted.family.ownItems && request.own !== true) return { outcome: "refused", refusal: NOT_YOURS };
    const refused = by && familyPublishRefusal(hosted.family, by);
    if (refused) return { outcome: "refused", refusal: refused.refusal };
    const { log } = hosted;
    if (payload.length > (hosted.family.config?.maxPayloadSize ?? payload.length)) return { outcome: "refused", refusal: TOO_BIG };
    const repeat = id === null ? undefined : this.#repeatOf(hosted, { ...request, id });
    if (repeat) return await repeat;
    const given = id !== null;
    const itemId = id ?? `${log.epoch.toString(36)}-${log.next().seq}`;
    if (hosted.family.coalesceMs && this.#coalescing.holds(node, Date.now())) return this.#wait(hosted, { node, id: itemId, given, payload });
    const item = this.#itemOf(hosted, { id: itemId, given, payload });
    const position = { epoch: item.epoch, seq: item.seq };
    this.#readListeners([node]);
    if (request.carrier && this.#delivery.carriedBy(node, request.carrier)) {
      this.#log(hosted, item);
      this.#delivery.carry(item);
      return { outcome: "published", id: itemId, position, replayed: false, pending: false, carried: item };
    }
    const pending = await this.#isPending(hosted, this.#append(hosted, item));
    return { outcome: "published", id: itemId, position, replayed: false, pending };
  }

  /** The next item of a family's node. */
  #itemOf(hosted: HostedNode, { id: itemId, given, payload }: Omit<Waiting, "node">): Item {
    const { node, log, family } = hosted;
    const at = log.next();
    const { notificationType: type } = family.config ?? {};
    const event = renderEvent({ domain: this.#domain, node, itemId, messageId: messageIdOf(hosted, at), payload, ...(type && { type }) });
    return { node, id: itemId, given, ...at, ...event };
  }

  /** The answer to a publish of an id that stands already, if it is a repeat or must not stand twice. */
  #repeatOf(hosted: HostedNode, { id, payload, once }: { id: string; payload: string; once: boolean }): Promise<PublishAnswer> | undefined {
    const { node, log } = hosted;
    const replaced = this.#coalescing.standing(node, { id, seq: log.next().seq });
    const logged = replaced ? log.items.find(({ seq }) => seq === replaced.seq) : log.find(id);
    if (!replaced && !logged) return undefined;
    const isSame = replaced ? replaced.payload === payload : logged?.tail === this.#itemOf(hosted, { id, given: true, payload }).tail;
    if (!isSame) return once ? Promise.resolve({ outcome: "refused", refusal: REUSED }) : undefined;
    const seq = replaced?.seq ?? logged?.seq ?? 0;
    const answer = { outcome: "published" as const, id, position: { epoch: log.epoch, seq }, replayed: true };
    if (!logged) return Promise.resolve({ ...answer, pending: seq > log.position.seq });
    return this.#isPending(hosted, this.#delivery.deliveryOf(logged)).then((pending) => ({ ...answer, pending }));
  }

  // ---------------------------------------------------------- coalescing

  /** Takes a publish that comes within its node's interval; it is answered at once, for it may never be told. */
  #wait({ log }: HostedNode, waiting: Waiting): PublishAnswer {
    const { epoch, seq } = log.next();
    this.#endIntervalBy(this.#coalescing.wait(waiting, seq));
    return { outcome: "published", id: waiting.id, position: { epoch, seq }, replayed: false, pending: true };
  }

  /** One timer for all nodes, and none while nothing waits: it would keep an idle object awake. */
  #endIntervalBy(at: number): void {
    if (this.#intervalEnd) {
      if (this.#intervalEnd.at <= at) return;
      clearTimeout(this.#intervalEnd.timer);
    }
    this.#intervalEnd = { at, timer: setTimeout(() => this.#endIntervals(), Math.max(0, at - Date.now())) };
  }

  #endIntervals(): void {
    this.#intervalEnd = null;
    for (const waiting of this.#coalescing.due(Date.now())) {
      const hosted = this.#hosted(waiting.node, true);
      if (hosted) void this.#append(hosted, this.#itemOf(hosted, waiting));
    }
    const { next } = this.#coalescing;
    if (next !== undefined) this.#endIntervalBy(next);
  }

  /** On a node that was created, or is created on the way (§7.1.4). */
  async #publishOnCreated({ node, id, payload, by, carrier }: PublishRequest): Promise<PublishAnswer> {
    const asker: Asker | null = by ? { jid: by.jid, role: by.role, groups: [] } : null;
    const publication: Publication = by?.publication ?? { itemId: id, hasItem: true, payload, type: "", options: [] };
    const uncreated = asker && !this.#created.find(node) ? await this.#createByPublishing(node, asker, publication) : undefined;
    const created = this.#created.find(node);
    const hosted = created && this.#hosted(node, true);
    if (!created || !hosted) return { outcome: "refused", refusal: uncreated ?? this.#created.absence(node) };
    const context: NodeContext = { domain: this.#domain, now: Date.now(), next: hosted.log.next(), newId: () => crypto.randomUUID(), ownerGroups: [] };
    const published = publishOnNode(created, asker, publication, context);
    if ("refusal" in published) return { outcome: "refused", refusal: published.refusal };
    const [first, ...rest] = published.changes.filter((change) => change.change === "event");
    const item = this.#eventItem(hosted, created, first as NodeEvent);
    const answer = { outcome: "published" as const, id: published.itemId, position: { epoch: item.epoch, seq: item.seq }, replayed: false };
    this.#readListeners([node]);
    if (carrier && rest.length === 0 && this.#delivery.carriedBy(node, carrier)) {
      this.#log(hosted, item);
      return { ...answer, pending: false, carried: item };
    }
    const delivered = this.#append(hosted, item);
    for (const event of rest) this.#emit(created, event);
    return { ...answer, pending: await this.#isPending(hosted, delivered) };
  }

  /** Creates what is published on, where that may come into being so. @returns why not, where the reason is not that there is no such node */
  async #createByPublishing(node: string, asker: Asker, { options }: Publication): Promise<Refusal | undefined> {
    // Of what has moved the publisher is told where it is.
    if (!mayComeByPublishing(node, this.#settings.families) || !canBeMet(options) || this.#created.absence(node).condition === "gone") return undefined;
    const answer = await this.#created.create(node, asker, options);
    if (answer.outcome === "answered" || answer.refusal.condition === "forbidden") return undefined;
    return answer.refusal.condition === "not-acceptable" ? REFUSALS["precondition-not-met"] : answer.refusal;
  }

  /** A stored log answers at once; a memory log waits for the delivery, as long as it may. */
  async #isPending({ family }: HostedNode, delivered: Promise<void> | null): Promise<boolean> {
    return family.log.class === "memory" && delivered !== null && !(await this.#inTime(delivered));
  }

  /** Appends to the log, stores where the log is stored, and starts the delivery. */
  #append(hosted: HostedNode, item: Item): Promise<void> | null {
    this.#readListeners([item.node]);
    this.#log(hosted, item);
    return this.#delivery.send(item);
  }

  #log({ node, log, family }: HostedNode, item: Item): void {
    log.append(item);
    if (family.coalesceMs) this.#coalescing.appended(node, { id: item.id, until: Date.now() + family.coalesceMs });
    if (family.log.class === "stored") this.#store.putItem(item, log.length);
    else if (family.log.position) this.#store.putPosition(item);
  }

  async #inTime(delivered: Promise<void>): Promise<boolean> {
    try {
      await this.#deadlines.within(this.#settings.PUBLISH_WAIT_MS, delivered);
      return true;
    } catch (error) {
      if (error instanceof Unanswered) return false;
      throw error;
    }
  }

  // ------------------------------------------------------ catch-up, audit

  async since(request: { v: 1; node: string; position: Position; own: string | null }): Promise<SinceAnswer> {
    this.#enter(request);
    this.#readListeners([request.node]);
    // Somebody listens to it, so it exists; of one that was deleted the last events are still to be had.
    const hosted = this.#hosted(request.node, this.#listeners.has(request.node)) ?? this.#nodes.get(request.node);
    if (!hosted) return { outcome: "reset", position: request.position, ...(!placeOf(request.node, this.#settings.families) && { gone: true }) };
    const { log } = hosted;
    const found = log.since(request.position, this.#missedNothing(request.node, request.own, log));
    return found.reset ? { outcome: "reset", position: log.position } : { outcome: "items", items: found.items, position: log.position };
  }

  /** A row older than this life of the log, and not lost: nothing that was answered is missing before it. */
  #missedNothing(node: string, manager: string | null, log: NodeLog): boolean {
    const row = manager === null ? undefined : this.#listeners.get(node, manager);
    return row !== undefined && !row.lost && row.since < log.epoch;
  }

  async items(request: ItemsRequest): Promise<ItemsAnswer> {
    this.#enter(request);
    const { node, ids, newest, after, before = null, own, limit } = request;
    const created = this.#created.find(node);
    if (created) return await this.#itemsOfCreated(created, request);
    this.#readListeners([node]);
    const hosted = node === CONTACT_NODE ? undefined : this.#hosted(node, this.#listeners.has(node));
    if (!hosted) return placeOf(node, this.#settings.families) ? { outcome: "missing" } : { outcome: "refused", refusal: this.#created.absence(node) };
    const { log } = hosted;
    const since = after ? log.since(after, this.#missedNothing(node, own ?? null, log)) : null;
    let found = since && !since.reset ? since.items : log.items;
    if (ids) found = [...new Set(ids)].flatMap((id) => found.findLast((item) => item.id === id) ?? []);
    if (newest !== null) found = newest === 0 ? [] : found.slice(-newest);
    if (before !== null) found = lastBefore(found, before, limit);
    const items = firstWithin(found, limit).map(({ id, epoch, seq, tail }) => ({ id, epoch, seq, payload: payloadOf({ tail }) }));
    return { outcome: "items", items, count: log.items.length, reset: since?.reset === true, position: log.position };
  }

  async #itemsOfCreated(node: PubsubNode, { ids, newest, after, before = null, limit, asker, subid = null }: ItemsRequest): Promise<ItemsAnswer> {
    const context = await this.#created.context(node, asker ?? null);
    const position = this.#hosted(node.node, true)?.log.position ?? { epoch: this.#epoch, seq: 0 };
    const of = (from: Position | null) => {
      const wanted = { ids, newest, after: from, before, page: limit };
      return retrieveFromNode(node, asker ?? OPERATOR, { wanted, subid, limit }, context);
    };
    const found = of(after);
    if (!("refusal" in found)) return { outcome: "items", ...found, reset: false, position };
    // The operator is told the gap, and what there is.
    const rest = asker || after === null ? found : of(null);
    return "refusal" in rest ? { outcome: "refused", refusal: rest.refusal } : { outcome: "items", ...rest, reset: true, position };
  }

  async exists(request: { v: 1; node: string }): Promise<{ readonly known: boolean }> {
    this.#enter(request);
    return { known: this.#hosted(request.node, false) !== undefined };
  }

  async audit(request: { v: 1; ref: ManagerRef; at: number; beliefs: readonly Belief[] }): Promise<AuditAnswer> {
    this.#enter(request);
    const { manager, incarnation } = request.ref;
    this.#delivery.heardOf(manager, incarnation);
    const listened = this.#store.nodesOf(manager);
    this.#readListeners([...listened, ...request.beliefs.map(({ node }) => node)]);
    const positionOf = (node: string) => this.#hosted(node, this.#listeners.has(node))?.log.position;
    const { behind, notListening, drop, found } = this.#listeners.audit(request.ref, request.at, request.beliefs, positionOf);
    this.#store.putListeners(found);
    for (const node of drop) {
      this.#listeners.remove(node, manager);
      this.#store.removeListener(node, manager);
    }
    return { behind, notListening };
  }

  // ----------------------------------------------------- service contact

  async setContact(request: { v: 1; available: boolean; forSeconds: number | null }): Promise<ContactState> {
    this.#enter(request);
    const before = this.#lease();
    const until = request.available && request.forSeconds !== null ? Date.now() + request.forSeconds * 1000 : null;
    this.#store.putContact({ available: request.available, until });
    if (before.available !== request.available) this.#announceContact(request.available);
    if (until !== null) await this.#store.wakeBy(until);
    return { available: request.available, until };
  }

  async contact(request: { v: 1 }): Promise<ContactState> {
    this.#enter(request);
    return this.#lease();
  }

  /** The contact as it stands; a lease that ran out is ended on the spot. */
  #lease(): ContactState {
    const state = this.#store.contact();
    if (!state.available || state.until === null || state.until > Date.now()) return state;
    this.#store.putContact({ available: false, until: null });
    this.#announceContact(false);
    return { available: false, until: null };
  }

  /** Tells every manager: the contact's presence, and SystemInfo for those who watch the node. */
  #announceContact(available: boolean): void {
    const contact = this.#hosted(CONTACT_NODE, true);
    const system = this.#hosted(SYSTEM_NODE, true);
    if (!contact || !system) return;
    const next = contact.log.next();
    const item = { node: CONTACT_NODE, id: String(next.seq), given: false, ...next, ...this.#contactStanza(available) };
    void this.#append(contact, item);
    const id = `${system.log.epoch.toString(36)}-${system.log.next().seq}`;
    const payload = wrapText(systemInfoUpdate({ domain: this.#domain, available, at: Date.now() }));
    void this.#append(system, this.#itemOf(system, { id, given: false, payload }));
  }

  #contactStanza(available: boolean): { readonly head: string; readonly tail: string } {
    return renderContactPresence({ domain: this.#domain, contact: CONTACT_NAME, available });
  }

  override async alarm(): Promise<void> {
    await this.#created.pay();
    const { until } = this.#lease();
    if (until !== null) await this.#store.wakeBy(until);
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(): { calls: number; rowsRead: number; rowsWritten: number; intervalTimers: number } {
    const { rowsRead, rowsWritten } = this.#store;
    return { calls: this.#calls, rowsRead, rowsWritten, intervalTimers: this.#intervalEnd ? 1 : 0 };
  }
}
