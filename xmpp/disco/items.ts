/**
 * What belongs to an entity (XEP-0030 §4).
 *
 * @module
 */

import { escapeAttr } from "../xml/serialize.ts";
import { DISCO_ITEMS_NS } from "./info.ts";

/** Something that can be asked in its turn. */
export interface DiscoItem {
  readonly jid: string;
  readonly node?: string;
  readonly name?: string;
}

/** Renders the answer to disco#items: an empty query where there are none (§4.1); the node asked for is repeated. */
export function renderItems(items: readonly DiscoItem[], node?: string): string {
  const start = `<query xmlns="${DISCO_ITEMS_NS}"${optional("node", node)}`;
  if (items.length === 0) return `${start}/>`;
  const each = items.map(({ jid, node: of, name }) => `<item jid="${escapeAttr(jid)}"${optional("node", of)}${optional("name", name)}/>`);
  return `${start}>${each.join("")}</query>`;
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${name}="${escapeAttr(value)}"`;
}
