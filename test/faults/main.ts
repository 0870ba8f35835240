/**
 * `npm run test:faults`: a server is broken in every way that can be had, and nothing may be lost unnoticed.
 *
 * @module
 */

import { writeFileSync } from "node:fs";

import { readOptions, USAGE } from "./options.ts";
import { failuresOf, reportOf } from "./report.ts";
import { Return } from "./return.ts";
import { Run } from "./run.ts";
import { StalledReader } from "./stalled_reader.ts";

const say = (line: string): void => console.log(line);

/** What is to be ended whatever happens: processes by their ids, and the folder of the rows. */
let running: { stop(): Promise<void> } | undefined;
let isEnding = false;

function end(why: string, code: number): void {
  if (isEnding) return;
  isEnding = true;
  console.error(why);
  void Promise.resolve(running?.stop()).finally(() => process.exit(code));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(`${signal}: ending what was started`, 130));
// Libraries under test may throw where nobody can catch it: no server may be left behind.
process.on("uncaughtException", (fault) => end(fault.stack ?? String(fault), 1));
process.on("unhandledRejection", (fault) => end(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault), 1));
// Nor by a reader of the output that went away.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => end("", 1));

try {
  const options = readOptions(process.argv.slice(2));
  process.exitCode = await perform(options);
} catch (fault) {
  console.error(fault instanceof Error ? fault.message : String(fault));
  process.exitCode = 1;
}
if (!isEnding) {
  isEnding = true;
  await running?.stop();
  process.exit();
}

async function perform(options: ReturnType<typeof readOptions>): Promise<number> {
  switch (options.mode) {
    case "help":
      say(USAGE);
      return 0;
    case "run": {
      const run = await Run.make(options);
      running = run;
      const audited = await run.carryOut(say);
      if (options.diaries !== null) writeFileSync(options.diaries, [...run.diaries(), ""].join("\n"));
      for (const line of reportOf(audited)) say(line);
      return failuresOf(audited) > 0 ? 1 : 0;
    }
    case "stalled-reader": {
      const stalled = await StalledReader.make(options.megabytes);
      running = stalled;
      return (await stalled.carryOut(say)) > 0 ? 1 : 0;
    }
    case "return": {
      const returning = await Return.make(options.agents);
      running = returning;
      return (await returning.carryOut(say)) > 0 ? 1 : 0;
    }
  }
}
