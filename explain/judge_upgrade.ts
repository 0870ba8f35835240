/**
 * What is wrong with an upgrade, by its answer or by the browser's reason for having none (RFC 6455 §4, RFC 7395 §3.1).
 *
 * @module
 */

import type { Course, Details } from "./course.ts";
import type { FaultCode } from "./fault_codes.ts";
import { maskedSubprotocols } from "./mask.ts";
import { headerOf } from "./read/har_fields.ts";
import type { Upgrade } from "./recording.ts";
import { hasToken } from "./upgrade_table.ts";

type Found = readonly [code: FaultCode, details: Details];

/** Statuses of answers that are no 101. */
const BY_STATUS: Readonly<Record<number, FaultCode>> = {
  200: "upgrade-stripped",
  400: "upgrade-stripped",
  403: "origin-refused",
  404: "upgrade-wrong-path",
  405: "upgrade-wrong-path",
  410: "upgrade-wrong-path",
  426: "upgrade-stripped",
  429: "server-busy",
  503: "server-busy",
};

/** What browsers write instead of an answer; the first that fits decides. */
const BY_REASON: readonly (readonly [reason: RegExp, code: FaultCode])[] = [
  [/Sec-WebSocket-Protocol|subprotocol/i, "subprotocol-missing"],
  [/'(?:Upgrade|Connection)' header/i, "upgrade-stripped"],
  [/ERR_CERT|ERR_SSL|ERR_BAD_SSL|ERR_ECH|SSL_ERROR|certificate/i, "tls-failed"],
  [
    /ERR_(?:CONNECTION_REFUSED|NAME_NOT_RESOLVED|NAME_RESOLUTION_FAILED|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED|NETWORK_|CONNECTION_FAILED|PROXY_CONNECTION_FAILED|TUNNEL_CONNECTION_FAILED|ADDRESS_INVALID|UNSAFE_PORT)/,
    "server-unreachable",
  ],
  [/ERR_(?:CONNECTION_)?TIMED_OUT|handshake timed out/i, "upgrade-unanswered"],
  [/closed before the connection is established/i, "upgrade-unanswered"],
];

/** How long an answer may take before it is missing, in milliseconds. */
export const WAIT = 10_000;

/** Finds what is wrong with an upgrade. Called once: when it was answered or has failed, or when its time is over. */
export function judgeUpgrade(course: Course): void {
  const { upgrade, transport } = course;
  if (!upgrade || transport === "bosh") return;
  const found = findingOf(upgrade, course.raw > 0);
  if (found) course.fault(found[0], null, { url: upgrade.url, ...found[1] });
}

function findingOf(upgrade: Upgrade, hasFrames: boolean): Found | undefined {
  const { status, error } = upgrade;
  if (status === 101 || hasFrames) return withoutSubprotocol(upgrade, status === 101);
  if (status > 0) return byStatus(status, upgrade);
  const told = /(?:Unexpected response code|Unexpected server response):\s*(\d{3})/i.exec(error)?.[1];
  if (told !== undefined) return byStatus(Number(told), upgrade);
  if (error === "") return undefined;
  return [BY_REASON.find(([reason]) => reason.test(error))?.[1] ?? "handshake-failed", { reason: error }];
}

function byStatus(status: number, upgrade: Upgrade): Found {
  const offered = offeredBy(upgrade);
  // Deskwire and others answer so where the subprotocol is not offered.
  if (status === 400 && offered !== undefined && !hasToken(offered, "xmpp")) return ["subprotocol-missing", { offered: maskedSubprotocols(offered), status }];
  const location = headerOf(upgrade.responseHeaders, "location");
  const code = location === undefined ? BY_STATUS[status] : "upgrade-wrong-path";
  const origin = headerOf(upgrade.requestHeaders, "origin") ?? "";
  return [code ?? "upgrade-refused", { status, ...(location !== undefined && { location }), ...(code === "origin-refused" && { origin }) }];
}

/** The subprotocols that the request offers; undefined: its headers are not known. */
function offeredBy({ requestHeaders }: Upgrade): string | undefined {
  return requestHeaders.length === 0 ? undefined : (headerOf(requestHeaders, "sec-websocket-protocol") ?? "");
}

function withoutSubprotocol(upgrade: Upgrade, isAnswerKnown: boolean): Found | undefined {
  const offered = offeredBy(upgrade);
  if (offered !== undefined && !hasToken(offered, "xmpp")) return ["subprotocol-missing", { offered: maskedSubprotocols(offered), chosen: "" }];
  if (!isAnswerKnown || upgrade.responseHeaders.length === 0) return undefined;
  const chosen = headerOf(upgrade.responseHeaders, "sec-websocket-protocol") ?? "";
  return chosen === "xmpp" ? undefined : ["subprotocol-missing", { offered: maskedSubprotocols(offered ?? "xmpp"), chosen: maskedSubprotocols(chosen) }];
}

/** Seconds by which the clocks of server and client differ, by the Date of the answer; undefined: not known, or in order. */
export function clockSkew({ responseHeaders, startedAt, answeredAt }: Upgrade): number | undefined {
  const date = Date.parse(headerOf(responseHeaders, "date") ?? "");
  if (Number.isNaN(date) || answeredAt === null) return undefined;
  // It was written at some moment between the two.
  const earliest = startedAt ?? answeredAt;
  const off = date > answeredAt ? date - answeredAt : date < earliest ? date - earliest : 0;
  const seconds = Math.round(off / 1000);
  return Math.abs(seconds) >= SKEW_SECONDS ? seconds : undefined;
}

/** Clocks that differ by less are as good as one can expect. */
export const SKEW_SECONDS = 10;
