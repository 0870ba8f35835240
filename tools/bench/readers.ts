/**
 * One reader of each kind, with as little work of its own as can be.
 *
 * @module
 */

import { once } from "node:events";
import WebSocket from "ws";

import { Inbox, type Line, pong, signIn } from "../lab/readers/sign_in.ts";
import { HttpLine } from "./http_line.ts";

/** `managed`: a WebSocket with stream management (XEP-0198). */
export type Kind = "websocket" | "managed" | "bosh" | "sse";

export interface Place {
  readonly port: number;
  readonly token: string;
  readonly domain: string;
  readonly node: string;
  readonly user: string;
  readonly password: string;
}

export interface Heard {
  /** The id of an item. */
  item(id: string): void;
  /** The reader is of no use any more. */
  lost(why: Error): void;
}

/** Answers once the node is heard; with what ends it. */
type Read = (place: Place, heard: Heard) => Promise<() => void>;

export const READERS: Readonly<Record<Kind, Read>> = {
  websocket: (place, heard) => websocket(place, heard, false),
  managed: (place, heard) => websocket(place, heard, true),
  bosh,
  sse,
};

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const BODY = 'xmlns="http://jabber.org/protocol/httpbind" xmlns:xmpp="urn:xmpp:xbosh"';
const FIRST_RID = 1_573_741_820;
const SIGN_IN_MS = 60_000;
const SM = "urn:xmpp:sm:3";

async function websocket(place: Place, heard: Heard, isManaged: boolean): Promise<() => void> {
  const socket = new WebSocket(`ws://127.0.0.1:${place.port}/ws/`, ["xmpp"], { perMessageDeflate: false });
  const inbox = new Inbox();
  let take = (xml: string): void => inbox.push(xml);
  socket.on("message", (data) => take(data.toString()));
  const fail = (why: Error) => {
    inbox.fail(why);
    heard.lost(why);
  };
  socket.on("error", fail);
  socket.on("close", (code) => fail(new Error(`A WebSocket was closed with ${code}`)));
  await once(socket, "open");
  const restart = async () => {
    socket.send(`<open xmlns="${FRAMING}" to="${place.domain}" version="1.0"/>`);
    await inbox.next(/^<stream:features/);
  };
  await restart();
  await signIn({ send: (xml) => socket.send(xml), next: (pattern) => inbox.next(pattern), restart }, place);
  let handled = 0;
  const ask = (xml: string) => (isManaged && xml.startsWith("<r ") ? `<a xmlns="${SM}" h="${handled}"/>` : pong(xml));
  if (isManaged) {
    socket.send(`<enable xmlns="${SM}" resume="true"/>`);
    await inbox.next(/^<enabled/);
  }
  take = (xml) => {
    if (/^<(?:message|presence|iq)\b/.test(xml)) handled++;
    tellItems(xml, '<item id="', heard);
    const answer = ask(xml);
    if (answer) socket.send(answer);
  };
  return () => {
    socket.removeAllListeners("close");
    socket.terminate();
  };
}

async function bosh(place: Place, heard: Heard): Promise<() => void> {
  const http = new HttpLine(place.port);
  let [rid, sid, waiting] = [FIRST_RID, "", ""];
  const post = async (attrs: string): Promise<string> => {
    const inside = waiting;
    waiting = "";
    const { status, text } = await http.ask({
      method: "POST",
      path: "/http-bind/",
      headers: { "Content-Type": "text/xml; charset=utf-8" },
      body: `<body rid="${rid++}" ${BODY}${sid && ` sid="${sid}"`} ${attrs}>${inside}</body>`,
    });
    if (status !== 200 || /^<body[^>]*type="terminate"/.test(text)) throw new Error(`A BOSH session ended: ${status} ${text}`);
    return text;
  };
  const inbox = new Inbox();
  const line: Line = {
    send: (xml) => {
      waiting += xml;
    },
    next: async (pattern) => {
      for (const until = performance.now() + SIGN_IN_MS; performance.now() < until; ) {
        const found = inbox.take(pattern);
        if (found !== undefined) return found;
        inbox.push(await post(""));
      }
      throw new Error(`No ${pattern} came`);
    },
    restart: async () => void (await post('xmpp:restart="true"')),
  };
  sid = /\bsid="([^"]+)"/.exec(await post(`to="${place.domain}" ver="1.6" wait="60" hold="1" xml:lang="en" xmpp:version="1.0"`))?.[1] ?? "";
  await signIn(line, place);
  const read = async () => {
    for (;;) {
      const text = await post("");
      tellItems(text, '<item id="', heard);
      waiting = pong(text) ?? "";
    }
  };
  read().catch((why: Error) => heard.lost(why));
  return () => http.close();
}

async function sse({ port, node, token }: Place, heard: Heard): Promise<() => void> {
  const http = new HttpLine(port);
  let rest = "";
  const begun = new Promise<void>((begin, failed) => {
    const request = {
      method: "GET",
      path: `/api/v1/nodes/${encodeURIComponent(node)}/events`,
      headers: { Accept: "text/event-stream", Authorization: `Bearer ${token}` },
    } as const;
    const ended = http.listen(request, (piece) => {
      begin();
      const events = (rest + piece).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        if (event.includes("event: reset")) heard.lost(new Error(`An event stream missed something: ${event}`));
        tellItems(event, ',"id":"', heard);
      }
    });
    ended.then(
      ({ status, text }) => failed(new Error(`An event stream ended: ${status} ${text}`)),
      (why: Error) => {
        failed(why);
        heard.lost(why);
      },
    );
  });
  await begun;
  return () => http.close();
}

/** Ids behind a mark; a pattern over every byte would be most of the work. */
function tellItems(text: string, mark: string, heard: Heard): void {
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at)) {
    at += mark.length;
    heard.item(text.slice(at, text.indexOf('"', at)));
  }
}
