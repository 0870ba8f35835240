/**
 * The presence of the service contact, by which a desktop knows that events will come: `PUT /api/v1/service-contact`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { onBothServers } from "./support/bench.ts";
import { setContact } from "./support/publish.ts";
import { DOMAIN } from "./support/server.ts";

const FROM_CONTACT = new RegExp(`^<presence[^>]* from="finesse@${DOMAIN}`);

onBothServers((bench) => {
  test("RFC 6121 §4.2 the contact's presence answers the initial presence", async () => {
    const ada = await bench.signIn({ user: "7001", presence: false });
    assert.deepEqual(await ada.everythingFor(200), []);
    ada.send('<presence xmlns="jabber:client"/>');
    const presence = await ada.nextMatching(/^<presence[^>]* from="finesse@/);
    assert.match(presence, FROM_CONTACT);
    assert.match(presence, new RegExp(` to="${ada.jid}"`));
    assert.doesNotMatch(presence, /type="unavailable"/);
  });

  test("RFC 6121 §4.5 a lease that ran out makes the contact unavailable, its renewal available", async () => {
    const ada = await bench.signIn({ user: "7001" });
    await setContact(bench.server, true, 1);
    const gone = await ada.nextMatching(/type="unavailable"/, 8000);
    assert.match(gone, FROM_CONTACT);
    await setContact(bench.server, true, 60);
    const back = await ada.nextMatching(FROM_CONTACT);
    assert.doesNotMatch(back, /type=/);
  });

  test("a renewal in time changes nothing", async () => {
    const ada = await bench.signIn({ user: "7001" });
    for (let n = 0; n < 4; n++) {
      await setContact(bench.server, true, 2);
      await new Promise((done) => setTimeout(done, 700));
    }
    assert.deepEqual(
      (await ada.everythingFor(0)).filter((frame) => /unavailable/.test(frame)),
      [],
    );
    await setContact(bench.server, true);
  });

  test("RFC 6121 §4.5 who signs in meanwhile is told that the contact is unavailable", async () => {
    const first = await bench.signIn({ user: "7001" });
    await setContact(bench.server, false);
    await first.nextMatching(/type="unavailable"/);
    const second = await bench.signIn({ user: "7002", presence: false });
    second.send('<presence xmlns="jabber:client"/>');
    assert.match(await second.nextMatching(FROM_CONTACT), /type="unavailable"/);
    await setContact(bench.server, true);
    for (const desk of [first, second]) assert.doesNotMatch(await desk.nextMatching(FROM_CONTACT), /type=/);
  });
});
