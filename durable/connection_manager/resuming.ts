/**
 * Streams that outlive their sockets (XEP-0198 §5; docs/protocol.md: Resume).
 *
 * A stream that this manager still has in memory takes over the new socket, and nobody needs to be asked. One that a sleep
 * has left as a row, or that another manager holds, is built anew here: its nodes are joined, what it has missed since
 * is asked for by position, and only where all of that could be had does the client hear that it was resumed.
 *
 * @module
 */

import { type Answers, type Ask, renderResumed } from "../../xmpp/mod.ts";
import type { ClaimAnswer, Item, NodeAddress, Position, SinceAnswer } from "../contract.ts";
import { isAfter } from "../protocol/position.ts";
import { type Unacked, Unacknowledged } from "../protocol/unacknowledged.ts";
import { CONTRACT, hostNamed, logFault, managerNamed, sessionOf } from "../stubs.ts";
import { Connection, type Frozen, type Slot } from "./connection.ts";
import { type Listening, partsOf, type Surroundings } from "./listening.ts";
import type { ManagerStore } from "./store.ts";

type Answer = Answers["resume"];
type Claimed = Extract<ClaimAnswer, { outcome: "held" }>;

interface Claiming {
  readonly previd: string;
  readonly handled: number;
  readonly claim: ClaimAnswer;
}

/** Another manager may claim the stream while it is looked for; so often it is looked for again. */
const ROUNDS = 4;

const GONE: Answer = { failed: "item-not-found" };
const UNREACHED: Answer = { failed: "remote-server-timeout" };

export interface ResumingOf extends Surroundings {
  readonly store: ManagerStore;
  readonly listening: Listening;
  add(connection: Connection): void;
  /** The socket is another stream's from now on. */
  takeOver(connection: Connection, held: Connection): void;
  /** Handles what came on the socket meanwhile. */
  goOn(connection: Connection): void;
  /** Something of the stream is not acknowledged, and must be had after a sleep. */
  unacknowledged(connection: Connection): void;
  /** Nobody can go on with this stream. */
  giveUp(connection: Connection): void;
  /** Lets go of a stream that is another manager's, or that was never taken, without a report. */
  letGo(connection: Connection): void;
  noteRights(jid: string, version: number): void;
  rightsOf(jid: string): number;
}

export class Resuming {
  readonly #of: ResumingOf;

  constructor(of: ResumingOf) {
    this.#of = of;
  }

