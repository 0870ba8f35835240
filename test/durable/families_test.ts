/** A domain with a table of its own: nodes, rights, creation, coalescing, and what a change of the table leaves (docs/families.md). */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Env, NodeHostCalls, Position, PublishAnswer, PublishRequest } from "../../durable/contract.ts";
import { readTable } from "../../durable/families/table.ts";
import type { NodeHost } from "../../durable/node_host.ts";
import { hostOf } from "../../durable/placing.ts";
import { FINESSE, type Family } from "../../xmpp/mod.ts";
import { counts, Desk, DOMAIN, provision } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const env = bindings as unknown as Env;
const PUBSUB = "http://jabber.org/protocol/pubsub";
const SERVICE = `pubsub.${DOMAIN}`;
const COALESCE_MS = 400;

const TABLE = [
  { name: "agent", pattern: "/cc/agents/{user}", subscribers: "owner", automatic: true },
  { name: "floor", pattern: "/cc/floors/{team}", subscribers: "team" },
  { name: "statistics", pattern: "/cc/statistics/{id}", subscribers: "anyone", coalesceMs: COALESCE_MS },
  { name: "ledger", pattern: "/cc/ledgers/{id}", subscribers: "anyone", coalesceMs: COALESCE_MS, log: { class: "stored", length: 4 } },
  { name: "news", pattern: "/cc/news/{id}", subscribers: "anyone", config: { title: "News", notification_type: "headline", max_payload_size: 100 } },
] as const;
const familiesOf = (table: readonly object[]): readonly Family[] => readTable({ text: JSON.stringify(table), source: "FAMILIES", memoryLog: 256 }).families;

let restore: (() => void) | undefined;
let families = familiesOf(TABLE);
let made = 0;
/** A name of its own for each test: objects read a table when they wake. */
let name = "";

async function adopt(table: readonly object[], nodeCreators: "publishers" | "users" = "publishers"): Promise<void> {
  restore?.();
  families = familiesOf(table);
  restore = await change({ families, nodeCreators });
}

beforeEach(async () => {
  name = `t${++made}`;
  await provision();
  await adopt(TABLE);
});
afterEach(() => restore?.());

const stubOf = (node: string) => env.NODE_HOST.getByName(hostOf(DOMAIN, node, { SHARED_HOSTS: 16, families }));
const host = (node: string) => stubOf(node) as unknown as NodeHostCalls;
const hostName = (node: string) => hostOf(DOMAIN, node, { SHARED_HOSTS: 16, families }).slice(DOMAIN.length + 1);
const wrapped = (text: string) => `<notification xmlns="${PUBSUB}">${text}</notification>`;
type Published = Extract<PublishAnswer, { outcome: "published" }>;
async function publish(node: string, text: string, more: Partial<PublishRequest> = {}): Promise<Published> {
  const answer = await host(node).publish({ v: 1, node, id: null, payload: wrapped(text), once: false, ...more });
  if (answer.outcome !== "published") throw new Error(JSON.stringify(answer));
  return answer;
}
const itemsOf = async (node: string) => {
  const answer = await host(node).items({ v: 1, node, ids: null, newest: null, after: null, limit: 100 });
  return answer.outcome === "items" ? answer.items.map(({ payload }) => payload.replace(/<[^>]*>/g, "")) : answer.outcome;
};
const textsOf = (frames: readonly string[], node: string) =>
  frames.filter((frame) => frame.includes(`<items node="${node}"`)).map((frame) => /<notification[^>]*>([^<]*)/.exec(frame)?.[1]);
const seat = async (user: string) => await (await Desk.open(`local/${name}`)).signIn(user, { resource: name });
const rowsOf = async (node: string) => (await counts([], [], [hostName(node)])).rowsWritten;
/** Timers of the host for what waits. */
const timersOf = (node: string) =>
  runInDurableObject(stubOf(node) as unknown as DurableObjectStub<NodeHost>, (object: NodeHost) => object.stats().intervalTimers);

