/**
 * How each block of a document is carried out; the first rule that fits does it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { STAGES } from "../../../tools/test/stages.ts";
import { ROOT, type Step } from "./blocks.ts";
import { holdsShown, isAsShown } from "./output.ts";
import { publishTo, signInAndOut, watch } from "./contact_centre.ts";
import type { Workbench } from "./workbench.ts";

interface Rule {
  fits(step: Step): boolean;
  carryOut(bench: Workbench, step: Step): Promise<void>;
}

const SERVER_READY = /Deskwire listens on http:\S+ \(XMPP domain/;
const LISTENS = /^(\S+) listens to (\/\S+)$/m;

const RULES: readonly Rule[] = [
  { fits: ({ script }) => script.trim() === "npm ci && npm test", carryOut: testRun },
  { fits: ({ script }) => /\bnpm start\b/.test(script) && !/--remove-demo/.test(script), carryOut: serve },
  { fits: ({ block }) => block.text.includes(" listens to "), carryOut: listen },
  { fits: ({ script }) => /\bwrangler deploy\b/.test(script), carryOut: dryRun },
  { fits: ({ block }) => block.text.includes("standardwebhooks"), carryOut: receive },
  { fits: ({ block }) => block.text.includes("/items") && block.text.includes("<Update>"), carryOut: publish },
  { fits: () => true, carryOut: runToEnd },
];

/** Carries out a step; fails where it does, and where it prints something else than is shown. */
export async function carryOut(bench: Workbench, step: Step): Promise<void> {
  const { language, saveAs, text } = step.block;
  if (language === "toml") return appendFileSync(join(bench.folder, "wrangler.toml"), `\n${text}\n`);
  if (saveAs !== "") bench.save(saveAs, `${text}\n`);
  for (const tool of ["curl", "python3"]) await insist(bench, { tool, script: step.script });
  await RULES.find(({ fits }) => fits(step))?.carryOut(bench, step);
}

/** A tool that is missing is said by its name. */
async function insist(bench: Workbench, { tool, script }: { tool: string; script: string }): Promise<void> {
  if (!new RegExp(`\\b${tool}\\b`).test(script)) return;
  const { code } = await bench.run(`command -v ${tool}`);
  assert.equal(code, 0, `The documents use ${tool}, and it is not installed here. Install the package ${tool}.`);
}

/** Cannot run inside of itself: that it is what CI runs, and that its end is as `tools/test.ts` prints it. */
async function testRun(_: Workbench, { printed }: Step): Promise<void> {
  const ci = readFileSync(join(ROOT, ".ci/run"), "utf8");
  assert.match(ci, /^if ! npm ci\b/m);
  assert.match(ci, /^npm test\b/m);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
  assert.match(scripts["test"] ?? "", /tools\/test\.ts$/);
  const lines = STAGES.map(({ name }) => `${name.padEnd(8)} 1 passed, 0 failed (1.0 s)`);
  assert.ok(isAsShown(printed ?? "", ["> deskwire test", ...lines, "123 passed, 0 failed"].join("\n")), printed ?? "");
}

/** `npm ci` is left out: the packages are there. The server stays for the blocks that follow. */
async function serve(bench: Workbench, { script, printed }: Step): Promise<void> {
  const server = bench.start(script.replace(/\bnpm ci && /, ""));
  await server.printed((output) => (printed === null ? SERVER_READY.test(output) : holdsShown(printed, output)), printed ?? "that it listens");
}

/** A client that listens: it must print the very event that is published for it. */
async function listen(bench: Workbench, { script, printed }: Step): Promise<void> {
  const client = bench.start(script);
  await client.printed((output) => LISTENS.test(output), "that it listens");
  const [, , node = ""] = LISTENS.exec(client.output()) ?? [];
  const mark = crypto.randomUUID();
  const payload = `<Update><data><user><loginId>1001</loginId><state>READY</state></user></data><event>PUT</event><requestId>${mark}</requestId></Update>`;
  await publishTo(bench, { node, payload });
  await client.printed((output) => output.split("\n").includes(payload), "the event that was published");
  if (printed !== null) assert.ok(holdsShown(printed, client.output()), `Shown:\n${printed}\n\nPrinted:\n${client.output()}`);
  await client.stop();
}

/** A back end that takes webhooks: it must print what it is told when a user of the demo goes. */
async function receive(bench: Workbench, { script, printed }: Step): Promise<void> {
  const receiver = bench.start(script);
  await receiver.printed((output) => output.includes("Takes webhooks"), "that it takes webhooks");
  await signInAndOut(bench);
  assert.ok(printed !== null, "What it prints is shown");
  await receiver.printed((output) => holdsShown(printed, output), `what is shown:\n${printed}`);
  await receiver.stop();
}

/** A command that publishes: somebody who listens must get it. */
async function publish(bench: Workbench, step: Step): Promise<void> {
  const { text } = step.block;
  const node = decodeURIComponent(/nodes\/(%2F[\w%]+)\/items/.exec(text)?.[1] ?? "") || (/["'](\/finesse\/[^"']+)["']/.exec(text)?.[1] ?? "");
  const payload = /<Update>.*<\/Update>/s.exec(text)?.[0] ?? "";
  assert.ok(node && payload, "The snippet names a node and holds an <Update>");
  const watching = await watch(bench, node);
  try {
    await runToEnd(bench, step);
    await watching.sees(payload);
  } finally {
    await watching.stop();
  }
}

/** There is no account to deploy to: everything but the upload, and every variable that the document set must be among what is uploaded. */
async function dryRun(bench: Workbench, { script }: Step): Promise<void> {
  const { code, output } = await bench.run(script.replace(/\bwrangler deploy\b/, "$& --dry-run"));
  assert.equal(code, 0, output);
  assert.match(output, /--dry-run: exiting now/);
  const [, variables = ""] = /^\[vars\]\n((?:.+\n)*)/m.exec(bench.read("wrangler.toml") ?? "") ?? [];
  for (const [, name = "", value = ""] of variables.matchAll(/^(\w+) = "(.*)"$/gm)) assert.ok(output.includes(`env.${name} ("${value}")`), output);
}

async function runToEnd(bench: Workbench, { script, printed }: Step): Promise<void> {
  const { code, output } = await bench.run(script);
  assert.equal(code, 0, output);
  if (printed !== null) assert.ok(isAsShown(printed, output), `Shown:\n${printed}\n\nPrinted:\n${output}`);
}
