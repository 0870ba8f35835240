/**
 * A client's presence as it travels: everything but who it is from and for, and of what type (RFC 6121 §4).
 *
 * @module
 */

import { CLIENT_NS } from "../stanza/stanza.ts";
import { childrenOf, type Child, type Element, textOf } from "../xml/element.ts";
import { escapeAttr, serialize } from "../xml/serialize.ts";

/** The rest of a presence behind its addresses and type, e.g. ` id="p1"><show>away</show></presence>`; of an empty one `/>`. */
export type StanzaTail = string;

/** What a resource can show (§4.7.2.1). */
const SHOWS: ReadonlySet<string> = new Set(["away", "chat", "dnd", "xa"]);
const START = `<presence xmlns="${CLIENT_NS}"`;

/** Cuts the tail off a presence of a client: all its other attributes, and its content as it is. */
export function tailOf({ attrs, children }: Element, type: string): StanzaTail {
  const { from: _from, to: _to, type: _type, ...rest } = attrs;
  const text = serialize({ name: "presence", ns: CLIENT_NS, attrs: rest, children: fitting(children, type) }, null);
  return text.slice(START.length);
}

/** §4.7.2.1: one `<show/>` of those there are; who is not available shows nothing and has no priority (§4.7.2.3). */
function fitting(children: readonly Child[], type: string): readonly Child[] {
  const seen = new Set<string>();
  return children.filter((each) => {
    if (typeof each === "string" || each.ns !== CLIENT_NS || (each.name !== "show" && each.name !== "priority")) return true;
    const isFirst = !seen.has(each.name);
    seen.add(each.name);
    if (type !== "" || !isFirst) return false;
    return each.name === "priority" || (SHOWS.has(textOf(each).trim()) && childrenOf(each).length === 0);
  });
}

/** Writes a presence from its tail. */
export function presenceWith({ from, to, type }: { readonly from: string; readonly to: string; readonly type?: string | undefined }, tail: StanzaTail): string {
  return `${START}${type === undefined || type === "" ? "" : ` type="${escapeAttr(type)}"`} from="${escapeAttr(from)}" to="${escapeAttr(to)}"${tail}`;
}

/** A presence of the server's own making. */
export const EMPTY_TAIL: StanzaTail = "/>";
