/**
 * A client that hides nothing: frames as they came and in order, close codes, the status of refused upgrades.
 *
 * @module
 */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import WebSocket, { type ClientOptions } from "ws";

import { DOMAIN, type Server } from "./server.ts";

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const WAIT_MS = 5000;

/** To the byte: Strophe compares with it. */
export const CLOSE = `<close xmlns="${FRAMING}" />`;

export interface Refused {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface UpgradeOptions extends Omit<ClientOptions, "path"> {
  readonly protocols?: readonly string[];
  readonly path?: string;
}

export interface Account {
  readonly user: string;
  readonly password?: string;
  readonly resource?: string;
  /** False: stops after bind. */
  readonly presence?: boolean;
}

export class RawClient {
  readonly socket: WebSocket;
  /** Of the 101. */
  readonly headers: IncomingHttpHeaders;
  readonly #frames: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #closed: Promise<{ readonly code: number; readonly at: number }>;
  #over = false;
  #leave: "staying" | "asked" | "answered" = "staying";
  /** The good-bye is answered as soon as it comes. */
  #answersClose = false;
  #ids = 0;
  jid = "";

  constructor(socket: WebSocket, headers: IncomingHttpHeaders) {
    this.socket = socket;
    this.headers = headers;
    socket.on("message", (data, isBinary) => {
      this.#frames.push(isBinary ? "(binary)" : data.toString());
      if (this.#leave === "staying" && this.#frames.at(-1) === CLOSE) this.#leave = "asked";
      if (this.#leave === "asked" && this.#answersClose) this.send(CLOSE);
      this.#wake();
    });
    socket.on("error", () => {}); // told by the close that follows
    this.#closed = new Promise((closed) => {
      socket.on("close", (code) => {
        this.#over = true;
        this.#wake();
        closed({ code, at: performance.now() });
      });
    });
  }

  /** Sends one frame as it stands. */
  send(frame: string | Uint8Array): void {
    if (typeof frame === "string" && frame.startsWith("<close")) this.#leave = "answered";
    this.socket.send(frame);
  }

  /** The next frame. */
  async next(milliseconds = WAIT_MS): Promise<string> {
    const until = performance.now() + milliseconds;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#over) throw new Error("The socket is closed, and no frame is left");
      if (performance.now() >= until) throw new Error(`No frame within ${milliseconds} ms`);
      await this.#change(until - performance.now());
    }
  }

  /** The next frame that matches; those before it are dropped. */
  async nextMatching(pattern: RegExp, milliseconds = WAIT_MS): Promise<string> {
    const until = performance.now() + milliseconds;
    const dropped: string[] = [];
    for (;;) {
      const frame = await this.next(Math.max(1, until - performance.now())).catch((fault: Error) => {
        throw new Error(`${fault.message}; wanted ${pattern}, saw ${JSON.stringify(dropped)}`);
      });
      if (pattern.test(frame)) return frame;
      dropped.push(frame);
    }
  }

  /** All that comes within a while, and what was not taken before. */
  async everythingFor(milliseconds: number): Promise<string[]> {
    await new Promise((done) => setTimeout(done, milliseconds));
    return this.#frames.splice(0);
  }

