/**
 * One frame read: its tree, or why it has none (RFC 7395 §3.3.3).
 *
 * @module
 */

import { childrenOf, type Element, parseFrame, STREAMS_NS } from "../xmpp/mod.ts";

export type Malformed = "not-well-formed" | "two-stanzas-in-frame" | "restricted-xml" | "too-deep";

export type ReadFrame = { readonly element: Element; readonly problem?: never } | { readonly problem: Malformed | "white-space"; readonly element?: never };

/** Deeper trees are left unread: a parser's work grows with depth. */
const MAX_DEPTH = 100;

/** Reads a frame. White space around it is tolerated, and prefixes that a copy has lost the declaration of. */
export function readFrame(text: string): ReadFrame {
  const trimmed = text.trim();
  if (trimmed === "") return { problem: "white-space" };
  const { element, error } = parseFrame(trimmed, { maxDepth: MAX_DEPTH });
  if (element) return { element };
  if (error.condition === "restricted-xml" || error.condition === "unsupported-encoding") return { problem: "restricted-xml" };
  if (error.condition === "policy-violation") return { problem: "too-deep" };
  return undeclared(trimmed) ?? severalIn(trimmed);
}

/** `<stream:features>` without the declaration of its prefix, as older servers write it. */
function undeclared(text: string): ReadFrame | undefined {
  const start = /^<stream:(?:features|error)(?=[\s>/])/.exec(text)?.[0];
  if (start === undefined || text.slice(0, 400).includes("xmlns:stream")) return undefined;
  const { element } = parseFrame(`${start} xmlns:stream="${STREAMS_NS}"${text.slice(start.length)}`, { maxDepth: MAX_DEPTH });
  return element && { element };
}

function severalIn(text: string): ReadFrame {
  const { element } = parseFrame(`<all>${text}</all>`, { maxDepth: MAX_DEPTH + 1 });
  return { problem: element && childrenOf(element).length > 1 ? "two-stanzas-in-frame" : "not-well-formed" };
}
