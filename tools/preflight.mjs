/**
 * Says in plain words why a script cannot run. Plain JavaScript, so that any Node can read it:
 * `node --import ./tools/preflight.mjs tools/….ts`.
 *
 * @module
 */

import { existsSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
const installed = existsSync(new URL("../node_modules/miniflare/package.json", import.meta.url));

if (!installed) fail("The packages are not installed. Run `npm ci` once, then try again.");
if (major < 22 || (major === 22 && minor < 18)) {
  fail(
    `This needs Node 22.18 or newer; this is ${process.versions.node}. Start it through npm (\`npm start\`): \`npm ci\` installs a Node 24 for the npm scripts.`,
  );
}

/** @param {string} sentence */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
