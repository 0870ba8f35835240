/**
 * Whom a user does not want to hear of (XEP-0191).
 *
 * @module
 */

import { bareOf, canonicalJid, resourceOf } from "../address/jid.ts";
import type { StanzaError } from "../stanza/stanza_error.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import { childrenOf, type Element } from "../xml/element.ts";
import { escapeAttr } from "../xml/serialize.ts";

export const BLOCKING_NS = "urn:xmpp:blocking";

/** What a user who blocks somebody gets for a stanza to them (§3.2). */
export const BLOCKED: StanzaError = { type: "cancel", condition: "not-acceptable", specific: "blocked", specificNs: "urn:xmpp:blocking:errors" };

/** What a client asks of its user's list. `jids`: canonical, each once; none of an unblock: all. */
export type BlockingRequest =
  | { readonly request: "list" }
  | { readonly request: "block"; readonly jids: readonly string[] }
  | { readonly request: "unblock"; readonly jids: readonly string[] };

/** Reads `<blocklist/>`, `<block/>` or `<unblock/>`. */
export function readBlocking({ name, ns, children }: Element): BlockingRequest | { readonly refusal: StanzaError } {
  if (name === "blocklist") return { request: "list" };
  const items = childrenOf({ name, ns, attrs: {}, children }).filter((each) => each.name === "item" && each.ns === ns);
  const jids: string[] = [];
  for (const { attrs } of items) {
    if (attrs["jid"] === undefined) return { refusal: stanzaError("bad-request") };
    const jid = canonicalJid(attrs["jid"]);
    if (jid === undefined) return { refusal: stanzaError("jid-malformed") };
    if (!jids.includes(jid)) jids.push(jid);
  }
  if (name === "unblock") return { request: "unblock", jids };
  return jids.length === 0 ? { refusal: stanzaError("bad-request") } : { request: "block", jids }; // §3.2
}

/** Writes a list, or what of it has changed. */
export function renderBlocking(name: "block" | "blocklist" | "unblock", jids: Iterable<string>): string {
  const items = [...jids].map((jid) => `<item jid="${escapeAttr(jid)}"/>`).join("");
  return items === "" ? `<${name} xmlns="${BLOCKING_NS}"/>` : `<${name} xmlns="${BLOCKING_NS}">${items}</${name}>`;
}

/** Is this address blocked (§2)? By itself, as a resource of a bare one, or as one of a domain or of a domain above it. */
export function blocks(list: ReadonlySet<string>, jid: string): boolean {
  if (list.size === 0) return false;
  const bare = bareOf(jid);
  const domain = bare.slice(bare.indexOf("@") + 1);
  const resource = resourceOf(jid);
  if (list.has(jid) || list.has(bare) || (resource !== "" && list.has(`${domain}/${resource}`))) return true;
  for (let above = domain; above !== ""; above = above.includes(".") ? above.slice(above.indexOf(".") + 1) : "") if (list.has(above)) return true;
  return false;
}
