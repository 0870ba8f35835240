/**
 * A frame as readable XML: lines of spans, made from the parsed tree.
 *
 * @module
 */

/** Reads a document; null where it is none. The page gives the browser's parser, the tests another. */
export type ParseXml = (xml: string) => Element | null;

export type SpanKind = "punctuation" | "tag" | "attribute" | "value" | "text";

export interface Span {
  readonly kind: SpanKind;
  readonly text: string;
}

export interface XmlLine {
  readonly depth: number;
  readonly spans: readonly Span[];
}

/** Longest text that stays on the line of its element. */
const INLINE = 72;

/** Lines of a frame. Text that is itself XML, as in `<notification/>`, is unfolded below its element; what is no XML stays one line. */
export function linesOf(xml: string, parse: ParseXml): readonly XmlLine[] {
  const root = parse(xml);
  if (!root) return [{ depth: 0, spans: [span("text", xml)] }];
  const lines: XmlLine[] = [];
  writeElement(root, { depth: 0, parse, lines });
  return lines;
}

interface Place {
  readonly depth: number;
  readonly parse: ParseXml;
  readonly lines: XmlLine[];
}

function writeElement(element: Element, place: Place): void {
  const { depth, lines } = place;
  const children = [...element.childNodes].filter((node) => node.nodeType === 1 || (node.textContent ?? "").trim() !== "");
  const start = [span("punctuation", "<"), span("tag", element.nodeName), ...attributesOf(element)];
  const end = [span("punctuation", "</"), span("tag", element.nodeName), span("punctuation", ">")];
  if (children.length === 0) {
    lines.push({ depth, spans: [...start, span("punctuation", "/>")] });
    return;
  }
  const text = children.every((node) => node.nodeType !== 1) ? (element.textContent ?? "").trim() : null;
  const nested = text?.startsWith("<") ? place.parse(text) : null;
  if (text !== null && !nested && text.length <= INLINE) {
    lines.push({ depth, spans: [...start, span("punctuation", ">"), span("text", text), ...end] });
    return;
  }
  lines.push({ depth, spans: [...start, span("punctuation", ">")] });
  const inside = { ...place, depth: depth + 1 };
  if (nested) writeElement(nested, inside);
  else for (const child of children) writeChild(child, inside);
  lines.push({ depth, spans: end });
}

function writeChild(child: ChildNode, place: Place): void {
  if (child.nodeType === 1) writeElement(child as Element, place);
  else place.lines.push({ depth: place.depth, spans: [span("text", (child.textContent ?? "").trim())] });
}

function attributesOf(element: Element): Span[] {
  return [...element.attributes].flatMap(({ name, value }) => [
    span("attribute", ` ${name}`),
    span("punctuation", "="),
    span("value", `"${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")}"`),
  ]);
}

function span(kind: SpanKind, text: string): Span {
  return { kind, text };
}
