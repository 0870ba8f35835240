/** The README's first minutes: its command starts the demo, two people look at the page, its curl publishes, both see it. */

import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";

import { blocksOf, readDocument, stepsOf } from "../docs/support/blocks.ts";
import { carryOut } from "../docs/support/rules.ts";
import { Workbench } from "../docs/support/workbench.ts";
import { launch } from "./support/browser.ts";
import { faultsOf, phaseIs } from "./support/desk.ts";

const NEWCOMER = '[data-team="1"] [data-member="1999"]';

let browser: Browser;
let bench: Workbench;

beforeAll(async () => {
  [browser, bench] = await Promise.all([launch(), Workbench.make()]);
});
afterAll(async () => {
  await browser?.close();
  await bench?.clear();
});

/** Opens the page in a window of its own and chooses an account. */
async function choose(name: string): Promise<{ readonly page: Page; readonly faults: readonly string[] }> {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.goto(`${bench.url}/`);
  await page.click(`.demo-account:has-text("${name}")`);
  await phaseIs(page, "signed-in");
  return { page, faults };
}

test("the two windows of the quick start", async () => {
  const [start, curl] = stepsOf(blocksOf(readDocument("README.md")));
  assert.ok(start && curl);
  await carryOut(bench, start);
  const windows = await Promise.all([choose("Lea Brandt"), choose("Ada Moreno")]);

  await carryOut(bench, curl);
  for (const { page, faults } of windows) {
    await page.waitForSelector(`${NEWCOMER}[data-state="READY"]`, { timeout: 5000 });
    assert.match(await page.innerText(NEWCOMER), /^Nia Newcomer\s*1999\s+Ready/);
    assert.equal(await page.locator('[data-team="1"] [data-member]').last().getAttribute("data-member"), "1999");
    await page.click("role=tab[name=/Live/]");
    await page.getByLabel("Filter frames").fill("Newcomer");
    await page.waitForFunction(() => document.querySelectorAll(".frames.live .frame-item").length === 1);
    assert.match(await page.innerText(".frames.live .frame-item"), /Event\s+Team\/1\/Users · READY/);
    assert.deepEqual(faults, []);
  }
});
