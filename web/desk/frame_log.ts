/**
 * The frames of this page: explained and masked as they come in, the newest kept, and readers told once per drawn picture.
 *
 * @module
 */

import { type Direction, Explainer, type Explanation, type Upgrade } from "../../explain/mod.ts";
import { type Placed, Placer } from "./places.ts";

/** What a browser lets a page know of the upgrade. */
export interface Handshake {
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
  /** Frames that are kept explained, steps and live. */
  readonly keepExplained?: number;
  /** Calls back before the next picture; several calls, one callback. */
  readonly soon: (tell: () => void) => void;
  readonly now?: () => number;
}

export class FrameLog {
  readonly #keep: number;
  readonly #soon: Options["soon"];
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #explainer: Explainer;
  #isTold = true;
  #placer = new Placer();
  #steps: Placed[] = [];
  #live: Placed[] = [];
  #dropped = 0;
  #handshake: Handshake | null = null;

  constructor({ keep = 2000, keepExplained = 10_000, soon, now = Date.now }: Options) {
    this.#keep = keep;
    this.#explainer = new Explainer({ keep: keepExplained });
    this.#soon = soon;
    this.#now = now;
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
  /** What can be said of all connections of this page so far. */
  get explanation(): Explanation {
    this.#explainer.tick(this.#now());
    return this.#explainer.explanation;
  }

  /** Starts a connection: its steps replace those of the one before. */
  begin(url: URL, origin: string): void {
    this.#placer = new Placer();
    this.#steps = [];
    this.#handshake = { url, origin, startedAt: this.#now(), openedAt: null, protocol: "", extensions: "", closed: null };
    this.#explainer.opened(upgradeOf(this.#handshake));
    this.#changed();
  }

  /** The socket is open (the server answered 101). */
  opened({ protocol, extensions }: { readonly protocol: string; readonly extensions: string }): void {
    if (!this.#handshake) return;
    this.#handshake = { ...this.#handshake, openedAt: this.#now(), protocol, extensions };
    this.#explainer.opened(upgradeOf(this.#handshake));
    this.#changed();
  }

  closed({ code, reason }: { readonly code: number; readonly reason: string }): void {
    if (!this.#handshake) return;
    const at = this.#now();
    this.#handshake = { ...this.#handshake, closed: { code, reason, at } };
    this.#explainer.closed({ at, code, reason });
    this.#changed();
  }

  /** Takes a frame; only its masked form is kept. */
  add(direction: Direction, text: string): void {
    for (const frame of this.#explainer.add({ direction, at: this.#now(), text })) {
      const placed = this.#placer.place(frame);
      if (placed.place === "live" || placed.place === "end") this.#addLive(placed);
      else this.#steps = [...this.#steps, placed];
    }
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
function upgradeOf({ url, startedAt, openedAt }: Handshake): Upgrade {
  const isOpen = openedAt !== null;
  const answer = { status: isOpen ? 101 : 0, statusText: isOpen ? "Switching Protocols" : "", responseHeaders: [], answeredAt: openedAt };
  return { url: url.href, method: "GET", requestHeaders: [], startedAt, error: "", ...answer };
}
