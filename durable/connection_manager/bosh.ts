/**
 * Sessions over plain HTTP requests (XEP-0124, XEP-0206): to a stream each is a socket like any other.
 *
 * A session lives in memory: it is a request that is held, or a timer that waits for the next one, and either keeps its
 * manager awake. Its stream has a row where it can be resumed. The id names the manager, so that every request finds it, and is
 * made of 122 random bits.
 *
 * @module
 */

import {
  type BodyRequest,
  CLOSE,
  contentFor,
  FRAMING_NS,
  openingOf,
  renderBody,
  renderTerminal,
  type TerminalCondition,
  versionFor,
  XBOSH_NS,
} from "../../xmpp/mod.ts";
import { RequestWindow } from "../protocol/request_window.ts";
import type { Settings } from "../settings.ts";
import { KeySequence } from "./bosh_keys.ts";
import type { Wire } from "./connection.ts";

interface Held {
  readonly rid: number;
  readonly answer: (body: string) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A request and the way to answer it. */
interface Asked {
  readonly request: BodyRequest;
  readonly answer: (body: string) => void;
}

/** What its stream hears of a session. */
export interface BoshEvents {
  frame(text: string): void;
  /** The client is there. */
  heard(): void;
  /** The client is gone, or the session has ended: nothing more comes of it. */
  gone(): void;
  /** The session may be forgotten. */
  forget(): void;
}

/** A session that ended is remembered so long, for a request that asks for the last answer again. */
const REMEMBER_MS = 10_000;
/** Seconds between two requests of a client that does not let them be held. */
const POLLING = 2;

export type BoshTimes = Pick<Settings, "BOSH_WAIT" | "BOSH_INACTIVITY" | "BOSH_MAX_PAUSE">;

export class BoshSession implements Wire {
  readonly closesAtOnce = true;
  readonly isMemory = true;
  readyState: number = WebSocket.OPEN;
  readonly #sid: string;
  readonly #times: BoshTimes;
  readonly #window: RequestWindow<Asked>;
  readonly #wait: number;
  readonly #hold: number;
  readonly #acks: boolean;
  readonly #version: string;
  readonly #keys: KeySequence;
  /** Media type of its answers. */
  readonly content: string;
  /** As the session began: a restart need not say it again. */
  readonly #opening: BodyRequest["opening"];
  readonly #held: Held[] = [];
  #events: BoshEvents | null = null;
  #out: string[] = [];
  #flushing = false;
  /** The client has said good-bye: what is still to be said goes with ours, since it asks for nothing any more (§13). */
  #isParting = false;
  #idle: ReturnType<typeof setTimeout> | null = null;
  #pause = 0;
  #isOpening = true;
  #polledAt = 0;
  #streamId = "";
  #from = "";
  #condition: TerminalCondition | undefined;

  constructor(sid: string, { rid, wait, hold, acks, opening, version, content, newKey }: BodyRequest, times: BoshTimes) {
    this.#sid = sid;
    this.#times = times;
    this.#wait = Math.min(wait, times.BOSH_WAIT);
    this.#hold = this.#wait === 0 ? 0 : Math.min(hold, 1);
    this.#acks = acks;
    this.#opening = opening;
    this.#window = new RequestWindow(rid, this.#hold + 1);
    this.#version = versionFor(version);
    this.content = contentFor(content);
    this.#keys = new KeySequence(newKey, this.#window.size);
  }

  /** Whose it is; before the first request is taken. */
  listen(events: BoshEvents): void {
    this.#events = events;
  }

  // ------------------------------------------------------------ requests

