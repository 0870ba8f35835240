/**
 * A tab of the browser with the page of the scenarios in it, and a raw conversation on one of its sockets.
 *
 * @module
 */

import type { Browser, Page } from "playwright-core";

import { Recorder } from "./har/recorder.ts";
import type { PageFunctions } from "./page_functions.ts";

const WAIT_MS = 10_000;

type Arguments<K extends keyof PageFunctions> = Parameters<PageFunctions[K]>;
type Answer<K extends keyof PageFunctions> = Awaited<ReturnType<PageFunctions[K]>>;

export class Tab {
  readonly page: Page;
  readonly recorder: Recorder;

  private constructor(page: Page, recorder: Recorder) {
    this.page = page;
    this.recorder = recorder;
  }

  /** A tab in a profile of its own. It is recorded from the moment its page is loaded, or from `before` on. */
  static async open(browser: Browser, url: string, { before = false } = {}): Promise<Tab> {
    const context = await browser.newContext({ locale: "en-GB" });
    const page = await context.newPage();
    if (before) {
      const recorder = await Recorder.of(page);
      await page.goto(url);
      return new Tab(page, recorder);
    }
    await page.goto(url);
    return new Tab(page, await Recorder.of(page));
  }

  /** Has the page do something. */
  async call<K extends keyof PageFunctions>(name: K, ...given: Arguments<K>): Promise<Answer<K>> {
    return await this.page.evaluate<Answer<K>>(`recorder.${name}(...${JSON.stringify(given)})`);
  }

  /** Opens a socket for a conversation by hand. */
  async connect(url: string, { protocols = ["xmpp"], wait = WAIT_MS } = {}): Promise<Conversation> {
    const { socket, isOpen } = await this.call("open", url, [...protocols], wait);
    return new Conversation(this, socket, isOpen);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** Frames as they stand, by hand. */
export class Conversation {
  readonly isOpen: boolean;
  readonly #tab: Tab;
  readonly #socket: number;

  constructor(tab: Tab, socket: number, isOpen: boolean) {
    this.#tab = tab;
    this.#socket = socket;
    this.isOpen = isOpen;
  }

  /** Sends frames, one message each. */
  async send(...frames: string[]): Promise<void> {
    for (const frame of frames) await this.#tab.call("send", this.#socket, frame);
  }

  /** The next frame that matches; those before it are dropped. */
  async next(pattern: RegExp, milliseconds = WAIT_MS): Promise<string> {
    return await this.#tab.call("next", this.#socket, pattern.source, milliseconds);
  }

  /** @throws {Error} if it is still open then */
  async closed(milliseconds = WAIT_MS): Promise<void> {
    if (!(await this.#tab.call("closed", this.#socket, milliseconds))) throw new Error("The socket did not close");
  }

  /** Is it closed by now? */
  async isClosed(): Promise<boolean> {
    return await this.#tab.call("closed", this.#socket, 0);
  }

  /** Closes the socket from the page's side. */
  async close(): Promise<void> {
    await this.#tab.call("close", this.#socket);
  }
}
