/**
 * The text of SASL data on the wire: strict base64 of UTF-8, mostly (RFC 4648 §4, RFC 6120 §6.3.5, §13.9.1).
 *
 * @module
 */

/** The last character before padding must leave the bits that padding covers zero (RFC 4648 §3.5). */
const PADDED = /[AQgw]==$|[AEIMQUYcgkosw048]=$/;

/**
 * Decodes base64 without any tolerance; `=` alone stands for no octets at all (RFC 6120 §6.4.2).
 *
 * @returns undefined if it is not base64: the failure is `incorrect-encoding`
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text === "=") return new Uint8Array();
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  if (text.endsWith("=") && !PADDED.test(text)) return undefined;
  return Uint8Array.from(atob(text), (octet) => octet.charCodeAt(0));
}

/** Encodes octets; none give "", which success data and initial responses write as `=`. */
export function encodeBase64(octets: Uint8Array): string {
  let binary = "";
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes UTF-8; undefined if it is not UTF-8. */
export function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return decoder.decode(octets);
  } catch {
    return undefined;
  }
}

/** Encodes text as UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}
