/**
 * I1 to I8 in many seeds of the model.
 *
 * `MODEL_SEEDS=5000 npm run test:model` runs more of them, `MODEL_SEED=17 npm run test:model` one with an account of what
 * happened.
 */
import { expect, test } from "vitest";
import { account, runSeed } from "./model.ts";

const one = process.env.MODEL_SEED;
const seeds = Number(process.env.MODEL_SEEDS ?? 400);

test("I1 to I8 hold in every seed", async () => {
  if (one !== undefined) return expect(await account(Number(one), new Set(), 60, { positions: "MODEL_POSITIONS" in process.env })).toMatch(/nothing failed/);
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = await runSeed(seed);
    if (violation) expect.fail(await account(seed));
  }
}, 600_000);

test("I1 to I8 hold where positions of memory logs are stored, and no gap is told which nothing followed", async () => {
  for (let seed = 1; seed <= seeds / 2; seed++) {
    const { violation } = await runSeed(seed, new Set(), undefined, { positions: true });
    if (violation) expect.fail(await account(seed, new Set(), 60, { positions: true }));
  }
}, 600_000);
