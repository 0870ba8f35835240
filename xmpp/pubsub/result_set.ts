/**
 * Pages of a list: what a request wants, and how a page stands in the whole (XEP-0059).
 *
 * @module
 */

import { childrenOf, type Element, textOf } from "../xml/element.ts";
import { escapeText } from "../xml/serialize.ts";
import { RSM_NS } from "./namespaces.ts";

/** Which page is wanted. */
export interface ResultSet {
  /** The page behind this id (§2.2); null: from the first. */
  readonly after: string | null;
  /** The page before this id (§2.3); "": the last one (§2.5); null: not asked for. */
  readonly before: string | null;
  /** Most entries; null: as many as we give. */
  readonly max: number | null;
}

/** Some entries of a list, and their place in it. */
export interface Page {
  /** Ids of the first and the last entry; absent: the page has none. */
  readonly first?: string;
  readonly last?: string;
  /** How many stand before the first (§2.6). */
  readonly index?: number;
  /** Entries of the list in all. */
  readonly count: number;
}

export const EVERYTHING: ResultSet = { after: null, before: null, max: null };

/** Reads the `<set/>` beside a request; null: there is none. @returns the condition, if it is refused */
export function readResultSet(rest: readonly Element[]): ResultSet | null | "bad-request" | "feature-not-implemented" {
  const [set, ...more] = rest;
  if (!set) return null;
  if (more.length > 0 || set.name !== "set" || set.ns !== RSM_NS) return "bad-request";
  const of = new Map(childrenOf(set).map((each) => [each.name, textOf(each)]));
  const max = of.get("max");
  if ((max !== undefined && !/^\d{1,9}$/.test(max)) || (of.has("before") && of.has("after"))) return "bad-request";
  if (of.has("index")) return "feature-not-implemented"; // §2.6
  return { after: of.get("after") ?? null, before: of.get("before") ?? null, max: max === undefined ? null : Number(max) };
}

/** Writes how a page stands in the whole: one without entries has no ids (§2.1). */
export function renderPage({ first, last, index, count }: Page): string {
  const at = index === undefined ? "" : ` index="${index}"`;
  const ids = first === undefined || last === undefined ? "" : `<first${at}>${escapeText(first)}</first><last>${escapeText(last)}</last>`;
  return `<set xmlns="${RSM_NS}">${ids}<count>${count}</count></set>`;
}

/** A map whose entries are found by pages, in the order of their keys, without walking it. */
export class PagedMap<V> extends Map<string, V> {
  /** Null: nobody has asked for a page yet. */
  #sorted: string[] | null = null;

  override set(key: string, value: V): this {
    if (this.#sorted && !this.has(key)) this.#sorted.splice(rankIn(this.#sorted, key), 0, key);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    const isGone = super.delete(key);
    if (isGone) this.#sorted?.splice(rankIn(this.#sorted, key), 1);
    return isGone;
  }

  override clear(): void {
    this.#sorted = null;
    super.clear();
  }

  /** One page, of at most so many; undefined: what it is to begin or end with is not there (§2.2). */
  page({ after, before, max }: ResultSet, most: number): (Page & { readonly entries: readonly (readonly [string, V])[] }) | undefined {
    this.#sorted ??= [...this.keys()].sort(); // by code units, as rankIn compares
    const sorted = this.#sorted;
    const named = after ?? (before === "" ? null : before);
    if (named !== null && !this.has(named)) return undefined;
    const length = Math.min(max ?? most, most);
    const end = before === null ? sorted.length : before === "" ? sorted.length : rankIn(sorted, before);
    const from = before === null ? (after === null ? 0 : rankIn(sorted, after) + 1) : Math.max(0, end - length);
    const keys = sorted.slice(from, Math.min(end, from + length));
    const [first, last] = [keys[0], keys.at(-1)];
    const ids = first === undefined || last === undefined ? {} : { first, last, index: from };
    return { ...ids, count: sorted.length, entries: keys.map((key) => [key, this.get(key) as V] as const) };
  }
}

/** How many stand before the key. */
function rankIn(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
