/**
 * The transports of the lab, from the oldest to the newest, as the argument for WebSockets goes.
 *
 * @module
 */

import type { Way } from "./counting_proxy.ts";
import { bosh } from "./readers/bosh.ts";
import { eventStream } from "./readers/event_stream.ts";
import { longPoll, shortPoll } from "./readers/polls.ts";
import type { Listen } from "./readers/reader.ts";
import { webSocket } from "./readers/socket.ts";

export interface Transport {
  readonly name: string;
  readonly title: string;
  readonly way: Way;
  readonly listen: Listen;
}

export const TRANSPORTS: readonly Transport[] = [
  { name: "http-1.0", title: "Short poll 1 s, a connection each (HTTP/1.0)", way: { closes: true }, listen: shortPoll(1000) },
  { name: "short-0.5", title: "Short poll 0.5 s, keep-alive (HTTP/1.1)", way: {}, listen: shortPoll(500) },
  { name: "short-1", title: "Short poll 1 s, keep-alive (HTTP/1.1)", way: {}, listen: shortPoll(1000) },
  { name: "long-poll", title: "Long poll", way: {}, listen: longPoll },
  { name: "sse", title: "Server-sent events", way: {}, listen: eventStream },
  { name: "bosh", title: "BOSH", way: {}, listen: bosh },
  { name: "websocket", title: "WebSocket", way: {}, listen: webSocket },
];
