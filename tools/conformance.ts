/**
 * `npm run conformance`: writes `docs/CONFORMANCE.md` anew. With `--check` it writes nothing, and ends with 1 where the document is stale, a rule is named
 * that does not exist, or a MUST of an implemented group has no test; with `--reports FOLDER` besides, no test that *passed* in vitest's reports there.
 * The last line counts the states.
 *
 * @module
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { type Citations, citationsOf, passedIn, readCode, readTests, sectionsOf } from "./conformance/citations.ts";
import { renderTable } from "./conformance/render.ts";
import { readExceptions, readRules } from "./conformance/rules.ts";
import { summaryOf, type Table, tableOf, unpassedIn } from "./conformance/table.ts";
import type { VitestReport } from "./test/report.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DOCUMENT = join(ROOT, "docs/CONFORMANCE.md");

/** The table of the tree at `root`. */
export function readTable(root: string): Table {
  const textOf = (name: string): string => readFileSync(join(root, "tools/conformance", name), "utf8");
  const groups = readRules(textOf("rules.txt"));
  const code = readCode(root);
  const rules = groups.flatMap((group) => group.rules);
  return tableOf({
    groups,
    exceptions: readExceptions(textOf("exceptions.txt")),
    code: joined(citationsOf(code), sectionsOf(code, rules)),
    tests: citationsOf(readTests(root)),
  });
}

function joined(...all: readonly Citations[]): Citations {
  const ids = new Set(all.flatMap((citations) => [...citations.keys()]));
  return new Map([...ids].map((id) => [id, [...new Set(all.flatMap((citations) => citations.get(id) ?? []))]]));
}

function reportsIn(folder: string): VitestReport[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as VitestReport);
}

/** Lines that say what is wrong. */
function checked(table: Table, { document, reports }: { document: string; reports: string | undefined }): string[] {
  const stale = readFileSync(DOCUMENT, "utf8") === document ? [] : ["docs/CONFORMANCE.md is stale: npm run conformance"];
  return [...stale, ...(reports === undefined ? [] : unpassedIn(table, passedIn(reportsIn(reports), readTests(ROOT))))];
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: "boolean" }, reports: { type: "string" } } });
  const table = readTable(ROOT);
  const document = renderTable(table);
  const complaints = [...table.complaints, ...(values.check ? checked(table, { document, reports: values.reports }) : [])];
  if (!values.check) writeFileSync(DOCUMENT, document);
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
  console.log(summaryOf(table));
}
