import { expect, test, vi } from "vitest";
import { unguessable } from "../../../durable/unguessable.ts";

test("unguessable(): C-03 A-05 C-52 128 bits of the platform's cryptographic generator, all of them in the name", () => {
  const octets = [0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x80];
  const random = vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    (array as unknown as Uint8Array).set(octets);
    return array;
  });
  expect(unguessable()).toBe(Buffer.from(octets).toString("base64url"));
  expect(random.mock.calls[0]?.[0]).toHaveLength(16);
  random.mockRestore();
});

test("unguessable(): C-03 never the same twice, and each bit is as often one as zero", () => {
  const names = Array.from({ length: 20_000 }, unguessable);
  expect(new Set(names).size).toBe(names.length);
  const ones = new Array<number>(128).fill(0);
  for (const name of names) {
    const octets = Buffer.from(name, "base64url");
    for (let bit = 0; bit < 128; bit++) ones[bit] = (ones[bit] ?? 0) + (((octets[bit >> 3] ?? 0) >> (bit & 7)) & 1);
  }
  // Six deviations: of 128 bits one in ten million runs has one beyond.
  for (const count of ones) expect(Math.abs(count - 10_000)).toBeLessThan(6 * Math.sqrt(5000));
});
