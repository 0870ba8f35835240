/**
 * A desktop of the model: connects, binds, becomes present, subscribes, and goes away in every way there is.
 *
 * @module
 */

import type { Position } from "../../../durable/contract.ts";
import { type Frame, type Reply, Socket } from "./connection.ts";
import type { Place } from "./network.ts";
import type { Manager } from "./manager.ts";
import type { World } from "./world.ts";

export class Desktop {
  readonly #world: World;
  readonly #jid: string;
  readonly #resource: string;
  #socket: Socket | undefined;
  #place: Place<Manager> | undefined;
  /** When the last frame that is under way arrives: frames of a socket keep their order. */
  #arrives = 0;
  #bound = false;
  #publishes = 0;
  readonly #waiting = new Map<number, { resolve: (answer: { position: Position; pending: boolean }) => void; reject: (error: Error) => void }>();

  constructor(world: World, jid: string, resource: string) {
    this.#world = world;
    this.#jid = jid;
    this.#resource = resource;
  }

  begin(): void {
    this.#world.clock.after(this.#world.random.between(1, 3000), () => {
      if (!this.#socket) this.#connect();
    });
  }

  /** Does one thing. */
  act(): void {
    if (this.#world.quiet) return;
    if (!this.#socket) return this.#connect();
    const { random, clock } = this.#world;
    const what = random.next();
    if (!this.#bound) {
      if (what < 0.5) this.#bind();
      else if (what < 0.7) this.#leave();
      return;
    }
    if (random.chance(this.#world.temper.restless)) return this.#leave();
    const node = random.pick(this.#world.nodes);
    const full = random.chance(0.3);
    const frame: Frame =
      what < this.#world.temper.present
        ? { frame: "presence", available: random.chance(0.75), priority: random.chance(0.9) ? 0 : -1 }
        : { frame: what < 0.7 ? "subscribe" : "unsubscribe", node, full, at: clock.now };
    this.#send(frame);
    if (random.chance(this.#world.temper.herd)) this.#world.follow(this, frame);
  }

  /** Does what another desktop of the user has just done, or the opposite. */
  follow(jid: string, frame: Frame): void {
    if (!this.#bound || jid !== this.#jid) return;
    const { random } = this.#world;
    const opposite = frame.frame === "subscribe" ? "unsubscribe" : "subscribe";
    const own: Frame = "full" in frame && random.chance(0.3) ? { ...frame, frame: opposite } : frame;
    this.#world.clock.after(random.between(0, 600), () => this.#send(own));
  }

  /** Publishes; settles with the answer, fails without one. */
  publish(request: { node: string; id: string | null; payload: string }): Promise<{ position: Position; pending: boolean }> | undefined {
    const socket = this.#socket;
    if (!socket || !this.#bound) return undefined;
    const no = ++this.#publishes;
    return new Promise((resolve, reject) => {
      this.#waiting.set(no, { resolve, reject });
      this.#send({ frame: "publish", no, ...request });
    });
  }

  #answered(reply: Reply): void {
    if (!("no" in reply) || reply.no === undefined) return;
    const waiting = this.#waiting.get(reply.no);
    this.#waiting.delete(reply.no);
    if (reply.reply === "published") waiting?.resolve(reply);
    else waiting?.reject(new Error("Refused"));
  }

  get jid(): string {
    return this.#jid;
  }

  #connect(): void {
    const { random, managers, clock } = this.#world;
    const place = random.pick([...managers.values()]);
    this.#place = place;
    const socket: Socket = new Socket(`s${this.#world.nextSocket()}`, this.#jid, (reply) => this.#receive(socket, reply));
    this.#socket = socket;
    this.#bound = false;
    this.#arrives = 0;
    socket.onClose = () => {
      this.#forget(socket);
      // The client answers the close, soon, late, or (a hung peer) never.
      if (!random.chance(0.1)) clock.after(random.chance(0.8) ? random.between(1, 200) : random.between(1000, 20_000), () => this.#closed(place, socket));
    };
    this.#world.checker.note(socket.id, null, () => `${this.#jid} connects to ${place.name}`);
    this.#deliver(place, socket, () => void place.enter((manager) => manager.accept(socket)));
    if (random.chance(0.9)) this.#bind();
    if (random.chance(0.75)) this.#send({ frame: "presence", available: true, priority: 0 });
    if (random.chance(0.5)) this.#send({ frame: "subscribe", node: random.pick(this.#world.nodes), full: false, at: clock.now });
  }

  #bind(): void {
    const { random } = this.#world;
    this.#send({ frame: "bind", resource: random.chance(0.88) ? this.#resource : random.pick(["r0", "r1", "r2"]) });
  }

  #send(frame: Frame): void {
    const [socket, place] = [this.#socket, this.#place];
    if (!socket || !place) return;
    this.#deliver(place, socket, () => {
      this.#world.checker.note(socket.id, "node" in frame ? frame.node : null, () => `frame ${JSON.stringify(frame)}`);
      void place.enter((manager) => manager.message(socket, frame));
    });
  }

  #deliver(_place: Place<Manager>, socket: Socket, run: () => void): void {
    const { clock, random } = this.#world;
    this.#arrives = Math.max(this.#arrives, clock.now + random.between(1, 30));
    clock.at(this.#arrives, () => {
      if (socket.state === "open") run();
    });
  }

  #receive(socket: Socket, reply: Reply): void {
    if (socket !== this.#socket) return;
    if (reply.reply === "bound") this.#bound = true;
    this.#answered(reply);
  }

  /** Goes away: closes well, breaks, or hangs. */
  #leave(): void {
    const { random, clock } = this.#world;
    const [socket, place] = [this.#socket, this.#place];
    if (!socket || !place) return;
    const how = random.next();
    this.#world.checker.note(socket.id, null, () => `leaves ${how}`);
    const delay = random.chance(0.8) ? random.between(1, 300) : random.between(1000, 20_000);
    if (how < 0.4) this.#send({ frame: "close" });
    if (how < 0.9) clock.at(Math.max(this.#arrives, clock.now + delay), () => this.#closed(place, socket));
    this.#forget(socket);
  }

  #closed(place: Place<Manager>, socket: Socket): void {
    if (socket.state !== "closed") void place.enter((manager) => manager.closed(socket));
  }

  /** The process of the manager died. */
  forgetDead(): void {
    if (this.#socket?.state === "closed") this.#forget(this.#socket);
  }

  #forget(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#bound = false;
    for (const { reject } of this.#waiting.values()) reject(new Error("Gone"));
    this.#waiting.clear();
  }
}
