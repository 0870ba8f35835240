/**
 * One node that was created: its record, and who may do what with it (XEP-0060 §4, §6.1.3, §6.5.9).
 *
 * Decisions change the record and answer what is to be stored and told; the shell does that, in order. Items stand on a
 * shelf, which is the shell's.
 *
 * @module
 */

import { bareOf } from "../address/jid.ts";
import { type Action, type Affiliation, PERMISSIONS, type Permission } from "./affiliations.ts";
import type { Mark } from "./items.ts";
import type { NodeConfig } from "./node_config.ts";
import type { Asker, NodeSubscription } from "./node_request.ts";
import { type Refused, refused } from "./refusals.ts";
import { PagedMap } from "./result_set.ts";
import type { Shelf } from "./shelf.ts";

/** What is stored of a node as one document. */
export interface NodeRecord {
  readonly node: string;
  /** Bare jid. */
  readonly creator: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly config: NodeConfig;
}

/** What the deployment knows and the moment brings. */
export interface NodeContext {
  readonly domain: string;
  /** Unix milliseconds. */
  readonly now: number;
  /** Where the next event will stand. */
  readonly next: Mark;
  readonly newId: () => string;
  /** Teams of the node's owners, where the access model asks for them. */
  readonly ownerGroups: readonly string[];
  /** What the owners' rosters say of who asks, where the access model asks for them. */
  readonly byRoster?: ByRoster;
}

/** What the rosters of a node's owners say of somebody (§4.5). */
export interface ByRoster {
  /** An owner's presence is told to them (RFC 6121 §3): they have a subscription to it. */
  readonly isSeen: boolean;
  /** Groups in which an owner has them. */
  readonly within: readonly string[];
}

type AccessContext = Pick<NodeContext, "byRoster" | "ownerGroups">;

/** Groups by which somebody is let in; null: not by a group. */
export interface Granted {
  readonly granted: "at-once" | "with-approval";
  readonly groups: readonly string[] | null;
}

export class PubsubNode {
  record: NodeRecord;
  readonly shelf: Shelf;
  readonly #affiliations = new PagedMap<Affiliation>();
  readonly #byAffiliation = new Map<Affiliation, Set<string>>();
  readonly #subscribed = new PagedMap<NodeSubscription>();
  readonly #pending = new Map<string, NodeSubscription>();
  readonly #byBare = new Map<string, Set<string>>();
  /** Read when the first request needs them. */
  #unread: Iterable<NodeSubscription> | null;

  /** `subscriptions`: walked once, when somebody wants to know of one. */
  constructor(of: {
    readonly record: NodeRecord;
    readonly shelf: Shelf;
    readonly affiliations?: Iterable<readonly [string, Affiliation]>;
    readonly subscriptions?: Iterable<NodeSubscription>;
  }) {
    this.record = of.record;
    this.shelf = of.shelf;
    for (const [jid, affiliation] of of.affiliations ?? []) this.affiliate(jid, affiliation);
    this.#unread = of.subscriptions ?? null;
  }

  get node(): string {
    return this.record.node;
  }

  get config(): NodeConfig {
    return this.record.config;
  }

  // -------------------------------------------------------- affiliations

  /** By bare jid. */
  get affiliations(): ReadonlyMap<string, Affiliation> & Pick<PagedMap<Affiliation>, "page"> {
    return this.#affiliations;
  }

