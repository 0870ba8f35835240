/** The page `/inspect` in a browser: recordings by file, drop and paste, the desk's own connection, 10,000 frames. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Download, Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";

import { explain, type RawFrame, readHar, readPasted } from "../../explain/mod.ts";
import { conversationOf, upgradeOf } from "../explain/support.ts";
import { importAccounts, userNode } from "../wire/support/accounts.ts";
import { type Server, startServer } from "../wire/support/server.ts";
import { launch } from "./support/browser.ts";
import { faultsOf, fillIn, openDesk, phaseIs, signIn, tell, userEvent } from "./support/desk.ts";

const FAILING = new URL("../../web/inspect/examples/wrong_password.har", import.meta.url);
const SECRETS = ["ADcwMDEAcHctbWlzdGFrZW4=", "pw-mistaken", "AHctbWlzdGFrZW4"];

let browser: Browser;
let server: Server;
let folder = "";
interface Opened {
  readonly page: Page;
  readonly faults: readonly string[];
  close(): Promise<void>;
}
const opened: Opened[] = [];

async function open(options: BrowserContextOptions = {}, path = "/inspect"): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  opened.push({ page, faults: faultsOf(page), close: () => context.close() });
  await page.goto(server.url + path);
  await page.waitForSelector("main");
  return page;
}

beforeAll(async () => {
  [browser, server] = await Promise.all([launch(), startServer({ LOCKOUT_FAILURES: "0" })]);
  await importAccounts(server);
  folder = await mkdtemp(join(tmpdir(), "deskwire-inspect-"));
});
afterEach(async () => {
  const faults = opened.flatMap((each) => each.faults);
  for (const each of opened.splice(0)) await each.close();
  assert.deepEqual(faults, []);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

// ---------------------------------------------------------------- recordings

const login = conversationOf("login.txt")[0]?.frames ?? [];

interface Socket {
  readonly frames: readonly RawFrame[];
  /** What DevTools write where a handshake fails. */
  readonly error?: string;
}

/** A HAR file as Chrome saves it. */
function harOf(sockets: readonly Socket[], creator = "WebInspector", more: object = {}): string {
  const { requestHeaders, responseHeaders, url } = upgradeOf();
  const entries = sockets.map(({ frames, error }) => ({
    startedDateTime: new Date((frames[0]?.at ?? 0) - 10).toISOString(),
    time: (frames.at(-1)?.at ?? 0) - (frames[0]?.at ?? 0) + 10,
    _resourceType: "websocket",
    request: { method: "GET", url, headers: error ? [] : requestHeaders },
    response: error ? { status: 0, statusText: "", headers: [] } : { status: 101, statusText: "Switching Protocols", headers: responseHeaders },
    ...(creator !== "Firefox" && {
      _webSocketMessages: [
        ...(error ? [{ type: "error", time: 0, opcode: -1, data: error }] : []),
        ...frames.map(({ direction, at, text }) => ({ type: direction === "out" ? "send" : "receive", time: (at ?? 0) / 1000, opcode: 1, data: text })),
      ],
    }),
  }));
  return JSON.stringify({ log: { version: "1.2", creator: { name: creator, version: "140" }, entries, ...more } });
}

/** The seed's sign-in, then so many events with a ping now and then. */
function longConversation(count: number): RawFrame[] {
  const start = login.slice(0, -5);
  const from = start.at(-1)?.at ?? 0;
  const payload = (at: number) =>
    userEvent({ id: "7001", name: "Ada Lovelace", state: at % 2 ? "READY" : "TALKING" })
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;");
  const more = Array.from({ length: count - start.length }, (_, at): RawFrame => {
    const when = from + 100 * (at + 1);
    if (at % 50 === 0) return { direction: "out", at: when, text: `<iq xmlns="jabber:client" type="get" id="p${at}"><ping xmlns="urn:xmpp:ping"/></iq>` };
    if (at % 50 === 1) return { direction: "in", at: when, text: `<iq xmlns="jabber:client" type="result" id="p${at - 1}"/>` };
    const text = `<message xmlns="jabber:client" from="pubsub.cc1.acme.test" to="7001@cc1.acme.test/desktop"><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="/finesse/api/User/7001"><item id="n${at}"><notification xmlns="http://jabber.org/protocol/pubsub">${payload(at)}</notification></item></items></event></message>`;
    return { direction: "in", at: when, text };
  });
  return [...start, ...more];
}

