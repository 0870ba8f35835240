/**
 * Stock client libraries in Node, unchanged, against the whole server: what a desktop does from sign-in to sign-out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { teamNode, userNode } from "./support/accounts.ts";
import { onBothServers } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";
import { DOMAIN } from "./support/server.ts";
import type { Connect, Mechanism } from "./support/stock/client.ts";
import { connectStanza } from "./support/stock/stanza.ts";
import { connectStrophe } from "./support/stock/strophe.ts";
import { connectXmppJs } from "./support/stock/xmpp_js.ts";

const LIBRARIES: readonly { readonly library: string; readonly connect: Connect; readonly picks: RegExp }[] = [
  { library: "strophe.js", connect: connectStrophe, picks: /^SCRAM-SHA-(1|256)$/ },
  { library: "@xmpp/client", connect: connectXmppJs, picks: /^SCRAM-SHA-1$/ },
  { library: "stanza", connect: connectStanza, picks: /^SCRAM-SHA-256$/ },
];

onBothServers((bench) => {
  describe.each(LIBRARIES)("$library", ({ connect, picks }) => {
    const signIn = (mechanism: Mechanism, password = "pw-7001") =>
      connect({ socketUrl: bench.server.socketUrl, domain: DOMAIN, user: "7001", password, resource: "desktop", mechanism });

    for (const mechanism of ["SCRAM", "PLAIN"] as const) {
      test(`${mechanism}: signs in, subscribes, hears events, pings and goes`, async () => {
        const client = await signIn(mechanism);
        assert.equal(client.jid, `7001@${DOMAIN}/desktop`);
        assert.match(client.usedMechanism, mechanism === "PLAIN" ? /^PLAIN$/ : picks);
        assert.match(await client.announce(), new RegExp(`^(finesse|7001)@${DOMAIN}`));
        assert.equal(await client.subscribe(userNode("7001")), "subscribed");
        assert.equal(await client.subscribe(teamNode("42")), "subscribed");
        for (const node of [teamNode("42"), userNode("7001")]) {
          await publish(bench.server, node, update(`for ${node}`));
          assert.deepEqual(await client.nextEvent(), { node, text: update(`for ${node}`) });
        }
        await client.ping();
        await client.disconnect();
      });
    }

    test("a wrong password is refused", async () => {
      await assert.rejects(signIn("PLAIN", "wrong"));
    });
  });
});
