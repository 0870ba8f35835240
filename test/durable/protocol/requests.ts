/**
 * What a stream of the model asks once it has a socket: mirrors durable/connection_manager/requests.ts.
 *
 * @module
 */

import type { NodeAddress, Position, PresenceAnswer } from "../../../durable/contract.ts";
import { firstAmong } from "../../../durable/protocol/join_table.ts";
import type { Answer, Ask, Connection } from "./connection.ts";
import type { Manager } from "./manager.ts";
import { addressOf } from "./surroundings.ts";

interface Grant {
  readonly address: NodeAddress;
  readonly to: string;
  readonly position: Position;
  readonly rights: number;
}

const ROUNDS = 4;
const OVER: Answer = { refused: "service-unavailable" };
const UNREACHED: Answer = { refused: "remote-server-timeout" };
const DONE: Answer = { done: true };

type AskOf<T extends Ask["frame"]> = Extract<Ask, { frame: T }>;
type OnNode = Extract<Ask, { full: boolean }>;

export class Requests {
  readonly #manager: Manager;
  readonly #rights = new Map<string, number>();
  readonly #grants = new Map<string, Grant>();

  constructor(manager: Manager) {
    this.#manager = manager;
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

  async bind(connection: Connection, resource: string): Promise<Answer> {
    const { of, life, place, rows } = this.#manager;
    const { jid } = connection.stream;
    if (of.obeys("row-before-bind")) rows.putStream(connection.key, jid);
    const answer = await this.#insist(async () => {
      if (!this.#manager.connections.has(connection.key) && of.obeys("bind-while-there")) throw new Error("Gone meanwhile");
      const request = { stream: connection.key, ref: this.#manager.ref(), resource, at: of.clock.now };
      const bound = await of.network.call(life, of.session(jid), (session) => session.bind(request));
      if (bound.outcome === "again") throw new Error("Too old a bind");
      return bound;
    });
    of.checker.note(connection.key, null, () => `${place.name} bind ${resource}: ${answer?.outcome}`);
    if (answer === undefined) return UNREACHED;
    if (answer.outcome !== "bound") {
      if (!of.obeys("row-until-ended")) rows.removeStream(connection.key);
      return OVER;
    }
    connection.generation = answer.generation;
    connection.granted = { rights: answer.rights, listens: answer.listens };
    this.noteRights(jid, answer.rights);
    connection.stream.rights = Math.max(connection.stream.rights, answer.rights);
    return { done: true, resource: of.obeys("bound-once") ? answer.resource : resource, userId: answer.id };
  }

  async #insist<T>(call: () => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; tries < 2; tries++) {
      try {
        return await call();
      } catch {
        // Once more.
      }
    }
    return undefined;
  }

  async announce(connection: Connection, { available, priority }: AskOf<"presence">): Promise<boolean> {
    const { of, listening } = this.#manager;
    const { jid } = connection.stream;
    for (let round = 0; round < ROUNDS; round++) {
      const answer = this.#grantedAtBind(connection, available, priority) ?? (await this.#askPresence(connection, available, priority));
      if (answer?.outcome !== "accepted" || connection.over) return false;
      if (answer.rights < this.rightsOf(jid) && of.obeys("lower-rights-asked-again")) continue;
      this.noteRights(jid, answer.rights);
      const wanted = new Map(answer.listens.map(({ node, to }) => [addressOf(node), to]));
      for (const address of [...connection.nodes]) if (!wanted.has(address)) listening.leave(connection, address);
      for (const [address, to] of wanted) listening.want(connection, address, to, answer.rights);
      try {
        await listening.ensureJoined([...wanted.keys()]);
      } catch {
        return false;
      }
      if (connection.over) return false;
      listening.save(connection);
      for (const address of connection.nodes) of.checker.told(connection.key, address);
      return true;
    }
    return false;
  }

  /** The first presence of a stream, if it is a plain one: the bind has answered it. */
  #grantedAtBind(connection: Connection, available: boolean, priority: number): PresenceAnswer | undefined {
    const { granted } = connection;
    connection.granted = null;
    return granted && available && priority >= 0 ? { outcome: "accepted", ...granted } : undefined;
  }

  #askPresence(connection: Connection, available: boolean, priority: number): Promise<PresenceAnswer | undefined> {
    const { of, life, listening } = this.#manager;
    const request = { stream: connection.key, available, priority, at: listening.table.drawJoin(of.clock.now) };
    return this.#insist(() => of.network.call(life, of.session(connection.stream.jid), (session) => session.presence(request)));
  }

  async publish(ask: AskOf<"publish">): Promise<Answer> {
    const { of, life, listening } = this.#manager;
    try {
      const request = { node: ask.node, id: ask.id, payload: ask.payload, carrier: this.#manager.ref() };
      const answer = await of.network.call(life, of.hostOf(ask.node), (host) => host.publish(request));
      if (answer.outcome !== "published") return { refused: "publish" };
      // What this manager's own streams hear comes with the answer; it is theirs before the publisher is told.
      if (answer.carried) {
        if (listening.table.isOutdated(addressOf(ask.node), answer.carried) && of.obeys("carried-in-time")) return UNREACHED;
        await listening.deliver([answer.carried]);
      }
      return { done: true, published: { position: answer.position, pending: answer.pending } };
    } catch {
      return UNREACHED;
    }
  }

  async listen(connection: Connection, node: string, to: string | null, rights: number): Promise<void> {
    const { listening } = this.#manager;
    const address = addressOf(node);
    if (to === null) listening.leave(connection, address);
    else {
      listening.want(connection, address, to, rights);
      await listening.ensureJoined([address]);
      if (connection.over) listening.leave(connection, address);
    }
    if (!connection.over) listening.save(connection);
  }

  async subscribe(connection: Connection, ask: OnNode): Promise<Answer> {
    const address = addressOf(ask.node);
    const { table } = this.#manager.listening;
    const listener = table.entries.get(address)?.listeners.get(connection.key);
    // What a stream listens to by being who it is needs no asking; of anything else the session knows, and nobody else.
    const isKnown = connection.isAutomatic(ask.node) || (listener?.to === connection.subscriberOf(ask.full) && !this.#manager.of.obeys("subscribe-asks"));
    if (listener && isKnown) return DONE;
    connection.granted = null;
    try {
      return await this.#subscribe(connection, address, ask);
    } catch {
      this.#abandon(connection, address);
      return this.#manager.of.obeys("failed-join-is-error") ? UNREACHED : DONE;
    }
  }

  async #subscribe(connection: Connection, address: NodeAddress, ask: OnNode): Promise<Answer> {
    const { of, life, listening } = this.#manager;
    const { table } = listening;
    const { jid } = connection.stream;
    for (let round = 0; round < ROUNDS; round++) {
      connection.nodes.add(address);
      table.pend(address, connection.key);
      while (table.entries.get(address)?.state === "joining" && listening.joinsOf(address)) await listening.turn(address);
      if (connection.over) return OVER;
      // It may have been taken away while it waited.
      table.pend(address, connection.key);
      if (of.obeys("pended-is-noted")) connection.nodes.add(address);
      const join = table.drawJoin(of.clock.now);
      const joining = table.entries.get(address)?.state === "joining";
      table.joining(address, join);
      const request = { stream: connection.key, ref: this.#manager.ref(), node: ask.node, subscriber: connection.subscriberOf(ask.full), join };
      const call = of.network.call(life, of.session(jid), (session) => session.subscribe(request));
      const answer = await (joining ? listening.take(address, call) : call);
      of.checker.note(connection.key, ask.node, () => `subscribe answered ${JSON.stringify(answer)}`);
      if (answer.outcome !== "subscribed") {
        this.#abandon(connection, address);
        return answer.outcome === "refused" ? { refused: answer.refusal.condition } : OVER;
      }
      listening.joined(address, { position: answer.position, last: null, join });
      if (connection.over) return OVER;
      const standing = table.entries.get(address)?.listeners.get(connection.key);
      if (!standing || (answer.rights < this.rightsOf(jid) && of.obeys("lower-rights-asked-again"))) continue;
      if (standing.state === "waiting" && of.obeys("waiting-asks-anew")) continue;
      if (standing.missed) {
        if (of.obeys("missed-asks-anew")) continue;
        standing.missed = false;
      }
      this.noteRights(jid, answer.rights);
      // Before its presence a stream hears nothing: it will listen when it announces itself.
      if (answer.listens === null || !connection.stream.available) {
        if (standing.state === "pending") listening.leave(connection, address);
        return DONE;
      }
      this.#grants.set(connection.key, { address, to: answer.listens.to, position: answer.position, rights: answer.rights });
      return DONE;
    }
    this.#abandon(connection, address);
    return UNREACHED;
  }

  #abandon(connection: Connection, address: NodeAddress): void {
    const { listening } = this.#manager;
    const listener = listening.table.entries.get(address)?.listeners.get(connection.key);
    if (!listener || listener.state === "pending") listening.leave(connection, address);
    listening.table.joinFailed(address);
  }

  goLive(connection: Connection): void {
    const grant = this.#grants.get(connection.key);
    if (!grant) return;
    this.#grants.delete(connection.key);
    const { listening, of } = this.#manager;
    const { address, to, position, rights } = grant;
    const due = listening.table.granted(address, connection.key, to, position, rights);
    const listener = listening.table.entries.get(address)?.listeners.get(connection.key);
    if (due === undefined && listener) Object.assign(listener, { to, rights: Math.max(rights, listener.rights) });
    if (listener?.state === "live") of.checker.opened(connection.key, address, listener.start, true);
    listening.save(connection);
    for (const item of due ?? []) {
      if (!listener) break;
      const first = of.obeys("held-repeats") ? firstAmong(due ?? [], item) : undefined;
      if (listening.table.take(listener, item, first)) listening.sendTo(connection, address, item);
      else listening.noteRepeat(listener, address, item);
    }
  }

  async unsubscribe(connection: Connection, ask: OnNode): Promise<Answer> {
    const { of, life, listening } = this.#manager;
    const { jid } = connection.stream;
    const address = addressOf(ask.node);
    if (connection.isAutomatic(ask.node)) {
      listening.leave(connection, address);
      listening.save(connection);
      return DONE;
    }
    connection.granted = null;
    const request = { stream: connection.key, node: ask.node, subscriber: connection.subscriberOf(ask.full) };
    const answer = await this.#insist(() => of.network.call(life, of.session(jid), (session) => session.unsubscribe(request)));
    if (answer === undefined) return UNREACHED;
    if (answer.outcome !== "unsubscribed") return answer.outcome === "refused" ? { refused: answer.refusal.condition } : OVER;
    if (connection.over) return OVER;
    const listener = listening.table.entries.get(address)?.listeners.get(connection.key);
    if (answer.listens === null) listening.leave(connection, address);
    else if (listener) listener.to = answer.listens.to;
    listening.save(connection);
    return DONE;
  }
}
