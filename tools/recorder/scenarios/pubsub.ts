/**
 * Subscriptions and items that are refused, or do not come, or come broken (XEP-0060).
 *
 * @module
 */

import { exchange, leave, ping, publishFrame, RESULT, signIn, subscribe, subscribed } from "../frames.ts";
import { DOMAIN, pause, teamNode, update, userNode } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import { atWork } from "./binding.ts";
import { ALL, everywhere } from "./everywhere.ts";

const RAW = "raw frames";
const ERROR = /^<iq [^>]*type=["']error["']/;
const EVENT = /^<message/;

/** Signs in, is refused something, and leaves. */
async function isRefused(stage: Stage, url: string, request: (jid: string) => string): Promise<void> {
  const talk = await stage.tab.connect(url);
  const jid = await signIn(talk, { user: "7001" });
  await exchange(talk, request(jid), ERROR);
  await leave(talk);
}

export const PUBSUB: readonly Scenario[] = [
  ...everywhere(ALL, (server, start) => ({
    name: `subscription-refused-${server}`,
    expects: ["subscription-refused"],
    server,
    client: RAW,
    how: "The page subscribes to the node of a team that the agent does not belong to (on Prosody and ejabberd: a node with a whitelist).",
    async play(stage: Stage) {
      await isRefused(stage, (await start(stage)).socketUrl, (jid) => subscribe({ node: teamNode("99"), jid }));
    },
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `node-not-found-${server}`,
    expects: ["node-not-found"],
    server,
    client: RAW,
    how: "The page subscribes to a node that does not exist: the path has a misspelt word.",
    async play(stage: Stage) {
      await isRefused(stage, (await start(stage)).socketUrl, (jid) => subscribe({ node: "/finesse/api/Teams/42/Users", jid }));
    },
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `subscribe-wrong-jid-${server}`,
    expects: ["subscribe-wrong-jid"],
    server,
    client: RAW,
    how: "The subscribe's jid attribute names another user than the one who asks.",
    async play(stage: Stage) {
      await isRefused(stage, (await start(stage)).socketUrl, (jid) => subscribe({ node: userNode("7001"), jid: `7002@${DOMAIN}`, from: jid }));
    },
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `publish-refused-${server}`,
    expects: ["publish-refused"],
    server,
    client: RAW,
    how: "An agent publishes on a team's node, which only the back end may.",
    async play(stage: Stage) {
      await isRefused(stage, (await start(stage)).socketUrl, (jid) => publishFrame(teamNode("42"), jid));
    },
  })),
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `nothing-published-${server}`,
    expects: ["nothing-published"],
    server,
    client: RAW,
    how: "The page subscribes, pings every 10 s for two and a half minutes, and nobody publishes anything.",
    waits: true,
    async play(stage: Stage) {
      const { talk } = await atWork(stage.tab, (await start(stage)).socketUrl, "7013");
      for (let n = 0; n < 15; n++) {
        await pause(10_000);
        await exchange(talk, ping(), RESULT);
      }
      await leave(talk);
    },
  })),
  {
    name: "subscribe-missing-prosody",
    expects: ["subscribe-missing"],
    server: "prosody",
    client: RAW,
    how: "A desktop signs in and pings for a minute and a half without subscribing to anything, while its user's events are published.",
    waits: true,
    async play(stage) {
      const { socketUrl, publish } = await stage.servers.prosody();
      const talk = await stage.tab.connect(socketUrl);
      await signIn(talk, { user: "7014" });
      for (let n = 0; n < 9; n++) {
        await pause(10_000);
        await publish(userNode("7014"), update("7014", "READY"));
        await exchange(talk, ping(), RESULT);
      }
      await leave(talk);
    },
  },
  {
    name: "payload-escaped-twice-deskwire",
    expects: ["payload-escaped-twice"],
    server: "deskwire",
    client: RAW,
    how: "The back end publishes a text that it has escaped itself; the server escapes it again, as it should.",
    async play(stage) {
      const { socketUrl, publish } = await stage.servers.deskwire();
      const { talk } = await atWork(stage.tab, socketUrl, "7002");
      await publish(userNode("7002"), escapedOnce(update("7002", "READY")));
      await talk.next(EVENT);
      await leave(talk);
    },
  },
  {
    name: "payload-escaped-twice-ejabberd",
    expects: ["payload-escaped-twice"],
    server: "ejabberd",
    client: RAW,
    how: "The back end escapes the payload, and its XMPP library escapes it again.",
    async play(stage) {
      const { socketUrl, publish } = await stage.servers.ejabberd();
      const talk = await stage.tab.connect(socketUrl);
      const jid = await signIn(talk, { user: "7002" });
      await subscribed(talk, jid, userNode("7002"));
      await publish(userNode("7002"), escapedOnce(update("7002", "NOT_READY")));
      await talk.next(EVENT);
      await leave(talk);
    },
  },
];

function escapedOnce(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
