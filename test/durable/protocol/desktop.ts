/**
 * A desktop of the model: connects, binds, becomes present, subscribes, and goes away in every way there is.
 *
 * @module
 */

import type { Position } from "../../../durable/contract.ts";
import { type Frame, isCounted, isStanza, type Reply, Socket } from "./connection.ts";
import type { Place } from "./network.ts";
import type { Manager } from "./manager.ts";
import type { World } from "./world.ts";

/** What a client keeps of a stream that it can resume (XEP-0198). */
interface Session {
  readonly id: string;
  /** Stanzas it has got. */
  got: number;
  /** Stanzas it has sent since it enabled stream management, from the one that is not known to be handled. */
  readonly sent: Frame[];
  handled: number;
  tries: number;
}

/** A client waits so long to hear of its resumption, or of its bind. */
const PATIENCE_MS = 15_000;
const TRIES = 4;

export class Desktop {
  readonly #world: World;
  readonly #jid: string;
  readonly #resource: string;
  readonly #managed: boolean;
  #session: Session | undefined;
  /** Stanzas sent since `<enable/>`, which is not answered yet. */
  #sent: Frame[] | undefined;
  #socket: Socket | undefined;
  #place: Place<Manager> | undefined;
  /** When the last frame that is under way arrives: frames of a socket keep their order. */
  #arrives = 0;
  #bound = false;
  #publishes = 0;
  readonly #waiting = new Map<number, { resolve: (answer: { position: Position; pending: boolean }) => void; reject: (error: Error) => void }>();

  constructor(world: World, { jid, resource, managed }: { jid: string; resource: string; managed: boolean }) {
    this.#world = world;
    this.#jid = jid;
    this.#resource = resource;
    this.#managed = managed;
  }

  get socket(): Socket | undefined {
    return this.#socket;
  }

  /** The stream that it takes itself to be connected by. */
  get stream(): string | undefined {
    return this.#bound ? (this.#session?.id ?? this.#socket?.id) : undefined;
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
      if (this.#session) return;
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
    if (this.#managed) clock.after(PATIENCE_MS, () => this.#loseHeart(socket));
    if (this.#session) return this.#resume(this.#session);
    if (random.chance(0.9)) this.#bind();
    this.#beginAnew();
  }

  #beginAnew(): void {
    const { random, clock } = this.#world;
    if (random.chance(0.75)) this.#send({ frame: "presence", available: true, priority: 0 });
    if (random.chance(0.5)) this.#send({ frame: "subscribe", node: random.pick(this.#world.nodes), full: false, at: clock.now });
  }

  #resume(session: Session): void {
    session.tries++;
    this.#send({ frame: "resume", previd: session.id, handled: session.got });
  }

  /** A client that does not hear of its bind or resumption comes again. */
  #loseHeart(socket: Socket): void {
    if (socket !== this.#socket || this.#bound) return;
    const place = this.#place;
    this.#forget(socket);
    if (place) this.#world.clock.after(this.#world.random.between(1, 3000), () => this.#closed(place, socket));
  }

  /** The stream is over, as its client sees it. */
  #giveUp(how: string): void {
    const { checker } = this.#world;
    if (this.#session) checker.over(this.#session.id, how);
    this.#session = undefined;
    this.#sent = undefined;
  }

  #bind(): void {
    const { random } = this.#world;
    this.#send({ frame: "bind", resource: random.chance(0.88) ? this.#resource : random.pick(["r0", "r1", "r2"]) });
  }

