/**
 * A session over plain HTTP requests (XEP-0124, XEP-0206) that looks like a socket: frames of RFC 7395 go in and come out.
 *
 * The stream above does not notice what carries it, so that it can be resumed from one to the other. One request is held by
 * the server while there is nothing to say; a second one carries what the client says meanwhile.
 *
 * @module
 */

import { $build, Strophe } from "strophe.js";

const NS = { bind: "http://jabber.org/protocol/httpbind", xbosh: "urn:xmpp:xbosh", framing: "urn:ietf:params:xml:ns:xmpp-framing" };
/** Seconds that the server may hold a request: less than proxies commonly wait for an answer. */
const WAIT_SECONDS = 30;
/** How often a request is made before the session is given up: an answer that was lost is given again (XEP-0124 §14.3). */
const ATTEMPTS = 3;
const AGAIN_MS = 500;
/** Characters of one request's frames; what is more waits for the next one. */
const MOST_LENGTH = 60_000;
/** How long a good-bye may take. */
const GOODBYE_MS = 5000;

const STATE = { connecting: 0, open: 1, closed: 3 };

type Handler<T> = ((event: T) => void) | null;

export class BoshSocket extends EventTarget {
  onopen: (() => void) | null = null;
  onerror: Handler<Event> = null;
  onclose: Handler<CloseEvent> = null;
  onmessage: Handler<MessageEvent> = null;
  readyState: number = STATE.connecting;
  readonly protocol = "xmpp";
  readonly extensions = "";
  readonly #url: string;
  readonly #abort = new AbortController();
  #sid = "";
  /** Of the next request: begun somewhere far from both ends (XEP-0124 §7.1). */
  #rid = 1 + Math.floor(Math.random() * 2 ** 31);
  /** Of the next answer to be taken: they are taken in the order of their requests. */
  #next = this.#rid;
  #window = 1;
  #asked = 0;
  readonly #answers = new Map<number, Element>();
  readonly #out: string[] = [];
  /** The `<open/>` that waits. */
  #opening: Element | null = null;
  #isEnding = false;
  #isFlushing = false;
  #goodbye: ReturnType<typeof setTimeout> | undefined;

  /** @param url where requests are posted to */
  constructor(url: string) {
    super();
    this.#url = url;
    // There is nothing to be opened before the first request, which needs the stream's header.
    setTimeout(() => {
      if (this.readyState !== STATE.connecting) return;
      this.readyState = STATE.open;
      this.#tell("open", {});
    });
  }

