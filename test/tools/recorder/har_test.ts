/**
 * The recorder's HAR files, out of events as Chromium sends them: what Chrome's DevTools write of each.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { type Entry, harOf } from "../../../tools/recorder/har/har.ts";
import { NetworkLog } from "../../../tools/recorder/har/network_log.ts";
import type { NetworkEvent, NetworkEvents } from "../../../tools/recorder/har/protocol.ts";

const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36";
const URL = "ws://127.0.0.1:8787/ws/";
const requestId = "7.1";
/** Seconds of the wall clock minus those of the timestamps. */
const WALL = 1_790_000_000;

type Told = { readonly [E in NetworkEvent]: readonly [E, NetworkEvents[E]] }[NetworkEvent];

function entriesOf(...events: readonly Told[]): readonly Entry[] {
  const log = new NetworkLog();
  for (const [name, event] of events) log.take(name, event as never);
  return harOf(log.requests, AGENT).log.entries;
}

const frame = (timestamp: number, payloadData: string) => ({ requestId, timestamp, response: { opcode: 1, mask: false, payloadData } });
const created: Told = ["webSocketCreated", { requestId, url: URL, initiator: { type: "script" } }];
const sent: Told = ["webSocketWillSendHandshakeRequest", { requestId, timestamp: 100, wallTime: WALL + 100, request: { headers: { Upgrade: "websocket" } } }];
const answered: Told = [
  "webSocketHandshakeResponseReceived",
  {
    requestId,
    timestamp: 100.25,
    response: {
      status: 101,
      statusText: "Switching Protocols",
      headers: { "Sec-WebSocket-Protocol": "xmpp" },
      headersText: "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
      requestHeaders: { Upgrade: "websocket", Cookie: "session=1" },
      requestHeadersText: "GET ws://127.0.0.1:8787/ws/ HTTP/1.1\r\nUpgrade: websocket\r\nCookie: session=1\r\n\r\n",
    },
  },
];

test("a socket: its frames in order with the wall clock, no cookies, no close code, and time until it closed", () => {
  const [entry] = entriesOf(
    created,
    sent,
    answered,
    ["webSocketFrameSent", frame(101, "<open/>")],
    ["webSocketFrameReceived", frame(102, "<close/>")],
    ["webSocketClosed", { requestId, timestamp: 105 }],
  );
  assert.ok(entry);
  assert.equal(entry._resourceType, "websocket");
  assert.equal(entry.startedDateTime, new Date((WALL + 100) * 1000).toJSON());
  assert.deepEqual(entry._webSocketMessages, [
    { type: "send", time: WALL + 101, opcode: 1, data: "<open/>" },
    { type: "receive", time: WALL + 102, opcode: 1, data: "<close/>" },
  ]);
  assert.equal(entry.request.httpVersion, "HTTP/1.1");
  assert.deepEqual(entry.request.headers, [{ name: "Upgrade", value: "websocket" }]);
  assert.deepEqual([entry.response.status, entry.response.statusText], [101, "Switching Protocols"]);
  assert.deepEqual([entry.timings.wait, entry.timings.receive, entry.time], [2000, 3000, 5000]);
});

test("a socket that is still open: time up to its last frame", () => {
  const [entry] = entriesOf(created, sent, answered, ["webSocketFrameReceived", frame(103, "<open/>")]);
  assert.deepEqual([entry?.timings.wait, entry?.timings.receive], [3000, 0]);
});

test("a handshake that was refused: status 0, no headers of an answer, the reason as a message of the type error", () => {
  const errorMessage = "Error during WebSocket handshake: Unexpected response code: 403";
  const [entry] = entriesOf(
    created,
    sent,
    ["webSocketFrameError", { requestId, timestamp: 100.5, errorMessage }],
    ["webSocketClosed", { requestId, timestamp: 100.5 }],
  );
  assert.deepEqual([entry?.response.status, entry?.response.headers, entry?.response._error], [0, [], null]);
  assert.deepEqual(entry?._webSocketMessages, [{ type: "error", time: WALL + 100.5, opcode: -1, data: errorMessage }]);
});

