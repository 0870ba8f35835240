/**
 * Asks of a stream that is signed in: bind, presence, subscriptions, publishing (docs/protocol.md: Life of a stream, Bind,
 * Subscribe and join, Rights).
 *
 * After every wait the stream is looked at again: it may be over, and its rights may have changed.
 *
 * @module
 */

import {
  addressed,
  type Answers,
  type Ask,
  automaticNodes,
  CONTACT_NODE,
  type Family,
  delayed,
  type NodeRequest,
  familyMetaData,
  KEPT_TAIL,
  placeOf,
  type StanzaError,
  unsupported,
} from "../../xmpp/mod.ts";
import type { BindAnswer, Item, NodeAddress, NodeAnswer, NodeHostCalls, Position, PresenceAnswer, Refusal, Role, SubscribeRequest } from "../contract.ts";
import { UNAVAILABLE, UNREACHED } from "../refusals.ts";
import { CONTRACT, directoryOf, hostNamed, logFault, sessionOf } from "../stubs.ts";
import { firstAmong } from "../protocol/join_table.ts";
import { laterOf } from "../protocol/position.ts";
import type { Connection } from "./connection.ts";
import { type Listening, partsOf, type Surroundings } from "./listening.ts";
import type { ManagerStore } from "./store.ts";
import { unguessable } from "../unguessable.ts";

type AskOf<T extends Ask["effect"]> = Extract<Ask, { effect: T }>;

/** A subscribe that was granted and goes live behind its answer. */
export interface Grant {
  readonly address: NodeAddress;
  readonly to: string;
  readonly position: Position;
  readonly rights: number;
  /** What was published last, to be sent before anything else. */
  readonly last?: Item;
}

type Announced = Pick<AskOf<"announce">, "available" | "priority" | "show" | "tail">;

/** Items of a page at most. */
const PAGE = 100;
const FORBIDDEN: StanzaError = { type: "auth", condition: "forbidden" };
const NOT_SUBSCRIBED: StanzaError = { type: "cancel", condition: "unexpected-request", specific: "not-subscribed" };
const NO_NODE: StanzaError = { type: "cancel", condition: "item-not-found" };
/** A change of rights makes an answer stale; so often it is asked again. */
const ROUNDS = 4;
/** A subscription by being who one is has no options (§6.3.4.6). */
const NO_OPTIONS = unsupported("subscription-options");
const REMEMBERED_HOSTS = 1000;
/** A session that has just woken does not take what was sent before; clocks may differ a little. */
const BIND_TRIES = 4;

const refused = (refusal: Refusal): { readonly refused: StanzaError } => ({ refused: refusal as StanzaError });

export class Requests {
  readonly #of: Surroundings & { readonly store: ManagerStore };
  readonly #listening: Listening;
  /** Highest rights version this manager was told, by bare jid. */
  readonly #rights = new Map<string, number>();
  readonly #hosts = new Map<NodeAddress, NodeHostCalls>();
  /** Granted subscribes whose answer is about to be sent. */
  readonly #grants = new Map<string, Grant>();

  constructor(of: Surroundings & { readonly store: ManagerStore }, listening: Listening) {
    this.#of = of;
    this.#listening = listening;
  }

