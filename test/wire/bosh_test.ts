/**
 * XMPP over plain HTTP requests, rule by rule and with a stock client (XEP-0124, XEP-0206).
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";

import { importAccounts, teamNode, userNode } from "./support/accounts.ts";
import { type Bench, onBothServers, onNpmStart } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";
import { DOMAIN, startServer } from "./support/server.ts";
import { connectStanza } from "./support/stock/stanza.ts";

const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND = "urn:ietf:params:xml:ns:xmpp-bind";

/** K(n), …, K(1) of a seed: each is the hash of the one after it in use (XEP-0124 §15.3); taken from the end. */
function sequenceOf(seed: string, length: number): string[] {
  const keys = [seed];
  while (keys.length <= length)
    keys.push(
      createHash("sha1")
        .update(keys.at(-1) as string)
        .digest("hex"),
    );
  return keys;
}

class BoshClient {
  readonly #url: string;
  sid = "";
  rid = 1_000_000_007;

  constructor(url: string) {
    this.#url = url;
  }

  async post(text: string, headers: Record<string, string> = {}): Promise<string> {
    const answer = await fetch(this.#url, { method: "POST", headers: { "Content-Type": "text/xml; charset=utf-8", ...headers }, body: text });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("Content-Type") ?? "", /^text\/xml/);
    return await answer.text();
  }

  body(attrs: string, inside = "", rid = this.rid++): string {
    return `<body xmlns="http://jabber.org/protocol/httpbind" rid="${rid}" ${attrs}>${inside}</body>`;
  }

  async begin(attrs = 'wait="10" hold="1"'): Promise<string> {
    const answer = await this.post(this.body(`to="${DOMAIN}" ver="1.6" xml:lang="en" xmpp:version="1.0" xmlns:xmpp="urn:xmpp:xbosh" ${attrs}`));
    this.sid = /\bsid="([^"]+)"/.exec(answer)?.[1] ?? "";
    return answer;
  }

  send(inside = "", attrs = ""): Promise<string> {
    return this.post(this.body(`sid="${this.sid}" ${attrs}`, inside));
  }

  async authenticate(user: string, attrs?: string): Promise<void> {
    await this.begin(attrs);
    const plain = Buffer.from(`\0${user}\0pw-${user}`).toString("base64");
    assert.match(await this.send(`<auth xmlns="${SASL}" mechanism="PLAIN">${plain}</auth>`), /<success /);
    assert.match(await this.send("", 'xmpp:restart="true" xmlns:xmpp="urn:xmpp:xbosh"'), /<stream:features.*<bind /);
  }

  async signIn(user: string, { attrs, resource = "bosh" }: { attrs?: string; resource?: string } = {}): Promise<this> {
    await this.authenticate(user, attrs);
    const bind = `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="${BIND}"><resource>${resource}</resource></bind></iq>`;
    assert.match(await this.send(bind), new RegExp(`<jid>${user}@${DOMAIN}/${resource}</jid>`));
    const announced = await this.send('<presence xmlns="jabber:client"/>');
    assert.match(announced, /<presence /);
    return this;
  }
}

const clientOf = (bench: Bench) => new BoshClient(`${bench.server.url}/http-bind`);

