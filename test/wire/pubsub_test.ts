/**
 * The publish-subscribe service by a stock client's own commands (stanza): an owner's node from its creation to its end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Agent, createClient } from "stanza";
import { afterEach, test } from "vitest";

import { onBothServers } from "./support/bench.ts";
import { DOMAIN } from "./support/server.ts";

const SERVICE = `pubsub.${DOMAIN}`;
const clients: Agent[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) void client.disconnect();
});

async function signIn(socketUrl: string, user: string): Promise<Agent> {
  const client = createClient({
    jid: `${user}@${DOMAIN}`,
    server: DOMAIN,
    resource: "stock",
    credentials: { username: user, password: `pw-${user}` },
    transports: { websocket: socketUrl, bosh: false },
    autoReconnect: false,
  });
  clients.push(client);
  const started = new Promise<void>((done, failed) => {
    client.on("session:started", () => done());
    client.on("disconnected", () => failed(new Error("Disconnected before the session started")));
  });
  await client.connect();
  await started;
  const present = new Promise<void>((done) => client.once("presence", () => done()));
  client.sendPresence();
  await present;
  return client;
}

/** The next event of this kind, in the client's own terms. */
const next = <T>(
  client: Agent,
  name: "pubsub:published" | "pubsub:retracted" | "pubsub:purged" | "pubsub:deleted" | "pubsub:subscription" | "pubsub:affiliations",
) => new Promise<T>((done) => client.once(name, (event) => done(event as T)));

// A payload that stanza knows (XEP-0118).
const tune = (title: string) => ({ itemType: "http://jabber.org/protocol/tune" as const, title });
interface Published {
  readonly pubsub: {
    readonly items: { readonly node: string; readonly published: readonly { readonly id: string; readonly content: { readonly title: string } }[] };
  };
}

onBothServers((bench) => {
  test("PS-080 PS-032 PS-060 PS-070 PS-086 PS-085 create, configure, subscribe, publish, read, retract, purge, delete", async () => {
    const [owner, reader] = [await signIn(bench.server.socketUrl, "backend"), await signIn(bench.server.socketUrl, "7001")];
    const { node } = await owner.createNode(SERVICE);
    assert.ok(node);
    const config = await owner.getNodeConfig(SERVICE, node);
    assert.equal(config.fields?.find(({ name }) => name === "pubsub#access_model")?.value, "open");
    await owner.configureNode(SERVICE, node, {
      type: "submit",
      fields: [
        { name: "FORM_TYPE", type: "hidden", value: "http://jabber.org/protocol/pubsub#node_config" },
        { name: "pubsub#max_items", value: "3" },
      ],
    });
    assert.equal((await owner.getDefaultNodeConfig(SERVICE)).type, "form");
    const subscription = await reader.subscribeToNode(SERVICE, node);
    assert.equal(subscription.state, "subscribed");
    for (const title of ["one", "two"]) {
      const heard = next<Published>(reader, "pubsub:published");
      await owner.publish(SERVICE, node, tune(title), title);
      const { items } = (await heard).pubsub;
      assert.deepEqual([items.node, items.published[0]?.id, items.published[0]?.content.title], [node, title, title]);
    }
    const found = await reader.getItems(SERVICE, node);
    assert.deepEqual(
      found.items?.map(({ id }) => id),
      ["one", "two"],
    );
    const page = await reader.getItems(SERVICE, node, { max: 1, before: "" });
    assert.deepEqual(
      page.items?.map(({ id }) => id),
      ["two"],
    );
    assert.equal((await reader.getItem(SERVICE, node, "one")).id, "one");
    const retracted = next<{ pubsub: { items: { retracted: readonly string[] } } }>(reader, "pubsub:retracted");
    await owner.retract(SERVICE, node, "one", true);
    assert.equal((await retracted).pubsub.items.retracted[0], "one");
    assert.equal((await reader.getSubscriptions(SERVICE, { node })).items?.length, 1);
    const purged = next<{ pubsub: { purge: { node: string } } }>(reader, "pubsub:purged");
    await owner.purgeNode(SERVICE, node);
    await purged;
    await reader.unsubscribeFromNode(SERVICE, node);
    await reader.subscribeToNode(SERVICE, node);
    const deleted = next(reader, "pubsub:deleted");
    await owner.deleteNode(SERVICE, node);
    await deleted;
    await assert.rejects(reader.getItems(SERVICE, node), (answer: { error?: { condition?: string } }) => answer.error?.condition === "item-not-found");
  });

  test("PS-089 PS-090 an owner looks after affiliations and subscriptions", async () => {
    const [owner, reader] = [await signIn(bench.server.socketUrl, "backend"), await signIn(bench.server.socketUrl, "7002")];
    const { node } = await owner.createNode(SERVICE, undefined, {
      type: "submit",
      fields: [
        { name: "FORM_TYPE", type: "hidden", value: "http://jabber.org/protocol/pubsub#node_config" },
        { name: "pubsub#access_model", value: "whitelist" },
      ],
    });
    assert.ok(node);
    await assert.rejects(reader.subscribeToNode(SERVICE, node), (answer: { error?: { pubsubError?: string } }) => answer.error?.pubsubError === "closed-node");
    const told = next(reader, "pubsub:affiliations");
    await owner.updateNodeAffiliations(SERVICE, node, [{ jid: `7002@${DOMAIN}`, affiliation: "member" }]);
    await told;
    assert.deepEqual((await owner.getNodeAffiliations(SERVICE, node)).items?.map(({ affiliation }) => affiliation).sort(), ["member", "owner"]);
    assert.equal((await reader.subscribeToNode(SERVICE, node)).state, "subscribed");
    const ended = next<{ pubsub: { subscription: { type: string } } }>(reader, "pubsub:subscription");
    await owner.updateNodeSubscriptions(SERVICE, node, [{ jid: `7002@${DOMAIN}`, state: "none" }]);
    assert.equal((await ended).pubsub.subscription.type, "none");
    await owner.deleteNode(SERVICE, node);
  });
});
