/**
 * An agent and a supervisor who write to one another with stock clients, unchanged, over real sockets (RFC 6121 §5, §8.5).
 *
 * @module
 */

import assert from "node:assert/strict";
import { client, xml } from "@xmpp/client";
import { createClient } from "stanza";
import { $iq, $msg, $pres, Strophe } from "strophe.js";
import { test } from "vitest";

import { onNpmStart } from "./support/bench.ts";
import { DOMAIN } from "./support/server.ts";
import { Mailbox } from "./support/stock/client.ts";

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

/** What one of them hears: who said what, or that nobody was there. */
type Heard = { readonly from: string; readonly body: string } | { readonly from: string; readonly refused: string };

interface Talker {
  readonly jid: string;
  readonly heard: Mailbox<Heard>;
  say(to: string, body: string): void;
  ping(to: string): Promise<void>;
  leave(): Promise<void>;
}

const CONDITION = /<(service-unavailable|recipient-unavailable) /;

/** The agent, by xmpp.js. */
async function byXmppJs(socketUrl: string): Promise<Talker> {
  const xmpp = client({ service: socketUrl, domain: DOMAIN, resource: "xmpp.js", credentials: { username: "7001", password: "pw-7001" } });
  xmpp.reconnect.stop();
  xmpp.on("error", () => {});
  const heard = new Mailbox<Heard>();
  xmpp.on("stanza", (stanza) => {
    if (!stanza.is("message")) return;
    const refused = CONDITION.exec(stanza.getChild("error")?.toString() ?? "")?.[1];
    const from = stanza.attrs["from"] ?? "";
    heard.put(refused ? { from, refused } : { from, body: stanza.getChildText("body") ?? "" });
  });
  const jid = String(await xmpp.start());
  await xmpp.send(xml("presence"));
  return {
    jid,
    heard,
    say: (to, body) => void xmpp.send(xml("message", { to, type: "chat" }, xml("body", {}, body))),
    ping: async (to) => void (await xmpp.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), to, 5000)),
    leave: async () => void (await xmpp.stop()),
  };
}

/** The supervisor, by strophe.js, which answers pings only if it is told to. */
async function byStrophe(socketUrl: string): Promise<Talker> {
  const connection = new Strophe.Connection(socketUrl);
  await new Promise<void>((done, failed) =>
    connection.connect(`lead1@${DOMAIN}/strophe`, "pw-lead1", (status: number) => {
      if (status === Strophe.Status.CONNECTED) done();
      if (status === Strophe.Status.CONNFAIL || status === Strophe.Status.AUTHFAIL) failed(new Error(`status ${status}`));
    }),
  );
  const heard = new Mailbox<Heard>();
  connection.addHandler(
    (message: Element) => {
      const from = message.getAttribute("from") ?? "";
      const error = message.getElementsByTagName("error")[0];
      heard.put(error ? { from, refused: (error.firstChild as Element).nodeName } : { from, body: message.getElementsByTagName("body")[0]?.textContent ?? "" });
      return true;
    },
    "",
    "message",
    null,
  );
  connection.addHandler(
    (iq: Element) => {
      connection.send($iq({ to: iq.getAttribute("from") ?? "", id: iq.getAttribute("id") ?? "", type: "result" }));
      return true;
    },
    "urn:xmpp:ping",
    "iq",
    "get",
  );
  connection.send($pres());
  const ask = (to: string) =>
    new Promise<void>((done, failed) =>
      connection.sendIQ(
        $iq({ to, type: "get" }).c("ping", { xmlns: "urn:xmpp:ping" }),
        () => done(),
        () => failed(new Error("refused")),
        5000,
      ),
    );
  return {
    jid: connection.jid,
    heard,
    say: (to, body) => connection.send($msg({ to, type: "chat" }).c("body").t(body)),
    ping: ask,
    async leave() {
      connection.disconnect("done");
    },
  };
}

/** The agent's other resource, by stanza, which turns copies on. */
async function byStanza(
  socketUrl: string,
): Promise<Talker & { readonly copies: Mailbox<string>; block(jid: string): Promise<void>; unblock(jid: string): Promise<void> }> {
  const one = createClient({
    jid: `7001@${DOMAIN}`,
    server: DOMAIN,
    resource: "stanza",
    credentials: { username: "7001", password: "pw-7001" },
    transports: { websocket: socketUrl, bosh: false },
    autoReconnect: false,
  });
  const [heard, copies] = [new Mailbox<Heard>(), new Mailbox<string>()];
  one.on("chat", ({ from, body = "" }) => heard.put({ from, body }));
  one.on("carbon:sent", ({ carbon }) => copies.put(`sent ${carbon.forward.message?.body}`));
  one.on("carbon:received", ({ carbon }) => copies.put(`received ${carbon.forward.message?.body}`));
  const started = new Promise<void>((done) => one.on("session:started", () => done()));
  await one.connect();
  await started;
  await one.enableCarbons();
  one.sendPresence({ priority: -1 });
  return {
    jid: one.jid,
    heard,
    copies,
    say: (to, body) => void one.sendMessage({ to, type: "chat", body }),
    ping: async (to) => void (await one.ping(to)),
    block: async (jid) => void (await one.block(jid)),
    unblock: async (jid) => void (await one.unblock(jid)),
    leave: async () => one.disconnect(),
  };
}

onNpmStart((bench) => {
  test("P-12 PI-06 CC-01 BL-01 an agent and a supervisor chat, ping, and block, by three stock clients", async () => {
    const { socketUrl } = bench.server;
    const [agent, lead, copied] = await Promise.all([byXmppJs(socketUrl), byStrophe(socketUrl), byStanza(socketUrl)]);
    await Promise.all([agent.ping(DOMAIN), lead.ping(DOMAIN), copied.ping(DOMAIN)]);
    agent.say(`lead1@${DOMAIN}`, "Can I take my break? <now> & here");
    assert.deepEqual(await lead.heard.take(), { from: agent.jid, body: "Can I take my break? <now> & here" });
    lead.say(agent.jid, "In five minutes ☕");
    assert.deepEqual(await agent.heard.take(), { from: lead.jid, body: "In five minutes ☕" });
    assert.equal(await copied.copies.take(), "sent Can I take my break? <now> & here");
    assert.equal(await copied.copies.take(), "received In five minutes ☕");
    lead.say(`7001@${DOMAIN}`, "to whoever is there");
    assert.deepEqual(await agent.heard.take(), { from: lead.jid, body: "to whoever is there" });
    assert.equal(await copied.copies.take(), "received to whoever is there");
    await agent.ping(lead.jid);
    for (let n = 0; n < 50; n++) agent.say(lead.jid, `${n}`);
    for (let n = 0; n < 50; n++) assert.deepEqual(await lead.heard.take(), { from: agent.jid, body: `${n}` });
    agent.say(`7002@${DOMAIN}`, "anybody?");
    assert.deepEqual(await agent.heard.take(), { from: `7002@${DOMAIN}`, refused: "service-unavailable" });
    await copied.block(`lead1@${DOMAIN}`);
    lead.say(`7001@${DOMAIN}`, "are you there?");
    assert.deepEqual(await lead.heard.take(), { from: `7001@${DOMAIN}`, refused: "service-unavailable" });
    await copied.unblock(`lead1@${DOMAIN}`);
    lead.say(`7001@${DOMAIN}`, "there you are");
    assert.deepEqual(await agent.heard.take(), { from: lead.jid, body: "there you are" });
    await Promise.all([agent.leave(), lead.leave(), copied.leave()]);
  });
});
