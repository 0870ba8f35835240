/**
 * Requests under way: each is answered, refused, given up after a while of silence, or lost with its stream.
 *
 * A stream that is resumed brings the answers of before; so time runs only while there is a connection.
 *
 * @module
 */

import { errorOf, Refused } from "./stanzas.ts";

/** The stream was lost, and with it whether the request was carried out. */
export class StreamLost extends Error {
  constructor() {
    super("The stream was lost before the answer came");
  }
}

/** The server is there, and does not answer this. */
export class Unanswered extends Error {
  constructor() {
    super("No answer came in time");
  }
}

interface Asked {
  readonly answered: (answer: Element) => void;
  readonly failed: (why: Error) => void;
  ticks: number;
}

export class Requests {
  readonly #asked = new Map<string, Asked>();
  readonly #most: number;

  /** `most`: ticks that a request may wait. */
  constructor(most: number) {
    this.#most = most;
  }

  ask(id: string): Promise<Element> {
    return new Promise((answered, failed) => this.#asked.set(id, { answered, failed, ticks: 0 }));
  }

  /** Takes an answer; one that nobody waits for any more is nothing. */
  take(iq: Element): void {
    const id = iq.getAttribute("id") ?? "";
    const type = iq.getAttribute("type");
    const asked = this.#asked.get(id);
    if (!asked || (type !== "result" && type !== "error")) return;
    this.#asked.delete(id);
    if (type === "result") asked.answered(iq);
    else asked.failed(new Refused(errorOf(iq)));
  }

  /** Some time went by on a standing connection. */
  tick(): void {
    for (const [id, asked] of this.#asked) {
      if (asked.ticks++ < this.#most) continue;
      this.#asked.delete(id);
      asked.failed(new Unanswered());
    }
  }

  lost(): void {
    const lost = [...this.#asked.values()];
    this.#asked.clear();
    for (const { failed } of lost) failed(new StreamLost());
  }
}
