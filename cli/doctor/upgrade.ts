/**
 * The upgrade by hand, so that a refused one is seen whole: status, headers, reason (RFC 6455 §4).
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { Header, Upgrade } from "../../explain/mod.ts";
import { bodyOf, httpUrlOf, reasonOf, requesterOf, timedOut } from "./http.ts";

/** RFC 6455 §1.3 */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const LONGEST_BODY = 2000;

export interface Upgraded {
  readonly upgrade: Upgrade;
  /** null: it was not answered with 101. */
  readonly wire: { readonly socket: Duplex; readonly head: Buffer } | null;
  /** Does Sec-WebSocket-Accept belong to the key? */
  readonly isAccepted: boolean;
  /** What the refusal says, where it is a problem (RFC 9457): its code. */
  readonly problem: string;
}

export interface UpgradeRequest {
  /** ws: or wss:. */
  readonly url: URL;
  /** "": none is sent. */
  readonly origin: string;
  readonly timeout: number;
}

/** What browsers call it, which the explainer knows. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "net::ERR_CONNECTION_REFUSED",
  ENOTFOUND: "net::ERR_NAME_NOT_RESOLVED",
  EAI_AGAIN: "net::ERR_NAME_NOT_RESOLVED",
  EHOSTUNREACH: "net::ERR_ADDRESS_UNREACHABLE",
  ENETUNREACH: "net::ERR_ADDRESS_UNREACHABLE",
  ETIMEDOUT: "net::ERR_TIMED_OUT",
};

/** The browsers' word for a failure, with Node's reason behind it. */
export function browsersReason(fault: unknown): string {
  const { code = "" } = fault as NodeJS.ErrnoException;
  const name = REASONS[code] ?? (/CERT|SIGNATURE|ISSUER/.test(code) ? "net::ERR_CERT_INVALID" : /SSL|EPROTO/.test(code) ? "net::ERR_SSL_PROTOCOL_ERROR" : "");
  return [name, reasonOf(fault)].filter(Boolean).join(": ");
}

/** Asks for an upgrade; never throws. */
export function askUpgrade({ url, origin, timeout }: UpgradeRequest): Promise<Upgraded> {
  const key = randomBytes(16).toString("base64");
  const headers = {
    ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, "Sec-WebSocket-Protocol": "xmpp" },
    ...(origin !== "" && { Origin: origin }),
  };
  const asked = { url: url.href, method: "GET", requestHeaders: Object.entries(headers).map(([name, value]) => ({ name, value })), startedAt: Date.now() };
  const unanswered = (error: string): Upgraded => ({
    upgrade: { ...asked, status: 0, statusText: "", responseHeaders: [], answeredAt: null, error },
    ...{ wire: null, isAccepted: false, problem: "" },
  });
  return new Promise((done) => {
    const signal = AbortSignal.timeout(timeout);
    const request = requesterOf(url)(httpUrlOf(url), { headers, agent: false, signal });
    // The bound is for the answer, not for the socket that comes of it.
    const fail = (fault: Error) => done(unanswered(browsersReason(signal.aborted ? timedOut(timeout) : fault)));
    request.on("error", fail);
    request.on("upgrade", (response, socket, head) => {
      const accepted = createHash("sha1")
        .update(key + MAGIC)
        .digest("base64");
      socket.on("error", () => {}); // told by the close that follows
      done({
        ...{ upgrade: { ...asked, ...answerOf(response) }, wire: { socket, head } },
        ...{ isAccepted: response.headers["sec-websocket-accept"] === accepted, problem: "" },
      });
    });
    request.on("response", (response) => {
      const answered = { ...asked, ...answerOf(response) };
      bodyOf(response, LONGEST_BODY)
        .catch(() => "")
        .then((body) => done({ upgrade: answered, wire: null, isAccepted: false, problem: problemIn(body) }))
        .finally(() => request.destroy());
    });
    request.end();
  });
}

function answerOf({
  statusCode = 0,
  statusMessage = "",
  rawHeaders,
}: IncomingMessage): Pick<Upgrade, "status" | "statusText" | "responseHeaders" | "answeredAt" | "error"> {
  const responseHeaders: Header[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) responseHeaders.push({ name: rawHeaders[at] ?? "", value: rawHeaders[at + 1] ?? "" });
  return { status: statusCode, statusText: statusMessage, responseHeaders, answeredAt: Date.now(), error: "" };
}

/** The code of a problem+json; "": the body is none. */
export function problemIn(body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}
