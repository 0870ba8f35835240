/**
 * What masking looks for: the names of secrets, and markup at any depth of escaping.
 *
 * @module
 */

/** What stands for a secret: dots, and nothing of its length. */
export const MASK = "••••••••";

/** Names of elements, attributes, fields and parameters whose value is a secret. */
const SECRET =
  /pass(?:word|wd|phrase|code)|^(?:pass|pwd|pw|pin|t?otp|jwt|auth|key|newkey|sig|signature|authorization|proxy-authorization|cookie|set-cookie)$|secret|token|credential|ticket|assertion|[-_.]signature$|api[-_.]?key|access[-_.]?key|private[-_.]?key|session[-_.]?(?:id|key)/i;
/** Words that hold one of those and are none. */
const HARMLESS = /^(?:request-token|token-?type|token_type|expires|sec-websocket-key)$/i;

/** Is a value of this name a secret? */
export const isSecretName = (name: string): boolean => SECRET.test(name) && !HARMLESS.test(name);

const AMP = "(?:(?:amp|#0*38|#x0*26);)*";
/** `<`, as it is or escaped. */
export const LT = `(?:<|\\\\u003c|&${AMP}(?:lt|#0*60|#x0*3c);)`;
/** `>`, as it is or escaped. */
export const GT = `(?:>|\\\\u003e|&${AMP}(?:gt|#0*62|#x0*3e);)`;
/** A quotation mark, as it is or escaped. */
export const QUOTE = `(?:\\\\*["']|\\\\*&${AMP}(?:quot|apos|#0*34|#0*39|#x0*22|#x0*27);)`;
