/**
 * Counting what vitest reports.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { outcomeOf, type VitestReport } from "../../tools/test/report.ts";

const file = (status: string, assertionResults: VitestReport["testResults"][number]["assertionResults"] = []) => ({
  name: "a_test.ts",
  status,
  message: "broke",
  assertionResults,
});
const one = (status: string) => ({
  status,
  fullName: "adds up",
  failureMessages: status === "failed" ? ["AssertionError: 1 is not 2\n    at a_test.ts:3"] : [],
});

test("outcomeOf(): passed, failed and skipped tests, and what failed", () => {
  const outcome = outcomeOf({ numPassedTests: 2, numFailedTests: 1, numPendingTests: 3, testResults: [file("failed", [one("passed"), one("failed")])] });
  assert.deepEqual({ ...outcome, complaints: outcome.complaints.length }, { passed: 2, failed: 1, skipped: 3, complaints: 1 });
  assert.match(outcome.complaints[0] ?? "", /a_test\.ts: adds up\n {4}AssertionError: 1 is not 2/);
});

test("outcomeOf(): a file that could not be run is one failure", () => {
  const { passed, failed } = outcomeOf({
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 0,
    testResults: [file("passed", [one("passed")]), file("failed")],
  });
  assert.deepEqual({ passed, failed }, { passed: 5, failed: 1 });
});

test("outcomeOf(): no test at all is one failure", () => {
  const { passed, failed } = outcomeOf({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 4, testResults: [] });
  assert.deepEqual({ passed, failed }, { passed: 0, failed: 1 });
});
