/**
 * Nodes of a host that were created: their rows, what they answer, and what their users' sessions are told.
 *
 * Decisions are made in `xmpp/pubsub/`; here they are stored, with what is owed to others in the same transaction, and told.
 *
 * @module
 */

import {
  type Affiliation,
  answerNodeRequest,
  type Asker,
  bareOf,
  createNode,
  type Decided,
  type Mark,
  type NodeChange,
  type NodeContext,
  type NodeRequest,
  PubsubNode,
  type RefusalName,
  REFUSALS,
  unsubscribeFromNode,
} from "../../xmpp/mod.ts";
import type { Env, NodeAnswer, NodeTold, Refusal } from "../contract.ts";
import type { Deadlines } from "../deadlines.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, directoryOf, logFault, sessionOf } from "../stubs.ts";
import { KeptShelf } from "./kept_shelf.ts";
import type { NodeStore, OwedRow } from "./store.ts";

/** Sessions that are told at once, and in one go before the alarm takes the rest. */
const AT_ONCE = 64;
const IN_ONE_GO = 512;
/** Subscriptions that are remembered after they have ended. */
const MOST_LEFT = 1000;

const UNTOLD: Refusal = { type: "wait", condition: "remote-server-timeout", text: "Done, but not everybody concerned could be told yet" };
const CREATORS: ReadonlySet<string> = new Set(["publisher", "admin"]);

export type NodeEvent = Extract<NodeChange, { change: "event" }>;

export interface CreatedNodesOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly store: NodeStore;
  readonly domain: string;
  /** Where a node's next event will stand. */
  next(node: string): Mark;
  /** Tells all who listen. */
  emit(node: PubsubNode, event: NodeEvent): void;
  inBackground(work: Promise<unknown>): void;
}

export class CreatedNodes {
  readonly #of: CreatedNodesOf;
  /** Null: it was looked for, and is none. */
  readonly #nodes = new Map<string, PubsubNode | null>();
  #paying: Promise<void> | undefined;
  /** Sessions that wait for an answer: what is owed to them comes with it, and once more after it. */
  readonly #waiting = new Map<string, number>();

  /** Ids of subscriptions that ended a moment ago. */
  readonly #left = new Set<string>();

  constructor(of: CreatedNodesOf) {
    this.#of = of;
  }

  /** The node, if it was created and not deleted since. */
  find(node: string): PubsubNode | undefined {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known ?? undefined;
    const { store } = this.#of;
    const row = store.created(node);
    const found =
      row && "record" in row
        ? new PubsubNode({
            record: row.record,
            shelf: new KeptShelf(store, node),
            affiliations: store.affiliationsOf(node),
            subscriptions: lazily(() => store.subscribersOf(node)),
          })
        : null;
    this.#nodes.set(node, found);
    return found ?? undefined;
  }

  /** Why there is no such node: there is none, or it is somewhere else. */
  absence(node: string): Refusal {
    const row = this.#of.store.created(node);
    if (row && "gone" in row) return { type: "modify", condition: "gone", uri: row.gone.redirect }; // PE-6.1.3.11
    return REFUSALS["no-node"];
  }

  /** What the moment brings. Asks the owners' sessions for their teams where the decision depends on them. */
  async context(node: PubsubNode, asker: Asker | null, isAboutAccess = false): Promise<NodeContext> {
    const owners = isAboutAccess || this.#dependsOnRosters(node, asker) ? await this.#ownersOf(node, asker) : { ownerGroups: [] };
    return { ...this.#moment(node.node), ...owners };
  }

  #moment(node: string): Omit<NodeContext, "ownerGroups"> {
    const { domain } = this.#of;
    return { domain, now: Date.now(), next: this.#of.next(node), newId: () => crypto.randomUUID() };
  }

  /** By its access model, for this asker: who is in a group that is allowed by a team of theirs needs nobody's roster. */
  #dependsOnRosters({ config: { accessModel, rosterGroups } }: PubsubNode, asker: Asker | null): boolean {
    if (accessModel === "presence") return true;
    return accessModel === "roster" && asker !== null && !asker.groups.some((group) => rosterGroups.includes(group));
  }

