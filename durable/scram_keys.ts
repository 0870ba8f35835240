/**
 * SCRAM keys of passwords: made when one is set, compared at PLAIN, proved at SCRAM (RFC 5802 §3, RFC 7677).
 *
 * WebCrypto does the work; its calls are kept few, since each imported key costs as much as the HMAC it is used for.
 *
 * @module
 */

import { preparePassword } from "../xmpp/mod.ts";
import type { Decoy, ScramHash, ScramKeys, StoredKeys } from "./contract.ts";

const BITS: Readonly<Record<ScramHash, number>> = { "SHA-1": 160, "SHA-256": 256 };
const SALT_BYTES = 16;
const CLIENT_KEY = new TextEncoder().encode("Client Key");
const SERVER_KEY = new TextEncoder().encode("Server Key");

/**
 * Makes the keys of a password for both hashes, each with a salt of its own.
 *
 * @throws {RangeError} when the password cannot be prepared
 */
export async function deriveKeys(password: string, iterations: number): Promise<StoredKeys> {
  const base = await passwordKey(password);
  if (!base) throw new RangeError("Password is empty or holds control characters");
  const [sha1, sha256] = await Promise.all([keysOf(base, iterations, "SHA-1"), keysOf(base, iterations, "SHA-256")]);
  return { "SHA-1": sha1, "SHA-256": sha256 };
}

async function keysOf(base: CryptoKey, iterations: number, hash: ScramHash): Promise<ScramKeys> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const salted = await hmacKey(await saltedPassword(base, salt, iterations, hash), hash);
  const clientKey = await crypto.subtle.sign("HMAC", salted, CLIENT_KEY);
  const storedKey = await crypto.subtle.digest(hash, clientKey);
  const serverKey = await crypto.subtle.sign("HMAC", salted, SERVER_KEY);
  return { salt: encode(salt), iterations, storedKey: encode(storedKey), serverKey: encode(serverKey) };
}

/** Is this the password of the keys? The server's key is compared, for it takes one call less than the stored one. */
export async function passwordMatches(password: string, keys: ScramKeys, hash: ScramHash): Promise<boolean> {
  const base = await passwordKey(password);
  if (!base) return false;
  const salted = await hmacKey(await saltedPassword(base, decode(keys.salt), keys.iterations, hash), hash);
  const serverKey = await crypto.subtle.sign("HMAC", salted, SERVER_KEY);
  return equalBytes(new Uint8Array(serverKey), decode(keys.serverKey));
}

/** What a client proves with (RFC 5802 §3); base64 all but the message. */
export interface Proof {
  readonly hash: ScramHash;
  readonly storedKey: string;
  readonly serverKey: string;
  readonly authMessage: string;
  readonly proof: string;
}

/** Checks a client's proof: the server's signature in base64, or null where it does not hold (RFC 5802 §3). */
export async function checkProof({ hash, storedKey, serverKey, authMessage, proof }: Proof): Promise<string | null> {
  const message = new TextEncoder().encode(authMessage);
  const stored = decode(storedKey);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", await hmacKey(stored, hash), message));
  const given = decode(proof);
  if (given.length !== signature.length) return null;
  const clientKey = signature.map((byte, at) => byte ^ (given[at] as number));
  const claimed = new Uint8Array(await crypto.subtle.digest(hash, clientKey));
  if (!equalBytes(claimed, stored)) return null;
  return encode(await crypto.subtle.sign("HMAC", await hmacKey(decode(serverKey), hash), message));
}

/**
 * Keys that nobody can prove and no password has, for a name that does not exist.
 *
 * The salt of such a name is twice as long: each hash gets a half of it, as each hash of a real name has its own.
 */
export function decoyKeys(salt: string, iterations: number, hash: ScramHash): ScramKeys {
  const bytes = decode(salt);
  const isBoth = bytes.length === 2 * SALT_BYTES;
  const own = isBoth ? bytes.subarray(hash === "SHA-1" ? 0 : SALT_BYTES).subarray(0, SALT_BYTES) : bytes;
  const random = () => encode(crypto.getRandomValues(new Uint8Array(BITS[hash] / 8)));
  return { salt: encode(own), iterations, storedKey: random(), serverKey: random() };
}

/**
 * What a name that does not exist is worked through with: the same whenever it is asked for, the salt not to be told from a
 * random one, the iterations those of one of the names that exist.
 */
export async function decoyOf(secret: string, jid: string, iterations: readonly number[]): Promise<Decoy> {
  const key = await hmacKey(decode(secret), "SHA-256");
  const sign = async (text: string) => new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
  const salt = await sign(jid);
  const [first = 0, second = 0] = await sign(`${jid} iterations`);
  return { salt: encode(salt), iterations: iterations[(first * 256 + second) % iterations.length] as number };
}

/** A random secret for `decoyOf`, base64. */
export const newSecret = (): string => encode(crypto.getRandomValues(new Uint8Array(32)));

async function passwordKey(password: string): Promise<CryptoKey | undefined> {
  const prepared = preparePassword(password);
  if (prepared === undefined) return undefined;
  return await crypto.subtle.importKey("raw", new TextEncoder().encode(prepared), "PBKDF2", false, ["deriveBits"]);
}

async function saltedPassword(base: CryptoKey, salt: Uint8Array<ArrayBuffer>, iterations: number, hash: ScramHash): Promise<ArrayBuffer> {
  return await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt, iterations }, base, BITS[hash]);
}

async function hmacKey(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>, hash: ScramHash): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["sign"]);
}

/** Compares without telling by its time where the first difference is. */
function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < left.length; at++) difference |= (left[at] as number) ^ (right[at] as number);
  return difference === 0;
}

function encode(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
