/** `npm run bench:transports`, small: every kind of reader has every event once and in order, and what it took is measured. */

import assert from "node:assert/strict";
import { test } from "vitest";

import type { Kind } from "../../tools/bench/readers.ts";
import { tableOf } from "../../tools/bench/report.ts";
import { runBench } from "../../tools/bench/run.ts";

test("a small run: nothing lost, repeated or out of order, over each transport alone and over all of them", { timeout: 90_000 }, async () => {
  const kinds: readonly Kind[] = ["websocket", "managed", "bosh", "sse"];
  const options = { users: 20, team: 10, rate: 200, seconds: 1, kinds, rounds: 1 };
  if (process.platform !== "linux")
    return await assert.rejects(
      runBench(options, () => {}),
      /needs Linux/,
    );
  const outcome = await runBench(options, () => {});
  const { deliveries, ...faults } = outcome.audit;
  assert.deepEqual(faults, { lost: 0, repeated: 0, outOfOrder: 0 });
  // Each phase twice: warm, then measured.
  assert.equal(deliveries, 2 * 5 * options.rate * options.seconds);
  assert.deepEqual(
    outcome.phases.map(({ kinds }) => kinds),
    [...kinds.map((kind) => [kind]), kinds],
  );
  for (const phase of outcome.phases) {
    assert.equal(phase.deliveries, options.rate * options.seconds);
    assert.ok(phase.cpuSeconds > 0 && phase.cpuSeconds < 2 * phase.seconds, `${phase.cpuSeconds} s of CPU`);
  }
  assert.equal(tableOf(outcome, options.users).split("\n").length, 2 + 5);
});
