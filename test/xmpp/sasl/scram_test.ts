import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { authMessage, parseClientFinal, parseClientFirst, serverFinal, serverFirst } from "../../../xmpp/sasl/scram.ts";

const vectors = [
  {
    rule: "RFC 5802 §5",
    hash: "sha1",
    clientFirst: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    nonce: "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
    salt: "QSXCR+Q6sek8bf92",
    clientFinal: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    serverFinal: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  },
  {
    rule: "RFC 7677 §3",
    hash: "sha256",
    clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    nonce: "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
];

for (const vector of vectors) {
  test(`SCRAM: ${vector.rule} the example, password "pencil"`, () => {
    const first = parseClientFirst(vector.clientFirst);
    if (first === "malformed-request") throw new Error(first);
    expect(first).toMatchObject({ gs2: "n,,", authzid: "", username: "user" });
    expect(vector.nonce.startsWith(first.nonce)).toBe(true);
    expect(serverFirst({ nonce: vector.nonce, salt: vector.salt, iterations: 4096 })).toBe(vector.serverFirst);
    const final = parseClientFinal(vector.clientFinal, { gs2: first.gs2, nonce: vector.nonce });
    if (typeof final === "string") throw new Error(final);

    const message = authMessage({ clientFirstBare: first.bare, serverFirst: vector.serverFirst, withoutProof: final.withoutProof });
    const hmac = (key: Buffer | string, text: string, keyed = createHmac(vector.hash, key)) => keyed.update(text).digest();
    const length = vector.hash === "sha1" ? 20 : 32;
    const salted = pbkdf2Sync("pencil", Buffer.from(vector.salt, "base64"), 4096, length, vector.hash);
    const clientKey = hmac(salted, "Client Key");
    const signature = hmac(createHash(vector.hash).update(clientKey).digest(), message);
    expect(Buffer.from(final.proof, "base64")).toEqual(Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0))));
    expect(serverFinal(hmac(hmac(salted, "Server Key"), message).toString("base64"))).toBe(vector.serverFinal);
  });
}

const firsts = [
  { rule: "A-03 §7 flag y", text: "y,,n=a,r=x", gives: { gs2: "y,,", authzid: "", username: "a", nonce: "x", bare: "n=a,r=x" } },
  {
    rule: "C-39 §5.1 an authzid",
    text: "n,a=b@cc.test,n=a,r=x",
    gives: { gs2: "n,a=b@cc.test,", authzid: "b@cc.test", username: "a", nonce: "x", bare: "n=a,r=x" },
  },
  {
    rule: "A-04 §5.1 escapes",
    text: "n,a=c=2Cd,n=a=2Cb=3D2C,r=x",
    gives: { gs2: "n,a=c=2Cd,", authzid: "c,d", username: "a,b=2C", nonce: "x", bare: "n=a=2Cb=3D2C,r=x" },
  },
  {
    rule: "A-04 §5.1 UTF-8",
    text: "n,,n=\u00e4\u{1f600},r=x",
    gives: { gs2: "n,,", authzid: "", username: "\u00e4\u{1f600}", nonce: "x", bare: "n=\u00e4\u{1f600},r=x" },
  },
  {
    rule: "A-03 §5.1 optional extensions are ignored",
    text: "n,,n=a,r=x,y=z=1,M=b",
    gives: { gs2: "n,,", authzid: "", username: "a", nonce: "x", bare: "n=a,r=x,y=z=1,M=b" },
  },
  {
    rule: "§7 any printable character in the nonce",
    text: "n,,n=a,r=!+-=~",
    gives: { gs2: "n,,", authzid: "", username: "a", nonce: "!+-=~", bare: "n=a,r=!+-=~" },
  },
];

for (const { rule, text, gives } of firsts) {
  test(`parseClientFirst(): ${rule}`, () => expect(parseClientFirst(text)).toEqual(gives));
}

