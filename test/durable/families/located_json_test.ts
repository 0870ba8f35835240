/** JSON with lines: it reads what `JSON.parse` reads, and says where something is wrong. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";

import { type Located, parseLocated } from "../../../durable/families/located_json.ts";

function plain(given: Located): unknown {
  if (given.kind === "null") return null;
  if (given.kind === "array") return given.items.map(plain);
  if (given.kind !== "object") return given.value;
  return Object.fromEntries(given.members.map(({ key, value }) => [key, plain(value)]));
}

function rootOf(text: string): Located {
  const parsed = parseLocated(text);
  if ("mistake" in parsed) throw new Error(`${parsed.mistake.line}: ${parsed.mistake.what}`);
  return parsed.root;
}

test("parseLocated(): any JSON reads as JSON.parse reads it, however it is indented", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent).replaceAll(/[\u007f-\u009f]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
      assert.deepEqual(plain(rootOf(text)), JSON.parse(text));
    }),
  );
});

test("parseLocated(): no text makes it throw, and it takes none that JSON.parse does not", () => {
  const pieces = fc.array(fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "1", "01", "-", ".5", "true", "nul", "\n", " ", "\\", "\u0000"));
  fc.assert(
    fc.property(pieces, (parts) => {
      const text = parts.join("");
      if ("root" in parseLocated(text)) JSON.parse(text);
    }),
    { numRuns: 2000 },
  );
});

test("parseLocated(): keys and values know their lines", () => {
  const root = rootOf('\n{\n  "a": 1,\r\n  "b":\n    [\n      true\n    ]\n}\n');
  assert.ok(root.kind === "object");
  assert.deepEqual(
    [root.line, root.members.map(({ key, line, value }) => [key, line, value.line])],
    [
      2,
      [
        ["a", 3, 3],
        ["b", 4, 5],
      ],
    ],
  );
  const [, b] = root.members;
  assert.ok(b?.value.kind === "array");
  assert.equal(b.value.items[0]?.line, 6);
});

const WRONG: readonly (readonly [text: string, line: number, what: RegExp])[] = [
  ["", 1, /a JSON value must stand here, not the end of the text/],
  ["[\n  1\n  2\n]", 3, /"," or "\]" must stand here, not "2"/],
  ["[\n  1,\n]", 3, /a JSON value must stand here, not "\]"/],
  ['{\n"a": 1\n', 3, /"," or "}" must stand here, not the end/],
  ["{\n\n a: 1}", 3, /a key in quotation marks must stand here, not "a:"/],
  ['{"a"\n1}', 2, /":" must stand here/],
  ["[]\n\n]", 3, /nothing may follow/],
  ["'''\n[]", 1, /a JSON value must stand here/],
  ["[\n// no comments\n]", 2, /a JSON value must stand here/],
  ['["a\nb"]', 1, /a JSON value must stand here/],
  [`\n${"[".repeat(40)}`, 2, /at most 16 levels/],
];
for (const [text, line, what] of WRONG) {
  test(`parseLocated(): ${JSON.stringify(text.slice(0, 30))} is wrong in line ${line}`, () => {
    const parsed = parseLocated(text);
    assert.ok("mistake" in parsed);
    assert.equal(parsed.mistake.line, line);
    assert.match(parsed.mistake.what, what);
  });
}
