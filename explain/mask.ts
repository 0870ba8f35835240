/**
 * Takes secrets out of what is shown, kept or saved: SASL payloads (RFC 6120 §6.4, XEP-0388), passwords, tokens, tickets and keys,
 * in elements, attributes, JSON, queries and headers, at any depth of escaping.
 *
 * Each pass reads the text once from left to right, so that no input makes it slow. What cannot be read to its end is masked to the end.
 *
 * @module
 */

import { maskNamed } from "./mask_named.ts";
import { GT, isSecretName, LT, MASK, QUOTE } from "./mask_words.ts";

export { MASK };

/** Elements of which the text directly inside is SASL data, or proves a secret; their children are not. */
const DATA = new Set(["auth", "response", "challenge", "success", "initial-response", "additional-data", "task-data", "digest", "hash"]);

const WORD = "(?<![\\w.:-])([\\w.:-]+)";

/** Without any of these no pass but that for PLAIN could find something. */
const TRIGGER =
  /pass|pwd|pw|\bpin\b|otp|jwt|auth|\bkey|newkey|sig|secret|token|cred|ticket|assertion|[-_.]?key|cookie|session|response|challenge|success|additional|task-data|digest|hash|text-private|bearer|basic|negotiate|eyJ|:\/\/|httpbind/i;

/** The text as it may be shown. The same text if there is no secret in it; masking again changes nothing. */
export function masked(text: string): string {
  let shown = text;
  if (TRIGGER.test(text)) {
    shown = maskNamed(shown);
    shown = maskElements(shown);
    shown = maskPairs(shown);
    shown = maskQuery(shown);
    shown = maskLoose(shown);
    if (shown.includes("httpbind")) for (const id of SESSION_IDS) shown = shown.replace(id, `$1$2${MASK}`);
  }
  return maskPlain(shown);
}

/** The value of a header as it may be shown. */
export function maskedHeader(name: string, value: string): string {
  if (name.toLowerCase() === "sec-websocket-protocol") return maskedSubprotocols(value);
  return isSecretName(name) ? MASK : masked(value);
}

/** The subprotocols of an upgrade: pages that may set no header hide tokens among them, and no name looks like one. */
export function maskedSubprotocols(value: string): string {
  return value.replace(/[^\s,]+/g, (name) =>
    /^[a-z][a-z0-9.+/:-]{0,23}$/i.test(name) && !/bearer|token|auth|jwt/i.test(name) && !/\d{4}/.test(name) ? name : MASK,
  );
}

// ------------------------------------------------------------------ elements

const TAG = new RegExp(`${LT}(?:[a-z_][\\w.-]*:)?([a-z_][\\w.-]*)`, "gi");
const TAG_END = new RegExp(GT, "gi");
const NEXT_TAG = new RegExp(LT, "gi");

function maskElements(text: string): string {
  const tags = new RegExp(TAG);
  let shown = "";
  let from = 0;
  for (let found = tags.exec(text); found; found = tags.exec(text)) {
    const name = found[1] as string;
    const isData = DATA.has(name.toLowerCase());
    if (!isData && !isSecretName(name)) continue;
    const start = endOfTag(text, tags.lastIndex, found[0].startsWith("<"));
    if (start === undefined) return shown + text.slice(from, tags.lastIndex) + MASK;
    if (start.isEmpty) {
      tags.lastIndex = start.at;
      continue;
    }
    const end = isData ? endOfText(text, start.at) : closingTag(text, start.at, name);
    if (text.slice(start.at, end).trim() !== "") {
      shown += text.slice(from, start.at) + MASK;
      from = end;
    }
    tags.lastIndex = end;
  }
  return shown + text.slice(from);
}

