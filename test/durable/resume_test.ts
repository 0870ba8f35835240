/** Streams that outlive their sockets, through the real objects (docs/protocol.md: Resume; XEP-0198). */
import { evictAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { ADMIN, ask, Desk, DOMAIN, provision, publish, TEAM, userNode } from "./support/desk.ts";

const SM = "urn:xmpp:sm:3";
const full = (user: string, resource: string) => `${user}@${DOMAIN}/${resource}`;

beforeAll(() => provision());

/** Turns stream management on; answers the id to resume by. */
async function enable(desk: Desk): Promise<string> {
  desk.send(`<enable xmlns="${SM}" resume="true"/>`);
  return /id="([^"]+)"/.exec(await desk.until(/^<enabled/))?.[1] ?? "";
}

async function resume(desk: Desk, user: string, { previd, handled }: { previd: string; handled: number }): Promise<string> {
  await desk.authenticate(user);
  desk.send(`<resume xmlns="${SM}" previd="${previd}" h="${handled}"/>`);
  return await desk.next();
}

const payload = (frame: string): string => /&lt;n&gt;(\d+)/.exec(frame)?.[1] ?? frame;
const say = (node: string, n: number) => publish(node, `<n>${n}</n>`);

async function heard(desk: Desk, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(payload(await desk.until(/^<message/)));
  return found;
}

const sleep = (ms: number) => scheduler.wait(ms);

describe("a stream whose socket broke", () => {
  for (const [where, young] of [
    ["at its own manager", "local/20"],
    ["at another manager", "local/21"],
  ] as const) {
    for (const evicted of [false, true]) {
      test(`SM-09 SM-12 goes on ${where}${evicted ? ", after everything slept" : ""}: what it missed, in order, once`, async () => {
        const resource = `r${young}${evicted}`.replace("/", "");
        const old = await (await Desk.open("local/20")).signIn("7001", { resource });
        await old.subscribe(TEAM, full("7001", resource));
        const previd = await enable(old);
        await say(TEAM, 1);
        await say(userNode("7001"), 2);
        expect(await heard(old, 2)).toEqual(["1", "2"]);
        old.close(1001);
        await sleep(30);
        if (evicted) await evictAllDurableObjects();
        await say(TEAM, 3);
        await say(userNode("7001"), 4);
        if (evicted) await evictAllDurableObjects();
        const again = await Desk.open(young);
        expect(await resume(again, "7001", { previd, handled: 1 })).toBe(`<resumed xmlns="${SM}" previd="${previd}" h="0"/>`);
        expect((await heard(again, 3)).sort()).toEqual(["2", "3", "4"]);
        await say(TEAM, 5);
        expect(await heard(again, 1)).toEqual(["5"]);
        // Its session knows where it is: a new bind of the resource ends it.
        const next = await (await Desk.open("local/22")).signIn("7001", { resource });
        expect(await again.until(/conflict/)).toContain("<conflict");
        next.close();
      });
    }
  }

  test("SM-05 §5 its id is drawn by chance, and no two are the same", async () => {
    const ids: string[] = [];
    for (const resource of ["sm05a", "sm05b"]) ids.push(await enable(await (await Desk.open("local/20")).signIn("7001", { resource })));
    for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
    expect(new Set(ids).size).toBe(2);
  });

  test("SM-11 takes the place of its old socket, which hears of the conflict", async () => {
    const old = await (await Desk.open("local/23")).signIn("7002", { resource: "place" });
    const previd = await enable(old);
    const young = await Desk.open("local/23");
    expect(await resume(young, "7002", { previd, handled: 0 })).toContain("<resumed");
    expect(await old.until(/error/)).toContain("<conflict");
    await say(userNode("7002"), 1);
    expect(await heard(young, 1)).toEqual(["1"]);
    expect(await old.quiet()).toEqual(['<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />']);
    young.close();
  });

  test("SM-16 is not reported as long as it may be resumed: no conflict, no orphan, its own subscriptions", async () => {
    const old = await (await Desk.open("local/24")).signIn("7003", { resource: "kept" });
    const previd = await enable(old);
    old.close(1001);
    await sleep(30);
    await runDurableObjectAlarm(env.CONNECTION_MANAGER.getByName("local/24"));
    const young = await Desk.open("local/24");
    expect(await resume(young, "7003", { previd, handled: 0 })).toContain("<resumed");
    young.close();
  });

  test("SM-09 SM-12 goes on a second time, after a sleep, with what was not acknowledged the first time", async () => {
    const old = await (await Desk.open("local/33")).signIn("7002", { resource: "twice" });
    const previd = await enable(old);
    await say(userNode("7002"), 1);
    for (const manager of ["local/34", "local/34", "local/33"]) {
      await evictAllDurableObjects();
      expect(await resume(await Desk.open(manager), "7002", { previd, handled: 0 })).toContain("<resumed");
    }
    const last = await Desk.open("local/34");
    expect(await resume(last, "7002", { previd, handled: 0 })).toContain("<resumed");
    expect(await heard(last, 1)).toEqual(["1"]);
    last.close();
  });

  test("SM-10 of somebody else cannot be resumed", async () => {
    const old = await (await Desk.open("local/25")).signIn("7001", { resource: "mine" });
    const previd = await enable(old);
    const thief = await Desk.open("local/25");
    expect(await resume(thief, "7002", { previd, handled: 0 })).toContain("<item-not-found");
    await say(userNode("7001"), 1);
    expect(await heard(old, 1)).toEqual(["1"]);
    for (const desk of [old, thief]) desk.close();
  });

  test("E-21 §4.9.3.21 SM-13 more than was sent moves nothing", async () => {
    const old = await (await Desk.open("local/26")).signIn("7001", { resource: "high" });
    const previd = await enable(old);
    old.close(1001);
    await sleep(30);
    for (const manager of ["local/26", "local/27"]) {
      const liar = await Desk.open(manager);
      expect(await resume(liar, "7001", { previd, handled: 9 })).toContain('<handled-count-too-high xmlns="urn:xmpp:sm:3" h="9" send-count="0"/>');
    }
    const young = await Desk.open("local/27");
    expect(await resume(young, "7001", { previd, handled: 0 })).toContain("<resumed");
    young.close();
  });

  test("I6 gets nothing of a node whose right was revoked meanwhile", async () => {
    await ask("/api/v1/teams/77", { method: "PUT", headers: ADMIN, body: JSON.stringify({ members: ["7001"], supervisors: [] }) });
    const node = "/finesse/api/Team/77/Users";
    for (const manager of ["local/28", "local/29"]) {
      const resource = manager.slice(-2);
      await ask("/api/v1/teams/77", { method: "PUT", headers: ADMIN, body: JSON.stringify({ members: ["7001"], supervisors: [] }) });
      const old = await (await Desk.open("local/28")).signIn("7001", { resource });
      await old.subscribe(node, full("7001", resource));
      const previd = await enable(old);
      old.close(1001);
      await sleep(30);
      await say(node, 1);
      await say(userNode("7001"), 2);
      await ask("/api/v1/teams/77", { method: "PUT", headers: ADMIN, body: JSON.stringify({ members: [], supervisors: [] }) });
      await say(node, 3);
      const young = await Desk.open(manager);
      expect(await resume(young, "7001", { previd, handled: 0 })).toContain("<resumed");
      const frames = (await young.quiet()).filter((frame) => frame.startsWith("<message"));
      expect(frames.join("")).not.toContain("Team/77");
      expect(frames.map(payload).filter((n) => n === "2")).toHaveLength(1);
      // Its place is kept, so that the counts come out.
      expect(frames).toHaveLength(2);
      young.close();
    }
  });
});

