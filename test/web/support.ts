/**
 * The XML parser of the tests: xmldom in the place of the browser's.
 *
 * @module
 */

import { DOMParser } from "@xmldom/xmldom";

import type { ParseXml } from "../../web/xml/lines.ts";

export const parseXml: ParseXml = (xml) => {
  try {
    return new DOMParser({ onError: () => {} }).parseFromString(xml, "text/xml").documentElement as unknown as Element | null;
  } catch {
    return null;
  }
};
