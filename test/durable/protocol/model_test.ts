/**
 * I1 to I8 under a seeded model: calls late, lost, repeated and reordered, crashes, sleep, evictions, cut sockets.
 *
 * `MODEL_SEEDS=5000` runs more seeds, `MODEL_SEED=17` one of them with an account of what happened.
 */
import { expect, test } from "vitest";
import { account, runSeed } from "./model.ts";
import type { Rule } from "./rules.ts";

const one = process.env.MODEL_SEED;
const seeds = Number(process.env.MODEL_SEEDS ?? 100);

test("I1 to I8 hold in every seed", async () => {
  if (one !== undefined) return expect(await account(Number(one))).toMatch(/nothing failed/);
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = await runSeed(seed);
    if (violation) expect.fail(await account(seed));
  }
}, 600_000);

/** Rules of docs/protocol.md, and a seed in which an invariant breaks when the rule is switched off. */
const NEEDED: readonly (readonly [Rule, string, number])[] = [
  ["attachment-after-send", "I1", 2],
  ["repeat-noted", "I1", 117],
  ["row-before-bind", "I5", 25],
  ["orphans-reported", "I5", 1],
  ["orphans-soon", "I5", 4],
  ["ended-remembered", "I5", 65],
  ["bind-replaces-holder", "I4", 1],
  ["bound-once", "I4", 19],
  ["end-retried", "I4", 17],
  ["end-before-bind", "I4", 179],
  ["stream-current", "I4", 1],
  ["pending-holds", "I3", 6],
  ["answer-before-items", "I2", 6],
  ["position-after-subscribe", "I2", 2],
  ["pending-is-wanted", "I3", 182],
  ["pending-stays", "I2", 18],
  ["missed-asks-anew", "I3", 219],
  ["subscribe-asks", "I3", 94],
  ["intents-counted", "I3", 191],
  ["failed-join-is-error", "I3", 23],
  ["drop-old", "I1", 1],
  ["prev-checked", "I3", 4],
  ["epoch-from-first", "I3", 8],
  ["unwanted-join-number", "I3", 242],
  ["retry-same-batch", "I3", 324],
  ["queue-apart-from-gaps", "I3", 223],
  ["held-is-bounded-by-refusing", "I3", 237],
  ["lost-marked", "I3", 37],
  ["lost-breaks-chain", "I3", 377],
  ["answer-waits", "I3", 30],
  ["host-knows-ids", "I1", 63],
  ["manager-knows-ids", "I1", 23],
  ["carried-again", "I3", 96],
  ["carried-in-time", "I3", 135],
  ["replay-waits", "I3", 36],
  ["audit", "I3", 62],
  ["since-not-lost", "I3", 36],
  ["rights-keep", "I6", 306],
  ["rights-spare-newer", "I3", 215],
  ["rights-retried", "I6", 239],
];

for (const [rule, invariant, seed] of NEEDED) {
  test(`${invariant} breaks without the rule ${rule}`, async () => {
    expect((await runSeed(seed, new Set([rule]))).violation?.invariant).toBe(invariant);
  });
}
