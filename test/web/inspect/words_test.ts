/** Words of the page `/inspect`, and the Markdown that it shows. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { blocksOf } from "../../../web/design/components/markdown.tsx";
import { durationWords } from "../../../web/frames/frame_words.ts";
import { countWords } from "../../../web/inspect/words.ts";

test("counts are told in words", () => {
  assert.deepEqual(
    [countWords("frames", 0), countWords("frames", 1), countWords("frames", 12), countWords("faults", 0), countWords("faults", 1), countWords("faults", 2)],
    ["0 frames", "1 frame", "12 frames", "no fault", "1 fault", "2 faults"],
  );
});

const durations: readonly (readonly [milliseconds: number, words: string])[] = [
  [0, "0 ms"],
  [999.4, "999 ms"],
  [1000, "1 s"],
  [59_940, "59.9 s"],
  [59_999, "1 min 0 s"],
  [60_000, "1 min 0 s"],
  [125_000, "2 min 5 s"],
  [3_599_900, "1 h 0 min"],
  [3_725_000, "1 h 2 min"],
];
for (const [milliseconds, words] of durations) {
  test(`durationWords(): ${milliseconds} ms is ${words}`, () => assert.equal(durationWords(milliseconds), words));
}

test("Markdown: the blocks of a document, and no HTML", () => {
  const text =
    "<!-- made -->\n\n# Title\n\nOne line\nand the next.\n\n- a\n- b\n  goes on\n\n1. first\n2. second\n\n```sh\n# no heading\n```\n## End\n<b>bold</b>\n";
  assert.deepEqual(blocksOf(text), [
    { kind: "heading", level: 1, text: "Title" },
    { kind: "paragraph", text: "One line and the next." },
    { kind: "list", isOrdered: false, items: ["a", "b goes on"] },
    { kind: "list", isOrdered: true, items: ["first", "second"] },
    { kind: "code", text: "# no heading" },
    { kind: "heading", level: 2, text: "End" },
    { kind: "paragraph", text: "<b>bold</b>" },
  ]);
  assert.deepEqual(blocksOf("| a | b |\n| --- | --: |\n| `1` | 2 |\n"), [{ kind: "table", head: ["a", "b"], rows: [["`1`", "2"]] }]);
});
