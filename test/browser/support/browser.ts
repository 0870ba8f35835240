/**
 * The browser of the tests: CHROME_PATH, else an installed Chrome or Chromium, else the one that npm brought. None is a failure.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
];
/** Quiet, and without a word to anybody outside. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it with an empty profile of its own, which goes with it. */
export async function launch(): Promise<Browser> {
  return await chromium.launch({ executablePath: await findBrowser(), args: FLAGS });
}

async function findBrowser(): Promise<string> {
  const { CHROME_PATH, PATH = "" } = process.env;
  if (CHROME_PATH) {
    if (existsSync(CHROME_PATH)) return CHROME_PATH;
    throw new Error(`CHROME_PATH names no file: ${CHROME_PATH}`);
  }
  const installed = [...PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))), ...ELSEWHERE].find((path) => existsSync(path));
  if (installed) return installed;
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    return await packed.executablePath();
  } catch (fault) {
    throw new Error(`There is no browser: install Chrome or Chromium, or set CHROME_PATH. (${String(fault)})`);
  }
}
