/**
 * XMPP over plain HTTP requests (XEP-0124, XEP-0206): the server holds one request, and answers it when there is something.
 *
 * @module
 */

import { HttpClient } from "../http_client.ts";
import { type Listen, loop } from "./reader.ts";
import { Inbox, itemIds, pong, signIn } from "./sign_in.ts";

const NAMESPACES = 'xmlns="http://jabber.org/protocol/httpbind" xmlns:xmpp="urn:xmpp:xbosh"';
const WAIT_SECONDS = 60;
/** §7.1: where the numbers of requests begin, away from both ends. */
const FIRST_RID = 1_573_741_820;

export const bosh: Listen = async (place, received) => {
  const client = new HttpClient(place.port);
  const inbox = new Inbox();
  let rid = FIRST_RID;
  let sid = "";
  /** What goes out with the next request. */
  let waiting = "";

  const post = async (attrs: string, inside: string): Promise<string> => {
    const body = `<body rid="${rid++}" ${NAMESPACES}${sid && ` sid="${sid}"`}${attrs && ` ${attrs}`}${inside ? `>${inside}</body>` : "/>"}`;
    const { status, text } = await client.ask({
      method: "POST",
      path: "/http-bind",
      headers: { "Content-Type": "text/xml; charset=utf-8", Accept: "*/*" },
      body,
    });
    if (status !== 200) throw new Error(`BOSH was answered with ${status}: ${text}`);
    const answer = pong(text);
    if (answer) waiting += answer;
    for (const id of itemIds(text)) received(id);
    inbox.push(text);
    return text;
  };
  const flush = async (attrs = ""): Promise<string> => {
    const inside = waiting;
    waiting = "";
    return await post(attrs, inside);
  };

  const opened = await post(`to="${place.domain}" ver="1.6" wait="${WAIT_SECONDS}" hold="1" xml:lang="en" xmpp:version="1.0"`, "");
  sid = /\bsid="([^"]+)"/.exec(opened)?.[1] ?? "";
  const line = {
    send: (xml: string) => {
      waiting += xml;
    },
    next: async (pattern: RegExp) => {
      for (;;) {
        const found = inbox.take(pattern);
        if (found !== undefined) return found;
        await flush();
      }
    },
    restart: async () => void (await flush('xmpp:restart="true"')),
  };
  await signIn(line, place);

  const reader = loop(
    async () => {
      const text = await flush();
      if (/^<body[^>]*\btype="terminate"/.test(text)) throw new Error(`The BOSH session ended: ${text}`);
    },
    () => client.close(),
  );
  return {
    start: reader.start,
    over: reader.over,
    stop: async () => {
      await reader.stop();
      await post('type="terminate"', "").catch(() => {}); // the session would end by itself, a minute later
      client.close();
    },
  };
};
