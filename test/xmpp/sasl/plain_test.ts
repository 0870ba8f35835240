import { expect, test } from "vitest";
import { encodeUtf8 } from "../../../xmpp/sasl/base64.ts";
import { parsePlain } from "../../../xmpp/sasl/plain.ts";

const malformed = "malformed-request";
const cases = [
  { rule: "RFC 4616 §4 first example", text: "\0tim\0tanstaaftanstaaf", gives: { authzid: "", authcid: "tim", password: "tanstaaftanstaaf" } },
  { rule: "RFC 4616 §4 second example", text: "Ursel\0Kurt\0xipj3plmq", gives: { authzid: "Ursel", authcid: "Kurt", password: "xipj3plmq" } },
  { rule: "T-01 C-39 an authzid", text: "a@cc.test\0a\0p", gives: { authzid: "a@cc.test", authcid: "a", password: "p" } },
  { rule: "A-01 UTF-8", text: "\0ä\0\u{1f600}", gives: { authzid: "", authcid: "ä", password: "\u{1f600}" } },
  { rule: "A-01 a password of 255 octets", text: `\0a\0${"p".repeat(255)}`, gives: { authzid: "", authcid: "a", password: "p".repeat(255) } },
  {
    rule: "A-01 a token of single sign-on in the place of a password",
    text: `\0a\0${"p".repeat(8192)}`,
    gives: { authzid: "", authcid: "a", password: "p".repeat(8192) },
  },
  { rule: "A-01 a longer one", text: `\0a\0${"p".repeat(8193)}`, gives: malformed },
  { rule: "A-01 256 octets of two each", text: `\0${"ä".repeat(128)}\0p`, gives: malformed },
  { rule: "A-01 nothing", text: "", gives: malformed },
  { rule: "A-01 no NUL", text: "abc", gives: malformed },
  { rule: "A-01 one NUL", text: "a\0b", gives: malformed },
  { rule: "A-01 three NULs", text: "\0a\0b\0", gives: malformed },
  { rule: "A-01 no authcid", text: "\0\0p", gives: malformed },
  { rule: "A-01 no password", text: "\0a\0", gives: malformed },
];

for (const { rule, text, gives } of cases) {
  test(`parsePlain(): ${rule}`, () => expect(parsePlain(encodeUtf8(text))).toEqual(gives));
}

test("parsePlain(): A-01 what is not UTF-8", () => {
  expect(parsePlain(Uint8Array.from([0, 0x61, 0, 0xff]))).toBe(malformed);
});
