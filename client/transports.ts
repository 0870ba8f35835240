/**
 * Which way to go next: over a WebSocket, or over HTTP requests where WebSockets do not get through.
 *
 * Pure: it is told what became of each attempt. A way back is looked for now and then, more and more seldom, so that a desk
 * behind a proxy is not sent to and fro.
 *
 * @module
 */

import type { Store } from "./saved.ts";

/** A WebSocket (RFC 7395), or HTTP requests (BOSH: XEP-0124, XEP-0206). */
export type Transport = "websocket" | "bosh";

/** Attempts at a WebSocket that have to fail before the other way is tried. One that is met by silence has cost time enough. */
const STRIKES = 2;
const PROBE_MS = 60_000;
const MOST_PROBE_MS = 1_800_000;

/** What a tab remembers of a WebSocket that does not get through. */
export interface Remembered {
  readonly v: 1;
  /** Of the WebSocket. */
  readonly url: string;
  /** Probes that failed since. */
  readonly probes: number;
}

export interface TransportsOf {
  readonly allowed: "auto" | Transport;
  /** Milliseconds before the first probe; they double. */
  readonly probeMs?: number;
  readonly remembered?: Remembered | undefined;
}

export class Transports {
  readonly #allowed: "auto" | Transport;
  readonly #probeMs: number;
  #next: Transport;
  #strikes = 0;
  /** HTTP requests got through where a WebSocket did not. */
  #isProven: boolean;
  #probes: number;

  constructor({ allowed, probeMs = PROBE_MS, remembered }: TransportsOf) {
    this.#allowed = allowed;
    this.#probeMs = probeMs;
    this.#isProven = remembered !== undefined;
    this.#probes = remembered?.probes ?? 0;
    this.#next = remembered ? "bosh" : "websocket";
  }

  get next(): Transport {
    return this.#allowed === "auto" ? this.#next : this.#allowed;
  }

  /** Probes that failed; null: a WebSocket is not known to be blocked. */
  get blocked(): { readonly probes: number } | null {
    return this.#allowed === "auto" && this.#isProven ? { probes: this.#probes } : null;
  }

  /** Milliseconds until a WebSocket is looked for from a connection over HTTP requests; null: it is not. */
  get probeIn(): number | null {
    if (this.#allowed !== "auto" || this.#next !== "bosh") return null;
    return Math.min(MOST_PROBE_MS, this.#probeMs * 2 ** this.#probes);
  }

  /** The server answered this way. */
  answered(transport: Transport): void {
    this.#strikes = 0;
    this.#next = transport;
    this.#isProven = transport === "bosh";
    if (transport === "websocket") this.#probes = 0;
  }

  /** The server did not answer this way: the attempt was refused, or met by silence. */
  unanswered(transport: Transport, how: "refused" | "silent"): void {
    if (transport === "bosh") {
      // Nothing gets through: then it is not the WebSocket that is in the way.
      this.#strikes = 0;
      this.#next = "websocket";
      return;
    }
    this.#strikes += how === "silent" || this.#isProven ? STRIKES : 1;
    if (this.#strikes >= STRIKES) this.#next = "bosh";
  }

  /** What a probe found. */
  probed(isThrough: boolean): void {
    this.#probes++;
    if (isThrough) this.#next = "websocket";
  }
}

const keyOf = (key: string): string => `${key}.transport`;

/** What this tab knows of a WebSocket; undefined: nothing. */
export function recall(store: Store | undefined, key: string, url: string): Remembered | undefined {
  try {
    const found = JSON.parse(store?.getItem(keyOf(key)) ?? "null") as Remembered | null;
    return found?.v === 1 && found.url === url && Number.isInteger(found.probes) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Writes down what is known; null: a WebSocket gets through. */
export function remember(store: Store | undefined, key: string, known: Remembered | null): void {
  try {
    if (known) store?.setItem(keyOf(key), JSON.stringify(known));
    else store?.removeItem(keyOf(key));
  } catch {
    // Full, or closed to the page: the next page finds out by itself.
  }
}
