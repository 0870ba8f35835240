/**
 * What a page asks of the network, request by request, out of the events of the DevTools protocol (Chrome's
 * `core/sdk/NetworkManager.ts`).
 *
 * @module
 */

import { headersOf, LoggedRequest } from "./logged_request.ts";
import type { NetworkEvent, NetworkEvents } from "./protocol.ts";

type Takers = { readonly [E in NetworkEvent]: (log: NetworkLog, event: NetworkEvents[E]) => void };

export class NetworkLog {
  readonly #requests = new Map<string, LoggedRequest>();
  /** The wire's own headers may be told before the request is. */
  readonly #early = new Map<string, NetworkEvents["requestWillBeSentExtraInfo"]>();

  get requests(): readonly LoggedRequest[] {
    return [...this.#requests.values()];
  }

  find(id: string): LoggedRequest | undefined {
    return this.#requests.get(id);
  }

  /** Takes one event; events of requests that began before the log are dropped. */
  take<E extends NetworkEvent>(name: E, event: NetworkEvents[E]): void {
    TAKERS[name](this, event);
  }

  add(request: LoggedRequest): LoggedRequest {
    this.#requests.set(request.id, request);
    const early = this.#early.get(request.id);
    if (early) takeOwnHeaders(request, early);
    return request;
  }

  keep(event: NetworkEvents["requestWillBeSentExtraInfo"]): void {
    this.#early.set(event.requestId, event);
  }
}

const TAKERS: Takers = {
  requestWillBeSent(log, { requestId, timestamp, wallTime, initiator, type = "Other", request }) {
    const logged = new LoggedRequest({ id: requestId, url: request.url, type: type.toLowerCase(), initiator });
    logged.method = request.method;
    logged.priority = request.initialPriority;
    logged.postData = request.postData ?? null;
    logged.requestHeaders = headersOf(request.headers);
    logged.setIssueTime(timestamp, wallTime);
    log.add(logged);
  },
  requestWillBeSentExtraInfo(log, event) {
    const request = log.find(event.requestId);
    if (request) takeOwnHeaders(request, event);
    else log.keep(event);
  },
  responseReceived(log, { requestId, timestamp, response }) {
    const request = log.find(requestId);
    if (!request) return;
    request.responseTime = timestamp;
    request.mimeType = response.mimeType;
    request.statusText = response.statusText;
    request.protocol = response.protocol ?? "";
    request.connectionId = String(response.connectionId);
    request.transferSize = response.encodedDataLength;
    if (request.status === 0) request.status = response.status;
    if (request.responseHeadersText === "") {
      request.responseHeaders = headersOf(response.headers);
      request.responseHeadersText = response.headersText ?? "";
    }
    if (response.remoteIPAddress) request.remoteAddress = `${response.remoteIPAddress}:${response.remotePort ?? 0}`;
    if (response.timing) request.timing = response.timing;
  },
  responseReceivedExtraInfo(log, { requestId, headers, statusCode, headersText }) {
    const request = log.find(requestId);
    if (!request) return;
    request.responseHeaders = headersOf(headers);
    request.status = statusCode;
    if (headersText === undefined) return;
    request.responseHeadersText = headersText;
    if (request.requestHeadersText === "") request.requestHeadersText = requestText(request);
  },
  dataReceived(log, { requestId, dataLength }) {
    const request = log.find(requestId);
    if (request) request.resourceSize += dataLength;
  },
  loadingFinished(log, { requestId, timestamp, encodedDataLength }) {
    const request = log.find(requestId);
    if (!request) return;
    request.endTime = timestamp;
    if (encodedDataLength >= 0) request.transferSize = encodedDataLength;
  },
  loadingFailed(log, { requestId, timestamp, errorText }) {
    const request = log.find(requestId);
    if (!request) return;
    request.failure = errorText;
    request.endTime = timestamp;
  },
  webSocketCreated(log, { requestId, url, initiator }) {
    log.add(new LoggedRequest({ id: requestId, url, type: "websocket", initiator: initiator ?? null }));
  },
  webSocketWillSendHandshakeRequest(log, { requestId, timestamp, wallTime, request: { headers } }) {
    const request = log.find(requestId);
    if (!request) return;
    request.method = "GET";
    request.requestHeaders = headersOf(headers);
    request.setIssueTime(timestamp, wallTime);
  },
  webSocketHandshakeResponseReceived(log, { requestId, timestamp, response }) {
    const request = log.find(requestId);
    if (!request) return;
    request.status = response.status;
    request.statusText = response.statusText;
    request.responseHeaders = headersOf(response.headers);
    request.responseHeadersText = response.headersText ?? "";
    if (response.requestHeaders) request.requestHeaders = headersOf(response.requestHeaders);
    if (response.requestHeadersText) request.requestHeadersText = response.requestHeadersText;
    request.responseTime = timestamp;
    request.protocol = "websocket";
  },
  webSocketFrameSent(log, { requestId, timestamp, response: { opcode, payloadData: data } }) {
    log.find(requestId)?.add("send", { timestamp, opcode, data });
  },
  webSocketFrameReceived(log, { requestId, timestamp, response: { opcode, payloadData: data } }) {
    log.find(requestId)?.add("receive", { timestamp, opcode, data });
  },
  webSocketFrameError(log, { requestId, timestamp, errorMessage: data }) {
    log.find(requestId)?.add("error", { timestamp, opcode: -1, data });
  },
  webSocketClosed(log, { requestId, timestamp }) {
    const request = log.find(requestId);
    if (request) request.endTime = timestamp;
  },
};

function takeOwnHeaders(request: LoggedRequest, { headers }: NetworkEvents["requestWillBeSentExtraInfo"]): void {
  request.requestHeaders = headersOf(headers);
  request.requestHeadersText = "";
}

function requestText({ method, url, requestHeaders }: LoggedRequest): string {
  const { pathname, search } = new URL(url);
  return `${method} ${pathname}${search} HTTP/1.1\r\n${requestHeaders.map(({ name, value }) => `${name}: ${value}\r\n`).join("")}`;
}

/** All events, to be listened to. */
export const NETWORK_EVENTS = Object.keys(TAKERS) as readonly NetworkEvent[];
