/**
 * Items that are asked for: what a request wants of a node's log, and the answer (XEP-0060 §6.5, XEP-0059).
 *
 * Pages run in the order of publication, and their marks are positions: `epoch:sequence`, the product's one cursor.
 *
 * @module
 */

import { childrenOf, type Element, textOf } from "../xml/element.ts";
import { parseDocument } from "../xml/parse.ts";
import { escapeAttr, escapeText } from "../xml/serialize.ts";
import { renderItem } from "./event.ts";
import { POSITION_NS, PUBSUB_NS } from "./namespaces.ts";
import { EVERYTHING, readResultSet, renderPage } from "./result_set.ts";

/** Where something stands in a node's log. */
export interface Mark {
  readonly epoch: number;
  readonly seq: number;
}

/** What is wanted of a node's items. */
export interface Wanted {
  /** Ids of items; null: any. */
  readonly ids: readonly string[] | null;
  /** At most so many of the newest (§6.5.7); null: all. */
  readonly newest: number | null;
  /** Those after this, oldest first (XEP-0059 §2.2); null: from the first. */
  readonly after: Mark | null;
  /** The page before this, or the last one (XEP-0059 §2.3, §2.5); null: not asked for. */
  readonly before: Mark | "last" | null;
  /** Size of a page; null: ours. */
  readonly page: number | null;
}

export interface FoundItem extends Mark {
  readonly id: string;
  /** Inside of `<item/>`. */
  readonly payload: string;
  /** Full jid of who published it, where the node tells (XEP-0060 §7.1.2.3). */
  readonly publisher?: string;
}

/** What was found of a node's items. */
export interface Found {
  readonly items: readonly FoundItem[];
  /** Items of the log in all. */
  readonly count: number;
  /** Where the log stands; absent: nobody keeps one. */
  readonly position?: Mark;
}

/** An item as HTTP tells it: what was published as text is that text again, XML stays XML. */
export function readPayload(payload: string): { readonly payload: string } | { readonly xml: string } {
  const { element } = parseDocument(payload, { maxDepth: 100 });
  const isText = element?.name === "notification" && element.ns === PUBSUB_NS && element.children.every((child) => typeof child === "string");
  return isText ? { payload: textOf(element) } : { xml: payload };
}

/** Reads a position as it was told. */
export function readMark(text: string): Mark | undefined {
  const found = /^(\d{1,15}):(\d{1,15})$/.exec(text);
  return found ? { epoch: Number(found[1]), seq: Number(found[2]) } : undefined;
}

export function renderMark({ epoch, seq }: Mark): string {
  return `${epoch}:${seq}`;
}

/** The position that a notification's message id ends with; undefined: it has none. */
export function markOfMessage(id: string): Mark | undefined {
  return readMark(id.slice(id.indexOf(".") + 1));
}

/**
 * Reads what `<items/>` and the result set beside it want.
 *
 * @returns why not: "bad-request", "item-not-found" for a mark that nobody gave out (XEP-0059 §2.2)
 */
export function readWanted(items: Element, rest: readonly Element[]): Wanted | "bad-request" | "feature-not-implemented" | "item-not-found" {
  const set = readResultSet(rest) ?? EVERYTHING;
  if (typeof set === "string") return set;
  const newest = numberOf(items.attrs["max_items"]);
  const ids = childrenOf(items).map(({ name, attrs }) => (name === "item" ? attrs["id"] : undefined));
  if (newest === "wrong" || ids.some((id) => !id)) return "bad-request";
  const after = markOf(set.after);
  const before = set.before === "" ? "last" : markOf(set.before);
  if (after === undefined || before === undefined) return "item-not-found";
  return { ids: ids.length > 0 ? (ids as string[]) : null, newest, after, before, page: set.max };
}

const markOf = (text: string | null): Mark | null | undefined => (text === null ? null : readMark(text));

function numberOf(text: string | undefined): number | null | "wrong" {
  if (text === undefined) return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : "wrong";
}

/**
 * The items that were found, and how the page stands in the whole. Where the log stands is said beside that in a namespace
 * of our own: a page without items has no marks (XEP-0059 §2.1), and one that reaches so far is the last.
 */
export function renderFound(node: string, { items, count, position }: Found): string {
  const each = items.map(renderItem).join("");
  const [first, last] = [items[0], items.at(-1)];
  const set = renderPage({ ...(first && last && { first: renderMark(first), last: renderMark(last) }), count });
  const inside = each === "" ? `<items node="${escapeAttr(node)}"/>` : `<items node="${escapeAttr(node)}">${each}</items>`;
  const stands = position ? `<position xmlns="${POSITION_NS}">${escapeText(renderMark(position))}</position>` : "";
  return `<pubsub xmlns="${PUBSUB_NS}">${inside}${set}${stands}</pubsub>`;
}
