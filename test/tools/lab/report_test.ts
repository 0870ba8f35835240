/** The table and the chart of a run, and what `npm run lab` may be asked. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";

import { chartOf } from "../../../tools/lab/chart.ts";
import { readLabOptions } from "../../../tools/lab/options.ts";
import { tableOf, withTable } from "../../../tools/lab/report.ts";
import type { Result } from "../../../tools/lab/run.ts";
import { TRANSPORTS } from "../../../tools/lab/transports.ts";
import { Problem } from "../../../tools/start/problem.ts";
import { parseDocument } from "../../../xmpp/mod.ts";

const result = (title: string, more: Partial<Result["counts"]> = {}): Result => ({
  name: title,
  title,
  events: 66,
  latency: { p50: 12.4, p95: 1007.6, max: 1200 },
  counts: { connections: 1, requests: 61, emptyAnswers: 20, bytesUp: 12_345, bytesDown: 678, ...more },
  bytesToListen: 900,
});

test("tableOf(): a row per transport, rounded", () => {
  const [head = "", ruler = "", row, ...rest] = tableOf([result("Long poll")]).split("\n");
  assert.equal(row, "| Long poll | 66 | 12 | 1,008 | 1,200 | 61 | 1 | 12,345 | 678 | 900 | 20 |");
  assert.deepEqual(rest, []);
  assert.equal(head.split("|").length, ruler.split("|").length);
  assert.equal(head.split("|").length, row.split("|").length);
});

test("withTable(): in its place, again and again", () => {
  const document = readFileSync("docs/transports.md", "utf8");
  const once = withTable(document, "| new |");
  assert.ok(once.includes("\n| new |\n") && once.startsWith("# Transports"));
  assert.equal(withTable(withTable(once, "| other |"), "| new |"), once);
  assert.throws(() => withTable("# nothing", "| new |"), /no place for the table/);
});

test("docs/transports.md: the table has every transport, and each got every event", () => {
  const document = readFileSync("docs/transports.md", "utf8");
  const rows = TRANSPORTS.map(({ title }) => document.split("\n").find((line) => line.startsWith(`| ${title} |`)));
  const events = rows.map((row) => Number(row?.split("|")[2]));
  assert.equal(new Set(events).size, 1);
  assert.ok((events[0] ?? 0) > 40, String(events));
});

test("chartOf(): well-formed, and the longest bar fills its column", () => {
  const svg = chartOf([result("A & B", { bytesUp: 300, bytesDown: 100 }), result("C", { bytesUp: 100, bytesDown: 100 })], 'Bytes "so"');
  assert.equal(parseDocument(svg, { maxDepth: 8 }).element?.name, "svg");
  const widths = (style: string) =>
    [...svg.matchAll(new RegExp(`class="${style}" x="[\\d.]+" y="[\\d.]+" width="([\\d.]+)"`, "g"))].map(([, width]) => Number(width));
  const [up = [], down = []] = [widths("up"), widths("down")];
  assert.equal(up.length, 2);
  assert.ok(Math.abs((up[0] ?? 0) / 3 - (down[0] ?? 0)) < 0.1);
  assert.ok(Math.abs((up[0] ?? 0) + (down[0] ?? 0) - 2 * ((up[1] ?? 0) + (down[1] ?? 0))) < 0.3);
  assert.match(svg, /A &amp; B/);
});

test("readLabOptions()", () => {
  assert.deepEqual({ ...(readLabOptions([]) as object) }, { seed: 1, seconds: 60, write: false });
  assert.deepEqual({ ...(readLabOptions(["--seed", "9", "--seconds=5", "--write"]) as object) }, { seed: 9, seconds: 5, write: true });
  assert.equal(readLabOptions(["--help"]), "help");
  for (const args of [["--seconds", "1"], ["--seconds", "601"], ["--seed", "x"], ["--fast"], ["60"]])
    assert.throws(() => readLabOptions(args), Problem, args.join(" "));
});
