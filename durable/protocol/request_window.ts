/**
 * The order of a BOSH client's requests: which is next, which came early, which comes again (XEP-0124 §14).
 *
 * @module
 */

/** What to do with a request of a number. */
export type Turn =
  /** It is the next one. */
  | "now"
  /** One before it is missing: it waits. */
  | "early"
  /** It was answered: the same answer again. */
  | "repeat"
  /** It is being held: the old request is answered, this one takes its place. */
  | "held"
  /** Too far ahead, or answered too long ago. */
  | "beyond";

export class RequestWindow<R> {
  readonly size: number;
  #next: number;
  readonly #early = new Map<number, R>();
  readonly #answers = new Map<number, string>();

  /** `first`: number of the session's first request; `size`: how many may be open at a time. */
  constructor(first: number, size: number) {
    this.#next = first;
    this.size = size;
  }

  /** The highest number up to which all have come. */
  get last(): number {
    return this.#next - 1;
  }

  turnOf(rid: number): Turn {
    if (rid === this.#next) return "now";
    if (rid > this.#next) return rid < this.#next + this.size ? "early" : "beyond";
    if (this.#answers.has(rid)) return "repeat";
    return rid >= this.#next - this.size ? "held" : "beyond";
  }

  /** The next request was taken. */
  advance(): void {
    this.#next++;
  }

  /** Keeps a request that came early; the same again takes its place, and the one before is answered. */
  keep(rid: number, request: R): R | undefined {
    const before = this.#early.get(rid);
    this.#early.set(rid, request);
    return before;
  }

  /** The kept request whose turn it is. */
  takeNext(): R | undefined {
    const request = this.#early.get(this.#next);
    this.#early.delete(this.#next);
    return request;
  }

  /** All that was kept: their session ends. */
  takeAll(): R[] {
    const all = [...this.#early.values()];
    this.#early.clear();
    return all;
  }

  /** Remembers an answer for the case that it was lost on its way. */
  answered(rid: number, body: string): void {
    this.#answers.set(rid, body);
    for (const old of this.#answers.keys()) if (old <= rid - this.size) this.#answers.delete(old);
  }

  answerTo(rid: number): string {
    return this.#answers.get(rid) ?? "";
  }
}
