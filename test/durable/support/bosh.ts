/**
 * A BOSH client inside workerd: one request after the other, at a manager of one's own choice (XEP-0124, XEP-0206).
 */
import { env } from "cloudflare:workers";
import { parseBody } from "../../../xmpp/mod.ts";
import { DOMAIN } from "./desk.ts";

const NS = "http://jabber.org/protocol/httpbind";
const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";

export class BoshDesk {
  readonly manager: string;
  sid = "";
  rid = 1_000_003;
  /** Stanzas and nonzas that came, in order. */
  readonly frames: string[] = [];

  constructor(manager: string) {
    this.manager = manager;
  }

  /** Posts one body, and answers what came back; its frames are kept. */
  async post(attrs: string, inside = "", rid = this.rid++): Promise<string> {
    const text = `<body xmlns="${NS}" xmlns:xmpp="urn:xmpp:xbosh" rid="${rid}" ${this.sid && `sid="${this.sid}"`} ${attrs}>${inside}</body>`;
    const answer = await env.CONNECTION_MANAGER.getByName(this.manager).fetch("http://manager/", { method: "POST", body: JSON.stringify(parseBody(text, 32)) });
    const body = await answer.text();
    if (answer.status !== 200) throw new Error(`${answer.status} ${body}`);
    this.sid ||= /\bsid="([^"]+)"/.exec(body)?.[1] ?? "";
    for (const [frame] of body.matchAll(/<(message|presence|iq|r|a|enabled|resumed|failed)\b[^>]*?(?:\/>|>.*?<\/\1>)/gs)) this.frames.push(frame);
    return body;
  }

  /** Sends, and asks on until something matches. */
  async until(pattern: RegExp, inside = ""): Promise<string> {
    for (let body = await this.post("", inside), tries = 0; ; body = await this.post("")) {
      const found = this.frames.find((frame) => pattern.test(frame));
      if (found !== undefined) return found;
      if (/type="terminate"/.test(body) || ++tries > 10) throw new Error(body);
    }
  }

  async authenticate(user: string, attrs = ""): Promise<this> {
    await this.post(`to="${DOMAIN}" ver="1.6" wait="1" hold="1" xml:lang="en" xmpp:version="1.0" ${attrs}`);
    const outcome = await this.post("", `<auth xmlns="${SASL}" mechanism="PLAIN">${btoa(`\0${user}\0pw-${user}`)}</auth>`);
    if (!outcome.includes("<success")) throw new Error(outcome);
    await this.post('xmpp:restart="true"');
    return this;
  }

  async signIn(user: string, resource: string): Promise<this> {
    await this.authenticate(user);
    await this.until(
      /id="bind"/,
      `<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind></iq>`,
    );
    await this.until(/^<presence/, '<presence xmlns="jabber:client"/>');
    return this;
  }

  subscribe(node: string, jid: string): Promise<string> {
    const pubsub = `<pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="${node}" jid="${jid}"/></pubsub>`;
    return this.until(/^<iq[^>]* id="sub"/, `<iq xmlns="jabber:client" type="set" id="sub" to="pubsub.${DOMAIN}">${pubsub}</iq>`);
  }
}
