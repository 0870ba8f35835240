/**
 * Sockets that do not open (RFC 6455 §4).
 *
 * @module
 */

import { freePort } from "../../../test/wire/support/server.ts";
import { withoutFields } from "../faults/way.ts";
import { leave, signIn } from "../frames.ts";
import { pause } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import { everywhere } from "./everywhere.ts";

const RAW = "raw frames";
const hopByHop = withoutFields("upgrade", "connection");

/** Tries a socket that must not open. */
async function refused(stage: Stage, url: string): Promise<void> {
  const talk = await stage.tab.connect(url);
  if (talk.isOpen) throw new Error(`${url} opened`);
  await talk.closed();
}

export const UPGRADE: readonly Scenario[] = [
  ...everywhere(["deskwire", "ejabberd"], (server, start) => ({
    name: `upgrade-stripped-${server}`,
    expects: ["upgrade-stripped"],
    server,
    client: RAW,
    how: "A proxy between page and server takes the hop-by-hop fields Upgrade and Connection out of the request, as one does that was not told of WebSockets.",
    async play(stage) {
      const { port, socketUrl } = await start(stage);
      const way = await stage.way({ port, request: hopByHop });
      await refused(stage, way.url(socketUrl));
    },
  })),
  ...everywhere(["deskwire", "prosody", "ejabberd"], (server, start) => ({
    name: `upgrade-wrong-path-${server}`,
    expects: ["upgrade-wrong-path"],
    server,
    client: RAW,
    how: "The page asks for /xmpp/socket, a path that the server does not have.",
    async play(stage) {
      const { port } = await start(stage);
      await refused(stage, `ws://127.0.0.1:${port}/xmpp/socket`);
    },
  })),
  {
    name: "origin-refused-deskwire",
    expects: ["origin-refused"],
    server: "deskwire",
    client: RAW,
    how: "ALLOWED_ORIGINS names another origin than the page's.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire({ variables: { ALLOWED_ORIGINS: "https://desk.example.org" } });
      await refused(stage, socketUrl);
    },
  },
  {
    name: "origin-refused-ejabberd",
    expects: ["origin-refused"],
    server: "ejabberd",
    client: RAW,
    how: "websocket_origin names another origin than the page's.",
    async play(stage) {
      const { socketUrl } = await stage.servers.ejabberd({ options: 'websocket_origin:\n  - "https://desk.example.org"' });
      await refused(stage, socketUrl);
    },
  },
  {
    name: "tls-failed-prosody-self-signed",
    expects: ["tls-failed"],
    server: "prosody",
    client: RAW,
    how: "TLS in front of the server ends with a certificate that nobody signed.",
    async play(stage) {
      const { port, socketUrl } = await stage.servers.prosody();
      const way = await stage.way({ port, tls: true });
      await refused(stage, way.url(socketUrl, "wss:"));
    },
  },
  {
    name: "tls-failed-deskwire-plain-port",
    expects: ["tls-failed"],
    server: "deskwire",
    client: RAW,
    how: "The page asks by wss: at a port that speaks plain HTTP.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire();
      await refused(stage, socketUrl.replace("ws:", "wss:"));
    },
  },
  {
    name: "server-unreachable-deskwire-refused",
    expects: ["server-unreachable"],
    server: "deskwire",
    client: RAW,
    how: "Nothing listens at the port: the server was stopped before.",
    async play(stage) {
      await refused(stage, `ws://127.0.0.1:${await freePort()}/ws/`);
    },
  },
  {
    name: "server-unreachable-deskwire-name",
    expects: ["server-unreachable"],
    server: "deskwire",
    client: RAW,
    how: "The host's name is none that can be resolved.",
    async play(stage) {
      await refused(stage, "wss://finesse-pub.invalid:8445/ws/");
    },
  },
  {
    name: "server-busy-deskwire",
    expects: ["server-busy"],
    server: "deskwire",
    client: RAW,
    how: "One connection waits to sign in where UNSIGNED_PER_MANAGER and MANAGERS_PER_REGION are 1; the recorded one is the second.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire({ variables: { UNSIGNED_PER_MANAGER: "1", MANAGERS_PER_REGION: "1" } });
      await (await stage.another()).connect(socketUrl);
      await refused(stage, socketUrl);
    },
  },
  {
    name: "upgrade-refused-deskwire-bad-gateway",
    expects: ["upgrade-refused"],
    server: "deskwire",
    client: RAW,
    how: "The proxy in front does not reach its server, and answers 502.",
    async play(stage) {
      const way = await stage.way({ port: await freePort() });
      await refused(stage, way.url("ws://127.0.0.1:1/ws/"));
    },
  },
  {
    name: "upgrade-refused-prosody-no-subprotocol-offered",
    expects: ["upgrade-refused"],
    server: "prosody",
    client: RAW,
    how: "The page offers no subprotocol; Prosody answers 501.",
    async play(stage) {
      const { socketUrl } = await stage.servers.prosody();
      const talk = await stage.tab.connect(socketUrl, { protocols: [] });
      await talk.closed();
    },
  },
  {
    name: "upgrade-unanswered-deskwire",
    expects: ["upgrade-unanswered"],
    server: "deskwire",
    client: RAW,
    how: "Whoever listens at the port takes the connection and never answers; the page gives up after 20 s.",
    waits: true,
    async play(stage) {
      const way = await stage.way({});
      const talk = await stage.tab.connect(way.url("ws://127.0.0.1:1/ws/"), { wait: 20_000 });
      await talk.close();
    },
  },
  {
    name: "handshake-failed-prosody-xmpp-port",
    expects: ["handshake-failed"],
    server: "prosody",
    client: RAW,
    how: "The page asks at the port of XMPP over TCP, which speaks no HTTP.",
    async play(stage) {
      const { c2sPort } = await stage.servers.prosody();
      await refused(stage, `ws://127.0.0.1:${c2sPort}/xmpp-websocket`);
    },
  },
  {
    name: "handshake-failed-deskwire-cut",
    expects: ["handshake-failed"],
    server: "deskwire",
    client: RAW,
    how: "The connection is cut between the request and its answer.",
    async play(stage) {
      const way = await stage.way({});
      const opening = stage.tab.connect(way.url("ws://127.0.0.1:1/ws/"));
      await pause(300);
      way.cut();
      await (await opening).closed();
    },
  },
  ...everywhere(["deskwire", "ejabberd"], (server, start) => ({
    name: `subprotocol-missing-${server}`,
    expects: ["subprotocol-missing"],
    server,
    client: RAW,
    how: "A proxy takes Sec-WebSocket-Protocol out of the 101; the browser fails the connection.",
    async play(stage) {
      const { port, socketUrl } = await start(stage);
      const way = await stage.way({ port, answer: withoutFields("sec-websocket-protocol") });
      await refused(stage, way.url(socketUrl));
    },
  })),
  {
    name: "subprotocol-missing-ejabberd-not-offered",
    expects: ["subprotocol-missing"],
    server: "ejabberd",
    client: RAW,
    how: "The page offers no subprotocol, and ejabberd answers 101 all the same; the conversation goes on.",
    async play(stage) {
      const { socketUrl } = await stage.servers.ejabberd();
      const talk = await stage.tab.connect(socketUrl, { protocols: [] });
      await signIn(talk, { user: "7001" });
      await leave(talk);
    },
  },
];
