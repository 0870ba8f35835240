/** The page `/lab` in a browser, under the demo of `npm start` and without it. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";

import { importAccounts } from "../wire/support/accounts.ts";
import { startServer } from "../wire/support/server.ts";
import { launch } from "./support/browser.ts";
import { faultsOf } from "./support/desk.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READY_MS = 40_000;

let browser: Browser;
let demo: { readonly url: string; stop(): Promise<void> };

/** `npm start` with its demo: the page's numbers come from its proxy. */
async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), "deskwire-lab-page-"));
  const { ADMIN_TOKEN: _, PUBLISH_TOKEN: __, ...environment } = process.env;
  const child = spawn(process.execPath, ["tools/start.ts"], {
    cwd: ROOT,
    env: { ...environment, HOST: "127.0.0.1", PORT: "0", DATA_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const over = new Promise((ended) => child.once("exit", ended));
  let output = "";
  const url = await new Promise<string>((found, failed) => {
    const late = setTimeout(() => failed(new Error(`The demo was not ready in time:\n${output}`)), READY_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const open = /measured: (http:\S+)\/lab/.exec(output)?.[1];
        if (!open) return;
        clearTimeout(late);
        found(open);
      });
    }
  });
  return {
    url,
    stop: async () => {
      child.kill();
      await over;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

beforeAll(async () => {
  [browser, demo] = await Promise.all([launch(), startDemo()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

async function open(url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.goto(`${url}/lab`);
  await page.waitForSelector("#seconds");
  return { page, faults, close: () => context.close() };
}

/** By the keyboard alone. */
async function run(page: Page, seconds: number): Promise<void> {
  await page.focus("#seconds");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(String(seconds));
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-phase="running"]', { timeout: 15_000 });
  await page.waitForSelector('[data-phase="done"], .notice.bad', { timeout: (seconds + 15) * 1000 });
  assert.equal(await page.locator(".notice.bad").count(), 0, await page.locator("main").innerText());
}

const figure = async (page: Page, transport: string, name: string): Promise<number> =>
  Number((await page.innerText(`[data-transport="${transport}"] [data-figure="lab-${name}"]`)).replace(/[.,\s]/g, ""));

async function findNothing(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: of } = window as unknown as { axe: typeof axe };
    const { violations } = await of.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join("; ")}`);
  });
  assert.deepEqual(found, [], where);
}

test("a run under the demo: every transport gets every event, and the proxy's counts are what the argument says", async () => {
  const { page, faults, close } = await open(demo.url);
  await findNothing(page, "before a run");
  await run(page, 3);
  const planned = Number(/of (\d+) events/.exec(await page.innerText(".lab-progress"))?.[1]);
  assert.ok(planned >= 2, String(planned));
  const transports = ["http-1.0", "short-0.5", "short-1", "long-poll", "sse", "bosh", "websocket"];
  for (const transport of transports) {
    assert.equal(await figure(page, transport, "events"), planned, transport);
    assert.ok((await figure(page, transport, "up")) > 300 && (await figure(page, transport, "down")) > 1000, transport);
  }
  assert.equal(await figure(page, "http-1.0", "connections"), await figure(page, "http-1.0", "requests"));
  assert.equal(await figure(page, "short-1", "connections"), 1);
  assert.ok((await figure(page, "short-0.5", "requests")) > (await figure(page, "short-1", "requests")));
  assert.ok((await figure(page, "short-0.5", "empty")) > 0);
  for (const transport of ["sse", "websocket"]) {
    assert.deepEqual([await figure(page, transport, "requests"), await figure(page, transport, "connections")], [1, 1], transport);
  }
  // Something is drawn in both charts.
  const drawn = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLCanvasElement>(".chart canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: new Uint8ClampedArray() };
      return data.some((value) => value !== 0);
    }),
  );
  assert.deepEqual(drawn, [true, true]);
  await findNothing(page, "after a run");
  assert.deepEqual(faults, []);
  await close();
});

test("in German, dark, on a narrow screen; and a run can be stopped", async () => {
  const { page, faults, close } = await open(demo.url, { locale: "de-DE", colorScheme: "dark", viewport: { width: 400, height: 800 } });
  assert.equal(await page.getAttribute("html", "lang"), "de");
  assert.equal(await page.innerText("h1"), "Transportlabor");
  await page.click("role=button[name=Starten]");
  await page.waitForSelector('[data-phase="running"]', { timeout: 15_000 });
  await page.click("role=button[name=Anhalten]");
  await page.waitForSelector('[data-phase="stopped"]');
  await page.waitForSelector(".chart canvas");
  await findNothing(page, "in German");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is wider than the screen");
  assert.deepEqual(faults, []);
  await close();
});

describe("what the demo lets through", () => {
  const told = async () => (await (await fetch(`${demo.url}/lab.json`)).json()) as { control: number; node: string; ways: Record<string, number> };
  const at = (port: number | undefined, path: string, headers: Record<string, string>, method = "GET") =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers });

  test("only its own page, and of that only what a transport needs", async () => {
    const { control, node, ways } = await told();
    const events = `/api/v1/nodes/${encodeURIComponent(node)}/events`;
    const own = { Origin: demo.url };
    assert.equal((await at(ways["long-poll"], events, own)).status, 200);
    for (const [port, path, headers, method] of [
      [ways["long-poll"], events, {}, "GET"],
      [ways["long-poll"], events, { Origin: "https://elsewhere.test" }, "GET"],
      [ways["long-poll"], "/api/v1/nodes/%2Ffinesse%2Fapi%2FUser%2F1001/events", own, "GET"],
      [ways["long-poll"], `/api/v1/nodes/${encodeURIComponent(node)}/items`, own, "POST"],
      [ways["websocket"], events, own, "GET"],
      [control, "/counts", {}, "GET"],
      [control, "/counts", { Origin: "https://elsewhere.test" }, "GET"],
    ] as const) {
      assert.equal((await at(port, path, headers, method)).status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
    }
    assert.equal((await at(control, "/counts", own)).status, 200);
  });

  test("an event that cannot be published is answered with why", async () => {
    const { control } = await told();
    const answer = await fetch(`http://127.0.0.1:${control}/events?id=long`, { method: "POST", headers: { Origin: demo.url }, body: "x".repeat(10_001) });
    assert.equal(answer.status, 502);
    assert.match(await answer.text(), /too long/);
  });

  test("the content policy of /lab names its ports, and no other page's does", async () => {
    const { control, ways } = await told();
    const policy = async (path: string) => (await fetch(`${demo.url}${path}`)).headers.get("Content-Security-Policy") ?? "";
    const ports = [control, ...Object.values(ways)];
    for (const port of ports) assert.ok((await policy("/lab")).includes(`http://127.0.0.1:${port} ws://127.0.0.1:${port}`), String(port));
    assert.match(await policy("/lab"), /script-src 'self'; style-src 'self';/);
    for (const port of ports) assert.ok(!(await policy("/")).includes(String(port)));
  });
});

test("without the demo: with a token, and said to be estimates", async () => {
  const server = await startServer({});
  try {
    await importAccounts(server);
    assert.equal((await fetch(`${server.url}/lab.json`)).status, 404);
    const { page, faults, close } = await open(server.url);
    await page.fill("#token", "publish-secret");
    await page.fill("#user", "7001");
    await page.fill("#password", "pw-7001");
    assert.match(await page.innerText(".lab-note"), /^Estimates/);
    await run(page, 3);
    const planned = Number(/of (\d+) events/.exec(await page.innerText(".lab-progress"))?.[1]);
    assert.equal(await page.locator("tbody tr").count(), 6);
    for (const transport of ["short-0.5", "short-1", "long-poll", "sse", "bosh", "websocket"]) {
      assert.equal(await figure(page, transport, "events"), planned, transport);
      assert.ok((await figure(page, transport, "requests")) > 0 && (await figure(page, transport, "down")) > 0, transport);
    }
    assert.equal(await page.innerText('[data-transport="short-1"] [data-figure="lab-up"]'), "–");
    assert.deepEqual(faults, []);
    await close();
  } finally {
    await server.stop();
  }
});
