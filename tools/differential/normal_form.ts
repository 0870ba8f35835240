/**
 * Frames with everything out of the way that two servers which agree may say differently.
 *
 * Each rule of it stands in {@linkcode RULES}, with the paragraph that leaves it to the server.
 *
 * @module
 */

import { type Child, childrenOf, type Element, textOf } from "../../xmpp/xml/element.ts";
import { parseFrame } from "../../xmpp/xml/parse.ts";

/** What is not compared, and why: printed into docs/differential.md. */
export const RULES: readonly string[] = [
  "Spelling of XML: order of attributes, prefixes, quotes, white space between elements (Namespaces in XML §6).",
  "What a server draws: stream ids (RFC 6120 §4.7.3), ids of what it sends of itself (§8.1.3), resources (§7.6), nonces and proofs of SCRAM, subscription and item ids, ids of resumable streams, their place and their time (XEP-0198 §5), times.",
  "`to` of what comes to the client itself, and `from` where it is the own bare address: both may be left out (RFC 6120 §8.1.1.2, §8.1.2.1).",
  "`xml:lang`; texts for people in errors, and errors' conditions of the server's own namespace (RFC 6120 §4.9.2, §6.5, §8.3.2); names and labels in forms and in discovery.",
  "What was asked, repeated in an error (RFC 6120 §8.3.1: may be), `by` (XEP-0086's `code` too).",
  "Features of a stream but bind, stream management and the mechanisms that all three have; capabilities (XEP-0115).",
  "The server's own requests for acknowledgement (XEP-0198 §4: whenever it likes); a page's place in a result that nobody asked to page (XEP-0059 §2.6).",
  "Order where none is said: features, fields, affiliations, subscriptions, contacts and their groups, what is in a presence or a message; presences, roster pushes and the empty result of what caused them, among one another.",
  "The version of a roster (RFC 6121 §2.6: the server's own words); when a presence was sent first (XEP-0203 §4).",
  "`<subscribe-options/>` and `subid` in a subscription (XEP-0060 §6.1.5, §6.1.6: where there are options, where there may be several); the name of a created node that was given (§8.1.1).",
];

/** Presence, a roster push, or an empty result: what may overtake one another. */
const LOOSE = /^\w+: <(?:presence|iq(?= [^>]*type=(?:set|result)(?:\/>|[^>]*><query roster)))/;

/** Lines of one connection; runs of those that nobody orders are sorted. */
export function inNoOrder(lines: readonly string[]): readonly string[] {
  const ordered: string[] = [];
  let run: string[] = [];
  for (const line of lines) {
    if (LOOSE.test(line)) run.push(line);
    else {
      ordered.push(...run.sort(), line);
      run = [];
    }
  }
  return [...ordered, ...run.sort()];
}

const NAMESPACES: Readonly<Record<string, string>> = {
  "jabber:client": "",
  "urn:ietf:params:xml:ns:xmpp-framing": "framing",
  "http://etherx.jabber.org/streams": "stream",
  "urn:ietf:params:xml:ns:xmpp-streams": "streams",
  "urn:ietf:params:xml:ns:xmpp-stanzas": "stanzas",
  "urn:ietf:params:xml:ns:xmpp-sasl": "sasl",
  "urn:ietf:params:xml:ns:xmpp-bind": "bind",
  "urn:ietf:params:xml:ns:xmpp-session": "session",
  "http://jabber.org/protocol/pubsub": "pubsub",
  "http://jabber.org/protocol/pubsub#owner": "owner",
  "http://jabber.org/protocol/pubsub#event": "event",
  "http://jabber.org/protocol/pubsub#errors": "pubsub-errors",
  "http://jabber.org/protocol/disco#info": "disco-info",
  "http://jabber.org/protocol/disco#items": "disco-items",
  "urn:xmpp:sm:3": "sm",
  "jabber:x:data": "form",
  "jabber:iq:roster": "roster",
};

const RSM_NS = "http://jabber.org/protocol/rsm";
const DELAY_NS = "urn:xmpp:delay";
const CAPS_NS = "http://jabber.org/protocol/caps";
const STANZA_KINDS = new Set(["iq", "message", "presence"]);
const COMPARED_FEATURES = new Set(["urn:ietf:params:xml:ns:xmpp-sasl", "urn:ietf:params:xml:ns:xmpp-bind", "urn:xmpp:sm:3"]);
const COMPARED_MECHANISMS = new Set(["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"]);
const DRAWN = new Set(["id", "sessionid"]);
/** Ids that stand in a text: of subscriptions, of sessions. */
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
/** Elements whose children have no order. */
const UNORDERED = new Set(["features", "query", "x", "affiliations", "subscriptions", "mechanisms", "field", "error", "presence", "message"]);
const LABELS: Readonly<Record<string, readonly string[]>> = {
  field: ["label", "type"],
  identity: ["name"],
  item: [],
  error: ["by", "code"],
  open: ["id", "xml:lang"],
  enabled: ["id", "location", "max"],
  resumed: ["previd"],
  query: ["ver"],
};
/** Elements that are for people, or for nobody, wherever they stand. */
const LEFT_OUT = new Set(["instructions", "title", "desc", "required", "optional", "option", "subscribe-options"]);