describe("nodes of a table", () => {
  test("a user has the automatic ones by signing in, and the service's own", async () => {
    const ada = await seat("7001");
    await publish("/cc/agents/7001", name);
    expect(await ada.until(new RegExp(name))).toContain(`to="7001@${DOMAIN}"`);
    const listed = await ada.request("s", `<pubsub xmlns="${PUBSUB}"><subscriptions/></pubsub>`, { to: SERVICE, type: "get" });
    expect([...listed.matchAll(/node="([^"]*)"/g)].map(([, node]) => node)).toEqual(["/cc/agents/7001", "/finesse/api/SystemInfo"]);
  });

  test("rights are as its families say; the preset's nodes are none", async () => {
    const [ada, lead] = [await seat("7001"), await seat("lead1")];
    await expect(ada.subscribe("/cc/agents/7002", `7001@${DOMAIN}`)).rejects.toThrow("forbidden");
    await lead.subscribe("/cc/agents/7001", `lead1@${DOMAIN}`);
    await ada.subscribe("/cc/floors/42", `7001@${DOMAIN}`);
    await expect(ada.subscribe("/cc/floors/43", `7001@${DOMAIN}`)).rejects.toThrow("forbidden");
    await expect(ada.subscribe("/finesse/api/User/7001", `7001@${DOMAIN}`)).rejects.toThrow("item-not-found");
    await publish("/cc/floors/42", name);
    await ada.until(new RegExp(name));
    const known = await ada.request("d", '<query xmlns="http://jabber.org/protocol/disco#items"/>', { to: SERVICE, type: "get" });
    expect([...known.matchAll(/node="([^"]*)"/g)].map(([, node]) => node).filter((node) => node?.startsWith("/cc"))).toEqual([
      "/cc/agents/7001",
      "/cc/floors/42",
    ]);
  });

  test("the configuration of its nodes: a headline, a title for all to see, a bound of payloads", async () => {
    const node = `/cc/news/${name}`;
    const backend = await seat("backend");
    await publish(node, "one");
    await backend.subscribe(node, `backend@${DOMAIN}`);
    await publish(node, "two");
    expect(await backend.until(/two/)).toMatch(/^<message [^>]*type="headline"/);
    const info = await backend.request("i", `<query xmlns="http://jabber.org/protocol/disco#info" node="${node}"/>`, { to: SERVICE, type: "get" });
    expect(info).toContain("<value>News</value>");
    await expect(publish(node, "x".repeat(50))).rejects.toThrow("payload-too-big");
  });

  for (const creators of ["publishers", "users"] as const) {
    test(`who may create nodes beside them: ${creators}`, async () => {
      await adopt(TABLE, creators);
      const ada = await seat("7001");
      const created = ada.request("c", `<pubsub xmlns="${PUBSUB}"><create node="/rooms/${name}"/></pubsub>`, { to: SERVICE });
      if (creators === "users") expect(await created).toContain('type="result"');
      else await expect(created).rejects.toThrow("forbidden");
      await expect(ada.request("n", `<pubsub xmlns="${PUBSUB}"><create node="/cc/agents/7001"/></pubsub>`, { to: SERVICE })).rejects.toThrow("conflict");
    });
  }
});

