/**
 * Preparing strings so that equal ones compare equal: the classes of RFC 8264, and the profiles of RFC 8265 that RFC 7622 uses.
 *
 * Classes of characters are the platform's, of whatever version of Unicode it knows (RFC 8264 §1).
 *
 * @module
 */

import { fitsBidiRule, readsFromRight } from "./bidi.ts";
import { fitsContext } from "./contextual.ts";

const encoder = new TextEncoder();

/** Is the text 1..1023 octets of UTF-8, as each part of an address has to be (RFC 7622 §3.3.1)? */
export function fitsPart(text: string): boolean {
  if (text.length === 0 || text.length > 1023) return false;
  return text.length <= 341 || encoder.encode(text).length <= 1023;
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * Never valid, or the surroundings decide: RFC 8264 §8, in its order. Exceptions (§9.6); joiners (§9.8) and what else has no
 * look of its own (§9.13); unassigned, private and control characters, halves of pairs (§9.10, §9.12); old Hangul (§9.9).
 * U+200C and U+200D are left to the context.
 */
const FORBIDDEN =
  /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b[[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\u200c\u200d]]\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/v;

/** What RFC 8264 §8 gives to identifiers: ASCII, letters, digits and marks (§9.1, §9.11), and the exceptions that are none of these (§9.6). */
const IDENTIFIER = /^[\x21-\x7e\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u200c-\u200d\u3007\u30fb]+$/u;

const isOfFreeform = (text: string): boolean => !FORBIDDEN.test(text) && fitsContext(text);

/**
 * Prepares by the profile OpaqueString: case and symbols kept, any space is U+0020, NFC (RFC 8265 §4.2).
 *
 * @returns undefined if empty or if a character is not allowed
 */
export function opaqueString(text: string): string | undefined {
  if (text === "") return undefined;
  if (PRINTABLE_ASCII.test(text)) return text;
  const prepared = text.replace(/\p{Zs}/gu, " ").normalize("NFC");
  return isOfFreeform(prepared) ? prepared : undefined;
}

/** Width, case, NFC: the mapping rules of §3.3.2 in their order. */
const mapped = (text: string): string =>
  text
    .replace(/[\uff01-\uffee]/g, (character) => character.normalize("NFKC"))
    .toLowerCase()
    .normalize("NFC");

/** Mapped until it stays as it is; undefined: it does not (RFC 8264 §7, RFC 8265 §3.3.3). */
function settled(text: string): string | undefined {
  let before = mapped(text);
  for (let again = 0; again < 3; again++) {
    const after = mapped(before);
    if (after === before) return after;
    before = after;
  }
  return undefined;
}

/**
 * Prepares by the profile UsernameCaseMapped: width mapped, lower case, NFC, an identifier that fits the Bidi rule (RFC 8265 §3.3).
 *
 * @returns undefined if empty or if a character is not allowed
 */
export function usernameCaseMapped(text: string): string | undefined {
  if (PRINTABLE_ASCII.test(text)) return text === "" || text.includes(" ") ? undefined : text.toLowerCase();
  const prepared = settled(text);
  if (prepared === undefined || !isIdentifier(prepared)) return undefined;
  return readsFromRight(prepared) && !fitsBidiRule(prepared) ? undefined : prepared; // §3.3.2: directionality
}

/** Is it of the IdentifierClass (RFC 8264 §4.2)? Given in NFC. */
export function isIdentifier(text: string): boolean {
  // §9.17: what has a compatibility decomposition is none, e.g. Roman numerals and ligatures.
  return IDENTIFIER.test(text) && text.normalize("NFKC") === text && isOfFreeform(text);
}
