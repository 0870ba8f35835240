/**
 * The frames of this page: masked as they come in, the newest kept, and readers told once per drawn picture.
 *
 * @module
 */

import type { Transport } from "../../client/mod.ts";
import type { Direction, Frame } from "./frame.ts";
import { masked } from "./mask.ts";
import { Sorter } from "./steps.ts";

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
  /** Calls back before the next picture; several calls, one callback. */
  readonly soon: (tell: () => void) => void;
  readonly now?: () => number;
}

const encoder = new TextEncoder();

export class FrameLog {
  readonly #keep: number;
  readonly #soon: Options["soon"];
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #isTold = true;
  #sorter = new Sorter();
  #ids = 0;
  #steps: Frame[] = [];
  #live: Frame[] = [];
  #dropped = 0;
  #total = 0;
  #connection = 0;
  #handshake: Handshake | null = null;

  constructor({ keep = 2000, soon, now = Date.now }: Options) {
    this.#keep = keep;
    this.#soon = soon;
    this.#now = now;
  }

  /** Frames of the steps of the present connection, oldest first. */
  get steps(): readonly Frame[] {
    return this.#steps;
  }
  /** Everything after the steps, of all connections, oldest first. */
  get live(): readonly Frame[] {
    return this.#live;
  }
  /** How many live frames were given up for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }
  /** Frames ever seen. */
  get total(): number {
    return this.#total;
  }
  get handshake(): Handshake | null {
    return this.#handshake;
  }

  /** Starts a connection: its steps replace those of the one before. */
  begin({ url, origin, transport }: Pick<Handshake, "url" | "origin" | "transport">): void {
    this.#connection++;
    this.#sorter = new Sorter();
    this.#steps = [];
    this.#handshake = { transport, url, origin, startedAt: this.#now(), openedAt: null, protocol: "", extensions: "", closed: null };
    this.#changed();
  }

  /** The socket is open (the server answered 101). */
  opened({ protocol, extensions }: { readonly protocol: string; readonly extensions: string }): void {
    if (!this.#handshake) return;
    this.#handshake = { ...this.#handshake, openedAt: this.#now(), protocol, extensions };
    this.#changed();
  }

  closed({ code, reason }: { readonly code: number; readonly reason: string }): void {
    if (!this.#handshake) return;
    this.#handshake = { ...this.#handshake, closed: { code, reason, at: this.#now() } };
    this.#changed();
  }

  /** Takes a frame; only its masked form is kept. */
  add(direction: Direction, raw: string): void {
    const text = masked(raw);
    const sorted = this.#sorter.sort(text, direction);
    const frame: Frame = { id: ++this.#ids, connection: this.#connection, direction, at: this.#now(), bytes: encoder.encode(raw).length, text, ...sorted };
    this.#total++;
    if (frame.place === "live" || frame.place === "end") this.#addLive(frame);
    else this.#steps = [...this.#steps, frame];
    this.#changed();
  }

  #addLive(frame: Frame): void {
    this.#live.push(frame);
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

/** Frames as a text to save: what the page shows, nothing more. */
export function textOf(frames: readonly Frame[]): string {
  return frames
    .map(({ at, direction, bytes, text }) => `${new Date(at).toISOString()} ${direction === "out" ? "sent    " : "received"} ${bytes} B\n${text}\n`)
    .join("\n");
}
