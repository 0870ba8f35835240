import { expect, test } from "vitest";
import { prepareDomain } from "../../../xmpp/address/domain.ts";

const cases: readonly { rule: string; text: string; gives: string | undefined }[] = [
  { rule: "§3.2.1 an A-label", text: "xn--mnchen-3ya.example", gives: "m\u00fcnchen.example" },
  { rule: "§3.2.1 an A-label in capitals", text: "XN--MNCHEN-3YA.example", gives: "m\u00fcnchen.example" },
  { rule: "§3.2.1 a U-label in capitals", text: "M\u00dcNCHEN.Example.", gives: "m\u00fcnchen.example" },
  { rule: "§3.2.1 decomposed", text: "mu\u0308nchen.example", gives: "m\u00fcnchen.example" },
  { rule: "RFC 5892 §2.6 sharp s stays", text: "fa\u00df.example", gives: "fa\u00df.example" },
  { rule: "RFC 3492 §7.1 (B) Chinese", text: "xn--ihqwcrb4cv8a8dqg056pqjye.example", gives: "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587.example" },
  {
    rule: "RFC 3492 §7.1 (L) digits, a name of ASCII alone is none",
    text: "xn--3B-ww4c5e180e575a65lsy2b.example",
    gives: "3\u5e74b\u7d44\u91d1\u516b\u5148\u751f.example",
  },
  { rule: "ideographic full stop", text: "\u4f8b\u3048\u3002\u30c6\u30b9\u30c8", gives: "\u4f8b\u3048.\u30c6\u30b9\u30c8" },
  { rule: "an A-label of nothing", text: "xn--.example", gives: undefined },
  { rule: "an A-label that does not decode", text: "xn--zzzzzz.example", gives: undefined },
  { rule: "an A-label of ASCII alone", text: "xn--abc-.example", gives: undefined },
  { rule: "an A-label whose label has another one", text: "xn--fa-hia0.example", gives: undefined },
  { rule: "RFC 5892 a symbol", text: "\u2603.example", gives: undefined },
  { rule: "RFC 5892 a symbol's A-label", text: "xn--n3h.example", gives: undefined },
  { rule: "RFC 5891 §4.2.3.2 a mark first", text: "\u0301a.example", gives: undefined },
  { rule: "RFC 5892 A.3 middle dot elsewhere", text: "a\u00b7b.example", gives: undefined },
  { rule: "RFC 5892 A.3 middle dot in its place", text: "col\u00b7legi.example", gives: "col\u00b7legi.example" },
  { rule: "RFC 5893 §2 Hebrew", text: "\u05d0\u05d1.example", gives: "\u05d0\u05d1.example" },
  { rule: "RFC 5893 §2 Hebrew, and a label that begins with a digit", text: "\u05d0\u05d1.1a", gives: undefined },
  { rule: "RFC 5893 §2 both directions in a label", text: "a\u05d0.example", gives: undefined },
];

for (const { rule, text, gives } of cases) {
  test(`prepareDomain(): A-17 RFC 7622 ${rule}`, () => {
    expect(prepareDomain(text)).toBe(gives);
    if (gives !== undefined) expect(prepareDomain(gives), "what is prepared stays").toBe(gives);
  });
}

test("prepareDomain(): A-17 RFC 7622 §3.2 1023 octets, counted as U-labels", () => {
  const label = "\u00fc".repeat(24);
  expect(prepareDomain(Array(20).fill(label).join("."))).toBeDefined();
  expect(prepareDomain(Array(22).fill(label).join("."))).toBeUndefined();
});