const file = (text: string, name = "recording.har") => ({ name, mimeType: "application/json", buffer: Buffer.from(text) });

async function choose(page: Page, text: string, name?: string): Promise<void> {
  await page.setInputFiles("input[type=file]", file(text, name));
}

const shown = (page: Page) => page.waitForSelector(".findings");
const faultsShown = (page: Page) => page.locator("[data-fault]").evaluateAll((items) => items.map((item) => item.getAttribute("data-fault")));
/** The page draws with the next picture: what is said there is awaited. */
async function countIs(page: Page, words: string): Promise<void> {
  await page.waitForSelector(`.conversation header [role=status]:text-is("${words}")`, { timeout: 5000 });
}
const drawnAnew = (page: Page) => page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
const saved = async (page: Page, label: string): Promise<{ readonly name: string; readonly text: string }> => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`role=button[name="${label}"]`)]);
  return { name: download.suggestedFilename(), text: await textIn(download) };
};
async function textIn(download: Download): Promise<string> {
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return readFile(path, "utf8");
}

/** Opens a file by dropping it. */
async function drop(page: Page, text: string, name: string): Promise<void> {
  await page.evaluate(
    ([body = "", called = ""]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([body], called));
      dispatchEvent(new DragEvent("dragover", { dataTransfer, cancelable: true }));
    },
    [text, name],
  );
  await page.waitForSelector(".drop-target");
  await page.evaluate(
    ([body = "", called = ""]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([body], called));
      dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    },
    [text, name],
  );
}

