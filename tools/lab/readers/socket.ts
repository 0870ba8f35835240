/**
 * XMPP over a WebSocket (RFC 7395): after the handshake both sides speak when they have something to say.
 *
 * @module
 */

import { once } from "node:events";
import WebSocket from "ws";

import { BROWSER_HEADERS } from "../http_client.ts";
import type { Listen } from "./reader.ts";
import { Inbox, itemIds, pong, signIn } from "./sign_in.ts";

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";

export const webSocket: Listen = async (place, received) => {
  const headers = { "User-Agent": BROWSER_HEADERS["User-Agent"], "Accept-Language": BROWSER_HEADERS["Accept-Language"] };
  const socket = new WebSocket(`ws://127.0.0.1:${place.port}/ws/`, ["xmpp"], { perMessageDeflate: false, headers });
  const inbox = new Inbox();
  let isStopped = false;
  socket.on("message", (data) => {
    const xml = data.toString();
    const answer = pong(xml);
    if (answer) socket.send(answer);
    for (const id of itemIds(xml)) received(id);
    inbox.push(xml);
  });
  const over = new Promise<void>((ended, failed) => {
    socket.on("error", (fault) => failed(fault));
    socket.on("close", (code) => (isStopped ? ended() : failed(new Error(`The WebSocket was closed with ${code}`))));
  });
  over.catch((fault: Error) => inbox.fail(fault));
  await Promise.race([once(socket, "open"), over]);

  const restart = async () => {
    socket.send(`<open xmlns="${FRAMING}" to="${place.domain}" version="1.0"/>`);
    await inbox.next(/^<stream:features/);
  };
  await restart();
  await signIn({ send: (xml) => socket.send(xml), next: (pattern) => inbox.next(pattern), restart }, place);
  return {
    start: () => {}, // it is told by itself
    over,
    stop: async () => {
      isStopped = true;
      socket.send(`<close xmlns="${FRAMING}" />`);
      await over;
    },
  };
};
