/**
 * The upgrade field by field: what each is and what it should be (RFC 6455 §4.1, §4.2.2; RFC 7395 §3.1).
 *
 * @module
 */

import type { Language, UpgradeField } from "./explanation.ts";
import { masked, maskedHeader } from "./mask.ts";
import { headerOf } from "./read/har_fields.ts";
import type { Header, Upgrade } from "./recording.ts";
import { upgradeFieldSays } from "./texts/mod.ts";
import type { UpgradeKey } from "./texts/shape.ts";

interface Expectation {
  readonly part: UpgradeField["part"];
  readonly name: string;
  readonly title: string;
  readonly expected: string;
  readonly value: (upgrade: Upgrade) => string | null;
  readonly fits: (value: string, upgrade: Upgrade) => boolean;
}

/** Header lists that are empty were not recorded, as those of failed handshakes in Chrome's files. */
function header(part: UpgradeField["part"], title: string, expected: string, fits: Expectation["fits"]): Expectation {
  const name = title.toLowerCase();
  const headersOf = (upgrade: Upgrade): readonly Header[] => (part === "request" ? upgrade.requestHeaders : upgrade.responseHeaders);
  const value = (upgrade: Upgrade): string | null => (headersOf(upgrade).length === 0 ? null : (headerOf(headersOf(upgrade), name) ?? ""));
  return { part, name, title, expected, value, fits };
}

export const hasToken = (list: string, token: string): boolean =>
  list
    .toLowerCase()
    .split(",")
    .some((each) => each.trim() === token);

const urlOf = (upgrade: Upgrade): URL | null => (URL.canParse(upgrade.url) ? new URL(upgrade.url) : null);

const TABLE: readonly Expectation[] = [
  { part: "request", name: "method", title: "Method", expected: "GET", value: ({ method }) => method, fits: (value) => value === "GET" },
  {
    ...{ part: "request", name: "scheme", title: "Scheme", expected: "wss", value: (upgrade) => urlOf(upgrade)?.protocol.replace(":", "") ?? null },
    fits: (value, upgrade) => value === "wss" || value === "https" || /^(?:localhost|127\.|\[::1\])/.test(urlOf(upgrade)?.hostname ?? ""),
  },
  { part: "request", name: "host", title: "Host", expected: "…", value: (upgrade) => urlOf(upgrade)?.host ?? null, fits: (value) => value !== "" },
  {
    part: "request",
    name: "file",
    title: "File",
    expected: "/ws/",
    value: (upgrade) => urlOf(upgrade)?.pathname ?? null,
    fits: (_, { status }) => status !== 404,
  },
  header("request", "Upgrade", "websocket", (value) => hasToken(value, "websocket")),
  header("request", "Connection", "Upgrade", (value) => hasToken(value, "upgrade")),
  header("request", "Sec-WebSocket-Version", "13", (value) => value === "13"),
  header("request", "Sec-WebSocket-Key", "…", (value) => /^[\w+/]{22}==$/.test(value)),
  header("request", "Sec-WebSocket-Protocol", "xmpp", (value) => hasToken(value, "xmpp")),
  header("request", "Origin", "…", (_, { status }) => status !== 403),
  {
    ...{ part: "response", name: "status", title: "Status", expected: "101 Switching Protocols" },
    value: ({ status, statusText }) => (status === 0 ? null : `${status} ${statusText}`.trim()),
    fits: (_, { status }) => status === 101,
  },
  header("response", "Upgrade", "websocket", (value) => hasToken(value, "websocket")),
  header("response", "Connection", "Upgrade", (value) => hasToken(value, "upgrade")),
  header("response", "Sec-WebSocket-Accept", "…", (value) => /^[\w+/]{27}=$/.test(value)),
  header("response", "Sec-WebSocket-Protocol", "xmpp", (value) => value === "xmpp"),
];

/** The table of an upgrade of a WebSocket; over HTTP/2 `Upgrade` and `Connection` do not exist and are left out (RFC 8441). */
export function upgradeTable(upgrade: Upgrade): UpgradeField[] {
  const isExtended = upgrade.requestHeaders.some(({ name }) => name === ":protocol");
  const rows = isExtended ? TABLE.filter(({ name }) => !/^(?:upgrade|connection|sec-websocket-(?:key|accept)|method|status)$/.test(name)) : TABLE;
  return rows.map(({ part, name, title, expected, value, fits }) => {
    const found = value(upgrade);
    return {
      ...{ part, name, title, expected },
      value: found === null ? null : name.startsWith("sec-") || name === "method" ? maskedHeader(name, found) : masked(found),
      ok: found === null ? null : fits(found, upgrade),
      says: (language: Language) => upgradeFieldSays(language, `${part} ${name}` as UpgradeKey),
    };
  });
}