/** The normal form of one conversation's frames: what its client said before tells chosen values from drawn ones. */
export class NormalForm {
  #sent = "";

  /** Takes note of a frame that the client sends. */
  remember(frame: string): void {
    this.#sent += `\n${frame}`;
  }

  /** One line; "": nothing that is compared. */
  of(frame: string): string {
    const { element } = parseFrame(frame, { maxDepth: 100 });
    if (element?.name === "r" && element.ns === "urn:xmpp:sm:3") return "";
    return element ? this.#element(element, "jabber:client") : `(not XML) ${frame.slice(0, 200)}`;
  }

  #element(element: Element, outer: string): string {
    const { name, ns } = element;
    const said = ns === outer ? "" : ` ${NAMESPACES[ns] ?? (ns || "no namespace")}`;
    const attributes = Object.entries(element.attrs)
      .map(([key, value]) => this.#attribute(element, key, value))
      .filter((each) => each !== "")
      .sort()
      .join("");
    const inside = this.#inside(element);
    if (name === "pubsub" && inside === "") return ""; // an empty answer, said either way
    return inside === "" ? `<${name}${said}${attributes}/>` : `<${name}${said}${attributes}>${inside}</${name}>`;
  }

  #attribute(element: Element, key: string, value: string): string {
    const { name, ns } = element;
    if (key === "xml:lang" || LABELS[name]?.includes(key)) return "";
    if (name === "item" && ns.includes("disco") && key === "name") return "";
    const isStanza = STANZA_KINDS.has(name) && ns === "jabber:client";
    if (key === "subid" || (isStanza && (key === "to" || (key === "id" && !this.#wasSent(value))))) return "";
    // RFC 6120 §8.1.2.1
    if (isStanza && key === "from" && name === "iq" && isOfAccount(value, element)) return "";
    if (isStanza && name === "message" && key === "type" && value === "normal") return ""; // RFC 6121 §5.2.2: the default
    const isDrawn = (DRAWN.has(key) || (key === "node" && name === "create")) && !this.#wasSent(value);
    const shown = isDrawn ? "*" : this.#value(value);
    return ` ${key}=${/[\s=/]/.test(shown) || shown === "" ? JSON.stringify(shown) : shown}`;
  }

  #inside(element: Element): string {
    const children = this.#comparedChildren(element).map((each) => (typeof each === "string" ? this.#text(element, each) : this.#element(each, element.ns)));
    const shown = children.filter((each) => each !== "");
    const isUnordered = UNORDERED.has(element.name) || element.ns === "jabber:iq:roster";
    return (isUnordered ? shown.sort() : shown).join("");
  }

  #comparedChildren(element: Element): readonly Child[] {
    const { name, ns, children } = element;
    const elements = childrenOf(element);
    if (STANZA_KINDS.has(name) && element.attrs["type"] === "error") return elements.filter((each) => each.name === "error");
    if (name === "features" && ns.includes("streams")) return elements.filter((each) => COMPARED_FEATURES.has(each.ns));
    if (name === "mechanisms") return elements.filter((each) => COMPARED_MECHANISMS.has(textOf(each)));
    if (name === "error" || (name === "failure" && ns.includes("sasl")))
      return elements.filter((each) => each.name !== "text" && !each.ns.startsWith("urn:deskwire"));
    const [created] = elements;
    if (name === "pubsub" && elements.length === 1 && created?.name === "create" && this.#wasSent(`"${created.attrs["node"]}"`)) return [];
    return children.filter((each) => typeof each === "string" || (this.#isCompared(each) && !(name === "presence" && each.ns === DELAY_NS)));
  }

  #isCompared({ name, ns }: Element): boolean {
    if (LEFT_OUT.has(name) || ns === CAPS_NS || ns.startsWith("urn:deskwire")) return false;
    if (name === "text" && ns.startsWith("urn:ietf:params:xml:ns:xmpp-")) return false;
    return ns !== RSM_NS || this.#wasSent(RSM_NS);
  }

  #text({ name, ns, children }: Element, text: string): string {
    if (text.trim() === "" && children.length > 1) return "";
    if (ns === RSM_NS && name !== "count") return "*";
    if (ns.includes("sasl") && (name === "challenge" || name === "success")) return "*";
    return this.#value(text.trim()).slice(0, 300);
  }

  #value(value: string): string {
    return value
      .replace(UUID, "*")
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "*")
      .replace(/(@[\w.-]+\/)([^\s<"]+)/g, (whole, before: string, resource: string) => (this.#wasSent(resource) ? whole : `${before}*`));
  }

  #wasSent(value: string): boolean {
    return this.#sent.includes(value);
  }
}

/** An answer or a roster push (RFC 6121 §2.1.6) by the account itself, which may be left out. */
function isOfAccount(from: string, { attrs, children }: Element): boolean {
  const isBare = from.includes("@") && !from.includes("/");
  const isPush = children.some((each) => typeof each !== "string" && each.ns === "jabber:iq:roster");
  return isBare && (attrs["type"] !== "set" || isPush);
}
