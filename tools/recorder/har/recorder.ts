/**
 * Listens to one tab as DevTools do, from now on, and writes what they would save.
 *
 * @module
 */

import type { CDPSession, Page } from "playwright-core";

import { type Har, harOf } from "./har.ts";
import type { LoggedRequest } from "./logged_request.ts";
import { NETWORK_EVENTS, NetworkLog } from "./network_log.ts";
import type { NetworkEvents } from "./protocol.ts";

/** What the network panel's filter lets through: "Fetch/XHR" and "Socket", and no WebAssembly (`-.wasm`), which pages load by fetch. */
const TYPES: ReadonlySet<string> = new Set(["xhr", "fetch", "websocket"]);
const isListed = ({ type, url }: LoggedRequest): boolean => TYPES.has(type) && !url.endsWith(".wasm");

export class Recorder {
  readonly #log = new NetworkLog();
  readonly #session: CDPSession;
  readonly #userAgent: string;
  /** Bodies that are still being asked for. */
  readonly #bodies: Promise<void>[] = [];

  private constructor(session: CDPSession, userAgent: string) {
    this.#session = session;
    this.#userAgent = userAgent;
  }

  static async of(page: Page): Promise<Recorder> {
    const session = await page.context().newCDPSession(page);
    const { userAgent } = await session.send("Browser.getVersion");
    const recorder = new Recorder(session, userAgent);
    for (const name of NETWORK_EVENTS) {
      session.on(`Network.${name}`, (event) => recorder.#log.take(name, event as NetworkEvents[typeof name]));
    }
    session.on("Network.loadingFinished", ({ requestId }) => recorder.#bodies.push(recorder.#askBody(requestId)));
    await session.send("Network.enable", { maxPostDataSize: 1_000_000 });
    return recorder;
  }

  /** What was recorded so far. */
  async har(): Promise<Har> {
    await Promise.all(this.#bodies);
    return harOf(this.#log.requests.filter(isListed), this.#userAgent);
  }

  async #askBody(requestId: string): Promise<void> {
    const request = this.#log.find(requestId);
    if (!request || !isListed(request)) return;
    try {
      const { body, base64Encoded } = await this.#session.send("Network.getResponseBody", { requestId });
      request.content = { text: body, base64: base64Encoded };
    } catch {
      // The page is gone, or there is none: the file has no text then, as Chrome's.
    }
  }
}
