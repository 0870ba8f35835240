/**
 * strophe.js, the library of Finesse's own desktop.
 *
 * @module
 */

import { $iq, $pres, Strophe } from "strophe.js";

import { type Connect, type Mechanism, mechanismOf, type Options, PUBSUB_NS, type StockClient, type StockEvent, Mailbox } from "./client.ts";

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

const MECHANISMS: Readonly<Record<Mechanism, object>> = { PLAIN: { mechanisms: [Strophe.SASLPlain] }, SCRAM: {} };
const ENDED: readonly number[] = [Strophe.Status.DISCONNECTED, Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL, Strophe.Status.ERROR];

export const connectStrophe: Connect = async ({ socketUrl, domain, user, password, resource, mechanism }: Options): Promise<StockClient> => {
  const connection = new Strophe.Connection(socketUrl, MECHANISMS[mechanism]);
  const events = new Mailbox<StockEvent>();
  const presences = new Mailbox<string>();
  const ended = Promise.withResolvers<void>();
  let usedMechanism = "";
  connection.rawOutput = (sent: string) => (usedMechanism ||= mechanismOf(sent) ?? "");
  await new Promise<void>((connected, failed) => {
    connection.connect(`${user}@${domain}/${resource}`, password, (status: number, condition?: string | null) => {
      if (status === Strophe.Status.CONNECTED) connected();
      if (status === Strophe.Status.DISCONNECTED) ended.resolve();
      if (ENDED.includes(status)) failed(new Error(`strophe.js: status ${status} ${condition ?? ""}`));
    });
  });
  const listen = (name: string, take: (stanza: Element) => void) => {
    const handler = (stanza: Element) => {
      take(stanza);
      return true; // stays
    };
    connection.addHandler(handler, "", name, null);
  };
  listen("message", (message) => {
    events.put({ node: message.getElementsByTagName("items")[0]?.getAttribute("node") ?? "", text: message.textContent ?? "" });
  });
  listen("presence", (presence) => presences.put(presence.getAttribute("from") ?? ""));
  const ask = (iq: ReturnType<typeof $iq>) =>
    new Promise<Element>((done, failed) => connection.sendIQ(iq, done, (error) => failed(new Error(String(error))), 5000));
  return {
    jid: connection.jid,
    usedMechanism,
    announce() {
      connection.send($pres());
      return presences.take();
    },
    async subscribe(node) {
      const iq = $iq({ to: `pubsub.${domain}`, type: "set" })
        .c("pubsub", { xmlns: PUBSUB_NS })
        .c("subscribe", { node, jid: connection.jid });
      return (await ask(iq)).getElementsByTagName("subscription")[0]?.getAttribute("subscription") ?? "";
    },
    nextEvent: () => events.take(),
    async ping() {
      await ask($iq({ to: domain, type: "get" }).c("ping", { xmlns: "urn:xmpp:ping" }));
    },
    disconnect() {
      connection.disconnect("done");
      return ended.promise;
    },
  };
};
