/**
 * The messages of SCRAM, read and written; the proofs themselves are for the shell (RFC 5802 §5, §7; RFC 7677).
 *
 * There is no channel binding: neither the platform nor a browser knows the TLS connection (RFC 5802 §6).
 *
 * @module
 */

import { decodeBase64, encodeBase64, encodeUtf8 } from "./base64.ts";

/** Characters a nonce may have; those of known clients are far shorter. */
const MAX_NONCE = 256;

/** Characters of the first message, which is kept until the last one: with the longest name, and room for extensions. */
const MAX_FIRST = 2048;

/** The first message of a client (RFC 5802 §7). */
export interface ClientFirst {
  /** The header as it came, with both commas: the client repeats it in `c=`. */
  readonly gs2: string;
  /** Who to act as; "" to act as oneself. */
  readonly authzid: string;
  /** Whose keys are asked for, decoded but not prepared; never empty. */
  readonly username: string;
  readonly nonce: string;
  /** The message without its header, as it came: part of what is proved. */
  readonly bare: string;
}

/** The final message of a client, its binding and nonce found right already. */
export interface ClientFinal {
  /** The message without the proof, as it came: part of what is proved. */
  readonly withoutProof: string;
  /** Base64. */
  readonly proof: string;
}

const CLIENT_FIRST = /^((?:n|y),(?:a=([^,]+))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)((?:,[A-Za-z]=[^,]+)*))$/u;
const CLIENT_FINAL = /^(c=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)((?:,[A-Za-z]=[^,]+)*)),p=([^,]+)$/u;

/**
 * Reads a client's first message.
 *
 * A header with `p=` is malformed here, since no binding is offered; `y` is fine for the same reason (§6). An
 * extension that is mandatory (`m=`) stands where the pattern has none, or is found among the others (§5.1).
 */
export function parseClientFirst(text: string): ClientFirst | "malformed-request" {
  const found = text.includes("\0") || text.length > MAX_FIRST ? null : CLIENT_FIRST.exec(text);
  if (!found) return "malformed-request";
  const [, gs2 = "", asked = "", bare = "", name = "", nonce = "", extensions = ""] = found;
  const [authzid, username] = [decodeName(asked), decodeName(name)];
  if (authzid === undefined || username === undefined) return "malformed-request";
  if (nonce.length > MAX_NONCE || hasMandatory(extensions)) return "malformed-request";
  return { gs2, authzid, username, nonce, bare };
}

/**
 * Reads a client's final message, and checks what needs no key: binding and nonce (§5.1).
 *
 * @param expected the header of the client's first message, and the nonce the server sent
 */
export function parseClientFinal(
  text: string,
  expected: { readonly gs2: string; readonly nonce: string },
): ClientFinal | "malformed-request" | "not-authorized" {
  const found = text.includes("\0") ? null : CLIENT_FINAL.exec(text);
  if (!found) return "malformed-request";
  const [, withoutProof = "", binding = "", nonce = "", extensions = "", proof = ""] = found;
  if (hasMandatory(extensions) || !isBase64(binding) || !isBase64(proof)) return "malformed-request";
  if (binding !== encodeBase64(encodeUtf8(expected.gs2))) return "not-authorized"; // §6: always checked
  if (nonce !== expected.nonce) return "not-authorized";
  return { withoutProof, proof };
}

/** What the server's first message tells. */
export interface ServerFirst {
  /** The client's nonce with the server's appended. */
  readonly nonce: string;
  /** Base64. */
  readonly salt: string;
  readonly iterations: number;
}

/** Writes the server's first message (§5). */
export function serverFirst({ nonce, salt, iterations }: ServerFirst): string {
  return `r=${nonce},s=${salt},i=${iterations}`;
}

/** Writes the server's final message; the signature is base64 (§5). */
export function serverFinal(signature: string): string {
  return `v=${signature}`;
}

/** Joins what client and server sign (§3). */
export function authMessage({
  clientFirstBare,
  serverFirst,
  withoutProof,
}: {
  readonly clientFirstBare: string;
  readonly serverFirst: string;
  readonly withoutProof: string;
}): string {
  return `${clientFirstBare},${serverFirst},${withoutProof}`;
}

/** Decodes a name: `=2C` is a comma, `=3D` an equals sign, and no other `=` may be there (§5.1). */
function decodeName(encoded: string): string | undefined {
  if (/=(?!2C|3D)/.test(encoded)) return undefined;
  return encoded.replaceAll("=2C", ",").replaceAll("=3D", "=");
}

function hasMandatory(extensions: string): boolean {
  return extensions.includes(",m="); // a value cannot have a comma
}

function isBase64(text: string): boolean {
  return text !== "=" && decodeBase64(text) !== undefined;
}
