/**
 * A small client of the rig's own with stream management and catch-up, raw over a WebSocket (XEP-0198, XEP-0059).
 *
 * What it cannot resume it begins anew, asks every node for what came after the last item it had, and only then goes on
 * with what came live meanwhile. What the server does not have any more is a gap, with its bounds.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";

import { type EndedBy, type Position, compare, positionOf } from "../ledger.ts";
import { numberIn, PUBSUB_NS, type Reader, type ReaderKind, type ReaderOptions } from "./reader.ts";

export const OWN: ReaderKind = { name: "own", resumes: true, catchesUp: true, make: (options) => new OwnReader(options) };

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const SM = "urn:xmpp:sm:3";
const ANSWER_MS = 12_000;
/** Silence after which it asks whether anybody is there, and after which it gives the socket up. */
const ASK_MS = 4000;
const DEAD_MS = 12_000;
const PAGE = 100;

interface Got {
  readonly n: number;
  readonly position: Position;
}

interface Followed {
  /** The last item it had; null: it does not know. */
  position: Position | null;
  isNew: boolean;
  /** What came live while older items are being asked for; null: it is up to date. */
  held: Got[] | null;
}

type Page = { readonly items: readonly Got[] } | "not-found";

class OwnReader implements Reader {
  readonly #of: ReaderOptions;
  readonly #nodes = new Map<string, Followed>();
  #socket: WebSocket | null = null;
  #isStopped = false;
  #endedBy: EndedBy = "network";
  #lastHeard = 0;
  isOnline = false;
  // Of the stream, across its sockets.
  #previd = "";
  #handled = 0;
  #isCounting = false;
  #sent: string[] = [];
  #acknowledged = 0;
  #ids = 0;
  #streams = 0;
  readonly #waiting = new Set<{
    readonly pattern: RegExp;
    readonly found: (frame: string) => void;
    readonly failed: (fault: Error) => void;
    onStream: boolean;
  }>();

  constructor(options: ReaderOptions) {
    this.#of = options;
    for (const node of [...options.automatic, ...options.nodes]) this.#nodes.set(node, { position: null, isNew: true, held: [] });
  }

  async start(): Promise<void> {
    void this.#live();
    while (!this.isOnline) await pause(20);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#socket?.send(`<close xmlns="${FRAMING}"/>`);
    await pause(50);
    this.#socket?.terminate();
  }

  /** Connects again and again. */
  async #live(): Promise<void> {
    const pulse = setInterval(() => this.#feelPulse(), 1000);
    for (; !this.#isStopped; await pause(100 + 300 * Math.random())) await this.#connect().catch(() => {});
    clearInterval(pulse);
  }

  /** One socket, from its beginning to its end. */
  async #connect(): Promise<void> {
    const socket = new WebSocket(this.#of.socketUrl, ["xmpp"], { perMessageDeflate: false, handshakeTimeout: ANSWER_MS });
    this.#socket = socket;
    this.#lastHeard = performance.now();
    const over = new Promise<void>((closed) => socket.once("close", () => closed()));
    socket.on("error", () => {});
    socket.on("message", (frame) => this.#take(socket, String(frame)));
    void over.then(() => this.#lost(socket));
    try {
      await new Promise<void>((open, failed) => socket.once("open", open).once("close", () => failed(new Error("refused"))));
      await this.#signIn();
    } catch (fault) {
      this.#of.diary.note({ is: "failed-try", why: String(fault) });
      socket.terminate();
    }
    await over;
  }

  #feelPulse(): void {
    const silent = performance.now() - this.#lastHeard;
    if (this.#socket?.readyState !== WebSocket.OPEN || silent < ASK_MS) return;
    if (silent > DEAD_MS) this.#socket.terminate();
    else if (this.#isCounting) this.#raw(`<r xmlns="${SM}"/>`);
  }

  #lost(socket: WebSocket): void {
    if (this.#socket === socket) this.#socket = null;
    this.isOnline = false;
    this.#isCounting = false;
    // What is asked on a stream that can be resumed is still answered.
    this.#dismiss(({ onStream }) => !onStream);
  }

  #dismiss(which: (waiter: { readonly onStream: boolean }) => boolean): void {
    for (const waiter of [...this.#waiting].filter(which)) {
      this.#waiting.delete(waiter);
      waiter.failed(new Error("gone"));
    }
  }

  // ---------------------------------------------------------------- frames

  #raw(frame: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #stanza(frame: string): void {
    this.#sent.push(frame);
    if (this.#isCounting) this.#raw(frame);
  }

  #next(pattern: RegExp, onStream = false): Promise<string> {
    return new Promise((found, failed) => {
      const waiter = { pattern, found, failed, onStream };
      this.#waiting.add(waiter);
      if (!onStream) setTimeout(() => this.#waiting.delete(waiter) && failed(new Error(`no answer: ${pattern}`)), ANSWER_MS).unref();
    });
  }

  async #ask(frame: string, pattern: RegExp): Promise<string> {
    const answer = this.#next(pattern);
    this.#raw(frame);
    return await answer;
  }

  async #request(type: "get" | "set", payload: string, to: string): Promise<string> {
    const id = `q${++this.#ids}`;
    const answer = this.#next(new RegExp(`^<iq [^>]*\\bid="${id}"`), true);
    this.#stanza(`<iq xmlns="jabber:client" type="${type}" id="${id}" to="${to}">${payload}</iq>`);
    return await answer;
  }

  #take(socket: WebSocket, frame: string): void {
    if (socket !== this.#socket) return;
    this.#lastHeard = performance.now();
    if (/^<(message|presence|iq)\b/.test(frame) && this.#isCounting) this.#handled = (this.#handled + 1) % 2 ** 32;
    if (frame.startsWith("<message")) this.#message(frame);
    else if (frame.startsWith("<r ")) this.#raw(`<a xmlns="${SM}" h="${this.#handled}"/>`);
    else if (frame.startsWith("<a ")) this.#acknowledge(Number(/ h="(\d+)"/.exec(frame)?.[1]));
    else if (frame.startsWith("<enabled")) this.#enabled(/ id="([^"]+)"/.exec(frame)?.[1] ?? "");
    else if (frame.startsWith("<resumed")) this.#resumed(Number(/ h="(\d+)"/.exec(frame)?.[1]));
    else if (frame.startsWith("<stream:error")) this.#endedBy = "server";
    else if (frame.startsWith("<close")) this.#raw(`<close xmlns="${FRAMING}"/>`);
    const waiter = [...this.#waiting].find(({ pattern }) => pattern.test(frame));
    if (waiter && this.#waiting.delete(waiter)) waiter.found(frame);
  }

  #enabled(id: string): void {
    this.#previd = id;
    this.#handled = 0;
    this.#isCounting = true;
  }

  #acknowledge(handled: number): void {
    this.#sent.splice(0, Math.max(0, handled - this.#acknowledged));
    this.#acknowledged = Math.max(handled, this.#acknowledged);
  }

  #resumed(handled: number): void {
    this.#of.diary.note({ is: "resumed" });
    this.#isCounting = true;
    this.#endedBy = "network";
    this.#acknowledge(handled);
    for (const frame of this.#sent) this.#raw(frame);
    this.isOnline = [...this.#nodes.values()].every(({ held }) => held === null);
  }

  // --------------------------------------------------------------- sign-in

  async #signIn(): Promise<void> {
    const { domain, user, password } = this.#of;
    const open = `<open xmlns="${FRAMING}" to="${domain}" version="1.0"/>`;
    await this.#ask(open, /^<stream:features/);
    const secret = Buffer.from(`\0${user}\0${password}`).toString("base64");
    await this.#ask(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${secret}</auth>`, /^<success/);
    await this.#ask(open, /^<stream:features/);
    if (this.#previd && (await this.#resume())) return;
    const bound = await this.#ask(
      '<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>rig</resource></bind></iq>',
      /^<iq [^>]*id="bind"/,
    );
    if (!bound.includes("<jid>")) throw new Error(bound);
    this.#anew();
    await this.#ask(`<enable xmlns="${SM}" resume="true"/>`, /^<enabled/);
    // Goes on beyond the end of this socket, if the stream does.
    const stream = ++this.#streams;
    void this.#join().catch(() => stream === this.#streams && this.#socket?.terminate());
  }

  async #resume(): Promise<boolean> {
    const answer = await this.#ask(`<resume xmlns="${SM}" previd="${this.#previd}" h="${this.#handled}"/>`, /^<(resumed|failed|stream:error)/);
    if (answer.startsWith("<resumed")) return true;
    if (answer.startsWith("<stream:error")) throw new Error(answer);
    // Not now: it is asked again.
    if (answer.includes("remote-server-timeout")) throw new Error(answer);
    this.#of.diary.note({ is: "resume-failed" });
    return false;
  }

  /** A new stream: what the old one still owed is given up. */
  #anew(): void {
    this.#of.diary.note({ is: "bound", endedBy: this.#endedBy });
    this.#endedBy = "network";
    this.#previd = "";
    this.#sent = [];
    this.#acknowledged = 0;
    this.#dismiss(() => true);
    for (const followed of this.#nodes.values()) followed.held = [];
  }

  async #join(): Promise<void> {
    const { domain, user, nodes, automatic, diary } = this.#of;
    const present = this.#next(/^<presence[^>]* from="finesse@/, true);
    this.#stanza('<presence xmlns="jabber:client"/>');
    await present;
    for (const node of automatic) diary.note({ is: "subscribed", node });
    for (const node of nodes) {
      const subscribe = `<pubsub xmlns="${PUBSUB_NS}"><subscribe node="${node}" jid="${user}@${domain}/rig"/></pubsub>`;
      const answer = await this.#request("set", subscribe, `pubsub.${domain}`);
      if (!answer.includes('subscription="subscribed"')) throw new Error(answer);
      diary.note({ is: "subscribed", node });
    }
    for (const [node, followed] of this.#nodes) await this.#catchUp(node, followed);
    this.isOnline = this.#isCounting;
  }

  // -------------------------------------------------------------- catch-up

  async #catchUp(node: string, followed: Followed): Promise<void> {
    let isGap = followed.position === null && !followed.isNew;
    for (let after = followed.position; ; after = followed.position) {
      let page = await this.#page(node, after);
      if (page === "not-found") {
        isGap = true;
        page = await this.#page(node, null);
        if (page === "not-found") page = { items: [] };
      }
      const first = page.items[0]?.position ?? null;
      if (isGap) this.#of.diary.note({ is: "gap", node, after, before: first });
      if (isGap && !first) followed.position = null;
      isGap = false;
      for (const got of page.items) this.#received(node, followed, got);
      if (page.items.length === 0) break;
    }
    const held = followed.held ?? [];
    followed.held = null;
    followed.isNew = false;
    const reached = followed.position;
    for (const got of held) if (!reached || compare(got.position, reached) > 0) this.#received(node, followed, got);
  }

  async #page(node: string, after: Position | null): Promise<Page> {
    const set = `<set xmlns="http://jabber.org/protocol/rsm"><max>${PAGE}</max>${after ? `<after>${after.epoch}:${after.seq}</after>` : ""}</set>`;
    const payload = `<pubsub xmlns="${PUBSUB_NS}"><items node="${node}"/>${set}</pubsub>`;
    for (;;) {
      const answer = await this.#request("get", payload, `pubsub.${this.#of.domain}`);
      if (!/^<iq [^>]*type="error"/.test(answer)) return { items: itemsIn(answer) };
      if (answer.includes("<item-not-found")) return "not-found";
      await pause(500);
    }
  }

  #message(frame: string): void {
    const node = /<items node="([^"]+)"/.exec(frame)?.[1];
    const position = positionOf(/^<message [^>]*\bid="([^"]*)"/.exec(frame)?.[1] ?? "");
    const followed = node === undefined ? undefined : this.#nodes.get(node);
    if (!node || !position || !followed) return;
    const got = { n: numberIn(frame), position };
    if (followed.held) followed.held.push(got);
    else this.#received(node, followed, got);
  }

  #received(node: string, followed: Followed, { n, position }: Got): void {
    followed.position = position;
    this.#of.diary.note({ is: "received", node, position, n });
  }
}

/** The items of a page; the log has no holes within an epoch, so that the last position gives all of them. */
function itemsIn(answer: string): Got[] {
  const last = positionOf(/<last>([^<]+)<\/last>/.exec(answer)?.[1] ?? "");
  const numbers = [...answer.matchAll(/<item [^>]*>.*?<\/item>/g)].map(([item]) => numberIn(item));
  if (!last) return [];
  return numbers.map((n, index) => ({ n, position: { epoch: last.epoch, seq: last.seq - numbers.length + 1 + index } }));
}
