/**
 * The server as the back end sees it: requests that are tried again until they are answered, and one plain sentence when
 * the server is gone or back.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";

import { Problem } from "../start/problem.ts";

const ANSWER_MS = 10_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;
/** A request that makes a server that is there fail so often is left out. */
const MAX_FAULTS = 8;

export interface Access {
  /** Origin, without a slash at the end. */
  readonly url: string;
  readonly token: string;
  /** Null: the server's first one. */
  readonly domain: string | null;
}

export interface Request {
  readonly method: "GET" | "POST" | "PUT";
  /** Below /api/v1/. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: string;
  readonly key?: string;
}

export class Server {
  readonly #access: Access;
  readonly #say: (sentence: string) => void;
  readonly #stopped = new AbortController();
  readonly #said = new Set<string>();
  #gone = false;

  constructor(access: Access, say: (sentence: string) => void) {
    this.#access = access;
    this.#say = say;
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Ends every request and every wait. */
  stop(): void {
    this.#stopped.abort();
  }

  /**
   * Sends a request until the server takes or refuses it; undefined: refused, or stopped meanwhile.
   *
   * @throws {Problem} where the token does not open the API
   */
  async ask(request: Request): Promise<string | undefined> {
    let wait = RETRY_MIN_MS;
    for (let faults = 0; !this.isStopped; ) {
      const { status, text } = await this.#try(request);
      if (status >= 200 && status < 300) return text;
      if (status === 401 || status === 403) throw new Problem(refusedToken(this.#access.url, text));
      if (isRefusal(status) || (status === 500 && ++faults >= MAX_FAULTS)) return this.#sayOnce(`The server refused ${request.path}: ${status} ${text}`);
      await this.#pause(wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, RETRY_MAX_MS);
    }
    return undefined;
  }

  /** Waits, unless stopped. */
  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopped.signal }).catch(() => {});
  }

  /** One attempt; status 0: no answer. */
  async #try({ method, path, query, type, body, key }: Request): Promise<{ readonly status: number; readonly text: string }> {
    const { url, token, domain } = this.#access;
    const asked = new URLSearchParams({ ...query, ...(domain !== null && { domain }) }).toString();
    const headers = { Authorization: `Bearer ${token}`, ...(type && { "Content-Type": type }), ...(key && { "Idempotency-Key": key }) };
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ANSWER_MS)]);
    try {
      const answer = await fetch(`${url}/api/v1/${path}${asked && `?${asked}`}`, { method, headers, signal, ...(body !== undefined && { body }) });
      const text = await answer.text();
      this.#reached(answer.status < 502);
      return { status: answer.status, text };
    } catch {
      this.#reached(false);
      return { status: 0, text: "" };
    }
  }

  #reached(there: boolean): void {
    if (this.#gone === !there || this.isStopped) return;
    this.#gone = !there;
    const { url } = this.#access;
    this.#say(there ? `${url} is back.` : `${url} does not answer. Trying again until it does; is Deskwire running there?`);
  }

  #sayOnce(sentence: string): undefined {
    if (!this.#said.has(sentence)) this.#say(sentence);
    this.#said.add(sentence);
  }
}

/** Neither taken, nor worth another attempt. */
function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429;
}

function refusedToken(url: string, answer: string): string {
  return `${url} does not take this token. Set PUBLISH_TOKEN (or ADMIN_TOKEN) to the one that the server was started with. It answered: ${answer}`;
}
