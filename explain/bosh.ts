/**
 * Bodies of BOSH taken apart: the envelope, where it says something, and each stanza in it (XEP-0124, XEP-0206).
 *
 * @module
 */

import { BOSH_NS, childrenOf, type Element, serialize, XBOSH_NS } from "../xmpp/mod.ts";
import type { Direction } from "./recording.ts";

export type Envelope = "create" | "created" | "restart" | "terminate" | "empty" | "none";

/** What a body says beside its stanzas. */
export function envelopeOf({ attrs, children }: Element, direction: Direction): Envelope {
  if (attrs["type"] === "terminate") return "terminate";
  if (direction === "out" && attrs["sid"] === undefined) return "create";
  if (direction === "in" && attrs["sid"] !== undefined && (attrs["wait"] !== undefined || attrs["requests"] !== undefined)) return "created";
  if (attrs[`{${XBOSH_NS}}restart`] === "true") return "restart";
  return children.some((each) => typeof each !== "string") ? "none" : "empty";
}

export const isBody = ({ name, ns }: Element): boolean => name === "body" && ns === BOSH_NS;

/** The stanzas of a body, each as a document of its own. */
export function stanzasIn(body: Element): { readonly element: Element; readonly text: string }[] {
  return childrenOf(body).map((element) => ({ element, text: serialize(element, null) }));
}
