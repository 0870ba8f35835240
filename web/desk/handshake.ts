/**
 * What there is to say of the upgrade, or of the requests in its place: the fields of the request and the answer, each with where it is known from.
 *
 * A browser shows a page neither the request nor the answer of an upgrade, only what came of it. What must have been there
 * for the socket to open is told as such (RFC 6455 §4.1, §4.2.2).
 *
 * @module
 */

import type { KeyValue } from "../design/components/key_values.tsx";
import type { Key } from "../i18n/translate.ts";
import type { Handshake } from "./frame_log.ts";

type Translate = (key: Key) => string;

export interface Fields {
  readonly fields: readonly KeyValue[];
  readonly headers: readonly KeyValue[];
}

/** The GET. */
export function requestFields({ url, origin }: Handshake, t: Translate): Fields {
  const byRule = t("by-rule");
  return {
    fields: [
      { name: t("field-method"), value: "GET" },
      { name: t("field-scheme"), value: url.protocol.slice(0, -1) },
      { name: t("field-host"), value: url.host },
      { name: t("field-file"), value: url.pathname },
      addressField(url, t),
      { name: t("field-initiator"), value: "strophe.js – WebSocket" },
      { name: t("field-version"), value: "HTTP/1.1", note: byRule },
    ],
    headers: [
      { name: "Connection", value: "Upgrade", note: byRule },
      { name: "Upgrade", value: "websocket", note: byRule },
      { name: "Sec-WebSocket-Version", value: "13", note: byRule },
      { name: "Sec-WebSocket-Protocol", value: "xmpp" },
      { name: "Origin", value: origin },
    ],
  };
}

/** Each POST, where there is no upgrade (XEP-0124 §7). */
export function postFields({ url, origin }: Handshake, t: Translate): Fields {
  return {
    fields: [
      { name: t("field-method"), value: "POST" },
      { name: t("field-scheme"), value: url.protocol.slice(0, -1) },
      { name: t("field-host"), value: url.host },
      { name: t("field-file"), value: url.pathname },
      addressField(url, t),
      { name: t("field-initiator"), value: "strophe.js – fetch" },
    ],
    headers: [
      { name: "Content-Type", value: "text/xml; charset=utf-8" },
      { name: "Origin", value: origin },
    ],
  };
}

/** The 101. */
export function responseFields({ protocol, extensions }: Handshake, t: Translate): Fields {
  const byRule = t("by-rule");
  return {
    fields: [
      { name: t("field-status"), value: "101 Switching Protocols" },
      { name: t("field-version"), value: "HTTP/1.1", note: byRule },
    ],
    headers: [
      { name: "Connection", value: "Upgrade", note: byRule },
      { name: "Upgrade", value: "websocket", note: byRule },
      { name: "Sec-WebSocket-Protocol", value: protocol },
      { name: "Sec-WebSocket-Extensions", value: extensions, ...(extensions === "" && { note: t("header-none") }) },
    ],
  };
}

/** The address is the host's where that is one already; else the browser keeps it to itself. */
function addressField({ hostname }: URL, t: Translate): KeyValue {
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  return isAddress ? { name: t("field-address"), value: hostname.replace(/^\[|\]$/g, "") } : { name: t("field-address"), value: "", note: t("not-shown") };
}