  /** Bare jids of this affiliation. */
  affiliated(affiliation: Affiliation): string[] {
    return [...(this.#byAffiliation.get(affiliation) ?? [])];
  }

  get owners(): string[] {
    return this.affiliated("owner");
  }

  affiliate(jid: string, affiliation: Affiliation): void {
    const before = this.#affiliations.get(jid);
    if (before) this.#byAffiliation.get(before)?.delete(jid);
    if (affiliation === "none") return void this.#affiliations.delete(jid);
    this.#affiliations.set(jid, affiliation);
    const alike = this.#byAffiliation.get(affiliation);
    if (alike) alike.add(jid);
    else this.#byAffiliation.set(affiliation, new Set([jid]));
  }

  /** An administrator of the service is an owner of every node. */
  affiliationOf({ jid, role }: Pick<Asker, "jid" | "role">): Affiliation {
    return role === "admin" ? "owner" : (this.#affiliations.get(bareOf(jid)) ?? "none");
  }

  may(asker: Asker, action: Action): Permission {
    return PERMISSIONS[this.affiliationOf(asker)][action];
  }

  /** Is it discovered by this asker? Not by outcasts; a closed one only by those who are in. */
  isKnownTo(asker: Asker): boolean {
    const affiliation = this.affiliationOf(asker);
    if (affiliation !== "none") return affiliation !== "outcast";
    return this.config.accessModel !== "whitelist" || this.isSubscribed(asker.jid);
  }

  // ------------------------------------------------------- subscriptions

  #read(): void {
    const unread = this.#unread ?? [];
    this.#unread = null;
    for (const subscription of unread) this.putSubscription(subscription);
  }

  get subscriptions(): Iterable<NodeSubscription> {
    return [...this.subscribed.values(), ...this.pending];
  }

  /** Those that receive, by id: who waits for approval is none of them. */
  get subscribed(): ReadonlyMap<string, NodeSubscription> & Pick<PagedMap<NodeSubscription>, "page"> {
    this.#read();
    return this.#subscribed;
  }

  /** Those that wait for approval. */
  get pending(): NodeSubscription[] {
    this.#read();
    return [...this.#pending.values()];
  }

  subscription(subid: string): NodeSubscription | undefined {
    this.#read();
    return this.#subscribed.get(subid) ?? this.#pending.get(subid);
  }

  /** All of a user, whatever their resource. */
  subscriptionsOf(bare: string): NodeSubscription[] {
    this.#read();
    return [...(this.#byBare.get(bare) ?? [])].map((subid) => this.subscription(subid) as NodeSubscription);
  }

  isSubscribed(jid: string): boolean {
    return this.subscriptionsOf(bareOf(jid)).some(({ state }) => state === "subscribed");
  }

  putSubscription(subscription: NodeSubscription): void {
    this.#read();
    const [alike, other] = subscription.state === "pending" ? [this.#pending, this.#subscribed] : [this.#subscribed, this.#pending];
    other.delete(subscription.subid);
    alike.set(subscription.subid, subscription);
    const bare = bareOf(subscription.jid);
    let of = this.#byBare.get(bare);
    if (!of) {
      of = new Set();
      this.#byBare.set(bare, of);
    }
    of.add(subscription.subid);
  }

  removeSubscription(subid: string): NodeSubscription | undefined {
    const subscription = this.subscription(subid);
    if (!subscription) return undefined;
    if (!this.#subscribed.delete(subid)) this.#pending.delete(subid);
    const bare = bareOf(subscription.jid);
    const of = this.#byBare.get(bare);
    of?.delete(subid);
    if (of?.size === 0) this.#byBare.delete(bare);
    return subscription;
  }

  // -------------------------------------------------------------- access

  /** May this asker subscribe, and by what (§6.1.3)? */
  access(asker: Asker, context: AccessContext): Granted | Refused {
    const permission = this.may(asker, "subscribe");
    if (permission === "no") return refused("outcast"); // §6.1.3.8
    if (!this.config.subscribe) return refused("subscribing-disabled"); // §6.1.3.10
    if (permission === "yes") return { granted: "at-once", groups: null }; // PS-012
    return this.#byModel(asker, context);
  }

  /** What an owner's roster grants is decided when it is asked for: it stands until an owner takes it away. */
  #byModel({ groups }: Asker, { ownerGroups, byRoster }: AccessContext): Granted | Refused {
    const shared = (allowed: readonly string[]): string[] => groups.filter((group) => allowed.includes(group));
    switch (this.config.accessModel) {
      case "open":
        return { granted: "at-once", groups: null };
      case "authorize":
        return { granted: "with-approval", groups: null }; // PS-033
      case "whitelist":
        return refused("closed-node"); // §6.1.3.4
      case "presence": {
        // Who is in a team with an owner is taken to hear of the owner's presence.
        const by = shared(ownerGroups);
        if (by.length === 0 && byRoster?.isSeen) return { granted: "at-once", groups: null };
        return by.length > 0 ? { granted: "at-once", groups: by } : refused("presence-required"); // §6.1.3.2
      }
      case "roster": {
        const by = shared(this.config.rosterGroups);
        const isWithin = byRoster?.within.some((group) => this.config.rosterGroups.includes(group));
        if (by.length === 0 && isWithin) return { granted: "at-once", groups: null };
        return by.length > 0 ? { granted: "at-once", groups: by } : refused("not-in-roster-group"); // §6.1.3.3
      }
    }
  }

  /** May this asker retrieve items (§6.5.9)? Undefined: yes. */
  retrievalRefusal(asker: Asker, context: AccessContext): Refused | undefined {
    const permission = this.may(asker, "retrieve");
    if (permission === "yes") return undefined;
    if (permission === "no") return refused("outcast"); // §6.5.9.10
    const { accessModel } = this.config;
    if (accessModel === "authorize" || accessModel === "whitelist") {
      if (this.isSubscribed(asker.jid)) return undefined;
      return refused(accessModel === "authorize" ? "not-subscribed-items" : "closed-node"); // §6.5.9.3, §6.5.9.8
    }
    const access = this.#byModel(asker, context);
    return "refusal" in access ? access : undefined;
  }

  /** May this asker publish (§7.1.3.1)? */
  mayPublish(asker: Asker): boolean {
    const permission = this.may(asker, "publish");
    if (permission !== "model") return permission === "yes";
    if (this.config.publishModel === "subscribers") return this.isSubscribed(asker.jid);
    return this.config.publishModel === "open";
  }
}
