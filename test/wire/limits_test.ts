/**
 * Limits over real sockets, with small bounds: each refusal is its own, and those who are in stay in.
 *
 * @module
 */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "vitest";

import { importAccounts, teamNode, userNode } from "./support/accounts.ts";
import { publish, update } from "./support/publish.ts";
import { CLOSE, connect, RawClient, signedIn, tryUpgrade } from "./support/raw_client.ts";
import { type Server, startServer, type Variables } from "./support/server.ts";

const running: Server[] = [];

async function serverWith(variables: Variables): Promise<Server> {
  const server = await startServer(variables);
  running.push(server);
  await importAccounts(server);
  return server;
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

describe("refused upgrades", () => {
  test("a manager with too many streams that have not signed in is busy: 503 with Retry-After", async () => {
    const server = await serverWith({ UNSIGNED_PER_MANAGER: "2" });
    await Promise.all([connect(server), connect(server)]);
    const refused = await tryUpgrade(server);
    assert.ok(!(refused instanceof RawClient));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.match(refused.headers["content-type"] ?? "", /application\/problem\+json/);
  });

  test("a manager that is behind lets a few sign in at a time, and answers the others 503 with Retry-After", async () => {
    // So that it always is.
    const server = await serverWith({ BEHIND_MS: "0", UNSIGNED_WHEN_BEHIND: "2" });
    const [first] = await Promise.all([connect(server), connect(server)]);
    const refused = await tryUpgrade(server);
    assert.ok(!(refused instanceof RawClient));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    first.cut();
    await signedIn(server, { user: "7001" });
    await signedIn(server, { user: "7003" });
  });

  test("full managers are passed over; when all are full: 503 with Retry-After, and who is in hears on", async () => {
    const server = await serverWith({ STREAMS_PER_MANAGER: "1", MANAGERS_PER_REGION: "2" });
    const first = await signedIn(server, { user: "7001" });
    const second = await signedIn(server, { user: "7003" });
    const refused = await tryUpgrade(server);
    assert.ok(!(refused instanceof RawClient));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    // Two managers, one team: both hear.
    for (const desk of [first, second]) await desk.subscribe(teamNode("42"));
    await publish(server, teamNode("42"), update("both"));
    for (const desk of [first, second]) assert.match(await desk.nextMatching(/^<message/), /both/);
  });

  test("past the limit of open files upgrades get 503 and Retry-After, and those who are in are served", async () => {
    const server = await serverWith({ OPEN_FILES: "340" });
    const desks: RawClient[] = [await signedIn(server, { user: "7001" })];
    let refused: Awaited<ReturnType<typeof tryUpgrade>> | undefined;
    for (let n = 0; n < 60 && !refused; n++) {
      const upgrade = await tryUpgrade(server);
      if (upgrade instanceof RawClient) desks.push(upgrade);
      else refused = upgrade;
    }
    assert.ok(refused && !(refused instanceof RawClient));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.match(await (desks[0] as RawClient).ping(), /type="result"/);
    await publish(server, userNode("7001"), update("still in"));
    assert.match(await (desks[0] as RawClient).nextMatching(/^<message/), /still in/);
  });
});

describe("streams that go too far", () => {
  test("E-04 §4.9.3.4 who does not sign in in time is ended with connection-timeout", async () => {
    const server = await serverWith({ SIGN_IN_MS: "300", ALARM_MS: "500" });
    const idle = await connect(server);
    await idle.open();
    const signed = await signedIn(server, { user: "7001" });
    assert.match(await idle.nextMatching(/stream:error/, 5000), /<connection-timeout /);
    assert.equal(await idle.next(), CLOSE);
    assert.match(await signed.ping(), /type="result"/);
  });

  test("E-17 §4.9.3.17 more frames waiting than may wait end the stream with resource-constraint", async () => {
    const server = await serverWith({ WAITING_FRAMES: "8" });
    const desk = await signedIn(server, { user: "7001" });
    const neighbour = await signedIn(server, { user: "7003" });
    // Each of these asks the session, and holds back what comes behind it.
    const list = (n: number) =>
      `<iq xmlns="jabber:client" type="get" id="l${n}" to="pubsub.cc1.acme.test"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscriptions/></pubsub></iq>`;
    for (let n = 0; n < 300; n++) desk.send(list(n));
    assert.match(await desk.nextMatching(/stream:error/), /<resource-constraint /);
    assert.match(await neighbour.ping(), /type="result"/);
  });

  test("A-09 an unknown user and a wrong password take the same time and look the same", async () => {
    const server = await serverWith({ LOCKOUT_FAILURES: "0" });
    const attempt = async (user: string) => {
      const desk = await connect(server);
      await desk.open();
      const began = performance.now();
      desk.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${Buffer.from(`\0${user}\0wrong`).toString("base64")}</auth>`);
      const answer = await desk.next();
      const took = performance.now() - began;
      desk.cut();
      return { answer, took };
    };
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
    const times: Record<string, number[]> = { "7001": [], nobody: [] };
    const answers = new Set<string>();
    for (let round = 0; round < 40; round++) {
      for (const user of ["7001", "nobody"]) {
        const { answer, took } = await attempt(user);
        answers.add(answer);
        times[user]?.push(took);
      }
    }
    assert.equal(answers.size, 1);
    const [known, unknown] = [median(times["7001"] ?? []), median(times.nobody ?? [])];
    assert.ok(Math.abs(known - unknown) < 0.35 * Math.max(known, unknown), `${known} ms and ${unknown} ms`);
  });
});

describe("the wire profile finesse-strict", () => {
  test("offers PLAIN alone and no extras", async () => {
    const server = await serverWith({ WIRE_PROFILE: "finesse-strict" });
    const desk = await connect(server);
    const [, features] = await desk.open();
    assert.deepEqual(
      [...features.matchAll(/<mechanism>([^<]+)</g)].map(([, name]) => name),
      ["PLAIN"],
    );
    assert.match(await (await signedIn(server, { user: "7001" })).ping(), /type="result"/);
  });
});
