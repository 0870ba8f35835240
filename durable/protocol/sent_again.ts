/**
 * The last item of a created node, as it is sent to who comes later (XEP-0060 §6.1.7).
 *
 * @module
 */

import type { Item } from "../contract.ts";

/** Is it sent to who comes now? An item whose time is over (`item_expire`) is not. */
export function isStillSent({ again }: Pick<Item, "again">, now: number): boolean {
  return again !== undefined && now < again.until;
}
