/**
 * The tree a frame is parsed to (Namespaces in XML 1.0, RFC 6120 §11).
 *
 * Prefixes are resolved away: what an element is called is `name` and `ns` alone.
 *
 * @module
 */

/** The namespace that the prefix `xml` always stands for. */
export const XML_NS = "http://www.w3.org/XML/1998/namespace";

/**
 * Attributes by key: the plain name when un-namespaced, `xml:lang` for the namespace of XML, `{uri}local` for others.
 *
 * Namespace declarations are none of them. A parsed element's record has no prototype, so any name is safe to look up.
 */
export type Attributes = Readonly<Record<string, string>>;

/** An element or the text between two. */
export type Child = Element | string;

/** One element; text children are never empty and never beside one another when parsed. */
export interface Element {
  /** Local name. */
  readonly name: string;
  /** Namespace; "" for none. */
  readonly ns: string;
  readonly attrs: Attributes;
  readonly children: readonly Child[];
}

/** Finds the first child element of that name, in the parent's namespace unless another is given. */
export function child(element: Element, name: string, ns: string = element.ns): Element | undefined {
  for (const each of element.children) {
    if (typeof each !== "string" && each.name === name && each.ns === ns) return each;
  }
  return undefined;
}

/** Lists the child elements, without the text between them. */
export function childrenOf(element: Element): Element[] {
  return element.children.filter((each) => typeof each !== "string");
}

/** Joins the text directly inside an element; "" if there is none. */
export function textOf(element: Element): string {
  const [first, second] = element.children;
  if (second === undefined) return typeof first === "string" ? first : "";
  return element.children.filter((each) => typeof each === "string").join("");
}
