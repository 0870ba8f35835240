/**
 * The client of `client/` where WebSockets do not get through: over HTTP requests, and back.
 *
 * @module
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";

import { type ClientOptions, type Position, readPosition, type State, type Store } from "../../client/mod.ts";
import { importAccounts, teamNode, userNode } from "./support/accounts.ts";
import { Desk } from "./support/desk.ts";
import { publish, update } from "./support/publish.ts";
import { DOMAIN, type Server, startServer } from "./support/server.ts";
import { UpgradeProxy, type Upgrades } from "./support/upgrade_proxy.ts";

const ANSWER_MS = 400;
/** So long that it does not happen within a test. */
const NEVER_MS = 600_000;

const desks: Desk[] = [];
let server: Server;
let proxy: UpgradeProxy;

function desk(more: Partial<ClientOptions> = {}): Desk {
  const made = new Desk({
    url: proxy.socketUrl,
    jid: `7001@${DOMAIN}/desktop`,
    password: "pw-7001",
    answerMs: ANSWER_MS,
    probeMs: NEVER_MS,
    ...more,
  });
  desks.push(made);
  return made;
}

async function online(made: Desk): Promise<Desk> {
  made.client.connect();
  await made.is("online");
  return made;
}

const transportOf = ({ client: { state } }: Desk): string => ("transport" in state ? state.transport : "none");

/** Where it went, from here on. */
function addressesOf({ client }: Desk): string[] {
  const urls: string[] = [];
  client.on("socket", (what) => what.kind === "begun" && urls.push(what.url));
  return urls;
}

/** What the client said of its ways, in order. */
const waysOf = (states: readonly State[]): string[] => states.flatMap((state) => ("transport" in state ? `${state.kind} ${state.transport}` : []));

async function tell(node: string, mark: string): Promise<Position> {
  const { status, body } = await publish(server, node, update(mark));
  assert.equal(status, 201, JSON.stringify(body));
  return readPosition(body.position ?? "") as Position;
}

beforeAll(async () => {
  server = await startServer({ LOCKOUT_FAILURES: "0" });
  proxy = await UpgradeProxy.start(server);
  await importAccounts(server);
});
afterEach(() => {
  for (const { client } of desks.splice(0)) client.close();
  proxy.way = "pass";
  proxy.upgrades.length = 0;
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});

describe("WebSockets do not get through", () => {
  for (const [way, attempts] of [
    ["refused", 2],
    ["stripped", 2],
    ["cut", 2],
    ["silent", 1],
    ["swallowed", 1],
  ] as const satisfies readonly (readonly [Upgrades, number])[]) {
    test(`${way}: after ${attempts} attempts it signs in over BOSH, subscribes and receives`, async () => {
      proxy.way = way;
      const ada = await online(desk());
      assert.deepEqual(waysOf(ada.states), [...Array<string>(attempts).fill("connecting websocket"), "connecting bosh", "online bosh"]);
      assert.equal(proxy.upgrades.length, attempts);
      assert.deepEqual(await Promise.all([ada.follow(teamNode("42")), ada.follow(userNode("7001"))]), [true, true]);
      for (const mark of ["one", "two", "three"]) await tell(teamNode("42"), `${way}-${mark}`);
      await tell(userNode("7001"), "own");
      await ada.until(() => ada.items.length === 4, "all four");
      assert.deepEqual(
        ada.marks(teamNode("42")),
        ["one", "two", "three"].map((mark) => `${way}-${mark}`),
      );
      assert.ok(ada.frames.some((frame) => frame.startsWith("in <enabled ")));
    });
  }

  test("XEP-0198 §5 cut: the stream is resumed over BOSH, nothing is lost and nothing comes twice", async () => {
    proxy.way = "refused";
    const ada = await online(desk());
    await ada.follow(teamNode("42"));
    const expected: string[] = [];
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 20; n++) {
        expected.push(`${round}-${n}`);
        await tell(teamNode("42"), `${round}-${n}`);
        if (n === 10) proxy.cut();
      }
    }
    await ada.until(() => ada.marks(teamNode("42")).length >= expected.length, "all of them");
    assert.deepEqual(ada.marks(teamNode("42")), expected);
    assert.equal(ada.kinds().filter((kind) => kind === "online").length, 1, "never bound anew");
    assert.deepEqual(ada.gaps, []);
  });

  test("XEP-0124 §14.3 a request whose answer was lost is made again, and the session goes on", async () => {
    const ada = await online(desk({ transport: "bosh" }));
    await ada.follow(teamNode("42"));
    const seen = ada.states.length;
    for (let n = 0; n < 5; n++) {
      proxy.cut();
      await tell(teamNode("42"), `again-${n}`);
      await ada.until(() => ada.items.length === n + 1, `again-${n}`);
    }
    assert.deepEqual(ada.marks(teamNode("42")), ["again-0", "again-1", "again-2", "again-3", "again-4"]);
    assert.equal(ada.states.length, seen, "the stream noticed nothing");
  });

  test("RFC 6120 §4.4 its own close ends the stream", async () => {
    const ada = await online(desk({ transport: "bosh" }));
    ada.client.close();
    await sleep(300);
    const bob = await online(desk({ transport: "bosh" }));
    assert.ok(!bob.frames.some((frame) => frame.includes("<conflict")));
    assert.equal(ada.kinds().at(-1), "closed");
  });

  test("RFC 6120 §4.9.3.3 conflict, §6.5.10 a wrong password: told as over a socket", async () => {
    const first = await online(desk({ transport: "bosh" }));
    const second = await online(desk({ transport: "bosh" }));
    await first.is("elsewhere");
    assert.equal(second.client.state.kind, "online");
    const wrong = desk({ transport: "bosh", password: "wrong" });
    wrong.client.connect();
    await wrong.is("refused");
    assert.deepEqual(wrong.client.state, { kind: "refused", condition: "not-authorized", revoked: false });
  });
});

