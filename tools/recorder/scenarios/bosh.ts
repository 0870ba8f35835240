/**
 * Sessions over HTTP requests that end or do not begin (XEP-0124, XEP-0206).
 *
 * @module
 */

import { authText, plainText } from "../frames.ts";
import { DOMAIN, pause, type Peer, type ServerName } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import type { Tab } from "../tab.ts";
import { ALL, everywhere } from "./everywhere.ts";

const BY_HAND = "BOSH by hand";

/** The servers with sessions that do not last: five seconds of quiet end them. */
const SHORT: Readonly<Record<ServerName, (stage: Stage) => Promise<Peer>>> = {
  deskwire: (stage) => stage.servers.deskwire({ variables: { BOSH_INACTIVITY: "5", ALARM_MS: "1000" } }),
  prosody: (stage) => stage.servers.prosody({ inactivity: 5 }),
  ejabberd: (stage) => stage.servers.ejabberd(),
};

class Session {
  readonly #tab: Tab;
  readonly #url: string;
  #rid = 1_000_000_007;
  #sid = "";

  constructor(tab: Tab, url: string) {
    this.#tab = tab;
    this.#url = url;
  }

  async begin(to = DOMAIN): Promise<string> {
    const attributes = `to="${to}" xml:lang="en" wait="5" hold="1" ver="1.6" xmpp:version="1.0" xmlns:xmpp="urn:xmpp:xbosh"`;
    const answer = await this.post(attributes);
    this.#sid = /\bsid=["']([^"']+)/.exec(answer)?.[1] ?? "";
    return answer;
  }

  async send(inside = "", attributes = ""): Promise<string> {
    return await this.post(`sid="${this.#sid}" ${attributes}`, inside);
  }

  async post(attributes: string, inside = ""): Promise<string> {
    const body = `<body rid="${this.#rid++}" xmlns="http://jabber.org/protocol/httpbind" ${attributes}>${inside}</body>`;
    return await this.#tab.call("post", this.#url, body);
  }

  async signIn(user: string): Promise<void> {
    await this.begin();
    const outcome = await this.send(authText(plainText({ user })));
    if (!outcome.includes("<success")) throw new Error(outcome);
    await this.send("", `to="${DOMAIN}" xmpp:restart="true" xmlns:xmpp="urn:xmpp:xbosh"`);
    await this.send('<iq type="set" id="bind1" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>desktop</resource></bind></iq>');
    await this.send('<presence xmlns="jabber:client"/>');
  }
}

export const BOSH: readonly Scenario[] = [
  ...ALL.map(
    (server): Scenario => ({
      name: `bosh-session-expired-${server}`,
      expects: ["bosh-session-expired"],
      server,
      client: BY_HAND,
      how: "The page sends no request for ten seconds, as a sleeping laptop; the server ends sessions that are quiet for five.",
      async play(stage) {
        const session = new Session(stage.tab, (await SHORT[server](stage)).boshUrl);
        await session.signIn("7001");
        await pause(10_000);
        await session.send();
      },
    }),
  ),
  {
    name: "bosh-refused-ejabberd",
    expects: ["bosh-refused"],
    server: "ejabberd",
    client: BY_HAND,
    how: "The first body is for a domain that is not served here; the server's condition does not say so.",
    async play(stage) {
      await new Session(stage.tab, (await stage.servers.ejabberd()).boshUrl).begin("other.example.org");
    },
  },
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `bosh-refused-${server}`,
    expects: ["bosh-refused"],
    server,
    client: BY_HAND,
    how: "The first body has no rid.",
    async play(stage: Stage) {
      const { boshUrl } = await start(stage);
      await stage.tab.call("post", boshUrl, `<body xmlns="http://jabber.org/protocol/httpbind" to="${DOMAIN}" wait="5" hold="1" ver="1.6"/>`);
    },
  })),
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `wrong-domain-${server}-bosh`,
    expects: ["wrong-domain"],
    server,
    client: BY_HAND,
    how: "The first body is for a domain that is not served here.",
    async play(stage: Stage) {
      await new Session(stage.tab, (await start(stage)).boshUrl).begin("other.example.org");
    },
  })),
  {
    name: "wrong-password-prosody-bosh",
    expects: ["wrong-password"],
    server: "prosody",
    client: BY_HAND,
    how: "The password is another user's; over BOSH.",
    async play(stage) {
      const session = new Session(stage.tab, (await stage.servers.prosody()).boshUrl);
      await session.begin();
      await session.send(authText(plainText({ user: "7001", password: "pw-mistaken" })));
      await session.send("", 'type="terminate"');
    },
  },
];