  /** Takes a request, in its turn; settles with the body that answers it. */
  take(request: BodyRequest): Promise<string> {
    return new Promise((answer) => this.#take({ request, answer }));
  }

  #take(asked: Asked): void {
    const { rid } = asked.request;
    switch (this.#window.turnOf(rid)) {
      case "repeat":
        if (!this.#isSame(asked)) return;
        return asked.answer(this.#window.answerTo(rid));
      case "beyond":
        asked.answer(renderTerminal("item-not-found")); // §14.2, §14.3
        return this.#lose();
      case "early":
        return this.#window.keep(rid, asked)?.answer(renderBody({ type: "error" }));
      case "held":
        if (!this.#isSame(asked)) return;
        return this.#holdAgain(asked);
      case "now":
        this.#process(asked);
        for (let next = this.#window.takeNext(); next; next = this.#window.takeNext()) this.#process(next);
    }
  }

  /** A request that comes again shows the key it had, or the session ends (§15). */
  #isSame({ request, answer }: Asked): boolean {
    if (request.sid === "" || this.#keys.isSame(request.rid, request)) return true;
    answer(renderTerminal("item-not-found"));
    this.#lose();
    return false;
  }

  /** The client asks again what is being held: the old request is lost to it (§14.3). */
  #holdAgain({ request: { rid }, answer }: Asked): void {
    const at = this.#held.findIndex((held) => held.rid === rid);
    const old = this.#held[at];
    if (!old) return answer(renderTerminal("item-not-found"));
    clearTimeout(old.timer);
    old.answer(renderBody({ type: "error" }));
    this.#held[at] = this.#heldOf(rid, answer);
  }

  #heldOf(rid: number, answer: (body: string) => void): Held {
    return { rid, answer, timer: setTimeout(() => this.#respond(), this.#wait * 1000) };
  }

  #process({ request, answer }: Asked): void {
    this.#window.advance();
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#pause = 0;
    this.#held.push(this.#heldOf(request.rid, answer));
    if (this.readyState !== WebSocket.OPEN) return this.#respondAll();
    if (request.sid !== "" && !this.#keys.take(request.rid, request)) return this.#lose(); // §15
    if (this.#isTooOften(request)) return this.#fail("policy-violation");
    this.#events?.heard();
    if (this.#isOpening || request.restart) this.#events?.frame(openingOf({ ...this.#opening, ...(request.opening.to ? request.opening : {}) }));
    this.#isParting ||= request.type === "terminate";
    for (const frame of request.frames) this.#events?.frame(frame);
    if (request.type === "terminate") this.#events?.frame(CLOSE);
    else if (request.pause !== null) this.#takePause(request.pause);
    else if (this.#out.length > 0 || this.#held.length > this.#hold) this.#respondUntil();
  }

  /** Polling is for who cannot do better, and not all the time (§11, §12). */
  #isTooOften({ frames, type, restart, pause }: BodyRequest): boolean {
    if (this.#hold > 0 || this.#isOpening || frames.length > 0 || type !== "" || restart || pause !== null) return false;
    const now = Date.now();
    const isTooOften = now - this.#polledAt < POLLING * 1000;
    this.#polledAt = now;
    return isTooOften;
  }

  /** All that is held is answered, and the client comes back later (§10). */
  #takePause(seconds: number): void {
    if (seconds > this.#times.BOSH_MAX_PAUSE) return this.#fail("policy-violation");
    this.#pause = seconds;
    this.#respondAll();
  }

  // ------------------------------------------------------------- answers

  /** Something goes out, and no more is held than may be. */
  #respondUntil(): void {
    do this.#respond();
    while (this.#held.length > this.#hold);
  }

  #respondAll(): void {
    while (this.#held.length > 0) this.#respond();
  }

  /** Answers the oldest request with what waits. */
  #respond(): void {
    const held = this.#held.shift();
    if (!held) return;
    clearTimeout(held.timer);
    const frames = this.#out.splice(0);
    const body = this.readyState === WebSocket.OPEN ? renderBody(this.#attributesOf(held.rid), frames) : renderTerminal(this.#condition, frames);
    this.#isOpening = false;
    this.#window.answered(held.rid, body);
    held.answer(body);
    if (this.#held.length === 0 && this.readyState === WebSocket.OPEN) this.#waitForNext();
  }

  #waitForNext(): void {
    const seconds = Math.max(this.#pause, this.#times.BOSH_INACTIVITY);
    this.#idle = setTimeout(() => this.#lose(), seconds * 1000);
  }

  #attributesOf(rid: number): Record<string, string | undefined> {
    const ack = this.#acks && this.#window.last !== rid ? String(this.#window.last) : undefined;
    if (!this.#isOpening) return { ack };
    return {
      sid: this.#sid,
      wait: String(this.#wait),
      hold: String(this.#hold),
      requests: String(this.#window.size),
      inactivity: String(this.#times.BOSH_INACTIVITY),
      polling: String(POLLING),
      maxpause: String(this.#times.BOSH_MAX_PAUSE),
      ver: this.#version,
      from: this.#from,
      authid: this.#streamId,
      ack: this.#acks ? String(rid) : undefined,
      "xmlns:xmpp": XBOSH_NS,
      "xmpp:version": "1.0",
      "xmpp:restartlogic": "true",
    };
  }

  // ------------------------------------------------------ as a socket is

  /** One frame of the stream: what only frames it is said by the body's attributes. */
  send(frame: string): void {
    if (frame.startsWith("<open ") && frame.includes(FRAMING_NS)) {
      this.#streamId = /\bid="([^"]*)"/.exec(frame)?.[1] ?? "";
      this.#from = /\bfrom="([^"]*)"/.exec(frame)?.[1] ?? "";
      return;
    }
    if (frame === CLOSE) return;
    if (frame.startsWith("<stream:error")) this.#condition = frame.includes("<host-unknown") ? "host-unknown" : "remote-stream-error";
    this.#out.push(frame);
    this.#flushSoon();
  }

  /** What is sent together goes together. */
  #flushSoon(): void {
    if (this.#flushing || this.#isParting) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      if (this.#out.length > 0 && this.#held.length > 0) this.#respond();
    });
  }

  /** Characters that wait for a request: what went out with one is read before the next comes (§12). */
  get bufferedAmount(): number {
    return this.#out.reduce((sum, { length }) => sum + length, 0);
  }

  get unsent(): readonly string[] {
    return this.#out;
  }

  close(): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.readyState = WebSocket.CLOSED;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#respondAll();
    for (const { answer } of this.#window.takeAll()) answer(renderTerminal(this.#condition));
    setTimeout(() => this.#events?.forget(), REMEMBER_MS);
    // Not within what is going on: the stream that closes has its own end to report first.
    queueMicrotask(() => this.#events?.gone());
  }

  #fail(condition: TerminalCondition): void {
    this.#condition = condition;
    this.close();
  }

  /** The client went without a word. */
  #lose(): void {
    this.#condition = "item-not-found";
    this.close();
  }

  /** Nothing of a session survives the memory of its manager. */
  serializeAttachment(): void {}
}
