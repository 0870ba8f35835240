/**
 * `npm run lab`: what each transport costs, measured: the same events over all of them at the same time.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { chartOf } from "./lab/chart.ts";
import { eventsOf } from "./lab/events.ts";
import { type LabOptions, readLabOptions, USAGE } from "./lab/options.ts";
import { tableOf, withTable } from "./lab/report.ts";
import { type Result, runLab } from "./lab/run.ts";
import { withServer } from "./lab/server.ts";
import { ROOT } from "./start/options.ts";
import { Problem } from "./start/problem.ts";

const DOCUMENT = join(ROOT, "docs/transports.md");
const CHART = join(ROOT, "docs/images/transports.svg");

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
try {
  const options = readLabOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await measure(options);
} catch (fault) {
  console.error(fault instanceof Problem ? fault.message : fault);
  process.exitCode = 1;
}

async function measure({ seed, seconds, write }: LabOptions): Promise<void> {
  const events = eventsOf({ seed, seconds });
  console.log(`${events.length} events in ${seconds} s, seed ${seed}, over every transport at once.`);
  const results = await withServer((target) => runLab(target, events, seconds));
  const table = tableOf(results);
  console.log(`\n${table}`);
  if (write) save(results, `${table}\n\n${events.length} events in ${seconds} s, seed ${seed}; latencies in milliseconds.`);
}

function save(results: readonly Result[], text: string): void {
  writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, "utf8"), text));
  writeFileSync(CHART, chartOf(results, "What each transport costs: bytes and latency"));
  console.log("\nWritten: docs/transports.md, docs/images/transports.svg");
}
