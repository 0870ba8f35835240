/**
 * The part of Chrome's DevTools protocol that the recorder listens to (domain Network), as the browser sends it.
 *
 * @module
 */

export type HeaderMap = Readonly<Record<string, string>>;

export interface Initiator {
  readonly type: string;
  readonly url?: string;
  readonly lineNumber?: number;
  readonly requestId?: string;
  readonly stack?: object;
}

/** Seconds of `requestTime`, the rest milliseconds after it; -1: not so. */
export interface ResourceTiming {
  readonly requestTime: number;
  readonly proxyStart: number;
  readonly proxyEnd: number;
  readonly dnsStart: number;
  readonly dnsEnd: number;
  readonly connectStart: number;
  readonly connectEnd: number;
  readonly sslStart: number;
  readonly sslEnd: number;
  readonly sendStart: number;
  readonly sendEnd: number;
  readonly receiveHeadersEnd: number;
  readonly workerStart: number;
  readonly workerReady: number;
  readonly workerFetchStart: number;
  readonly workerRespondWithSettled: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderMap;
  readonly headersText?: string;
  readonly mimeType: string;
  readonly protocol?: string;
  readonly remoteIPAddress?: string;
  readonly remotePort?: number;
  readonly connectionId: number;
  readonly encodedDataLength: number;
  readonly fromDiskCache?: boolean;
  readonly timing?: ResourceTiming;
}

export interface SocketResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderMap;
  readonly headersText?: string;
  readonly requestHeaders?: HeaderMap;
  readonly requestHeadersText?: string;
}

interface OfRequest {
  readonly requestId: string;
}

interface At extends OfRequest {
  /** Seconds of a clock that never goes back. */
  readonly timestamp: number;
}

interface SocketFrame extends At {
  readonly response: { readonly opcode: number; readonly mask: boolean; readonly payloadData: string };
}

/** Event → its parameters. */
export interface NetworkEvents {
  readonly requestWillBeSent: At & {
    readonly request: {
      readonly url: string;
      readonly method: string;
      readonly headers: HeaderMap;
      readonly postData?: string;
      readonly initialPriority: string;
    };
    /** Seconds since 1970. */
    readonly wallTime: number;
    readonly initiator: Initiator;
    readonly type?: string;
  };
  readonly requestWillBeSentExtraInfo: OfRequest & { readonly headers: HeaderMap };
  readonly responseReceived: At & { readonly type: string; readonly response: HttpResponse };
  readonly responseReceivedExtraInfo: OfRequest & { readonly headers: HeaderMap; readonly statusCode: number; readonly headersText?: string };
  readonly dataReceived: At & { readonly dataLength: number };
  readonly loadingFinished: At & { readonly encodedDataLength: number };
  readonly loadingFailed: At & { readonly type: string; readonly errorText: string; readonly canceled?: boolean };
  readonly webSocketCreated: OfRequest & { readonly url: string; readonly initiator?: Initiator };
  readonly webSocketWillSendHandshakeRequest: At & { readonly wallTime: number; readonly request: { readonly headers: HeaderMap } };
  readonly webSocketHandshakeResponseReceived: At & { readonly response: SocketResponse };
  readonly webSocketFrameSent: SocketFrame;
  readonly webSocketFrameReceived: SocketFrame;
  readonly webSocketFrameError: At & { readonly errorMessage: string };
  readonly webSocketClosed: At;
}

export type NetworkEvent = keyof NetworkEvents;
