/**
 * One socket, from the upgrade to its end: strophe.js signs in, and binds or resumes (RFC 7395, XEP-0198 §5).
 *
 * Or one session over HTTP requests, which to strophe.js is a socket too: its own BOSH knows no stream management.
 *
 * strophe.js counts, acknowledges and resumes by itself where it is given a storage for that; ours is the client's memory.
 * A link that is cut says no good-bye, so that its stream can be resumed by the next one.
 *
 * @module
 */

import { type SMState, type SMStorageBackend, Strophe } from "strophe.js";

import { BoshSocket } from "./bosh_socket.ts";
import type { Transport } from "./transports.ts";

// What it would say, the client's events say.
Strophe.setLogLevel(Strophe.LogLevel.FATAL);

type Connection = InstanceType<typeof Strophe.Connection>;

/** Keys that SCRAM derived from a password: they sign in like it, without being it. */
export interface ScramKeys {
  readonly name: string;
  readonly salt: string;
  readonly iter: number;
  readonly ck: string;
  readonly sk: string;
}

export interface LinkOptions {
  readonly transport: Transport;
  /** `wss:` of a socket, `https:` of requests. */
  readonly url: string;
  /** Full jid. */
  readonly jid: string;
  readonly password: string | ScramKeys;
  /** Whether PLAIN is all that may be used. */
  readonly plainOnly: boolean;
  readonly memory: StreamMemory;
  /** Until the server has to have answered at all, and until the sign-in has to be through. */
  readonly answerMs: number;
  readonly connectMs: number;
}

export type LinkEnd =
  /** To be tried again. `unanswered`: the server has said nothing at all; it was refused, or there was silence. */
  | { readonly kind: "lost"; readonly unanswered?: "refused" | "silent" }
  /** Somebody else has the resource now. */
  | { readonly kind: "elsewhere" }
  /** Not to be tried again with this password; `revoked`: it had been good. */
  | { readonly kind: "refused"; readonly condition: string; readonly revoked: boolean };

export interface LinkListener {
  /** The server has said something: this transport works. */
  answered(): void;
  /** The stream goes on (`resumed`), or has begun. */
  up(resumed: boolean): void;
  ended(end: LinkEnd): void;
  stanza(stanza: Element): void;
  frame(direction: "in" | "out", text: string): void;
  opened(socket: { readonly protocol: string; readonly extensions: string }): void;
  closed(how: { readonly code: number; readonly reason: string }): void;
}

/** Where strophe.js keeps the stream between two sockets. It is written at every stanza, so nothing is copied. */
export class StreamMemory implements SMStorageBackend {
  state: SMState | null;

  constructor(state: SMState | null = null) {
    this.state = state;
  }

  /** What can be resumed, or nothing: of a stream that broke before `<enabled/>`, strophe.js would take its `<enable/>` to be sent, and wait. */
  load(): SMState | null {
    const { state } = this;
    return state?.id && state.resumeSupported ? structuredClone(state) : null;
  }

  save(_key: string, state: SMState): void {
    this.state = state;
  }

  clear(): void {
    this.state = null;
  }
}

/**
 * strophe.js's socket, over HTTP requests.
 *
 * Given to a connection in the place of its own (as strophe.js means it to be done): streams are managed over what is a socket only.
 */
class BoshTransport extends Strophe.Websocket {
  readonly #url: string;

  constructor(connection: Connection, url: string) {
    super(connection);
    this.#url = url;
  }

  override _connect(): void {
    this._closeSocket();
    const socket = new BoshSocket(this.#url);
    socket.onopen = () => this._onOpen();
    socket.onclose = (event) => this._onClose(event);
    socket.onmessage = (message) => this._onInitialMessage(message);
    this.socket = socket;
  }
}

/** Failures of SASL after which the same password may be right (RFC 6120 §6.5). */
const PASSING: ReadonlySet<string> = new Set(["temporary-auth-failure", "aborted"]);

export class Link {
  readonly #connection: Connection;
  readonly #listener: LinkListener;
  #isOver = false;
  #hasAnswered = false;
  #isUp = false;
  readonly #silent: ReturnType<typeof setTimeout>;
  readonly #late: ReturnType<typeof setTimeout>;

