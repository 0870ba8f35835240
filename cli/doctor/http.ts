/**
 * Plain HTTP requests, answered whatever their status, within a bound of time and size.
 *
 * @module
 */

import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asked {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds, from the connecting to the last byte. */
  readonly timeout: number;
}

const LONGEST = 256 * 1024;
const MOST_REDIRECTS = 3;

/** The fitting request function of Node. */
export const requesterOf = (url: URL): typeof requestPlain => (/^(?:https|wss):$/.test(url.protocol) ? requestTls : requestPlain);

/** Where a WebSocket's address is asked by HTTP. */
export function httpUrlOf(url: URL): URL {
  return new URL(url.href.replace(/^ws/, "http"));
}

/**
 * Asks. A GET follows redirects; what carries a secret is never sent on.
 *
 * @throws {NodeJS.ErrnoException} of the connection, or ETIMEDOUT
 */
export async function ask(url: URL, asked: Asked, redirects = 0): Promise<Answer> {
  const answer = await askOnce(url, asked);
  const { location } = answer.headers;
  const isGet = (asked.method ?? "GET") === "GET" && asked.headers === undefined;
  if (!isGet || answer.status < 300 || answer.status >= 400 || !location || redirects >= MOST_REDIRECTS || !URL.canParse(location, url.href)) return answer;
  const next = new URL(location, url);
  // From TLS nothing leads back to plain text.
  if (!/^https?:$/.test(next.protocol) || (url.protocol === "https:" && next.protocol === "http:")) return answer;
  return await ask(next, asked, redirects + 1);
}

function askOnce(url: URL, { method = "GET", headers = {}, body, timeout }: Asked): Promise<Answer> {
  return new Promise((answered, failed) => {
    const signal = AbortSignal.timeout(timeout);
    const options: RequestOptions = {
      method,
      headers: { ...headers, ...(body !== undefined && { "Content-Length": Buffer.byteLength(body) }) },
      signal,
      agent: false,
    };
    const request = requesterOf(url)(url, options);
    const fail = (fault: Error) => failed(signal.aborted ? timedOut(timeout) : fault);
    request.on("error", fail);
    request.on("response", (response) => {
      bodyOf(response).then((text) => answered({ status: response.statusCode ?? 0, headers: response.headers, body: text }), fail);
    });
    request.end(body);
  });
}

/** The body up to a bound; what comes behind it is let go. */
export async function bodyOf(response: IncomingMessage, longest = LONGEST): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= longest) break;
  }
  return Buffer.concat(parts).toString("utf8").slice(0, longest);
}

export function timedOut(milliseconds: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`no answer within ${milliseconds / 1000} s`), { code: "ETIMEDOUT" });
}

/** A failed connection in a few words. */
export function reasonOf(fault: unknown): string {
  const { code, message, errors } = fault as NodeJS.ErrnoException & { readonly errors?: readonly Error[] };
  // Of several addresses the first one's reason stands for all.
  const text = message || errors?.[0]?.message || "";
  return text || code || "unknown";
}

/** Is what is sent there safe from others on the way: by TLS, or since it does not leave the machine? */
export function isPrivate(url: URL): boolean {
  return /^(?:https|wss):$/.test(url.protocol) || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}
