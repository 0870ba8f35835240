/**
 * Names of nodes (XEP-0060 §4.6, §12.9).
 *
 * @module
 */

import { fitsPart } from "./precis.ts";

/**
 * Makes a node's id canonical: 1..1023 octets, no controls, NFC; case and slashes are kept. The one function that does.
 *
 * @returns undefined if it can name no node
 */
export function nodeName(text: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(text)) return fitsPart(text) ? text : undefined;
  const name = text.normalize("NFC");
  return fitsPart(name) && !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(name) ? name : undefined;
}
