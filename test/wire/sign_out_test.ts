/**
 * Users who are available no more, told to a back end that listens over XMPP and to one that takes webhooks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";

import { ADMIN, importAccounts } from "./support/accounts.ts";
import { CLOSE, connect, type RawClient, signedIn } from "./support/raw_client.ts";
import { Receiver } from "./support/receiver.ts";
import { DOMAIN, type Server, SERVERS, startServer } from "./support/server.ts";

const NODE = "/deskwire/presence";
const GRACE = 700;
const secretOf = (text: string) => `whsec_${Buffer.from(text.repeat(32)).toString("base64")}`;
const [NEW, OLD, FOREIGN] = [secretOf("n"), secretOf("o"), secretOf("f")] as const;
const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const UNAVAILABLE = '<presence xmlns="jabber:client" type="unavailable"/>';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start([NEW, OLD, FOREIGN]);
});
afterEach(() => receiver.stop());

const settings = () => ({
  SIGN_OUT_NODE: "on",
  SIGN_OUT_GRACE_MS: String(GRACE),
  WEBHOOK_URL: receiver.url,
  WEBHOOK_SECRET: `${NEW} ${OLD}`,
  WEBHOOK_RETRY_MS: "20",
  WEBHOOK_ATTEMPTS: "3",
});

const deadLetters = (server: Server, path = "", method = "GET") =>
  fetch(`${server.url}/api/v1/webhooks/dead-letters${path}`, { method, headers: { Authorization: ADMIN } });

async function serving(work: (server: Server) => Promise<void>): Promise<void> {
  const server = await startServer(settings());
  try {
    await importAccounts(server);
    await work(server);
  } finally {
    await server.stop();
  }
}

describe.each(SERVERS)("$name", ({ start }) => {
  test("each way of going is told once, by an item and by a signed webhook; a reload is not", async () => {
    const server = await start(settings());
    try {
      await importAccounts(server);
      const backend = await signedIn(server, { user: "backend" });
      await backend.subscribe(NODE);

      const reloads = await signedIn(server, { user: "7003" });
      reloads.send(UNAVAILABLE);
      reloads.send(CLOSE);
      await reloads.closed();
      const back = await signedIn(server, { user: "7003", resource: "again" });

      const ways: readonly (readonly [user: string, cause: string, go: (client: RawClient) => void])[] = [
        ["7001", "unavailable", (client) => client.send(UNAVAILABLE)],
        ["7002", "close", (client) => client.send(CLOSE)],
        ["lead1", "socket-lost", (client) => client.cut()],
      ];
      for (const [at, [user, cause, go]] of ways.entries()) {
        const client = await signedIn(server, { user, resource: "one" });
        const began = Date.now();
        go(client);
        const heard = await backend.nextMatching(/^<message/);
        const [, id = "", payload = ""] = /<item id="([^"]+)">(.*)<\/item>/.exec(heard) ?? [];
        const [, since = "", until = ""] = /since="([^"]+)" until="([^"]+)"/.exec(payload) ?? [];
        assert.equal(
          payload,
          `<unavailable xmlns="urn:deskwire:presence" user="${user}" jid="${user}@${DOMAIN}" resource="one" cause="${cause}" since="${since}" until="${until}"/>`,
        );
        assert.equal(Date.parse(until) - Date.parse(since), GRACE);
        assert.ok(Math.abs(Date.parse(since) - began) < 2000, since);
        assert.ok(Date.now() >= Date.parse(until));
        const taken = (await receiver.has(at + 1))[at];
        assert.deepEqual(taken?.verified, [true, true, false]);
        assert.equal(taken?.id, id);
        const data = { user, jid: `${user}@${DOMAIN}`, resource: "one", cause, since, until };
        assert.deepEqual(taken?.event, { type: "agent.unavailable", timestamp: until, data });
        client.cut();
      }
      // Whoever came back is still there, and was never told of.
      assert.match(await back.ping(), /type="result"/);
      assert.deepEqual(
        (await backend.everythingFor(300)).filter((frame) => frame.startsWith("<message")),
        [],
      );
      assert.equal(receiver.taken.length, ways.length);
      for (const client of [backend, back]) client.cut();
    } finally {
      await server.stop();
    }
  }, 60_000);
});

test("failures are tried again by the same id; what was given up can be read, sent anew, and dropped", async () => {
  await serving(async (server) => {
    receiver.answers = [500, 503, 204];
    (await signedIn(server, { user: "7001" })).cut();
    const taken = await receiver.has(3);
    assert.equal(new Set(taken.map(({ id }) => id)).size, 1);
    assert.ok(
      taken.every(({ verified: [by] }) => by),
      "each attempt is signed for its own time",
    );

    receiver.answers = [500];
    (await signedIn(server, { user: "7002" })).cut();
    (await signedIn(server, { user: "lead1" })).cut();
    await receiver.has(3 + 6);
    await pause(200);
    assert.equal(receiver.taken.length, 9);
    type Letters = { items: { id: string; event: { data: { user: string } }; attempts: number; lastAttempt: { outcome: string } }[]; next: string | null };
    const listed = async () => ((await (await deadLetters(server)).json()) as Letters).items;
    const dead = await listed();
    assert.deepEqual(dead.map(({ event, attempts, lastAttempt }) => [event.data.user, attempts, lastAttempt.outcome]).sort(), [
      ["7002", 3, "status 500"],
      ["lead1", 3, "status 500"],
    ]);

    receiver.answers = [200];
    const [first, second] = dead;
    assert.equal((await deadLetters(server, `/${first?.id}/redeliver`, "POST")).status, 202);
    assert.deepEqual((await receiver.has(10)).at(-1), { ...receiver.taken.at(-1), id: first?.id, event: first?.event, verified: [true, true, false] });
    assert.equal((await deadLetters(server, `/${second?.id}`, "DELETE")).status, 204);
    await pause(100);
    assert.deepEqual(await listed(), []);
    assert.equal(receiver.taken.length, 10);
  });
}, 60_000);

test("410 Gone ends it", async () => {
  await serving(async (server) => {
    receiver.answers = [410];
    (await signedIn(server, { user: "7001" })).cut();
    await receiver.has(1);
    (await signedIn(server, { user: "7002" })).cut();
    await pause(GRACE + 500);
    assert.equal(receiver.taken.length, 1);
    const { items, disabledAt } = (await (await deadLetters(server)).json()) as { items: { lastAttempt: { outcome: string } }[]; disabledAt: string };
    assert.deepEqual(
      items.map(({ lastAttempt }) => lastAttempt.outcome),
      ["status 410", "disabled"],
    );
    assert.ok(Date.parse(disabledAt) <= Date.now());
  });
}, 60_000);

describe("a server that is restarted", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deskwire-wire-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  test("in the grace tells all the same, and of those whose sockets went with it, too", async () => {
    const start = () => startServer({ ...settings(), DATA_DIR: folder, SIGN_OUT_GRACE_MS: "3000", ALARM_MS: "1000" });
    const first = await start();
    await importAccounts(first);
    const leaves = await signedIn(first, { user: "7001" });
    await signedIn(first, { user: "7002" });
    leaves.send(CLOSE);
    await leaves.closed();
    await pause(300);
    await first.stop("SIGKILL");
    assert.equal(receiver.taken.length, 0);
    const second = await start();
    try {
      const taken = await receiver.has(2, 15_000);
      assert.deepEqual(
        taken.map(({ event: { data } }) => [data["user"], data["cause"]]),
        [
          ["7001", "close"],
          ["7002", "manager-lost"],
        ],
      );
    } finally {
      await second.stop();
    }
  }, 60_000);
});

test("by default nobody is told, and the node says what makes it", async () => {
  const server = await startServer({ SIGN_OUT_GRACE_MS: "100" });
  try {
    await importAccounts(server);
    const backend = await signedIn(server, { user: "backend" });
    const refused = await backend.subscribe(NODE);
    assert.match(refused, /<item-not-found/);
    assert.match(refused, /SIGN_OUT_NODE=on/);
    (await signedIn(server, { user: "7001" })).cut();
    await pause(600);
    const items = await fetch(`${server.url}/api/v1/nodes/${encodeURIComponent(NODE)}/items`, { headers: { Authorization: ADMIN } });
    assert.equal(items.status, 404);
    assert.deepEqual(await (await deadLetters(server)).json(), { items: [], next: null, disabledAt: null });
    (await connect(server)).cut();
  } finally {
    await server.stop();
  }
}, 60_000);
