/**
 * Requests of one stream are answered in the order in which they came (RFC 6120 §10.1), whatever each must wait for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { teamNode, userNode } from "./support/accounts.ts";
import { onBothServers } from "./support/bench.ts";
import type { RawClient } from "./support/raw_client.ts";
import { DOMAIN } from "./support/server.ts";

const PUBSUB = `pubsub.${DOMAIN}`;

onBothServers((bench) => {
  test("RFC 6120 §10.1 a slow request, then a quick one", async () => {
    const client = await bench.signIn({ user: "7001" });
    client.send(subscribe("slow", client.jid, teamNode("42")));
    client.send(ping("quick"));
    assert.deepEqual(await answers(client, 2), ["slow result", "quick result"]);
  });

  test("RFC 6120 §10.1 twenty requests in one burst", async () => {
    const client = await bench.signIn({ user: "7001" });
    const sent = Array.from({ length: 20 }, (_, n) => `burst${n}`);
    for (const [n, id] of sent.entries()) client.send(requestOf(n)(id, client.jid));
    assert.deepEqual(
      (await answers(client, 20)).map((answer) => answer.split(" ")[0]),
      sent,
    );
  });

  test("RFC 6120 §10.1 bind, presence and both subscriptions without waiting", async () => {
    const client = await bench.signIn({ user: "7001", presence: false });
    client.send('<presence xmlns="jabber:client"/>');
    client.send(subscribe("s1", client.jid, userNode("7001")));
    client.send(subscribe("s2", client.jid, teamNode("42")));
    client.send(ping("p"));
    assert.deepEqual(await answers(client, 3), ["s1 result", "s2 result", "p result"]);
  });

  test("RFC 6120 §7.1 what follows a refused subscription is answered all the same", async () => {
    const client = await bench.signIn({ user: "7001" });
    client.send(subscribe("theirs", client.jid, teamNode("43")));
    client.send(subscribe("none", client.jid, "/no/such/node"));
    client.send(subscribe("ours", client.jid, teamNode("42")));
    assert.deepEqual(await answers(client, 3), ["theirs error", "none error", "ours result"]);
  });
});

/** `id type` of the IQs that come next. */
async function answers(client: RawClient, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const iq = await client.nextMatching(/^<iq /);
    seen.push(`${/ id="([^"]+)"/.exec(iq)?.[1]} ${/ type="([^"]+)"/.exec(iq)?.[1]}`);
  }
  return seen;
}

const REQUESTS = [
  (id: string, jid: string) => subscribe(id, jid, teamNode("42")),
  (id: string) => ping(id),
  (id: string, jid: string) => subscribe(id, jid, userNode("7001")),
  (id: string) => iq("get", id, DOMAIN, '<query xmlns="http://jabber.org/protocol/disco#info"/>'),
  (id: string) => iq("get", id, PUBSUB, '<pubsub xmlns="http://jabber.org/protocol/pubsub"><subscriptions/></pubsub>'),
] as const;

function requestOf(n: number): (id: string, jid: string) => string {
  return REQUESTS[n % REQUESTS.length] as (typeof REQUESTS)[0];
}

function iq(type: "get" | "set", id: string, to: string, payload: string): string {
  return `<iq xmlns="jabber:client" type="${type}" id="${id}" to="${to}">${payload}</iq>`;
}

function ping(id: string): string {
  return iq("get", id, DOMAIN, '<ping xmlns="urn:xmpp:ping"/>');
}

function subscribe(id: string, jid: string, node: string): string {
  return iq("set", id, PUBSUB, `<pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="${node}" jid="${jid}"/></pubsub>`);
}
