/**
 * Hosts pubsub nodes: their logs, the managers that listen, and one pump for each of these.
 *
 * It knows no socket and no stream. Team, queue and broadcast nodes have an object of their own; users' own nodes live
 * on a fixed number of shared ones. Addressed as `placing.ts` says.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import { CONTACT_NODE, type Family, placeOf, renderContactPresence, renderEvent, SYSTEM_NODE, wrapText } from "../xmpp/mod.ts";
import type {
  AuditAnswer, Belief, ContactState, Env, Item, JoinAnswer, JoinRequest, ManagerRef, NodeHostCalls, Position, PublishAnswer, PublishRequest, Refusal,
  SinceAnswer,
} from "./contract.ts";
import { Delivery } from "./node_host/delivery.ts";
import { NodeStore } from "./node_host/store.ts";
import { systemInfoUpdate } from "./node_host/system_info.ts";
import { Listeners } from "./protocol/listeners.ts";
import { NodeLog } from "./protocol/node_log.ts";
import { settingsOf } from "./settings.ts";
import { checkVersion, Unanswered, within } from "./stubs.ts";

const NO_NODE: Refusal = { type: "cancel", condition: "item-not-found" };
const TOO_BIG: Refusal = { type: "modify", condition: "not-acceptable", specific: "payload-too-big" };
const REUSED: Refusal = { type: "cancel", condition: "conflict" };

/** Localpart of the contact whose presence tells desktops that events will come. */
export const CONTACT = "finesse";