describe("coalescing", () => {
  async function listener(node: string): Promise<Desk> {
    const desk = await seat("backend");
    await desk.subscribe(node, `backend@${DOMAIN}`);
    // The host's copy of the subscription is a row that comes later.
    await scheduler.wait(600);
    return desk;
  }

  test("within an interval the first comes at once and the newest at its end: two items of six, no row", async () => {
    const node = `/cc/statistics/${name}`;
    const desk = await listener(node);
    const rows = await rowsOf(node);
    const began = Date.now();
    const answers: Published[] = [];
    for (const text of ["1", "2", "3", "4", "5", "6"]) answers.push(await publish(node, text));
    expect(Date.now() - began).toBeLessThan(COALESCE_MS);
    expect(answers.map(({ position, pending }) => [position.seq, pending])).toEqual([[1, false], ...Array.from({ length: 5 }, () => [2, true])]);
    expect(textsOf(await desk.quiet(50), node)).toEqual(["1"]);
    expect(await itemsOf(node)).toEqual(["1"]);
    expect(await timersOf(node)).toBe(1);
    expect(textsOf([await desk.until(/items node/)], node)).toEqual(["6"]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(COALESCE_MS - 5);
    expect(textsOf(await desk.quiet(COALESCE_MS + 100), node)).toEqual([]);
    expect(await itemsOf(node)).toEqual(["1", "6"]);
    expect(await rowsOf(node)).toBe(rows);
    expect(await timersOf(node)).toBe(0);
  });

  test("the item at the end begins an interval of its own; after a pause the next comes at once", async () => {
    const node = `/cc/statistics/${name}`;
    const desk = await listener(node);
    await publish(node, "1");
    await publish(node, "2");
    await desk.until(/>2</);
    expect(await publish(node, "3")).toMatchObject({ pending: true, position: { seq: 3 } });
    await desk.until(/>3</);
    await scheduler.wait(COALESCE_MS + 50);
    expect(await publish(node, "4")).toMatchObject({ pending: false, position: { seq: 4 } });
  });

  test("nodes do not hold one another up, nor families without an interval", async () => {
    for (const node of [`/cc/statistics/${name}`, `/cc/statistics/${name}-b`, `/cc/floors/${name}`]) {
      expect(await publish(node, "1")).toMatchObject({ pending: false });
    }
    expect(await publish(`/cc/floors/${name}`, "2")).toMatchObject({ pending: false, position: { seq: 2 } });
  });

  test("a repeat is known while it waits, when it was replaced, and when it was told; an id that must not stand twice does not", async () => {
    const node = `/cc/statistics/${name}`;
    await publish(node, "0");
    const once = { once: true } as const;
    for (const id of ["a", "b"]) expect(await publish(node, id, { id, ...once })).toMatchObject({ id, position: { seq: 2 }, replayed: false, pending: true });
    for (const id of ["a", "b"]) expect(await publish(node, id, { id, ...once })).toMatchObject({ id, position: { seq: 2 }, replayed: true, pending: true });
    await expect(publish(node, "other", { id: "a", ...once })).rejects.toThrow("conflict");
    await scheduler.wait(COALESCE_MS + 50);
    for (const id of ["a", "b"]) expect(await publish(node, id, { id, ...once })).toMatchObject({ id, position: { seq: 2 }, replayed: true, pending: false });
    expect(await itemsOf(node)).toEqual(["0", "b"]);
  });

  test("a stored log has a row for each item that it has, and none for what waits", async () => {
    const node = `/cc/ledgers/${name}`;
    await publish(node, "1");
    const rows = await rowsOf(node);
    for (const text of ["2", "3", "4"]) expect(await publish(node, text)).toMatchObject({ pending: true });
    expect(await rowsOf(node)).toBe(rows);
    await scheduler.wait(COALESCE_MS + 50);
    expect(await rowsOf(node)).toBe(rows + 1);
    expect(await itemsOf(node)).toEqual(["1", "4"]);
  });

  test("what waits dies with the host, as its answer said; the next comes at once", async () => {
    const node = `/cc/ledgers/${name}`;
    await publish(node, "1");
    const waited = await publish(node, "2");
    await evictDurableObject(stubOf(node));
    const next = await publish(node, "3");
    expect([waited.pending, next.pending]).toEqual([true, false]);
    expect(next.position).toEqual(waited.position);
    expect(await itemsOf(node)).toEqual(["1", "3"]);
  });
});

describe("a memory log whose position is stored", () => {
  const table = [{ name: "seat", pattern: "/cc/seats/{user}", subscribers: "owner", log: { class: "memory", length: 8, position: "stored" } }];
  const caughtUp = async (node: string, position: Position) => {
    const answer = await host(node).items({ v: 1, node, ids: null, newest: null, after: position, limit: 100 });
    return answer.outcome === "items" ? { reset: answer.reset, ids: answer.items.map(({ seq }) => seq), position: answer.position } : answer.outcome;
  };

  test("I7 a publish writes one row, and one more where it is the first; a repeat writes none", async () => {
    await adopt(table);
    const node = `/cc/seats/${name}`;
    const before = await rowsOf(node);
    await publish(node, "1");
    expect(await rowsOf(node)).toBe(before + 2);
    for (let n = 2; n < 12; n++) await publish(node, `${n}`, { id: `i${n}` });
    expect(await rowsOf(node)).toBe(before + 12);
    await publish(node, "11", { id: "i11" });
    expect(await rowsOf(node)).toBe(before + 12);
  });

  test("its host's sleep takes the items and nothing else: who had the last one is told of no gap, who had not is", async () => {
    await adopt(table);
    const node = `/cc/seats/${name}`;
    const first = (await publish(node, "1")).position;
    const second = (await publish(node, "2")).position;
    await evictDurableObject(stubOf(node));
    expect(await caughtUp(node, second)).toEqual({ reset: false, ids: [], position: second });
    expect(await caughtUp(node, first)).toEqual({ reset: true, ids: [], position: second });
    expect((await publish(node, "3")).position).toEqual({ epoch: first.epoch, seq: 3 });
    expect(await caughtUp(node, second)).toEqual({ reset: false, ids: [3], position: { epoch: first.epoch, seq: 3 } });
    expect(await caughtUp(node, first)).toEqual({ reset: true, ids: [3], position: { epoch: first.epoch, seq: 3 } });
  });

  test("a listener hears on through the sleep of its host, and is not ended", async () => {
    await adopt([...table, ...TABLE]);
    const lead = await seat("lead1");
    const node = "/cc/seats/7001";
    await lead.subscribe(node, `lead1@${DOMAIN}`);
    await publish(node, `${name}-one`);
    await lead.until(new RegExp(`${name}-one`));
    await evictDurableObject(stubOf(node));
    await publish(node, `${name}-two`);
    await lead.until(new RegExp(`${name}-two`));
  });
});

describe("a table that has changed", () => {
  const family = (log: object, subscribers = "anyone") => [{ name: "shift", pattern: "/cc/shifts/{id}", subscribers, log }];
  const [memory, positioned, stored] = [
    { class: "memory", length: 8 },
    { class: "memory", length: 8, position: "stored" },
    { class: "stored", length: 8 },
  ];

  async function next(node: string, table: readonly object[]): Promise<void> {
    await adopt(table);
    await evictDurableObject(stubOf(node));
  }

  test("a log that was in memory and is stored begins anew, later than all that was", async () => {
    const node = `/cc/shifts/${name}`;
    await adopt(family(memory));
    await publish(node, "1");
    await scheduler.wait(5);
    await evictDurableObject(stubOf(node));
    const { position } = await publish(node, "2");
    await scheduler.wait(5);
    await next(node, family(stored));
    const { position: later } = await publish(node, "3");
    expect(later.epoch).toBeGreaterThan(position.epoch);
    await evictDurableObject(stubOf(node));
    expect(await itemsOf(node)).toEqual(["3"]);
    expect((await publish(node, "4")).position).toEqual({ epoch: later.epoch, seq: 2 });
  });

  test("a log that was stored, then in memory, and is stored again does not go back", async () => {
    const node = `/cc/shifts/${name}`;
    await adopt(family(stored));
    const { position: first } = await publish(node, "1");
    await scheduler.wait(5);
    await next(node, family(memory));
    const { position: second } = await publish(node, "2");
    await scheduler.wait(5);
    await next(node, family(stored));
    expect(await itemsOf(node)).toEqual([]);
    const { position: third } = await publish(node, "3");
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(third.epoch).toBeGreaterThan(second.epoch);
  });

  test("so it is where its position alone is stored for a while", async () => {
    const node = `/cc/shifts/${name}`;
    const epochs: number[] = [];
    await adopt(family(memory));
    await publish(node, "0");
    for (const log of [memory, positioned, stored, positioned, memory, positioned]) {
      await next(node, family(log));
      await publish(node, "1");
      const { position } = await publish(node, "2");
      expect(position.seq).toBe(2);
      epochs.push(position.epoch);
      await scheduler.wait(5);
    }
    expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
  });

  test("a ring that is longer keeps what it has", async () => {
    const node = `/cc/shifts/${name}`;
    await adopt(family(stored));
    await publish(node, "1");
    await next(node, family({ class: "stored", length: 20 }));
    await publish(node, "2");
    expect(await itemsOf(node)).toEqual(["1", "2"]);
  });

  test("a stream that slept goes on with the table it knows, and is ended where there is another", async () => {
    const desk = await seat("7001");
    await desk.evict();
    await publish("/cc/agents/7001", name);
    await desk.until(new RegExp(name));
    await adopt([...TABLE.slice(1), { ...TABLE[0], pattern: "/cc/people/{user}" }]);
    await evictDurableObject(env.JABBER_SESSION.getByName(`7001@${DOMAIN}`));
    await desk.evict();
    desk.send(" ");
    expect((await desk.whenClosed()).code).toBe(1012);
    const again = await seat("7001");
    await publish("/cc/people/7001", `${name}-again`);
    await again.until(new RegExp(`${name}-again`));
  });

  test("nodes of a family that is gone are gone, and their rows", async () => {
    const node = `/cc/shifts/${name}`;
    await adopt(family(stored));
    await publish(node, "1");
    const former = stubOf(node);
    restore?.();
    families = FINESSE;
    restore = await change({ families });
    await evictDurableObject(former);
    const left = await runInDurableObject(former, (_, { storage }) => storage.sql.exec("SELECT count(*) AS n FROM nodes, items").one());
    expect(left).toEqual({ n: 0 });
    expect(await itemsOf(node)).toBe("refused");
  });
});
