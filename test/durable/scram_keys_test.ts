import { assert, test } from "vitest";
import type { ScramHash, ScramKeys } from "../../durable/contract.ts";
import { checkProof, decoyKeys, decoyOf, deriveKeys, newSecret, passwordMatches } from "../../durable/scram_keys.ts";
import { preparePassword } from "../../xmpp/mod.ts";

const VECTORS = [
  {
    rule: "RFC 5802 §5",
    hash: "SHA-1",
    salt: "QSXCR+Q6sek8bf92",
    authMessage:
      "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
    proof: "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    signature: "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  {
    rule: "RFC 7677 §3",
    hash: "SHA-256",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    authMessage:
      "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
] as const;
const HASHES: readonly ScramHash[] = ["SHA-1", "SHA-256"];

const bytes = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const base64 = (buffer: ArrayBuffer | Uint8Array) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

async function hmac(key: ArrayBuffer | Uint8Array<ArrayBuffer>, hash: ScramHash, message: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(message)));
}

/** The formulas of RFC 5802 §3, step by step, as a client has them. */
async function clientOf(password: string, salt: string, iterations: number, hash: ScramHash) {
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const salted = await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt: bytes(salt), iterations }, base, hash === "SHA-1" ? 160 : 256);
  const clientKey = await hmac(salted, hash, "Client Key");
  const storedKey = new Uint8Array(await crypto.subtle.digest(hash, clientKey));
  const keys: ScramKeys = { salt, iterations, storedKey: base64(storedKey), serverKey: base64(await hmac(salted, hash, "Server Key")) };
  const prove = async (authMessage: string) => {
    const signature = await hmac(storedKey, hash, authMessage);
    return base64(clientKey.map((byte, at) => byte ^ (signature[at] as number)));
  };
  return { keys, prove };
}

for (const { rule, hash, salt, authMessage, proof, signature } of VECTORS) {
  test(`checkProof(): A-11 ${rule} the example's proof holds and is answered with its signature`, async () => {
    const { keys } = await clientOf("pencil", salt, 4096, hash);
    assert.equal(await checkProof({ hash, ...keys, authMessage, proof }), signature);
  });

  test(`passwordMatches(): ${rule} the example's password, and no other`, async () => {
    const { keys } = await clientOf("pencil", salt, 4096, hash);
    assert.isTrue(await passwordMatches("pencil", keys, hash));
    assert.isFalse(await passwordMatches("Pencil", keys, hash));
    assert.isFalse(await passwordMatches("", keys, hash));
  });

  test(`checkProof(): A-11 ${rule} a proof with any bit changed, cut or emptied does not hold`, async () => {
    const { keys } = await clientOf("pencil", salt, 4096, hash);
    const good = bytes(proof);
    const bad = [...good.keys()].map((at) => good.map((byte, of) => (of === at ? byte ^ 1 : byte)));
    for (const given of [...bad, good.subarray(1), new Uint8Array()]) {
      assert.isNull(await checkProof({ hash, ...keys, authMessage, proof: base64(given) }));
    }
    assert.isNull(await checkProof({ hash, ...keys, authMessage: `${authMessage} `, proof }));
  });
}

test("deriveKeys(): RFC 5802 §3 what a client computes from the same password is proved by both hashes", async () => {
  const derived = await deriveKeys("s3cret", 4096);
  for (const hash of HASHES) {
    const { keys, prove } = await clientOf("s3cret", derived[hash].salt, 4096, hash);
    assert.deepEqual(derived[hash], keys);
    assert.equal(bytes(keys.salt).length, 16);
    assert.isString(await checkProof({ hash, ...keys, authMessage: "n=,r=1", proof: await prove("n=,r=1") }));
    assert.isTrue(await passwordMatches("s3cret", derived[hash], hash));
  }
});

test("deriveKeys(): each hash and each time has a salt of its own", async () => {
  const [first, second] = await Promise.all([deriveKeys("same", 4096), deriveKeys("same", 4096)]);
  assert.equal(new Set([first, second].flatMap((keys) => HASHES.map((hash) => keys[hash].salt))).size, 4);
});

test("preparePassword(): RFC 8265 §4.2 spaces are one kind, NFC, case and symbols kept", () => {
  assert.equal(preparePassword("a\u00a0b\u3000c"), "a b c");
  assert.equal(preparePassword("A\u030a\u{1F511}"), "\u00c5\u{1F511}");
  for (const refused of ["", "a\tb", "a\u0000", "\ud800"]) assert.isUndefined(preparePassword(refused), JSON.stringify(refused));
});

test("passwordMatches(): the composed and the decomposed spelling are one password", async () => {
  const keys = await deriveKeys("Zu\u0308rich", 4096);
  assert.isTrue(await passwordMatches("Z\u00fcrich", keys["SHA-256"], "SHA-256"));
});

test("decoyKeys(): nobody proves them, and they look like those of a known name", async () => {
  const { salt } = await decoyOf(newSecret(), "ghost@cc1.acme.test", [4096]);
  const real = await deriveKeys("x", 4096);
  for (const hash of HASHES) {
    const decoy = decoyKeys(salt, 4096, hash);
    for (const key of ["salt", "storedKey", "serverKey"] as const) assert.equal(decoy[key].length, real[hash][key].length);
    assert.equal(decoyKeys(salt, 4096, hash).salt, decoy.salt, "the salt stays");
    assert.notEqual(decoyKeys(salt, 4096, hash).storedKey, decoy.storedKey);
    assert.isFalse(await passwordMatches("x", decoy, hash));
  }
  assert.notEqual(decoyKeys(salt, 4096, "SHA-1").salt, decoyKeys(salt, 4096, "SHA-256").salt, "each hash has its own");
});

test("decoyKeys(): the salt of a locked account stays what it was", async () => {
  const { salt } = (await deriveKeys("x", 4096))["SHA-1"];
  assert.equal(decoyKeys(salt, 4096, "SHA-1").salt, salt);
});

test("decoyOf(): stable per name and secret, and hashed as often as those who exist", async () => {
  const secret = newSecret();
  const inUse = [4096, 10_000, 10_000];
  const [one, again, other] = await Promise.all(["a@x", "a@x", "b@x"].map((jid) => decoyOf(secret, jid, inUse)));
  assert.deepEqual(one, again);
  assert.notEqual(one?.salt, other?.salt);
  assert.notEqual((await decoyOf(newSecret(), "a@x", inUse)).salt, one?.salt);
  const many = await Promise.all(Array.from({ length: 90 }, (_, n) => decoyOf(secret, `${n}@x`, inUse)));
  const seldom = many.filter(({ iterations }) => iterations === 4096).length;
  assert.isTrue(seldom > 10 && seldom < 60, `${seldom} of 90`);
  assert.isTrue(many.every(({ iterations }) => inUse.includes(iterations)));
});
