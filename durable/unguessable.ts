/**
 * Names that nobody can guess: stream ids, nonces, resumption ids, session ids, resources (RFC 6120 §4.7.3, §7.6.1, RFC 5802 §5.1).
 *
 * @module
 */

const OCTETS = 16;

/** Makes a name of 128 random bits: 22 characters of base64url, none of which has to be escaped anywhere. A UUID has 122. */
export function unguessable(): string {
  const text = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(OCTETS))));
  return text.slice(0, 22).replaceAll("+", "-").replaceAll("/", "_");
}
