/**
 * The Bidi rule: which strings with letters from right to left read the same wherever they stand (RFC 5893 §2).
 *
 * The platform's patterns know no Bidi classes. Those of what an identifier may hold follow from block and category.
 *
 * @module
 */

/** R and AL: the blocks from right to left, without their marks and without Arabic digits. */
const R = "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}";
const AN = "\\u0660-\\u0669\\u066b\\u066c\\u06dd\\u{10d30}-\\u{10d39}";
const EN = "0-9\\u06f0-\\u06f9";
/** NSM, but for five marks that are L. */
const NSM = "[[\\p{Mn}\\p{Me}]--[\\u0cbf\\u0cc6\\u{11a07}\\u{11a08}\\u{11c3f}]]";
/** ES, CS, ET, ON and BN: signs of ASCII, letters without a direction, joiners. */
const NEUTRAL = "[!-\\/\\:-@\\[-`\\{-~\\u02b9\\u02ba\\u02c6-\\u02cf\\u02ec\\u2e2f\\ua67f\\ua717-\\ua71f\\ua788\\u200c\\u200d]";
const ALL_R = `[[${R}]--[${AN}${EN}\\p{Mn}\\p{Me}]]`;

const FROM_RIGHT = /* @__PURE__ */ new RegExp(`[${ALL_R}[${AN}]]`, "v");
const RIGHT = /* @__PURE__ */ new RegExp(`^${ALL_R}(?:[${ALL_R}[${AN}${EN}]${NEUTRAL}${NSM}]*[${ALL_R}[${AN}${EN}]])?${NSM}*$`, "v");
const LEFT = /* @__PURE__ */ new RegExp(`^[^${ALL_R}[${AN}${EN}]${NEUTRAL}${NSM}](?:[^${ALL_R}[${AN}]]*[^${ALL_R}[${AN}]${NEUTRAL}${NSM}])?${NSM}*$`, "v");
const ARABIC_DIGIT = /* @__PURE__ */ new RegExp(`[${AN}]`, "v");
const DIGIT = /* @__PURE__ */ new RegExp(`[${EN}]`, "v");

/** Has it anything from right to left? Only then the rule is of interest (RFC 8265 §3.3.2, RFC 5893 §2). */
export function readsFromRight(text: string): boolean {
  return FROM_RIGHT.test(text);
}

/** Does the text, an identifier or a label, satisfy the rule's six conditions? */
export function fitsBidiRule(text: string): boolean {
  if (RIGHT.test(text)) return !(ARABIC_DIGIT.test(text) && DIGIT.test(text)); // condition 4
  return LEFT.test(text);
}
