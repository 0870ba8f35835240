/**
 * The browser's own XML parser, which answers null where Firefox and Chromium answer a document about an error.
 *
 * @module
 */

import type { ParseXml } from "./lines.ts";
import { isWellFormed } from "./well_formed.ts";

export const parseXml: ParseXml = (xml) => {
  if (!isWellFormed(xml)) return null;
  const root = new DOMParser().parseFromString(xml, "text/xml").documentElement;
  return root.getElementsByTagName("parsererror").length > 0 || root.nodeName === "parsererror" ? null : root;
};
