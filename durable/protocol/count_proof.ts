/**
 * Proves that a client's count leaves something out (XEP-0198 §4; docs/protocol.md: Resume).
 *
 * Some clients do not count the answers to their own requests: what they acknowledge falls behind what they have had, by one
 * for each, for ever. Nothing that they say tells them from a client that is slow. So where a count stays behind after answers
 * were sent, as many pings are sent as it is behind by. Once all are answered, whatever the count does not cover is pings, each
 * of them shown to be handled by its own answer: by so much the count is behind. Who counts as it should is never asked.
 *
 * @module
 */

const COUNTS = 2 ** 32;
/** By so many a count may be behind before that is looked into; or by fewer, for so long. */
const SOON = 8;
const LATER_MS = 30_000;
/** Of one round. */
const PINGS = 256;
/** Requests for an acknowledgement of which it is known what had been sent. */
const ASKED = 32;

/** What had been sent when an acknowledgement was asked for. */
interface Asked {
  readonly sent: number;
  readonly answers: number;
}

/** To be done next: pings of these numbers are to be sent, or an acknowledgement to be asked for. */
export type Next = { readonly pings: readonly number[] } | "ask" | null;

export class CountProof {
  /** In the order in which they are answered. */
  readonly #asked: Asked[] = [];
  /** Requests after those. */
  #unknown = 0;
  /** Answers that were sent to requests of the client. */
  #answers = 0;
  /** Of those, the ones sent before its count last came out even. */
  #even = 0;
  /** Pings up to this one were handled before the client last told its count. */
  #shown = 0;
  #lastPing = 0;
  /** Pings that are not answered. */
  readonly #open = new Set<number>();
  #round: "none" | "answers" | "count" = "none";
  #roundAt = Number.NEGATIVE_INFINITY;
  /** What the count has to cover at the round's end, or it is a slow client's; and the answers that may be left out of it. */
  #due = 0;
  #doubted = 0;
  /** By so many the count has to be behind for the next round. */
  #worth = SOON;

  /** A request of the client was answered. */
  answerSent(): void {
    this.#answers++;
  }

  /** An acknowledgement is being asked for; `sent`: stanzas sent in all. */
  asked(sent: number): void {
    if (this.#unknown > 0 || this.#asked.length === ASKED) this.#unknown++;
    else this.#asked.push({ sent, answers: this.#answers });
  }

  /** Answers that the client may have left out of its count. */
  get doubtful(): number {
    return this.#answers - this.#even;
  }

  /** Would a count that does not cover this ping be wrong? */
  isShown(ping: number): boolean {
    return ping <= this.#shown;
  }

  /** The client told its count: it covers so many of the stanzas. */
  told(covered: number, now: number): Next {
    const asked = this.#asked.shift();
    if (!asked && this.#unknown > 0) this.#unknown--;
    if (this.#round === "count") return this.#end(covered);
    const behind = asked ? (asked.sent - covered + COUNTS) % COUNTS : 0;
    if (!asked || this.#round !== "none") return null;
    if (behind === 0 || behind > COUNTS / 2) {
      [this.#even, this.#worth] = [Math.max(this.#even, asked.answers), SOON];
      return null;
    }
    if (behind <= this.#worth / 4) this.#worth = SOON;
    const isDue = behind >= this.#worth || now - this.#roundAt >= LATER_MS;
    if (!isDue || asked.answers <= this.#even) return null;
    // It may have left out what was sent since, too.
    return this.#begin(behind + this.#answers - asked.answers, covered, now);
  }

  #begin(behind: number, covered: number, now: number): Next {
    const count = Math.min(behind, PINGS);
    [this.#round, this.#roundAt] = ["answers", now];
    [this.#due, this.#doubted] = [(covered + count) % COUNTS, this.#answers];
    // Where as much is sent meanwhile, it proves nothing: it will have to be more.
    this.#worth = count < behind ? SOON : Math.max(SOON, behind * 2);
    // Numbers made to rise, also through a sleep: an answer to a ping of before it is none to these.
    const pings = Array.from({ length: count }, () => (this.#lastPing = Math.max(now, this.#lastPing + 1)));
    for (const ping of pings) this.#open.add(ping);
    return { pings };
  }

  /**
   * The count was told since all pings were answered. It may have been on its way while the last answer was: it is asked for
   * once more, and that one is held against what was shown.
   */
  #end(covered: number): Next {
    [this.#round, this.#shown] = ["none", this.#lastPing];
    const isSlow = (covered - this.#due + COUNTS) % COUNTS > COUNTS / 2;
    if (isSlow) this.#even = Math.max(this.#even, this.#doubted);
    return "ask";
  }

  /** The client answered a ping; to be told in the order of all that it says. */
  answered(ping: number): Next {
    if (!this.#open.delete(ping) || this.#open.size > 0) return null;
    this.#round = "count";
    return "ask";
  }

  /** The stream has another socket: what was under way on the old one is not heard of any more. */
  reset(): void {
    [this.#asked.length, this.#unknown] = [0, 0];
    this.#open.clear();
    this.#round = "none";
  }
}