onBothServers((bench) => {
  test("B-02 B-03 B-08 X-01 a session, its features, sign-in, events, good-bye", async () => {
    const client = clientOf(bench);
    const opened = await client.begin();
    for (const attr of [
      /wait="10"/,
      /hold="1"/,
      /requests="2"/,
      /inactivity="60"/,
      /maxpause="120"/,
      /ver="1\.\d+"/,
      /xmpp:restartlogic="true"/,
      new RegExp(`from="${DOMAIN}"`),
    ])
      assert.match(opened, attr);
    assert.match(opened, /<stream:features xmlns:stream="[^"]+"><mechanisms /);
    await client.signIn("7001");
    const waiting = client.send();
    await publish(bench.server, userNode("7001"), update("one"));
    assert.match(await waiting, /<message .*one/);
    assert.match(
      await client.send('<presence xmlns="jabber:client" type="unavailable"/>', 'type="terminate"'),
      /type="terminate".*<presence .*type="unavailable"/,
    );
    assert.match(await client.send(), /type="terminate" condition="item-not-found"|type="terminate"/);
  });

  test("stanza, the library, over BOSH alone", async () => {
    const client = await connectStanza({
      socketUrl: `${bench.server.url}/http-bind`,
      domain: DOMAIN,
      user: "7001",
      password: "pw-7001",
      resource: "stanza-bosh",
      mechanism: "SCRAM",
    });
    await client.announce();
    assert.equal(await client.subscribe(teamNode("42")), "subscribed");
    await publish(bench.server, teamNode("42"), update("for the team"));
    assert.deepEqual(await client.nextEvent(), { node: teamNode("42"), text: update("for the team") });
    await client.ping();
    await client.disconnect();
  });
});

test("SM-09 a stream over requests outlives its server: after a restart on the same rows it goes on by a new session, with nothing lost", async () => {
  const DATA_DIR = await mkdtemp(join(tmpdir(), "deskwire-bosh-"));
  const SM = "urn:xmpp:sm:3";
  const node = userNode("7001");
  let server = await startServer({ DATA_DIR, AWAKE_MS: "300", ACK_QUIET_MS: "100" });
  try {
    await importAccounts(server);
    const client = await new BoshClient(`${server.url}/http-bind`).signIn("7001", { attrs: 'wait="5" hold="1"' });
    const previd = /<enabled [^>]*id="([^"]+)"/.exec(await client.send(`<enable xmlns="${SM}" resume="true"/>`))?.[1] ?? "";
    const waiting = client.send();
    await publish(server, node, update("one"));
    assert.match(await waiting, /<message .*one/);
    // Comes while nothing is held.
    await publish(server, node, update("two"));
    await new Promise((done) => setTimeout(done, 900));
    await server.stop("SIGKILL");
    server = await startServer({ DATA_DIR });
    const again = new BoshClient(`${server.url}/http-bind`);
    again.sid = client.sid;
    assert.match(await again.send(), /type="terminate" condition="item-not-found"/);
    await again.authenticate("7001", 'wait="5" hold="1"');
    const resumed = await again.send(`<resume xmlns="${SM}" previd="${previd}" h="1"/>`);
    assert.match(resumed, new RegExp(`<resumed [^>]*previd="${previd}"`));
    assert.ok(!resumed.includes("one") && (resumed.match(/<message /g) ?? []).length === 1 && resumed.includes("two"), resumed);
    const next = again.send();
    await publish(server, node, update("three"));
    assert.match(await next, /three/);
  } finally {
    await server.stop();
    await rm(DATA_DIR, { recursive: true, force: true, maxRetries: 5 });
  }
});

