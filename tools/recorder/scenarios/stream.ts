/**
 * Streams that do not open (RFC 7395 §3).
 *
 * @module
 */

import { auth, exchange, FEATURES, open, STREAM_ERROR } from "../frames.ts";
import { pause } from "../servers/peer.ts";
import type { Scenario } from "../stage.ts";
import { ALL, everywhere } from "./everywhere.ts";

const RAW = "raw frames";

export const STREAM: readonly Scenario[] = [
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `open-unanswered-${server}`,
    expects: ["open-unanswered"],
    server,
    client: RAW,
    how: "After the 101 a proxy lets nothing of the server through; the page gives up after 20 s.",
    waits: true,
    async play(stage) {
      const { port, socketUrl } = await start(stage);
      const way = await stage.way({ port });
      const talk = await stage.tab.connect(way.url(socketUrl));
      way.hold();
      await talk.send(open());
      await pause(20_000);
      await talk.close();
    },
  })),
  {
    name: "open-missing-deskwire-silent",
    expects: ["open-missing"],
    server: "deskwire",
    client: RAW,
    how: "The page waits for the server to speak first, as over TCP, and gives up after 20 s.",
    waits: true,
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire();
      const talk = await stage.tab.connect(socketUrl);
      await pause(20_000);
      await talk.close();
    },
  },
  {
    name: "open-missing-deskwire-auth-first",
    expects: ["open-missing"],
    server: "deskwire",
    client: RAW,
    how: "The page sends <auth/> as its first frame.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire();
      const talk = await stage.tab.connect(socketUrl);
      await exchange(talk, auth({ user: "7001" }), STREAM_ERROR);
      await talk.closed();
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `wrong-domain-${server}`,
    expects: ["wrong-domain"],
    server,
    client: RAW,
    how: "The page's <open/> names the host of the socket, and not the XMPP domain.",
    async play(stage) {
      const { socketUrl } = await start(stage);
      const talk = await stage.tab.connect(socketUrl);
      await exchange(talk, open("127.0.0.1"), STREAM_ERROR);
      await talk.closed();
    },
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `wrong-framing-${server}`,
    expects: ["wrong-framing"],
    server,
    client: RAW,
    how: "The page opens the stream with <stream:stream>, as over TCP and as before RFC 7395.",
    async play(stage) {
      const { socketUrl } = await start(stage);
      const talk = await stage.tab.connect(socketUrl);
      await talk.send(`<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="cc1.acme.test" version="1.0">`);
      await pause(3000);
      await talk.close();
    },
  })),
  {
    name: "wrong-framing-deskwire-namespace",
    expects: ["wrong-framing"],
    server: "deskwire",
    client: RAW,
    how: "The page's <open/> is in the namespace jabber:client.",
    async play(stage) {
      const talk = await stage.tab.connect((await stage.servers.deskwire()).socketUrl);
      await exchange(talk, open().replace("urn:ietf:params:xml:ns:xmpp-framing", "jabber:client"), STREAM_ERROR);
      await talk.closed();
    },
  },
  {
    name: "unsupported-version-deskwire",
    expects: ["unsupported-version"],
    server: "deskwire",
    client: RAW,
    how: 'The page\'s <open/> has the version "0.9".',
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire();
      const talk = await stage.tab.connect(socketUrl);
      await talk.send(open().replace('version="1.0"', 'version="0.9"'));
      await talk.closed();
    },
  },
  {
    name: "stream-error-deskwire-unknown-element",
    expects: ["stream-error"],
    server: "deskwire",
    client: RAW,
    how: "After the features the page sends an element that no specification has.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire();
      const talk = await stage.tab.connect(socketUrl);
      await exchange(talk, open(), FEATURES);
      await exchange(talk, '<hello xmlns="urn:example:hello"/>', STREAM_ERROR);
      await talk.closed();
    },
  },
];
