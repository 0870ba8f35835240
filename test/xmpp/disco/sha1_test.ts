import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha1 } from "../../../xmpp/disco/sha1.ts";

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

const VECTORS = [
  { text: "", digest: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
  { text: "abc", digest: "a9993e364706816aba3e25717850c26c9cd0d89d" },
  { text: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", digest: "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
];
for (const { text, digest } of VECTORS) {
  test(`FIPS 180-4 "${text}"`, () => {
    expect(hex(sha1(new TextEncoder().encode(text)))).toBe(digest);
  });
}

test("FIPS 180-4 §5.1.1 every length around a block is padded as the platform does", () => {
  for (let length = 0; length < 200; length++) {
    const octets = new Uint8Array(length).fill(0xa5);
    expect(hex(sha1(octets))).toBe(createHash("sha1").update(octets).digest("hex"));
  }
});

test("FIPS 180-4 any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => hex(sha1(octets)) === createHash("sha1").update(octets).digest("hex")));
});