/** Where the content of an element begins, its name having been read; undefined: the tag does not end. */
function endOfTag(text: string, from: number, isMarkup: boolean): { readonly at: number; readonly isEmpty: boolean } | undefined {
  if (!isMarkup) {
    const end = firstFrom(TAG_END, text, from);
    return end ? { at: end.index + end[0].length, isEmpty: text[end.index - 1] === "/" } : undefined;
  }
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === ">") return { at: at + 1, isEmpty: text[at - 1] === "/" };
  }
  return undefined;
}

/** What stands inside of text without ending it: CDATA, comments, instructions. */
const WITHIN_TEXT: readonly (readonly [start: string, end: RegExp])[] = [
  ["![CDATA[", new RegExp(`\\]\\]${GT}`, "gi")],
  ["!--", new RegExp(`--${GT}`, "gi")],
  ["?", new RegExp(`\\?${GT}`, "gi")],
];

/** Where the text ends that begins here. */
function endOfText(text: string, from: number): number {
  let at = from;
  for (;;) {
    const next = firstFrom(NEXT_TAG, text, at);
    if (!next) return text.length;
    const inside = next.index + next[0].length;
    const within = WITHIN_TEXT.find(([start]) => text.startsWith(start, inside));
    if (!within) return next.index;
    const end = firstFrom(within[1], text, inside);
    if (!end) return text.length;
    at = end.index + end[0].length;
  }
}

function closingTag(text: string, from: number, name: string): number {
  const closing = new RegExp(`${LT}/(?:[a-z_][\\w.-]*:)?${name.replaceAll(".", "\\.")}(?![\\w.-])`, "gi");
  return firstFrom(closing, text, from)?.index ?? text.length;
}

function firstFrom(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

// ------------------------------------------- attributes, JSON fields, headers

/** `name=`, `"name":` and `name:`, and the quote that opens the value if there is one. */
const PAIR = new RegExp(`${WORD}(${QUOTE})?\\s*([=:])\\s*(${QUOTE}|\\[)?`, "gi");
const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-.*)$/i;
const SAID = /^(?:password|passwd|passphrase|pwd|secret|token)$/i;

function maskPairs(text: string): string {
  return maskValues(text, PAIR, pairValue);
}

function pairValue(found: RegExpExecArray): ValueKind | undefined {
  const [, name = "", keyQuote, sign, quote] = found;
  const local = name.slice(name.lastIndexOf(":") + 1);
  if (!isSecretName(local)) return undefined;
  if (quote === "[") return keyQuote === undefined ? undefined : "list";
  if (quote !== undefined) return "quoted";
  if (sign === "=") return undefined; // a parameter of a query
  if (keyQuote !== undefined) return isObject(found) ? undefined : "bare";
  if (HEADER.test(local)) return "line";
  // Of prose and of logs; without the space it is a prefix.
  return SAID.test(local) && /:\s+$/.test(found[0]) && !isObject(found) ? "bare" : undefined;
}

/** Are the secrets inside, under names of their own? */
const isObject = ({ input, index, 0: whole }: RegExpExecArray): boolean => input[index + whole.length] === "{";

type ValueKind = "quoted" | "list" | "bare" | "line" | "parameter";

