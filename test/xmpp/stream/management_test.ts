/** The elements of stream management (XEP-0198). */
import { describe, expect, test } from "vitest";
import { countOf, plainManagement, renderEnabled } from "../../../xmpp/stream/management.ts";

describe("plainManagement()", () => {
  const SM = "urn:xmpp:sm:3";
  const told: readonly (readonly [string, object | undefined])[] = [
    [`<r xmlns="${SM}"/>`, { name: "r" }],
    [`<r xmlns='${SM}' />`, { name: "r" }],
    [`<a xmlns="${SM}" h="0"/>`, { name: "a", handled: 0 }],
    [`<a h='12' xmlns='${SM}'/>`, { name: "a", handled: 12 }],
    [`<a xmlns="${SM}" h="4294967295"/>`, { name: "a", handled: 4_294_967_295 }],
    [`<a xmlns="${SM}" h="4294967296"/>`, undefined],
    [`<a xmlns="${SM}" h="1" x="2"/>`, undefined],
    [`<a xmlns="${SM}" h='1"/>`, undefined],
    [`<r xmlns="urn:xmpp:sm:2"/>`, undefined],
    [`<r xmlns="${SM}"/> `, undefined],
    ["<a", undefined],
    ["", undefined],
  ];
  for (const [text, found] of told) test(`${text || "nothing"}: ${found ? "read" : "left to the parser"}`, () => expect(plainManagement(text)).toEqual(found));
});

test("SM-04 an id where the stream can be resumed, and only there", () => {
  expect(renderEnabled({ id: "a&b", max: 60 })).toBe('<enabled xmlns="urn:xmpp:sm:3" resume="true" id="a&amp;b" max="60"/>');
  expect(renderEnabled()).toBe('<enabled xmlns="urn:xmpp:sm:3"/>');
});

test("SM-06 a count is a whole number below 2^32", () => {
  const read = (h?: string) => countOf({ attrs: h === undefined ? {} : { h } });
  expect(["0", "4294967295"].map(read)).toEqual([0, 4_294_967_295]);
  expect(["", "-1", "4294967296", "1.5", "x", undefined].map(read)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
});
