/**
 * Frames that break a rule of XML, of RFC 7395 or of the server, and what becomes of them.
 *
 * @module
 */

import { end, exchange, PRESENCE, SM, signIn, STREAM_ERROR } from "../frames.ts";
import { DOMAIN, pause } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import { ALL, everywhere } from "./everywhere.ts";
import { managed } from "./live.ts";

const RAW = "raw frames";

/** Signs in, sends one bad frame, and is told so or not. */
async function sendsBad(stage: Stage, url: string, frame: string): Promise<void> {
  const talk = await stage.tab.connect(url);
  await signIn(talk, { user: "7001" });
  await talk.send(frame);
  await pause(2000);
  await end(talk);
}

const NOT_WELL_FORMED = '<message xmlns="jabber:client" to="7002@cc1.acme.test"><body>Sales & Care</body></message>';
const RESTRICTED = '<message xmlns="jabber:client" to="7002@cc1.acme.test"><!-- for later --><body>Hello</body></message>';
const TWO = `${PRESENCE}<iq type="get" to="${DOMAIN}" id="two" xmlns="jabber:client"><ping xmlns="urn:xmpp:ping"/></iq>`;
const LARGE = `<message xmlns="jabber:client" to="7002@cc1.acme.test"><body>${"All work and no play. ".repeat(3200)}</body></message>`;

export const BAD_FRAMES: readonly Scenario[] = [
  ...everywhere(ALL, (server, start) => ({
    name: `not-well-formed-${server}`,
    expects: ["not-well-formed"],
    server,
    client: RAW,
    how: "A frame of the page has an ampersand that is not escaped.",
    play: async (stage: Stage) => sendsBad(stage, (await start(stage)).socketUrl, NOT_WELL_FORMED),
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `two-stanzas-in-frame-${server}`,
    expects: ["two-stanzas-in-frame"],
    server,
    client: RAW,
    how: "The page sends presence and a ping in one frame.",
    play: async (stage: Stage) => sendsBad(stage, (await start(stage)).socketUrl, TWO),
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `restricted-xml-${server}`,
    expects: ["restricted-xml"],
    server,
    client: RAW,
    how: "A frame of the page has a comment in it.",
    play: async (stage: Stage) => sendsBad(stage, (await start(stage)).socketUrl, RESTRICTED),
  })),
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `frame-too-large-${server}`,
    expects: ["frame-too-large"],
    server,
    client: RAW,
    how: "The page sends a message of 70 KB; the server takes 64 KB.",
    play: async (stage: Stage) => sendsBad(stage, (await start(stage)).socketUrl, LARGE),
  })),
  {
    name: "policy-violation-deskwire",
    expects: ["policy-violation"],
    server: "deskwire",
    client: RAW,
    how: "The page nests forty elements; the server reads 32.",
    play: async (stage) =>
      sendsBad(stage, (await stage.servers.deskwire()).socketUrl, `<message xmlns="jabber:client">${"<x>".repeat(40)}${"</x>".repeat(40)}</message>`),
  },
  {
    name: "policy-violation-deskwire-twice",
    expects: ["policy-violation"],
    server: "deskwire",
    client: RAW,
    how: "The page turns stream management on twice.",
    async play(stage) {
      const talk = await stage.tab.connect((await stage.servers.deskwire()).socketUrl);
      await signIn(talk, { user: "7001" });
      await managed(talk);
      await exchange(talk, `<enable xmlns="${SM}" resume="true"/>`, STREAM_ERROR);
      await talk.closed();
    },
  },
  {
    name: "stream-error-prosody",
    expects: ["stream-error"],
    server: "prosody",
    client: RAW,
    how: "The signed-in page sends an element that is no stanza.",
    play: async (stage) => sendsBad(stage, (await stage.servers.prosody()).socketUrl, '<hello xmlns="urn:example:hello"/>'),
  },
];
