/**
 * Resources that are not bound, or not for long (RFC 6120 §7), and presences that are not enough (RFC 6121 §4).
 *
 * @module
 */

import { bind, end, exchange, leave, PRESENCE, signIn, STREAM_ERROR, subscribed } from "../frames.ts";
import { pause, teamNode, update, userNode } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import type { Conversation, Tab } from "../tab.ts";
import { ALL, everywhere } from "./everywhere.ts";

const RAW = "raw frames";
const ERROR = /^<iq [^>]*type=["']error["']/;

/** Signs in on a socket of its own, and subscribes the user's and the team's node. */
export async function atWork(tab: Tab, url: string, user: string): Promise<{ readonly talk: Conversation; readonly jid: string }> {
  const talk = await tab.connect(url);
  const jid = await signIn(talk, { user });
  await subscribed(talk, jid, userNode(user), teamNode("42"));
  return { talk, jid };
}

export const BINDING: readonly Scenario[] = [
  ...everywhere(ALL, (server, start) => ({
    name: `bind-missing-${server}`,
    expects: ["bind-missing"],
    server,
    client: RAW,
    how: "After the second features the page sends presence at once, without a bind; it gives up after 5 s where nothing happens.",
    async play(stage: Stage) {
      const talk = await stage.tab.connect((await start(stage)).socketUrl);
      await signIn(talk, { user: "7001", upTo: "restart" });
      await talk.send(PRESENCE);
      await pause(5000);
      await end(talk);
    },
  })),
  {
    name: "bind-refused-deskwire",
    expects: ["bind-refused"],
    server: "deskwire",
    client: RAW,
    how: "The resource is longer than the 1023 bytes that a jid may have there.",
    async play(stage) {
      const talk = await stage.tab.connect((await stage.servers.deskwire()).socketUrl);
      await signIn(talk, { user: "7001", upTo: "restart" });
      await exchange(talk, bind("d".repeat(1100)), ERROR);
      await end(talk);
    },
  },
  {
    name: "bind-refused-deskwire-too-many",
    expects: ["bind-refused"],
    server: "deskwire",
    client: RAW,
    how: "RESOURCES_PER_USER is 1, and another tab has bound one; the recorded tab asks for a second.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire({ variables: { RESOURCES_PER_USER: "1" } });
      const other = await (await stage.another()).connect(socketUrl);
      await signIn(other, { user: "7001", resource: "first" });
      const talk = await stage.tab.connect(socketUrl);
      await signIn(talk, { user: "7001", upTo: "restart" });
      await exchange(talk, bind("second"), ERROR);
      await end(talk);
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `resource-conflict-${server}`,
    expects: ["resource-conflict"],
    server,
    client: RAW,
    how: "Another tab signs in as the same user with the same resource, and stays.",
    async play(stage: Stage) {
      const { socketUrl } = await start(stage);
      const { talk } = await atWork(stage.tab, socketUrl, "7001");
      await pause(1000);
      const other = await (await stage.another()).connect(socketUrl);
      await signIn(other, { user: "7001" });
      await talk.next(STREAM_ERROR);
      await talk.closed();
    },
  })),
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `tabs-kick-each-other-${server}`,
    expects: ["tabs-kick-each-other"],
    server,
    client: RAW,
    how: "Two tabs of the same user and resource come back two seconds after each conflict, four times each; the first one is recorded.",
    waits: true,
    async play(stage: Stage) {
      const { socketUrl } = await start(stage);
      const other = await stage.another();
      await Promise.all([comesBack(stage.tab, socketUrl), pause(1000).then(() => comesBack(other, socketUrl))]);
    },
  })),
  {
    name: "presence-missing-deskwire",
    expects: ["presence-missing"],
    server: "deskwire",
    client: RAW,
    how: "The page binds and subscribes and sends no presence; what is published meanwhile is not delivered.",
    waits: true,
    play: (stage) => withoutPresence(stage, "deskwire", "7011"),
  },
  {
    name: "presence-missing-prosody",
    expects: ["presence-missing"],
    server: "prosody",
    client: RAW,
    how: "The page binds and sends no presence; the service contact's never comes either.",
    waits: true,
    play: (stage) => withoutPresence(stage, "prosody", "7011"),
  },
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `presence-negative-${server}`,
    expects: ["presence-negative"],
    server,
    client: RAW,
    how: "The page's presence has the priority -1.",
    async play(stage: Stage) {
      const { socketUrl } = await start(stage);
      const talk = await stage.tab.connect(socketUrl);
      const jid = await signIn(talk, { user: "7002", upTo: "session" });
      await talk.send('<presence xmlns="jabber:client"><priority>-1</priority></presence>');
      await subscribed(talk, jid, userNode("7002"));
      await pause(2000);
      await leave(talk);
    },
  })),
  {
    name: "service-contact-absent-deskwire",
    expects: ["service-contact-absent"],
    server: "deskwire",
    client: RAW,
    how: "The back end's lease is taken back before the page signs in: the service contact is unavailable from the start.",
    waits: true,
    async play(stage) {
      const { socketUrl, setContact } = await stage.servers.deskwire({ variables: { ALARM_MS: "14000" } });
      await setContact(false);
      const talk = await stage.tab.connect(socketUrl);
      const jid = await signIn(talk, { user: "7001", upTo: "presence" });
      await subscribed(talk, jid, userNode("7001"));
      await pause(20_000);
      await leave(talk);
    },
  },
  {
    name: "service-contact-absent-deskwire-later",
    expects: ["service-contact-absent"],
    server: "deskwire",
    client: RAW,
    how: "The back end gives up its lease while the page is signed in: the service contact becomes unavailable.",
    async play(stage) {
      const { socketUrl, setContact } = await stage.servers.deskwire({ variables: { ALARM_MS: "13000" } });
      const { talk } = await atWork(stage.tab, socketUrl, "7002");
      await pause(1000);
      await setContact(false);
      await talk.next(/^<presence [^>]*type="unavailable"/);
      await pause(1000);
      await leave(talk);
    },
  },
  {
    name: "service-contact-absent-prosody",
    expects: ["service-contact-absent"],
    server: "prosody",
    client: RAW,
    how: "The service contact's client goes while the page is signed in.",
    async play(stage) {
      const { socketUrl, setContact } = await stage.servers.prosody({ inactivity: 59 });
      const { talk } = await atWork(stage.tab, socketUrl, "7002");
      await pause(1000);
      setContact(false);
      await talk.next(/^<presence [^>]*type=["']unavailable["']/);
      await pause(1000);
      await leave(talk);
    },
  },
];

async function comesBack(tab: Tab, url: string): Promise<void> {
  for (let n = 0; n < 4; n++) {
    const talk = await tab.connect(url);
    await signIn(talk, { user: "7012" });
    if (n === 3) return;
    await talk.next(STREAM_ERROR, 10_000);
    await talk.closed();
    await pause(2000);
  }
}

async function withoutPresence(stage: Stage, server: "deskwire" | "prosody", user: string): Promise<void> {
  const { socketUrl, publish } = await stage.servers[server]();
  const talk = await stage.tab.connect(socketUrl);
  const jid = await signIn(talk, { user, upTo: "session" });
  if (server === "deskwire") await subscribed(talk, jid, userNode(user));
  await publish(userNode(user), update(user, "READY"));
  await pause(30_000);
  await end(talk);
}
