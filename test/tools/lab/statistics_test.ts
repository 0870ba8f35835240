/** Percentiles, and how far two runs are apart. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { apart, percentile, summaryOf } from "../../../tools/lab/statistics.ts";

const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

for (const { values, share, is } of [
  { values: hundred, share: 0.5, is: 50 },
  { values: hundred, share: 0.95, is: 95 },
  { values: hundred, share: 1, is: 100 },
  { values: [3, 1, 2], share: 0.5, is: 2 },
  { values: [10, 9], share: 0.5, is: 9 },
  { values: [10, 9], share: 0.51, is: 10 },
  { values: [4], share: 0.01, is: 4 },
  { values: [2, 100, 11], share: 1, is: 100 },
]) {
  test(`percentile(): ${share} of ${values.length} values is ${is}`, () => assert.equal(percentile(values, share), is));
}

test("of no values there is none", () => assert.ok(Number.isNaN(percentile([], 0.5))));

test("summaryOf() leaves its values as they are", () => {
  const values = [5, 1, 3];
  assert.deepEqual(summaryOf(values), { p50: 3, p95: 5, max: 5 });
  assert.deepEqual(values, [5, 1, 3]);
});

test("apart(): a share of the larger one, whichever comes first", () => {
  assert.equal(apart(90, 100), 0.1);
  assert.equal(apart(100, 90), 0.1);
  assert.equal(apart(0, 0), 0);
  assert.equal(apart(0, 1), 1);
});
