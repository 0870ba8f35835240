/**
 * Writing trees as XML: what is parsed and written again is the same tree (RFC 6120 §11, RFC 7395 §3.3.3).
 *
 * No element gets a prefix (RFC 6120 §4.8.5), so each fits into any stanza.
 *
 * @module
 */

import { type Attributes, type Child, type Element, XML_NS } from "./element.ts";

/** What XML 1.0 cannot carry, not even escaped (§2.2 there); lone surrogates besides. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ILLEGAL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const TO_ESCAPE_IN_TEXT = /[&<>\0-\x08\x0b-\x1f\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const TO_ESCAPE_IN_ATTRIBUTE = /[&<>"'\0-\x1f\ufffe\uffff]/;

const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

const referenceTo = (character: string): string => REFERENCES[character] ?? character;

/** Escapes text, so that parsing gives it back unchanged; what XML cannot carry becomes U+FFFD. */
export function escapeText(text: string): string {
  if (!TO_ESCAPE_IN_TEXT.test(text)) return text.toWellFormed();
  return text.toWellFormed().replace(ILLEGAL, "\ufffd").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r/g, "&#xD;");
}

/** Escapes an attribute's value, for either kind of quote; line breaks and tabs survive. */
export function escapeAttr(value: string): string {
  if (!TO_ESCAPE_IN_ATTRIBUTE.test(value)) return value.toWellFormed();
  return value
    .toWellFormed()
    .replace(ILLEGAL, "\ufffd")
    .replace(/[&<>"'\t\n\r]/g, referenceTo);
}

/**
 * Writes an element.
 *
 * @param parentNs default namespace where the text will stand; null: unknown, so the element declares its own always
 */
export function serialize(element: Element, parentNs: string | null = ""): string {
  const { name, ns, attrs, children } = element;
  // The namespace of XML must not be made the default one; its prefix needs no declaration.
  const inXml = ns === XML_NS;
  const tag = inXml ? `xml:${name}` : name;
  let text = `<${tag}`;
  if (!inXml && ns !== parentNs) text += ` xmlns="${escapeAttr(ns)}"`;
  text += writeAttributes(attrs);
  if (children.length === 0) return `${text}/>`;
  text += ">";
  for (const each of children) {
    text += serializeChild(each, inXml ? parentNs : ns);
  }
  return `${text}</${tag}>`;
}

/** Writes an element or a text, as a child where that default namespace holds. */
export function serializeChild(each: Child, parentNs: string | null): string {
  return typeof each === "string" ? escapeText(each) : serialize(each, parentNs);
}

function writeAttributes(attrs: Attributes): string {
  let text = "";
  let prefixes = 0;
  for (const key in attrs) {
    const value = escapeAttr(attrs[key] ?? "");
    if (key.startsWith("{")) {
      const end = key.lastIndexOf("}");
      const prefix = `n${++prefixes}`;
      text += ` xmlns:${prefix}="${escapeAttr(key.slice(1, end))}" ${prefix}:${key.slice(end + 1)}="${value}"`;
    } else text += ` ${key}="${value}"`;
  }
  return text;
}
