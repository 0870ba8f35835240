/**
 * What a page can know by itself of its requests: the browser's Resource Timing, and the text of frames.
 *
 * Headers are reckoned by the browser at a flat rate, what goes up is not told at all, nor the bytes of an answer that is
 * still open: so these are estimates.
 *
 * @module
 */

import type { Counts, Transport } from "./access.ts";

const NOTHING: Counts = { connections: 0, requests: 0, emptyAnswers: 0, bytesUp: null, bytesDown: 0 };

/** Of an entry of Resource Timing, what is counted. */
export interface Entry {
  readonly name: string;
  readonly transferSize: number;
  readonly responseStatus: number;
  readonly connectStart: number;
  readonly connectEnd: number;
}

/** The transport by which an address is marked. */
export function transportOf({ name }: Pick<Entry, "name">): Transport | null {
  return URL.canParse(name) ? (new URL(name).searchParams.get("lab") as Transport | null) : null;
}

export function withEntry(counts: Counts, { transferSize, responseStatus, connectStart, connectEnd }: Entry): Counts {
  return {
    connections: counts.connections + (connectEnd > connectStart ? 1 : 0),
    requests: counts.requests + 1,
    emptyAnswers: counts.emptyAnswers + (responseStatus === 204 || responseStatus === 304 ? 1 : 0),
    bytesUp: counts.bytesUp,
    bytesDown: counts.bytesDown + transferSize,
  };
}

export class Estimates {
  #counts: Record<Transport, Counts>;

  constructor(transports: readonly Transport[], signal: AbortSignal) {
    this.#counts = Object.fromEntries(transports.map((name) => [name, NOTHING])) as Record<Transport, Counts>;
    // A socket is one request and one connection, and has no entry; the stream's comes when it ends.
    for (const name of ["sse", "websocket"] as const) this.#counts[name] = { ...NOTHING, requests: 1, connections: name === "websocket" ? 1 : 0 };
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
        const transport = transportOf(entry);
        if (transport && transport !== "sse" && this.#counts[transport]) this.#counts[transport] = withEntry(this.#counts[transport], entry);
      }
    });
    observer.observe({ type: "resource" });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  get counts(): Readonly<Record<Transport, Counts>> {
    return this.#counts;
  }

  /** Bytes of a stream or of frames. */
  add(transport: Transport, { up, down }: { readonly up?: number; readonly down: number }): void {
    const counts = this.#counts[transport];
    const bytesUp = up === undefined ? counts.bytesUp : (counts.bytesUp ?? 0) + up;
    this.#counts[transport] = { ...counts, bytesUp, bytesDown: counts.bytesDown + down };
  }
}
