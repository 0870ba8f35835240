/**
 * Every recording, explained: exactly the faults that were provoked, and of its secrets nothing in what may be shown, kept or shared.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, test } from "vitest";

import { type Explanation, explain, FAULT_CODES, readHar, reportOf, textsOf, writeHar, writeText } from "../../explain/mod.ts";
import type { Index } from "../../tools/recorder/index_file.ts";

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const { secrets, recordings } = JSON.parse(read("index.json")) as Index;
const LANGUAGES = ["en", "de"] as const;

describe("the recordings", () => {
  test("are all in the index, and the index names no other", () => {
    const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".har"));
    assert.deepEqual(recordings.map(({ file }) => file).sort(), files.sort());
  });

  test("are enough: 45 with a fault, 12 without, of three servers and six clients", () => {
    const healthy = recordings.filter(({ expects }) => expects.length === 0);
    assert.ok(healthy.length >= 12, `${healthy.length} healthy ones`);
    assert.ok(recordings.length - healthy.length >= 45, `${recordings.length - healthy.length} with a fault`);
    for (const group of [healthy, recordings]) assert.deepEqual([...new Set(group.map(({ server }) => server))].sort(), ["deskwire", "ejabberd", "prosody"]);
    assert.ok(new Set(healthy.map(({ client }) => client)).size >= 6);
  });

  test("cover every code of the explainer", () => {
    const found = new Set(recordings.flatMap(({ expects }) => expects));
    assert.deepEqual(
      FAULT_CODES.filter((code) => !found.has(code)),
      [],
    );
  });

  test("are small: none has more than 200 KB", () => {
    for (const { file } of recordings) assert.ok(statSync(new URL(file, import.meta.url)).size <= 200_000, file);
  });

  test("hold secrets: all kinds that a test must look for", () => {
    for (const kind of [/^pw-7001$/, /^NzAwMUBj/, /^MTIzNA|MTIzNA==$/, /^biws/, /^Yz1iaXdz/])
      assert.ok(
        secrets.some((secret) => kind.test(secret)),
        String(kind),
      );
  });
});

describe.each(recordings)("$file", ({ file, expects, how }) => {
  const har = read(file);
  const recording = readHar(har);
  const explanation = explain(recording);

  test(`has ${expects.length > 0 ? expects.join(", ") : "no fault"}: ${how}`, () => {
    assert.deepEqual([...new Set(explanation.faults.map(({ code }) => code))].sort(), [...expects].sort());
  });

  test("tells each fault once", () => {
    const told = explanation.faults.map((fault) => JSON.stringify([fault.code, fault.connection, fault.frame, textsOf(fault, "en").says]));
    assert.deepEqual(told, [...new Set(told)]);
  });

  test("tells no secret", () => {
    const shown = [...viewsOf(explanation), writeHar(recording), writeText(recording), ...LANGUAGES.map((language) => reportOf(explanation, language))];
    for (const secret of secrets) {
      const told = shown.find((text) => text.includes(secret));
      assert.equal(told, undefined, `${secret} is told`);
    }
  });
});

/** All that a page could show of it. */
function viewsOf({ frames, faults, connections, verdict }: Explanation): string[] {
  const sentences = LANGUAGES.flatMap((language) => [
    verdict(language),
    ...frames.flatMap((frame) => [frame.says(language), frame.expects(language)]),
    ...faults.map((fault) => JSON.stringify(textsOf(fault, language))),
    ...connections.flatMap(({ upgrade }) => upgrade.map((field) => field.says(language))),
  ]);
  return [...sentences, JSON.stringify(frames), JSON.stringify(faults), JSON.stringify(connections)];
}
