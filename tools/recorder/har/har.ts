/**
 * Chrome's HAR file of a network log, field by field as its DevTools write it (`models/har/Log.ts`, `models/har/Writer.ts`;
 * the sanitized form, which is what its button saves unless told otherwise: no cookies, no Authorization).
 *
 * Deviates: no pages, as with DevTools that were opened when the page was loaded already; no cookies, for the recorded pages have none.
 *
 * @module
 */

import type { Frame, Header, LoggedRequest } from "./logged_request.ts";
import type { Initiator } from "./protocol.ts";
import { durationOf, type Timings, timingsOf } from "./timings.ts";

export interface Har {
  readonly log: {
    readonly version: "1.2";
    readonly creator: { readonly name: "WebInspector"; readonly version: string };
    readonly pages: readonly object[];
    readonly entries: readonly Entry[];
  };
}

export interface Entry {
  readonly _connectionId?: string;
  readonly _initiator: Initiator | null;
  readonly _priority: string | null;
  readonly _resourceType: string;
  readonly _webSocketMessages?: readonly Frame[];
  readonly cache: object;
  readonly connection?: string;
  readonly request: Request;
  readonly response: Response;
  readonly serverIPAddress: string;
  readonly startedDateTime: string;
  readonly time: number;
  readonly timings: Timings;
}

interface Named {
  readonly name: string;
  readonly value: string;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: readonly Header[];
  readonly queryString: readonly Named[];
  readonly cookies: readonly never[];
  readonly headersSize: number;
  readonly bodySize: number;
  readonly postData?: { readonly mimeType: string; readonly text: string };
}

interface Response {
  readonly status: number;
  readonly statusText: string;
  readonly httpVersion: string;
  readonly headers: readonly Header[];
  readonly cookies: readonly never[];
  readonly content: { readonly size: number; readonly mimeType: string; readonly compression?: number; readonly text?: string; readonly encoding?: "base64" };
  readonly redirectURL: string;
  readonly headersSize: number;
  readonly bodySize: number;
  readonly _transferSize: number;
  readonly _error: string | null;
  readonly _fetchedViaServiceWorker: boolean;
}

/** Fields that the file leaves out: cookies, and what signs in by HTTP. */
const LEFT_OUT = { request: ["authorization", "cookie"], response: ["set-cookie"] };

/** `userAgent`: of the browser that recorded it. */
export function harOf(requests: readonly LoggedRequest[], userAgent: string): Har {
  const version = /AppleWebKit\/([^ ]+)/.exec(userAgent)?.[1] ?? "n/a";
  // A socket that was never sent has no time, and so comes first.
  const ordered = [...requests].sort((one, other) => one.issueTime - other.issueTime);
  return { log: { version: "1.2", creator: { name: "WebInspector", version }, pages: [], entries: ordered.map(entryOf) } };
}

export function entryOf(request: LoggedRequest): Entry {
  const timings = timingsOf(request);
  const [, address = request.remoteAddress, port] = /^(.*):(\d+)$/.exec(request.remoteAddress) ?? [];
  return {
    ...(request.connectionId !== "0" && { _connectionId: request.connectionId }),
    _initiator: request.initiator && initiatorOf(request.initiator),
    _priority: request.priority,
    _resourceType: request.type,
    ...(request.type === "websocket" && { _webSocketMessages: request.frames }),
    cache: {},
    ...(port !== undefined && { connection: port }),
    request: requestOf(request),
    response: responseOf(request),
    serverIPAddress: address.replace(/\[\]/g, ""),
    startedDateTime: new Date(request.wallTime(request.issueTime) * 1000).toJSON(),
    time: durationOf(timings),
    timings,
  };
}

function initiatorOf({ type, url, lineNumber, requestId, stack }: Initiator): Initiator {
  return {
    type,
    ...(url !== undefined && { url }),
    ...(requestId !== undefined && { requestId }),
    ...(lineNumber !== undefined && { lineNumber }),
    ...(stack !== undefined && { stack }),
  };
}

function requestOf({ method, url, requestHeaders, requestHeadersText, protocol, postData }: LoggedRequest): Request {
  return {
    method,
    url: url.split("#", 1)[0] as string,
    httpVersion:
      requestHeadersText === "" ? protocolName(protocol) : (/(HTTP\/\d+\.\d+)$/.exec(requestHeadersText.split("\r\n", 1)[0] ?? "")?.[1] ?? "HTTP/0.9"),
    headers: without(requestHeaders, LEFT_OUT.request),
    queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
    cookies: [],
    headersSize: requestHeadersText === "" ? -1 : requestHeadersText.length,
    bodySize: postData === null ? 0 : new TextEncoder().encode(postData).length,
    ...(postData !== null && { postData: { mimeType: valueOf(requestHeaders, "content-type"), text: postData } }),
  };
}

function responseOf(request: LoggedRequest): Response {
  const { status, statusText, protocol, responseHeaders, responseHeadersText, transferSize, failure } = request;
  const text = responseHeadersText;
  return {
    status,
    statusText,
    httpVersion: text === "" ? protocolName(protocol) : (/^(HTTP\/\d+\.\d+)/.exec(text)?.[1] ?? "HTTP/0.9"),
    headers: without(responseHeaders, LEFT_OUT.response),
    cookies: [],
    content: contentOf(request),
    redirectURL: valueOf(responseHeaders, "location"),
    headersSize: text === "" ? -1 : text.length,
    bodySize: text === "" ? -1 : transferSize - text.length,
    _transferSize: transferSize,
    _error: failure,
    _fetchedViaServiceWorker: false,
  };
}

function contentOf({ resourceSize, mimeType, transferSize, responseHeadersText, content }: LoggedRequest): Response["content"] {
  return {
    size: resourceSize,
    mimeType: mimeType || "x-unknown",
    ...(responseHeadersText !== "" && { compression: resourceSize - (transferSize - responseHeadersText.length) }),
    ...(content && { text: content.text }),
    ...(content?.base64 && { encoding: "base64" as const }),
  };
}

const protocolName = (protocol: string): string => (protocol.toLowerCase() === "h2" ? "http/2.0" : protocol.toLowerCase());

function without(headers: readonly Header[], names: readonly string[]): Header[] {
  return headers.filter(({ name }) => !names.includes(name.toLowerCase()));
}

function valueOf(headers: readonly Header[], wanted: string): string {
  return headers.find(({ name }) => name.toLowerCase() === wanted)?.value ?? "";
}