  /** Code of the close, and when it came (`performance.now()`). A good-bye of the server is answered first, as RFC 7395 §3.6 asks. */
  async closed(milliseconds = WAIT_MS, { answers = true } = {}): Promise<{ readonly code: number; readonly at: number }> {
    this.#answersClose = answers;
    if (answers && this.#leave === "asked" && !this.#over) this.send(CLOSE);
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, failed) => {
      late = setTimeout(() => failed(new Error(`Not closed within ${milliseconds} ms`)), milliseconds);
    });
    return await Promise.race([this.#closed, tooLate]).finally(() => clearTimeout(late));
  }

  /** `<open/>`; answers the frames up to the features. */
  async open(to = DOMAIN): Promise<readonly [open: string, features: string]> {
    this.send(`<open xmlns="${FRAMING}" to="${to}" version="1.0"/>`);
    return [await this.next(), await this.next()];
  }

  /** open, PLAIN, open. */
  async authenticate({ user, password = `pw-${user}` }: Account): Promise<this> {
    await this.open();
    this.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${Buffer.from(`\0${user}\0${password}`).toString("base64")}</auth>`);
    const outcome = await this.next();
    if (!outcome.startsWith("<success")) throw new Error(`${user}: ${outcome}`);
    await this.open();
    return this;
  }

  /** open, PLAIN, open, bind, presence; the service contact's presence ends it. */
  async signIn({ user, password = `pw-${user}`, resource = "desktop", presence = true }: Account): Promise<this> {
    await this.authenticate({ user, password });
    const bound = await this.request("set", `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind>`);
    this.jid = /<jid>([^<]+)<\/jid>/.exec(bound)?.[1] ?? "";
    if (this.jid !== `${user}@${DOMAIN}/${resource}`) throw new Error(`${user}: ${bound}`);
    if (!presence) return this;
    this.send('<presence xmlns="jabber:client"/>');
    await this.nextMatching(/^<presence[^>]* from="finesse@/);
    return this;
  }

  /** Sends an IQ and waits for its answer, error or not. */
  async request(type: "get" | "set", payload: string, to?: string): Promise<string> {
    const id = `q${++this.#ids}`;
    this.send(`<iq xmlns="jabber:client" type="${type}" id="${id}"${to ? ` to="${to}"` : ""}>${payload}</iq>`);
    return await this.nextMatching(new RegExp(`^<iq [^>]*\\bid="${id}"`));
  }

  ping(): Promise<string> {
    return this.request("get", '<ping xmlns="urn:xmpp:ping"/>', DOMAIN);
  }

  subscribe(node: string, jid = this.jid): Promise<string> {
    return this.request("set", pubsub(`<subscribe node="${node}" jid="${jid}"/>`), `pubsub.${DOMAIN}`);
  }

  publish(node: string, item: string): Promise<string> {
    return this.request("set", pubsub(`<publish node="${node}">${item}</publish>`), `pubsub.${DOMAIN}`);
  }

  /** Cuts the connection; nothing is said. */
  cut(): void {
    this.socket.terminate();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #change(milliseconds: number): Promise<void> {
    return new Promise((changed) => {
      const late = setTimeout(changed, milliseconds);
      this.#waiting.add(() => {
        clearTimeout(late);
        changed();
      });
    });
  }
}

function pubsub(action: string): string {
  return `<pubsub xmlns="http://jabber.org/protocol/pubsub">${action}</pubsub>`;
}

/** Opens a socket. */
export async function connect(server: Pick<Server, "socketUrl">, options: UpgradeOptions = {}): Promise<RawClient> {
  const upgrade = await tryUpgrade(server, options);
  if (upgrade instanceof RawClient) return upgrade;
  throw new Error(`The upgrade was refused: ${upgrade.status} ${upgrade.body}`);
}

/** Opens a socket, or answers what refused it. */
export function tryUpgrade(
  { socketUrl }: Pick<Server, "socketUrl">,
  { protocols = ["xmpp"], path = "/ws/", ...options }: UpgradeOptions = {},
): Promise<RawClient | Refused> {
  const socket = new WebSocket(new URL(path, socketUrl), [...protocols], { perMessageDeflate: false, handshakeTimeout: WAIT_MS, ...options });
  let headers: IncomingHttpHeaders = {};
  let client: RawClient | undefined;
  return new Promise((done, failed) => {
    socket.once("upgrade", (answer: IncomingMessage) => {
      headers = answer.headers;
      client = new RawClient(socket, headers); // listens before the first frame can come
    });
    socket.once("open", () => client && done(client));
    socket.once("error", failed);
    socket.once("unexpected-response", (_request, answer: IncomingMessage) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => (body += text));
      answer.on("end", () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
  });
}

/** Signs in on a socket of its own. */
export async function signedIn(server: Pick<Server, "socketUrl">, account: Account): Promise<RawClient> {
  return await (await connect(server)).signIn(account);
}
