/**
 * @xmpp/client, the library of xmpp.js.
 *
 * @module
 */

import { client, xml } from "@xmpp/client";

import { type Connect, mechanismOf, type Options, PUBSUB_NS, type StockClient, type StockEvent, Mailbox } from "./client.ts";

export const connectXmppJs: Connect = async ({ socketUrl, domain, user, password, resource, mechanism }: Options): Promise<StockClient> => {
  const credentials = { username: user, password };
  const xmpp = client({
    service: socketUrl,
    domain,
    resource,
    // By itself it never sends PLAIN over ws:, so that has to be asked for.
    credentials: mechanism === "PLAIN" ? (authenticate) => authenticate(credentials, "PLAIN") : credentials,
  });
  xmpp.reconnect.stop();
  const events = new Mailbox<StockEvent>();
  const presences = new Mailbox<string>();
  const ended = new Mailbox<true>();
  let usedMechanism = "";
  xmpp.on("send", (element) => (usedMechanism ||= mechanismOf(element.toString()) ?? ""));
  xmpp.on("offline", () => ended.put(true));
  xmpp.on("stanza", (stanza) => {
    if (stanza.is("presence")) presences.put(stanza.attrs.from ?? "");
    const items = stanza.is("message") ? stanza.getChild("event")?.getChild("items") : undefined;
    if (items) events.put({ node: items.attrs.node ?? "", text: items.text() || (items.getChild("item")?.getChildText("notification") ?? "") });
  });
  xmpp.on("error", () => {}); // told by what start() rejects with
  const jid = String(await xmpp.start());
  return {
    jid,
    usedMechanism,
    async announce() {
      await xmpp.send(xml("presence"));
      return await presences.take();
    },
    async subscribe(node) {
      const subscribe = xml("pubsub", { xmlns: PUBSUB_NS }, xml("subscribe", { node, jid }));
      const answer = await xmpp.iqCaller.set(subscribe, `pubsub.${domain}`, 5000);
      return answer?.getChild("subscription")?.attrs.subscription ?? "";
    },
    nextEvent: () => events.take(),
    async ping() {
      await xmpp.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), domain, 5000);
    },
    async disconnect() {
      await xmpp.stop();
      await ended.take();
    },
  };
};
