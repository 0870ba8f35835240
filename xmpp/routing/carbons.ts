/**
 * Copies of messages for a user's other resources (XEP-0280).
 *
 * @module
 */

import { CLIENT_NS, message } from "../stanza/stanza.ts";
import type { Child, Element } from "../xml/element.ts";

export const CARBONS_NS = "urn:xmpp:carbons:2";
const FORWARD_NS = "urn:xmpp:forward:0";
const HINTS_NS = "urn:xmpp:hints";

/** Beside a body, what a conversation is made of: receipts, markers, chat states. */
const OF_CONVERSATIONS: ReadonlySet<string> = new Set(["urn:xmpp:receipts", "urn:xmpp:chat-markers:0", "http://jabber.org/protocol/chatstates"]);

const isElement = (each: Child): each is Element => typeof each !== "string";
const isPrivate = (each: Child): boolean => isElement(each) && each.name === "private" && each.ns === CARBONS_NS;

/** Forbids copies: asked for by the sender, a copy itself, or of a room. */
function forbids({ name, ns }: Element): boolean {
  if (ns === CARBONS_NS) return true; // §9: `<private/>`; a copy is not copied
  if (ns === HINTS_NS && name === "no-copy") return true; // XEP-0334 §4.2
  return ns === "http://jabber.org/protocol/muc#user"; // §6.1
}

/** Is a message one that other resources get a copy of (§6.1)? `type` as RFC 6121 §5.2.2 takes it. */
export function isCopied(type: string, children: readonly Child[]): boolean {
  const inside = children.filter(isElement);
  if (inside.some(forbids)) return false;
  if (type === "chat") return true;
  return type === "normal" && inside.some(({ name, ns }) => (name === "body" && ns === CLIENT_NS) || OF_CONVERSATIONS.has(ns));
}

/** Takes out what only says that nobody else is to have it (§9). */
export function withoutPrivate(children: readonly Child[]): readonly Child[] {
  return children.some(isPrivate) ? children.filter((each) => !isPrivate(each)) : children;
}

/**
 * Writes a copy: from the user's own bare jid, of the same type (§7, §8).
 *
 * @param of.text the message as it was delivered, or sent
 * @param of.to full jid of the resource that gets the copy
 */
export function renderCopy(
  which: "received" | "sent",
  of: { readonly jid: string; readonly to: string; readonly type: string; readonly text: string },
): string {
  const inside = `<${which} xmlns="${CARBONS_NS}"><forwarded xmlns="${FORWARD_NS}">${of.text}</forwarded></${which}>`;
  return message({ from: of.jid, to: of.to, ...(of.type !== "normal" && { type: of.type }) }, inside);
}
