/**
 * The bodies of BOSH: stanzas wrapped for plain HTTP requests (XEP-0124 1.11.2, XEP-0206 1.4).
 *
 * @module
 */

import { attributes } from "../stanza/stanza.ts";
import { childrenOf } from "../xml/element.ts";
import { parseFrame } from "../xml/parse.ts";
import { serialize } from "../xml/serialize.ts";
import { FRAMING_NS } from "./framing.ts";
import { STREAMS_NS } from "./stream_error.ts";

/** The namespace of `<body/>` (XEP-0124 §5). */
export const BOSH_NS = "http://jabber.org/protocol/httpbind";
/** The namespace of its attributes that are XMPP's (XEP-0206 §2). */
export const XBOSH_NS = "urn:xmpp:xbosh";

const LAST_RID = 2 ** 53 - 1;

/** Why a session ends (XEP-0124 §17.2). */
export type TerminalCondition = "bad-request" | "host-unknown" | "item-not-found" | "policy-violation" | "remote-stream-error" | "undefined-condition";

/** One request of a client. */
export interface BodyRequest {
  readonly rid: number;
  /** "": a new session. */
  readonly sid: string;
  readonly type: string;
  /** The stream begins anew (XEP-0206 §5). */
  readonly restart: boolean;
  /** Seconds; null: no pause is asked for (§10). */
  readonly pause: number | null;
  /** What the request carries, each as a document of its own. */
  readonly frames: readonly string[];
  /** Of a new session (§7.1). */
  readonly opening: { readonly to: string | undefined; readonly from: string | undefined; readonly lang: string | undefined; readonly version: string };
  readonly wait: number;
  readonly hold: number;
  readonly acks: boolean;
  /** The highest version the client speaks, e.g. `1.6`; "": none was said. */
  readonly version: string;
  /** Media type that the answers shall have; "": the usual one. */
  readonly content: string;
  /** Of a key sequence (§15); "": none. */
  readonly key: string;
  readonly newKey: string;
}

/** Reads a request; undefined: it is none (§17.2 bad-request). */
export function parseBody(text: string, maxDepth: number): BodyRequest | undefined {
  const { element } = parseFrame(text, { maxDepth: maxDepth + 1 });
  if (element?.name !== "body" || element.ns !== BOSH_NS) return undefined;
  if (element.children.some((child) => typeof child === "string" && child.trim() !== "")) return undefined;
  const { attrs } = element;
  const rid = numberOf(attrs["rid"]);
  if (rid === undefined || rid > LAST_RID) return undefined;
  return {
    rid,
    sid: attrs["sid"] ?? "",
    type: attrs["type"] ?? "",
    restart: attrs[`{${XBOSH_NS}}restart`] === "true",
    pause: numberOf(attrs["pause"]) ?? null,
    frames: childrenOf(element).map((child) => serialize(child, null)),
    opening: { to: attrs["to"], from: attrs["from"], lang: attrs["xml:lang"], version: attrs[`{${XBOSH_NS}}version`] ?? "1.0" },
    wait: numberOf(attrs["wait"]) ?? 60,
    hold: numberOf(attrs["hold"]) ?? 1,
    acks: attrs["ack"] === "1",
    version: attrs["ver"] ?? "",
    content: attrs["content"] ?? "",
    key: attrs["key"] ?? "",
    newKey: attrs["newkey"] ?? "",
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** The highest version of the protocol that is spoken here. */
const VERSION = [1, 11] as const;

/** The lower one of the two versions (§7.2). */
export function versionFor(asked: string): string {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(asked) ?? [];
  const isLower = major !== undefined && (Number(major) < VERSION[0] || (Number(major) === VERSION[0] && Number(minor) < VERSION[1]));
  return isLower ? asked : VERSION.join(".");
}

const CONTENT = "text/xml; charset=utf-8";

/**
 * The media type of a session's answers (§7.1).
 *
 * Deviates: others than these are not given, since a page could have answers shown as a document of the server's origin.
 */
export function contentFor(asked: string): string {
  return /^(text\/xml|application\/xml|text\/plain)(; ?charset=utf-8)?$/i.test(asked) ? asked : CONTENT;
}

/** The `<open/>` that a new session, or a restart, stands for. */
export function openingOf({ to, from, lang, version }: BodyRequest["opening"]): string {
  return `<open xmlns="${FRAMING_NS}"${attributes({ to, from, version, "xml:lang": lang })}/>`;
}

/** Writes a body around frames that are documents of their own. */
export function renderBody(attrs: Readonly<Record<string, string | undefined>>, frames: readonly string[] = []): string {
  const start = `<body xmlns="${BOSH_NS}" xmlns:stream="${STREAMS_NS}"${attributes(attrs)}`;
  return frames.length === 0 ? `${start}/>` : `${start}>${frames.join("")}</body>`;
}

/** Ends a session (§13, §17.2). */
export function renderTerminal(condition?: TerminalCondition, frames: readonly string[] = []): string {
  return renderBody({ type: "terminate", condition }, frames);
}
