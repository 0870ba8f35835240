/** The desk page in a browser behind a proxy that lets no WebSocket through. */

import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, test } from "vitest";

import { importAccounts, teamNode, userNode } from "../wire/support/accounts.ts";
import { type Server, startServer } from "../wire/support/server.ts";
import { UpgradeProxy } from "../wire/support/upgrade_proxy.ts";
import { launch } from "./support/browser.ts";
import { fillIn, memberStateIs, openDesk, ownStateIs, phaseIs, tell, userEvent, type Window } from "./support/desk.ts";

const STEPS = ["post", "open", "auth", "bind", "presence", "subscribe-user", "subscribe-team"];
/** Waits of the client are among it. */
const SIGN_IN_MS = 20_000;

let browser: Browser;
let server: Server;
let proxy: UpgradeProxy;
const windows: Window[] = [];

async function open(...more: Parameters<typeof openDesk> extends [unknown, unknown, ...infer Rest] ? Rest : never): Promise<Window> {
  const window = await openDesk(browser, { url: proxy.origin }, ...more);
  windows.push(window);
  return window;
}

async function signInOver(page: Page, transport: "websocket" | "bosh"): Promise<void> {
  await fillIn(page, "7001");
  await phaseIs(page, "signed-in", SIGN_IN_MS);
  await goesOver(page, transport);
}

async function goesOver(page: Page, transport: "websocket" | "bosh"): Promise<void> {
  await page.waitForSelector(`[data-transport="${transport}"]`, { timeout: SIGN_IN_MS });
}

beforeAll(async () => {
  browser = await launch();
  server = await startServer({ LOCKOUT_FAILURES: "0" });
  proxy = await UpgradeProxy.start(server);
  await importAccounts(server);
});
afterEach(async () => {
  const faults = windows.flatMap((window) => window.faults);
  for (const window of windows.splice(0)) await window.close();
  proxy.way = "pass";
  proxy.upgrades.length = 0;
  assert.deepEqual(faults, []);
});
afterAll(async () => {
  await browser?.close();
  await proxy?.stop();
  await server?.stop();
});

for (const way of ["refused", "silent"] as const) {
  test(`upgrades are ${way}: the desk signs in over HTTP requests, shows events as they happen, and says so`, async () => {
    proxy.way = way;
    const { page } = await open();
    await signInOver(page, "bosh");
    assert.equal(await page.innerText("[data-transport]"), "over HTTP requests (BOSH)");
    assert.match(await page.innerText("#roundabout"), /No WebSocket gets through here\.[\s\S]*nothing is missing/);
    const talking = userEvent({ id: "7001", name: "Ada Lovelace", state: "TALKING", more: "<teamId>42</teamId><teamName>Sales</teamName>" });
    await tell(server, userNode("7001"), talking);
    await tell(server, teamNode("42"), talking);
    await ownStateIs(page, "TALKING");
    await memberStateIs(page, { team: "42", id: "7001", state: "TALKING" });
    const shown = await page.locator("[data-step]").evaluateAll((steps) => steps.map((step) => step.getAttribute("data-step")));
    assert.deepEqual(shown, STEPS);
    for (const step of STEPS) await page.waitForSelector(`[data-step="${step}"][data-progress="done"]`, { timeout: 3000 });
    assert.match(await page.innerText('[data-step="post"]'), /Method\s+POST[\s\S]*File name\s+\/http-bind\//);
    await page.click("#roundabout button");
    await page.waitForSelector("#roundabout", { state: "detached" });
  });
}

test("begun on a socket, cut, and none lets through any more: resumed over HTTP requests; a reload stays there, without asking for a socket", async () => {
  const { page } = await open();
  await signInOver(page, "websocket");
  assert.equal(await page.innerText("[data-transport]"), "over WebSocket");
  proxy.way = "refused";
  proxy.cut();
  await tell(server, userNode("7001"), userEvent({ id: "7001", state: "READY" }));
  await goesOver(page, "bosh");
  await page.waitForSelector("#resumed");
  await ownStateIs(page, "READY");
  const asked = proxy.upgrades.length;
  await page.reload();
  await phaseIs(page, "signed-in");
  await page.waitForSelector("#resumed");
  await goesOver(page, "bosh");
  await ownStateIs(page, "READY");
  await tell(server, userNode("7001"), userEvent({ id: "7001", state: "TALKING" }));
  await ownStateIs(page, "TALKING");
  assert.equal(proxy.upgrades.length, asked);
});

test("a WebSocket is looked for after a minute; when one gets through the desk moves there", async () => {
  proxy.way = "refused";
  const { page } = await open();
  await page.clock.install();
  await signInOver(page, "bosh");
  const asked = proxy.upgrades.length;
  proxy.way = "pass";
  await page.clock.fastForward(61_000);
  await goesOver(page, "websocket");
  assert.equal(proxy.upgrades.length, asked + 2, "one to look, one to go on with");
  await page.waitForSelector("#resumed");
  await tell(server, userNode("7001"), userEvent({ id: "7001", state: "TALKING" }));
  await ownStateIs(page, "TALKING");
});

test("in German", async () => {
  proxy.way = "refused";
  const { page } = await open({ locale: "de-DE" });
  await signInOver(page, "bosh");
  assert.equal(await page.innerText("[data-transport]"), "über HTTP-Anfragen (BOSH)");
  assert.match(await page.innerText("#roundabout"), /Hier kommt kein WebSocket durch\.[\s\S]*Es fehlt nichts/);
  assert.match(await page.innerText('[data-step="post"]'), /HTTP-Anfragen/);
});