test("a socket that never sent its handshake: no method, times of 1969, and before all others", () => {
  const early: Told = ["webSocketCreated", { requestId: "7.2", url: "wss://finesse.invalid/ws/" }];
  const errorMessage = "Error in connection establishment: net::ERR_NAME_NOT_RESOLVED";
  const [entry, other] = entriesOf(created, sent, answered, early, ["webSocketFrameError", { requestId: "7.2", timestamp: 104, errorMessage }]);
  assert.equal(entry?.request.method, "");
  assert.equal(entry?.startedDateTime, "1969-12-31T23:59:59.000Z");
  assert.equal(entry?._webSocketMessages?.[0]?.time, 104);
  assert.equal(entry?._initiator, null);
  assert.equal(other?.request.url, URL);
});

test("a request over HTTP: body, posted text, address, and the times in their order", () => {
  const url = "http://127.0.0.1:5280/http-bind?x=1";
  const log = new NetworkLog();
  const timing = { proxyStart: -1, proxyEnd: -1, dnsStart: -1, dnsEnd: -1, connectStart: 1, connectEnd: 3, sslStart: -1, sslEnd: -1, sendStart: 3, sendEnd: 4 };
  const worker = { workerStart: -1, workerReady: -1, workerFetchStart: -1, workerRespondWithSettled: -1 };
  log.take("requestWillBeSent", {
    requestId,
    timestamp: 200,
    wallTime: WALL + 200,
    initiator: { type: "script" },
    type: "XHR",
    request: { url, method: "POST", headers: { "Content-Type": "text/xml" }, postData: "<body/>", initialPriority: "High" },
  });
  log.take("responseReceivedExtraInfo", { requestId, headers: { Date: "today" }, statusCode: 200, headersText: "HTTP/1.1 200 OK\r\nDate: today\r\n\r\n" });
  log.take("responseReceived", {
    requestId,
    timestamp: 200.1,
    type: "XHR",
    response: {
      status: 200,
      statusText: "OK",
      headers: {},
      mimeType: "text/xml",
      protocol: "http/1.1",
      remoteIPAddress: "127.0.0.1",
      remotePort: 5280,
      connectionId: 12,
      encodedDataLength: 34,
      timing: { requestTime: 200.01, receiveHeadersEnd: 50, ...timing, ...worker },
    },
  });
  log.take("dataReceived", { requestId, timestamp: 200.1, dataLength: 7 });
  log.take("loadingFinished", { requestId, timestamp: 200.11, encodedDataLength: 39 });
  const request = log.find(requestId);
  assert.ok(request);
  request.content = { text: "<body/>", base64: false };
  const [entry] = harOf(log.requests, AGENT).log.entries;
  assert.ok(entry);
  assert.deepEqual([entry._resourceType, entry._connectionId, entry.serverIPAddress, entry.connection], ["xhr", "12", "127.0.0.1", "5280"]);
  assert.deepEqual(entry.request.postData, { mimeType: "text/xml", text: "<body/>" });
  assert.deepEqual(entry.request.queryString, [{ name: "x", value: "1" }]);
  assert.deepEqual(entry.response.headers, [{ name: "Date", value: "today" }]);
  assert.deepEqual(entry.response.content, { size: 7, mimeType: "text/xml", compression: 0, text: "<body/>" });
  const { blocked, connect, send, wait, receive } = entry.timings;
  assert.deepEqual([blocked, connect, send, wait, receive].map(Math.round), [11, 2, 1, 46, 50]);
});

test("the file says who wrote it as DevTools do", () => {
  assert.deepEqual(harOf([], AGENT).log, { version: "1.2", creator: { name: "WebInspector", version: "537.36" }, pages: [], entries: [] });
});
