/**
 * `npm run bench:transports`: what a delivery costs the server over each transport, with all of them connected at once.
 *
 * @module
 */

import { loadavg } from "node:os";

import { type BenchOptions, readBenchOptions, USAGE } from "./bench/options.ts";
import { tableOf } from "./bench/report.ts";
import { runBench } from "./bench/run.ts";
import { openFileLimit, runAgainWithMoreFiles } from "./start/open_files.ts";
import { Problem } from "./start/problem.ts";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
try {
  const options = readBenchOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else process.exitCode = await (runAgainWithMoreFiles(openFileLimit()) || measure(options));
} catch (fault) {
  console.error(fault instanceof Problem ? fault.message : fault);
  process.exitCode = 1;
}

/** @returns the exit code */
async function measure(options: BenchOptions): Promise<number> {
  const { users, team, rate, seconds } = options;
  console.log(`${users} of each kind in teams of ${team}, ${rate} deliveries a second, ${seconds} s each. Load before: ${load()}`);
  const outcome = await runBench(options, (what) => console.log(what));
  const { deliveries, lost, repeated, outOfOrder } = outcome.audit;
  console.log(`\n${tableOf(outcome, users)}\n`);
  console.log(`Idle, with everybody connected: ${(outcome.idleShare * 100).toFixed(1)} % of a core. Load after: ${load()}`);
  console.log(`${deliveries.toLocaleString("en-US")} deliveries in all: ${lost} lost, ${repeated} repeated, ${outOfOrder} out of order.`);
  return lost + repeated + outOfOrder === 0 ? 0 : 1;
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(", ");
}