const badFirsts = [
  { rule: "nothing", text: "" },
  { rule: "no header", text: "n=a,r=x" },
  { rule: "A-07 §6 a channel binding, none being offered", text: "p=tls-exporter,,n=a,r=x" },
  { rule: "A-03 §7 an unknown flag", text: "z,,n=a,r=x" },
  { rule: "A-03 §7 a flag in upper case", text: "N,,n=a,r=x" },
  { rule: "A-03 §5.1 a mandatory extension before the name", text: "n,,m=x,n=a,r=x" },
  { rule: "A-03 §5.1 a mandatory extension after the nonce", text: "n,,n=a,r=x,m=y" },
  { rule: "A-03 §5.1 the wrong order", text: "n,,r=x,n=a" },
  { rule: "A-03 §7 an extension that is none", text: "n,,n=a,r=x,yz" },
  { rule: "A-03 §7 an extension without value", text: "n,,n=a,r=x,y=" },
  { rule: "A-03 §7 a comma at the end", text: "n,,n=a,r=x," },
  { rule: "A-04 §5.1 an equals sign that escapes nothing", text: "n,,n=a=b,r=x" },
  { rule: "A-04 §5.1 an escape in lower case", text: "n,,n=a=2c,r=x" },
  { rule: "A-04 §5.1 the same in the authzid", text: "n,a==,n=a,r=x" },
  { rule: "A-04 §5.1 no name", text: "n,,n=,r=x" },
  { rule: "§7 an empty authzid", text: "n,a=,n=a,r=x" },
  { rule: "§7 no nonce", text: "n,,n=a,r=" },
  { rule: "§7 a space in the nonce", text: "n,,n=a,r=x y" },
  { rule: "§7 a nonce beyond ASCII", text: "n,,n=a,r=\u00e4" },
  { rule: "§7 a nonce far too long", text: `n,,n=a,r=${"x".repeat(257)}` },
  { rule: "§7 a NUL", text: "n,,n=a\0,r=x" },
  { rule: "§7 a line break at the end", text: "n,,n=a,r=x\n" },
];

for (const { rule, text } of badFirsts) {
  test(`parseClientFirst(): refuses ${rule}`, () => expect(parseClientFirst(text)).toBe("malformed-request"));
}

const finals = [
  { rule: "§5.1 binding, nonce, proof", text: "c=biws,r=xy,p=AAAA", gives: { withoutProof: "c=biws,r=xy", proof: "AAAA" } },
  { rule: "A-03 §5.1 optional extensions are ignored", text: "c=biws,r=xy,a=b,p=AAAA", gives: { withoutProof: "c=biws,r=xy,a=b", proof: "AAAA" } },
  { rule: "A-06 §6 another header than the first one's", text: "c=eSws,r=xy,p=AAAA", gives: "not-authorized" },
  { rule: "A-06 §6 the header with something behind it", text: "c=biwsAA==,r=xy,p=AAAA", gives: "not-authorized" },
  { rule: "A-05 §5.1 another nonce", text: "c=biws,r=xz,p=AAAA", gives: "not-authorized" },
  { rule: "A-05 §5.1 the client's part of the nonce alone", text: "c=biws,r=x,p=AAAA", gives: "not-authorized" },
  { rule: "A-05 §5.1 a longer nonce", text: "c=biws,r=xyz,p=AAAA", gives: "not-authorized" },
  { rule: "A-03 §5.1 a mandatory extension", text: "c=biws,r=xy,m=a,p=AAAA", gives: "malformed-request" },
  { rule: "A-03 §5.1 a mandatory extension first", text: "m=a,c=biws,r=xy,p=AAAA", gives: "malformed-request" },
  { rule: "§7 something after the proof", text: "c=biws,r=xy,p=AAAA,a=b", gives: "malformed-request" },
  { rule: "§7 no proof", text: "c=biws,r=xy", gives: "malformed-request" },
  { rule: "§7 an empty proof", text: "c=biws,r=xy,p=", gives: "malformed-request" },
  { rule: "§7 the proof not base64", text: "c=biws,r=xy,p=AAA", gives: "malformed-request" },
  { rule: "§7 = is no proof", text: "c=biws,r=xy,p==", gives: "malformed-request" },
  { rule: "§7 the binding not base64", text: "c=b,r=xy,p=AAAA", gives: "malformed-request" },
  { rule: "§7 the wrong order", text: "r=xy,c=biws,p=AAAA", gives: "malformed-request" },
  { rule: "§7 a NUL", text: "c=biws,r=xy,a=\0,p=AAAA", gives: "malformed-request" },
  { rule: "nothing", text: "", gives: "malformed-request" },
];

for (const { rule, text, gives } of finals) {
  test(`parseClientFinal(): ${rule}`, () => expect(parseClientFinal(text, { gs2: "n,,", nonce: "xy" })).toEqual(gives));
}

test("parseClientFinal(): A-06 §6 the header is compared with its authzid, as UTF-8", () => {
  const gs2 = "y,a=\u00e4,";
  const text = `c=${Buffer.from(gs2).toString("base64")},r=xy,p=AAAA`;
  expect(parseClientFinal(text, { gs2, nonce: "xy" })).toMatchObject({ proof: "AAAA" });
  expect(parseClientFinal(text, { gs2: "y,,", nonce: "xy" })).toBe("not-authorized");
});

test("parseClientFirst(): §5.1 the message is header and rest, as they came", () => {
  const piece = fc.constantFrom("n", "y", ",", ",,", "n=", "a=", "r=", "m=", "=2C", "=3D", "=", "x", "\u00e4", "p=", "\0");
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => `n,,n=a,r=x${pieces.join("")}`),
      (text) => {
        const first = parseClientFirst(text);
        if (first !== "malformed-request") expect(first.gs2 + first.bare).toBe(text);
      },
    ),
  );
});
