/**
 * The frames of this page: explained and masked as they come in, the newest kept, and readers told once per drawn picture.
 *
 * @module
 */

import type { Transport } from "../../client/mod.ts";
import type { Direction, Explainer, Explanation, Upgrade } from "../../explain/mod.ts";
import { type Placed, Placer } from "./places.ts";

/** What a browser lets a page know of the upgrade; over HTTP requests, where they go. */
export interface Handshake {
  readonly transport: Transport;
  readonly url: URL;
  /** Origin of the page. */
  readonly origin: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly openedAt: number | null;
  /** Subprotocol and extensions that the server chose; empty until it is open. */
  readonly protocol: string;
  readonly extensions: string;
  /** How the socket ended. */
  readonly closed: { readonly code: number; readonly reason: string; readonly at: number } | null;
}

interface Options {
  /** Frames of the live part that are kept. */
  readonly keep?: number;
  /** Also one that is still on its way: what comes before it waits. */
  readonly explainer: Explainer | Promise<Explainer>;
  /** Calls back before the next picture; several calls, one callback. */
  readonly soon: (tell: () => void) => void;
  readonly now?: () => number;
}

export class FrameLog {
  readonly #keep: number;
  readonly #soon: Options["soon"];
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #explainer: Explainer | null = null;
  /** What is to be told to the explainer when it is there. */
  #waiting: ((explainer: Explainer) => void)[] = [];
  #isTold = true;
  #placer = new Placer();
  #steps: Placed[] = [];
  #live: Placed[] = [];
  #dropped = 0;
  #handshake: Handshake | null = null;

  constructor({ explainer, keep = 2000, soon, now = Date.now }: Options) {
    this.#keep = keep;
    this.#soon = soon;
    this.#now = now;
    if (explainer instanceof Promise) void explainer.then((arrived) => this.#arrived(arrived));
    else this.#explainer = explainer;
  }

  /** Frames of the steps of the present connection, oldest first. */
  get steps(): readonly Placed[] {
    return this.#steps;
  }
  /** Everything after the steps, of all connections, oldest first. */
  get live(): readonly Placed[] {
    return this.#live;
  }
  /** How many live frames were given up for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }
  get handshake(): Handshake | null {
    return this.#handshake;
  }
  /** What can be said of all connections of this page so far; null: the explainer is not there yet. */
  get explanation(): Explanation | null {
    this.#explainer?.tick(this.#now());
    return this.#explainer?.explanation ?? null;
  }

  /** Starts a connection: its steps replace those of the one before. */
  begin({ url, origin, transport }: Pick<Handshake, "url" | "origin" | "transport">): void {
    const handshake = { transport, url, origin, startedAt: this.#now(), openedAt: null, protocol: "", extensions: "", closed: null };
    this.#handshake = handshake;
    this.#tell((explainer) => {
      this.#placer = new Placer();
      this.#steps = [];
      explainer.opened(upgradeOf(handshake), { transport });
    });
    this.#changed();
  }

  /** The socket is open (the server answered 101). */
  opened({ protocol, extensions }: { readonly protocol: string; readonly extensions: string }): void {
    if (!this.#handshake) return;
    const handshake = { ...this.#handshake, openedAt: this.#now(), protocol, extensions };
    this.#handshake = handshake;
    this.#tell((explainer) => explainer.opened(upgradeOf(handshake), { transport: handshake.transport }));
    this.#changed();
  }

  closed({ code, reason }: { readonly code: number; readonly reason: string }): void {
    if (!this.#handshake) return;
    const at = this.#now();
    this.#handshake = { ...this.#handshake, closed: { code, reason, at } };
    this.#tell((explainer) => explainer.closed({ at, code, reason }));
    this.#changed();
  }

  /** Takes a frame; only its masked form is kept. */
  add(direction: Direction, text: string): void {
    const frame = { direction, at: this.#now(), text };
    this.#tell((explainer) => {
      for (const explained of explainer.add(frame)) this.#put(this.#placer.place(explained));
    });
    this.#changed();
  }

  #put(placed: Placed): void {
    if (placed.place === "live" || placed.place === "end") this.#addLive(placed);
    else this.#steps = [...this.#steps, placed];
  }

  #tell(what: (explainer: Explainer) => void): void {
    if (this.#explainer) what(this.#explainer);
    else this.#waiting.push(what);
  }

  #arrived(explainer: Explainer): void {
    this.#explainer = explainer;
    for (const what of this.#waiting.splice(0)) what(explainer);
    this.#changed();
  }

  #addLive(placed: Placed): void {
    this.#live.push(placed);
    // In slices, so that a full log does not move all its frames at each new one.
    const surplus = this.#live.length - this.#keep;
    if (surplus < this.#keep / 10) return;
    this.#live = this.#live.slice(surplus);
    this.#dropped += surplus;
  }

  /** Calls back when something changed, at most once per picture. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#soon(() => {
      this.#isTold = true;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** A browser shows a page no header of the upgrade: none is told. */
function upgradeOf({ transport, url, startedAt, openedAt }: Handshake): Upgrade {
  const isSwitched = openedAt !== null && transport === "websocket";
  const answer = { status: isSwitched ? 101 : 0, statusText: isSwitched ? "Switching Protocols" : "", responseHeaders: [], answeredAt: openedAt };
  return { url: url.href, method: transport === "websocket" ? "GET" : "POST", requestHeaders: [], startedAt, error: "", ...answer };
}
