import fc from "fast-check";
import { expect, test } from "vitest";
import { prepareDomain } from "../../../xmpp/address/domain.ts";
import { bareJid, bareOf, canonicalJid, formatJid, parseJid, prepareLocal, prepareResource, resourceOf } from "../../../xmpp/address/jid.ts";

const valid = [
  { rule: "example 1", text: "juliet@example.com", gives: ["juliet", "example.com", ""] },
  { rule: "example 2", text: "juliet@example.com/foo", gives: ["juliet", "example.com", "foo"] },
  { rule: "example 3: space in the resource", text: "juliet@example.com/foo bar", gives: ["juliet", "example.com", "foo bar"] },
  { rule: "example 4: at sign in the resource", text: "juliet@example.com/foo@bar", gives: ["juliet", "example.com", "foo@bar"] },
  { rule: "example 5: space as escaped by XEP-0106", text: "foo\\20bar@example.com", gives: ["foo\\20bar", "example.com", ""] },
  { rule: "example 6", text: "fussball@example.com", gives: ["fussball", "example.com", ""] },
  { rule: "example 7: sharp s is not ss", text: "fu\u00dfball@example.com", gives: ["fu\u00dfball", "example.com", ""] },
  { rule: "example 8: Greek pi", text: "\u03c0@example.com", gives: ["\u03c0", "example.com", ""] },
  { rule: "example 9: capital sigma is folded", text: "\u03a3@example.com/foo", gives: ["\u03c3", "example.com", "foo"] },
  { rule: "example 10: small sigma", text: "\u03c3@example.com/foo", gives: ["\u03c3", "example.com", "foo"] },
  { rule: "example 11: final sigma is another", text: "\u03c2@example.com/foo", gives: ["\u03c2", "example.com", "foo"] },
  { rule: "example 12: symbol in the resource", text: "king@example.com/\u265a", gives: ["king", "example.com", "\u265a"] },
  { rule: "example 13: domain alone", text: "example.com", gives: ["", "example.com", ""] },
  { rule: "example 14: domain and resource", text: "example.com/foobar", gives: ["", "example.com", "foobar"] },
  { rule: "example 15: at sign after the slash", text: "a.example.com/b@example.net", gives: ["", "a.example.com", "b@example.net"] },
];

for (const {
  rule,
  text,
  gives: [local, domain, resource],
} of valid) {
  test(`parseJid(): RFC 7622 §3.5 ${rule}`, () => expect(parseJid(text)).toEqual({ local, domain, resource }));
}

const malformed = [
  { rule: "RFC 7622 §3.5 example 16: quotation marks", text: '"juliet"@example.com' },
  { rule: "RFC 7622 §3.5 example 17: space in the localpart", text: "foo bar@example.com" },
  { rule: "RFC 7622 §3.5 example 18: leading space in the resource", text: "juliet@example.com/ foo" },
  { rule: "RFC 7622 §3.5 example 19: nothing beside the domain", text: "@example.com/" },
  { rule: "RFC 7622 §3.5 example 20: Roman numeral", text: "henry\u2163@example.com" },
  { rule: "RFC 7622 §3.5 example 21: symbol in the localpart", text: "\u265a@example.com" },
  { rule: "RFC 7622 §3.5 example 22: no domain", text: "juliet@" },
  { rule: "RFC 7622 §3.5 example 23: no domain but a resource", text: "/foobar" },
  { rule: "§3.2 nothing", text: "" },
  { rule: "§3.3 empty localpart", text: "@example.com" },
  { rule: "§3.4 empty resource", text: "user@example.com/" },
  { rule: "§3.1 two at signs", text: "a@b@example.com" },
  { rule: "§3.2 a domain of dots", text: "a@.." },
  { rule: "§3.2 two trailing dots", text: "a@example.com.." },
  { rule: "§3.2 a port", text: "a@example.com:5222" },
  { rule: "§3.2 space", text: "a@example .com" },
  { rule: "§3.2 percent escape", text: "a@ex%61mple.com" },
  { rule: "§3.2 hyphen at the edge", text: "a@-example.com" },
  { rule: "§3.2 a label that IDNA refuses", text: "a@\u00e4\u2028.com" },
  { rule: "§3.2 percent escape in an international name", text: "a@\u00e4%2f.com" },
  { rule: "§3.2 full-width port", text: "a@ex\u00e4mple.com\uff1a80" },
  { rule: "§3.4 control character", text: "a@example.com/b\u0007" },
  { rule: "§3.4 line break", text: "a@example.com/b\nc" },
  { rule: "§3.4 half a surrogate pair", text: "a@example.com/\ud800" },
  { rule: "§3.4 direction override", text: "a@example.com/\u202eb" },
  { rule: "§3.3 invisible character", text: "a\u200bb@example.com" },
];

for (const { rule, text } of malformed) {
  test(`parseJid(): A-17 malformed, ${rule}`, () => {
    expect(parseJid(text)).toBeUndefined();
    expect(bareJid(text)).toBeUndefined();
  });
}

