/** Data forms, both ways (XEP-0004). */
import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { type DataForm, type Element, parseFrame, readForm, renderForm } from "../../../xmpp/mod.ts";

const parsed = (text: string): Element => {
  const { element } = parseFrame(text, { maxDepth: 32 });
  if (!element) throw new Error(text);
  return element;
};

describe("pairs", () => {
  const pairs: readonly (readonly [string, DataForm, string])[] = [
    ["§3.1 withdrawn", { type: "cancel", formType: null, fields: [] }, '<x xmlns="jabber:x:data" type="cancel"/>'],
    [
      "XEP-0068 §3 a form says of what it is, hidden",
      { type: "form", formType: "urn:x", fields: [{ name: "a", type: "list-single", label: "A", values: ["1"], options: ["1", "2"] }] },
      '<x xmlns="jabber:x:data" type="form"><field var="FORM_TYPE" type="hidden"><value>urn:x</value></field><field var="a" type="list-single" label="A"><value>1</value><option><value>1</value></option><option><value>2</value></option></field></x>',
    ],
    [
      "§3.3 several values, an empty one, and none",
      {
        type: "submit",
        formType: "urn:x",
        fields: [
          { name: "a", values: ["<1>", ""] },
          { name: "b", values: [] },
        ],
      },
      '<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>urn:x</value></field><field var="a"><value>&lt;1&gt;</value><value/></field><field var="b"/></x>',
    ],
  ];
  for (const [rule, form, text] of pairs) {
    test(`${rule}: written`, () => expect(renderForm(form)).toBe(text));
    test(`${rule}: read`, () => expect(readForm(parsed(text))).toEqual(form));
  }
});

test("§3.1 what is no form is none", () => {
  for (const text of [
    '<x xmlns="jabber:x:data"/>',
    '<x xmlns="jabber:x:data" type="other"/>',
    '<y xmlns="jabber:x:data" type="form"/>',
    '<x xmlns="other" type="form"/>',
  ]) {
    expect(readForm(parsed(text)), text).toBeUndefined();
  }
});

test("what is written is read as it was", () => {
  const word = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/[^\x20-\x7e\u00a1-\ud7ff]/.test(text) && text !== "FORM_TYPE");
  const field = fc.record({ name: word, values: fc.array(word, { maxLength: 3 }) });
  const form = fc.record({ type: fc.constantFrom("submit" as const, "result" as const), formType: fc.option(word), fields: fc.array(field, { maxLength: 4 }) });
  fc.assert(
    fc.property(form, (one) => {
      expect(readForm(parsed(renderForm(one)))).toEqual(one);
    }),
  );
});
