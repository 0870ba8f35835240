/**
 * A plain XMPP client of the back end's side, which is not recorded.
 *
 * @module
 */

import { once } from "node:events";
import WebSocket from "ws";

import { DOMAIN, passwordOf } from "./peer.ts";

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const WAIT_MS = 10_000;

export class XmppClient {
  readonly #socket: WebSocket;
  readonly #waiting = new Set<{ readonly pattern: RegExp; readonly take: (frame: string) => void }>();
  #ids = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("error", () => {}); // told by the close that follows
    socket.on("message", (data) => {
      const frame = String(data);
      this.#answerPing(frame);
      for (const waiting of this.#waiting) if (waiting.pattern.test(frame)) waiting.take(frame);
    });
  }

  /** Connected, signed in and bound; without a presence. */
  static async signedIn(url: string, user: string, resource = "service"): Promise<XmppClient> {
    const socket = new WebSocket(url, ["xmpp"], { perMessageDeflate: false });
    const client = new XmppClient(socket);
    await once(socket, "open");
    const open = `<open xmlns="${FRAMING}" to="${DOMAIN}" version="1.0"/>`;
    await client.ask(open, /features/);
    const plain = Buffer.from(`\0${user}\0${passwordOf(user)}`).toString("base64");
    const outcome = await client.ask(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${plain}</auth>`, /^<(?:success|failure)/);
    if (outcome.startsWith("<failure")) throw new Error(`${user}: ${outcome}`);
    await client.ask(open, /features/);
    await client.request("set", `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind>`);
    return client;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  /** Sends a frame and waits for one that matches. */
  async ask(frame: string, pattern: RegExp): Promise<string> {
    const answer = new Promise<string>((done, failed) => {
      const waiting = { pattern, take: (text: string) => settle(() => done(text)) };
      const late = setTimeout(() => settle(() => failed(new Error(`No answer like ${pattern} to ${frame}`))), WAIT_MS);
      const settle = (then: () => void) => {
        clearTimeout(late);
        this.#waiting.delete(waiting);
        then();
      };
      this.#waiting.add(waiting);
    });
    this.send(frame);
    return await answer;
  }

  /** @throws {Error} if the answer is none of type `result` */
  async request(type: "get" | "set", payload: string, to?: string): Promise<string> {
    const id = `q${++this.#ids}`;
    const iq = `<iq xmlns="jabber:client" type="${type}" id="${id}"${to ? ` to="${to}"` : ""}>${payload}</iq>`;
    const answer = await this.ask(iq, new RegExp(`^<iq [^>]*\\bid=["']${id}["']`));
    if (!/^<iq [^>]*\btype=["']result["']/.test(answer)) throw new Error(`${payload}: ${answer}`);
    return answer;
  }

  /** Servers that ping end who does not answer. */
  #answerPing(frame: string): void {
    const id = /^<iq [^>]*\bid=["']([^"']+)["'][^>]*><ping /.exec(frame)?.[1];
    if (id && /\btype=["']get["']/.test(frame)) this.send(`<iq xmlns="jabber:client" type="result" id="${id}" to="${DOMAIN}"/>`);
  }

  cut(): void {
    this.#socket.terminate();
  }
}
