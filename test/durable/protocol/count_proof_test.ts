/** Clients that count loosely, properly, slowly: what their counts prove, and what they do not (XEP-0198 §4; docs/protocol.md: Resume). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CountProof, type Next } from "../../../durable/protocol/count_proof.ts";
import { Unacknowledged } from "../../../durable/protocol/unacknowledged.ts";

type Sent = { readonly is: "item" | "answer" } | { readonly is: "ping"; readonly no: number } | { readonly is: "request" };
type Said = { readonly is: "count"; readonly handled: number } | { readonly is: "pong"; readonly no: number };
type Counting =
  /** All, as it comes. */
  | "proper"
  /** Not the answers to its requests. */
  | "loose"
  /** Answers to its requests now and then. */
  | "wayward"
  /** What was handled, in order; it answers pings at once and takes its time for all else. */
  | "slow"
  /** All, but only after it has answered; it acknowledges unasked, too, once at most before it counts. */
  | "tardy";

/** A server and a client, with a network that keeps the order of what is under way. */
class Pair {
  readonly unacked = new Unacknowledged();
  readonly proof = new CountProof();
  readonly #counting: Counting;
  readonly down: Sent[] = [];
  readonly up: Said[] = [];
  /** What the client got, and whether it has handled it. */
  readonly #got: { readonly what: Sent; handled: boolean }[] = [];
  #counted = 0;
  #uncounted = 0;
  #hasVolunteered = false;
  now = 1_000_000;
  pings = 0;

  constructor(counting: Counting) {
    this.#counting = counting;
  }

  get got(): number {
    return this.#got.length;
  }

  send(is: "item" | "answer"): void {
    this.unacked.push(is === "item" ? { kind: "blank" } : { kind: "text", text: "<iq/>" });
    if (is === "answer") this.proof.answerSent();
    this.down.push({ is });
  }

  ask(): void {
    this.proof.asked(this.unacked.sent);
    this.down.push({ is: "request" });
  }

