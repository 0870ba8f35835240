/** Users who are available no more: what back ends are told, through the real objects (docs/protocol.md: Sign-out). */
import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Env, JabberSessionCalls, NodeHostCalls, ReportedCause, WebhookCalls } from "../../durable/contract.ts";
import { ADMIN, ask, Desk, DOMAIN, provision } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const env = bindings as unknown as Env;
const NODE = "/deskwire/presence";
const GRACE = 800;
const SM = "urn:xmpp:sm:3";
const UNAVAILABLE = '<presence xmlns="jabber:client" type="unavailable"/>';
const CLOSE = '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>';

const posted: { readonly id: string; readonly event: { type: string; timestamp: string; data: Record<string, string> } }[] = [];
const restore: (() => void)[] = [];

beforeAll(async () => {
  await provision();
  const webhook = { url: "https://backend.test/hook", secrets: ["A".repeat(32)] };
  restore.push(await change({ signOutNode: true, webhook, SIGN_OUT_GRACE_MS: GRACE, RESUME_SECONDS: 1 }));
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    if (input !== webhook.url) return await real(input as Request, init);
    posted.push({ id: new Headers(init?.headers).get("webhook-id") ?? "", event: JSON.parse(String(init?.body)) });
    return new Response(null, { status: 204 });
  });
});
afterAll(() => {
  for (const back of restore) back();
  vi.restoreAllMocks();
});

const session = (user: string) => env.JABBER_SESSION.getByName(`${user}@${DOMAIN}`);
const alarmOf = (user: string) => runInDurableObject(session(user), (_, state) => state.storage.getAlarm());
const sleep = (ms: number) => scheduler.wait(ms);

/** Binds as a manager does; answers the generation. */
async function bind({ jid, stream, manager, resource }: Record<"jid" | "stream" | "manager" | "resource", string>): Promise<number> {
  for (;;) {
    const bound = await env.JABBER_SESSION.getByName(jid).bind({ v: 1, jid, stream, at: Date.now(), resource, ref: { manager, incarnation: 1 } });
    if (bound.outcome === "bound") return bound.generation;
    // A session that has just woken wants it sent anew.
    if (bound.outcome !== "again") throw new Error(bound.outcome);
    await sleep(5);
  }
}

