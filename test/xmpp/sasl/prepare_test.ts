import { expect, test } from "vitest";
import { preparePassword } from "../../../xmpp/sasl/prepare.ts";

const cases: { rule: string; text: string; gives: string | undefined }[] = [
  { rule: "example 1: ASCII", text: "correct horse battery staple", gives: "correct horse battery staple" },
  { rule: "example 2: case is kept", text: "Correct Horse Battery Staple", gives: "Correct Horse Battery Staple" },
  { rule: "example 3: Greek", text: "\u03c0\u00df\u00e5", gives: "\u03c0\u00df\u00e5" },
  { rule: "example 4: symbols", text: "Jack of \u2666s", gives: "Jack of \u2666s" },
  { rule: "example 5: any space is U+0020", text: "foo\u1680bar", gives: "foo bar" },
  { rule: "example 6: empty", text: "", gives: undefined },
  { rule: "example 7: control characters", text: "my cat is a \u0009by", gives: undefined },
  { rule: "§4.2.2 decomposed is composed", text: "e\u0301", gives: "\u00e9" },
  { rule: "§4.2.2 width is kept", text: "\uff21", gives: "\uff21" },
];

for (const { rule, text, gives } of cases) {
  test(`preparePassword(): A-02 RFC 8265 §4.3 ${rule}`, () => expect(preparePassword(text)).toBe(gives));
}
