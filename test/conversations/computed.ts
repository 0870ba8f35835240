/**
 * What a conversation cannot say literally: credentials in base64, SCRAM with its nonces, long and deep frames.
 *
 * WebCrypto and base64 alone, so that it runs wherever a conversation is played.
 *
 * @module
 */

type Compute = (words: readonly string[], bound: Map<string, string>) => string | Promise<string>;

export const COMPUTED: Readonly<Record<string, Compute>> = {
  /** `{plain AUTHZID AUTHCID PASSWORD}`; authzid `-`: none. */
  plain: ([authzid = "-", authcid = "", password = ""]) => base64(`${authzid === "-" ? "" : authzid}\0${authcid}\0${password}`),
  /** `{base64 TEXT}` */
  base64: ([text = ""]) => base64(text),
  /** `{scram-first USER [GS2-HEADER]}` */
  "scram-first": ([user = "", gs2 = "n,,"], bound) => {
    bound.set("scram-gs2", gs2);
    bound.set("scram-bare", `n=${user},r=${crypto.randomUUID()}`);
    return base64(gs2 + bound.get("scram-bare"));
  },
  /** `{scram-final HASH PASSWORD}`: answers the bound `{challenge}`, and binds `{server-signature}`. */
  "scram-final": async ([hash = "SHA-1", password = ""], bound) => {
    const challenge = atob(bound.get("challenge") ?? "");
    bound.delete("challenge");
    const [, nonce = "", salt = "", iterations = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(challenge) ?? [];
    const withoutProof = `c=${base64(bound.get("scram-gs2") ?? "")},r=${nonce}`;
    const message = `${bound.get("scram-bare")},${challenge},${withoutProof}`;
    const keys = await keysOf(password, { hash, salt, iterations: Number(iterations) });
    bound.set("server-signature", base64(`v=${encoded(await hmac(keys.server, { hash, text: message }))}`));
    const signature = await hmac(keys.stored, { hash, text: message });
    const proof = keys.client.map((octet, at) => octet ^ (signature[at] ?? 0));
    return base64(`${withoutProof},p=${encoded(proof)}`);
  },
  /** `{space}`: what a line's end cannot hold. */
  space: () => " ",
  /** `{repeated TEXT TIMES}` */
  repeated: ([text = "", times = "1"]) => text.repeat(Number(times)),
  /** `{nested NAME TIMES}`: elements inside one another. */
  nested: ([name = "", times = "1"]) => `<${name}>`.repeat(Number(times)) + `</${name}>`.repeat(Number(times)),
};

async function keysOf(password: string, { hash, salt, iterations }: { readonly hash: string; readonly salt: string; readonly iterations: number }) {
  const base = await crypto.subtle.importKey("raw", octets(password), "PBKDF2", false, ["deriveBits"]);
  const saltOctets = Uint8Array.from(atob(salt), (character) => character.charCodeAt(0));
  const bits = hash === "SHA-1" ? 160 : 256;
  const salted = new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt: saltOctets, iterations }, base, bits));
  const client = await hmac(salted, { hash, text: "Client Key" });
  const stored = new Uint8Array(await crypto.subtle.digest(hash, client));
  return { client, stored, server: await hmac(salted, { hash, text: "Server Key" }) };
}

async function hmac(key: Uint8Array<ArrayBuffer>, { hash, text }: { readonly hash: string; readonly text: string }): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, octets(text)));
}

function octets(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function base64(text: string): string {
  return encoded(octets(text));
}

function encoded(of: Uint8Array): string {
  return btoa(String.fromCharCode(...of));
}
