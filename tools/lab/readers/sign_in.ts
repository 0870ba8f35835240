/**
 * The way of an XMPP client to its node: PLAIN, bind, presence, subscribe. The same over a WebSocket and over BOSH.
 *
 * @module
 */

import type { Place } from "./reader.ts";

/** What carries stanzas. */
export interface Line {
  send(xml: string): void;
  /** The next that matches; what comes before is passed over. */
  next(pattern: RegExp): Promise<string>;
  /** A new stream after authentication; answers when its features are there. */
  restart(): Promise<void>;
}

const RESOURCE = "lab";

/** From the first features to the answered subscription. */
export async function signIn(line: Line, { user, password, node, domain }: Place): Promise<void> {
  const secret = Buffer.from(`\0${user}\0${password}`).toString("base64");
  line.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${secret}</auth>`);
  const outcome = await line.next(/<(success|failure)\b/);
  if (!outcome.includes("<success")) throw new Error(`${user} may not sign in: ${outcome}`);
  await line.restart();
  line.send(`<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${RESOURCE}</resource></bind></iq>`);
  await line.next(/\bid="bind"/);
  line.send('<presence xmlns="jabber:client"/>');
  const jid = `${user}@${domain}/${RESOURCE}`;
  const subscribe = `<subscribe node="${node}" jid="${jid}"/>`;
  line.send(`<iq xmlns="jabber:client" type="set" id="sub" to="pubsub.${domain}"><pubsub xmlns="http://jabber.org/protocol/pubsub">${subscribe}</pubsub></iq>`);
  const subscribed = await line.next(/<iq\b[^>]*\bid="sub"/);
  if (!subscribed.includes('type="result"')) throw new Error(`${user} may not subscribe to ${node}: ${subscribed}`);
}

/** Ids of the items in what came. */
export function itemIds(xml: string): string[] {
  return [...xml.matchAll(/<item\b[^>]*\bid="([^"]+)"/g)].map(([, id = ""]) => id);
}

/** The answer to a ping of the server (XEP-0199), if it is one. */
export function pong(xml: string): string | undefined {
  if (!xml.includes("urn:xmpp:ping")) return undefined;
  const iq = /<iq\b[^>]*\btype="get"[^>]*>/.exec(xml)?.[0] ?? "";
  const [id, from] = ["id", "from"].map((name) => new RegExp(`\\b${name}="([^"]+)"`).exec(iq)?.[1]);
  return id && `<iq xmlns="jabber:client" type="result" id="${id}"${from ? ` to="${from}"` : ""}/>`;
}

/** What came, until somebody takes it. */
export class Inbox {
  readonly #kept: string[] = [];
  readonly #waiting = new Set<() => void>();
  #broken: Error | null = null;

  push(xml: string): void {
    this.#kept.push(xml);
    this.#wake();
  }

  /** The first that matches, if it is here; what came before it is passed over. */
  take(pattern: RegExp): string | undefined {
    const at = this.#kept.findIndex((xml) => pattern.test(xml));
    return at < 0 ? undefined : this.#kept.splice(0, at + 1).at(-1);
  }

  /** The same, once it is here. */
  async next(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.take(pattern);
      if (found !== undefined) return found;
      if (this.#broken) throw this.#broken;
      await new Promise<void>((come) => this.#waiting.add(come));
    }
  }

  /** Nothing will come any more. */
  fail(fault: Error): void {
    this.#broken = fault;
    this.#wake();
  }

  #wake(): void {
    for (const come of this.#waiting) come();
    this.#waiting.clear();
  }
}
