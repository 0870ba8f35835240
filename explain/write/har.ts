/**
 * Saving a recording as HAR 1.2 in Chrome's shape, secrets masked. It can be read again.
 *
 * @module
 */

import { masked, maskedHeader } from "../mask.ts";
import { timeText } from "../time_text.ts";
import type { Connection, Header, RawFrame, Recording, Upgrade } from "../recording.ts";

/** Writes the recording as a HAR file. */
export function writeHar(recording: Recording): string {
  const entries = recording.connections.flatMap((connection, at) =>
    connection.transport === "bosh" ? boshEntries(connection) : [socketEntry(connection, at)],
  );
  const log = { version: "1.2", creator: { name: "Deskwire explain", version: "1" }, pages: [], _until: recording.until, entries };
  return `${JSON.stringify({ log }, null, 2)}\n`;
}

const headersOf = (headers: readonly Header[]) => headers.map(({ name, value }) => ({ name, value: maskedHeader(name, value) }));

const momentOf = (at: number | null): string => timeText(at) || timeText(0);

function requestOf(upgrade: Upgrade | null, more: object = {}) {
  const { method = "GET", url = "", requestHeaders = [] } = upgrade ?? {};
  return {
    method,
    url: masked(url),
    httpVersion: "HTTP/1.1",
    headers: headersOf(requestHeaders),
    queryString: [],
    cookies: [],
    headersSize: -1,
    bodySize: 0,
    ...more,
  };
}

function responseOf(upgrade: Upgrade | null, content: object = { size: 0, mimeType: "x-unknown" }) {
  const { status = 0, statusText = "", responseHeaders = [], error = "" } = upgrade ?? {};
  return {
    ...{ status, statusText: masked(statusText), httpVersion: "HTTP/1.1", headers: headersOf(responseHeaders), cookies: [], content },
    ...{ redirectURL: "", headersSize: -1, bodySize: -1, _error: error === "" ? null : masked(error) },
  };
}

function timingsOf(wait: number) {
  return { blocked: 0, dns: -1, ssl: -1, connect: -1, send: 0, wait, receive: 0 };
}

function socketEntry({ upgrade, frames, framesKnown, ended, page }: Connection, at: number) {
  const startedAt = upgrade?.startedAt ?? frames[0]?.at ?? null;
  const lastAt = ended?.at ?? frames.at(-1)?.at ?? upgrade?.answeredAt ?? startedAt;
  return {
    startedDateTime: momentOf(startedAt),
    time: startedAt === null || lastAt === null ? 0 : Math.max(0, lastAt - startedAt),
    _resourceType: "websocket",
    _connectionId: String(at + 1),
    ...(page !== "" && { pageref: masked(page) }),
    request: requestOf(upgrade),
    response: responseOf(upgrade),
    cache: {},
    timings: timingsOf(Math.max(0, (upgrade?.answeredAt ?? 0) - (upgrade?.startedAt ?? upgrade?.answeredAt ?? 0))),
    ...(framesKnown && { _webSocketMessages: messagesOf(upgrade, frames, ended?.reason ?? "") }),
  };
}

function messagesOf(upgrade: Upgrade | null, frames: readonly RawFrame[], reason: string) {
  const error = (text: string, at: number | null) => (text === "" ? [] : [{ type: "error", time: (at ?? 0) / 1000, opcode: -1, data: masked(text) }]);
  return [
    ...error(upgrade?.error ?? "", upgrade?.startedAt ?? null),
    ...frames.map(({ direction, at, text, binary }) => ({
      type: direction === "out" ? "send" : "receive",
      time: (at ?? 0) / 1000,
      opcode: binary ? 2 : 1,
      data: binary ? base64Of(masked(text)) : masked(text),
    })),
    ...error(reason, frames.at(-1)?.at ?? null),
  ];
}

function base64Of(text: string): string {
  let binary = "";
  for (const octet of new TextEncoder().encode(text)) binary += String.fromCharCode(octet);
  return btoa(binary);
}

/** Requests and answers side by side: the oldest request that is open is the one that is answered (XEP-0124 §8). */
function boshEntries({ upgrade, frames }: Connection) {
  const entries: ReturnType<typeof boshEntry>[] = [];
  const open: RawFrame[] = [];
  for (const frame of frames) {
    if (frame.direction === "out") open.push(frame);
    else entries.push(boshEntry(upgrade, open.shift() ?? null, frame));
  }
  return [...entries, ...open.map((request) => boshEntry(upgrade, request, null))];
}

function boshEntry(upgrade: Upgrade | null, request: RawFrame | null, response: RawFrame | null) {
  const at = request?.at ?? response?.at ?? null;
  const time = request?.at != null && response?.at != null ? response.at - request.at : 0;
  const status = response ? (response.status ?? 200) : 0;
  const text = masked(response?.text ?? "");
  return {
    startedDateTime: momentOf(at),
    time,
    _resourceType: "xhr",
    request: requestOf(upgrade, { method: "POST", postData: { mimeType: "text/xml; charset=utf-8", text: masked(request?.text ?? "") } }),
    response: { ...responseOf(upgrade, { size: text.length, mimeType: "text/xml", text }), status, statusText: status === 200 ? "OK" : "" },
    cache: {},
    timings: timingsOf(time),
  };
}
