/**
 * A person at @xmpp/client, unchanged, who sends stanzas as they are written and looks at what comes, one by one.
 *
 * @module
 */

import { client, type XmlElement, type XmppClient } from "@xmpp/client";
import parse from "@xmpp/xml/lib/parse.js";

const WAIT_MS = 5000;
const QUIET_MS = 250;

/** What a stanza is to be; `has`: texts within it. */
export interface Wanted {
  readonly name?: "iq" | "message" | "presence";
  readonly type?: string | undefined;
  readonly from?: string;
  readonly to?: string;
  readonly id?: string;
  readonly has?: string | readonly string[];
}

export interface SignIn {
  readonly user: string;
  readonly resource?: string;
  /** Asks for the roster first, as clients do. */
  readonly roster?: boolean;
  /** False: no initial presence; else its content. */
  readonly presence?: string | false;
}

export interface Where {
  readonly socketUrl: string;
  readonly domain: string;
}

/** Elements write their attributes in double quotes. */
const textOf = (stanza: XmlElement): string => stanza.toString();

function fits(stanza: XmlElement, wanted: Wanted): boolean {
  const { name, has = [], ...attrs } = wanted;
  if (name !== undefined && !stanza.is(name)) return false;
  for (const [key, value] of Object.entries(attrs)) if (stanza.attrs[key] !== value) return false;
  return [has].flat().every((part) => textOf(stanza).includes(part));
}

export class Person {
  readonly #xmpp: XmppClient;
  readonly #domain: string;
  readonly #came: XmlElement[] = [];
  #wake: () => void = () => {};
  #counted: (handled: number) => void = () => {};
  #ids = 0;
  jid = "";
  bare = "";

  private constructor(xmpp: XmppClient, domain: string) {
    this.#xmpp = xmpp;
    this.#domain = domain;
    xmpp.reconnect.stop();
    xmpp.on("error", () => {}); // told by what start() rejects with
    xmpp.on("nonza", (nonza) => {
      if (nonza.is("a")) this.#counted(Number(nonza.attrs["h"]));
    });
    xmpp.on("stanza", (stanza) => {
      this.#came.push(stanza);
      this.#wake();
    });
  }

  static async signedIn({ socketUrl, domain }: Where, { user, resource = "one", roster = true, presence = "" }: SignIn): Promise<Person> {
    const xmpp = client({
      service: socketUrl,
      domain,
      resource,
      credentials: (authenticate) => authenticate({ username: user, password: `pw-${user}` }, "PLAIN"),
    });
    const person = new Person(xmpp, domain);
    person.jid = String(await xmpp.start());
    person.bare = person.jid.slice(0, person.jid.indexOf("/"));
    person.#came.length = 0; // what bind was answered
    if (roster) await person.get('<query xmlns="jabber:iq:roster"/>');
    if (presence === false) return person;
    await person.present(presence);
    return person;
  }

  /** Sends its presence, and waits until it comes back. */
  async present(content = ""): Promise<void> {
    const id = this.id();
    await this.send(`<presence id="${id}">${content}</presence>`);
    await this.until({ name: "presence", from: this.jid, id });
  }

  id(): string {
    return `${this.jid.replace(/\W/g, "")}-${++this.#ids}`;
  }

  /** One stanza; its namespace is that of all. */
  async send(stanza: string): Promise<void> {
    await this.#xmpp.send(parse(stanza.replace(/^<(\w+)/, '<$1 xmlns="jabber:client"')));
  }

  /** A message with a body; answers its id. */
  async say(to: string, type: string | undefined, content = "<body>hello</body>"): Promise<string> {
    const id = this.id();
    await this.send(`<message id="${id}" to="${to}"${type === undefined ? "" : ` type="${type}"`}>${content}</message>`);
    return id;
  }

  /** A presence for somebody; answers its id. */
  async tell(to: string, type?: string, content = ""): Promise<string> {
    const id = this.id();
    await this.send(`<presence id="${id}" to="${to}"${type === undefined ? "" : ` type="${type}"`}>${content}</presence>`);
    return id;
  }