const BARE_END = /[,}\]\s"'<&]/g;
const PARAMETER_END = /%26|[&;\s"'<>#\\)]/gi;
const LINE_END = /[\r\n"<]/g;

/** Masks the values that begin where a pattern ends; their last group, if there are several, is the quote that opens them. */
function maskValues(text: string, pattern: RegExp, kindOf: (found: RegExpExecArray) => ValueKind | undefined): string {
  const pairs = new RegExp(pattern);
  let shown = "";
  let from = 0;
  for (let found = pairs.exec(text); found; found = pairs.exec(text)) {
    const start = pairs.lastIndex;
    const kind = kindOf(found);
    if (kind === undefined) {
      // The quote that opens the value may close another, or belong to a name.
      pairs.lastIndex = start - quoteOf(found).length;
      continue;
    }
    const end = endOfValue(text, start, kind, quoteOf(found));
    if (end > start) {
      shown += text.slice(from, start) + MASK;
      from = end;
    }
    pairs.lastIndex = Math.max(end, start);
  }
  return shown + text.slice(from);
}

/** The last group of a pattern with three or more; PARAMETER has none. */
const quoteOf = (found: RegExpExecArray): string => (found.length > 2 ? (found.at(-1) ?? "") : "");

function endOfValue(text: string, start: number, kind: ValueKind, quote: string): number {
  if (kind === "bare") return firstFrom(BARE_END, text, start)?.index ?? text.length;
  if (kind === "line") return firstFrom(LINE_END, text, start)?.index ?? text.length;
  if (kind === "parameter") return firstFrom(PARAMETER_END, text, start)?.index ?? text.length;
  if (kind === "list") return orEnd(text, text.indexOf("]", start));
  const slashes = quote.length - quote.replace(/^\\+/, "").length;
  const mark = quote.slice(slashes);
  for (let at = text.indexOf(mark, start); at !== -1; at = text.indexOf(mark, at + mark.length)) {
    let before = 0;
    while (before <= slashes && text[at - before - 1] === "\\") before++;
    if (before <= slashes) return at - before;
  }
  return text.length;
}

const orEnd = (text: string, at: number): number => (at === -1 ? text.length : at);

// --------------------------------------------------------- queries and the rest

/** `name=` of a query, a form or a fragment; percent-encoded where it stands in the value of another. */
const PARAMETER = /(?:^|[^\w.%-]|%3f|%26|%2f)([\w.-]{1,64})(?:=|%3d)/gi;
const USER_INFO = /(:\/\/[^\s/@:"'<>]{0,256}:)([^\s/@"'<>]+)(?=@)/g;
const SCHEME = /(?<![\w-])(bearer|negotiate|basic)(\s+|%20)([\w+/=.~-]{6,})/gi;
const JWT = /(?<![\w.-])eyJ[\w-]{5,}\.[\w-]{4,}(?:\.[\w-]*)*/g;
/**
 * The ids of a BOSH session: the one is all that a request needs, the other is the same on some servers. Their start stays,
 * to tell sessions apart.
 */
const SESSION_IDS = ["sid", "authid"].map(
  (name) => new RegExp(`(${LT}body\\b(?:(?!${LT}|${GT})[^<>])*?\\s${name}=${QUOTE})([^"'&\\\\<>•]{0,4})[^"'&\\\\<>]*`, "gi"),
);

function maskQuery(text: string): string {
  return maskValues(text, PARAMETER, ([, name = ""]) => (isSecretName(name) ? "parameter" : undefined));
}

function maskLoose(text: string): string {
  return text
    .replace(USER_INFO, `$1${MASK}`)
    .replace(SCHEME, (whole, scheme: string, space: string, value: string) =>
      scheme.toLowerCase() !== "basic" || decoded(value).includes(":") ? scheme + space + MASK : whole,
    )
    .replace(JWT, MASK);
}

const BASE64 = /(?<![\w+/])[A-Za-z0-9+/]{8,}={0,2}/g;

/** Messages of OAUTHBEARER and of SCRAM that prove a secret, or from which one could guess it (RFC 7628 §3.1, RFC 5802 §7). */
const PROVES = /\bauth=\w+ |^c=[\w+/=]+,r=[^,]+,.*p=|^r=[^,]+,s=[^,]+,i=\d+|^v=[\w+/]{20,}=*(?:,|$)/;

/** SASL messages wherever they stand; PLAIN's are base64 of two NULs and what is between them (RFC 4616 §2). */
function maskPlain(text: string): string {
  return text.replace(BASE64, (word) => {
    if (word.length % 4 !== 0 || word.length > 32_768) return word;
    const octets = decoded(word);
    if (PROVES.test(octets)) return MASK;
    const first = octets.indexOf("\0");
    return first !== -1 && octets.indexOf("\0", first + 1) > first + 1 && octets.split("\0").length === 3 ? MASK : word;
  });
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}
