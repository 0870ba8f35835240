/**
 * What the server answers for a user who is asked by somebody else at the bare jid (RFC 6121 §8.5.2.1.3).
 *
 * @module
 */

import { capsNodeOf } from "../disco/caps.ts";
import { ACCOUNT, DISCO_INFO_NS, DISCO_ITEMS_NS, renderInfo } from "../disco/info.ts";
import { renderItems } from "../disco/items.ts";
import { child, type Element } from "../xml/element.ts";

/**
 * The result's payload; undefined: `service-unavailable`. To whom the user's presence is nothing, nothing is told, so that
 * who there is and who there is not look the same (RFC 6120 §13.10.2, XEP-0030 §8).
 */
export function answerForUser(iq: Element, { isTrusted }: { readonly isTrusted: boolean }): string | undefined {
  if (!isTrusted || iq.attrs["type"] !== "get") return undefined;
  const info = child(iq, "query", DISCO_INFO_NS);
  const node = info?.attrs["node"];
  if (info) return node === undefined || node === capsNodeOf(ACCOUNT) ? renderInfo(ACCOUNT, node) : undefined;
  const items = child(iq, "query", DISCO_ITEMS_NS);
  return items && renderItems([], items.attrs["node"]);
}