test("a subscription that another resource made meanwhile, and a right that was taken, come through a sleep without a socket", async () => {
  const node = "/finesse/api/Team/78/Users";
  await ask("/api/v1/teams/78", { method: "PUT", headers: ADMIN, body: JSON.stringify({ members: ["7003"], supervisors: [] }) });
  const old = await (await Desk.open("local/32")).signIn("7003", { resource: "away" });
  const other = await (await Desk.open("local/33")).signIn("7003", { resource: "here" });
  await old.subscribe(node, `7003@${DOMAIN}`);
  const previd = await enable(old);
  old.close(1001);
  await sleep(30);
  await other.subscribe(TEAM, `7003@${DOMAIN}`);
  await ask("/api/v1/teams/78", { method: "PUT", headers: ADMIN, body: JSON.stringify({ members: [], supervisors: [] }) });
  await sleep(50);
  await evictAllDurableObjects();
  await say(TEAM, 1);
  await say(node, 2);
  const young = await Desk.open("local/32");
  expect(await resume(young, "7003", { previd, handled: 0 })).toContain("<resumed");
  const frames = (await young.quiet()).filter((frame) => frame.startsWith("<message"));
  expect(frames.map(payload)).toEqual(["1"]);
  for (const desk of [young, other]) desk.close();
});

test("E-17 §4.9.3.17 SM-15 a slow consumer's stream ends with resource-constraint, and can be resumed", async () => {
  const desk = await (await Desk.open("local/30")).signIn("7002", { resource: "slow" });
  const previd = await enable(desk);
  for (let n = 1; n <= 257; n++) await say(userNode("7002"), n);
  expect(await desk.until(/^<stream:error/)).toContain("<resource-constraint");
  await say(userNode("7002"), 258);
  const young = await Desk.open("local/30");
  expect(await resume(young, "7002", { previd, handled: 250 })).toContain("<resumed");
  expect(await heard(young, 8)).toEqual(["251", "252", "253", "254", "255", "256", "257", "258"]);
  young.close();
});