  #send(frame: Frame): void {
    const [socket, place] = [this.#socket, this.#place];
    if (!socket || !place) return;
    if (this.#session && !this.#bound && isStanza(frame)) return;
    if (isStanza(frame)) (this.#session?.sent ?? this.#sent)?.push(frame);
    this.#transmit(frame, socket, place);
  }

  #transmit(frame: Frame, socket: Socket, place: Place<Manager>): void {
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
    if (reply.reply === "item") this.#world.checker.sent(reply.stream, this.#jid, reply.item);
    if (socket !== this.#socket) return;
    const session = this.#session;
    if (session && isCounted(reply)) session.got++;
    if (reply.reply === "item" && session) this.#world.checker.got(reply.stream, reply.address, reply.item);
    if (reply.reply === "bound") {
      this.#bound = true;
      if (this.#managed) this.#enable();
    }
    if (this.#managed) this.#manage(socket, reply);
    this.#answered(reply);
  }

  #enable(): void {
    this.#send({ frame: "enable" });
    this.#sent = [];
  }

  #manage(socket: Socket, reply: Reply): void {
    const { random, clock } = this.#world;
    const session = this.#session;
    if (reply.reply === "enabled") {
      this.#session = { id: reply.id, got: 0, sent: this.#sent ?? [], handled: 0, tries: 0 };
      this.#sent = undefined;
    } else if (reply.reply === "asked" && session && !random.chance(this.#world.temper.dull)) {
      clock.after(random.between(0, 300), () => {
        if (socket === this.#socket) this.#send({ frame: "acknowledge", handled: session.got });
      });
    } else if (reply.reply === "resumed" && session) this.#resumed(session, reply.handled);
    else if (reply.reply === "failed" && session) {
      // It may be that only the moment was bad.
      if (reply.condition === "remote-server-timeout" && session.tries < TRIES && random.chance(0.7)) {
        clock.after(random.between(100, 3000), () => {
          if (socket === this.#socket && session === this.#session) this.#resume(session);
        });
        return;
      }
      this.#giveUp("told");
      if (random.chance(0.3)) return this.#leave();
      this.#bind();
      this.#beginAnew();
    } else if (reply.reply === "error" && reply.condition !== "resource-constraint" && reply.condition !== "conflict") this.#giveUp("error");
  }

  /** What was not handled is sent again. */
  #resumed(session: Session, handled: number): void {
    const { checker } = this.#world;
    const [socket, place] = [this.#socket, this.#place];
    this.#bound = true;
    session.tries = 0;
    const more = handled - session.handled;
    if (more < 0 || more > session.sent.length) return checker.violate("I1", `${handled} of ${session.handled + session.sent.length} were handled`, session.id);
    session.sent.splice(0, more);
    session.handled = handled;
    checker.note(session.id, null, () => `resumed: ${handled} handled, ${session.sent.length} are sent again`);
    if (socket && place) for (const frame of session.sent) this.#transmit(frame, socket, place);
  }

  /** Goes away: closes well, breaks, or hangs. */
  #leave(): void {
    const { random, clock } = this.#world;
    const [socket, place] = [this.#socket, this.#place];
    if (!socket || !place) return;
    const how = random.next();
    this.#world.checker.note(socket.id, null, () => `leaves ${how}`);
    const delay = random.chance(0.8) ? random.between(1, 300) : random.between(1000, 20_000);
    const isGone = this.#managed ? how < 0.08 : how < 0.4;
    if (isGone) this.#send({ frame: "close" });
    if (isGone || (this.#managed && random.chance(0.05))) this.#giveUp("left");
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
    // What it cannot resume is over.
    if (this.#managed && !this.#session) this.#world.checker.over(socket.id, "not resumable");
    if (this.#session) this.#comeBack(this.#session);
  }

  /** Comes back to a stream of which the socket was lost, soon, late, or too late. */
  #comeBack(session: Session): void {
    const { random, clock } = this.#world;
    if (session.tries >= TRIES) return this.#giveUp("tried too often");
    const delay = random.chance(0.6) ? random.between(1, 500) : random.chance(0.7) ? random.between(500, 12_000) : random.between(12_000, 70_000);
    clock.after(delay, () => {
      if (!this.#socket && this.#session === session) this.#connect();
    });
  }
}
