/**
 * What is published: a node, and an `<Update>` with data, event, requestId and source in that order.
 *
 * @module
 */

import { type Child, type Element, serialize } from "../../xmpp/mod.ts";

export interface Update {
  readonly node: string;
  /** Agent or queue it tells of: what concerns the same is published in order. */
  readonly subject: string;
  readonly xml: string;
}

/** An element without namespace or attributes; empty texts are left out. */
export function el(name: string, ...children: readonly (Child | number)[]): Element {
  return { name, ns: "", attrs: {}, children: children.map((each) => (typeof each === "number" ? String(each) : each)).filter((each) => each !== "") };
}

export interface Told {
  readonly node: string;
  readonly subject: string;
  readonly event: "POST" | "PUT" | "DELETE";
  readonly data: Element;
  /** The node itself, unless said otherwise. */
  readonly source?: string;
}

export function updateOf({ node, subject, event, data, source = node }: Told): Update {
  const update = el("Update", el("data", data), el("event", event), el("requestId"), el("source", source));
  return { node, subject, xml: serialize(update) };
}
