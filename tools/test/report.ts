/**
 * Reading what vitest's JSON reporter wrote.
 *
 * @module
 */

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What went wrong, ready to print. */
  readonly complaints: readonly string[];
}

/** The part of a report that is read here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages: readonly string[] | null }[];
  }[];
}

const STACK_LINES = 12;

/** Counts a report. A file that could not run counts as one failure, and so does a run without any test. */
export function outcomeOf(report: VitestReport): Outcome {
  const broken = report.testResults.filter(({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"));
  const complaints = [
    ...broken.map(({ name, message }) => `${name}\n${clipped(message)}`),
    ...report.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === "failed")
        .map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${clipped((failureMessages ?? []).join("\n"))}`),
    ),
  ];
  const failed = report.numFailedTests + broken.length;
  if (report.numPassedTests + failed > 0) return { passed: report.numPassedTests, failed, skipped: report.numPendingTests, complaints };
  return { passed: 0, failed: 1, skipped: report.numPendingTests, complaints: ["There was no test to run."] };
}

function clipped(text: string): string {
  return text
    .split("\n")
    .slice(0, STACK_LINES)
    .map((line) => `    ${line}`)
    .join("\n");
}
