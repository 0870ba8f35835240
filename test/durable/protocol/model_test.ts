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
  ["pending-holds", "I3", 20],
  ["answer-before-items", "I2", 1],
  ["position-after-subscribe", "I2", 9],
  ["failed-join-is-error", "I3", 1],
  ["drop-old", "I1", 1],
  ["prev-checked", "I3", 1],
  ["epoch-from-first", "I3", 35],
  ["lost-marked", "I3", 14],
  ["manager-knows-ids", "I1", 1],
  ["since-not-lost", "I3", 1],
];

for (const [rule, invariant, seed] of NEEDED) {
  test(`${invariant} breaks without the rule ${rule}`, async () => {
    expect((await runSeed(seed, new Set([rule]))).violation?.invariant).toBe(invariant);
  });
}