  #within<T>(call: Promise<T>): Promise<T> {
    return this.#of.deadlines.within(this.#of.settings.CALL_DEADLINE_MS, call);
  }

  /** `connection`: the new socket, signed in and not bound. */
  async resume(connection: Connection, { previd, handled }: Extract<Ask, { effect: "resume" }>): Promise<Answer> {
    try {
      const held = this.#of.connections.get(previd);
      if (held) return await this.#resumeHere(connection, held, handled);
      return await this.#resumeFrozen(connection, { previd, handled, claim: await this.#claim(connection.stream.jid, previd) });
    } catch (error) {
      logFault("ConnectionManager", "resume", error);
      return UNREACHED;
    }
  }

  #claim(jid: string, stream: string): Promise<ClaimAnswer> {
    return this.#within(sessionOf(this.#of.env, jid).claim({ v: CONTRACT, jid, stream, ref: this.#of.ref() }));
  }

  #isHere({ manager }: Claimed): boolean {
    return manager === this.#of.ref().manager;
  }

  // ---------------------------------------------------------- in memory

  async #resumeHere(connection: Connection, held: Connection, handled: number): Promise<Answer> {
    for (let round = 0; round < ROUNDS; round++) {
      if (!this.#isResumable(held, connection.stream.jid) || !this.#of.connections.has(connection.key)) return GONE;
      const { contested } = held;
      if (contested > 0) {
        const claim = await this.#claim(held.stream.jid, held.key);
        // Handed over once more while the session was asked.
        if (held.contested !== contested) continue;
        if (claim.outcome === "gone" || !this.#isHere(claim)) {
          if (!held.over) this.#of.letGo(held);
          return await this.#resumeFrozen(connection, { previd: held.key, handled, claim });
        }
        held.contested = 0;
      }
      // A sleep forgot what it was sent; the hosts may still have it.
      if (!(await this.#remind(held))) {
        const { management } = held.stream;
        this.#of.giveUp(held);
        return { ...GONE, handled: management?.handled };
      }
      if (held.contested === 0) break;
    }
    if (held.contested > 0 || !this.#isResumable(held, connection.stream.jid) || !this.#of.connections.has(connection.key)) return GONE;
    return this.#finish(connection, held, handled);
  }

  #isResumable(held: Connection, jid: string): boolean {
    return held.stream.jid === jid && !held.over && held.unacked !== null && held.stream.management?.resumable === true && !held.unsigned && held.ready;
  }

  #finish(connection: Connection, held: Connection, handled: number): Answer {
    const unacked = held.unacked as Unacknowledged;
    if (!held.acknowledge(handled)) return { sent: unacked.sent };
    this.#of.takeOver(connection, held);
    held.send(renderResumed({ previd: held.key, handled: held.stream.management?.handled ?? 0 }));
    held.sendAgain();
    held.save();
    if (held.isByRow) this.#of.writeDown(held);
    // Its row went with the old socket: what is still not acknowledged is written down again in time.
    if (unacked.count > 0) {
      held.ask();
      this.#of.unacknowledged(held);
    }
    this.#of.goOn(held);
    return { resumed: true };
  }

  /** Asks the hosts for items of which only the positions are known; false if they cannot be had. */
  async #remind(held: Connection): Promise<boolean> {
    const missing = held.unacked?.missing ?? new Map<NodeAddress, Position>();
    if (missing.size === 0) return true;
    const found = new Map<string, Item>();
    for (const [address, position] of missing) {
      const answer = await this.#since(address, position, null);
      if (answer.outcome === "reset") return false;
      for (const item of answer.items) found.set(`${item.epoch} ${item.seq} ${address}`, item);
    }
    held.unacked?.restore((address, { epoch, seq }) => found.get(`${epoch} ${seq} ${address}`));
    return held.unacked?.missing.size === 0;
  }

  /** `own`: the manager whose position it is, if that listened all the time. */
  async #since(address: NodeAddress, { epoch, seq }: Position, own: string | null): Promise<SinceAnswer> {
    const position = { epoch, seq };
    const host = this.#of.listening.hostOf(address);
    return await this.#within(hostNamed(this.#of.env, host).since({ v: CONTRACT, node: partsOf(address).node, position, own }));
  }

  // ----------------------------------------------- by row, or elsewhere

  async #resumeFrozen(connection: Connection, { previd, handled, claim }: Claiming): Promise<Answer> {
    if (claim.outcome === "gone") return { ...GONE, handled: claim.handled };
    const known = this.#of.connections.get(previd);
    const isHere = this.#isHere(claim);
    if (known) return isHere ? await this.#resumeHere(connection, known, handled) : UNREACHED;
    if (isHere && !this.#of.store.kept().has(previd)) return GONE;
    if (!this.#of.connections.has(connection.key)) return GONE;
    const held = this.#begin(connection, previd, claim);
    const reached = await this.#catchUp(held, { claim, handled }).catch((error) => {
      logFault("ConnectionManager", "catch up", error);
      return null;
    });
    const gone = { ...GONE, handled: held.stream.management?.handled };
    // What its holder has is of no use without what nobody has: it is over there, too, by its window.
    if (!reached || this.#isOutdated(held, reached)) return isHere ? this.#lost(held, gone) : this.#unmoved(held, gone);
    const sent = held.unacked?.sent ?? 0;
    // Nothing moves for one who has had more than there was.
    if (!held.unacked?.admits(handled)) return isHere ? this.#detached(held, { sent }) : this.#unmoved(held, { sent });
    if (!isHere && !(await this.#moved(held, reached))) return this.#unmoved(held, gone);
    if (!isHere) this.#release(previd, reached);
    if (held.over || !this.#of.connections.has(connection.key)) return this.#detached(held, gone);
    held.ready = true;
    return this.#finish(connection, held, handled);
  }

  /** Rights changed while the stream was brought up to date, and this manager was told. */
  #isOutdated(held: Connection, { rights }: Claimed): boolean {
    return this.#of.rightsOf(held.stream.jid) > rights;
  }

  /** The stream cannot be gone on with by anybody. */
  #lost(held: Connection, answer: Answer): Answer {
    this.#of.giveUp(held);
    return answer;
  }

  /** The stream stays where it was. */
  #unmoved(held: Connection, answer: Answer): Answer {
    this.#of.letGo(held);
    return answer;
  }

  /** The stream is here, and waits for another socket. */
  #detached(held: Connection, answer: Answer): Answer {
    held.ready = true;
    return answer;
  }

  /** The stream as far as the claim tells of it: it can listen, and what it hears is queued. */
  #begin(connection: Connection, key: string, { generation, rights }: Claimed): Connection {
    const { incarnation } = this.#of.ref();
    const now = Date.now();
    const blank = { slots: [], sent: 0, unacked: [], resumeSeconds: 0, until: now, behind: false };
    const stream = { ...connection.stream, phase: "bound" as const };
    const held = Connection.thawed(key, { v: 1, ...blank, stream, generation, rights }, { incarnation, askEvery: this.#of.settings.ACK_EVERY });
    this.#of.noteRights(stream.jid, rights);
    this.#of.add(held);
    return held;
  }

  /**
   * Joins what the stream listens to, and only then has its holder tell where it stands, so that nothing falls between:
   * what came in both ways is dropped, what lies between its position and the join's is asked for.
   *
   * @returns the claim under which it goes on; null if something cannot be had any more
   */
  async #catchUp(held: Connection, { claim: first, handled }: { readonly claim: Claimed; readonly handled: number }): Promise<Claimed | null> {
    let claim = first;
    await this.#join(held, claim);
    let frozen = await this.#frozen(held.key, claim);
    // A request that was being answered may have added a node since; or it was taken away.
    const isNamed = ({ address, left }: Slot): boolean => left === true || claim.listens.some(({ node }) => `${held.domain}/${node}` === address);
    if (frozen && !this.#isHere(claim) && !frozen.slots.every(isNamed)) {
      const again = await this.#claim(held.stream.jid, held.key);
      if (again.outcome === "gone" || again.manager !== claim.manager) return null;
      claim = again;
      await this.#join(held, claim);
      frozen = await this.#frozen(held.key, claim);
    }
    if (!frozen || frozen.until <= Date.now() || !(await this.#goOnFrom(held, { frozen, claim, handled }))) return null;
    this.#of.counted(held);
    return held.over ? null : claim;
  }

  async #join(held: Connection, { listens, rights }: Claimed): Promise<void> {
    const { table } = this.#of.listening;
    const addresses = listens.map(({ node }) => `${held.domain}/${node}`);
    listens.forEach(({ to }, index) => {
      const address = addresses[index] as NodeAddress;
      held.nodes.add(address);
      table.want(address, held.key, to, rights);
    });
    await this.#of.listening.ensureJoined(addresses);
  }

  /** Goes on from where the holder's stream stands; false if what it has missed cannot be had. */
  async #goOnFrom(
    held: Connection,
    { frozen, claim, handled }: { readonly frozen: Frozen; readonly claim: Claimed; readonly handled: number },
  ): Promise<boolean> {
    const { listening } = this.#of;
    held.thaw({ ...frozen, generation: claim.generation, rights: claim.rights });
    held.stream.role = claim.role;
    const allowed = new Set(claim.listens.map(({ node }) => `${held.domain}/${node}`));
    const before = new Unacknowledged(frozen.sent, frozen.unacked, frozen.lag);
    // What its client had since the row was written is not known in its order, and so neither is what it has not had.
    if (frozen.behind && frozen.live && !before.admits(handled)) return false;
    for (const address of before.addresses) if (!allowed.has(address)) before.revoke(address);
    const slots = frozen.slots.filter(({ address, left }) => !left && allowed.has(address) && held.nodes.has(address));
    for (const slot of frozen.slots) if (!slots.includes(slot)) listening.table.noteLeft(slot.address, held.key, slot);
    const stands = new Map<NodeAddress, Position>(slots.map((slot) => [slot.address, slot]));
    // What it does not listen to there it does not listen to here.
    for (const address of [...held.nodes]) if (!stands.has(address)) listening.leave(held, address);
    for (const slot of slots) {
      const listener = listening.table.entries.get(slot.address)?.listeners.get(held.key);
      if (listener && slot.full) listener.to = held.addressingOf(slot);
      listening.table.placed(slot.address, held.key, slot);
    }
    // Not this manager's own position; of a row that is behind, an earlier epoch is a gap.
    const missed = await this.#missed(held, slots, frozen.behind ? null : claim.manager);
    if (!missed) return false;
    const later = (held.unacked?.entries ?? []).filter((entry) => {
      // What was said to it alone while it was brought up to date.
      if (entry.kind === "text") return true;
      const stood = entry.kind === "item" && stands.get(entry.address);
      return stood && isAfter(entry.position, stood);
    });
    held.unacked = before;
    for (const entry of [...missed, ...later]) before.push(entry.kind === "item" ? { ...entry, to: this.#addressee(held, entry) } : entry);
    listening.save(held);
    return await this.#remind(held);
  }

  #addressee(held: Connection, { address, to }: Extract<Unacked, { kind: "item" }>): string {
    return this.#of.listening.table.entries.get(address)?.listeners.get(held.key)?.to ?? to;
  }

  /** What lies between where the stream stands and where its joins began; undefined if it cannot be had. */
  async #missed(held: Connection, slots: readonly Slot[], own: string | null): Promise<Unacked[] | undefined> {
    const missed: Unacked[] = [];
    for (const slot of slots) {
      const listener = this.#of.listening.table.entries.get(slot.address)?.listeners.get(held.key);
      if (!listener) return undefined;
      const { start, to } = listener;
      if (!isAfter(start, slot)) continue;
      const answer = await this.#since(slot.address, slot, own);
      if (answer.outcome === "reset") return undefined;
      // What lies between may have come to its holder since that told where it stands, and to nobody else.
      if (answer.position.epoch > start.epoch) return undefined;
      for (const item of answer.items) if (!isAfter(item, start)) missed.push({ kind: "item", address: slot.address, position: item, to, item });
    }
    return missed;
  }

  async #frozen(stream: string, { manager }: Claimed): Promise<Frozen | null> {
    if (manager === this.#of.ref().manager) return this.#of.store.keptOf(stream);
    const text = await this.#within(managerNamed(this.#of.env, manager).handOver({ v: CONTRACT, stream }));
    return text === null ? null : (JSON.parse(text) as Frozen);
  }

  /** The session takes note that the stream is here now; refused if a later claim was made. */
  async #moved(held: Connection, { generation, rights }: Claimed): Promise<boolean> {
    const { jid } = held.stream;
    this.#of.store.putStream(held.key, jid);
    const request = { v: CONTRACT, jid, stream: held.key, generation, ref: this.#of.ref() };
    try {
      const answer = await this.#within(sessionOf(this.#of.env, jid).moved(request));
      if (answer.outcome !== "moved") return false;
      // It may have become so since its holder told of it.
      if (answer.social) held.stream.social = true;
      // The rights changed while it was on its way, and who was told of it is its old manager: its client reads anew.
      if (answer.rights !== rights) this.#of.giveUp(held);
      return true;
    } catch (error) {
      // It may have moved all the same: its end is reported, which withdraws the claim if it has not.
      this.#of.giveUp(held);
      throw error;
    }
  }

  #release(stream: string, { manager, generation }: Claimed): void {
    const released = this.#within(managerNamed(this.#of.env, manager).release({ v: CONTRACT, stream, generation }));
    released.catch((error) => logFault("ConnectionManager", "release", error));
  }
}
