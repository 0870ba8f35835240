/**
 * Requests of a reader over connections of its own, with the headers that a browser sends.
 *
 * @module
 */

import { Agent, type IncomingMessage, request } from "node:http";

/** What Chromium adds to a `fetch` of its own origin: half of what a poll costs. */
export const BROWSER_HEADERS: Readonly<Record<string, string>> = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36",
  "Accept-Language": "en-US,en;q=0.9",
  "sec-ch-ua": '"Chromium";v="153", "Not A(Brand";v="24"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Linux"',
  "Sec-Fetch-Dest": "empty",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Site": "same-origin",
};

export interface Ask {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly etag: string;
  readonly text: string;
}

export class HttpClient {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 2 });
  }

  /** Sends a request and reads the whole answer. */
  async ask(asked: Ask): Promise<Answered> {
    const answer = await this.open(asked);
    let text = "";
    for await (const piece of answer.setEncoding("utf8")) text += piece as string;
    return { status: answer.statusCode ?? 0, etag: answer.headers.etag ?? "", text };
  }

  /** Sends a request; answers when the headers are there. */
  open({ method = "GET", path, headers = {}, body, signal }: Ask): Promise<IncomingMessage> {
    return new Promise((answered, failed) => {
      const all = { ...BROWSER_HEADERS, ...headers, ...(body !== undefined && { "Content-Length": String(Buffer.byteLength(body)) }) };
      const asked = request({ host: "127.0.0.1", port: this.#port, agent: this.#agent, method, path, headers: all, ...(signal && { signal }) }, answered);
      asked.once("error", failed);
      asked.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