onNpmStart((bench) => {
  test("B-04 requests are held for the wait, then answered with an empty body; no more are held than asked", async () => {
    const client = await clientOf(bench).signIn("7002", { attrs: 'wait="1" hold="1"' });
    const since = performance.now();
    assert.match(await client.send(), /^<body [^>]*\/>$/);
    assert.ok(performance.now() - since > 800);
    const [first, second] = [client.send(), client.send()];
    assert.match(await first, /^<body [^>]*\/>$/);
    await publish(bench.server, userNode("7002"), update("two"));
    assert.match(await second, /two/);
  });

  test("B-10 B-11 requests out of order are put into order; a repeated one is answered as before; too far ahead ends the session", async () => {
    const client = await clientOf(bench).signIn("7003");
    const ping = (id: string) => `<iq xmlns="jabber:client" type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`;
    const rid = client.rid;
    client.rid += 2;
    const late = client.post(client.body(`sid="${client.sid}"`, ping("second"), rid + 1));
    const early = client.post(client.body(`sid="${client.sid}"`, ping("first"), rid));
    assert.match(await early, /id="first"/);
    assert.match(await late, /id="second"/);
    assert.match(await client.post(client.body(`sid="${client.sid}"`, ping("first"), rid)), /id="first"/);
    assert.match(await client.post(client.body(`sid="${client.sid}"`, "", rid + 9)), /type="terminate" condition="item-not-found"/);
  });

  test("B-15 a request that is asked again while it is held: the old one is told, the new one is answered", async () => {
    const client = await clientOf(bench).signIn("7001", { resource: "again" });
    const rid = client.rid++;
    const old = client.post(client.body(`sid="${client.sid}"`, "", rid));
    await new Promise((done) => setTimeout(done, 50));
    const again = client.post(client.body(`sid="${client.sid}"`, "", rid));
    assert.match(await old, /type="error"/);
    await publish(bench.server, userNode("7001"), update("kept"));
    assert.match(await again, /kept/);
  });

  test("B-05 with acks, a response names the highest request that has come", async () => {
    const client = clientOf(bench);
    assert.match(await client.begin('wait="5" hold="1" ack="1"'), new RegExp(`ack="${client.rid - 1}"`));
    const [first, second] = [client.send(), client.send()];
    assert.match(await first, new RegExp(`ack="${client.rid - 1}"`));
    second.catch(() => {}); // held when the server stops
  });

  test("B-06 a pause answers all that is held", async () => {
    const client = await clientOf(bench).signIn("lead1", { resource: "pauses" });
    const held = client.send();
    const paused = client.send("", 'pause="60"');
    assert.match(await held, /^<body [^>]*\/>$/);
    assert.match(await paused, /^<body [^>]*\/>$/);
    await publish(bench.server, userNode("lead1"), update("meanwhile"));
    assert.match(await client.send(), /meanwhile/);
  });

  test("B-12 with a key sequence each request shows its key, also one that comes again, and another sequence may begin", async () => {
    const client = clientOf(bench);
    const first = sequenceOf("first", 4);
    const second = sequenceOf("second", 6);
    await client.begin(`wait="5" hold="1" newkey="${first.pop()}"`);
    const ping = `<iq xmlns="jabber:client" type="get" id="k"><ping xmlns="urn:xmpp:ping"/></iq>`;
    const plain = Buffer.from("\u00007001\u0000pw-7001").toString("base64");
    const auth = `<auth xmlns="${SASL}" mechanism="PLAIN">${plain}</auth>`;
    assert.match(await client.send(auth, `key="${first.pop()}"`), /<success /);
    const rid = client.rid;
    const key = first.pop();
    assert.match(await client.send("", `key="${key}" xmpp:restart="true" xmlns:xmpp="urn:xmpp:xbosh"`), /<stream:features/);
    assert.match(await client.post(client.body(`sid="${client.sid}" key="${key}"`, "", rid)), /<stream:features/);
    const bind = `<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="${BIND}"><resource>keys</resource></bind></iq>`;
    assert.match(await client.send(bind, `key="${first.pop()}" newkey="${second.pop()}"`), /<jid>/);
    assert.match(await client.send(ping, `key="${second.pop()}"`), /id="k"/);
    assert.match(await client.send(ping, `key="${"0".repeat(40)}"`), /type="terminate" condition="item-not-found"/);
    assert.match(await client.send(ping, `key="${second.pop()}"`), /type="terminate" condition="item-not-found"/);
  });

  test("B-07 who does not let requests be held may poll, and not all the time", async () => {
    const client = clientOf(bench);
    assert.match(await client.begin('wait="0" hold="0"'), /hold="0" requests="1"/);
    assert.match(await client.send(), /^<body [^>]*\/>$/);
    assert.match(await client.send(), /type="terminate" condition="policy-violation"/);
  });

  test.each([
    ["without its key", "", 0],
    ["with the key of before", "same", 0],
    ["that comes again with another key", "", -1],
  ])("B-12 a request %s ends the session", async (_, shown, step) => {
    const client = clientOf(bench);
    const keys = sequenceOf("seed", 5);
    await client.begin(`wait="5" hold="1" newkey="${keys.pop()}"`);
    const key = keys.pop();
    const wrong = `<auth xmlns="${SASL}" mechanism="NONE"/>`;
    assert.match(await client.send(wrong, `key="${key}"`), /<failure /);
    const attrs = `sid="${client.sid}"${shown === "same" ? ` key="${key}"` : ""}`;
    assert.match(await client.post(client.body(attrs, wrong, client.rid + step)), /type="terminate" condition="item-not-found"/);
  });

  test("B-01 B-03 the version is the lower one, the media type what was asked for", async () => {
    const client = clientOf(bench);
    const asked = client.body(`to="${DOMAIN}" ver="1.6" wait="1" hold="1" content="application/xml"`);
    const answer = await fetch(`${bench.server.url}/http-bind`, { method: "POST", body: asked });
    assert.equal(answer.headers.get("Content-Type"), "application/xml");
    assert.match(await answer.text(), / ver="1\.6"/);
  });

  test("X-03 a stream error ends the session and is told in its last body", async () => {
    const client = clientOf(bench);
    await client.begin();
    const answer = await client.send('<presence xmlns="jabber:client"/>');
    assert.match(answer, /type="terminate" condition="remote-stream-error".*<stream:error .*<not-authorized /);
    assert.match(await new BoshClient(`${bench.server.url}/http-bind`).post(client.body('to="nowhere.test" ver="1.6"')), /condition="host-unknown"/);
  });

  test("a taken resource ends the older session, whichever way it came", async () => {
    const client = await clientOf(bench).signIn("7003", { resource: "both" });
    const held = client.send();
    const socket = await bench.signIn({ user: "7003", resource: "both" });
    assert.match(await held, /condition="remote-stream-error".*<conflict /);
    assert.match(await socket.ping(), /type="result"/);
  });

  test("B-14 B-16 what is no session, or no body, is told; others notice nothing", async () => {
    const neighbour = await bench.signIn({ user: "7001" });
    const client = clientOf(bench);
    for (const [text, condition] of [
      ["hello", "bad-request"],
      ["<body/>", "bad-request"],
      ['<body xmlns="http://jabber.org/protocol/httpbind"/>', "bad-request"],
      ['<body xmlns="http://jabber.org/protocol/httpbind" rid="x"/>', "bad-request"],
      ['<body xmlns="http://jabber.org/protocol/httpbind" rid="1">text</body>', "bad-request"],
      ['<!DOCTYPE body><body xmlns="http://jabber.org/protocol/httpbind" rid="1"/>', "bad-request"],
      [client.body('sid="nobodys"'), "item-not-found"],
      [client.body('sid="local.0.00000000-0000-0000-0000-000000000000"'), "item-not-found"],
      [client.body('sid="local.9999.x"'), "item-not-found"],
    ] as const) {
      assert.match(await client.post(text), new RegExp(`type="terminate" condition="${condition}"`), text);
    }
    assert.match(await neighbour.ping(), /type="result"/);
  });

  test("pages of other origins are refused, those that are allowed may ask", async () => {
    const url = `${bench.server.url}/http-bind`;
    const foreign = await fetch(url, { method: "POST", headers: { Origin: "https://evil.test" }, body: "<body/>" });
    assert.equal(foreign.status, 403);
    const own = await fetch(url, { method: "OPTIONS", headers: { Origin: bench.server.url, "Access-Control-Request-Method": "POST" } });
    assert.equal(own.status, 204);
    assert.equal(own.headers.get("Access-Control-Allow-Origin"), bench.server.url);
  });
});
