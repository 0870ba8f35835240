/**
 * A stanza of one user to another, as it travels between their sessions (RFC 6121 §8, RFC 6120 §8.1, §10).
 *
 * What is decided on the way is read off once, where the stanza came in; the stanza itself is a text that nobody reads again.
 *
 * @module
 */

import type { Element } from "../xml/element.ts";
import { serialize } from "../xml/serialize.ts";
import { isCopied, withoutPrivate } from "./carbons.ts";

export interface Relayed {
  readonly kind: "iq" | "message" | "presence";
  /** `type`; "" for none. Of a message one that is missing or unknown is `normal` (RFC 6121 §5.2.2). */
  readonly type: string;
  /** Full jid of the sender, canonical. */
  readonly from: string;
  /** Bare or full jid, canonical. */
  readonly to: string;
  /** All of it, from `<` to `>`: with the sender's full jid as `from`, and `to` as it was written. */
  readonly text: string;
  /** Of a request: its payload as `{namespace}name`. */
  readonly payload?: string;
  /** A message that other resources may get a copy of (XEP-0280 §6). */
  readonly copied?: true;
}

const MESSAGE_TYPES: ReadonlySet<string> = new Set(["chat", "error", "groupchat", "headline", "normal"]);

/** What a message is: of an unknown type, or none, it is `normal` (RFC 6121 §5.2.2). */
export function messageType(type: string | undefined): string {
  return type !== undefined && MESSAGE_TYPES.has(type) ? type : "normal";
}

interface Between {
  readonly from: string;
  /** Canonical. */
  readonly to: string;
  /** Of the sender's stream, where the stanza names none (RFC 6120 §4.7.4); absent: what every stream has anyway. */
  readonly lang?: string | undefined;
}

/** Stamps a stanza with its sender, whatever it says itself (RFC 6120 §8.1.2.1); its `to` stays as it is (§8.1.1.1). */
export function relayedOf(stanza: Element, { from, to, lang }: Between): Relayed {
  const { name, attrs, children } = stanza;
  const kind = name as Relayed["kind"];
  const type = kind === "message" ? messageType(attrs["type"]) : (attrs["type"] ?? "");
  const stamped = { ...attrs, to: attrs["to"] ?? to, from, ...(lang !== undefined && attrs["xml:lang"] === undefined && { "xml:lang": lang }) };
  const isMessage = kind === "message";
  const payload = kind === "iq" ? children.find((each) => typeof each !== "string") : undefined;
  return {
    kind,
    type,
    from,
    to,
    text: serialize({ ...stanza, attrs: stamped, children: isMessage ? withoutPrivate(children) : children }),
    ...(payload && { payload: `{${payload.ns}}${payload.name}` }),
    ...(isMessage && isCopied(type, children) && { copied: true }),
  };
}
