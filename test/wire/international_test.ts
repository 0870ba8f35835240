/**
 * A domain with letters beyond ASCII, and users of it: however a client spells them, they are one (RFC 7622 §3.2, §3.3).
 *
 * @module
 */

import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";

import { ADMIN, PUBLISHER } from "./support/accounts.ts";
import { connect } from "./support/raw_client.ts";
import { type Server, startServer } from "./support/server.ts";

const DOMAIN = "b\u00fccher.test";
const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

let server: Server;
const call = (method: string, path: string, body: string, authorization = ADMIN) =>
  fetch(`${server.url}${path}`, { method, headers: { Authorization: authorization, "Content-Type": "application/json" }, body });

beforeAll(async () => {
  server = await startServer({ XMPP_DOMAIN: "B\u00dcCHER.test" });
  const body = JSON.stringify({ role: "agent", password: "pw-\u00e4" });
  const { status } = await call("PUT", `/api/v1/users/${encodeURIComponent("J\u00fcrgen")}`, body);
  assert.equal(status, 201);
});
afterAll(() => server.stop());

const spellings = [
  { rule: "A-labels and decomposed letters", to: "xn--bcher-kva.test", name: "ju\u0308rgen" },
  { rule: "capitals of full width", to: "B\u00dcCHER.TEST.", name: "\uff2a\u00dcRGEN" },
  { rule: "the canonical form", to: DOMAIN, name: "j\u00fcrgen" },
];

for (const { rule, to, name } of spellings) {
  test(`A-17 C-07 §4.3.6 ${rule}: signs in, binds, hears its own events`, async () => {
    const client = await connect(server);
    const open = `<open xmlns="${FRAMING}" to="${to}" version="1.0"/>`;
    client.send(open);
    assert.match(await client.next(), new RegExp(` from="${DOMAIN}"`));
    await client.nextMatching(/features/);
    client.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${base64(`${name}@${to}\0${name}\0pw-a\u0308`)}</auth>`);
    assert.match(await client.next(), /^<success /);
    client.send(open);
    await client.nextMatching(/features/);
    client.send('<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>Caf\u00e9</resource></bind></iq>');
    assert.match(await client.next(), new RegExp(`<jid>j\u00fcrgen@${DOMAIN}/Caf\u00e9</jid>`));
    client.send('<presence xmlns="jabber:client"/>');
    await client.nextMatching(/^<presence/);
    const node = encodeURIComponent("/finesse/api/User/J\u00fcrgen");
    const { status } = await call("POST", `/api/v1/nodes/${node}/items?domain=${encodeURIComponent(to)}`, JSON.stringify({ payload: rule }), PUBLISHER);
    assert.equal(status, 201);
    const event = await client.nextMatching(/^<message/);
    assert.match(event, new RegExp(` from="pubsub.${DOMAIN}"`));
    assert.ok(event.includes(rule));
    client.send(`<close xmlns="${FRAMING}"/>`);
    await client.closed();
  });
}