  #next(next: Next): void {
    if (next === "ask") return this.ask();
    for (const no of next?.pings ?? []) {
      this.unacked.push({ kind: "ping", no });
      this.down.push({ is: "ping", no });
      this.pings++;
    }
  }

  /** The client takes what came, if something did. `drawn`: chance. */
  clientTakes(drawn: number): void {
    [this.#counted, this.#uncounted, this.#hasVolunteered] = [this.#counted + this.#uncounted, 0, false];
    const what = this.down.shift();
    if (!what) return;
    if (what.is === "request") return void this.up.push({ is: "count", handled: this.#count() });
    this.#got.push({ what, handled: this.#counting !== "slow" || what.is === "ping" });
    if (this.#counting === "tardy") this.#uncounted++;
    else if (what.is !== "answer" || this.#counting === "proper" || (this.#counting === "wayward" && drawn > 0.5)) this.#counted++;
    if (what.is === "ping") this.up.push({ is: "pong", no: what.no });
  }

  /** The client acknowledges unasked. */
  volunteer(): void {
    if (this.#counting !== "tardy" || this.#hasVolunteered) return;
    this.#hasVolunteered = true;
    this.up.push({ is: "count", handled: this.#count() });
  }

  #count(): number {
    if (this.#counting !== "slow") return this.#counted;
    const open = this.#got.findIndex(({ handled }) => !handled);
    return open < 0 ? this.#got.length : open;
  }

  /** A slow client gets on with something. */
  clientHandles(drawn: number): void {
    const open = this.#got.filter(({ handled }) => !handled);
    const one = open[Math.floor(drawn * open.length)];
    if (one) one.handled = true;
  }

  serverTakes(): void {
    const said = this.up.shift();
    if (!said) return;
    if (said.is === "pong") return this.#next(this.proof.answered(said.no));
    expect(this.unacked.acknowledge(said.handled, (ping) => this.proof.isShown(ping))).toBe(true);
    this.#next(this.proof.told(this.unacked.covered, this.now));
  }

  /** What is taken for acknowledged was handled. */
  check(): void {
    expect(this.#got.slice(0, this.unacked.covered).every(({ handled }) => handled)).toBe(true);
    expect(this.unacked.covered).toBeLessThanOrEqual(this.#got.length);
  }

  /** All that is under way arrives, and what it leads to. */
  settle(): void {
    while (this.down.length + this.up.length > 0) {
      this.clientTakes(0);
      this.serverTakes();
    }
  }
}

const DEEDS = ["item", "answer", "ask", "clientTakes", "serverTakes", "clientHandles", "volunteer", "later"] as const;
const story = fc.array(fc.tuple(fc.constantFrom(...DEEDS), fc.double({ min: 0, max: 0.999, noNaN: true })), { maxLength: 400, size: "max" });

function act(pair: Pair, deed: (typeof DEEDS)[number], drawn: number): void {
  if (deed === "item" || deed === "answer") pair.send(deed);
  else if (deed === "later") pair.now += Math.floor(drawn * 20_000);
  else pair[deed](drawn);
}

describe("CountProof", () => {
  for (const counting of ["proper", "loose", "wayward", "slow", "tardy"] as const) {
    test(`XEP-0198 §4 whatever happens, nothing is taken for acknowledged that a client that counts in a ${counting} way has not handled`, () => {
      fc.assert(
        fc.property(story, (deeds) => {
          const pair = new Pair(counting);
          for (const [deed, drawn] of deeds) {
            act(pair, deed, drawn);
            pair.check();
          }
        }),
        { numRuns: 200 },
      );
    });
  }

  test("a client that counts as it should is never pinged", () => {
    fc.assert(
      fc.property(story, (deeds) => {
        const pair = new Pair("proper");
        for (const [deed, drawn] of deeds) act(pair, deed, drawn);
        pair.settle();
        expect([pair.pings, pair.unacked.lag]).toEqual([0, 0]);
      }),
    );
  });

  test("a slow client is not behind for ever: once it has handled all, nothing is owed and nothing left out", () => {
    fc.assert(
      fc.property(story, (deeds) => {
        const pair = new Pair("slow");
        for (const [deed, drawn] of deeds) act(pair, deed, drawn);
        pair.settle();
        for (let n = 0; n < 400; n++) pair.clientHandles(0);
        pair.ask();
        pair.settle();
        expect([pair.unacked.count, pair.unacked.lag]).toEqual([0, 0]);
      }),
    );
  });

  test("a client that counts after it has answered, and acknowledges unasked, leaves nothing out", () => {
    fc.assert(
      fc.property(story, (deeds) => {
        const pair = new Pair("tardy");
        for (const [deed, drawn] of deeds) act(pair, deed, drawn);
        pair.settle();
        expect(pair.unacked.lag).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  for (const counting of ["loose", "wayward"] as const) {
    test(`a client that counts in a ${counting} way is owed nothing after a while of quiet`, () => {
      fc.assert(
        fc.property(story, (deeds) => {
          const pair = new Pair(counting);
          for (const [deed, drawn] of deeds) act(pair, deed, drawn);
          pair.settle();
          pair.now += 30_000;
          pair.ask();
          pair.settle();
          expect(pair.unacked.count).toBe(0);
        }),
      );
    });
  }

  test("10,000 answers to a client that leaves them out keep it neither waiting nor owing, at about a ping for each", () => {
    const pair = new Pair("loose");
    let most = 0;
    for (let n = 0; n < 10_000; n++) {
      pair.send("answer");
      if (n % 3 === 0) pair.send("item");
      pair.ask();
      pair.settle();
      pair.now += 1000;
      most = Math.max(most, pair.unacked.owed.count);
    }
    expect(most).toBeLessThan(9);
    expect(pair.unacked.lag).toBeGreaterThan(9990);
    expect(pair.pings).toBeLessThanOrEqual(10_000);
  });

  test("answers that the client may leave out do not make it slow; once its count came out even, they may", () => {
    const pair = new Pair("proper");
    for (let n = 0; n < 300; n++) pair.send("answer");
    expect(pair.proof.doubtful).toBe(300);
    pair.ask();
    pair.settle();
    expect(pair.proof.doubtful).toBe(0);
  });

  test("a count that is higher than what was proved is taken at its word", () => {
    const unacked = new Unacknowledged(10, [{ kind: "blank" }, { kind: "blank" }], 3);
    expect(unacked.acknowledge(8)).toBe(true);
    expect([unacked.lag, unacked.count]).toEqual([0, 2]);
    expect(unacked.acknowledge(11)).toBe(false);
  });

  test("an answer to a ping of another life proves nothing", () => {
    const first = new CountProof();
    first.answerSent();
    first.asked(1);
    const told = first.told(0, 5000);
    const young = new CountProof();
    young.answerSent();
    young.asked(1);
    expect(told).toEqual({ pings: [5000] });
    expect(young.told(0, 9000)).toEqual({ pings: [9000] });
    expect(young.answered(5000)).toBe(null);
    expect(young.answered(9000)).toBe("ask");
  });
});
