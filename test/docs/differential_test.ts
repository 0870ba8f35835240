/** What is said of differences to other servers (docs/differential.md) is what the verdicts say, and those are about conversations that there are. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

import { readConversations, readNotPlayed } from "../../tools/differential/conversations.ts";
import { exchangesOf } from "../../tools/differential/exchanges.ts";
import { withDifferences } from "../../tools/differential/report.ts";
import { isJudged, parseVerdicts, placeOf, SERVER_NAMES } from "../../tools/differential/verdicts.ts";
import { readDocument, ROOT } from "./support/blocks.ts";

const verdicts = parseVerdicts(readFileSync(join(ROOT, "test/differential/verdicts.txt"), "utf8"));
const conversations = readConversations();

describe("verdicts", () => {
  test("each names a conversation and an exchange that there are, once", () => {
    const there = new Set(
      conversations.flatMap(({ name, conversation }) => exchangesOf(conversation).map((exchange) => placeOf({ conversation: name, exchange: exchange.name }))),
    );
    const places = verdicts.flatMap((verdict) => verdict.places.map(placeOf));
    assert.deepEqual(
      places.filter((place) => !there.has(place)),
      [],
    );
    assert.equal(new Set(places).size, places.length);
  });

  test("each says who is right, by which paragraph, and why", () => {
    for (const verdict of verdicts) {
      assert.ok(isJudged(verdict), verdict.places.map(placeOf).join(", "));
      assert.match(verdict.by, /(?:RFC|XEP|XML|Namespaces|docs)/, verdict.by);
      if (verdict.right !== "all") for (const name of verdict.right.split(", ")) assert.ok((SERVER_NAMES as readonly string[]).includes(name), name);
    }
  });

  test("each is about a difference", () => {
    for (const { places } of verdicts) for (const place of places) assert.ok(new Set(place.said.values()).size > 1, placeOf(place));
  });
});

test("conversations that are not played are some, and it is said why", () => {
  const names = new Set(conversations.map(({ name }) => name));
  for (const [name, reason] of readNotPlayed()) {
    assert.ok(names.has(name), name);
    assert.ok(reason.length > 10, name);
  }
});

test("docs/differential.md has them all", () => {
  const document = readDocument("docs/differential.md");
  assert.equal(withDifferences(document, verdicts), document);
});
