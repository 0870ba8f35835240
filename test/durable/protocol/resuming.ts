/**
 * Streams of the model that outlive their sockets: mirrors durable/connection_manager/resuming.ts.
 *
 * @module
 */

import type { ClaimAnswer, Item, NodeAddress, Position, SinceAnswer } from "../../../durable/contract.ts";
import { isAfter, START } from "../../../durable/protocol/position.ts";
import { type Unacked, Unacknowledged } from "../../../durable/protocol/unacknowledged.ts";
import { type Answer, type Ask, Connection, type Frozen, isResumable, type Slot } from "./connection.ts";
import type { Manager } from "./manager.ts";
import { addressOf, nodeOf } from "./surroundings.ts";

type Claimed = Extract<ClaimAnswer, { outcome: "held" }>;
type AskOf<T extends Ask["frame"]> = Extract<Ask, { frame: T }>;

const GONE: Answer = { refused: "item-not-found" };
const UNREACHED: Answer = { refused: "remote-server-timeout" };
const DONE: Answer = { done: true };
const ROUNDS = 4;

export class Resuming {
  readonly #manager: Manager;

  constructor(manager: Manager) {
    this.#manager = manager;
  }

  get #of() {
    return this.#manager.of;
  }

  /** `connection`: the new socket, signed in and not bound. */
  async resume(connection: Connection, ask: AskOf<"resume">): Promise<Answer> {
    try {
      const held = this.#manager.connections.get(ask.previd);
      if (held) return await this.#resumeHere(connection, held, ask);
      return await this.#resumeFrozen(connection, ask, await this.#claim(connection, ask.previd));
    } catch {
      return UNREACHED;
    }
  }

  async #claim(connection: { readonly stream: { readonly jid: string } }, stream: string): Promise<ClaimAnswer> {
    const request = { stream, ref: this.#manager.ref() };
    return await this.#of.network.call(this.#manager.life, this.#of.session(connection.stream.jid), (session) => session.claim(request));
  }

  // ---------------------------------------------------------- in memory

  async #resumeHere(connection: Connection, held: Connection, ask: AskOf<"resume">): Promise<Answer> {
    for (let round = 0; round < ROUNDS; round++) {
      if (!this.#isResumable(held, connection.stream.jid) || !this.#isThere(connection)) return GONE;
      const { contested } = held;
      if (contested > 0) {
        const claim = await this.#claim(connection, held.key);
        if (held.contested !== contested) continue;
        if (claim.outcome === "gone" || !this.#isHere(claim)) {
          if (!held.over) this.#manager.letGo(held);
          return await this.#resumeFrozen(connection, ask, claim);
        }
        held.contested = 0;
      }
      // A sleep forgot what it was sent; the hosts may still have it.
      if (!(await this.#remind(held))) {
        this.#manager.giveUp(held);
        return GONE;
      }
      if (held.contested === 0) break;
    }
    if (held.contested > 0 || !this.#isResumable(held, connection.stream.jid) || !this.#isThere(connection)) return GONE;
    this.#of.checker.count("resumed here");
    this.#open(held);
    return this.#finish(connection, held, ask.handled);
  }

  #isThere({ key }: Connection): boolean {
    return this.#manager.connections.has(key);
  }

  #isResumable(held: Connection, jid: string): boolean {
    return held.stream.jid === jid && !held.over && held.unacked !== null && isResumable(held.stream) && !held.unsigned && held.ready;
  }

  #finish(connection: Connection, held: Connection, handled: number): Answer {
    const unacked = held.unacked as Unacknowledged;
    if (!unacked.acknowledge(handled)) {
      this.#of.checker.violate("I1", `the client has had ${handled}, and was sent ${unacked.sent}`, held.key);
      return GONE;
    }
    this.#manager.takeOver(connection, held);
    this.#of.checker.note(held.key, null, () => `resumed at ${this.#manager.place.name} by ${connection.key}, ${handled} of ${unacked.sent}`);
    held.send({ reply: "resumed", previd: held.key, handled: held.stream.management?.handled ?? 0 });
    held.sendAgain();
    if (unacked.count > 0) held.ask();
    held.save();
    this.#manager.goOn(held);
    return DONE;
  }

  /** Asks the hosts for items of which only the positions are known; false if they cannot be had. */
  async #remind(held: Connection): Promise<boolean> {
    const missing = held.unacked?.missing ?? new Map<NodeAddress, Position>();
    if (missing.size === 0 || !this.#of.obeys("reminded")) return true;
    const found = new Map<string, Item>();
    for (const [address, position] of missing) {
      const answer = await this.#since(address, position, null);
      if (answer.outcome === "reset") return false;
      for (const item of answer.items) found.set(`${item.epoch} ${item.seq} ${address}`, item);
    }
    held.unacked?.restore((address, { epoch, seq }) => found.get(`${epoch} ${seq} ${address}`));
    return held.unacked?.missing.size === 0;
  }

  async #since(address: NodeAddress, { epoch, seq }: Position, own: string | null): Promise<SinceAnswer> {
    const request = { node: nodeOf(address), position: { epoch, seq }, own };
    return await this.#of.network.call(this.#manager.life, this.#of.hostOf(request.node), (host) => host.since(request));
  }

  // ----------------------------------------------- by row, or elsewhere

  async #resumeFrozen(connection: Connection, ask: AskOf<"resume">, claim: ClaimAnswer): Promise<Answer> {
    const { previd, handled } = ask;
    if (claim.outcome === "gone") return GONE;
    const known = this.#manager.connections.get(previd);
    const isHere = this.#isHere(claim);
    if (known) return isHere ? await this.#resumeHere(connection, known, ask) : UNREACHED;
    if (isHere && !this.#manager.rows.kept.has(previd)) return GONE;
    if (!this.#isThere(connection)) return GONE;
    const held = this.#begin(connection, previd, claim);
    const reached = await this.#catchUp(held, claim).catch(() => null);
    if (!reached || this.#isOutdated(held, reached)) return isHere ? this.#lost(held) : this.#unmoved(held);
    if (!isHere && !(await this.#moved(held, reached))) return this.#unmoved(held);
    if (!isHere) this.#release(previd, reached);
    if (!held.over) {
      this.#of.checker.moved(held.key, this.#manager.place.name);
      this.#open(held);
    }
    held.ready = true;
    if (held.over || !this.#isThere(connection)) return GONE;
    this.#of.checker.count(isHere ? "resumed from a row" : "resumed elsewhere");
    return this.#finish(connection, held, handled);
  }

  /** The model's own: the checker learns what the stream listens to here, and what waits for it. */
  #open(held: Connection): void {
    const { checker } = this.#of;
    held.handedOver = false;
    for (const address of held.left) checker.closed(held.key, address);
    held.left = [];
    for (const address of checker.addressesOf(held.key)) {
      if (!held.nodes.has(address) && !this.#of.listens(held.stream.jid, held.key, nodeOf(address))) checker.closed(held.key, address);
    }
    for (const address of held.nodes) {
      const listener = this.#manager.listening.table.entries.get(address)?.listeners.get(held.key);
      if (listener?.state === "live") checker.opened(held.key, address, listener.start);
    }
    for (const entry of held.unacked?.entries ?? []) {
      if (entry.kind === "item" && entry.item) checker.pushed(held, entry.address, entry.item, this.#manager.life, true);
    }
  }

  /** Rights changed while the stream was brought up to date. */
  #isOutdated(held: Connection, { rights }: Claimed): boolean {
    return this.#manager.requests.rightsOf(held.stream.jid) > rights && this.#of.obeys("rights-while-catching-up");
  }

  #lost(held: Connection): Answer {
    this.#manager.giveUp(held);
    return GONE;
  }

  #unmoved(held: Connection): Answer {
    this.#manager.letGo(held);
    return GONE;
  }

  #begin(connection: Connection, key: string, { generation, rights }: Claimed): Connection {
    const { now } = this.#of.clock;
    const stream = { ...structuredClone(connection.stream), phase: "bound" as const, rights };
    const blank = { slots: [], sent: 0, unacked: [], until: now, behind: false, handedOver: false, left: [] };
    const sizing = { ...this.#manager.sizing, incarnation: this.#manager.ref().incarnation };
    const held = Connection.thawed(key, { ...blank, stream, generation }, sizing);
    this.#manager.requests.noteRights(stream.jid, rights);
    this.#manager.add(held);
    return held;
  }

  /** As the claim under which it was caught up; null if something cannot be had any more. */
  async #catchUp(held: Connection, first: Claimed): Promise<Claimed | null> {
    const { obeys } = this.#of;
    let early: Frozen | null = null;
    if (!obeys("joins-before-handover")) early = await this.#frozen(held.key, first);
    let claim = first;
    await this.#join(held, claim);
    let frozen = early ?? (await this.#frozen(held.key, claim));
    // A request that was being answered has added a node.
    const isNamed = (slot: Slot): boolean => slot.left === true || claim.listens.some(({ node }) => addressOf(node) === slot.address);
    if (frozen && !frozen.slots.every(isNamed) && !this.#isHere(claim) && obeys("claimed-anew")) {
      const again = await this.#claim(held, held.key);
      if (again.outcome === "gone" || again.manager !== claim.manager) return null;
      claim = again;
      await this.#join(held, claim);
      frozen = await this.#frozen(held.key, claim);
    }
    if (!frozen || frozen.until <= this.#of.clock.now) return null;
    if (!(await this.#goOnFrom(held, frozen, claim))) return null;
    this.#manager.counted(held);
    return held.over ? null : claim;
  }

  #isHere({ manager }: Claimed): boolean {
    return manager === this.#manager.ref().manager;
  }

  async #join(held: Connection, { listens, rights }: Claimed): Promise<void> {
    const { listening } = this.#manager;
    for (const { node, to } of listens) {
      held.nodes.add(addressOf(node));
      listening.table.want(addressOf(node), held.key, to, rights);
    }
    await listening.ensureJoined(listens.map(({ node }) => addressOf(node)));
  }

  async #goOnFrom(held: Connection, frozen: Frozen, claim: Claimed): Promise<boolean> {
    const { listening } = this.#manager;
    const { table } = listening;
    const { obeys } = this.#of;
    held.thaw({ ...frozen, handedOver: false, stream: { ...frozen.stream, rights: claim.rights }, generation: claim.generation });
    const allowed = new Set(claim.listens.map(({ node }) => addressOf(node)));
    const before = new Unacknowledged(frozen.sent, frozen.unacked);
    if (obeys("claim-blanks")) for (const address of before.addresses) if (!allowed.has(address)) before.revoke(address);
    const slots = frozen.slots.filter(({ address, left }) => !left && allowed.has(address) && held.nodes.has(address));
    for (const slot of frozen.slots) if (!slots.includes(slot)) table.noteLeft(slot.address, held.key, slot);
    const stands = new Map<NodeAddress, Position>(slots.map((slot) => [slot.address, slot]));
    // The model's own: what was claimed after the snapshot says what was taken away.
    const isSure = obeys("claimed-anew") || this.#isHere(claim);
    held.left = [...held.left, ...frozen.slots.filter(({ address, left }) => !left && isSure && !allowed.has(address)).map(({ address }) => address)];
    // What it does not listen to where it was it does not listen to here.
    if (obeys("listens-as-it-did")) for (const address of [...held.nodes]) if (!stands.has(address)) listening.leave(held, address, false);
    for (const slot of slots) {
      const listener = table.entries.get(slot.address)?.listeners.get(held.key);
      if (listener && slot.full) listener.to = held.fullJid;
      table.placed(slot.address, held.key, slot);
    }
    const own = frozen.behind && obeys("since-in-holders-name-if-exact") ? null : claim.manager;
    const missed = await this.#missed(held, slots, own);
    if (!missed) return false;
    const isLater = (entry: Unacked): boolean => {
      if (entry.kind !== "item") return false;
      if (!obeys("both-ways-dropped")) return true;
      const stood = stands.get(entry.address) ?? (obeys("listens-as-it-did") ? undefined : START);
      return stood !== undefined && isAfter(entry.position, stood);
    };
    const later = (held.unacked?.entries ?? []).filter(isLater);
    held.unacked = before;
    for (const entry of [...missed, ...later]) before.push(entry);
    listening.save(held);
    return await this.#remind(held);
  }

  /** What lies between where the stream stands and where its joins began; undefined if it cannot be had. */
  async #missed(held: Connection, slots: readonly Slot[], own: string | null): Promise<Unacked[] | undefined> {
    const missed: Unacked[] = [];
    for (const slot of slots) {
      const listener = this.#manager.listening.table.entries.get(slot.address)?.listeners.get(held.key);
      if (!listener) return undefined;
      const { start, to } = listener;
      if (!isAfter(start, slot)) continue;
      const answer = await this.#since(slot.address, slot, own);
      this.#of.checker.note(
        held.key,
        nodeOf(slot.address),
        () => `since ${slot.epoch}.${slot.seq} to ${start.epoch}.${start.seq} for ${own}: ${answer.outcome}`,
      );
      if (answer.outcome === "reset") {
        if (this.#of.obeys("reset-fails")) return undefined;
        continue;
      }
      // What lies between may have come to the holder after it told where it stands, and to nobody else.
      if (answer.position.epoch > start.epoch && this.#of.obeys("epoch-of-the-join")) return undefined;
      for (const item of answer.items) if (!isAfter(item, start)) missed.push({ kind: "item", address: slot.address, position: item, to, item });
    }
    return missed;
  }

  async #frozen(stream: string, { manager }: Claimed): Promise<Frozen | null> {
    if (this.#isHere({ manager } as Claimed)) return this.#manager.rows.keptOf(stream);
    return structuredClone(await this.#of.network.call(this.#manager.life, this.#of.manager(manager), (holder) => holder.handOver({ stream })));
  }

  /** The session takes note that the stream is here now; refused if a later claim was made. */
  async #moved(held: Connection, { generation, rights }: Claimed): Promise<boolean> {
    const { obeys, network } = this.#of;
    const { jid } = held.stream;
    if (obeys("row-before-moved")) this.#manager.rows.putStream(held.key, jid);
    const request = { stream: held.key, generation, ref: this.#manager.ref() };
    try {
      const answer = await network.call(this.#manager.life, this.#of.session(jid), (session) => session.moved(request));
      if (!obeys("row-before-moved")) this.#manager.rows.putStream(held.key, jid);
      if (answer.outcome !== "moved") return false;
      if (answer.rights !== rights && obeys("moved-rights-checked")) this.#manager.giveUp(held);
      return true;
    } catch (error) {
      // It may have moved all the same, and is reported as ended.
      this.#manager.giveUp(held);
      throw error;
    }
  }

  #release(stream: string, { manager, generation }: Claimed): void {
    const request = { stream, generation };
    this.#of.network.call(this.#manager.life, this.#of.manager(manager), (holder) => holder.release(request)).catch(() => {});
  }
}