async function pasteInto(page: Page, text: string): Promise<void> {
  await page.evaluate((body) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", body);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

async function findNothing(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: of } = window as unknown as { axe: typeof axe };
    const { violations } = await of.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join("; ")}`);
  });
  assert.deepEqual(found, [], where);
}

const isWithin = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

// --------------------------------------------------------------------- tests

test("a failing recording: the fault, what to do, and the frame that shows it, at once", async () => {
  const page = await open();
  assert.match(await page.innerText("#private"), /read in this browser and nothing of it is uploaded/);
  await choose(page, readFileSync(FAILING, "utf8"), "from-agent.har");
  await shown(page);
  assert.match(await page.innerText(".bar"), /from-agent\.har/);
  assert.match(await page.innerText(".verdict h2"), /^1 fault found: /);
  assert.deepEqual(await faultsShown(page), ["wrong-password"]);
  assert.match(await page.innerText("[data-fault]"), /What to do: \S/);
  assert.equal(await page.getAttribute('[data-step="auth"]', "data-state"), "refused");
  // Its frame is chosen already, and in sight.
  assert.ok(await page.isVisible(".frame-row.selected.faulty[data-kind=auth-failure]"));
  const details = await page.innerText("#details");
  for (const part of [
    /not-authorized/,
    /RFC 6120 §6/,
    /What should come next/,
    /after \d+ ms/,
    /<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl">\s+<not-authorized\/>\s+<\/failure>/,
  ])
    assert.match(details, part);
  assert.equal(await page.innerText("#details .raw"), '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>');
  assert.match((await page.getAttribute("#details dd a", "href")) ?? "", /^https:\/\//);
  assert.equal(await page.getAttribute("[data-fault] a", "href"), "/inspect#fault/wrong-password");
});

test("nothing leaves the page while a recording is read, explained, copied and saved", async () => {
  const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.waitForLoadState("networkidle");
  const requests: string[] = [];
  page.on("request", (request: Request) => {
    if (!request.url().startsWith("blob:")) requests.push(request.url());
  });
  page.on("websocket", (socket) => requests.push(socket.url()));
  await choose(page, readFileSync(FAILING, "utf8"));
  await shown(page);
  await page.fill("input[type=search]", "auth");
  await page.click('role=button[name="Copy report"]');
  await page.waitForSelector("text=Copied");
  await saved(page, "Save as HAR");
  await drop(page, harOf([{ frames: login }]), "second.har");
  await page.waitForSelector(".bar:has-text('second.har')");
  await page.click('role=button[name="Open another"]');
  await pasteInto(page, readFileSync(FAILING, "utf8"));
  await shown(page);
  await page.waitForTimeout(300);
  assert.deepEqual(requests, []);
  const stored = await page.evaluate(async () =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys()]),
  );
  assert.equal(stored, "[{},{},[],[]]");
});

test("no secret in the page, the report, the HAR, the text or the clipboard", async () => {
  const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await choose(page, readFileSync(FAILING, "utf8").replace("WebInspector", "Web password=pw-mistaken"));
  await shown(page);
  await page.click("[data-kind=auth-request]");
  await page.waitForSelector("#details h3:has-text('Request – auth')");
  assert.match(await page.innerText("#details"), /signs in as 7001 with PLAIN/);
  assert.match(await page.innerText("#details .raw"), /mechanism="PLAIN"[^>]*>••••••••<\/auth>/);
  const texts = [await page.content()];
  await page.click("#details >> role=button[name=Copy]");
  await page.waitForSelector("#details .copied:has-text('Copied')");
  texts.push(await page.evaluate(() => navigator.clipboard.readText()));
  assert.match(texts[1] ?? "", /^<auth/);
  await page.click('role=button[name="Copy report"]');
  await page.waitForSelector(".exports .copied:has-text('Copied')");
  const report = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(report, /wrong-password/);
  const [har, text, markdown] = [await saved(page, "Save as HAR"), await saved(page, "Save as text"), await saved(page, "Save report")];
  assert.match(har.name, /\.har$/);
  assert.match(text.name, /\.txt$/);
  assert.match(markdown.name, /\.md$/);
  assert.equal(markdown.text, report);
  for (const each of [...texts, report, har.text, text.text]) for (const secret of SECRETS) assert.ok(!each.includes(secret), each.slice(0, 300));
  // What was saved is a recording again, and has the same fault.
  for (const again of [readHar(har.text), readPasted(text.text)]) {
    const { faults, frames } = explain(again);
    assert.equal(frames.length, 5);
    assert.ok(faults.some(({ code }) => code === "wrong-password"));
  }
});

test("the examples: one failing, one healthy", async () => {
  const page = await open();
  await page.click('role=button[name="Show an example: wrong password"]');
  await shown(page);
  assert.deepEqual(await faultsShown(page), ["wrong-password"]);
  await page.click('role=button[name="Open another"]');
  await page.click('role=button[name="Show an example: all is well"]');
  await shown(page);
  assert.equal(await page.innerText(".verdict h2"), "No fault found");
  assert.deepEqual(await faultsShown(page), []);
  assert.equal(await page.locator(".step-chip:not(.done)").count(), 0);
});

test("the upgrade as a table: each field, its value, what it should be", async () => {
  const page = await open();
  await choose(page, harOf([{ frames: login }]));
  await shown(page);
  await page.click("#upgrade summary");
  await page.waitForSelector("#upgrade tbody");
  const row = async (name: string) => (await page.locator(`[data-field="${name}"] td`).allInnerTexts()).map((text) => text.trim());
  assert.deepEqual(await row("request method"), ["GET", "GET", "yes"]);
  assert.deepEqual(await row("request sec-websocket-protocol"), ["xmpp", "xmpp", "yes"]);
  assert.deepEqual(await row("response status"), ["101 Switching Protocols", "101 Switching Protocols", "yes"]);
  assert.equal(await page.locator("#upgrade tbody tr").count(), 15);
});

test("a handshake that failed: its fault leads to the upgrade", async () => {
  const page = await open();
  await choose(page, harOf([{ frames: [], error: "Error during WebSocket handshake: Unexpected response code: 403" }]));
  await shown(page);
  assert.deepEqual(await faultsShown(page), ["origin-refused"]);
  await page.click('role=button[name="Show the upgrade"]');
  await page.waitForSelector("#upgrade details[open]");
  await page.waitForFunction(() => document.activeElement?.matches("#upgrade summary"));
  assert.match(await page.innerText(".conversation"), /No frames/);
});

const BAD: readonly { readonly what: string; readonly text: string; readonly says: RegExp }[] = [
  { what: "empty", text: "  ", says: /nothing in it/ },
  { what: "no JSON", text: "<html>", says: /no JSON, so it is no HAR file/ },
  { what: "cut off", text: harOf([{ frames: login }]).slice(0, 800), says: /ends in the middle/ },
  { what: "other JSON", text: '{"a":1}', says: /no HAR file/ },
  { what: "a HAR without a connection", text: '{"log":{"entries":[]}}', says: /neither a WebSocket nor a BOSH session/ },
];

test("bad files: each says why, and the next one can be tried", async () => {
  const page = await open();
  for (const { what, text, says } of BAD) {
    await choose(page, text);
    await page
      .waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector("#problem")?.textContent ?? ""), says.source, { timeout: 5000 })
      .catch(() => {
        throw new Error(what);
      });
    assert.equal(await page.getAttribute("#problem", "role"), "alert");
  }
  await choose(page, harOf([{ frames: login }]));
  await shown(page);
  // A bad one after a good one leaves the good one in sight.
  await choose(page, "{");
  await page.waitForSelector("#problem");
  assert.equal(await page.locator(".findings").count(), 1);
});

test("Firefox: the file lacks frames, the page says so and takes them pasted", async () => {
  const page = await open();
  await choose(page, harOf([{ frames: login }], "Firefox"));
  await page.waitForSelector('[data-note="firefox-no-frames"]');
  assert.match(await page.innerText('[data-note="firefox-no-frames"]'), /Firefox's files hold no frames/);
  await page.fill("#paste", login.map(({ direction, text }) => `${direction === "out" ? "→" : "←"} ${text}`).join("\n"));
  await page.click("role=button[name=Explain]");
  await page.waitForSelector("[data-kind=bind-response]");
  assert.equal(await page.locator('[data-note="firefox-no-frames"]').count(), 0);
  assert.match(await page.innerText(".upgrade-line"), /101 Switching Protocols/);
});

test("frames that are pasted as text, into the field and into the page", async () => {
  const page = await open();
  const text = login.map(({ text: frame }) => frame).join("\n\n");
  await page.click("text=Paste frames as text");
  await page.fill("#paste", text);
  await page.click("role=button[name=Explain]");
  await shown(page);
  await countIs(page, `${login.length} frames`);
  assert.match(await page.innerText('[data-note="no-directions"]'), /Directions are guessed/);
  await page.click('role=button[name="Open another"]');
  await pasteInto(page, "no frames at all");
  await page.waitForSelector("#problem");
  await pasteInto(page, text);
  await shown(page);
});

test("every recording of test/recordings/: its faults are shown, and none of its secrets", async () => {
  const folderOf = new URL("../recordings/", import.meta.url);
  const { secrets, recordings } = JSON.parse(readFileSync(new URL("index.json", folderOf), "utf8")) as {
    readonly secrets: readonly string[];
    readonly recordings: readonly { readonly file: string; readonly expects: readonly string[] }[];
  };
  const page = await open();
  for (const { file: name, expects } of recordings) {
    await choose(page, readFileSync(new URL(name, folderOf), "utf8"), name);
    await page.waitForSelector(`.bar strong:text-is("${name}")`);
    await drawnAnew(page);
    if ((await page.locator(".more-faults .button").count()) > 0) await page.click(".more-faults .button");
    assert.deepEqual([...new Set(await faultsShown(page))].sort(), expects.toSorted(), name);
    const frames = page.locator('.frame-row[data-kind^="auth"], .frame-row[data-kind="malformed"]');
    for (let at = 0; at < Math.min(6, await frames.count()); at++) {
      await frames.nth(at).click();
      await drawnAnew(page);
      const html = await page.content();
      for (const secret of secrets) assert.ok(!html.includes(secret), `${name}: ${secret}`);
    }
  }
}, 180_000);

test("several connections: the one with the fault first, and a chooser", async () => {
  const page = await open();
  const failing = login
    .slice(0, 4)
    .concat({ direction: "in", at: (login[4]?.at ?? 0) + 1, text: '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>' });
  await choose(page, harOf([{ frames: login }, { frames: failing.map((frame) => ({ ...frame, at: (frame.at ?? 0) + 60_000 })) }]));
  await shown(page);
  assert.equal(await page.inputValue(".connections select"), "1");
  await countIs(page, "5 frames");
  assert.equal((await page.locator("[data-fault] h3").textContent())?.trim().split(" ").slice(-2).join(" "), "Connection 2");
  await page.selectOption(".connections select", "0");
  await countIs(page, `${login.length} frames`);
  await page.click('role=button[name="Show the frame"]');
  await page.waitForSelector(".frame-row.selected.faulty");
  assert.equal(await page.inputValue(".connections select"), "1");
});

test("filters and search: step, kind, direction, text; matches one after the other", async () => {
  const page = await open();
  await choose(page, harOf([{ frames: login }]));
  await shown(page);
  const all = login.length;
  await page.selectOption("label:has-text('Step') select", "auth");
  await countIs(page, `2 of ${all} frames`);
  await page.selectOption("label:has-text('Direction') select", "in");
  await countIs(page, `1 of ${all} frames`);
  await page.click('role=button[name="Clear filters"]');
  await page.selectOption("label:has-text('Kind') select", "event");
  await drawnAnew(page);
  assert.equal(await page.locator(".frame-row[data-kind=event]").count(), await page.locator(".frame-row").count());
  await page.click('role=button[name="Clear filters"]');
  await page.fill("input[type=search]", "SUBSCRIBE");
  await page.waitForSelector(".frame-row.match");
  assert.equal(await page.locator(".frame-row.match").count(), await page.locator(".frame-row").count());
  await page.uncheck("text=Only matches");
  await countIs(page, `${all} frames`);
  const matches = Number(/^(\d+) matches$/.exec(await page.innerText(".matches"))?.[1]);
  await page.focus("input[type=search]");
  const visited = new Set<string | null>();
  for (let presses = 0; presses < 3; presses++) {
    await page.keyboard.press("Enter");
    await drawnAnew(page);
    visited.add(await page.getAttribute(".frame-row.selected", "data-frame"));
    assert.equal(await page.locator(".frame-row.selected.match").count(), 1);
  }
  assert.ok(matches >= 3);
  assert.equal(visited.size, 3, "each a match of its own");
  await page.fill("input[type=search]", "not to be found");
  await page.check("text=Only matches");
  await page.waitForSelector("text=No frame matches");
});

test("gaps are marked, latencies are told, and a request leads to its answer", async () => {
  const page = await open();
  const late = login.map((frame, at) => ({ ...frame, at: (frame.at ?? 0) + (at > 17 ? 75_000 : 0) }));
  await choose(page, harOf([{ frames: late }]));
  await shown(page);
  await page.focus("[role=listbox]");
  await page.keyboard.press("End");
  await page.waitForSelector("[data-row=gap]:has-text('1 min 15 s without a frame')");
  await page.selectOption("label:has-text('Kind') select", "bind-request");
  await page.click("[data-kind=bind-request]");
  await page.click("#details .text-button");
  await page.waitForSelector(".frame-row.selected[data-kind=bind-response]");
  assert.match(await page.innerText(".frame-row.selected"), /after 15 ms/);
});

test("keyboard only: a file's frames, the details and back, the faults", async () => {
  const page = await open();
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const tabTo = async (selector: string) => {
    for (let presses = 0; presses < 60; presses++) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
      await press("Tab");
    }
    throw new Error(`Tab does not reach ${selector}`);
  };
  await tabTo("input[type=file]");
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector(".file-choice") as Element).outlineStyle), "none", "the focus is seen");
  await tabTo(".examples .button");
  await press("Enter");
  await shown(page);
  await tabTo(".step-chip button");
  await tabTo(".fault-links .button");
  await press("Enter");
  await tabTo("[role=listbox]");
  await page.waitForSelector("[aria-activedescendant=frame-4]");
  await press("ArrowUp");
  await page.waitForSelector("[aria-activedescendant=frame-3]");
  await press("Home");
  await page.waitForSelector("#frame-0[aria-selected=true]");
  await press("PageDown", "ArrowUp");
  await page.waitForSelector("#frame-3[aria-selected=true]");
  await press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "details");
  await tabTo("#details .text-button");
  await press("Enter");
  await page.waitForSelector("#frame-4[aria-selected=true]");
  await page.focus("#details .button");
  await press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "listbox");
  await page.keyboard.press("Shift+Tab");
  await tabTo("select");
});

describe.each(["light", "dark"] as const)("axe-core, %s", (colorScheme) => {
  test.each(["en-GB", "de-DE"])("%s: no findings, and nothing wider than a phone", async (locale) => {
    const page = await open({ colorScheme, locale, reducedMotion: "reduce" });
    assert.equal(await page.getAttribute("html", "lang"), locale.slice(0, 2));
    for (const disclosure of await page.locator(".source summary").all()) await disclosure.click();
    await findNothing(page, "the way in");
    await page.setViewportSize({ width: 390, height: 800 });
    assert.ok(await isWithin(page), "the way in on a phone");
    await choose(page, "nothing");
    await page.waitForSelector("#problem");
    await findNothing(page, "a bad file");
    await choose(page, readFileSync(FAILING, "utf8"));
    await shown(page);
    await page.click("#upgrade summary");
    await findNothing(page, "a fault on a phone");
    assert.ok(await isWithin(page), "a fault on a phone");
    await page.setViewportSize({ width: 1280, height: 900 });
    await choose(page, harOf([{ frames: login }, { frames: login }], "Firefox"));
    await page.waitForSelector('[data-note="firefox-no-frames"]');
    await findNothing(page, "Firefox");
    await choose(page, harOf([{ frames: login.map((frame, at) => ({ ...frame, at: (frame.at ?? 0) + at * 6000 })) }, { frames: login }]));
    await page.waitForSelector("[data-row=gap]");
    await page.fill("input[type=search]", "iq");
    await page.uncheck(".tools .switch input");
    await findNothing(page, "matches and gaps");
  });
});

test("10,000 frames: read without a long task, scrolled, filtered, and few of them drawn", async () => {
  const page = await open();
  await page.evaluate(() => {
    const tasks: number[] = [];
    (window as unknown as { tasks: number[] }).tasks = tasks;
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });
  const longest = async () => {
    const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks.splice(0));
    return Math.round(Math.max(0, ...tasks));
  };
  const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
  const text = harOf([{ frames: longConversation(10_000) }]);
  const path = join(folder, "long.har");
  await writeFile(path, text);
  const began = performance.now();
  await page.setInputFiles("input[type=file]", path);
  await shown(page);
  await page.waitForSelector(".conversation header :text('10,000'), .conversation header :text('10000')");
  const took = Math.round(performance.now() - began);
  const reading = await longest();
  const drawn = [await elements()];
  const box = page.locator("[role=listbox]");
  for (let at = 0; at <= 40; at++) {
    await box.evaluate((element, part) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) * part;
    }, at / 40);
    await drawnAnew(page);
    // Wherever it is scrolled to, rows are in sight.
    const visible = await box.evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return [...element.querySelectorAll(".row")].filter((row) => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom).length;
    });
    assert.ok(visible >= 8, `${visible} rows at ${at}`);
    drawn.push(await elements());
  }
  const scrolling = await longest();
  await page.type("input[type=search]", "ping", { delay: 30 });
  await page.waitForFunction(() => /of/.test(document.querySelector(".conversation header [role=status]")?.textContent ?? ""));
  await page.selectOption("label:has-text('Direction') select", "out");
  await page.click('role=button[name="Clear filters"]');
  await page.focus("[role=listbox]");
  await page.keyboard.press("End");
  await page.waitForSelector("#frame-9999[aria-selected=true]");
  assert.ok(await page.locator("#frame-9999").isVisible());
  const filtering = await longest();
  drawn.push(await elements());
  console.log(
    `10,000 frames (${(text.length / 1e6).toFixed(1)} MB) shown after ${took} ms; longest task: reading ${reading} ms, scrolling ${scrolling} ms, filtering ${filtering} ms; at most ${Math.max(...drawn)} elements`,
  );
  assert.ok(Math.max(...drawn) < 1500, `${Math.max(...drawn)} elements`);
  for (const task of [reading, scrolling, filtering]) assert.ok(task < 200, `a task of ${task} ms`);
});

test("live: the desk's own connection, with what is wrong, paused and going on", async () => {
  const window = await openDesk(browser, server);
  opened.push(window);
  const { page } = window;
  await fillIn(page, "7001", "wrong");
  await phaseIs(page, "wrong-password");
  await page.click("text=Inspect this connection");
  await page.waitForSelector("[data-live] .findings.bad");
  assert.deepEqual(await faultsShown(page), ["wrong-password"]);
  await page.click('role=button[name="Back to the desk"]');
  await signIn(page, "7001");
  await page.click("text=Inspect this connection");
  await page.waitForSelector("[data-live] [data-step=subscribe-team][data-state=done]");
  assert.equal(await page.inputValue(".connections select"), "1", "the newest connection");
  assert.match(await page.innerText(".upgrade-line"), /ws:\/\/.*\/ws\/ → 101 Switching Protocols/);
  await tell(server, userNode("7001"), userEvent({ id: "7001", state: "READY" }));
  await page.waitForSelector("[data-kind=event]:has-text('User/7001')");
  const isAtEnd = () =>
    page.waitForFunction(() => {
      const box = document.querySelector("[role=listbox]");
      return box !== null && box.scrollHeight > box.clientHeight && box.scrollTop + box.clientHeight > box.scrollHeight - 2;
    });
  await isAtEnd();
  await page.click("role=button[name=Pause]");
  const before = await page.locator(".conversation header [role=status]").innerText();
  await tell(server, userNode("7001"), userEvent({ id: "7001", state: "WORK" }));
  await page.waitForFunction(() => /^[1-9]\d* new$/.test(document.querySelector(".new-frames")?.textContent ?? ""));
  assert.equal(await page.locator(".conversation header [role=status]").innerText(), before);
  await page.click('role=button[name="Go on"]');
  await page.waitForSelector("[data-kind=event]:has-text('WORK')");
  await isAtEnd();
  const har = await saved(page, "Save as HAR");
  assert.ok(explain(readHar(har.text)).frames.some(({ kind }) => kind === "event"));
  for (const secret of ["pw-7001", Buffer.from("pw-7001").toString("base64")])
    for (const each of [har.text, await page.content()]) assert.ok(!each.includes(secret));
  await findNothing(page, "live");
  await page.setViewportSize({ width: 390, height: 800 });
  assert.ok(await isWithin(page), "live on a phone");
  await page.click('role=button[name="Back to the desk"]');
  await page.waitForSelector("[data-own-state=WORK]");
  await phaseIs(page, "signed-in");
});

test("live: one connection grows as events come, and the list goes with its end", async () => {
  const window = await openDesk(browser, server);
  opened.push(window);
  const { page } = window;
  await signIn(page, "7003");
  await page.click("text=Inspect this connection");
  await page.waitForSelector("[data-live] .findings.good");
  const heights: number[] = [];
  for (const state of ["READY", "TALKING", "WORK"]) {
    await tell(server, userNode("7003"), userEvent({ id: "7003", state }));
    await page.waitForSelector(`[data-kind=event]:has-text("${state}")`);
    await page.waitForFunction(() => {
      const box = document.querySelector("[role=listbox]");
      return box !== null && box.scrollTop + box.clientHeight > box.scrollHeight - 2;
    });
    heights.push(await page.locator("[role=listbox]").evaluate((box) => box.scrollHeight));
  }
  assert.ok((heights[1] ?? 0) > (heights[0] ?? 0) && (heights[2] ?? 0) > (heights[1] ?? 0), heights.join(" "));
  // Who has scrolled away stays where they are.
  await page.locator("[role=listbox]").evaluate((box) => (box.scrollTop = 0));
  await drawnAnew(page);
  await tell(server, userNode("7003"), userEvent({ id: "7003", state: "HOLD" }));
  await page.waitForFunction((before) => (document.querySelector("[role=listbox]")?.scrollHeight ?? 0) > before, heights[2] ?? 0);
  assert.equal(await page.locator("[role=listbox]").evaluate((box) => box.scrollTop), 0);
});

test("the page of a fault: what it is, its rule, and the way to the others", async () => {
  const page = await open({}, "/inspect#fault/wrong-password");
  await page.waitForSelector("h1:has-text('Wrong user or password')");
  assert.match(await page.innerText("[data-fault-page]"), /On the wire[\s\S]*→ <auth[\s\S]*Causes[\s\S]*What to do/);
  await findNothing(page, "the page of a fault");
  await page.click("text=all faults");
  await page.waitForSelector('[data-fault-page="README"] td a[href="#fault/upgrade-stripped"]');
  await page.goto(`${server.url}/inspect#fault/idle-proxy`);
  await page.waitForSelector("[data-fault-page=idle-proxy] p:has-text('proxy_read_timeout')");
  await page.goto(`${server.url}/inspect#fault/no-such-fault`);
  await page.waitForSelector("text=There is no such fault");
});

test("live before the sign-in: says that nothing is there yet; the desk, the lab and this page lead to each other", async () => {
  const page = await open({}, "/");
  await page.click("nav >> text=Inspect");
  await page.waitForSelector("h1:has-text('Inspect a connection')");
  await page.click("text=Inspect the desk's connection");
  await page.waitForSelector("text=There is no connection yet");
  await page.click("nav >> text=Lab");
  await page.waitForSelector("h1:has-text('Transport lab')");
  await page.click("nav >> text=Desk");
  await page.waitForSelector("#user");
});

test("the size of the page, and nothing from elsewhere", async () => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on("response", (answer) => {
    assert.ok(answer.url().startsWith(`${server.url}/`), answer.url());
    sizes.push(answer.body().then((body) => gzipSync(body).length));
  });
  await page.goto(`${server.url}/inspect`);
  await page.waitForLoadState("networkidle");
  const size = (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
  console.log(`${sizes.length} files, ${(size / 1000).toFixed(1)} KB gzipped`);
  assert.ok(size < 120_000, `${size} bytes`);
  await context.close();
});
