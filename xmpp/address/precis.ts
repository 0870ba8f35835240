/**
 * Preparing strings so that equal ones compare equal (RFC 8264, RFC 8265; the profiles that RFC 7622 uses).
 *
 * Deviates: the Bidi rule (RFC 5893) and the contextual rules (RFC 5892 appendix A) are left out; characters that
 * would need the latter to be told apart from harmful ones are refused by their class instead.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Is the text 1..1023 octets of UTF-8, as each part of an address has to be (RFC 7622 §3.3.1)? */
export function fitsPart(text: string): boolean {
  if (text.length === 0 || text.length > 1023) return false;
  return text.length <= 341 || encoder.encode(text).length <= 1023;
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Never valid: controls, unassigned, private and default-ignorable characters, old Hangul (RFC 8264 §8, §9). */
const FORBIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/u;

/**
 * Prepares by the profile OpaqueString: case and symbols kept, any space is U+0020, NFC (RFC 8265 §4.2).
 *
 * @returns undefined if empty or if a character is not allowed
 */
export function opaqueString(text: string): string | undefined {
  if (text === "") return undefined;
  if (PRINTABLE_ASCII.test(text)) return text;
  const prepared = text.replace(/\p{Zs}/gu, " ").normalize("NFC");
  return FORBIDDEN.test(prepared) ? undefined : prepared;
}

/** Letters, digits and marks, printable ASCII, and the single exceptions (RFC 8264 §9.1, §9.6, §9.11). */
const IDENTIFIER = /^[\x21-\x7e\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}\u06fd\u06fe\u0f0b\u3007]+$/u;

/**
 * Prepares by the profile UsernameCaseMapped: width mapped, lower case, NFC, an identifier (RFC 8265 §3.3).
 *
 * @returns undefined if empty or if a character is not allowed
 */
export function usernameCaseMapped(text: string): string | undefined {
  if (PRINTABLE_ASCII.test(text)) return text === "" || text.includes(" ") ? undefined : text.toLowerCase();
  const wide = text.replace(/[\uff01-\uffee]/g, (character) => character.normalize("NFKC")); // §3.3.2: width
  const prepared = wide.toLowerCase().normalize("NFC");
  const compatible = prepared.normalize("NFKC") === prepared; // RFC 8264 §9.17: e.g. Roman numerals, ligatures
  return compatible && IDENTIFIER.test(prepared) && !FORBIDDEN.test(prepared) ? prepared : undefined;
}
