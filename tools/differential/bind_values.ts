/**
 * Finding the values that later lines use (`{challenge}`, `{subid}`) in frames that need not be as expected.
 *
 * @module
 */

import { childrenOf, type Element } from "../../xmpp/xml/element.ts";
import { parseFrame } from "../../xmpp/xml/parse.ts";

type Bound = Map<string, string>;

const NAME = /^\{([a-z][a-z0-9-]*)\}$/;

/** Takes each value from the first frame that has something where the pattern has its name; what is bound stays. */
export function bindValues(patterns: readonly string[], { frames, bound }: { readonly frames: readonly string[]; readonly bound: Bound }): void {
  const trees = frames.map(treeOf).filter((tree) => tree !== undefined);
  for (const pattern of patterns) {
    const wanted = treeOf(pattern);
    for (const tree of wanted ? trees : []) if (wanted) bind(wanted, tree, bound);
  }
}

function treeOf(text: string): Element | undefined {
  return parseFrame(text, { maxDepth: 100 }).element;
}

function bind(pattern: Element, actual: Element, bound: Bound): void {
  if (pattern.name !== actual.name || pattern.ns !== actual.ns) return;
  for (const [key, template] of Object.entries(pattern.attrs)) take(template, actual.attrs[key], bound);
  const [text] = pattern.children;
  if (typeof text === "string")
    take(
      text,
      actual.children.find((each) => typeof each === "string"),
      bound,
    );
  const candidates = childrenOf(actual);
  for (const each of childrenOf(pattern)) {
    const found = candidates.find((candidate) => candidate.name === each.name && candidate.ns === each.ns);
    if (!found) continue;
    candidates.splice(candidates.indexOf(found), 1); // the second of a name goes with the second
    bind(each, found, bound);
  }
}

function take(template: string, value: string | undefined, bound: Bound): void {
  const name = NAME.exec(template.trim())?.[1];
  if (name !== undefined && name !== "any" && value !== undefined && !bound.has(name)) bound.set(name, value.trim());
}
