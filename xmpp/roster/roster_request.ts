/**
 * Roster requests as clients write them, and what they are answered and told (RFC 6121 §2).
 *
 * @module
 */

import { parseJid } from "../address/jid.ts";
import { ROSTER_NS } from "../disco/info.ts";
import { iq } from "../stanza/stanza.ts";
import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { childrenOf, type Element, textOf } from "../xml/element.ts";
import { escapeAttr, escapeText } from "../xml/serialize.ts";
import type { RosterItem, WantedItem } from "./roster.ts";

/** Of a name and of a group, in bytes; of an item, its groups. */
const MOST_BYTES = 1023;
const MOST_GROUPS = 32;

/** A roster set, read. */
export type RosterRequest = { readonly request: "set"; readonly item: WantedItem } | { readonly request: "remove"; readonly jid: string };

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Reads a roster set (§2.3.3, §2.5). `ask` and a `subscription` other than `remove` are not the client's to say: they are not read (§2.1.2.2, §2.1.2.5). */
export function readRosterSet(query: Element): RosterRequest | { readonly refusal: StanzaError } {
  const items = childrenOf(query).filter(({ name, ns }) => name === "item" && ns === ROSTER_NS);
  const [item] = items;
  if (!item || items.length > 1) return { refusal: stanzaError("bad-request") }; // §2.3.3: one item, no more
  const given = item.attrs["jid"];
  if (given === undefined || given === "") return { refusal: stanzaError("bad-request") };
  const parsed = parseJid(given);
  if (!parsed) return { refusal: stanzaError("jid-malformed") };
  const jid = `${parsed.local === "" ? "" : `${parsed.local}@`}${parsed.domain}`;
  if (item.attrs["subscription"] === "remove") return { request: "remove", jid };
  const name = item.attrs["name"] ?? "";
  if (bytesOf(name) > MOST_BYTES) return { refusal: stanzaError("not-acceptable") };
  const groups = childrenOf(item)
    .filter((each) => each.name === "group" && each.ns === ROSTER_NS)
    .map(textOf);
  if (groups.some((group) => group === "" || bytesOf(group) > MOST_BYTES) || groups.length > MOST_GROUPS) return { refusal: stanzaError("not-acceptable") };
  if (new Set(groups).size < groups.length) return { refusal: stanzaError("bad-request") };
  return { request: "set", item: { jid, groups, ...(name !== "" && { name }) } };
}

/** Writes an item (§2.1.2). */
export function renderRosterItem(item: RosterItem | { readonly jid: string; readonly subscription: "remove" }): string {
  const start = `<item jid="${escapeAttr(item.jid)}"`;
  if (item.subscription === "remove") return `${start} subscription="remove"/>`;
  const { name, groups, subscription, ask, approved } = item;
  const attrs = `${name === undefined ? "" : ` name="${escapeAttr(name)}"`} subscription="${subscription}"${ask ? ' ask="subscribe"' : ""}${approved ? ' approved="true"' : ""}`;
  const inside = groups.map((group) => `<group>${escapeText(group)}</group>`).join("");
  return inside === "" ? `${start}${attrs}/>` : `${start}${attrs}>${inside}</item>`;
}

/** Writes the payload of a result or a push; `ver` where the client wants versions (§2.6). */
export function renderRosterQuery(items: readonly string[], ver?: string): string {
  const start = `<query xmlns="${ROSTER_NS}"${ver === undefined ? "" : ` ver="${escapeAttr(ver)}"`}`;
  return items.length === 0 ? `${start}/>` : `${start}>${items.join("")}</query>`;
}

/** Writes a roster push (§2.1.6): a set from the user's own account. */
export function renderPush({
  id,
  to,
  item,
  ver,
}: {
  readonly id: string;
  readonly to: string;
  readonly item: Parameters<typeof renderRosterItem>[0];
  readonly ver: string | undefined;
}): string {
  return iq({ type: "set", id, to }, renderRosterQuery([renderRosterItem(item)], ver));
}
