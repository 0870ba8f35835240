/**
 * A desk in a window of its own, and what the back end tells it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

import { publish } from "../../wire/support/publish.ts";
import type { Server } from "../../wire/support/server.ts";

export type Phase = "signed-out" | "connecting" | "signed-in" | "reconnecting" | "elsewhere" | "wrong-password" | "revoked";

export interface Window {
  readonly page: Page;
  /** What went wrong in it, save refused loads: errors of scripts, and breaches of the content policy. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** Opens the page in a profile of its own. */
export async function openDesk(browser: Browser, { url }: Pick<Server, "url">, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const faults = faultsOf(page);
  await page.goto(`${url}/`);
  await page.waitForSelector("#user");
  return { page, faults, close: () => context.close() };
}

export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on("pageerror", (fault) => faults.push(fault.stack ?? fault.message));
  page.on("console", (message) => {
    // A server that is down, and /demo.json where there is no demo, are told by the browser itself.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text())) faults.push(message.text());
  });
  return faults;
}

export async function fillIn(page: Page, user: string, password = `pw-${user}`): Promise<void> {
  await page.fill("#user", user);
  await page.fill("#password", password);
  await page.keyboard.press("Enter");
}

export async function signIn(page: Page, user: string): Promise<void> {
  await fillIn(page, user);
  await phaseIs(page, "signed-in");
}

export async function phaseIs(page: Page, phase: Phase, timeout = 10_000): Promise<void> {
  await page.waitForSelector(`[data-phase="${phase}"]`, { timeout });
}

/** Words of the header's badge. */
export async function phaseWords(page: Page): Promise<string> {
  return (await page.innerText(".phase .badge")).trim();
}

export async function ownStateIs(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`[data-own-state="${state}"]`, { timeout: 5000 });
}

export async function memberStateIs(page: Page, { team, id, state }: { readonly team: string; readonly id: string; readonly state: string }): Promise<void> {
  await page.waitForSelector(`[data-team="${team}"] [data-member="${id}"][data-state="${state}"]`, { timeout: 5000 });
}

interface Told {
  readonly id: string;
  readonly name?: string;
  readonly state: string;
  readonly seconds?: number;
  /** Further elements. */
  readonly more?: string;
}

/** An event of a user, as Finesse sends it. */
export function userEvent({ id, name = "", state, seconds = 0, more = "" }: Told): string {
  const [first = "", last = ""] = name.split(" ");
  const since = new Date(Date.now() - seconds * 1000).toISOString();
  const fields = `<uri>/finesse/api/User/${id}</uri><loginId>${id}</loginId><firstName>${first}</firstName><lastName>${last}</lastName><state>${state}</state><stateChangeTime>${since}</stateChangeTime>${more}`;
  return `<Update><data><user>${fields}</user></data><event>PUT</event><requestId></requestId><source>/finesse/api/User/${id}</source></Update>`;
}

export function callEvent(
  id: string,
  { state, from, to, queue }: { readonly state: string; readonly from: string; readonly to: string; readonly queue: string },
): string {
  const media = `<mediaProperties><callType>ACD_IN</callType><queueName>${queue}</queueName></mediaProperties>`;
  return `<Update><data><dialogs><Dialog><id>${id}</id><state>${state}</state><fromAddress>${from}</fromAddress><toAddress>${to}</toAddress>${media}</Dialog></dialogs></data><event>POST</event></Update>`;
}

/** Publishes, and insists. */
export async function tell(server: Server, node: string, xml: string): Promise<void> {
  const { status, body } = await publish(server, node, xml);
  assert.equal(status, 201, JSON.stringify(body));
}
