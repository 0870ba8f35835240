/**
 * Events from a publisher to desks, over real sockets (XEP-0060 §6.1, §7.1).
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { teamNode, userNode } from "./support/accounts.ts";
import { onBothServers } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";
import { CLOSE, type RawClient } from "./support/raw_client.ts";
import { DOMAIN } from "./support/server.ts";

const QUIET_MS = 300;
/** An object without work sleeps after ten seconds. */
const ASLEEP_MS = 12_000;

onBothServers((bench) => {
  test("XEP-0060 §7.1 an event reaches two agents of a team, and none outside", async () => {
    const [ada, cy, bob] = [await bench.signIn({ user: "7001" }), await bench.signIn({ user: "7003" }), await bench.signIn({ user: "7002" })];
    for (const desk of [ada, cy]) assert.match(await desk.subscribe(teamNode("42")), /subscription="subscribed"/);
    assert.match(await bob.subscribe(teamNode("42")), /type="error".*<forbidden /);
    const { status, body } = await publish(bench.server, teamNode("42"), update("team-1"));
    assert.equal(status, 201);
    for (const desk of [ada, cy]) {
      const event = await desk.nextMatching(/^<message /);
      assert.deepEqual(parts(event), { from: `pubsub.${DOMAIN}`, to: desk.jid, node: teamNode("42"), id: body.id, text: update("team-1") });
    }
    assert.deepEqual(await messagesOf(bob), []);
    assert.deepEqual(await messagesOf(ada), []);
  });

  test("XEP-0060 §7.1 a supervisor hears team and members, and an agent no colleague's node", async () => {
    const [lead, ada] = [await bench.signIn({ user: "lead1" }), await bench.signIn({ user: "7001" })];
    assert.match(await lead.subscribe(teamNode("42")), /subscription="subscribed"/);
    assert.match(await lead.subscribe(userNode("7003")), /subscription="subscribed"/);
    assert.match(await lead.subscribe(userNode("7002")), /<forbidden /);
    assert.match(await ada.subscribe(userNode("7003")), /<forbidden /);
    await publish(bench.server, userNode("7003"), update("of-cy"));
    assert.match(await lead.nextMatching(/^<message /), /of-cy/);
    assert.deepEqual(await messagesOf(ada), []);
  });

  for (const node of ["", "/Dialogs", "/Dialogs/Media", "/Media"].map((path) => userNode("7001") + path)) {
    test(`an agent hears ${node} without asking, by the bare jid`, async () => {
      const ada = await bench.signIn({ user: "7001" });
      await publish(bench.server, node, update("own"));
      const event = parts(await ada.nextMatching(/^<message /));
      assert.deepEqual({ node: event.node, to: event.to }, { node, to: `7001@${DOMAIN}` });
      assert.deepEqual(await messagesOf(ada), []);
    });
  }

  test("events of a burst come in order, each once", async () => {
    const ada = await bench.signIn({ user: "7001" });
    await ada.subscribe(teamNode("42"));
    const marks = Array.from({ length: 50 }, (_, n) => `burst-${n}-`);
    for (const mark of marks) await publish(bench.server, teamNode("42"), update(mark));
    const seen = [];
    for (const _ of marks) seen.push(/burst-\d+-/.exec(await ada.nextMatching(/^<message /))?.[0]);
    assert.deepEqual(seen, marks);
    assert.deepEqual(await messagesOf(ada), []);
  });

  test("RFC 6121 §8.5.2 both resources hear what goes to the bare jid", async () => {
    const desks = [await bench.signIn({ user: "7001", resource: "desktop" }), await bench.signIn({ user: "7001", resource: "phone" })];
    await publish(bench.server, userNode("7001"), update("both"));
    for (const desk of desks) assert.equal(parts(await desk.nextMatching(/^<message /)).to, `7001@${DOMAIN}`);
    for (const desk of desks) assert.deepEqual(await messagesOf(desk), []);
  });

  test("XEP-0060 §6.1.1 a subscription of a full jid is that resource's alone", async () => {
    const [desktop, phone] = [await bench.signIn({ user: "7003", resource: "desktop" }), await bench.signIn({ user: "7003", resource: "phone" })];
    await desktop.subscribe(teamNode("42"));
    await publish(bench.server, teamNode("42"), update("one"));
    assert.equal(parts(await desktop.nextMatching(/^<message /)).to, desktop.jid);
    assert.deepEqual(await messagesOf(phone), []);
  });

  test("RFC 6120 §7.7.2.2 the same resource twice: the old stream ends with conflict", async () => {
    const old = await bench.signIn({ user: "7001" });
    const current = await bench.signIn({ user: "7001" });
    assert.match(await old.nextMatching(/^<stream:error /), /<conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"\/>/);
    assert.equal(await old.next(), CLOSE);
    assert.notEqual((await old.closed()).code, 1006);
    await publish(bench.server, userNode("7001"), update("to-the-new"));
    assert.match(await current.nextMatching(/^<message /), /to-the-new/);
  });

  test("XEP-0060 §7.1.1 a publisher publishes over XMPP, an agent may not", async () => {
    const [backend, ada] = [await bench.signIn({ user: "backend", resource: "bus" }), await bench.signIn({ user: "7001" })];
    await ada.subscribe(teamNode("42"));
    const item = (mark: string) =>
      `<item id="${mark}"><notification xmlns="http://jabber.org/protocol/pubsub">&lt;Update&gt;${mark} &amp;amp; more&lt;/Update&gt;</notification></item>`;
    const answer = await backend.publish(teamNode("42"), item("by-xmpp"));
    assert.match(answer, /type="result"/);
    assert.match(answer, /<item id="by-xmpp"\/>/);
    const event = parts(await ada.nextMatching(/^<message /));
    assert.deepEqual(event, { from: `pubsub.${DOMAIN}`, to: ada.jid, node: teamNode("42"), id: "by-xmpp", text: "<Update>by-xmpp &amp; more</Update>" });
    assert.match(await ada.publish(teamNode("42"), item("forged")), /type="error".*<forbidden /);
    assert.deepEqual(await messagesOf(ada), []);
  });

  test("XEP-0060 §6.2 after unsubscribing nothing comes", async () => {
    const ada = await bench.signIn({ user: "7001" });
    await ada.subscribe(teamNode("42"));
    const answer = await ada.request(
      "set",
      `<pubsub xmlns="http://jabber.org/protocol/pubsub"><unsubscribe node="${teamNode("42")}" jid="${ada.jid}"/></pubsub>`,
      `pubsub.${DOMAIN}`,
    );
    assert.match(answer, /type="result"/);
    await publish(bench.server, teamNode("42"), update("unheard"));
    assert.deepEqual(await messagesOf(ada), []);
  });

  test("a desk that has been quiet for long hears the next event", async () => {
    const ada = await bench.signIn({ user: "7001" });
    await ada.subscribe(teamNode("42"));
    await new Promise((done) => setTimeout(done, ASLEEP_MS));
    assert.equal((await publish(bench.server, teamNode("42"), update("awake"))).status, 201);
    assert.match(await ada.nextMatching(/^<message /), /awake/);
    assert.match(await ada.ping(), /type="result"/);
  }, 30_000);
});

async function messagesOf(desk: RawClient): Promise<string[]> {
  return (await desk.everythingFor(QUIET_MS)).filter((frame) => frame.startsWith("<message"));
}

/** What a desktop reads of an event. */
function parts(event: string) {
  const [, text = ""] = /<notification[^>]*>([^<]*)<\/notification>/.exec(event) ?? [];
  return {
    from: /^<message[^>]* from="([^"]*)"/.exec(event)?.[1],
    to: /^<message[^>]* to="([^"]*)"/.exec(event)?.[1],
    node: /<items node="([^"]*)"/.exec(event)?.[1],
    id: /<item id="([^"]*)"/.exec(event)?.[1],
    text: text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&"),
  };
}
