/** Converse.js, a whole XMPP client for browsers, on a page of another origin: signs in by itself, unchanged. */

import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { importAccounts, userNode } from "../wire/support/accounts.ts";
import { publish, setContact, update } from "../wire/support/publish.ts";
import { DOMAIN, type Server, startServer } from "../wire/support/server.ts";
import { launch } from "./support/browser.ts";
import { type ConverseWindow, serveConverse, type Site } from "./support/converse.ts";

const JID = `7001@${DOMAIN}/converse`;

let browser: Browser;
let server: Server;
/** Its pages may open a socket. */
let allowed: Site;
/** Its pages may not. */
let stranger: Site;

beforeAll(async () => {
  const options = () => ({ socketUrl: server.socketUrl, jid: JID, password: "pw-7001" });
  [browser, allowed, stranger] = await Promise.all([launch(), serveConverse(options), serveConverse(options)]);
  server = await startServer({ ALLOWED_ORIGINS: allowed.origin });
  await importAccounts(server);
  await setContact(server, true);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), allowed?.stop(), stranger?.stop()]);
});

async function open(site: Site): Promise<{ readonly page: Page; readonly frames: readonly string[] }> {
  const page = await browser.newPage();
  const frames: string[] = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  await page.goto(site.origin);
  return { page, frames };
}

async function contactIs(page: Page, status: "online" | "offline"): Promise<void> {
  const asked = { jid: `finesse@${DOMAIN}`, status };
  await page.waitForFunction(async ({ jid, status: wanted }) => {
    const contact = await (window as unknown as ConverseWindow).converseApi.contacts.get(jid);
    return contact?.get("subscription") === "both" && contact.getStatus() === wanted;
  }, asked);
}

test("signs in, has the service contact in its roster, and sees it come and go", async () => {
  const { page, frames } = await open(allowed);
  await page.waitForFunction(() => (window as unknown as ConverseWindow).heard.includes("connected"));
  await page.waitForFunction(() => (window as unknown as ConverseWindow).heard.includes("rosterContactsFetched"));
  assert.equal(await page.evaluate(() => (window as unknown as ConverseWindow).converseApi.connection.get().jid), JID);
  await contactIs(page, "online");
  await setContact(server, false);
  await contactIs(page, "offline");
  await setContact(server, true);
  await contactIs(page, "online");

  assert.equal((await publish(server, userNode("7001"), update("for Converse"))).status, 201);
  await page.waitForFunction(() => (window as unknown as ConverseWindow).converseApi.ping(null, 3000));
  assert.ok(
    frames.some((frame) => frame.startsWith("<message ") && frame.includes("for Converse")),
    frames.join("\n"),
  );
  assert.ok(!frames.some((frame) => frame.includes("<stream:error")), frames.join("\n"));
  await page.close();
});

test("signs in over plain HTTP requests, by Strophe's BOSH, and hears events", async () => {
  const site = await serveConverse(() => ({ socketUrl: `${overHttp.url}/http-bind/`, jid: `7002@${DOMAIN}/converse`, password: "pw-7002" }));
  const overHttp = await startServer({ ALLOWED_ORIGINS: site.origin });
  try {
    await importAccounts(overHttp);
    await setContact(overHttp, true);
    const page = await browser.newPage();
    const bodies: string[] = [];
    page.on("response", async (response) => {
      if (response.url().includes("http-bind")) bodies.push(await response.text().catch(() => ""));
    });
    await page.goto(site.origin);
    await page.waitForFunction(() => (window as unknown as ConverseWindow).heard.includes("connected"));
    await page.waitForFunction(() => (window as unknown as ConverseWindow).heard.includes("rosterContactsFetched"));
    await page.waitForFunction(() => (window as unknown as ConverseWindow).converseApi.ping(null, 3000));
    await publish(overHttp, userNode("7002"), update("over HTTP"));
    await expect.poll(() => bodies.some((body) => body.includes("over HTTP")), { timeout: 10_000 }).toBe(true);
    await page.close();
  } finally {
    await Promise.all([overHttp.stop(), site.stop()]);
  }
});

test("a page of an origin that is not allowed gets no socket", async () => {
  const page = await browser.newPage();
  const refusal = page.waitForEvent("console", (message) => /WebSocket connection to .* failed/.test(message.text()));
  await page.goto(stranger.origin);
  assert.match((await refusal).text(), /Unexpected response code: 403/);
  const heard = await page.evaluate(() => (window as unknown as ConverseWindow).heard);
  assert.ok(!heard.includes("connected"), heard.join(" "));
  await page.close();
});
