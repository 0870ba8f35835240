/**
 * An XMPP stream over a socket (RFC 7395): elements are sent and awaited, and each frame goes onto the tape.
 *
 * @module
 */

import { CLIENT_NS, childrenOf, type Element, escapeAttr, FRAMING_NS, iq, iqResult, parseFrame, PING_NS, STREAMS_NS } from "../../xmpp/mod.ts";
import { Failed } from "./chart.ts";
import { Socket } from "./socket.ts";
import type { Tape } from "./tape.ts";
import type { Upgraded } from "./upgrade.ts";

const LIMITS = { maxDepth: 128 };
/** Elements that nobody asked for yet; the oldest go first. */
const MOST_KEPT = 1000;

export interface StreamOptions {
  readonly wire: NonNullable<Upgraded["wire"]>;
  readonly tape: Tape;
  /** Milliseconds for each answer. */
  readonly timeout: number;
}

type Fits = (element: Element) => boolean;

interface Waiting {
  readonly fits: Fits;
  readonly found: (element: Element) => void;
  readonly failed: (failure: Failed) => void;
}

export class Stream {
  readonly #socket: Socket;
  readonly #tape: Tape;
  readonly #timeout: number;
  readonly #kept: Element[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #over: Promise<number>;
  #ended: Failed | null = null;
  #requests = 0;
  #isGivenUp = false;

  constructor({ wire, tape, timeout }: StreamOptions) {
    this.#tape = tape;
    this.#timeout = timeout;
    let over: (code: number) => void = () => {};
    this.#over = new Promise((done) => {
      over = done;
    });
    this.#socket = new Socket(wire, {
      text: (message) => this.#take(message),
      closed: (code, reason) => {
        // Who hangs up loses nothing: that is no end of the server's.
        if (!this.#isGivenUp) tape.ended(code, reason);
        this.#end(`The socket was closed with ${code}${reason && `, “${reason}”`}.`);
        over(code);
      },
    });
  }

  send(frame: string): void {
    this.#tape.add("out", frame);
    this.#socket.send(frame);
  }

  /**
   * The first element that fits, of those that came and were not taken, or of those to come.
   *
   * @param what names it in the failure: "the answer to …"
   * @throws {Failed} when it does not come in time, or the stream ends before
   */
  next(fits: Fits, what: string, timeout = this.#timeout): Promise<Element> {
    const at = this.#kept.findIndex(fits);
    if (at !== -1) return Promise.resolve(this.#kept.splice(at, 1)[0] as Element);
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((found, failed) => {
      const waiting: Waiting = { fits, found: (element) => settle(() => found(element)), failed: (failure) => settle(() => failed(failure)) };
      const late = setTimeout(
        () => waiting.failed(new Failed(`No ${what} within ${timeout / 1000} s.`, "Look at the server's log.", { hasWaited: true })),
        timeout,
      );
      const settle = (tell: () => void) => {
        clearTimeout(late);
        this.#waiting.delete(waiting);
        tell();
      };
      this.#waiting.add(waiting);
    });
  }

  /** Sends a request; answers its result or its error (RFC 6120 §8.2.3). */
  async request({ type, to, payload }: { readonly type: "get" | "set"; readonly to?: string; readonly payload: string }): Promise<Element> {
    const id = `doctor-${++this.#requests}`;
    this.send(iq({ type, id, to }, payload));
    const answers = ({ name, attrs }: Element) => name === "iq" && attrs["id"] === id && /^(?:result|error)$/.test(attrs["type"] ?? "");
    return await this.next(answers, "answer to a request");
  }

  /** Opens the stream, or opens it anew; answers the features. */
  async open(domain: string): Promise<Element> {
    this.send(`<open xmlns="${FRAMING_NS}" to="${escapeAttr(domain)}" version="1.0"/>`);
    await this.next(({ name, ns }) => name === "open" && ns === FRAMING_NS, "<open/>");
    return await this.next(({ name, ns }) => name === "features" && ns === STREAMS_NS, "features");
  }

  /** Says good-bye, and waits for the server's (RFC 7395 §3.6); answers the socket's close code. */
  async close(): Promise<number> {
    if (this.#ended) throw this.#ended;
    this.send(`<close xmlns="${FRAMING_NS}"/>`);
    await this.next(({ name, ns }) => name === "close" && ns === FRAMING_NS, "<close/>").catch((failure: Failed) => {
      // A socket that is closed at once has been understood, too.
      if (failure.hasWaited) throw failure;
    });
    this.#socket.close();
    const late = new Promise<number>((done) => setTimeout(done, this.#timeout, 1006).unref());
    return await Promise.race([this.#over, late]);
  }

  /** Ends it without a word. */
  destroy(): void {
    this.#isGivenUp = true;
    this.#socket.destroy();
  }

  #take(message: string): void {
    this.#tape.add("in", message);
    const { element } = parseFrame(message, LIMITS);
    if (!element) return;
    if (element.ns === STREAMS_NS && element.name === "error") return this.#end(`The server ended the stream: ${conditionOf(element)}.`);
    if (this.#answered(element)) return;
    const waiting = [...this.#waiting].find(({ fits }) => fits(element));
    if (waiting) return waiting.found(element);
    this.#kept.push(element);
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
    if (element.ns === FRAMING_NS && element.name === "close") this.#end("The server closed the stream.");
  }

  /** Requests of the server: pings are answered (XEP-0199 §4.1), anything else is not known here (RFC 6120 §8.2.3). */
  #answered({ name, attrs, children }: Element): boolean {
    const { id = "", from, type } = attrs as { id?: string; from?: string; type?: string };
    if (name !== "iq" || (type !== "get" && type !== "set")) return false;
    const isPing = children.some((each) => typeof each !== "string" && each.ns === PING_NS);
    const unknown = '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
    this.send(isPing ? iqResult({ id, to: from }) : iq({ type: "error", id, to: from }, unknown));
    return true;
  }

  #end(says: string): void {
    this.#ended ??= new Failed(says, "Look at the server's log.");
    for (const waiting of [...this.#waiting]) waiting.failed(this.#ended);
  }
}

/** The defined condition of an error or failure, in the wire's word (RFC 6120 §4.9.3, §6.5, §8.3.3). */
export function conditionOf(element: Element): string {
  const error = element.ns === CLIENT_NS ? childrenOf(element).find(({ name }) => name === "error") : element;
  return (error ? childrenOf(error) : []).find(({ name }) => name !== "text")?.name ?? "undefined-condition";
}