  constructor(options: LinkOptions, listener: LinkListener) {
    this.#listener = listener;
    const connection = new Strophe.Connection(options.url.replace(/^http/, "ws"), {
      ...(options.plainOnly && { mechanisms: [Strophe.SASLPlain] }),
      enableStreamManagement: true,
      streamManagement: { storage: options.memory },
    });
    this.#connection = connection;
    if (options.transport === "bosh") connection._proto = new BoshTransport(connection, options.url);
    connection.rawInput = (text: string) => this.#heard(() => listener.frame("in", text));
    connection.rawOutput = (text: string) => this.#heard(() => listener.frame("out", text));
    this.#awaitManagement();
    this.#silent = setTimeout(() => this.#end({ kind: "lost", unanswered: "silent" }), options.answerMs);
    this.#late = setTimeout(() => this.#lost(), options.connectMs);
    connection.connect(options.jid, options.password, (status: number, condition?: string | null, element?: Element | null) =>
      this.#heard(() => this.#status(status, condition ?? "", element ?? null)),
    );
    // After connect(), which may have emptied the lists of an earlier life; before the first frame.
    for (const name of ["message", "presence", "iq"]) connection.addHandler((stanza: Element) => this.#stanza(stanza), null, name, null);
    this.#tapSocket();
  }

  /** Full jid, once it is bound. */
  get jid(): string {
    return this.#connection.jid;
  }

  /** What SCRAM derived; null without it. */
  get keys(): ScramKeys | null {
    return this.#connection.scram_keys as ScramKeys | null;
  }

  uniqueId(): string {
    return this.#connection.getUniqueId();
  }

  send(stanza: Element): void {
    if (!this.#isOver) this.#connection.send(stanza);
  }

  /** Ends the stream for good. */
  close(): void {
    if (this.#let()) this.#connection.disconnect();
  }

  /** Closes the socket alone: the stream can be resumed. */
  cut(): void {
    if (!this.#let()) return;
    // What strophe.js takes to be connected it says good-bye to.
    this.#connection.connected = false;
    this.#connection.disconnect();
  }

  /** False if it was let go before. */
  #let(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#silent);
    clearTimeout(this.#late);
    return true;
  }

  #heard(tell: () => void): void {
    if (!this.#isOver) tell();
  }

  /** Always true: the handler stays. */
  #stanza(stanza: Element): true {
    this.#heard(() => this.#listener.stanza(stanza));
    return true;
  }

  /** Before anything is sent on a new stream it is managed: so all of it counts, and what strophe.js sends again of the last one comes first. */
  #awaitManagement(): void {
    const { sm } = this.#connection;
    if (!sm) return;
    sm.onEnabled = () => this.#heard(() => this.#up(false));
    sm.onFailed = (_: unknown, resumeFailed?: boolean) => {
      if (!resumeFailed) this.#heard(() => this.#up(false));
    };
  }

  #up(resumed: boolean): void {
    if (this.#isUp) return;
    this.#isUp = true;
    clearTimeout(this.#late);
    this.#listener.up(resumed);
  }

  #status(status: number, condition: string, element: Element | null): void {
    const { Status } = Strophe;
    if (status === Status.CONNECTED) {
      if (this.#connection.hasResumed()) this.#up(true);
      else if (!this.#connection.sm?.serverSupported) this.#up(false);
    }
    if (status === Status.AUTHFAIL) this.#end(refusalOf(element));
    if (status === Status.ERROR || status === Status.CONNFAIL) this.#failed(endOf(condition));
    if (status === Status.DISCONNECTED) this.#lost();
  }

  #answered(): void {
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    clearTimeout(this.#silent);
    this.#listener.answered();
  }

  #failed(end: LinkEnd): void {
    if (end.kind === "lost") this.#lost();
    else this.#end(end);
  }

  #lost(): void {
    this.#end(this.#hasAnswered ? { kind: "lost" } : { kind: "lost", unanswered: "refused" });
  }

  #end(end: LinkEnd): void {
    if (this.#isOver) return;
    this.cut();
    this.#listener.ended(end);
  }

  /** Hears from the socket itself what strophe.js does not tell: that it opened, stream errors, the code of its end. */
  #tapSocket(): void {
    const { socket } = this.#connection._proto as unknown as { readonly socket?: WebSocket | BoshSocket | null };
    if (!socket) return;
    socket.addEventListener("open", () => this.#heard(() => this.#listener.opened(socket)));
    socket.addEventListener("close", (event) => {
      const { code, reason } = event as CloseEvent;
      this.#heard(() => this.#listener.closed({ code, reason }));
    });
    // Without a listener, Node's sockets throw what is wrong with them.
    socket.addEventListener("error", () => {});
    socket.addEventListener("message", (event) => {
      const { data } = event as MessageEvent;
      this.#heard(() => this.#answered());
      if (typeof data === "string" && data.startsWith("<stream:error")) this.#heard(() => this.#listener.frame("in", data));
    });
  }
}

/** Also what a refused bind is called; that one may be tried again. */
function refusalOf(element: Element | null): LinkEnd {
  if (element && element.nodeName !== "failure") return { kind: "lost" };
  const [named] = element ? [...element.childNodes].filter(({ nodeType }) => nodeType === 1) : [];
  const condition = named?.nodeName ?? "not-authorized";
  return PASSING.has(condition) ? { kind: "lost" } : { kind: "refused", condition, revoked: false };
}

function endOf(condition: string): LinkEnd {
  if (condition === "conflict") return { kind: "elsewhere" };
  return condition === "not-authorized" ? { kind: "refused", condition, revoked: true } : { kind: "lost" };
}