describe("from one to the other", () => {
  test("a stream begun on a socket goes on over BOSH, and back: one cursor, nothing lost, nothing twice", async () => {
    const ada = await online(desk({ probeMs: 1500 }));
    await ada.follow(teamNode("42"));
    const marks: string[] = [];
    const tellNext = async () => {
      marks.push(`n-${marks.length}`);
      await tell(teamNode("42"), marks.at(-1) ?? "");
    };
    await tellNext();
    for (let n = 0; n < 10; n++) await tellNext();
    proxy.way = "refused";
    proxy.cut();
    for (let n = 0; n < 10; n++) await tellNext();
    await ada.until(() => ada.client.state.kind === "resumed" && transportOf(ada) === "bosh", "resumed over BOSH");
    for (let n = 0; n < 10; n++) await tellNext();
    // A probe that fails moves nothing.
    await ada.until(() => ada.marks(teamNode("42")).length === marks.length, "all so far");
    const asked = proxy.upgrades.length;
    await sleep(2000);
    assert.equal(proxy.upgrades.length, asked + 1, "looked once");
    assert.equal(transportOf(ada), "bosh");
    proxy.way = "pass";
    const until = performance.now() + 10_000;
    while (transportOf(ada) !== "websocket" && performance.now() < until) {
      await tellNext();
      await sleep(20);
    }
    await ada.until(() => ada.client.state.kind === "resumed" && transportOf(ada) === "websocket", "resumed over a socket");
    await tellNext();
    await ada.until(() => ada.marks(teamNode("42")).length >= marks.length, "all of them");
    assert.deepEqual(ada.marks(teamNode("42")), marks);
    assert.equal(ada.kinds().filter((kind) => kind === "online").length, 1, "never bound anew");
    assert.deepEqual(ada.gaps, []);
  });

  test("what was asked over the one is answered over the other", async () => {
    const ada = await online(desk());
    proxy.way = "refused";
    const joined = ada.follow(teamNode("42"));
    proxy.cut();
    await ada.until(() => ada.client.state.kind === "resumed", "resumed");
    assert.equal(transportOf(ada), "bosh");
    assert.equal(await joined, true);
  });

  test("a reload: the tab remembers which way got through, and goes on with the stream", async () => {
    const kept = new Map<string, string>();
    const store: Store = {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
    proxy.way = "refused";
    const before = await online(desk({ store }));
    await before.follow(teamNode("42"));
    assert.equal(before.client.suspend(), true);
    await tell(teamNode("42"), "meanwhile");
    proxy.upgrades.length = 0;
    const after = desk({ store });
    const joined = after.follow(teamNode("42"));
    after.client.connect();
    await after.is("resumed");
    assert.deepEqual(waysOf(after.states), ["connecting bosh", "resumed bosh"]);
    assert.equal(proxy.upgrades.length, 0);
    assert.equal(await joined, true);
    await after.until(() => after.items.length === 1, "what came meanwhile");
    assert.deepEqual(after.marks(teamNode("42")), ["meanwhile"]);
  });

  test("no server: both ways are tried in turn, and the WebSocket is found again when there is one", async () => {
    proxy.way = "absent";
    proxy.cut();
    const ada = desk();
    ada.client.connect();
    await ada.until(() => ada.kinds().filter((kind) => kind === "reconnecting").length >= 3, "three attempts");
    assert.deepEqual(waysOf(ada.states).slice(0, 3), ["connecting websocket", "connecting websocket", "connecting bosh"]);
    proxy.way = "pass";
    ada.client.connect();
    await ada.is("online");
    assert.equal(transportOf(ada), "websocket");
  });
});

describe("options", () => {
  test("transport: websocket – never over requests", async () => {
    proxy.way = "refused";
    const ada = desk({ transport: "websocket" });
    ada.client.connect();
    await ada.until(() => ada.kinds().filter((kind) => kind === "reconnecting").length >= 3, "three attempts");
    assert.deepEqual([...new Set(waysOf(ada.states))], ["connecting websocket"]);
  });

  test("transport: bosh – never by a socket", async () => {
    const ada = await online(desk({ transport: "bosh", probeMs: 100 }));
    await sleep(500);
    assert.equal(transportOf(ada), "bosh");
    assert.equal(proxy.upgrades.length, 0);
  });

  test("boshUrl: requests are posted there", async () => {
    const elsewhere = await UpgradeProxy.start(server);
    const ada = desk({ transport: "bosh", boshUrl: `${elsewhere.origin}/http-bind` });
    const urls = addressesOf(ada);
    await online(ada);
    assert.deepEqual(urls, [`${elsewhere.origin}/http-bind`]);
    ada.client.close();
    await elsewhere.stop();
  });

  test("XEP-0156 nobody answers beside the socket: the host's document says where", async () => {
    const links = [{ rel: "urn:xmpp:alt-connections:xbosh", href: `${proxy.origin}/http-bind/` }];
    const host = createServer((request, response) => {
      if (request.url === "/.well-known/host-meta.json") response.end(JSON.stringify({ links }));
      else response.writeHead(404).end();
    });
    host.listen(0, "127.0.0.1");
    await once(host, "listening");
    const origin = `127.0.0.1:${(host.address() as AddressInfo).port}`;
    const ada = desk({ transport: "bosh", url: `ws://${origin}/ws/` });
    const urls = addressesOf(ada);
    await online(ada);
    assert.deepEqual(urls, [`http://${origin}/http-bind/`, `${proxy.origin}/http-bind/`]);
    ada.client.close();
    host.closeAllConnections();
    host.close();
    await once(host, "close");
  });
});
