/**
 * Parsing frames and bodies: one complete document each, of the XML that XMPP permits (RFC 7395 §3.3.3, RFC 6120 §11).
 *
 * Limits are checked while parsing, since the cost of saxes' namespace look-up grows with depth.
 *
 * @module
 */

import { type SaxesAttributeNSIncomplete as Declared, SaxesParser, type SaxesTagNS } from "saxes";
import { type Attributes, type Child, type Element, XML_NS } from "./element.ts";

/** Attributes an element may have, namespace declarations included. */
export const MAX_ATTRIBUTES = 64;

/** What may be demanded of a document besides being XML. */
export interface ParseLimits {
  /** Elements inside one another, the root included. */
  readonly maxDepth: number;
}

/** Why a document was refused, in the words of a stream error (a `StreamError` by its shape). */
export interface ParseError {
  readonly condition: "not-well-formed" | "policy-violation" | "restricted-xml" | "unsupported-encoding";
  readonly specific?: { readonly name: "too-deep" | "too-many-attributes"; readonly ns: "urn:deskwire:errors" };
}

/** A parsed document, or the error that ends the stream it came on. */
export type Parsed = { readonly element: Element; readonly error?: never } | { readonly error: ParseError; readonly element?: never };

const NOT_WELL_FORMED: ParseError = { condition: "not-well-formed" }; // §11.3
const RESTRICTED: ParseError = { condition: "restricted-xml" }; // §11.1
const ENCODING: ParseError = { condition: "unsupported-encoding" }; // §11.6
const TOO_DEEP: ParseError = { condition: "policy-violation", specific: { name: "too-deep", ns: "urn:deskwire:errors" } };
const TOO_MANY: ParseError = {
  condition: "policy-violation",
  specific: { name: "too-many-attributes", ns: "urn:deskwire:errors" },
};

/** Leaves the parser from inside one of its events; it has no other way to stop. */
class Stopped extends Error {
  readonly reason: ParseError;
  constructor(reason: ParseError) {
    super(reason.condition);
    this.reason = reason;
  }
}

function stop(reason: ParseError): never {
  throw new Stopped(reason);
}

const NO_ATTRIBUTES: Attributes = Object.freeze(Object.create(null));

interface Open extends Element {
  readonly children: Child[];
}

/** Parses documents one after the other; to be thrown away after the first bad one. */
class Reader {
  #parser = new SaxesParser({ xmlns: true, position: false, defaultXMLVersion: "1.0", forceXMLVersion: true });
  #maxDepth = 0;
  #attributes = 0;
  #depth = 0;
  #open: Open[] = [];
  #root: Open | undefined;

  /**
   * At most six handlers in the ordinary case: `on` stores them by a computed key, and V8 makes a slow dictionary of the
   * parser at the seventh (measured: 4 µs for a frame become 33 µs).
   *
   * @param wary the text may hold what {@linkcode UNUSUAL} finds
   */
  constructor(wary: boolean) {
    const parser = this.#parser;
    if (wary) this.#refuseUnusual();
    parser.on("opentagstart", () => {
      this.#attributes = 0;
      if (++this.#depth > this.#maxDepth) stop(TOO_DEEP);
    });
    parser.on("attribute", () => {
      if (++this.#attributes > MAX_ATTRIBUTES) stop(TOO_MANY);
    });
    parser.on("opentag", (tag) => this.#enter(tag));
    parser.on("closetag", () => {
      this.#depth--;
      this.#open.pop();
    });
    parser.on("text", (text) => this.#append(text));
    parser.on("cdata", (text) => this.#append(text));
  }

  #refuseUnusual(): void {
    const parser = this.#parser;
    parser.on("xmldecl", ({ encoding }) => {
      if (encoding !== undefined && encoding.toLowerCase() !== "utf-8") stop(ENCODING);
    });
    parser.on("doctype", () => stop(RESTRICTED));
    parser.on("comment", () => stop(RESTRICTED));
    parser.on("processinginstruction", () => stop(RESTRICTED));
  }

  read(text: string, { maxDepth }: ParseLimits): Element {
    this.#maxDepth = maxDepth;
    this.#root = undefined;
    this.#parser.write(text).close();
    const root = this.#root;
    this.#root = undefined;
    return root ?? stop(NOT_WELL_FORMED);
  }

  #enter(tag: SaxesTagNS): void {
    const attrs = this.#attributes === 0 ? NO_ATTRIBUTES : attributesOf(tag);
    const element: Open = { name: localName(tag), ns: tag.uri, attrs, children: [] };
    const parent = this.#open.at(-1);
    if (parent) parent.children.push(element);
    else this.#root = element;
    this.#open.push(element);
  }

  #append(text: string): void {
    const children = this.#open.at(-1)?.children;
    if (!children || text === "") return; // white space after the root
    const last = children.length - 1;
    const before = children[last];
    if (typeof before === "string")
      children[last] = before + text; // text beside CDATA is one text
    else children.push(text);
  }
}

function attributesOf({ attributes }: SaxesTagNS): Record<string, string> {
  const attrs: Record<string, string> = Object.create(null);
  for (const name in attributes) {
    const attribute = attributes[name];
    if (attribute === undefined || name === "xmlns" || attribute.prefix === "xmlns") continue;
    if (attribute.prefix === "") attrs[name] = attribute.value;
    else if (attribute.uri === XML_NS) attrs[`xml:${localName(attribute)}`] = attribute.value;
    else attrs[`{${attribute.uri}}${localName(attribute)}`] = attribute.value;
  }
  return attrs;
}

/** What may follow a prefix: saxes checks only the start of the whole name, and the prefix is not kept. */
const LOCAL_START =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: code points of the grammar, not emojis
  /^[A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}\u{200D}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}]/u;

function localName({ prefix, local }: Pick<Declared, "prefix" | "local">): string {
  if (prefix !== "" && !LOCAL_START.test(local)) stop(NOT_WELL_FORMED); // Namespaces in XML §7
  return local;
}

/** The start of a declaration, a processing instruction, a comment or a DTD; or the same inside CDATA. */
const UNUSUAL = /<(?:\?|!-|!D)/;

let reader = new Reader(false);

function read(text: string, limits: ParseLimits): Parsed {
  if (!text.isWellFormed()) return { error: NOT_WELL_FORMED }; // saxes joins lone surrogates with what follows
  try {
    return { element: (UNUSUAL.test(text) ? new Reader(true) : reader).read(text, limits) };
  } catch (problem) {
    reader = new Reader(false); // the state of the old one is that of the bad document
    return { error: reasonOf(problem) };
  }
}

function reasonOf(problem: unknown): ParseError {
  if (problem instanceof Stopped) return problem.reason;
  const message = problem instanceof Error ? problem.message : "";
  return /undefined entity|doctype/.test(message) ? RESTRICTED : NOT_WELL_FORMED;
}

/**
 * Parses one frame, whose first character has to be `<` (RFC 7395 §3.3.3). An XML declaration is tolerated.
 *
 * Never throws. The length of the text is for the caller to limit.
 */
export function parseFrame(text: string, limits: ParseLimits): Parsed {
  return text.startsWith("<") ? read(text, limits) : { error: NOT_WELL_FORMED };
}

/** Parses a document that is no frame, such as an HTTP body: like a frame, but white space may come first. */
export function parseDocument(text: string, limits: ParseLimits): Parsed {
  return parseFrame(text.replace(/^[ \t\r\n]+/, ""), limits);
}
