/** The reading of documents itself: blocks, and the comparison of outputs. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { blocksOf, stepsOf } from "./support/blocks.ts";
import { holdsShown, isAsShown } from "./support/output.ts";

const fenced = (info: string, text: string) => `\`\`\`${info}\n${text}\n\`\`\`\n`;

describe("blocksOf()", () => {
  test("language, name, line and text", () => {
    const blocks = blocksOf(`# A\n\n${fenced("js a.mjs", "one\n\ntwo")}\n${fenced("", "x")}`);
    assert.deepEqual(blocks, [
      { language: "js", saveAs: "a.mjs", line: 3, text: "one\n\ntwo" },
      { language: "", saveAs: "", line: 9, text: "x" },
    ]);
  });

  test("inside of a list the indent is no part of it", () => {
    assert.deepEqual(
      blocksOf("- a\n\n  ```sh\n  one\n    two\n  ```\n").map(({ text }) => text),
      ["one\n  two"],
    );
  });

  test("a block without an end is said", () => {
    assert.throws(() => blocksOf("```sh\nls\n"), /Line 1: the block has no end/);
  });
});

describe("stepsOf()", () => {
  test("the text right below a command is its output, another one is a drawing", () => {
    const steps = stepsOf(blocksOf(fenced("sh", "ls") + fenced("text", "a\nb") + fenced("text", "+--+") + fenced("sh", "pwd") + fenced("nginx", "server {}")));
    assert.deepEqual(
      steps.map(({ block, printed }) => [block.text, printed]),
      [
        ["ls", "a\nb"],
        ["pwd", null],
      ],
    );
  });

  for (const info of ["", "js", "python", "bash", "json", "console"]) {
    test(`nothing carries out "${info}" without a name: refused`, () => {
      assert.throws(() => stepsOf(blocksOf(fenced(info, "x"))), /Line 1: nothing carries out/);
    });
  }
});

const comparisons = [
  { shown: "a\nb", printed: "a\nb\n", is: true },
  { shown: "a\nb", printed: "a\n", is: false },
  { shown: "a", printed: "a\nb", is: false },
  { shown: "a", printed: "ab", is: false },
  { shown: "a.c", printed: "abc", is: false },
  { shown: "a…c", printed: "abc", is: true },
  { shown: "a…c", printed: "ac", is: true },
  { shown: "a…c", printed: "a\nc", is: false },
  { shown: "a\n…\nb", printed: "a\nb", is: true },
  { shown: "a\n…\nb", printed: "a\n1\n\n2\nb", is: true },
  { shown: "a\n…\nb", printed: "a\n1\n2", is: false },
  { shown: "…\nb", printed: "b", is: true },
  { shown: "…\nb", printed: "1\n2\nb", is: true },
  { shown: "…\nb", printed: "1b", is: false },
  { shown: "a\n…", printed: "a\n1\n2\n", is: true },
  { shown: "a\n…", printed: "a", is: true },
  { shown: "a\n…", printed: "ab", is: false },
];
for (const { shown, printed, is } of comparisons) {
  test(`isAsShown(): ${JSON.stringify(printed)} is ${is ? "" : "not "}${JSON.stringify(shown)}`, () => assert.equal(isAsShown(shown, printed), is));
}

test("holdsShown(): before and after there may be more", () => {
  assert.ok(holdsShown("a\nb…", "0\na\nbc\n1\n"));
  assert.ok(holdsShown("a", "a"));
  assert.ok(!holdsShown("a\nb", "a\n0\nb"));
});
