/**
 * Whether a text is worth giving to the browser's XML parser: what it cannot read it answers with a document about the error,
 * which the content policy of our pages complains of.
 *
 * @module
 */

/** A comment, a CDATA section, a processing instruction, a tag; else a lone `<`. */
const MARKUP =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([\p{L}_][\p{L}\p{N}._-]*(?::[\p{L}_][\p{L}\p{N}._-]*)?)((?:\s+[\p{L}_][\p{L}\p{N}:._-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|</gu;
const PREFIXED = /(?:^<\/?|\s)([\p{L}_][\p{L}\p{N}._-]*):[\p{L}_]/gu;
const OTHER_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i;
/** What is no character of XML (XML 1.0 §2.2). */
const NO_CHARACTER = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** False for almost all that is not well-formed: tags that do not match, text outside of the root, prefixes and entities that were not declared. */
export function isWellFormed(xml: string): boolean {
  if (OTHER_ENTITY.test(xml) || NO_CHARACTER.test(xml)) return false;
  const open: string[] = [];
  let [end, isOver] = [0, false];
  for (const { index, 0: whole, 1: closing, 2: name, 4: empty } of xml.matchAll(MARKUP)) {
    const isOutside = open.length === 0;
    if (whole === "<" || (isOutside && xml.slice(end, index).trim() !== "")) return false;
    end = index + whole.length;
    if (name === undefined) {
      if (isOutside && whole.startsWith("<![CDATA[")) return false;
      continue;
    }
    if (isOutside && isOver) return false;
    if (closing) {
      if (open.pop() !== name) return false;
    } else if (!empty) open.push(name);
    isOver = open.length === 0;
  }
  return isOver && xml.slice(end).trim() === "" && areDeclared(xml);
}

/** Every prefix is declared somewhere. */
function areDeclared(xml: string): boolean {
  const tags = [...xml.matchAll(MARKUP)].flatMap(([whole, , name]) => (name === undefined ? [] : [whole.replace(/"[^"]*"|'[^']*'/g, '""')]));
  const prefixes = new Set(tags.flatMap((tag) => [...tag.matchAll(PREFIXED)].map(([, prefix = ""]) => prefix)));
  return [...prefixes].every((prefix) => prefix === "xml" || prefix === "xmlns" || xml.includes(`xmlns:${prefix}=`));
}
