import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from "../../../xmpp/sasl/base64.ts";

const accepted = [
  { rule: "RFC 4648 §10 test vectors", text: "Zm9vYmFy", gives: "foobar" },
  { rule: "RFC 4648 §10 one pad", text: "Zm9vYmE=", gives: "fooba" },
  { rule: "RFC 4648 §10 two pads", text: "Zm9vYg==", gives: "foob" },
  { rule: "C-33 §6.4.2 = is no octets", text: "=", gives: "" },
  { rule: "no text is no octets", text: "", gives: "" },
];

for (const { rule, text, gives } of accepted) {
  test(`decodeBase64(): ${rule}`, () => expect(decodeBase64(text)).toEqual(encodeUtf8(gives)));
}

const refused = [
  { rule: "white space", text: "Zm9v YmFy" },
  { rule: "a line break", text: "Zm9v\nYmFy" },
  { rule: "a line break at the end", text: "Zm9v\n" },
  { rule: "white space for padding", text: "Zm9vYg  " },
  { rule: "missing padding", text: "Zm9vYg" },
  { rule: "too little padding", text: "Zm9vYg=" },
  { rule: "padding in the middle", text: "Zg==Zg==" },
  { rule: "padding alone", text: "====" },
  { rule: "two pads alone", text: "==" },
  { rule: "three pads", text: "Z===" },
  { rule: "pad bits that are not zero", text: "Zm9vYh==" },
  { rule: "pad bits that are not zero, one pad", text: "Zm9vYmF=" },
  { rule: "the alphabet of URLs", text: "-_-_" },
  { rule: "a foreign character", text: "Zm9*" },
];

for (const { rule, text } of refused) {
  test(`decodeBase64(): C-32 §13.9.1 refuses ${rule}`, () => expect(decodeBase64(text)).toBeUndefined());
}

test("encodeBase64(): RFC 4648 §4 decoding gives the same octets, and of each text there is one only", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      expect(decodeBase64(encodeBase64(octets))).toEqual(octets);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("A", "Q", "g", "w", "B", "/", "=", "+") }), (text) => {
      const octets = decodeBase64(text);
      if (octets && text !== "=") expect(encodeBase64(octets)).toBe(text);
    }),
  );
});

test("decodeUtf8(): RFC 3629 §3 strict, and a BOM is a character", () => {
  expect(decodeUtf8(encodeUtf8("\ufeffä\u{1f600}"))).toBe("\ufeffä\u{1f600}");
  for (const octets of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
    expect(decodeUtf8(Uint8Array.from(octets))).toBeUndefined();
  }
});
