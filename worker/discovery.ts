/**
 * What a client may read before it signs in: where the socket is (XEP-0156), how the service stands (Finesse's SystemInfo),
 * and whether the server lives.
 *
 * @module
 */

import { broadcastHostOf } from "../durable/placing.ts";
import { CONTRACT, directoryOf, hostNamed, logFault, within } from "../durable/stubs.ts";
import { escapeAttr, escapeText } from "../xmpp/mod.ts";
import { Problem, retryAfter } from "./problem.ts";
import { type DoorContext, domainOf } from "./request.ts";
import { doorSettings } from "./settings.ts";

const WEBSOCKET = "urn:xmpp:alt-connections:websocket";
const XBOSH = "urn:xmpp:alt-connections:xbosh";

/** Where the ways in are. */
export interface Ways {
  readonly socket: string;
  readonly bosh: string;
}

/** By the public name, else by the one the request was sent to. */
export function waysIn(publicOrigin: string | null, requestUrl: string): Ways {
  return { socket: socketUrl(publicOrigin, requestUrl), bosh: new URL("/http-bind/", publicOrigin ?? requestUrl).href };
}

/** Address of the socket: by the public name, else by the one the request was sent to. */
export function socketUrl(publicOrigin: string | null, requestUrl: string): string {
  const url = new URL("/ws/", publicOrigin ?? requestUrl);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url.href;
}

/** The host's document as XRD (XEP-0156 §1.2). */
export function renderXrd(ways: Ways): string {
  const links = linksOf(ways).map(({ rel, href }) => `  <Link rel="${rel}" href="${escapeAttr(href)}" />\n`);
  return `<?xml version="1.0" encoding="utf-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n${links.join("")}</XRD>\n`;
}

/** The same as JRD (XEP-0156 §1.2). */
export function renderJrd(ways: Ways): string {
  return JSON.stringify({ links: linksOf(ways) });
}

function linksOf({ socket, bosh }: Ways): { readonly rel: string; readonly href: string }[] {
  return [
    { rel: WEBSOCKET, href: socket },
    { rel: XBOSH, href: bosh },
  ];
}

const inForms =
  (type: string, render: (ways: Ways) => string) =>
  (c: DoorContext): Response =>
    new Response(render(waysIn(doorSettings(c.env).publicOrigin, c.req.url)), {
      headers: { "Content-Type": type, "Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=300" },
    });

export const hostMeta = inForms("application/xrd+xml; charset=utf-8", renderXrd);
export const hostMetaJson = inForms("application/jrd+json", renderJrd);

export interface SystemState {
  readonly domain: string;
  /** Origin under which desktops find the service. */
  readonly origin: string;
  readonly isAvailable: boolean;
  readonly at: number;
}

/**
 * Finesse's SystemInfo. Both nodes are this server, since desktops insist on another one to go to.
 *
 * Deviates: no xmppPort and xmppSecurePort, for there is no XMPP over TCP here; host and port of the nodes are the public ones.
 */
export function renderSystemInfo({ domain, origin, isAvailable, at }: SystemState): string {
  const { hostname, port, protocol } = new URL(origin);
  const node = tag("host", escapeText(hostname)) + tag("httpsPort", port || (protocol === "http:" ? "80" : "443"));
  const fields = [
    tag("currentTimestamp", new Date(at).toISOString()),
    tag("deploymentType", "UCCE"),
    tag("lastCTIHeartbeatStatus", isAvailable ? "success" : "failure"),
    tag("primaryNode", node),
    tag("secondaryNode", node),
    tag("status", isAvailable ? "IN_SERVICE" : "OUT_OF_SERVICE"),
    tag("systemAuthMode", "NON_SSO"),
    tag("timezoneOffset", "0"),
    tag("uri", "/finesse/api/SystemInfo"),
    tag("xmppDomain", escapeText(domain)),
    tag("xmppPubSubDomain", escapeText(`pubsub.${domain}`)),
  ];
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${tag("SystemInfo", fields.join(""))}`;
}

const tag = (name: string, inside: string): string => `<${name}>${inside}</${name}>`;

/** Answers SystemInfo: in service while the back end's contact is there. */
export async function systemInfo(c: DoorContext): Promise<Response> {
  const domain = domainOf(c);
  const { publicOrigin } = doorSettings(c.env);
  const isAvailable = await isContactAvailable(c, domain);
  const body = renderSystemInfo({ domain, origin: publicOrigin ?? new URL(c.req.url).origin, isAvailable, at: Date.now() });
  return new Response(body, { headers: { "Content-Type": "application/xml; charset=utf-8", "Cache-Control": "max-age=1" } });
}

/** A host that does not answer is what desktops call out of service. */
async function isContactAvailable(c: DoorContext, domain: string): Promise<boolean> {
  try {
    const asked = hostNamed(c.env, broadcastHostOf(domain)).contact({ v: CONTRACT });
    return (await within(doorSettings(c.env).CALL_DEADLINE_MS, asked)).available;
  } catch (fault) {
    logFault("door", "contact", fault);
    return false;
  }
}

/** The process answers; nothing is asked. */
export function livez(): Response {
  return new Response("ok\n", { headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" } });
}

/** The Directory of each domain answers. */
export async function readyz(c: DoorContext): Promise<Response> {
  const { domains, CALL_DEADLINE_MS } = doorSettings(c.env);
  const asked = await Promise.allSettled(domains.map((domain) => within(CALL_DEADLINE_MS, directoryOf(c.env, domain).ready({ v: CONTRACT }))));
  const silent = domains.filter((_, at) => asked[at]?.status === "rejected");
  if (silent.length > 0) throw new Problem("unavailable", { detail: `The Directory does not answer: ${silent.join(", ")}`, headers: retryAfter(2) });
  return livez();
}