for (const character of "\"&'/:<>@ \t\0") {
  test(`prepareLocal(): A-17 RFC 7622 §3.3.1 no ${JSON.stringify(character)}`, () => {
    expect(prepareLocal(`a${character}b`)).toBeUndefined();
    expect(prepareLocal(`\u00e4${character}b`)).toBeUndefined();
  });
}

for (const wide of "\uff02\uff06\uff07\uff0f\uff1a\uff1c\uff1e\uff20\u3000") {
  test(`prepareLocal(): A-17 §3.3.1 not by its wide form ${wide} either`, () => expect(prepareLocal(`a${wide}b`)).toBeUndefined());
}

const bare = [
  { rule: "T-07 §3.3 the localpart is folded", text: "Agent7001@CC.Test", gives: "agent7001@cc.test" },
  { rule: "the resource is cut off", text: "a@cc.test/Desk top", gives: "a@cc.test" },
  { rule: "§3.2 the trailing dot goes", text: "a@cc.test.", gives: "a@cc.test" },
  { rule: "§3.3 wide letters are narrow ones", text: "\uff21\uff22@cc.test", gives: "ab@cc.test" },
  { rule: "§3.3 decomposed is composed", text: "a\u0308@cc.test", gives: "\u00e4@cc.test" },
  { rule: "§3.2 both spellings of an international name are one", text: "a@\u00c4.test", gives: "a@\u00e4.test" },
  { rule: "§3.2.1 A-labels become U-labels", text: "a@xn--4ca.test", gives: "a@\u00e4.test" },
  { rule: "§3.2 IPv6", text: "a@[::1]", gives: "a@[::1]" },
  { rule: "§3.2 IPv4", text: "a@127.0.0.1", gives: "a@127.0.0.1" },
  { rule: "a domain alone", text: "CC.test/a", gives: "cc.test" },
];

for (const { rule, text, gives } of bare) {
  test(`bareJid(): ${rule}`, () => expect(bareJid(text)).toBe(gives));
}

const lengths = [
  { rule: "1023 octets", part: "a".repeat(1023), fits: true },
  { rule: "1024 octets", part: "a".repeat(1024), fits: false },
  { rule: "1022 octets of two each", part: "\u00e4".repeat(511), fits: true },
  { rule: "1024 octets of two each", part: "\u00e4".repeat(512), fits: false },
  { rule: "1024 octets of four each", part: "\u{20000}".repeat(256), fits: false },
];

for (const { rule, part, fits } of lengths) {
  test(`prepareLocal(), prepareResource(): A-17 §3.3 §3.4 ${rule}`, () => {
    expect(prepareLocal(part)).toBe(fits ? part : undefined);
    expect(prepareResource(part)).toBe(fits ? part : undefined);
  });
}

test("prepareDomain(): §3.2 labels up to 63 octets", () => {
  expect(prepareDomain(`${"a".repeat(63)}.test`)).toBe(`${"a".repeat(63)}.test`);
  expect(prepareDomain(`${"a".repeat(64)}.test`)).toBeUndefined();
  expect(prepareDomain(`${"a.".repeat(600)}test`)).toBeUndefined();
});

test("prepareResource(): C-53 §3.4 case counts, any space is U+0020", () => {
  expect(prepareResource("Desktop")).toBe("Desktop");
  expect(prepareResource("a\u00a0b")).toBe("a b");
  expect(prepareResource("a\u0308")).toBe("\u00e4");
  expect(prepareResource("")).toBeUndefined();
});

test("bareOf(), resourceOf(): cut at the first slash", () => {
  expect(bareOf("a@cc.test/b/c")).toBe("a@cc.test");
  expect(bareOf("a@cc.test")).toBe("a@cc.test");
  expect(resourceOf("a@cc.test/b/c")).toBe("b/c");
  expect(resourceOf("a@cc.test")).toBe("");
});

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "B", "@", "/", ".", "-", " ", "\u00c4", "\u03a3", "\u0130", "\u0345", "\u0308", "\u1e9e", "\uff21", "\uac00", "\u1100", "\u0958"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

test("canonicalJid(): §3 what is canonical stays, and its parts are found again", () => {
  const parts = fc.tuple(text, text, text).map(([local, domain, resource]) => `${local}@${domain}.test/${resource}`);
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        parts,
        text.map((local) => `${local}@a.test/b`),
        text.map((resource) => `a@a.test/${resource}`),
      ),
      (given) => {
        const canonical = canonicalJid(given);
        if (canonical === undefined) return;
        expect(canonicalJid(canonical)).toBe(canonical);
        const jid = parseJid(canonical);
        expect(jid && formatJid(jid)).toBe(canonical);
        expect(bareOf(canonical)).toBe(bareJid(given));
        expect(resourceOf(canonical)).toBe(jid?.resource);
      },
    ),
    { numRuns: 20_000 },
  );
}, 60_000);
