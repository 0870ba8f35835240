/**
 * The upgrade and the opening of a stream, over real sockets (RFC 6455 §4, RFC 7395 §3.1 to §3.4).
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { onBothServers } from "./support/bench.ts";
import { RawClient, type Refused, tryUpgrade, type UpgradeOptions } from "./support/raw_client.ts";
import type { Server } from "./support/server.ts";

onBothServers((bench) => {
  for (const protocols of [["xmpp"], ["chat", "xmpp"], ["xmpp", "v1.stomp", "chat"]]) {
    test(`RFC 7395 §3.1 xmpp is chosen among ${protocols.join(", ")}`, async () => {
      const client = await bench.connect({ protocols });
      assert.equal(client.headers["sec-websocket-protocol"], "xmpp");
      assert.equal(client.socket.protocol, "xmpp");
    });
  }

  const refusals = [
    { rule: "RFC 7395 §3.1 no subprotocol", options: { protocols: [] }, status: 400 },
    { rule: "RFC 7395 §3.1 other subprotocols only", options: { protocols: ["chat", "XMPP2"] }, status: 400 },
    { rule: "RFC 6455 §10.2 a page of another origin", options: { origin: "https://evil.example" }, status: 403 },
    { rule: "RFC 6455 §10.2 a page without an origin of its own", options: { origin: "null" }, status: 403 },
  ];
  for (const { rule, options, status } of refusals) {
    test(`${rule} is refused with ${status}`, async () => {
      const refused = await refusalOf(bench.server, options);
      assert.equal(refused.status, status);
      assert.match(refused.headers["content-type"] ?? "", /^application\/problem\+json/);
    });
  }

  test("RFC 6455 §10.2 the own pages may open a socket", async () => {
    await bench.connect({ origin: bench.server.url });
  });

  for (const path of ["/ws", "/ws/", "/xmpp-websocket"]) {
    test(`RFC 9110 §15.5.22 a plain GET of ${path} is answered with 426`, async () => {
      const answer = await fetch(`${bench.server.url}${path}`);
      await answer.text();
      assert.equal(answer.status, 426); // workerd keeps the header Upgrade to itself
    });

    test(`${path} opens a stream`, async () => {
      const client = await bench.connect({ path });
      assert.match((await client.open())[0], /^<open /);
    });
  }

  test("RFC 7692 §5 an offer of permessage-deflate is not taken up", async () => {
    const client = await bench.connect({ perMessageDeflate: true });
    assert.equal(client.headers["sec-websocket-extensions"], undefined);
    assert.equal(client.socket.extensions, "");
    assert.match((await client.open())[0], /^<open /);
  });

  test("RFC 7395 §3.3.3, §3.4 <open/> and features are two frames", async () => {
    const client = await bench.connect();
    const [open, features] = await client.open();
    assert.match(open, /^<open xmlns="urn:ietf:params:xml:ns:xmpp-framing"[^>]*\/>$/);
    assert.match(open, / from="cc1\.acme\.test"/);
    assert.match(open, / id="[^"]+"/);
    assert.match(open, / version="1\.0"/);
    assert.match(open, / xml:lang="[^"]+"/);
    assert.match(features, /^<stream:features xmlns:stream="http:\/\/etherx\.jabber\.org\/streams">/);
    assert.match(features, /<mechanism>SCRAM-SHA-1<\/mechanism>/);
    assert.match(features, /<mechanism>PLAIN<\/mechanism>/);
    assert.deepEqual(await client.everythingFor(100), []);
  });

  test("RFC 6120 §4.7.3 each stream has an id of its own", async () => {
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push(/ id="([^"]+)"/.exec((await (await bench.connect()).open())[0])?.[1]);
    assert.equal(new Set(ids).size, 5);
  });

  test("RFC 7395 §3.3.3 every frame begins with < and is one element", async () => {
    const client = await bench.connect();
    const frames = [...(await client.open())];
    client.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${Buffer.from("\0" + "7001\0pw-7001").toString("base64")}</auth>`);
    frames.push(await client.next(), ...(await client.open()));
    frames.push(await client.request("set", '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'));
    client.send('<presence xmlns="jabber:client"/>');
    frames.push(await client.next(), await client.ping(), ...(await client.everythingFor(50)));
    assert.deepEqual(
      frames.filter((frame) => !frame.startsWith("<")),
      [],
    );
  });

  test("XEP-0156 §3 host-meta names the socket", async () => {
    const answer = await fetch(`${bench.server.url}/.well-known/host-meta`);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.match(await answer.text(), /rel="urn:xmpp:alt-connections:websocket" href="ws:\/\/127\.0\.0\.1:\d+\/ws\/"/);
  });
});

async function refusalOf(server: Server, options: UpgradeOptions): Promise<Refused> {
  const upgrade = await tryUpgrade(server, options);
  if (!(upgrade instanceof RawClient)) return upgrade;
  upgrade.cut();
  throw new Error("The upgrade was not refused");
}
