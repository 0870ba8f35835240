/**
 * Writes the pages of the faults, `docs/faults/`, from the explainer's tables.
 *
 * `node tools/fault_pages.ts` writes them; with `--check` it names those that are not up to date, and ends with 1 if there are any.
 *
 * @module
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { FAULT_PAGES } from "../explain/fault_pages.ts";
import { FAULTS } from "../explain/faults.ts";
import { FAULT_CODES, type FaultCode, stepTitle } from "../explain/mod.ts";
import { RULES } from "../explain/rules.ts";
import { enFaults } from "../explain/texts/en_faults.ts";
import { fill } from "../explain/texts/mod.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = "docs/faults";
const MARK = "<!-- Written by tools/fault_pages.ts from explain/; do not edit. -->";

/** Every page by its path from the project's folder. */
export function faultPages(): Map<string, string> {
  const pages = FAULT_CODES.map((code) => [`${FOLDER}/${code}.md`, pageOf(code)] as const);
  return new Map([[`${FOLDER}/README.md`, indexPage()], ...pages]);
}

/** Text between other text: no angle bracket of it is a tag, no other sign an emphasis. */
const prose = (text: string): string => text.replace(/[*_[\]|]/g, "\\$&").replace(/<[^>]*>/g, (tag) => `\`${tag}\``);

function pageOf(code: FaultCode): string {
  const { title, fix } = enFaults[code];
  const { wire, causes } = FAULT_PAGES[code];
  const { step, rule } = FAULTS[code];
  return `${MARK}

# ${title}

\`${code}\` · ${stepTitle(step, "en")} · [${RULES[rule].name}](${RULES[rule].url}) · [all faults](README.md)

${prose(fill(enFaults[code].says, {}))}

## On the wire

\`\`\`text
${wire.join("\n")}
\`\`\`

## Causes

${causes.map((cause) => `- ${prose(cause)}`).join("\n")}

## What to do

${prose(fix)}
`;
}

function indexPage(): string {
  const rows = FAULT_CODES.map((code) => `| [\`${code}\`](${code}.md) | ${prose(enFaults[code].title)} | ${stepTitle(FAULTS[code].step, "en")} |`);
  return `${MARK}

# Faults of a connection

What the explainer can find in a connection, live or in a recording. The codes are stable. Each page shows what the fault looks like on the wire, what
causes it and what to do.

| code | what it is | step |
| --- | --- | --- |
${rows.join("\n")}
`;
}

/** Paths of pages that are missing, differ, or should not be there. */
export function outdatedPages(root: string = ROOT): string[] {
  const pages = faultPages();
  const differing = [...pages].filter(([path, text]) => textOf(join(root, path)) !== text).map(([path]) => path);
  const others = existing(root).filter((path) => !pages.has(path));
  return [...differing, ...others].sort();
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function existing(root: string): string[] {
  try {
    return readdirSync(join(root, FOLDER)).map((name) => `${FOLDER}/${name}`);
  } catch {
    return [];
  }
}

function writePages(): void {
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  const pages = faultPages();
  for (const path of existing(ROOT)) if (!pages.has(path)) rmSync(join(ROOT, path));
  for (const [path, text] of pages) writeFileSync(join(ROOT, path), text);
  console.log(`${pages.size} pages in ${FOLDER}`);
}

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const outdated = outdatedPages();
    for (const path of outdated) console.error(`${path} is not up to date: node tools/fault_pages.ts`);
    process.exitCode = outdated.length > 0 ? 1 : 0;
  } else writePages();
}
