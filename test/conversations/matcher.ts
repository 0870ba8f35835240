/**
 * Comparing a frame with the pattern that a conversation says it has.
 *
 * @module
 */

import type { Child, Element } from "../../xmpp/xml/element.ts";
import { parseFrame } from "../../xmpp/xml/parse.ts";

type Bound = Map<string, string>;

const ANY = "{any}";

/** Matches a whole frame; fails with what differs, and where. */
export function matchFrame(pattern: string, { frame, bound }: { readonly frame: string; readonly bound: Bound }): void {
  if (pattern === ANY) return;
  const problem = differs(parsed(pattern), { actual: parsed(frame), bound });
  if (problem) throw new Error(`${problem}\nexpected ${pattern}\nreceived ${frame}`);
}

function parsed(text: string): Element {
  const { element, error } = parseFrame(text, { maxDepth: 100 });
  if (error) throw new Error(`${error.condition}: ${text}`);
  return element;
}

function differs(pattern: Element, { actual, bound }: { readonly actual: Element; readonly bound: Bound }): string | undefined {
  const where = `<${pattern.name}>`;
  if (pattern.name !== actual.name || pattern.ns !== actual.ns) return `${where} of "${pattern.ns}" is <${actual.name}> of "${actual.ns}"`;
  const keys = new Set([...Object.keys(pattern.attrs), ...Object.keys(actual.attrs)]);
  for (const key of keys) {
    const [wanted, given] = [pattern.attrs[key], actual.attrs[key]];
    if (wanted === undefined || given === undefined) return `${where}: attribute ${key} is ${wanted === undefined ? "too many" : "missing"}`;
    if (!fits(wanted, { text: given, bound })) return `${where}: attribute ${key} is "${given}"`;
  }
  if (pattern.children.length === 1 && pattern.children[0] === ANY) return undefined;
  if (pattern.children.length !== actual.children.length) return `${where} has ${actual.children.length} children`;
  return firstOf(pattern.children.map((each, at) => childDiffers(each, { actual: actual.children[at] as Child, bound })));
}

function childDiffers(pattern: Child, { actual, bound }: { readonly actual: Child; readonly bound: Bound }): string | undefined {
  if (typeof pattern !== "string" && typeof actual !== "string") return differs(pattern, { actual, bound });
  if (typeof pattern !== "string" || typeof actual !== "string") return "text where an element is expected, or the other way";
  return fits(pattern, { text: actual, bound }) ? undefined : `text is "${actual}"`;
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

/** Does the text fit a template? `{any}` fits anything, another name is bound to what stands there. */
function fits(template: string, { text, bound }: { readonly text: string; readonly bound: Bound }): boolean {
  const names: string[] = [];
  const source = template
    .split(/(\{[a-z][a-z0-9-]*\})/)
    .map((part, at) => {
      if (at % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push(part.slice(1, -1));
      return "(.+?)";
    })
    .join("");
  const found = new RegExp(`^${source}$`, "su").exec(text);
  if (!found) return false;
  return names.every((name, at) => {
    const value = found[at + 1] as string;
    if (name === "any") return true;
    if (!bound.has(name)) bound.set(name, value);
    return bound.get(name) === value;
  });
}
