/** The profiles of RFC 8265, by its own examples and by one of each class of RFC 8264. */
import { expect, test } from "vitest";
import { fitsBidiRule, readsFromRight } from "../../../xmpp/address/bidi.ts";
import { fitsContext } from "../../../xmpp/address/contextual.ts";
import { opaqueString, usernameCaseMapped } from "../../../xmpp/address/precis.ts";

/** `name`, `opaque`: what each profile gives; undefined: refused. */
const cases: readonly { rule: string; text: string; name: string | undefined; opaque: string | undefined }[] = [
  { rule: "RFC 8265 §3.5 example 1", text: "juliet@example.com", name: "juliet@example.com", opaque: "juliet@example.com" },
  { rule: "RFC 8265 §3.5 example 2", text: "fussball", name: "fussball", opaque: "fussball" },
  { rule: "RFC 8265 §3.5 example 3: sharp s", text: "fu\u00dfball", name: "fu\u00dfball", opaque: "fu\u00dfball" },
  { rule: "RFC 8265 §3.5 example 4: pi", text: "\u03c0", name: "\u03c0", opaque: "\u03c0" },
  { rule: "RFC 8265 §3.5 example 5: capital sigma", text: "\u03a3", name: "\u03c3", opaque: "\u03a3" },
  { rule: "RFC 8265 §3.5 example 6: small sigma", text: "\u03c3", name: "\u03c3", opaque: "\u03c3" },
  { rule: "RFC 8265 §3.5 example 7: final sigma", text: "\u03c2", name: "\u03c2", opaque: "\u03c2" },
  { rule: "RFC 8265 §3.5 example 8: a space", text: "foo bar", name: undefined, opaque: "foo bar" },
  { rule: "RFC 8265 §3.5 example 9: nothing", text: "", name: undefined, opaque: undefined },
  { rule: "RFC 8265 §3.5 example 10: Roman numeral", text: "henry\u2163", name: undefined, opaque: "henry\u2163" },
  { rule: "RFC 8265 §3.5 example 11: a symbol", text: "\u265a", name: undefined, opaque: "\u265a" },
  { rule: "RFC 8265 §3.3.2 full width, in capitals", text: "\uff21\uff22\uff11", name: "ab1", opaque: "\uff21\uff22\uff11" },
  { rule: "RFC 8265 §3.3.2 half-width kana and its mark are one", text: "\uff76\uff9e", name: "\u30ac", opaque: "\uff76\uff9e" },
  { rule: "RFC 8265 §3.3.2 decomposed", text: "A\u0308\u0323", name: "\u1ea1\u0308", opaque: "\u1ea0\u0308" },
  { rule: "RFC 8265 §3.3.2 dotted capital I", text: "\u0130x", name: "i\u0307x", opaque: "\u0130x" },
  { rule: "RFC 8265 §4.2.2 any space", text: "a\u3000b\u00a0c", name: undefined, opaque: "a b c" },
  { rule: "RFC 8264 §9.6 tatweel", text: "\u0628\u0640\u0628", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.6 Hangul tone mark", text: "\uac00\u302e", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.6 Tibetan tsheg", text: "\u0f40\u0f0b", name: "\u0f40\u0f0b", opaque: "\u0f40\u0f0b" },
  { rule: "RFC 8264 §9.6 ideographic zero", text: "\u3007", name: "\u3007", opaque: "\u3007" },
  { rule: "RFC 8264 §9.7 private use", text: "\ue000", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.9 old Hangul", text: "\u1112", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.9 modern Hangul, decomposed", text: "\u1112\u1161\u11ab", name: "\ud55c", opaque: "\ud55c" },
  { rule: "RFC 8264 §9.10 unassigned", text: "\u0378", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.12 a control", text: "a\u0085b", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.13 soft hyphen", text: "a\u00adb", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.13 variation selector", text: "a\ufe0f", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.13 no character", text: "\ufdd0", name: undefined, opaque: undefined },
  { rule: "RFC 8264 §9.16 punctuation beyond ASCII", text: "a\u2013b", name: undefined, opaque: "a\u2013b" },
  { rule: "RFC 8264 §9.17 ligature", text: "\ufb01", name: undefined, opaque: "\ufb01" },
  { rule: "RFC 8264 §9.17 title case of what is a pair", text: "\u01c5", name: undefined, opaque: "\u01c5" },
  { rule: "RFC 8265 §3.3.2 Hebrew, left to right behind it", text: "\u05d0a", name: undefined, opaque: "\u05d0a" },
  { rule: "RFC 8265 §3.3.2 Hebrew alone", text: "\u05d0\u05d1", name: "\u05d0\u05d1", opaque: "\u05d0\u05d1" },
  {
    rule: "RFC 8265 §3.3.2 Persian with a non-joiner",
    text: "\u0628\u06cc\u200c\u0628\u06cc",
    name: "\u0628\u06cc\u200c\u0628\u06cc",
    opaque: "\u0628\u06cc\u200c\u0628\u06cc",
  },
];

