/**
 * Peers that fall silent, over real sockets, with times of a second where the defaults have half a minute.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { userNode } from "./support/accounts.ts";
import { onNpmStart } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";

const SM = "urn:xmpp:sm:3";
const TIMEOUT = /^<stream:error [^>]*><connection-timeout /;
const VARIABLES = {
  ALARM_MS: "500",
  SLOW_MS: "1000",
  MISSED_PINGS_MS: "2000",
  PROBE_AFTER_MS: "1000",
  PROBE_WAIT_MS: "1000",
  DEAD_AFTER_MS: "5000",
  UNREAD_LENGTH: "400000",
};
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

onNpmStart((bench) => {
  test("E-04 §4.9.3.4 C-21 one that pinged is missed after three of its pings, and probed before", async () => {
    const client = await bench.signIn({ user: "7001", resource: "pings" });
    for (let n = 0; n < 3; n++) {
      await client.ping();
      await pause(300);
    }
    const since = performance.now();
    assert.match(await client.nextMatching(/urn:xmpp:ping/), /type="get" id="are-you-there-[\w-]{22}"/);
    await client.nextMatching(TIMEOUT);
    const waited = performance.now() - since;
    assert.ok(waited > 1000 && waited < 4500, `after ${waited} ms`);
  });

  test("PI-02 §4.1 one that answers probes stays, by an error as by a result, and is given up when it leaves one unanswered", async () => {
    const client = await bench.signIn({ user: "7002", resource: "answers" });
    const refusal = '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
    for (const answer of ['type="result"/>', `type="error">${refusal}</iq>`]) {
      const probe = /id="(are-you-there-[^"]+)"/.exec(await client.nextMatching(/are-you-there/))?.[1];
      client.send(`<iq xmlns="jabber:client" id="${probe}" ${answer}`);
    }
    await client.nextMatching(/are-you-there/);
    await client.nextMatching(TIMEOUT);
  });

  test("one that never answers is left alone for long", async () => {
    const client = await bench.signIn({ user: "7003", resource: "mute" });
    const since = performance.now();
    await client.nextMatching(TIMEOUT, 14_000);
    assert.ok(performance.now() - since > 4000);
  });

  test("XEP-0198 of one that acknowledges the probe is an acknowledgement's request, and its stream can be resumed", async () => {
    const client = await bench.signIn({ user: "7001", resource: "resumes" });
    client.send(`<enable xmlns="${SM}" resume="true"/>`);
    const previd = /id="([^"]+)"/.exec(await client.nextMatching(/^<enabled/))?.[1] ?? "";
    await client.nextMatching(/^<r /);
    client.send(`<a xmlns="${SM}" h="0"/>`);
    await client.nextMatching(TIMEOUT, 8000);
    const again = await bench.connect();
    await again.authenticate({ user: "7001" });
    again.send(`<resume xmlns="${SM}" previd="${previd}" h="0"/>`);
    assert.match(await again.next(), /^<resumed /);
  });

  test("one that is sent much and says nothing is ended, and its neighbour hears on", async () => {
    const [reader, neighbour] = [await bench.signIn({ user: "7002", resource: "reads-nothing" }), await bench.signIn({ user: "7003", resource: "reads" })];
    reader.socket.pause();
    for (let n = 0; n < 10; n++) await publish(bench.server, userNode("7002"), update("x".repeat(50_000)));
    await publish(bench.server, userNode("7003"), update("heard"));
    assert.match(await neighbour.nextMatching(/^<message/), /heard/);
    reader.socket.resume();
    await reader.nextMatching(/^<stream:error [^>]*><resource-constraint /);
  });

  for (const [what, answers, items] of [
    ["has answered a probe", true, 24],
    ["never answered one", false, 44],
  ] as const) {
    test(`one that reads nothing is ended, however much it sends, if it ${what}; its neighbour hears on`, async () => {
      const [reader, neighbour] = [await bench.signIn({ user: "7002", resource: "sends" }), await bench.signIn({ user: "7003", resource: "reads" })];
      const probe = /id="(are-you-there-[^"]+)"/.exec(await reader.nextMatching(/are-you-there/))?.[1];
      if (answers) reader.send(`<iq xmlns="jabber:client" type="result" id="${probe}"/>`);
      reader.socket.pause();
      for (let n = 0; n < items; n++) {
        reader.send('<iq xmlns="jabber:client" type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>');
        await publish(bench.server, userNode("7002"), update("x".repeat(50_000)));
        if (answers) await pause(100);
      }
      await publish(bench.server, userNode("7003"), update("heard"));
      assert.match(await neighbour.nextMatching(/^<message/), /heard/);
      reader.socket.resume();
      await reader.nextMatching(/^<stream:error [^>]*><resource-constraint /);
    });
  }

  test("one that reads, and answers what it is asked, is sent as much as there is", async () => {
    const reader = await bench.signIn({ user: "7002", resource: "reads-all" });
    reader.socket.on("message", (data: Buffer) => {
      const probe = /id="(are-you-there-[^"]+)"/.exec(String(data))?.[1];
      if (probe) reader.send(`<iq xmlns="jabber:client" type="result" id="${probe}"/>`);
    });
    for (let n = 0; n < 60; n++) await publish(bench.server, userNode("7002"), update(`${n}.${"x".repeat(50_000)}`));
    await reader.nextMatching(/59\.xxx/);
  });

  test("nor is it ended for what comes at once, before it can have answered", async () => {
    const reader = await bench.signIn({ user: "7002", resource: "burst" });
    let heard = 0;
    reader.socket.on("message", (data: Buffer) => {
      if (/^<message/.test(String(data))) heard++;
      const probe = /id="(are-you-there-[^"]+)"/.exec(String(data))?.[1];
      if (probe) reader.send(`<iq xmlns="jabber:client" type="result" id="${probe}"/>`);
    });
    for (let n = 0; n < 4; n++) await publish(bench.server, userNode("7002"), update("x".repeat(50_000)));
    await Promise.all(Array.from({ length: 150 }, () => publish(bench.server, userNode("7002"), update("x".repeat(10_000)))));
    await pause(4000);
    assert.match(await reader.ping(), /type="result"/);
    assert.equal(heard, 154);
  });

  test("nor one with stream management that acknowledges: it hears all of it", async () => {
    const reader = await bench.signIn({ user: "7002", resource: "burst-managed" });
    reader.send(`<enable xmlns="${SM}" resume="true"/>`);
    await reader.nextMatching(/^<enabled/);
    let handled = 0;
    reader.socket.on("message", (data: Buffer) => {
      if (/^<(message|iq|presence)/.test(String(data))) handled++;
      if (String(data).startsWith("<r ")) reader.send(`<a xmlns="${SM}" h="${handled}"/>`);
    });
    await Promise.all(Array.from({ length: 600 }, () => publish(bench.server, userNode("7002"), update("x".repeat(1000)))));
    await pause(4000);
    assert.match(await reader.ping(), /type="result"/);
    assert.equal(handled, 601);
  });

  test("one that acknowledges nothing is ended, also when it is sent no more", async () => {
    const reader = await bench.signIn({ user: "7002", resource: "acknowledges-nothing" });
    reader.send(`<enable xmlns="${SM}" resume="true"/>`);
    await reader.nextMatching(/^<enabled/);
    await Promise.all(Array.from({ length: 300 }, (_, n) => publish(bench.server, userNode("7002"), update(`${n}`))));
    await reader.nextMatching(/^<stream:error [^>]*><resource-constraint /, 6000);
  });

  test("one that asks and asks, and reads no answer, is ended, too", async () => {
    const reader = await bench.signIn({ user: "7002", resource: "asks" });
    for (let n = 0; n < 4; n++) await publish(bench.server, userNode("7002"), update("x".repeat(50_000)));
    reader.socket.pause();
    const items = `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="${userNode("7002")}"/></pubsub>`;
    for (let n = 0; n < 60; n++) {
      reader.send(`<iq xmlns="jabber:client" type="get" id="i${n}" to="pubsub.cc1.acme.test">${items}</iq>`);
      await pause(20);
    }
    reader.socket.resume();
    await reader.nextMatching(/^<stream:error [^>]*><resource-constraint /);
  });
}, VARIABLES);
