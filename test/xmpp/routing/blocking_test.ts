/** Whom a block list covers, and what may be asked of it (XEP-0191). */
import { describe, expect, test } from "vitest";
import { blocks, type Element, parseFrame, readBlocking } from "../../../xmpp/mod.ts";

const JIDS = [
  "ada@a.example/desk",
  "ada@a.example/phone",
  "ada@a.example",
  "bob@a.example/desk",
  "a.example/desk",
  "a.example",
  "eve@b.a.example/x",
  "eve@xa.example/x",
];

describe("BL-07 §2 blocks()", () => {
  const cases = [
    { item: "ada@a.example/desk", covers: ["ada@a.example/desk"] },
    { item: "ada@a.example", covers: ["ada@a.example/desk", "ada@a.example/phone", "ada@a.example"] },
    { item: "a.example/desk", covers: ["ada@a.example/desk", "bob@a.example/desk", "a.example/desk"] },
    { item: "a.example", covers: JIDS.slice(0, 7) },
    { item: "b.a.example", covers: ["eve@b.a.example/x"] },
    { item: "example", covers: JIDS },
  ];
  for (const { item, covers } of cases) {
    test(`${item} covers ${covers.join(", ")}`, () => expect(JIDS.filter((jid) => blocks(new Set([item]), jid))).toEqual(covers));
  }

  test("an empty list covers nobody", () => expect(JIDS.filter((jid) => blocks(new Set(), jid))).toEqual([]));
});

test("BL-03 §3.2 readBlocking(): addresses are made canonical, each once; other elements are not looked at", () => {
  const read = (text: string) => readBlocking(parseFrame(text, { maxDepth: 8 }).element as Element);
  const ns = 'xmlns="urn:xmpp:blocking"';
  expect(read(`<block ${ns}><item jid="ADA@A.example/Desk"/> <item jid="ada@a.example/Desk"/><other jid="x"/><item xmlns="urn:x" jid="y"/></block>`)).toEqual({
    request: "block",
    jids: ["ada@a.example/Desk"],
  });
  expect(read(`<unblock ${ns}/>`)).toEqual({ request: "unblock", jids: [] });
  expect(read(`<blocklist ${ns}/>`)).toEqual({ request: "list" });
  expect(read(`<block ${ns}/>`)).toMatchObject({ refusal: { condition: "bad-request" } });
});
