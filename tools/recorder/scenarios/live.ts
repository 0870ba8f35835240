/**
 * Connections that stood, and what became of them.
 *
 * @module
 */

import { exchange, leave, ping, PRESENCE, RESULT, signIn, SM, STREAM_ERROR, subscribed } from "../frames.ts";
import { startDeskwire } from "../servers/deskwire.ts";
import { startEjabberd } from "../servers/ejabberd.ts";
import { pause, type Peer, update, userNode } from "../servers/peer.ts";
import { startProsody } from "../servers/prosody.ts";
import type { Scenario, Stage } from "../stage.ts";
import type { Conversation } from "../tab.ts";
import { atWork } from "./binding.ts";
import { ALL, everywhere } from "./everywhere.ts";

const RAW = "raw frames";
const EVENT = /^<message/;

/** One event comes, so that the subscription is seen to work. */
export async function hears(talk: Conversation, { publish }: Peer, user: string): Promise<void> {
  await publish(userNode(user), update(user, "READY"));
  await talk.next(EVENT);
}

/** Signs in by a way that cuts what is idle, three times. */
async function isCutWhenIdle(stage: Stage, peer: Peer, { idleMs, user }: { readonly idleMs: number; readonly user: string }): Promise<void> {
  const way = await stage.way({ port: peer.port, idleMs });
  for (let n = 0; n < 3; n++) {
    const { talk } = await atWork(stage.tab, way.url(peer.socketUrl), user);
    await hears(talk, peer, user);
    await talk.closed(idleMs + 10_000);
    await pause(1000);
  }
}

