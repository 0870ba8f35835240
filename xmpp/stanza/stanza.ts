/**
 * Writing stanzas: each in a frame of its own, with the content namespace on its root (RFC 6120 §8, RFC 7395 §3.3.3).
 *
 * Payloads are XML already, written for `jabber:client` around them: `serialize(element, CLIENT_NS)`.
 *
 * @module
 */

import type { Element } from "../xml/element.ts";
import { escapeAttr, serializeChild } from "../xml/serialize.ts";
import { renderStanzaError, type StanzaError } from "./stanza_error.ts";

/** The content namespace of every stanza to and from a client (RFC 6120 §4.8.3). */
export const CLIENT_NS = "jabber:client";

/** Where a stanza goes and comes from. */
export interface Addresses {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The attributes all stanzas may have (RFC 6120 §8.1). */
export interface StanzaAttributes extends Addresses {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly lang?: string | undefined;
}

/** Is this frame a stanza, of those that stream management counts (XEP-0198 §4)? `text` as we write it. */
export function isStanza(text: string): boolean {
  return text.startsWith("<iq") || text.startsWith("<message") || text.startsWith("<presence");
}

/** Writes attributes, each after a space; those undefined are left out. Names are taken as they are. */
export function attributes(values: Readonly<Record<string, string | undefined>>): string {
  let text = "";
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) text += ` ${name}="${escapeAttr(value)}"`;
  }
  return text;
}

function stanza(name: string, { type, id, from, to, lang }: StanzaAttributes, payload: string): string {
  const start = `<${name} xmlns="${CLIENT_NS}"${attributes({ type, id, from, to, "xml:lang": lang })}`;
  return payload === "" ? `${start}/>` : `${start}>${payload}</${name}>`;
}

/** Writes the result of a request; its `id` is repeated, empty if it had none (RFC 6120 §8.1.3). */
export function iqResult({ id = "", from, to }: Addresses & { readonly id?: string | undefined }, payload = ""): string {
  return stanza("iq", { type: "result", id, from, to }, payload);
}

/** Writes an IQ of any type. */
export function iq(attrs: StanzaAttributes, payload = ""): string {
  return stanza("iq", attrs, payload);
}

/** Writes a presence; without a type it says available (RFC 6121 §4.7.1). */
export function presence(attrs: StanzaAttributes, payload = ""): string {
  return stanza("presence", attrs, payload);
}

/** Writes a message. */
export function message(attrs: StanzaAttributes, payload = ""): string {
  return stanza("message", attrs, payload);
}

/**
 * Writes the error that answers an IQ (RFC 6120 §8.3.1).
 *
 * @param addresses of the answer: already swapped
 * @param echo true: the request's content comes back before the error
 */
export function iqError(request: Element, addresses: Addresses, error: StanzaError, echo = false): string {
  return errorReply({ ...request, attrs: { ...request.attrs, id: request.attrs["id"] ?? "" } }, addresses, error, echo);
}

/** Writes an error that gives back a part of the request: XML already. */
export function iqErrorWith({ id = "", from, to }: Addresses & { readonly id?: string | undefined }, given: string, error: StanzaError): string {
  return stanza("iq", { type: "error", id, from, to }, given + renderStanzaError(error));
}

/** Writes the error that answers a stanza of any kind; see {@linkcode iqError}. */
export function errorReply(request: Element, { from, to }: Addresses, error: StanzaError, echo = false): string {
  const echoed = echo ? request.children.map((each) => serializeChild(each, request.ns)).join("") : "";
  return stanza(request.name, { type: "error", id: request.attrs["id"], from, to }, echoed + renderStanzaError(error));
}
