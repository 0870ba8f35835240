/**
 * SHA-1 without waiting, for the hash of entity capabilities and the key sequences of BOSH (FIPS 180-4 §6.1, XEP-0115 §5.1,
 * XEP-0124 §15), which name it.
 *
 * The platform's digest is asynchronous, and neither may wait. No password is hashed here.
 *
 * @module
 */

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0] as const;

/** Computes the 20 octets of the digest. */
export function sha1(octets: Uint8Array): Uint8Array {
  const padded = pad(octets);
  const state = Uint32Array.from(START);
  for (let at = 0; at < padded.byteLength; at += 64) mixBlock(state, new DataView(padded.buffer, at, 64));
  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((word, index) => {
    digest.setUint32(index * 4, word);
  });
  return new Uint8Array(digest.buffer);
}

/** §5.1.1: one bit, zeros, and the length in bits, up to a whole number of blocks. */
function pad(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((octets.length + 9) / 64) * 64);
  padded.set(octets);
  padded[octets.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(octets.length / 0x20000000));
  view.setUint32(padded.length - 4, octets.length << 3);
  return padded;
}

function mixBlock(state: Uint32Array, block: DataView): void {
  const words = new Uint32Array(80);
  for (let t = 0; t < 16; t++) words[t] = block.getUint32(t * 4);
  for (let t = 16; t < 80; t++) words[t] = rotate(at(words, t - 3) ^ at(words, t - 8) ^ at(words, t - 14) ^ at(words, t - 16), 1);
  let [a, b, c, d, e] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3), at(state, 4)];
  for (let t = 0; t < 80; t++) {
    const next = rotate(a, 5) + round(t, { b, c, d }) + e + at(words, t);
    [a, b, c, d, e] = [next | 0, a, rotate(b, 30), c, d];
  }
  [a, b, c, d, e].forEach((word, index) => {
    state[index] = at(state, index) + word;
  });
}

/** §4.1.1 and §4.2.1: function and constant of each round. */
function round(t: number, { b, c, d }: { readonly b: number; readonly c: number; readonly d: number }): number {
  if (t < 20) return ((b & c) ^ (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function at(words: Uint32Array, index: number): number {
  return words[index] as number;
}