  get #families(): readonly Family[] {
    return this.#of.settings.families;
  }

  #within<T>(call: Promise<T>): Promise<T> {
    return this.#of.deadlines.within(this.#of.settings.CALL_DEADLINE_MS, call);
  }

  rightsOf(jid: string): number {
    return this.#rights.get(jid) ?? 0;
  }

  noteRights(jid: string, version: number): void {
    this.#rights.set(jid, Math.max(version, this.rightsOf(jid)));
  }

  forgetRights(jid: string): void {
    this.#rights.delete(jid);
  }

  // ---------------------------------------------------------------- bind

  async bind(connection: Connection, ask: AskOf<"bind">): Promise<Answers["bind"]> {
    const { jid } = connection.stream;
    const resource = ask.resource ?? unguessable();
    // The row stands before the session is asked: whatever happens now, the stream's end will be reported.
    this.#of.store.putStream(connection.key, jid);
    const answer = await this.#askBind(connection, resource);
    if (answer === undefined || answer.outcome === "again") return { refused: UNREACHED };
    // The row stays: a bind that came twice may have been granted the other time.
    if (answer.outcome !== "bound") return answer.outcome === "refused" ? refused(answer.refusal) : { refused: UNAVAILABLE };
    connection.generation = answer.generation;
    connection.granted = { rights: answer.rights, listens: answer.listens };
    if (answer.social) connection.stream.social = true;
    connection.rights = Math.max(connection.rights, answer.rights);
    this.noteRights(jid, answer.rights);
    return { resource: answer.resource, role: answer.role, userId: answer.id };
  }

  /** Asks for a bind, and anew where the session says so, as long as the socket is there. */
  async #askBind(connection: Connection, resource: string): Promise<BindAnswer | undefined> {
    const { jid } = connection.stream;
    for (let tries = 0; ; tries++) {
      const answer = await this.#insist(() => {
        if (!this.#of.connections.has(connection.key)) throw new Error("The socket is gone");
        return sessionOf(this.#of.env, jid).bind({
          v: CONTRACT,
          jid,
          stream: connection.key,
          ref: this.#of.ref(),
          at: Date.now(),
          resource,
          storedKey: connection.stream.storedKey,
        });
      });
      if (answer?.outcome !== "again" || tries === BIND_TRIES) return answer;
      await scheduler.wait(50 * tries);
    }
  }

  /** Repeats a call that may arrive twice; undefined: it was not answered. */
  async #insist<T>(call: () => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; tries < 2; tries++) {
      try {
        return await this.#within(call());
      } catch (error) {
        logFault("ConnectionManager", "call to a session", error);
      }
    }
    return undefined;
  }

  // ------------------------------------------------------------ presence

  async announce(connection: Connection, { available, priority, show, tail }: AskOf<"announce">): Promise<Answers["announce"]> {
    const { jid, domain } = connection.stream;
    for (let round = 0; round < ROUNDS; round++) {
      const announced = { available, priority, show, tail };
      const { social } = connection.stream;
      const answer = this.#grantedAtBind(connection, announced) ?? (await this.#askPresence(connection, announced));
      if (answer?.outcome !== "accepted" || connection.over) return { accepted: false };
      if (answer.rights < this.rightsOf(jid)) continue;
      this.noteRights(jid, answer.rights);
      const wanted = new Map(answer.listens.map(({ node, to }) => [`${domain}/${node}`, node === CONTACT_NODE ? connection.fullJid : to]));
      for (const address of [...connection.nodes]) if (!wanted.has(address)) this.#listening.leave(connection, address);
      for (const [address, to] of wanted) this.#want(connection, address, to, answer.rights);
      try {
        await this.#listening.ensureJoined([...wanted.keys()]);
        if (available) await this.#listening.contactItem(domain);
      } catch (error) {
        logFault("ConnectionManager", "join at presence", error);
        return { accepted: false };
      }
      // There is somebody since whom it concerns.
      if (connection.stream.social && !social && !connection.over) await this.#askPresence(connection, announced);
      if (connection.over) return { accepted: false };
      this.#listening.save(connection);
      const isInitial = available && priority >= 0 && !(connection.stream.available && connection.stream.priority >= 0);
      if (isInitial) await this.#findLast(connection, wanted);
      return { accepted: true };
    }
    return { accepted: false };
  }

  /** Last items of created nodes that are sent with presence (XEP-0060 §4.3, `on_sub_and_presence`). */
  async #findLast(connection: Connection, wanted: ReadonlyMap<NodeAddress, string>): Promise<void> {
    const created = [...wanted].filter(([address]) => !placeOf(partsOf(address).node, this.#families));
    const found = await Promise.all(
      created.map(async ([address, to]) => {
        const item = await this.#listening.lastItem(address).catch((error) => {
          logFault("ConnectionManager", "last item", error);
          return null;
        });
        return item?.again?.withPresence ? [{ item, to }] : [];
      }),
    );
    connection.lastDue = found.flat();
  }

  /** Sends what the presence of a stream is followed by. */
  sendLast(connection: Connection): void {
    for (const { item, to } of connection.lastDue.splice(0)) this.#sendAgain(connection, item, to);
  }

  #sendAgain(connection: Connection, item: Item, to: string): void {
    connection.sendStanza(addressed(delayed(item, item.again?.at ?? 0), to));
    if (connection.unacked) this.#of.counted(connection);
  }

  /**
   * The first presence of a stream, if it is a plain one: the bind has answered it, and the session takes a bound stream as
   * available. Any other is asked for.
   */
  #grantedAtBind(connection: Connection, { available, priority, show, tail }: Announced): PresenceAnswer | undefined {
    const { granted } = connection;
    connection.granted = null;
    // One that is too long to be kept here, and one that others are to hear of, the session is told of.
    if (connection.stream.social || tail.length > KEPT_TAIL) return undefined;
    return granted && available && priority === 0 && show === "online" ? { outcome: "accepted", ...granted } : undefined;
  }

  #askPresence(connection: Connection, announced: Announced): Promise<PresenceAnswer | undefined> {
    const { jid } = connection.stream;
    const at = this.#listening.table.drawJoin(Date.now());
    return this.#insist(() => sessionOf(this.#of.env, jid).presence({ v: CONTRACT, jid, stream: connection.key, at, ...announced }));
  }

  #want(connection: Connection, address: NodeAddress, to: string, rights: number): void {
    connection.nodes.add(address);
    this.#listening.table.want(address, connection.key, to, rights);
  }

  /** Another resource, or an owner of the node, changed what this stream listens to. */
  async listen(connection: Connection, { node, to, rights, revoked }: { node: string; to: string | null; rights: number; revoked: boolean }): Promise<void> {
    const address = `${connection.domain}/${node}`;
    // Of a node that is no more it has left already: the last that it was told stays owed.
    const isRevoked = revoked && connection.nodes.has(address);
    if (to === null) this.#listening.leave(connection, address);
    if (to === null && isRevoked) connection.revoke(address);
    if (to !== null) {
      this.#want(connection, address, to, rights);
      await this.#listening.ensureJoined([address]);
      if (connection.over) this.#listening.leave(connection, address);
    }
    if (!connection.over) this.#listening.save(connection);
  }

  // ------------------------------------------------------- subscriptions

  async subscribe(connection: Connection, { node, subscriber, options }: AskOf<"subscribe">): Promise<Answers["subscribe"]> {
    const address = `${connection.domain}/${node}`;
    if (node === CONTACT_NODE) return { refused: NO_NODE };
    try {
      // What a stream listens to by being who it is needs no asking; of anything else the session knows, and nobody else.
      const isOwn = this.#isAutomatic(connection, node);
      if (isOwn && options) return { refused: NO_OPTIONS };
      if (isOwn) return await this.#subscribeOwn(connection, address);
      connection.granted = null;
      return await this.#subscribe(connection, address, { node, subscriber, ...(options && { options }) });
    } catch (error) {
      this.#abandon(connection, address);
      logFault("ConnectionManager", "subscribe", error);
      return { refused: UNREACHED };
    }
  }

  /** Own nodes come with presence; a present stream that has left one comes back to it. */
  async #subscribeOwn(connection: Connection, address: NodeAddress): Promise<Answers["subscribe"]> {
    const { stream, key } = connection;
    const { table } = this.#listening;
    if (!stream.available || stream.priority < 0 || table.entries.get(address)?.listeners.has(key)) return { subscribed: true };
    connection.nodes.add(address);
    table.pend(address, key);
    await this.#listening.ensureJoined([address]);
    const entry = table.entries.get(address);
    if (connection.over || !entry) return { refused: UNAVAILABLE };
    this.#grants.set(key, { address, to: stream.jid, position: laterOf(entry.furthest, entry), rights: this.rightsOf(stream.jid) });
    return { subscribed: true };
  }

  #isAutomatic(connection: Connection, node: string): boolean {
    return automaticNodes(connection.stream.userId, this.#families).includes(node);
  }

  async #subscribe(connection: Connection, address: NodeAddress, of: Pick<SubscribeRequest, "node" | "subscriber" | "options">): Promise<Answers["subscribe"]> {
    const { table } = this.#listening;
    const { jid } = connection.stream;
    for (let round = 0; round < ROUNDS; round++) {
      connection.nodes.add(address);
      table.pend(address, connection.key);
      while (table.entries.get(address)?.state === "joining" && this.#listening.joinsOf(address)) await this.#listening.turn(address);
      if (connection.over) return { refused: UNAVAILABLE };
      // It may have been taken away while it waited.
      table.pend(address, connection.key);
      connection.nodes.add(address);
      const join = table.drawJoin(Date.now());
      const joining = table.entries.get(address)?.state === "joining";
      table.joining(address, join);
      const request = { v: CONTRACT, jid, stream: connection.key, ref: this.#of.ref(), ...of, join };
      const call = this.#within(sessionOf(this.#of.env, jid).subscribe(request));
      const answer = await (joining ? this.#listening.take(address, call) : call);
      if (answer.outcome !== "subscribed") {
        this.#abandon(connection, address);
        return answer.outcome === "refused" ? refused(answer.refusal) : { refused: UNAVAILABLE };
      }
      this.#listening.joined(address, { position: answer.position, last: null, join });
      if (connection.over) return { refused: UNAVAILABLE };
      const standing = table.entries.get(address)?.listeners.get(connection.key);
      // Revoked meanwhile, or decided under rights that are no more: ask again.
      if (answer.rights < this.rightsOf(jid) || !standing) continue;
      // Another join is to bring its position, or more came than could be held: anew, too.
      if (standing.state === "waiting" || standing.missed) continue;
      this.noteRights(jid, answer.rights);
      // Before its presence a stream hears nothing: it will listen when it announces itself.
      if (answer.listens === null || !connection.stream.available) {
        if (standing.state === "pending") this.#listening.leave(connection, address);
        return { subscribed: true, ...answer.subscription };
      }
      const { listens, position, rights, last } = answer;
      this.#grants.set(connection.key, { address, to: listens.to, position, rights, ...(last && { last }) });
      return { subscribed: true, ...answer.subscription };
    }
    this.#abandon(connection, address);
    return { refused: UNREACHED };
  }

  /** A subscribe came to nothing: what was only pending goes; others who wait for the node's join make their own. */
  #abandon(connection: Connection, address: NodeAddress): void {
    const { table } = this.#listening;
    const listener = table.entries.get(address)?.listeners.get(connection.key);
    if (!listener || listener.state === "pending") this.#listening.leave(connection, address);
    table.joinFailed(address);
  }

  /** The answer to a granted subscribe was sent: what was held follows, and the stream is live. */
  goLive(connection: Connection): void {
    const grant = this.#grants.get(connection.key);
    if (!grant) return;
    this.#grants.delete(connection.key);
    const { address, to, position, rights, last } = grant;
    const due = this.#listening.table.granted(address, connection.key, to, position, rights);
    const listener = this.#listening.table.entries.get(address)?.listeners.get(connection.key);
    if (due === undefined && listener) Object.assign(listener, { to, rights: Math.max(rights, listener.rights) });
    this.#listening.save(connection);
    if (last && listener) this.#sendAgain(connection, last, to);
    for (const item of due ?? []) {
      if (!listener) break;
      if (this.#listening.table.take(listener, item, firstAmong(due ?? [], item))) connection.deliver(address, item, to);
      else this.#listening.noteRepeat(listener, address, item);
    }
    if (connection.unacked) this.#of.counted(connection);
  }

  async unsubscribe(connection: Connection, { node, subscriber, subid }: AskOf<"unsubscribe">): Promise<Answers["unsubscribe"]> {
    const { jid } = connection.stream;
    const address = `${connection.domain}/${node}`;
    if (node === CONTACT_NODE) return { refused: NO_NODE };
    // A node that is one's own by being who one is: this stream stops listening until its next presence.
    if (this.#isAutomatic(connection, node)) {
      if (connection.stream.available && !connection.nodes.has(address)) return { refused: NOT_SUBSCRIBED };
      this.#listening.leave(connection, address);
      this.#listening.save(connection);
      return { unsubscribed: true };
    }
    connection.granted = null;
    const answer = await this.#insist(() => sessionOf(this.#of.env, jid).unsubscribe({ v: CONTRACT, jid, stream: connection.key, node, subscriber, subid }));
    if (answer === undefined) return { refused: UNREACHED };
    if (answer.outcome !== "unsubscribed") return answer.outcome === "refused" ? refused(answer.refusal) : { refused: UNAVAILABLE };
    if (connection.over) return { refused: UNAVAILABLE };
    const listener = this.#listening.table.entries.get(address)?.listeners.get(connection.key);
    if (answer.listens === null) this.#listening.leave(connection, address);
    else if (listener) listener.to = answer.listens.to;
    this.#listening.save(connection);
    return { unsubscribed: true };
  }

  async options(connection: Connection, { node, subscriber, subid, form }: AskOf<"options">): Promise<Answers["options"]> {
    if (node === CONTACT_NODE) return { refused: NO_NODE };
    if (this.#isAutomatic(connection, node)) return { refused: NO_OPTIONS };
    const { jid } = connection.stream;
    connection.granted = null;
    const answer = await this.#insist(() => sessionOf(this.#of.env, jid).options({ v: CONTRACT, jid, stream: connection.key, node, subscriber, subid, form }));
    if (answer?.outcome !== "found") return answer?.outcome === "refused" ? refused(answer.refusal) : { refused: answer ? UNAVAILABLE : UNREACHED };
    const { options, listens, subid: standing } = answer;
    if (form && connection.stream.available) await this.listen(connection, { node, to: listens?.to ?? null, rights: this.rightsOf(jid), revoked: false });
    return { options, ...(standing !== undefined && { subid: standing }) };
  }

  async #listed(connection: Connection, node: string | null) {
    const { jid } = connection.stream;
    const answer = await this.#insist(() => sessionOf(this.#of.env, jid).subscriptions({ v: CONTRACT, jid, stream: connection.key, node }));
    return answer?.outcome === "listed" ? answer : undefined;
  }

  async listSubscriptions(connection: Connection, { node }: AskOf<"listSubscriptions">): Promise<Answers["listSubscriptions"]> {
    const listed = await this.#listed(connection, node);
    return listed ? { subscriptions: listed.subscriptions } : { refused: UNREACHED };
  }

  async listAffiliations(connection: Connection, { node }: AskOf<"listAffiliations">): Promise<Answers["listAffiliations"]> {
    const listed = await this.#listed(connection, node);
    return listed ? { affiliations: listed.affiliations } : { refused: UNREACHED };
  }

  /** Items of a node that the user may subscribe to, or that lets the user read it (XEP-0060 §6.5). */
  async listItems(connection: Connection, { node, wanted, subid }: AskOf<"listItems">): Promise<Answers["listItems"]> {
    if (node === CONTACT_NODE) return { refused: NO_NODE };
    const address = `${connection.domain}/${node}`;
    const listed = await this.#listed(connection, node);
    if (!listed) return { refused: UNREACHED };
    if (listed.known === false) return { refused: FORBIDDEN };
    const { ids, newest, after, before, page } = wanted;
    try {
      const isOfFamily = placeOf(node, this.#families) !== undefined;
      // A created node's items are of whatever lives their host has had.
      const next = after && isOfFamily ? this.#listening.table.epochAfter(address, after) : undefined;
      const own = next === undefined ? {} : { own: this.#of.ref().manager };
      const request = { v: CONTRACT, node, ids, newest, after, before, ...own, limit: Math.min(page ?? PAGE, PAGE), asker: listed.asker, subid };
      const answer = await this.#within(hostNamed(this.#of.env, this.#listening.hostOf(address)).items(request));
      if (answer.outcome === "refused") return refused(answer.refusal);
      // What nobody publishes on, and what the log does not reach back to, is not there (XEP-0059 §2.2).
      if (answer.outcome === "missing") return listed.known === true && after === null ? { items: [], count: 0 } : { refused: NO_NODE };
      const { items, count, position } = answer;
      // The host has gone on once more since, and what it had in between is not there.
      const isBeyond = typeof next === "number" && position.epoch !== next;
      return answer.reset || isBeyond ? { refused: NO_NODE } : { items, count, ...(isOfFamily && { position }) };
    } catch (error) {
      logFault("ConnectionManager", "items", error);
      return { refused: UNREACHED };
    }
  }

  /** Families' nodes that the user may know, created ones that anybody may see, and those that the user is affiliated with. */
  async listNodes(connection: Connection): Promise<Answers["listNodes"]> {
    try {
      const listed = await this.#listed(connection, null);
      if (!listed) return { refused: UNREACHED };
      const created = await this.#within(directoryOf(this.#of.env, connection.domain).listNodes({ v: CONTRACT }));
      const own = listed.affiliations.filter(({ affiliation }) => affiliation !== "outcast").map(({ node }) => node);
      return { nodes: [...new Set([...listed.nodes, ...created.nodes, ...own])] };
    } catch (error) {
      logFault("ConnectionManager", "listNodes", error);
      return { refused: UNREACHED };
    }
  }

  /** A node is known to whoever may subscribe to it; to others it is not there. Of a created one its form is told. */
  async describeNode(connection: Connection, { node }: AskOf<"describeNode">): Promise<Answers["describeNode"]> {
    const placed = placeOf(node, this.#families);
    if (!placed) return await this.#describeCreated(connection, node);
    const form = familyMetaData(placed.family);
    const told = form === undefined ? {} : { form };
    const listed = await this.#listed(connection, node);
    if (!listed) return { refused: UNREACHED };
    if (listed.known !== "perhaps") return listed.known ? { known: true, ...told } : { known: false };
    const host = this.#listening.hostOf(`${connection.domain}/${node}`);
    try {
      const { known } = await this.#within(hostNamed(this.#of.env, host).exists({ v: CONTRACT, node }));
      return known ? { known, ...told } : { known };
    } catch (error) {
      logFault("ConnectionManager", "exists", error);
      return { refused: UNREACHED };
    }
  }

  async #describeCreated(connection: Connection, node: string): Promise<Answers["describeNode"]> {
    const answer = await this.#askNode(connection, node, { request: "describe" });
    if (answer.outcome === "answered") return { known: true, form: answer.payload };
    return answer.refusal.condition === "item-not-found" ? { known: false } : refused(answer.refusal);
  }

  async nameItems(connection: Connection, { node }: AskOf<"nameItems">): Promise<Answers["nameItems"]> {
    if (placeOf(node, this.#families)) return { ids: [] };
    const answer = await this.#askNode(connection, node, { request: "item-names" });
    if (answer.outcome === "refused") return refused(answer.refusal);
    return { ids: answer.payload === "" ? [] : (JSON.parse(answer.payload) as string[]) };
  }

  /** What a node's host alone knows. */
  async askNode(connection: Connection, { node, request }: Pick<AskOf<"askNode">, "node" | "request">): Promise<Answers["askNode"]> {
    if (node === CONTACT_NODE) return { refused: NO_NODE };
    const answer = await this.#askNode(connection, node, request);
    if (answer.outcome === "answered") return { payload: answer.payload };
    return { ...refused(answer.refusal), ...(answer.payload !== undefined && { echo: answer.payload }) };
  }

  async #askNode(connection: Connection, node: string, request: NodeRequest): Promise<NodeAnswer> {
    const { jid } = connection.stream;
    connection.granted = null;
    try {
      const answer = await this.#within(sessionOf(this.#of.env, jid).ask({ v: CONTRACT, jid, stream: connection.key, node, request }));
      return answer.outcome === "gone" ? { outcome: "refused", refusal: UNAVAILABLE } : answer;
    } catch (error) {
      logFault("ConnectionManager", "ask", error);
      return { outcome: "refused", refusal: UNREACHED };
    }
  }

  // ------------------------------------------------------------- publish

  /** The host of a node that is published on; remembered, since publishers come back to the same nodes. */
  #hostNamedFor(address: NodeAddress): NodeHostCalls {
    const known = this.#hosts.get(address);
    if (known) return known;
    const name = this.#listening.hostOf(address);
    if (this.#hosts.size >= REMEMBERED_HOSTS) this.#hosts.clear();
    const host = hostNamed(this.#of.env, name);
    this.#hosts.set(address, host);
    return host;
  }

  async publish(connection: Connection, { node, publication }: AskOf<"publish">): Promise<Answers["publish"]> {
    if (node === CONTACT_NODE) return { refused: NO_NODE };
    const address = `${connection.domain}/${node}`;
    const host = this.#hostNamedFor(address);
    const { itemId: id, payload } = publication;
    const by = { jid: connection.fullJid, role: connection.stream.role as Role, publication };
    try {
      const answer = await this.#within(host.publish({ v: CONTRACT, node, id, payload, once: false, by, carrier: this.#of.ref() }));
      if (answer.outcome !== "published") return refused(answer.refusal);
      // What this manager's own streams hear comes with the answer; it is theirs before the publisher is told.
      if (answer.carried) {
        // Its host died meanwhile, and items of its next life came first: the publisher is not told that it was published.
        if (this.#listening.table.isOutdated(address, answer.carried)) return { refused: UNREACHED };
        await this.#listening.deliver(connection.domain, [answer.carried]);
      }
      return { itemId: answer.id };
    } catch (error) {
      // A stub serves until a call of it fails.
      this.#hosts.delete(address);
      logFault("ConnectionManager", "publish", error);
      return { refused: UNREACHED };
    }
  }
}