interface HostedNode {
  readonly node: string;
  readonly family: Family;
  readonly log: NodeLog;
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
  readonly #delivery: Delivery;
  /** Begins message ids, so that no two hosts make the same. */
  readonly #mark = Math.random().toString(36).slice(2, 8);
  #messages = 0;
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#name = ctx.id.name ?? "";
    this.#domain = this.#name.slice(0, this.#name.indexOf("/"));
    this.#store = new NodeStore(ctx.storage);
    this.#delivery = new Delivery({ env, settings: this.#settings, host: this.#name, domain: this.#domain, listeners: this.#listeners, store: this.#store });
  }

  #enter(request: { readonly v: number }): void {
    checkVersion(request);
    this.#calls++;
  }

  // --------------------------------------------------------------- nodes

  /** A node that exists; `make`: it may come into being now. */
  #hosted(node: string, make: boolean): HostedNode | undefined {
    const known = this.#nodes.get(node);
    if (known) return known;
    const family = placeOf(node)?.family;
    if (!family) return undefined;
    const epoch = this.#store.epochOf(node);
    if (epoch === undefined && !make) return undefined;
    const isStored = family.log.class === "stored";
    // Of memory nodes only those need a row whose existence nothing else proves.
    if (epoch === undefined && (isStored || family.subscribers === "anyone")) this.#store.putNode(node, this.#epoch);
    const items = isStored ? this.#store.itemsOf(node) : [];
    const length = isStored ? family.log.length : Math.min(family.log.length, this.#settings.MEMORY_LOG);
    const log = new NodeLog({ epoch: isStored ? epoch ?? this.#epoch : this.#epoch, length, items });
    const hosted = { node, family, log };
    this.#nodes.set(node, hosted);
    for (const row of this.#store.listenersOf(node)) this.#listeners.restore(row);
    return hosted;
  }

  async join(request: JoinRequest): Promise<JoinAnswer> {
    this.#enter(request);
    this.#delivery.heardOf(request.ref.manager, request.ref.incarnation);
    return request.nodes.map(({ node, exists, subscriber }) => {
      const hosted = this.#hosted(node, exists);
      if (!hosted) return { node, outcome: "missing" as const };
      const row = this.#listeners.join(node, request.ref, request.join, Date.now(), request.rejoin === true);
      if (row === "gone") return { node, outcome: "gone" as const };
      if (row) this.#store.putListener(row);
      if (subscriber !== undefined) this.#store.putSubscription(node, subscriber);
      return { node, outcome: "joined" as const, position: hosted.log.position, last: hosted.log.last ?? this.#initial(node, hosted.log.position) };
    });
  }

  /** What a node says before anything was published on it: only the contact's does. */
  #initial(node: string, position: Position): Item | null {
    if (node !== CONTACT_NODE) return null;
    return { node, id: "initial", given: false, prev: 0, ...position, ...this.#contactStanza(this.#store.contact().available) };
  }

  async unsubscribed(request: { v: 1; node: string; subscriber: string }): Promise<void> {
    this.#enter(request);
    if (!this.#store.empty) this.#store.removeSubscription(request.node, request.subscriber);
  }

  // ------------------------------------------------------------- publish

  async publish(request: PublishRequest): Promise<PublishAnswer> {
    this.#enter(request);
    const { node, id, payload, once } = request;
    if (payload.length > this.#settings.MAX_PAYLOAD) return { outcome: "refused", refusal: TOO_BIG };
    const hosted = node === CONTACT_NODE ? undefined : this.#hosted(node, true);
    if (!hosted) return { outcome: "refused", refusal: NO_NODE };
    const { log } = hosted;
    const at = log.next();
    const itemId = id ?? `${log.epoch.toString(36)}-${at.seq}`;
    const { head, tail } = renderEvent({ domain: this.#domain, node, itemId, messageId: this.#messageId(), payload });
    const standing = id === null ? undefined : log.find(id);
    if (standing && standing.tail === tail) {
      return { outcome: "published", id: itemId, position: { epoch: standing.epoch, seq: standing.seq }, replayed: true, pending: false };
    }
    if (standing && once) return { outcome: "refused", refusal: REUSED };
    const delivered = this.#append(hosted, { node, id: itemId, given: id !== null, ...at, head, tail });
    const pending = hosted.family.log.class === "memory" && delivered !== null && !(await this.#inTime(delivered));
    return { outcome: "published", id: itemId, position: { epoch: at.epoch, seq: at.seq }, replayed: false, pending };
  }

  #messageId(): string {
    return this.#mark + (++this.#messages).toString(36);
  }

  /** Appends to the log, stores where the log is stored, and starts the delivery. */
  #append({ log, family }: HostedNode, item: Item): Promise<void> | null {
    log.append(item);
    if (family.log.class === "stored") this.#store.putItem(item, log.length);
    return this.#delivery.send(item);
  }

  async #inTime(delivered: Promise<void>): Promise<boolean> {
    try {
      await within(this.#settings.PUBLISH_WAIT_MS, delivered);
      return true;
    } catch (error) {
      if (error instanceof Unanswered) return false;
      throw error;
    }
  }

  // ------------------------------------------------------ catch-up, audit

  async since(request: { v: 1; node: string; position: Position; own: string | null }): Promise<SinceAnswer> {
    this.#enter(request);
    const hosted = this.#hosted(request.node, false) ?? (this.#store.listenersOf(request.node).length > 0 ? this.#hosted(request.node, true) : undefined);
    if (!hosted) return { outcome: "reset", position: request.position };
    const { log } = hosted;
    const row = request.own === null ? undefined : this.#listeners.get(request.node, request.own);
    // A row older than this life, and not lost: nothing that was answered is missing before it.
    const found = log.since(request.position, row !== undefined && !row.lost && row.since < log.epoch);
    return found.reset ? { outcome: "reset", position: log.position } : { outcome: "items", items: found.items, position: log.position };
  }

  async audit(request: { v: 1; ref: ManagerRef; at: number; beliefs: readonly Belief[] }): Promise<AuditAnswer> {
    this.#enter(request);
    const { manager, incarnation } = request.ref;
    this.#delivery.heardOf(manager, incarnation);
    for (const node of this.#store.nodesOf(manager)) this.#hosted(node, true);
    const positionOf = (node: string) => this.#hosted(node, false)?.log.position;
    const { behind, notListening, drop } = this.#listeners.audit(request.ref, request.at, request.beliefs, positionOf);
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
    const at = system.log.next();
    const itemId = `${system.log.epoch.toString(36)}-${at.seq}`;
    const payload = wrapText(systemInfoUpdate({ domain: this.#domain, available, at: Date.now() }));
    const { head, tail } = renderEvent({ domain: this.#domain, node: SYSTEM_NODE, itemId, messageId: this.#messageId(), payload });
    void this.#append(system, { node: SYSTEM_NODE, id: itemId, given: false, ...at, head, tail });
  }

  #contactStanza(available: boolean): { readonly head: string; readonly tail: string } {
    return renderContactPresence({ domain: this.#domain, contact: CONTACT, available });
  }

  override async alarm(): Promise<void> {
    const { until } = this.#lease();
    if (until !== null) await this.#store.wakeBy(until);
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(): { calls: number; rowsWritten: number } {
    return { calls: this.#calls, rowsWritten: this.#store.rowsWritten };
  }
}
