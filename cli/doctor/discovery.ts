/**
 * What a server tells before a sign-in: host-meta as XML and as JSON (XEP-0156 §3), and Finesse's SystemInfo.
 *
 * @module
 */

import { childrenOf, parseDocument, textOf } from "../../xmpp/mod.ts";
import { Failed, ok, type Outcome, warn } from "./chart.ts";
import { type Answer, ask, reasonOf } from "./http.ts";

const WEBSOCKET = "urn:xmpp:alt-connections:websocket";
const XBOSH = "urn:xmpp:alt-connections:xbosh";
const LIMITS = { maxDepth: 16 };

export interface SystemInfo {
  /** "": not told, as the next. */
  readonly domain: string;
  readonly pubsub: string;
  readonly status: string;
}

export interface Discovered {
  /** Addresses of the socket, the most trusted first; empty: nothing is told. */
  readonly sockets: readonly string[];
  readonly bosh: string | null;
  /** null: the server has none, so it is neither Finesse nor Deskwire. */
  readonly systemInfo: SystemInfo | null;
}

interface Links {
  readonly sockets: readonly string[];
  readonly boshes: readonly string[];
}

interface Read {
  readonly xml: Links | null;
  readonly json: Links | null;
  readonly systemInfo: SystemInfo | null;
  /** Why nothing could be read at all; null: it could. */
  readonly failure: string | null;
}

/** Reads all three side by side. */
export async function readDiscovery(base: URL, timeout: number): Promise<Read> {
  const paths = ["/.well-known/host-meta", "/.well-known/host-meta.json", "/finesse/api/SystemInfo"];
  const asked = await Promise.allSettled(paths.map((path) => ask(new URL(path, base), { timeout })));
  const [xml, json, info] = asked.map((each) => (each.status === "fulfilled" && each.value.status === 200 ? each.value : null));
  const rejected = asked.find((each) => each.status === "rejected");
  return {
    xml: xml ? xmlLinks(xml) : null,
    json: json ? jsonLinks(json) : null,
    systemInfo: info ? systemInfoIn(info) : null,
    failure: rejected && asked.every((each) => each.status === "rejected") ? reasonOf(rejected.reason) : null,
  };
}

function xmlLinks({ body }: Answer): Links | null {
  const { element } = parseDocument(body, LIMITS);
  if (element?.name !== "XRD") return null;
  const hrefs = (rel: string) => childrenOf(element).flatMap(({ name, attrs }) => (name === "Link" && attrs["rel"] === rel ? [attrs["href"] ?? ""] : []));
  return { sockets: hrefs(WEBSOCKET), boshes: hrefs(XBOSH) };
}

function jsonLinks({ body }: Answer): Links | null {
  try {
    const { links } = JSON.parse(body) as { links?: unknown };
    if (!Array.isArray(links)) return null;
    const hrefs = (rel: string) => links.flatMap((link) => (link?.rel === rel && typeof link.href === "string" ? [link.href as string] : []));
    return { sockets: hrefs(WEBSOCKET), boshes: hrefs(XBOSH) };
  } catch {
    return null;
  }
}

function systemInfoIn({ body }: Answer): SystemInfo | null {
  const { element } = parseDocument(body, LIMITS);
  if (element?.name !== "SystemInfo") return null;
  const text = (name: string) => textOf(childrenOf(element).find((each) => each.name === name) ?? { name, ns: "", attrs: {}, children: [] }).trim();
  return { domain: text("xmppDomain"), pubsub: text("xmppPubSubDomain"), status: text("status") };
}

/** What the examination goes by. An address that would lead from TLS to plain text is none. */
export function discoveredIn({ xml, json, systemInfo }: Read, base: URL): Discovered {
  const usable = (href: string) => isAddress(href) && !isDowngrade(href, base);
  const [bosh = null] = [...(xml?.boshes ?? []), ...(json?.boshes ?? [])].filter(usable);
  return { sockets: [...new Set([...(xml?.sockets ?? []), ...(json?.sockets ?? [])])].filter(usable), bosh, systemInfo };
}

const isAddress = (href: string): boolean => URL.canParse(href) && /^(?:wss?|https?):$/.test(new URL(href).protocol);
const isDowngrade = (href: string, base: URL): boolean => base.protocol === "https:" && /^(?:ws|http):/i.test(href);

const HOST_META =
  "Serve /.well-known/host-meta with a Link of rel urn:xmpp:alt-connections:websocket and the wss: address (XEP-0156), and the same as host-meta.json.";

/** Judges what was read. */
export function judgeDiscovery(read: Read, base: URL): Outcome {
  const { xml, json, systemInfo, failure } = read;
  if (failure !== null) return warn(`Nothing could be read from ${base.origin}: ${failure}.`, "See the checks below.");
  const links = [...(xml?.sockets ?? []), ...(json?.sockets ?? [])];
  const plain = links.find((href) => isDowngrade(href, base));
  if (plain) throw new Failed(`host-meta leads from TLS to an address without: ${plain}.`, "Name a wss: address in host-meta (Deskwire: PUBLIC_URL).");
  const told = systemInfo ? ` SystemInfo: ${systemInfo.status || "no status"}, domain ${systemInfo.domain || "not told"}.` : " No SystemInfo.";
  if (links.length === 0) return warn(`host-meta names no WebSocket.${told}`, HOST_META);
  const odd = links.find((href) => !isAddress(href));
  if (odd !== undefined) return warn(`host-meta names “${odd}”, which is no address of a WebSocket.${told}`, HOST_META);
  if (new Set(links).size > 1) return warn(`host-meta and host-meta.json differ: ${[...new Set(links)].join(", ")}.${told}`, "Name the same address in both.");
  const forms = [xml?.sockets.length ? "host-meta" : "", json?.sockets.length ? "host-meta.json" : ""].filter(Boolean).join(" and ");
  return ok(`${forms}: ${links[0]}.${told}`);
}
