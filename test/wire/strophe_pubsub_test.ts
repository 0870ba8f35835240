/**
 * strophe.js with its own plugin for publish-subscribe (strophejs-plugin-pubsub), unchanged, against a created node.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { afterEach, test } from "vitest";

import { onBothServers } from "./support/bench.ts";
import { DOMAIN } from "./support/server.ts";

type Answered = (stanza: Element) => unknown;

/** What the plugin brings, as far as it is called here. */
interface PubsubPlugin {
  connect(jid: string, service: string): void;
  createNode(node: string, options: object, answered: Answered): void;
  subscribe(node: string, options: object | null, event: (message: Element) => boolean, success: Answered, error: Answered, bare: boolean): void;
  publish(node: string, items: readonly object[], answered: Answered): void;
  items(node: string, success: Answered, error: Answered): void;
  getConfig(node: string, answered: Answered): void;
  getSubscriptions(answered: Answered): void;
  getNodeSubscriptions(node: string, answered: Answered): void;
  getSubOptions(node: string, subid: string | null, answered: Answered): void;
  getAffiliations(node: string, answered: Answered): void;
  setAffiliation(node: string, jid: string, affiliation: string, answered: Answered): void;
  unsubscribe(node: string, jid: string, subid: string | null, success: Answered, error: Answered): void;
  deleteNode(node: string, answered: Answered): void;
}

// The plugin asks for strophe.js by `require`, which is another copy than the one that is imported.
const require = createRequire(import.meta.url);
const { Strophe, $pres } = require("strophe.js") as typeof import("strophe.js");
require("strophejs-plugin-pubsub");
Strophe.setLogLevel(Strophe.LogLevel.FATAL);

type Connection = InstanceType<typeof Strophe.Connection> & { readonly pubsub: PubsubPlugin };
const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.disconnect("done");
});

async function signIn(socketUrl: string, user: string): Promise<Connection> {
  const connection = new Strophe.Connection(socketUrl) as Connection;
  connections.push(connection);
  await new Promise<void>((connected, failed) => {
    connection.connect(`${user}@${DOMAIN}/plugin`, `pw-${user}`, (status: number) => {
      if (status === Strophe.Status.CONNECTED) connected();
      if (status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL) failed(new Error(`status ${status}`));
    });
  });
  connection.send($pres());
  connection.pubsub.connect(connection.jid, `pubsub.${DOMAIN}`);
  return connection;
}

/** One answer, as XML; an error is one, too. */
const answered = (ask: (done: Answered) => void): Promise<string> => new Promise((done) => ask((stanza) => done(Strophe.serialize(stanza))));

/** The item by an id that the plugin publishes. */
const entry = (id: string, text: string): object => {
  const data = Strophe.xmlElement("entry", { xmlns: "http://www.w3.org/2005/Atom" }, text) as Element;
  return { attrs: { id }, data };
};

onBothServers((bench) => {
  test("PS-080 PS-032 PS-060 PS-082 PS-089 PS-090 PS-085 the plugin creates, subscribes, publishes, reads, lists, and deletes", async () => {
    const [owner, reader] = [await signIn(bench.server.socketUrl, "backend"), await signIn(bench.server.socketUrl, "7001")];
    const { pubsub: own } = owner;
    const { pubsub } = reader;
    const node = `plugin-${Date.now()}`;
    assert.match(await answered((done) => own.createNode(node, { "pubsub#title": "By a plugin" }, done)), /type="result"/);
    assert.match(await answered((done) => own.getConfig(node, done)), /By a plugin/);
    const events: string[] = [];
    const heard = (message: Element) => events.push(Strophe.serialize(message)) > 0;
    const subscribed = await answered((done) => pubsub.subscribe(node, null, heard, done, done, true));
    assert.match(subscribed, new RegExp(`<subscription [^>]*jid="7001@${DOMAIN}"[^>]*subscription="subscribed"`));
    assert.match(await answered((done) => own.publish(node, [entry("one", "first")], done)), /<item id="one"/);
    for (const until = Date.now() + 5000; !events.some((event) => event.includes("first")) && Date.now() < until; )
      await new Promise((over) => setTimeout(over, 10));
    assert.match(events.join(""), new RegExp(`<items node="${node}"><item id="one"><entry [^>]*>first</entry>`));
    assert.match(await answered((done) => pubsub.items(node, done, done)), /<entry [^>]*>first<\/entry>/);
    assert.match(await answered((done) => pubsub.getSubscriptions(done)), new RegExp(`node="${node}"`));
    assert.match(await answered((done) => own.getNodeSubscriptions(node, done)), new RegExp(`jid="7001@${DOMAIN}"`));
    assert.match(await answered((done) => own.setAffiliation(node, `7001@${DOMAIN}`, "publisher", done)), /type="result"/);
    assert.match(await answered((done) => own.getAffiliations(node, done)), new RegExp(`affiliation="publisher" jid="7001@${DOMAIN}"`));
    assert.match(await answered((done) => pubsub.publish(node, [entry("two", "second")], done)), /<item id="two"/);
    assert.match(await answered((done) => pubsub.unsubscribe(node, `7001@${DOMAIN}`, null, done, done)), /type="result"/);
    assert.match(await answered((done) => own.getNodeSubscriptions(node, done)), new RegExp(`<subscriptions node="${node}"/>`));
    assert.match(await answered((done) => pubsub.deleteNode(node, done)), /type="error".*forbidden/);
    assert.match(await answered((done) => own.deleteNode(node, done)), /type="result"/);
    assert.match(await answered((done) => pubsub.items(node, done, done)), /item-not-found/);
  });
});
