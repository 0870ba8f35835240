/**
 * `npm run simulate`: plays a contact centre's back end against any Deskwire, through its public HTTP API alone.
 *
 * @module
 */

import { readSimulatorOptions, type SimulatorOptions, USAGE } from "./simulator/options.ts";
import { findFloor } from "./simulator/roster.ts";
import { simulate } from "./simulator/run.ts";
import { Problem } from "./start/problem.ts";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
try {
  const options = readSimulatorOptions(process.argv.slice(2), process.env);
  if (options === "help") console.log(USAGE);
  else await play(options);
} catch (fault) {
  console.error(fault instanceof Problem ? fault.message : fault);
  process.exit(1);
}

async function play(options: SimulatorOptions): Promise<void> {
  const { url, domain, token, seed, speed } = options;
  const floor = await findFloor(options, console.log);
  console.log(`Simulating ${floor.people.length} people at ${url}, seed ${seed}, speed ${speed}. Ctrl-C ends it; the service contact's lease then runs out.`);
  await simulate({ url, domain, token, seed, speed, floor, say: console.log }).ended;
}
