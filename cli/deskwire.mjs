#!/usr/bin/env node
/**
 * Starts the command line. Plain JavaScript, so that any Node can read it: one that is too old for the program hands over
 * to the Node that `npm ci` brought.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const isOld = major < 22 || (major === 22 && minor < 18);
const brought = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));

if (!existsSync(new URL("../node_modules/commander/package.json", import.meta.url))) {
  fail("The packages are not installed. Run `npm ci` once, then try again.");
} else if (!isOld) {
  await import("./main.ts");
} else if (!existsSync(brought)) {
  fail(`This needs Node 22.18 or newer; this is ${process.versions.node}. \`npm ci\` brings a Node 24 that it finds by itself.`);
} else {
  const { status, signal, error } = spawnSync(brought, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  if (error) fail(error.message);
  else process.exitCode = signal ? 128 + constants.signals[signal] : status;
}

/** @param {string} sentence */
function fail(sentence) {
  console.error(sentence);
  process.exitCode = 2;
}