/** Turns stream management on; answers the id to resume by. */
export async function managed(talk: Conversation): Promise<string> {
  const enabled = await exchange(talk, `<enable xmlns="${SM}" resume="true"/>`, /^<enabled/);
  return /\bid=["']([^"']+)/.exec(enabled)?.[1] ?? "";
}

export const LIVE: readonly Scenario[] = [
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `pings-unanswered-${server}`,
    expects: ["pings-unanswered"],
    server,
    client: RAW,
    how: "After a first answered ping a proxy lets nothing of the server through; the page pings every 10 s and gives up after the second that stays unanswered.",
    waits: true,
    async play(stage: Stage) {
      const { port, socketUrl } = await start(stage);
      const way = await stage.way({ port });
      const { talk } = await atWork(stage.tab, way.url(socketUrl), "7015");
      await exchange(talk, ping(), RESULT);
      way.hold();
      for (let n = 0; n < 2; n++) {
        await pause(10_000);
        await talk.send(ping());
      }
      await pause(10_000);
      await talk.close();
    },
  })),
  {
    name: "idle-proxy-deskwire-60",
    expects: ["idle-proxy"],
    server: "deskwire",
    client: RAW,
    how: "A proxy cuts connections that carried nothing for 60 s; the page sends nothing by itself, the server's own pings are turned off (PROBE_AFTER_MS), and the page comes back three times.",
    waits: true,
    play: async (stage) => isCutWhenIdle(stage, await stage.servers.deskwire({ variables: { PROBE_AFTER_MS: "600000" } }), { idleMs: 60_000, user: "7016" }),
  },
  {
    name: "idle-proxy-prosody-100",
    expects: ["idle-proxy"],
    server: "prosody",
    client: RAW,
    how: "A proxy cuts connections that carried nothing for 100 s; the page sends nothing by itself and comes back three times.",
    waits: true,
    play: async (stage) => isCutWhenIdle(stage, await stage.servers.prosody(), { idleMs: 100_000, user: "7016" }),
  },
  ...everywhere(ALL, (server, start) => ({
    name: `socket-lost-${server}`,
    expects: ["socket-lost"],
    server,
    client: RAW,
    how: "The network between page and server is cut 4 s after an event, without a word of WebSocket or XMPP; the page comes back and leaves in order.",
    async play(stage: Stage) {
      const peer = await start(stage);
      const way = await stage.way({ port: peer.port });
      const { talk } = await atWork(stage.tab, way.url(peer.socketUrl), "7001");
      await hears(talk, peer, "7001");
      await pause(4000);
      way.cut();
      await talk.closed();
      await pause(1000);
      const again = await atWork(stage.tab, way.url(peer.socketUrl), "7001");
      await hears(again.talk, peer, "7001");
      await leave(again.talk);
    },
  })),
  {
    name: "server-shutdown-prosody",
    expects: ["server-shutdown"],
    server: "prosody",
    client: RAW,
    how: "The server is told to end (SIGTERM).",
    async play(stage) {
      const peer = stage.own(await startProsody());
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
      await hears(talk, peer, "7001");
      await peer.stop();
      await talk.closed();
    },
  },
  {
    name: "server-shutdown-ejabberd",
    expects: ["server-shutdown"],
    server: "ejabberd",
    client: RAW,
    how: "The server is told to end (SIGTERM).",
    async play(stage) {
      const peer = stage.own(await startEjabberd());
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
      await hears(talk, peer, "7001");
      await peer.stop();
      await talk.closed();
    },
  },
  {
    name: "server-shutdown-deskwire",
    expects: ["server-shutdown"],
    server: "deskwire",
    client: RAW,
    how: "The connection manager is drained by the HTTP API.",
    async play(stage) {
      const peer = stage.own(await startDeskwire());
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
      await hears(talk, peer, "7001");
      await peer.change("POST", "/api/v1/connections/drain", { manager: "local/0" });
      await talk.next(STREAM_ERROR);
      await talk.closed();
    },
  },
  {
    name: "connection-timeout-deskwire",
    expects: ["connection-timeout"],
    server: "deskwire",
    client: RAW,
    how: "The page pings three times and then falls silent, and does not answer the server's ping; the server's times are seconds instead of minutes.",
    async play(stage) {
      const times = { ALARM_MS: "500", MISSED_PINGS_MS: "4000", PROBE_AFTER_MS: "2000", PROBE_WAIT_MS: "3000" };
      const peer = await stage.servers.deskwire({ variables: times });
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
      await hears(talk, peer, "7001");
      for (let n = 0; n < 3; n++) await exchange(talk, ping(), RESULT);
      await talk.next(STREAM_ERROR, 20_000);
      await talk.closed();
    },
  },
  {
    name: "connection-timeout-ejabberd",
    expects: ["connection-timeout"],
    server: "ejabberd",
    client: RAW,
    how: "The page answers no ping of the server, which pings after 4 s and waits 3 s (mod_ping, timeout_action kill); it then closes without a stream error.",
    async play(stage) {
      const modules = "  mod_ping:\n    send_pings: true\n    ping_interval: 4\n    ping_ack_timeout: 3\n    timeout_action: kill";
      const peer = stage.own(await startEjabberd({ modules }));
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
      await talk.closed(20_000);
    },
  },
  {
    name: "slow-consumer-deskwire",
    expects: ["slow-consumer"],
    server: "deskwire",
    client: RAW,
    how: "The page turns stream management on and acknowledges nothing; UNACKED_STANZAS is 8, and ten events are published.",
    async play(stage) {
      const peer = await stage.servers.deskwire({ variables: { UNACKED_STANZAS: "8", SLOW_MS: "0" } });
      const talk = await stage.tab.connect(peer.socketUrl);
      const jid = await signIn(talk, { user: "7001" });
      await managed(talk);
      await subscribed(talk, jid, userNode("7001"));
      for (let n = 0; n < 10; n++) await peer.publish(userNode("7001"), update("7001", `READY${n}`)).catch(() => {});
      await talk.next(STREAM_ERROR);
      await talk.closed();
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `resume-failed-${server}`,
    expects: ["resume-failed"],
    server,
    client: RAW,
    how: "The page asks to resume a stream that the server does not know, as after the server's restart, and then binds anew.",
    async play(stage: Stage) {
      const peer = await start(stage);
      const talk = await stage.tab.connect(peer.socketUrl);
      await signIn(talk, { user: "7001", upTo: "restart" });
      await exchange(talk, `<resume xmlns="${SM}" previd="0b7c2f1e-6f0a-4d3a-9a51-2f5f3b0c9d11" h="7"/>`, /^<failed/);
      const jid = await boundAndPresent(talk);
      await subscribed(talk, jid, userNode("7001"));
      await hears(talk, peer, "7001");
      await leave(talk);
    },
  })),
  {
    name: "rights-revoked-deskwire",
    expects: ["rights-revoked"],
    server: "deskwire",
    client: RAW,
    how: "The user is deleted by the HTTP API while it is signed in.",
    async play(stage) {
      const peer = stage.own(await startDeskwire());
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
      await hears(talk, peer, "7001");
      await peer.change("DELETE", "/api/v1/users/7001");
      await talk.next(STREAM_ERROR);
      await talk.closed();
    },
  },
];

/** Closes its socket without ending its stream, and resumes it by another one; an event that was published meanwhile follows. */
export async function resumes({ tab }: Stage, peer: Peer, url: string): Promise<void> {
  const first = await tab.connect(url);
  const jid = await signIn(first, { user: "7002", upTo: "session" });
  const previous = await managed(first);
  await exchange(first, PRESENCE, /^<presence[^>]* from=["']finesse@/);
  await subscribed(first, jid, userNode("7002"));
  // The user's own presence, the contact's, and the answer to the subscribe.
  await first.send(`<a xmlns="${SM}" h="3"/>`);
  await first.close();
  await peer.publish(userNode("7002"), update("7002", "READY"));
  const second = await tab.connect(url);
  await signIn(second, { user: "7002", upTo: "restart" });
  await exchange(second, `<resume xmlns="${SM}" previd="${previous}" h="3"/>`, /^<resumed/);
  await second.next(EVENT);
  await second.send(`<a xmlns="${SM}" h="4"/>`);
  await leave(second);
}

/** Binds and is present; answers the full jid. */
export async function boundAndPresent(talk: Conversation): Promise<string> {
  const bound = await exchange(
    talk,
    '<iq type="set" id="bind1" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>desktop</resource></bind></iq>',
    RESULT,
  );
  await exchange(talk, PRESENCE, /^<presence[^>]* from=["']finesse@/);
  return /<jid>([^<]+)/.exec(bound)?.[1] ?? "";
}
