import { expect, test } from "vitest";
import { child, childrenOf, type Element, textOf } from "../../../xmpp/xml/element.ts";

const b: Element = { name: "b", ns: "u", attrs: {}, children: ["x"] };
const foreign: Element = { name: "b", ns: "v", attrs: {}, children: [] };
const a: Element = { name: "a", ns: "u", attrs: {}, children: ["1", foreign, "2", b, "3"] };

test("child(): looks in the parent's namespace, or in the one that is given", () => {
  expect(child(a, "b")).toBe(b);
  expect(child(a, "b", "v")).toBe(foreign);
  expect(child(a, "b", "w")).toBeUndefined();
  expect(child(a, "c")).toBeUndefined();
});

test("childrenOf(): leaves the text out", () => expect(childrenOf(a)).toEqual([foreign, b]));

test("textOf(): is the text directly inside", () => {
  expect(textOf(a)).toBe("123");
  expect(textOf(b)).toBe("x");
  expect(textOf(foreign)).toBe("");
  expect(textOf({ ...a, children: [b] })).toBe("");
});
