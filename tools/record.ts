/**
 * `npm run record`: makes the recordings of `test/recordings/` anew, all of them or those whose names begin with what is given.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";

import { launch } from "../test/browser/support/browser.ts";
import { indexOf, renderIndex } from "./recorder/index_file.ts";
import { servePage } from "./recorder/page_server.ts";
import { SCENARIOS } from "./recorder/scenarios/mod.ts";
import { pause } from "./recorder/servers/peer.ts";
import { type Scenario, Servers, Stage } from "./recorder/stage.ts";

/** The last events of the browser may come a moment after the page's. */
const SETTLE_MS = 500;
const FOLDER = fileURLToPath(new URL("../test/recordings/", import.meta.url));

interface House {
  readonly browser: Browser;
  readonly origin: string;
  readonly servers: Servers;
}

/** Answers how many failed. */
async function recordAll(scenarios: readonly Scenario[]): Promise<number> {
  const [page, browser, servers] = [await servePage(), await launch(), new Servers()];
  const house: House = { browser, origin: page.origin, servers };
  let failures = 0;
  const record = async (scenario: Scenario) => {
    const began = performance.now();
    try {
      await recordOne(scenario, house);
      console.log(`${scenario.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    } catch (fault) {
      failures++;
      console.error(`${scenario.name} failed: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  };
  try {
    const waiting = scenarios.filter(({ waits }) => waits).map(record);
    for (const scenario of scenarios.filter(({ waits }) => !waits)) await record(scenario);
    await Promise.all(waiting);
  } finally {
    await browser.close();
    await servers.stop();
    await page.stop();
  }
  return failures;
}

async function recordOne(scenario: Scenario, house: House): Promise<void> {
  const stage = new Stage(house);
  try {
    await stage.set(scenario);
    await scenario.play(stage);
    await pause(SETTLE_MS);
    const har = await stage.tab.recorder.har();
    await writeFile(join(FOLDER, `${scenario.name}.har`), `${JSON.stringify(har, null, 2)}\n`);
  } finally {
    await stage.clear();
  }
}

const wanted = process.argv.slice(2);
const chosen = SCENARIOS.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));
if (chosen.length === 0) {
  console.error(`No recording begins with ${wanted.join(", ")}.`);
  process.exitCode = 1;
} else {
  const failures = await recordAll(chosen);
  await writeFile(join(FOLDER, "index.json"), renderIndex(indexOf(SCENARIOS, FOLDER)));
  console.log(`${chosen.length - failures} of ${chosen.length} recorded`);
  process.exitCode = failures > 0 ? 1 : 0;
}
