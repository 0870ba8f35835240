/**
 * Preparing passwords before they are compared or derived from (RFC 8265 §4, RFC 4616 §2, RFC 5802 §2.2).
 *
 * Deviates: RFC 5802 names SASLprep (RFC 4013); this is its successor OpaqueString. They differ for compatibility
 * characters only, which SASLprep replaces (NFKC) and OpaqueString keeps.
 *
 * @module
 */

import { opaqueString } from "../address/precis.ts";

/** Prepares a password: any space is U+0020, NFC; undefined if empty or if a character is not allowed. */
export function preparePassword(text: string): string | undefined {
  return opaqueString(text);
}
