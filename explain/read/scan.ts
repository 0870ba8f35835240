/**
 * Finding documents of XML in a text that holds other things too.
 *
 * @module
 */

/** Where a document stands. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How often a document may be without an end before the rest is taken line by line, so that no text makes this slow. */
const MOST_OPEN = 32;
/** XMPP's elements, and nothing of HTML: what may begin a frame. */
const START = /<(?=[?A-Za-z_])/g;

/** The documents of a text, in their order. One that does not end goes to the end of its line. */
export function documentsIn(text: string): Span[] {
  const spans: Span[] = [];
  let open = 0;
  START.lastIndex = 0;
  for (let found = START.exec(text); found; found = START.exec(text)) {
    const start = found.index;
    const end = open < MOST_OPEN ? endOfDocument(text, start) : undefined;
    if (end === undefined) open++;
    const span = { start, end: end ?? endOfLine(text, start) };
    spans.push(span);
    START.lastIndex = Math.max(span.end, start + 1);
  }
  return spans;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
}

/** The end of the element that begins here, an XML declaration before it included; undefined: it has none. */
function endOfDocument(text: string, start: number): number | undefined {
  let at = start;
  let depth = 0;
  for (;;) {
    const tag = text.indexOf("<", at);
    if (tag === -1) return undefined;
    const end = endOfMarkup(text, tag);
    if (end === undefined) return undefined;
    const kind = text[tag + 1];
    if (kind === "/") depth--;
    else if (kind !== "!" && kind !== "?" && text[end - 2] !== "/") depth++;
    at = end;
    // <stream:stream> is never closed in the text that opens it.
    if ((depth <= 0 && kind !== "?") || /^<(?:\w+:)?stream[\s>]/.test(text.slice(tag, tag + 20))) return at;
  }
}

const SPECIAL: readonly (readonly [start: string, end: string])[] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
];

function endOfMarkup(text: string, tag: number): number | undefined {
  const special = SPECIAL.find(([start]) => text.startsWith(start, tag));
  if (special) {
    const end = text.indexOf(special[1], tag);
    return end === -1 ? undefined : end + special[1].length;
  }
  let quote = "";
  for (let at = tag + 1; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return at + 1;
    else if (character === "<") return undefined;
  }
  return undefined;
}