  /** What the owners' sessions say of their teams, and of who asks. The position may have moved on while they were asked. */
  async #ownersOf(node: PubsubNode, asker: Asker | null): Promise<Pick<NodeContext, "byRoster" | "ownerGroups">> {
    const about = asker ? { about: bareOf(asker.jid) } : {};
    const owners = await Promise.all(
      node.owners
        .filter((owner) => this.#isOurs(owner))
        .map(async (owner) => {
          if (asker && bareOf(asker.jid) === owner) return { teams: asker.groups, isSeen: true, within: [] };
          return await this.#within(sessionOf(this.#of.env, owner).groups({ v: CONTRACT, jid: owner, ...about }));
        }),
    );
    const byRoster = { isSeen: owners.some(({ isSeen }) => isSeen), within: owners.flatMap(({ within }) => [...within]) };
    return { ownerGroups: [...new Set(owners.flatMap(({ teams }) => [...teams]))], byRoster };
  }

  /** Who is of another domain has no session here. */
  #isOurs(bare: string): boolean {
    return bare.endsWith(`@${this.#of.domain}`);
  }

  #within<T>(call: Promise<T>): Promise<T> {
    return this.#of.deadlines.within(this.#of.settings.CALL_DEADLINE_MS, call);
  }

  // ------------------------------------------------------------- requests

  async ask(name: string, asker: Asker, request: NodeRequest): Promise<NodeAnswer> {
    const jid = bareOf(asker.jid);
    this.#waiting.set(jid, (this.#waiting.get(jid) ?? 0) + 1);
    try {
      return await this.#ask(name, asker, request);
    } finally {
      const left = (this.#waiting.get(jid) ?? 1) - 1;
      if (left > 0) this.#waiting.set(jid, left);
      else this.#waiting.delete(jid);
      if (this.#of.store.owed(1).length > 0) setTimeout(() => this.#of.inBackground(this.pay()), 0);
    }
  }

  async #ask(name: string, asker: Asker, request: NodeRequest): Promise<NodeAnswer> {
    if (request.request === "create") return await this.create(name, asker, request.config);
    const found = this.find(name);
    if (!found) return { outcome: "refused", refusal: this.absence(name) };
    const { ownerGroups, byRoster } = await this.context(found, asker, ABOUT_ACCESS.has(request.request));
    // It may have been deleted meanwhile.
    const node = this.find(name);
    if (!node) return { outcome: "refused", refusal: this.absence(name) };
    const before = node.config;
    const decided = answerNodeRequest(node, asker, request, { ...this.#moment(name), ownerGroups, ...(byRoster && { byRoster }) });
    const isGone = request.request === "delete" && !decided.refusal;
    const isListed = before.accessModel === node.config.accessModel ? null : node.config.accessModel !== "whitelist";
    this.perform(node, decided.changes, { gone: isGone ? { redirect: request.redirect } : null, isListed });
    // Where something was taken away, that is in force before the answer (I6).
    const isTold = isGone || (await this.#told(decided.changes));
    return { ...(isTold ? answerOf(decided) : { outcome: "refused", refusal: UNTOLD }), ...toldTo(asker, decided.changes, node.config.tempsub) };
  }

  /** Creates a node (§8.1); a publish may, too (§7.1.4). */
  async create(name: string, asker: Asker, config: Extract<NodeRequest, { request: "create" }>["config"]): Promise<NodeAnswer> {
    const { env, settings, store, domain } = this.#of;
    const refuse = (refusal: RefusalName): NodeAnswer => ({ outcome: "refused", refusal: REFUSALS[refusal] });
    if (this.find(name)) return refuse("node-exists");
    if (settings.nodeCreators === "publishers" && !CREATORS.has(asker.role)) return refuse("creator-not-allowed");
    const made = createNode({ node: name, shelf: new KeptShelf(store, name), asker, config }, { now: Date.now(), ownerGroups: [] });
    if ("refusal" in made) return { outcome: "refused", refusal: made.refusal };
    const listed = made.created.config.accessModel !== "whitelist";
    const creator = asker.role === "admin" ? null : bareOf(asker.jid);
    const noted = await this.#within(directoryOf(env, domain).putNode({ v: CONTRACT, node: name, listed, creator }));
    if (noted.outcome === "full") return refuse("max-nodes");
    if (this.find(name)) return refuse("node-exists");
    this.#nodes.set(name, made.created);
    this.perform(made.created, made.changes);
    return { outcome: "answered", payload: "", ...toldTo(asker, made.changes, false) };
  }

  /** A subscriber has left, as its session says; a join of that id that comes later is of before. */
  leave(node: string, subid: string): void {
    const [oldest] = this.#left;
    if (oldest !== undefined && this.#left.size >= MOST_LEFT) this.#left.delete(oldest);
    this.#left.add(subid);
    const found = this.find(node);
    if (found) this.perform(found, unsubscribeFromNode(found, subid, { newId: () => crypto.randomUUID() }));
  }

  hasLeft(subid: string): boolean {
    return this.#left.has(subid);
  }

  // -------------------------------------------------------------- changes

  /** Stores and tells what follows from a decision. `isListed`: the Directory is to know. */
  perform(
    node: PubsubNode,
    changes: readonly NodeChange[],
    { gone = null, isListed = null }: { readonly gone?: { readonly redirect: string | null } | null; readonly isListed?: boolean | null } = {},
  ): void {
    if (changes.length === 0) return;
    const { store } = this.#of;
    const name = node.node;
    const messages = changes.filter((change) => change.change === "message");
    // Where many are written to, their messages are owed like all else: so many at once would be more than anybody bears.
    const later = messages.length > AT_ONCE ? messagesOwed(messages, node.config.notificationType) : [];
    const owed = [...owedOf(changes, node.config.tempsub), ...later].filter(({ jid }) => this.#isOurs(jid));
    if (gone || isListed !== null) owed.push({ jid: "", changes: JSON.stringify(gone ? null : { listed: isListed }) });
    store.transaction(() => {
      if (gone) this.#forget(name, gone.redirect);
      else for (const change of changes) this.#store(node, change);
      store.putOwed(name, owed);
    });
    for (const change of changes) {
      if (change.change === "event") this.#of.emit(node, change);
      else if (change.change === "message" && later.length === 0) this.#tell(node, change);
    }
    if (owed.length > 0) this.#of.inBackground(this.pay());
  }

  #store(node: PubsubNode, change: NodeChange): void {
    const { store } = this.#of;
    switch (change.change) {
      case "record":
        return store.putCreated(node.node, { record: node.record });
      case "affiliation":
        return store.putAffiliation(node.node, change.jid, change.affiliation);
      case "subscription":
        return store.putSubscriber(node.node, change.subscription);
      case "unsubscription":
        return store.removeSubscriber(node.node, change.subscription.subid);
    }
  }

  #forget(node: string, redirect: string | null): void {
    const { store } = this.#of;
    store.emptyCreated(node);
    if (redirect === null) store.removeCreated(node);
    else store.putCreated(node, { gone: { redirect } });
    this.#nodes.set(node, null);
  }

  #tell(node: PubsubNode, { to, payload, id }: Extract<NodeChange, { change: "message" }>): void {
    const { env } = this.#of;
    if (!this.#isOurs(bareOf(to))) return;
    const type = node.config.notificationType;
    const told = this.#within(sessionOf(env, bareOf(to)).message({ v: CONTRACT, to, id, payload, type }));
    this.#of.inBackground(told.catch((error) => logFault("NodeHost", "message", error)));
  }

  // ----------------------------------------------------------------- owed

  /** Waits until everybody was told whom the changes concern; false: not all could be. */
  async #told(changes: readonly NodeChange[]): Promise<boolean> {
    const { store, settings, deadlines } = this.#of;
    const concerned = owedOf(changes, false).flatMap(({ jid }) => (this.#waiting.has(jid) ? [] : [jid]));
    // What is being paid may have been begun before, and be about to end.
    for (let round = 0; round < 2 && store.owes(concerned); round++) await deadlines.within(settings.PUBLISH_WAIT_MS, this.pay()).catch(() => {});
    return !store.owes(concerned);
  }

  /** Tells what is owed; what fails stays for the alarm. */
  pay(): Promise<void> {
    this.#paying ??= this.#payAll().finally(() => {
      this.#paying = undefined;
    });
    return this.#paying;
  }

  async #payAll(): Promise<void> {
    const { store, settings } = this.#of;
    // The alarm stands before the first try: a crash between them loses nothing.
    if (store.owed(1).length > 0) await store.wakeBy(Date.now() + settings.CALL_DEADLINE_MS);
    let paid = 0;
    // Who cannot be reached holds nobody else up.
    const unreached = new Set<string>();
    const due = () => firstOfEach(store.owed(AT_ONCE, [...this.#waiting.keys(), ...unreached]));
    for (let rows = due(); rows.length > 0 && paid < IN_ONE_GO; rows = due()) {
      const results = await Promise.all(rows.map((row) => this.#payRow(row)));
      rows.forEach(({ jid }, at) => {
        if (!results[at]) unreached.add(jid);
      });
      paid += results.length;
    }
    if (store.owed(1).length > 0) await store.wakeBy(Date.now() + (paid < IN_ONE_GO ? settings.CALL_DEADLINE_MS : 1));
  }

  async #payRow({ no, node, jid, changes }: OwedRow): Promise<boolean> {
    try {
      await this.#within(jid === "" ? this.#tellDirectory(node, changes) : this.#tellSession(node, jid, changes));
      this.#of.store.removeOwed(no);
      return true;
    } catch (error) {
      logFault("NodeHost", "changed", error);
      return false;
    }
  }

  async #tellSession(node: string, jid: string, changes: string): Promise<void> {
    const found = this.find(node);
    // Who has left since is not made a subscriber again by what was to be told before.
    const isSo = (each: NodeTold): boolean => each.told !== "subscription" || found?.subscription(each.subid) !== undefined;
    const told = (JSON.parse(changes) as NodeTold[]).filter(isSo);
    if (told.length > 0) await sessionOf(this.#of.env, jid).changed({ v: CONTRACT, jid, node, changes: told });
  }

  async #tellDirectory(node: string, changes: string): Promise<void> {
    const directory = directoryOf(this.#of.env, this.#of.domain);
    const told = JSON.parse(changes) as { readonly listed: boolean } | null;
    // Created anew meanwhile: that stands.
    if (told || this.find(node)) await directory.putNode({ v: CONTRACT, node, listed: told?.listed ?? this.find(node)?.config.accessModel !== "whitelist" });
    else await directory.removeNode({ v: CONTRACT, node });
  }
}

/** Requests whose answer may depend on the owners' teams, whatever the access model is now. */
const ABOUT_ACCESS: ReadonlySet<NodeRequest["request"]> = new Set(["configuration", "configure"]);

function answerOf({ payload, refusal }: Decided): NodeAnswer {
  if (!refusal) return { outcome: "answered", payload };
  return { outcome: "refused", refusal, ...(payload === "" ? {} : { payload }) };
}

/** What follows for who asked goes with the answer: a session is not called while it waits. */
function toldTo(asker: Asker, changes: readonly NodeChange[], temporary: boolean): { readonly told?: readonly NodeTold[] } {
  const own = owedOf(changes, temporary).find(({ jid }) => jid === bareOf(asker.jid));
  return own ? { told: JSON.parse(own.changes) as NodeTold[] } : {};
}

/** What each session has to hear, in order. `temporary`: subscriptions end with presence (`tempsub`). */
function owedOf(changes: readonly NodeChange[], temporary: boolean): { jid: string; changes: string }[] {
  const byJid = new Map<string, NodeTold[]>();
  const note = (jid: string, told: NodeTold): void => {
    const of = byJid.get(bareOf(jid));
    if (of) of.push(told);
    else byJid.set(bareOf(jid), [told]);
  };
  for (const change of changes) {
    if (change.change === "affiliation") note(change.jid, { told: "affiliation", affiliation: change.affiliation satisfies Affiliation });
    if (change.change === "subscription" && change.byOwner) {
      const { groups, subscription } = change;
      note(subscription.jid, { told: "subscription", ...subscription, groups, ...(temporary && { temporary }) });
    }
    if (change.change === "unsubscription" && change.byOwner) note(change.subscription.jid, { told: "unsubscribed", subid: change.subscription.subid });
  }
  return [...byJid].map(([jid, told]) => ({ jid, changes: JSON.stringify(told) }));
}

/** Rows that are read when somebody walks them. */
const lazily = <T>(read: () => Iterable<T>): Iterable<T> => ({ [Symbol.iterator]: () => read()[Symbol.iterator]() });

/** Messages of one row. */
const MESSAGES_A_ROW = 20;

/** Messages as what is owed, in order: some to a row. */
function messagesOwed(messages: readonly Extract<NodeChange, { change: "message" }>[], type: "headline" | "normal"): { jid: string; changes: string }[] {
  const byJid = Map.groupBy(messages, ({ to }) => bareOf(to));
  return [...byJid].flatMap(([jid, of]) => {
    const told = of.map(({ to, id, payload }): NodeTold => ({ told: "message", to, id, payload, type }));
    const rows = Array.from({ length: Math.ceil(told.length / MESSAGES_A_ROW) }, (_, at) => told.slice(at * MESSAGES_A_ROW, (at + 1) * MESSAGES_A_ROW));
    return rows.map((row) => ({ jid, changes: JSON.stringify(row) }));
  });
}

/** One row for each address: what is told to one goes in order. */
function firstOfEach(rows: readonly OwedRow[]): OwedRow[] {
  const seen = new Set<string>();
  return rows.filter(({ jid, node }) => {
    const key = jid === "" ? `\n${node}` : jid;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
