/**
 * How streams end, over real sockets (RFC 7395 §3.2, §3.6; RFC 6120 §4.4).
 *
 * @module
 */

import assert from "node:assert/strict";
import { expect, test } from "vitest";

import { userNode } from "./support/accounts.ts";
import { onBothServers } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";
import { CLOSE } from "./support/raw_client.ts";

const PROMPT_MS = 1000;

onBothServers((bench) => {
  for (const phase of ["before sign-in", "signed in"] as const) {
    test(`RFC 7395 §3.6 <close/> ${phase} is answered with <close/> to the byte, then code 1000`, async () => {
      const client = await bench.connect();
      if (phase === "signed in") await client.signIn({ user: "7001" });
      else await client.open();
      const sent = performance.now();
      client.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
      assert.equal(await client.next(), CLOSE);
      const { code, at } = await client.closed();
      assert.equal(code, 1000);
      assert.ok(at - sent < PROMPT_MS, `closed after ${at - sent} ms`);
    });
  }

  test("RFC 7395 §3.6 <close/> and the socket's close right after it", async () => {
    const client = await bench.signIn({ user: "7001" });
    client.send('<presence xmlns="jabber:client" type="unavailable"/>');
    client.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    client.socket.close(1000);
    const { code } = await client.closed();
    assert.equal(code, 1000);
  });

  for (const code of [1000, 1001, 4000] as const) {
    test(`RFC 7395 §3.6 a socket closed with ${code} and without <close/> is answered at once`, async () => {
      const client = await bench.signIn({ user: "7001" });
      const asked = performance.now();
      client.socket.close(code === 1001 ? undefined : code);
      const { at, code: answered } = await client.closed();
      assert.ok(at - asked < PROMPT_MS, `closed after ${at - asked} ms`);
      assert.notEqual(answered, 1006);
    });
  }

  test("RFC 7395 §3.2 a binary frame ends the stream with 1003", async () => {
    const client = await bench.signIn({ user: "7001" });
    client.send(Buffer.from("<presence xmlns='jabber:client'/>"));
    assert.match(await client.next(), /^<stream:error /);
    assert.equal(await client.next(), CLOSE);
    assert.equal((await client.closed()).code, 1003);
  });

  test("RFC 6120 §4.9.1.1 a stream error, <close/>, then the socket closes", async () => {
    const client = await bench.signIn({ user: "7001" });
    client.send("<presence");
    assert.match(await client.next(), /^<stream:error .*<not-well-formed xmlns="urn:ietf:params:xml:ns:xmpp-streams"\/>/);
    assert.equal(await client.next(), CLOSE);
    assert.notEqual((await client.closed()).code, 1006);
    assert.deepEqual(await client.everythingFor(50), []);
  });

  test("WS-16 §3.6 the client's <close/> is awaited before the socket closes, for five seconds and no longer", async () => {
    const [polite, silent] = [await bench.signIn({ user: "7001" }), await bench.signIn({ user: "7002" })];
    for (const client of [polite, silent]) {
      client.send("<presence");
      await client.next();
      assert.equal(await client.next(), CLOSE);
    }
    const since = performance.now();
    await new Promise((done) => setTimeout(done, 500));
    assert.equal(polite.socket.readyState, polite.socket.OPEN);
    assert.equal((await polite.closed()).code, 1000);
    const { at, code } = await silent.closed(8000, { answers: false });
    assert.equal(code, 1000);
    assert.ok(at - since > 4000 && at - since < 7000, `closed after ${at - since} ms`);
  });

  test("RFC 6120 §4.4 after <close/> nothing more is delivered", async () => {
    const client = await bench.signIn({ user: "7001" });
    client.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    await publish(bench.server, userNode("7001"), update("late"));
    assert.equal(await client.next(), CLOSE);
    await client.closed();
    assert.deepEqual(await client.everythingFor(200), []);
  });

  test("a desk whose connection was cut can sign in again by the same resource", async () => {
    const first = await bench.signIn({ user: "7001" });
    first.cut();
    const second = await bench.signIn({ user: "7001" });
    assert.match(await second.ping(), /type="result"/);
  });

  test("the other domain is served, an unknown one is not", async () => {
    const client = await bench.connect();
    assert.match((await client.open("other.test"))[0], / from="other\.test"/);
    const stranger = await bench.connect();
    const [open, error] = await stranger.open("elsewhere.test");
    assert.match(open, /^<open /);
    assert.match(error, /<host-unknown /);
    assert.equal(await stranger.next(), CLOSE);
    await expect(stranger.closed()).resolves.toBeDefined();
  });
});
