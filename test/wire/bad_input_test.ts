/**
 * Bad input over real sockets: each kind ends its own stream with its own error, and neighbours notice nothing
 * (RFC 6120 §4.9, §11; RFC 7395 §3.3).
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { teamNode } from "./support/accounts.ts";
import { onBothServers } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";
import { CLOSE } from "./support/raw_client.ts";

const presence = (inside: string) => `<presence xmlns="jabber:client">${inside}</presence>`;

const SIGNED_IN = [
  { rule: "C-71 RFC 6120 §11.3 broken markup", frame: '<presence xmlns="jabber:client"', condition: "not-well-formed" },
  { rule: "C-71 RFC 6120 §11.3 mismatched tags", frame: presence("<a></b>"), condition: "not-well-formed" },
  { rule: "C-71 RFC 6120 §11.3 an undeclared prefix", frame: presence("<x:a/>"), condition: "not-well-formed" },
  { rule: "C-71 RFC 6120 §11.3 an attribute twice", frame: presence('<a b="1" b="2"/>'), condition: "not-well-formed" },
  { rule: "WS-08 RFC 7395 §3.3.3 two elements in one frame", frame: presence("") + presence(""), condition: "not-well-formed" },
  { rule: "WS-08 RFC 7395 §3.3.3 text beside the element", frame: `${presence("")}hello`, condition: "not-well-formed" },
  { rule: "WS-05 RFC 7395 §3.3.3 only text", frame: "hello", condition: "not-well-formed" },
  { rule: "C-70 RFC 6120 §11.1 a DTD", frame: `<!DOCTYPE p [<!ENTITY a "b">]>${presence("&a;")}`, condition: "restricted-xml" },
  { rule: "C-70 RFC 6120 §11.1 a comment", frame: presence("<!-- hi -->"), condition: "restricted-xml" },
  { rule: "C-70 RFC 6120 §11.1 a processing instruction", frame: presence("<?php hi ?>"), condition: "restricted-xml" },
  { rule: "C-70 RFC 6120 §11.1 an entity of one's own", frame: presence("&nbsp;"), condition: "restricted-xml" },
  { rule: "WS-03 RFC 7395 §3.2 a binary frame", frame: Buffer.from(presence("")), condition: "bad-format" },
  { rule: "WS-30 RFC 6120 §13.12 a frame too big", frame: presence(`<status>${"x".repeat(70_000)}</status>`), condition: "policy-violation" },
  { rule: "C-75 RFC 6120 §13.12 elements too deep", frame: presence("<a>".repeat(100) + "</a>".repeat(100)), condition: "policy-violation" },
  { rule: "C-14 RFC 6120 §4.8.3 another namespace", frame: '<presence xmlns="jabber:server"/>', condition: "invalid-namespace" },
  { rule: "C-15 RFC 6120 §4.9.3.24 an unknown element", frame: '<something xmlns="urn:example"/>', condition: "unsupported-stanza-type" },
];

const UNOPENED = [
  { rule: "WS-11 RFC 7395 §3.4 a stanza before <open/>", frame: presence(""), condition: "not-authorized" },
  {
    rule: "E-10 RFC 7395 §3.3.2 <open/> of another namespace",
    frame: '<open xmlns="urn:example" to="cc1.acme.test" version="1.0"/>',
    condition: "invalid-namespace",
  },
  { rule: "C-71 RFC 6120 §11.3 noise", frame: "\u0000\u0001", condition: "not-well-formed" },
  {
    rule: "C-13 RFC 6120 §4.7.5 an old version",
    frame: '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="cc1.acme.test" version="0.9"/>',
    condition: "unsupported-version",
  },
];

onBothServers((bench) => {
  for (const { rule, frame, condition } of SIGNED_IN) {
    test(`${rule}: ${condition}, and the neighbour hears on`, async () => {
      const [bad, neighbour] = [await bench.signIn({ user: "7001" }), await bench.signIn({ user: "7003" })];
      await neighbour.subscribe(teamNode("42"));
      bad.send(frame);
      assert.match(await bad.next(), errorOf(condition));
      assert.equal(await bad.next(), CLOSE);
      assert.notEqual((await bad.closed()).code, 1006);
      assert.match(await neighbour.ping(), /type="result"/);
      await publish(bench.server, teamNode("42"), update(rule.length.toString()));
      assert.match(await neighbour.nextMatching(/^<message /), /<items /);
      assert.deepEqual(await neighbour.everythingFor(50), []);
    });
  }

  for (const { rule, frame, condition } of UNOPENED) {
    test(`${rule}: an <open/> first, then ${condition}`, async () => {
      const bad = await bench.connect();
      bad.send(frame);
      assert.match(await bad.next(), /^<open /); // RFC 7395 §3.5
      assert.match(await bad.next(), errorOf(condition));
      assert.equal(await bad.next(), CLOSE);
      await bad.closed();
    });
  }

  test("WS-03 RFC 6455 §8.1 octets that are no UTF-8 end the connection, or come as U+FFFD; and the neighbour hears on", async () => {
    const [bad, neighbour] = [await bench.signIn({ user: "7001" }), await bench.signIn({ user: "7003" })];
    await neighbour.subscribe(teamNode("42"));
    const [before, after] = [`<message xmlns="jabber:client" to="${bad.jid}"><body>a`, "b</body></message>"];
    bad.socket.send(Buffer.concat([Buffer.from(before), Buffer.from([0xed, 0xa0, 0x80, 0xff]), Buffer.from(after)]), { binary: false });
    const outcome = await Promise.race([bad.nextMatching(/^<message /), bad.closed(5000, { answers: false }).then(({ code }) => String(code))]);
    assert.match(outcome, /^1007$|<body>a\ufffd+b<\/body>/);
    await publish(bench.server, teamNode("42"), update("on"));
    assert.match(await neighbour.nextMatching(/^<message /), /<items /);
  });

  test("C-06 RFC 6120 §4.9.3.12 a stanza before sign-in ends the stream", async () => {
    const bad = await bench.connect();
    await bad.open();
    bad.send(presence(""));
    assert.match(await bad.next(), errorOf("not-authorized"));
  });

  test("A-09 RFC 6120 §6.4.5 a wrong password, and an unknown user, look the same", async () => {
    const failures = [];
    for (const [user, password] of [
      ["7001", "wrong"],
      ["nobody", "wrong"],
    ]) {
      const client = await bench.connect();
      await client.open();
      client.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${Buffer.from(`\0${user}\0${password}`).toString("base64")}</auth>`);
      failures.push(await client.next());
    }
    assert.match(failures[0] ?? "", /^<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl">.*<not-authorized\/>/);
    assert.equal(failures[1], failures[0]);
  });

  test("an XML declaration before <open/> is tolerated, as old clients send it", async () => {
    const client = await bench.connect();
    client.send('<?xml version="1.0"?><open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="cc1.acme.test" version="1.0"/>');
    assert.match(await client.next(), /^<open /);
    assert.match(await client.next(), /features/);
  });
});

function errorOf(condition: string): RegExp {
  return new RegExp(`^<stream:error xmlns:stream="http://etherx.jabber.org/streams"><(${condition}) xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>`);
}