  /** Sends a frame; a `<close/>` ends the session. */
  send(frame: string): void {
    if (this.readyState !== STATE.open || this.#isEnding) return;
    if (frame.startsWith("<open ")) this.#opening = parsed(frame);
    else if (frame.startsWith("<close ")) this.#isEnding = true;
    else this.#out.push(frame);
    // A page that goes away runs no more of its tasks.
    if (this.#isEnding) this.#flush();
    else this.#flushSoon();
  }

  /** Lets go of the requests. Without a `<close/>` before it the stream is not ended, and can be resumed. */
  close(): void {
    if (this.readyState === STATE.closed) return;
    this.readyState = STATE.closed;
    if (this.#isEnding) this.#goodbye = setTimeout(() => this.#abort.abort(), GOODBYE_MS);
    else this.#abort.abort();
  }

  // ------------------------------------------------------------ requests

  /** What is sent together goes together. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#mayAsk()) this.#ask(this.#body());
  }

  #mayAsk(): boolean {
    if (this.#abort.signal.aborted || this.#asked >= this.#window) return false;
    if (this.#opening) return true;
    if (this.#sid === "") return false;
    // With nothing to say one request is there to be held.
    return this.#out.length > 0 || this.#isEnding || (this.#asked === 0 && this.readyState === STATE.open);
  }

  #body(): { readonly rid: number; readonly text: string; readonly attempts: number } {
    const rid = this.#rid++;
    const isNew = this.#sid === "";
    const frames = this.#opening ? [] : takeUpTo(this.#out, MOST_LENGTH);
    const attrs = Object.entries({ rid: String(rid), xmlns: NS.bind, "xmlns:xmpp": NS.xbosh, ...this.#attributes() });
    const text = `<body${attrs.map(([name, value]) => ` ${name}="${Strophe.xmlescape(value)}"`).join("")}>${frames.join("")}</body>`;
    // A new session that was asked for twice would be two.
    return { rid, text, attempts: isNew ? 1 : ATTEMPTS };
  }

  #attributes(): Record<string, string> {
    const opening = this.#opening;
    this.#opening = null;
    const sid: Record<string, string> = this.#sid === "" ? {} : { sid: this.#sid };
    if (opening) {
      const to = opening.getAttribute("to") ?? "";
      if (this.#sid !== "") return { ...sid, to, "xmpp:restart": "true" };
      return { to, wait: String(WAIT_SECONDS), hold: "1", ver: "1.11", content: "text/xml; charset=utf-8", "xml:lang": "en", "xmpp:version": "1.0" };
    }
    if (this.#isEnding && this.#out.length === 0) {
      this.#window = 0;
      return { ...sid, type: "terminate" };
    }
    return sid;
  }

  #ask({ rid, text, attempts }: { readonly rid: number; readonly text: string; readonly attempts: number }): void {
    this.#asked++;
    void this.#answer(text, attempts).then((answer) => {
      this.#asked--;
      if (this.#abort.signal.aborted) return;
      if (typeof answer === "string") return this.#end(1006, answer);
      this.#answers.set(rid, answer);
      this.#take();
    });
  }

  /** The answer, or why there is none. */
  async #answer(text: string, attempts: number): Promise<Element | string> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#post(text);
      if (typeof answer !== "string" || attempt >= attempts || this.#abort.signal.aborted) return answer;
      await new Promise((over) => setTimeout(over, AGAIN_MS * attempt));
    }
  }

  async #post(text: string): Promise<Element | string> {
    try {
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { "Content-Type": "text/xml; charset=utf-8" },
        body: text,
        cache: "no-store",
        keepalive: this.#isEnding,
        signal: this.#abort.signal,
      });
      if (!answer.ok) return `HTTP ${answer.status}`;
      const body = parsed(await answer.text());
      // "error": another request took this one's place, or its answer is to be asked for again (§17.3).
      return body?.nodeName === "body" && body.getAttribute("type") !== "error" ? body : "no body";
    } catch (fault) {
      return String(fault);
    }
  }

  // ------------------------------------------------------------- answers

  #take(): void {
    for (let body = this.#answers.get(this.#next); body; body = this.#answers.get(this.#next)) {
      this.#answers.delete(this.#next++);
      this.#deliver(body);
    }
    // After the listeners, who may have something to say.
    this.#flushSoon();
  }

  #deliver(body: Element): void {
    if (this.#sid === "") this.#begun(body);
    for (const child of [...body.childNodes]) if (child.nodeType === 1) this.#message(new XMLSerializer().serializeToString(child));
    if (body.getAttribute("type") !== "terminate") return;
    const condition = body.getAttribute("condition");
    this.#end(condition === null ? 1000 : 1006, condition ?? "");
  }

  /** What the answer to the first request says is what `<open/>` says over a socket. */
  #begun(body: Element): void {
    this.#sid = body.getAttribute("sid") ?? "";
    if (this.#sid === "") return;
    this.#window = Number(body.getAttribute("requests") ?? 2);
    const [id, from] = [body.getAttribute("authid") ?? "", body.getAttribute("from") ?? ""];
    this.#message($build("open", { xmlns: NS.framing, version: "1.0", from, id }).toString());
  }

  #message(data: string): void {
    if (this.readyState === STATE.open) this.#tell("message", { data });
  }

  #end(code: number, reason: string): void {
    const wasOpen = this.readyState === STATE.open;
    this.readyState = STATE.closed;
    clearTimeout(this.#goodbye);
    this.#abort.abort();
    if (wasOpen) this.#tell("close", { code, reason });
  }

  /** The listeners come first: what a handler does may end all listening. */
  #tell(type: "open" | "message" | "close", fields: object): void {
    const event = Object.assign(new Event(type), fields);
    this.dispatchEvent(event);
    if (type === "open") this.onopen?.();
    if (type === "message") this.onmessage?.(event as MessageEvent);
    if (type === "close") this.onclose?.(event as CloseEvent);
  }
}

function parsed(xml: string): Element | null {
  return new DOMParser().parseFromString(xml, "text/xml").documentElement;
}

/** Takes from the front what fits; one at least. */
function takeUpTo(frames: string[], length: number): string[] {
  let sum = 0;
  const end = frames.findIndex((frame, at) => {
    sum += frame.length;
    return at > 0 && sum > length;
  });
  return frames.splice(0, end < 0 ? frames.length : end);
}