test("SM-15 who is sent more than it may leave unacknowledged at its return is not slow for that", async () => {
  const desk = await (await Desk.open("local/32")).signIn("7002", { resource: "back" });
  const previd = await enable(desk);
  desk.close(1001);
  await sleep(30);
  for (let n = 1; n <= 300; n++) await say(userNode("7002"), n);
  const young = await Desk.open("local/32");
  expect(await resume(young, "7002", { previd, handled: 0 })).toContain("<resumed");
  for (let n = 301; n <= 320; n++) await say(userNode("7002"), n);
  const frames = await young.quiet();
  expect(frames.filter((frame) => frame.startsWith("<message")).map(payload)).toEqual(Array.from({ length: 320 }, (_, n) => String(n + 1)));
  expect(frames.join("")).not.toContain("<stream:error");
  // Nor for ever.
  for (let n = 321; n <= 557; n++) await say(userNode("7002"), n);
  expect(await young.until(/^<stream:error/)).toContain("<resource-constraint");
});

test("an acknowledgement is asked for every so many stanzas, not with each", async () => {
  const desk = await (await Desk.open("local/31")).signIn("7003", { resource: "asked" });
  await enable(desk);
  for (let n = 1; n <= 220; n++) await say(userNode("7003"), n);
  const frames = await desk.quiet();
  expect(frames.filter((frame) => frame.startsWith("<message"))).toHaveLength(220);
  expect(frames.filter((frame) => frame.startsWith("<r "))).toHaveLength(2);
  desk.close();
});

test("what a client leaves out of its count is known after a sleep and a move, and not sent again", async () => {
  for (const manager of ["local/36", "local/37"]) {
    const desk = await (await Desk.open("local/36")).signIn("7002", { resource: "loose" });
    const previd = await enable(desk);
    for (let n = 0; n < 80; n++) {
      desk.send(`<iq xmlns="jabber:client" type="get" id="own-${n}"><ping xmlns="urn:xmpp:ping"/></iq>`);
      await desk.until(/^<iq/);
    }
    await desk.until(/^<r /);
    // Of eighty answers it counts none; of as many pings of the server's, each.
    desk.send(`<a xmlns="${SM}" h="0"/>`);
    for (let n = 0; n < 80; n++) {
      const id = /id="(are-you-there-\d+)"/.exec(await desk.until(/<ping/))?.[1];
      desk.send(`<iq xmlns="jabber:client" type="result" id="${id}"/>`);
    }
    for (let n = 0; n < 2; n++) {
      await desk.until(/^<r /);
      desk.send(`<a xmlns="${SM}" h="80"/>`);
    }
    await say(userNode("7002"), 1);
    expect(await heard(desk, 1)).toEqual(["1"]);
    await evictAllDurableObjects();
    desk.close(1001);
    await sleep(30);
    await say(userNode("7002"), 2);
    const young = await Desk.open(manager);
    expect(await resume(young, "7002", { previd, handled: 81 })).toContain("<resumed");
    expect((await young.quiet()).filter((frame) => /^<(iq|message)/.test(frame)).map(payload)).toEqual(["2"]);
    young.close();
  }
});

test("a node that a stream has left stays left through a sleep and a move, until it comes back to it", async () => {
  const node = "/finesse/api/Team/79/Users";
  await ask("/api/v1/teams/79", { method: "PUT", headers: ADMIN, body: JSON.stringify({ members: ["7002"], supervisors: [] }) });
  const old = await (await Desk.open("local/38")).signIn("7002", { resource: "leaves" });
  const jid = full("7002", "leaves");
  await old.subscribe(node, jid);
  const previd = await enable(old);
  await say(node, 1);
  expect(await heard(old, 1)).toEqual(["1"]);
  await old.unsubscribe(node, jid);
  await evictAllDurableObjects();
  await say(node, 2);
  expect((await old.quiet()).filter((frame) => frame.startsWith("<message"))).toEqual([]);
  old.close(1001);
  await sleep(30);
  await evictAllDurableObjects();
  const young = await Desk.open("local/39");
  expect(await resume(young, "7002", { previd, handled: 2 })).toContain("<resumed");
  await say(node, 3);
  await evictAllDurableObjects();
  expect((await young.quiet()).filter((frame) => frame.startsWith("<message"))).toEqual([]);
  await young.subscribe(node, jid, "again");
  await say(node, 4);
  expect(await heard(young, 1)).toEqual(["4"]);
  young.close();
});