for (const { rule, text, name, opaque } of cases) {
  test(`usernameCaseMapped(): A-17 ${rule}`, () => expect(usernameCaseMapped(text)).toBe(name));
  test(`opaqueString(): A-17 ${rule}`, () => expect(opaqueString(text)).toBe(opaque));
}

/** Of RFC 5892 appendix A: one that fits, one that does not. */
const contexts: readonly { rule: string; fits: readonly string[]; not: readonly string[] }[] = [
  {
    rule: "A.1 non-joiner",
    fits: ["\u0915\u094d\u200c\u0937", "\u0628\u064e\u200c\u064e\u0627"],
    not: ["a\u200cb", "\u0627\u200c\u0628", "\u200c", "\u0628\u200c"],
  },
  { rule: "A.2 joiner", fits: ["\u0915\u094d\u200d\u0937"], not: ["a\u200db", "\u0628\u200d\u0628", "\u{1f468}\u200d\u{1f469}"] },
  { rule: "A.3 middle dot", fits: ["l\u00b7l", "l\u00b7l\u00b7l"], not: ["a\u00b7l", "l\u00b7", "\u00b7l", "l\u00b7\u00b7l"] },
  { rule: "A.4 keraia", fits: ["\u0375\u03b1"], not: ["\u0375a", "\u0375"] },
  { rule: "A.5 geresh", fits: ["\u05d0\u05f3"], not: ["a\u05f3", "\u05f3"] },
  { rule: "A.6 gershayim", fits: ["\u05d0\u05f4"], not: ["a\u05f4", "\u05f4\u05d0"] },
  { rule: "A.7 katakana middle dot", fits: ["\u30a2\u30fb", "\u30fb\u3042", "\u30fb\u4e00"], not: ["a\u30fbb", "\u30fb"] },
  { rule: "A.8 A.9 digits of one kind", fits: ["\u0627\u0660", "\u0627\u06f0"], not: ["\u0660\u06f0"] },
];

for (const { rule, fits, not } of contexts) {
  test(`fitsContext(): A-17 RFC 5892 ${rule}`, () => {
    expect(fits.filter((text) => !fitsContext(text))).toEqual([]);
    expect(not.filter((text) => fitsContext(text))).toEqual([]);
    expect(
      not.filter((text) => opaqueString(text) !== undefined),
      "in the profiles, too",
    ).toEqual([]);
  });
}

const bidi: readonly { rule: string; fits: readonly string[]; not: readonly string[] }[] = [
  { rule: "condition 1: how it begins", fits: ["a", "\u05d0", "\u0628"], not: ["1\u05d0", "-\u05d0", "\u0660\u0628", "\u05b0\u05d0"] },
  { rule: "condition 2: nothing from the left in between", fits: ["\u05d0-1.\u05d1"], not: ["\u05d0b\u05d1"] },
  { rule: "condition 3: how it ends from the right", fits: ["\u05d01", "\u05d0\u05b0", "\u0628\u0661"], not: ["\u05d0-", "\u05d0-\u05b0"] },
  { rule: "condition 4: digits of one kind", fits: ["\u06281", "\u0628\u0661"], not: ["\u06281\u0661"] },
  { rule: "condition 5: nothing from the right in between", fits: ["a-1b"], not: ["a\u05d0b", "a\u0661"] },
  { rule: "condition 6: how it ends from the left", fits: ["a1", "a\u0300"], not: ["a-", "a-\u0300"] },
];

for (const { rule, fits, not } of bidi) {
  test(`fitsBidiRule(): A-17 RFC 5893 §2 ${rule}`, () => {
    expect(fits.filter((text) => !fitsBidiRule(text))).toEqual([]);
    expect(not.filter((text) => fitsBidiRule(text))).toEqual([]);
  });
}

test("readsFromRight(): RFC 5893 §2 letters and Arabic digits, not the marks alone", () => {
  expect(["\u05d0", "a\u0628", "\u0661", "\u{1e900}"].every(readsFromRight)).toBe(true);
  expect(["a1-", "\u0301", "\u4e00"].some(readsFromRight)).toBe(false);
});
