/**
 * `npm test`: all that is run every day. One line per stage, and `N passed, N failed` as the last line.
 *
 * `node tools/test.ts pure wire` runs the named stages only.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { QUIET } from "./quiet.ts";
import { type Outcome, outcomeOf, type VitestReport } from "./test/report.ts";
import { type Stage, STAGES } from "./test/stages.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const OUTPUT_LINES = 60;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !STAGES.some((stage) => stage.name === name));
if (unknown) {
  console.error(`There is no stage ${unknown}. There are: ${STAGES.map(({ name }) => name).join(", ")}`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "deskwire-test-"));
let passed = 0;
let failed = 0;
try {
  for (const stage of STAGES) {
    if (asked.length > 0 && !asked.includes(stage.name)) continue;
    const outcome = await run(stage);
    passed += outcome.passed;
    failed += outcome.failed;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);

async function run(stage: Stage): Promise<Outcome> {
  const began = performance.now();
  const outcome = stage.project ? await runTests(stage) : await runCheck(stage);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : "";
  for (const complaint of outcome.complaints) console.log(complaint);
  console.log(`${stage.name.padEnd(8)} ${outcome.passed} passed, ${outcome.failed} failed${skipped} (${seconds} s)`);
  return outcome;
}

async function runCheck({ commands, readsReports }: Stage): Promise<Outcome> {
  const runs = [];
  const reports = readsReports && asked.length === 0 ? ["--reports", folder] : [];
  for (const command of commands) runs.push(await execute([...command, ...reports]));
  const wrong = runs.filter(({ code }) => code !== 0);
  return { passed: wrong.length === 0 ? 1 : 0, failed: wrong.length === 0 ? 0 : 1, skipped: 0, complaints: wrong.map(({ output }) => lastLines(output)) };
}

async function runTests({ name, commands }: Stage): Promise<Outcome> {
  const file = join(folder, `${name}.json`);
  const { code, output } = await execute([...(commands[0] ?? []), "--reporter=json", `--outputFile=${file}`]);
  const outcome = outcomeIn(file);
  if (outcome && (code === 0 || outcome.failed > 0)) return outcome;
  // Vitest ended badly although no test failed: an error outside of any test.
  return { passed: 0, skipped: 0, ...outcome, failed: 1, complaints: [lastLines(output)] };
}

function outcomeIn(file: string): Outcome | undefined {
  try {
    return outcomeOf(JSON.parse(readFileSync(file, "utf8")) as VitestReport);
  } catch {
    return undefined;
  }
}

function execute(command: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((done, broke) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...QUIET, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", broke);
    child.once("close", (code) => done({ code, output }));
  });
}

function lastLines(output: string): string {
  return output.trimEnd().split("\n").slice(-OUTPUT_LINES).join("\n");
}
