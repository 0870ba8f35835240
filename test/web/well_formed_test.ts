/** What the browser's XML parser is given, and what it is spared. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { isWellFormed } from "../../web/xml/well_formed.ts";
import { conversationNames, conversationOf } from "../explain/support.ts";
import { parseXml } from "./support.ts";

const cases: readonly (readonly [xml: string, isWellFormed: boolean])[] = [
  ["<a/>", true],
  [" <a b='1' c=\"x > y\"> text <b></b> </a>\n", true],
  ['<?xml version="1.0"?><!-- c --><a><![CDATA[<b>]]></a>', true],
  ['<s:a xmlns:s="u" s:b="x"><s:c/></s:a>', true],
  ['<a xml:lang="en" b="stream:error"/>', true],
  ["<a>&amp;&lt;&#228;&#xE4;</a>", true],
  ["<ä/>", true],
  ["", false],
  ["text", false],
  ["<a", false],
  ["<a>", false],
  ["</a>", false],
  ["<a></b>", false],
  ["<a><b></a></b>", false],
  ["<a/><b/>", false],
  ["<a/>text", false],
  ["text<a/>", false],
  ["<a b=c/>", false],
  ["<a b/>", false],
  ['<a b="<"/>', false],
  ["<a>&nbsp;</a>", false],
  ["<a>& </a>", false],
  ["<a>\u0001</a>", false],
  ["<stream:features><c/></stream:features>", false],
  ['<a s:b="x"/>', false],
  ["<!DOCTYPE a><a/>", false],
];
for (const [xml, expected] of cases) test(`isWellFormed(): ${JSON.stringify(xml)}`, () => assert.equal(isWellFormed(xml), expected));

test("isWellFormed(): what it lets through of the conversations the parser can read, and it lets nearly all through", () => {
  const frames = conversationNames().flatMap((name) => conversationOf(name).flatMap((connection) => connection.frames.map(({ text }) => text)));
  const passed = frames.filter(isWellFormed);
  assert.deepEqual(
    passed.filter((text) => !parseXml(text)),
    [],
  );
  assert.ok(frames.length > 300 && passed.length > frames.length * 0.95, `${passed.length} of ${frames.length}`);
});

test("isWellFormed(): a long text that does not end takes no long time", () => {
  const began = performance.now();
  for (const part of ["<a ", "<a b='", "<!--", "<![CDATA[", "<?", "<a b='x' ", "&amp;<"]) isWellFormed(`<r>${part.repeat(20_000)}`);
  assert.ok(performance.now() - began < 3000, `${performance.now() - began} ms`);
});