/** Items of the node, as attributes, of one resource. */
async function itemsOf(resource: string): Promise<Record<string, string>[]> {
  const answer = await ask(`/api/v1/nodes/${encodeURIComponent(NODE)}/items`, { headers: ADMIN });
  if (answer.status === 404) return [];
  const { items } = (await answer.json()) as { items: { id: string; xml: string }[] };
  return items
    .map(({ id, xml }) => ({ id, ...Object.fromEntries([...xml.matchAll(/ (\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])) }))
    .filter((of) => (of as Record<string, string>)["resource"] === resource);
}
const eventsOf = (resource: string) => posted.filter(({ event }) => event.data["resource"] === resource);

/** Waits until the grace is over and everything was told that was to be told. */
async function afterGrace(user: string): Promise<void> {
  await sleep(GRACE + 50);
  await runDurableObjectAlarm(session(user));
  await runDurableObjectAlarm(env.WEBHOOK.getByName(DOMAIN));
  await sleep(50);
}

/** Exactly one item and one event, which say the same. */
async function toldOnce(resource: string, user: string, cause: string): Promise<Record<string, string>> {
  const [items, events] = [await itemsOf(resource), eventsOf(resource)];
  expect(items).toHaveLength(1);
  expect(events).toHaveLength(1);
  const { id, xmlns, ...data } = items[0] as Record<string, string>;
  expect(xmlns).toBe("urn:deskwire:presence");
  expect(data).toMatchObject({ user, jid: `${user}@${DOMAIN}`, resource, cause });
  expect(events[0]).toEqual({ id, event: { type: "agent.unavailable", timestamp: data["until"], data } });
  expect(Date.parse(data["until"] ?? "") - Date.parse(data["since"] ?? "")).toBe(GRACE);
  return data;
}

const nobodyTold = async (resource: string): Promise<void> => {
  expect(await itemsOf(resource)).toEqual([]);
  expect(eventsOf(resource)).toEqual([]);
};

describe("causes", () => {
  const leaving: readonly (readonly [cause: string, how: (desk: Desk) => void])[] = [
    ["unavailable", (desk) => desk.send(UNAVAILABLE)],
    ["unavailable", (desk) => desk.send(UNAVAILABLE) ?? desk.send(CLOSE)],
    ["close", (desk) => desk.send(CLOSE)],
    ["socket-lost", (desk) => desk.close(1001)],
    ["error", (desk) => desk.send("<no xml")],
  ];
  for (const [at, [cause, how]] of leaving.entries()) {
    for (const asleep of [false, true]) {
      test(`${cause}${asleep ? ", and everything sleeps in the grace" : ""} (${at})`, async () => {
        const resource = `c${at}${asleep}`;
        const desk = await (await Desk.open("local/40")).signIn("7001", { resource });
        how(desk);
        await sleep(60);
        await nobodyTold(resource);
        if (asleep) await evictAllDurableObjects();
        await afterGrace("7001");
        await toldOnce(resource, "7001", cause);
        expect(await alarmOf("7001")).toBeNull();
      });
    }
  }

  const reported: readonly (readonly [ReportedCause, string])[] = [
    ["timeout", "ping-timeout"],
    ["conflict", "conflict"],
    ["revoked", "revoked"],
    ["orphaned", "manager-lost"],
  ];
  for (const [cause, told] of reported) {
    test(`what a manager reports as ${cause} is told as ${told}`, async () => {
      const [jid, stream, manager] = [`7002@${DOMAIN}`, `stream-${cause}`, "local/41"];
      const generation = await bind({ jid, stream, manager, resource: cause });
      await session("7002").ended({ v: 1, jid, stream, manager, generation, cause });
      await afterGrace("7002");
      await toldOnce(cause, "7002", told);
    });
  }

  test("manager-lost: a stream's row is all that its manager has left of it", async () => {
    const company = await (await Desk.open("local/42")).signIn("7001", { resource: "company" });
    const [jid, stream, manager] = [`7002@${DOMAIN}`, "stream-orphan", env.CONNECTION_MANAGER.getByName("local/42")];
    await bind({ jid, stream, manager: "local/42", resource: "orphan" });
    await runInDurableObject(manager, (_, state) => void state.storage.sql.exec("INSERT INTO streams (stream, jid) VALUES (?, ?)", stream, jid));
    await runDurableObjectAlarm(manager);
    await afterGrace("7002");
    await toldOnce("orphan", "7002", "manager-lost");
    company.send(CLOSE);
    await sleep(60);
    await afterGrace("7001");
  });

  test("an end whose report was not answered is told as what it was, by the manager's alarm", async () => {
    const desk = await (await Desk.open("local/47")).signIn("7001", { resource: "unreported" });
    let isLost = false;
    const mend = await runInDurableObject(session("7001") as unknown as DurableObjectStub, (object: object) => {
      const prototype = Object.getPrototypeOf(object) as { ended: JabberSessionCalls["ended"] };
      const real = prototype.ended;
      prototype.ended = async () => {
        isLost = true;
        throw new Error("The report is lost");
      };
      return () => Object.assign(prototype, { ended: real });
    });
    desk.send(CLOSE);
    await vi.waitFor(() => expect(isLost).toBe(true));
    mend();
    await runDurableObjectAlarm(env.CONNECTION_MANAGER.getByName("local/47"));
    await afterGrace("7001");
    await toldOnce("unreported", "7001", "close");
  });

  test("revoked: a user who was deleted, by the id that was provisioned", async () => {
    const put = { method: "PUT", headers: ADMIN, body: JSON.stringify({ role: "agent", password: "pw-Gone1" }) };
    expect((await ask("/api/v1/users/Gone1", put)).status).toBe(201);
    const desk = await (await Desk.open("local/40")).signIn("Gone1", { resource: "gone" });
    expect((await ask("/api/v1/users/Gone1", { method: "DELETE", headers: ADMIN })).status).toBe(204);
    await desk.until(/not-authorized/);
    await sleep(GRACE + 50);
    await runDurableObjectAlarm(session("gone1"));
    await sleep(50);
    expect(await itemsOf("gone")).toMatchObject([{ user: "Gone1", jid: `gone1@${DOMAIN}`, cause: "revoked" }]);
  });

  for (const asleep of [false, true]) {
    test(`a stream that can be resumed is available until its time is over, then its socket was lost${asleep ? "; its manager slept" : ""}`, async () => {
      const resource = `resumable${asleep}`;
      const desk = await (await Desk.open("local/43")).signIn("7003", { resource });
      desk.send(`<enable xmlns="${SM}" resume="true"/>`);
      await desk.until(/^<enabled/);
      desk.close(1001);
      await sleep(50);
      expect(await alarmOf("7003")).toBeNull();
      if (asleep) await evictAllDurableObjects();
      await sleep(1050);
      await runDurableObjectAlarm(env.CONNECTION_MANAGER.getByName("local/43"));
      await nobodyTold(resource);
      await afterGrace("7003");
      await toldOnce(resource, "7003", "socket-lost");
    });
  }
});

describe("cancelled", () => {
  for (const asleep of [false, true]) {
    test(`by a bind of any resource in the grace${asleep ? ", before and after which everything slept" : ""}`, async () => {
      const desk = await (await Desk.open("local/40")).signIn("7001", { resource: `reload${asleep}` });
      desk.send(CLOSE);
      await sleep(60);
      expect(await alarmOf("7001")).not.toBeNull();
      if (asleep) await evictAllDurableObjects();
      const back = await (await Desk.open("local/40")).signIn("7001", { resource: `back${asleep}`, presence: false });
      if (asleep) await evictAllDurableObjects();
      await afterGrace("7001");
      await nobodyTold(`reload${asleep}`);
      back.send(CLOSE);
      await sleep(60);
      await afterGrace("7001");
      await toldOnce(`back${asleep}`, "7001", "close");
    });
  }

  test("by a presence that says available again", async () => {
    const desk = await (await Desk.open("local/40")).signIn("7001", { resource: "lunch" });
    desk.send(UNAVAILABLE);
    await sleep(60);
    desk.send('<presence xmlns="jabber:client"/>');
    await afterGrace("7001");
    await nobodyTold("lunch");
    desk.send(CLOSE);
    await afterGrace("7001");
    await toldOnce("lunch", "7001", "close");
  });

  test("never began: another resource is available, and is the one that is named when it goes, too", async () => {
    const one = await (await Desk.open("local/40")).signIn("7001", { resource: "one" });
    const two = await (await Desk.open("local/44")).signIn("7001", { resource: "two" });
    one.send(CLOSE);
    await sleep(60);
    expect(await alarmOf("7001")).toBeNull();
    two.send(UNAVAILABLE);
    await sleep(60);
    await afterGrace("7001");
    await nobodyTold("one");
    await toldOnce("two", "7001", "unavailable");
  });

  test("not by a bind after the alarm of the grace, nor told before it though the alarm came early", async () => {
    const desk = await (await Desk.open("local/40")).signIn("7001", { resource: "early" });
    desk.send(CLOSE);
    await sleep(60);
    await runDurableObjectAlarm(session("7001"));
    await nobodyTold("early");
    expect(await alarmOf("7001")).not.toBeNull();
    await afterGrace("7001");
    const back = await (await Desk.open("local/40")).signIn("7001", { resource: "late" });
    await toldOnce("early", "7001", "close");
    back.send(UNAVAILABLE);
    await sleep(60);
    await afterGrace("7001");
  });
});

describe("told once", () => {
  for (const asleep of [false, true]) {
    test(`though neither the node's host nor the webhook could answer the first time${asleep ? ", and the session slept" : ""}`, async () => {
      const resource = `unanswered${asleep}`;
      const host = env.NODE_HOST.getByName(`${DOMAIN}/own/${NODE}`);
      const failed: string[] = [];
      const spoil = (stub: object, name: "publish" | "send") =>
        runInDurableObject(stub as DurableObjectStub, (object: object) => {
          const prototype = Object.getPrototypeOf(object) as Record<string, (...given: unknown[]) => Promise<unknown>>;
          const real = prototype[name] as NodeHostCalls["publish"] & WebhookCalls["send"];
          prototype[name] = async function (this: object, ...given) {
            await real.apply(this, given as never);
            failed.push(name);
            throw new Error("The answer is lost");
          };
          return () => Object.assign(prototype, { [name]: real });
        });
      const back = [await spoil(host, "publish"), await spoil(env.WEBHOOK.getByName(DOMAIN), "send")];
      const desk = await (await Desk.open("local/40")).signIn("7001", { resource });
      desk.send(CLOSE);
      await sleep(60);
      await afterGrace("7001");
      for (const mend of back) mend();
      expect([...new Set(failed)].sort()).toEqual(["publish", "send"]);
      if (asleep) {
        // The alarm is lost, too: the next call sets it.
        await runInDurableObject(session("7001"), (_, state) => state.storage.deleteAlarm());
        await evictAllDurableObjects();
        await session("7001").ended({ v: 1, jid: `7001@${DOMAIN}`, stream: "another", generation: 1, manager: "local/9", cause: "lost" });
      }
      expect(await alarmOf("7001")).not.toBeNull();
      await runDurableObjectAlarm(session("7001"));
      await sleep(50);
      await runDurableObjectAlarm(env.WEBHOOK.getByName(DOMAIN));
      expect(await itemsOf(resource)).toHaveLength(1);
      // To a receiver a webhook may come twice, by the same id: after a sleep nobody knows that it was delivered.
      expect(new Set(eventsOf(resource).map(({ id }) => id)).size).toBe(1);
      if (!asleep) await toldOnce(resource, "7001", "close");
      expect(await alarmOf("7001")).toBeNull();
    });
  }
});

test("a crash between a departure and its alarm: whoever asks the session next has it woken", async () => {
  const desk = await (await Desk.open("local/40")).signIn("7001", { resource: "crash" });
  desk.send(CLOSE);
  await sleep(60);
  await runInDurableObject(session("7001"), (_, state) => state.storage.deleteAlarm());
  await evictAllDurableObjects();
  await session("7001").ended({ v: 1, jid: `7001@${DOMAIN}`, stream: "another", generation: 1, manager: "local/9", cause: "lost" });
  expect(await alarmOf("7001")).not.toBeNull();
  await afterGrace("7001");
  await toldOnce("crash", "7001", "close");
});

describe("the node", () => {
  test("is a publisher's to listen to, and nobody's to publish on", async () => {
    const backend = await (await Desk.open("local/45")).signIn("backend", { resource: "listens" });
    await backend.subscribe(NODE, `backend@${DOMAIN}/listens`);
    const agent = await (await Desk.open("local/40")).signIn("7002", { resource: "heard" });
    await expect(agent.subscribe(NODE, `7002@${DOMAIN}/heard`)).rejects.toThrow(/<forbidden/);
    const get = { to: `pubsub.${DOMAIN}`, type: "get" };
    await expect(agent.request("i1", `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="${NODE}"/></pubsub>`, get)).rejects.toThrow(/<forbidden/);
    const nodes = (desk: Desk) => desk.request("d1", '<query xmlns="http://jabber.org/protocol/disco#items"/>', get);
    expect(await nodes(backend)).toContain(`node="${NODE}"`);
    expect(await nodes(agent)).not.toContain(NODE);
    const item = `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${NODE}"><item><x xmlns="urn:x"/></item></publish></pubsub>`;
    await expect(backend.request("p1", item, { to: `pubsub.${DOMAIN}` })).rejects.toThrow(/<forbidden/);
    const forged = await ask(`/api/v1/nodes/${encodeURIComponent(NODE)}/items`, {
      method: "POST",
      headers: { ...ADMIN, "Content-Type": "application/xml" },
      body: "<x/>",
    });
    expect(forged.status).toBe(422);
    agent.send(CLOSE);
    await sleep(60);
    await afterGrace("7002");
    const heard = await backend.until(/^<message/);
    expect(heard).toContain(`<unavailable xmlns="urn:deskwire:presence" user="7002" jid="7002@${DOMAIN}" resource="heard" cause="close" since="`);
    backend.close();
  });
});

describe("I7 what it costs", () => {
  const rows = async (user: string) => (await session(user).stats()).rowsWritten;

  test("turned on, a sign-in writes what it wrote, and a sign-out one more: the alarm. Turned off, nothing is noted and nobody called", async () => {
    const measure = async (resource: string) => {
      await evictAllDurableObjects();
      const desk = await (await Desk.open("local/46")).signIn("lead1", { resource });
      const signIn = await rows("lead1");
      desk.send(CLOSE);
      await sleep(60);
      return { signIn, signOut: (await rows("lead1")) - signIn };
    };
    await measure("warm");
    await afterGrace("lead1");
    const on = await measure("on");
    await afterGrace("lead1");
    const back = await change({ signOutNode: false, webhook: null });
    const off = await measure("off");
    const webhookCalls = (await env.WEBHOOK.getByName(DOMAIN).stats()).calls;
    expect(await alarmOf("lead1")).toBeNull();
    expect(on.signIn).toBe(off.signIn);
    expect(on.signOut).toBe(off.signOut + 1);
    await sleep(GRACE + 100);
    expect((await env.WEBHOOK.getByName(DOMAIN).stats()).calls).toBe(webhookCalls);
    const backend = await (await Desk.open("local/45")).signIn("backend", { resource: "off" });
    await expect(backend.subscribe(NODE, `backend@${DOMAIN}/off`)).rejects.toThrow(/item-not-found.*SIGN_OUT_NODE=on/);
    back();
    await evictAllDurableObjects();
    await nobodyTold("off");
    await toldOnce("on", "lead1", "close");
  });
});
