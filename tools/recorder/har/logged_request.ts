/**
 * A request as the network panel keeps it: what its events said so far, with the panel's own values for what they did not say.
 *
 * The rules are those of Chrome's front end (`core/sdk/NetworkRequest.ts`), since its HAR files show them: a socket that never
 * sent its handshake has no wall clock, so that its times count from 1970, or lie a second before it.
 *
 * @module
 */

import type { HeaderMap, Initiator, ResourceTiming } from "./protocol.ts";

export interface Header {
  readonly name: string;
  readonly value: string;
}

export interface Frame {
  readonly type: "send" | "receive" | "error";
  /** Seconds since 1970. */
  readonly time: number;
  /** -1 of an error. */
  readonly opcode: number;
  readonly data: string;
}

export interface Content {
  readonly text: string;
  readonly base64: boolean;
}

const NOT_KNOWN = -1;

export class LoggedRequest {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly initiator: Initiator | null;
  method = "";
  priority: string | null = null;
  postData: string | null = null;
  requestHeaders: readonly Header[] = [];
  requestHeadersText = "";
  status = 0;
  statusText = "";
  responseHeaders: readonly Header[] = [];
  responseHeadersText = "";
  protocol = "";
  mimeType = "";
  /** `address:port` */
  remoteAddress = "";
  connectionId = "0";
  failure: string | null = null;
  resourceSize = 0;
  transferSize = 0;
  content: Content | null = null;
  readonly frames: Frame[] = [];
  #issueTime = NOT_KNOWN;
  #wallIssueTime = NOT_KNOWN;
  #startTime = NOT_KNOWN;
  #endTime = NOT_KNOWN;
  #responseTime = NOT_KNOWN;
  #timing: ResourceTiming | null = null;

  constructor({ id, url, type, initiator }: Pick<LoggedRequest, "id" | "url" | "type" | "initiator">) {
    this.id = id;
    this.url = url;
    this.type = type;
    this.initiator = initiator;
  }

  get issueTime(): number {
    return this.#issueTime;
  }

  get startTime(): number {
    return this.#startTime;
  }

  get timing(): ResourceTiming | null {
    return this.#timing;
  }

  setIssueTime(timestamp: number, wallTime: number): void {
    this.#issueTime = timestamp;
    this.#wallIssueTime = wallTime;
    this.#startTime = timestamp;
  }

  set timing(timing: ResourceTiming) {
    this.#timing = timing;
    this.#startTime = timing.requestTime;
    const headersAt = timing.requestTime + timing.receiveHeadersEnd / 1000;
    if (this.#responseTime < 0 || this.#responseTime > headersAt) this.#responseTime = headersAt;
    if (this.#startTime > this.#responseTime) this.#responseTime = this.#startTime;
  }

  get responseTime(): number {
    return this.#responseTime;
  }

  set responseTime(timestamp: number) {
    this.#responseTime = timestamp;
  }

  get endTime(): number {
    return this.#endTime;
  }

  set endTime(timestamp: number) {
    if (this.#timing) {
      this.#endTime = Math.max(timestamp, this.#responseTime);
    } else {
      this.#endTime = timestamp;
      if (this.#responseTime > timestamp) this.#responseTime = timestamp;
    }
  }

  /** Seconds since 1970; of a request that was never sent, the timestamp as it is. */
  wallTime(timestamp: number): number {
    return this.#wallIssueTime - this.#issueTime + timestamp;
  }

  add(type: Frame["type"], { timestamp, opcode, data }: { readonly timestamp: number; readonly opcode: number; readonly data: string }): void {
    this.frames.push({ type, time: this.wallTime(timestamp), opcode, data });
    this.#responseTime = timestamp;
  }
}

/** Headers as a list; one that came several times has its values in lines of one text. */
export function headersOf(map: HeaderMap): Header[] {
  return Object.entries(map).flatMap(([name, text]) => text.split("\n").map((value) => ({ name, value })));
}