  async ask(type: "get" | "set", payload: string, to?: string): Promise<XmlElement> {
    const id = this.id();
    await this.send(`<iq id="${id}" type="${type}"${to === undefined ? "" : ` to="${to}"`}>${payload}</iq>`);
    return await this.#find(
      (stanza) => stanza.is("iq") && stanza.attrs["id"] === id && ["result", "error"].includes(stanza.attrs["type"] ?? ""),
      `answer to ${payload}`,
    );
  }

  get(payload: string, to?: string): Promise<XmlElement> {
    return this.ask("get", payload, to);
  }

  set(payload: string, to?: string): Promise<XmlElement> {
    return this.ask("set", payload, to);
  }

  /** @throws {Error} if the answer is an error */
  async done(payload: string, to?: string): Promise<XmlElement> {
    const answer = await this.set(payload, to);
    if (answer.attrs["type"] !== "result") throw new Error(`${payload}: ${answer}`);
    return answer;
  }

  /** @throws {Error} if the answer is no error of that condition */
  async refused(condition: string, type: "get" | "set", payload: string, to?: string): Promise<XmlElement> {
    const answer = await this.ask(type, payload, to);
    if (answer.attrs["type"] !== "error" || !textOf(answer).includes(`<${condition}`)) throw new Error(`Wanted ${condition} for ${payload}: ${answer}`);
    return answer;
  }

  /** The first stanza that is so; it counts as seen. */
  until(wanted: Wanted, milliseconds = WAIT_MS): Promise<XmlElement> {
    return this.#find((stanza) => fits(stanza, wanted), JSON.stringify(wanted), milliseconds);
  }

  async #find(isIt: (stanza: XmlElement) => boolean, what: string, milliseconds = WAIT_MS): Promise<XmlElement> {
    for (const end = Date.now() + milliseconds; ; ) {
      const at = this.#came.findIndex(isIt);
      if (at >= 0) return this.#came.splice(at, 1)[0] as XmlElement;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${this.jid} did not get ${what}; but: ${this.#came.map(textOf).join("\n") || "nothing"}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), new Promise((resolve) => setTimeout(resolve, Math.min(left, 50)))]);
    }
  }

  /** @throws {Error} if such a stanza is there, or comes within a moment */
  async never(wanted: Wanted): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const found = this.#came.find((stanza) => fits(stanza, wanted));
    if (found) throw new Error(`${this.jid} got ${found}`);
  }

  count(wanted: Wanted): number {
    return this.#came.filter((stanza) => fits(stanza, wanted)).length;
  }

  /** Forgets what came until now. */
  async forget(): Promise<void> {
    await this.get('<ping xmlns="urn:xmpp:ping"/>', this.#domain);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    this.#came.length = 0;
  }

  /** The roster item of somebody, as the server has it now; undefined: there is none. */
  async item(bare: string): Promise<string | undefined> {
    const query = textOf(await this.get('<query xmlns="jabber:iq:roster"/>'));
    return [...query.matchAll(/<item\b[^>]*?(?:\/>|>.*?<\/item>)/g)].map(([text]) => text).find((text) => text.includes(`jid="${bare}"`));
  }

  async nonza(text: string): Promise<void> {
    await this.#xmpp.write(text);
  }

  /** How many stanzas of this stream the server has handled. */
  async handled(): Promise<number> {
    const answer = new Promise<number>((done) => {
      this.#counted = done;
    });
    await this.#xmpp.write('<r xmlns="urn:xmpp:sm:3"/>');
    return await answer;
  }

  /** Loses the socket; the promise is kept when the stream goes on by another one, a moment later. */
  drop(milliseconds = 500): Promise<void> {
    const resumed = new Promise<void>((done) => this.#xmpp.streamManagement.on("resumed", done));
    this.#xmpp.socket.end();
    setTimeout(() => void this.#xmpp.reconnect.reconnect().catch(() => {}), milliseconds);
    return resumed;
  }

  async leave(): Promise<void> {
    await this.#xmpp.stop();
  }
}
