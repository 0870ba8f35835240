/** The outbox of webhooks: repeats, dead letters, a receiver that wants no more (Standard Webhooks). */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { Webhook as Receiver } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../durable/contract.ts";
import { change } from "./support/settings.ts";
import { ADMIN, ask } from "./support/desk.ts";

const env = bindings as unknown as Env;
const URL_ = "https://backend.test/hook";
const SECRETS = [btoa("a".repeat(24)), btoa("b".repeat(32))];
const DOMAINS = ["cc1.acme.test", "other.test"];

interface Posted {
  readonly id: string;
  readonly body: string;
  readonly headers: Headers;
}
const posted: Posted[] = [];
let answers: (id: string) => Response | Promise<Response>;
let restore: () => void;
let settings: (() => void) | undefined;

beforeAll(async () => {
  restore = await change({
    webhook: { url: URL_, secrets: SECRETS },
    WEBHOOK_ATTEMPTS: 3,
    WEBHOOK_RETRY_MS: 60_000,
    WEBHOOK_TIMEOUT_MS: 300,
    WEBHOOK_DEAD_LETTERS: 5,
    WEBHOOK_WAITING: 8,
  });
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    expect(input).toBe(URL_);
    expect(init).toMatchObject({ method: "POST", redirect: "manual" });
    const headers = new Headers(init?.headers);
    const id = headers.get("webhook-id") ?? "";
    posted.push({ id, body: String(init?.body), headers });
    return await Promise.race([answers(id), new Promise<never>((_, failed) => init?.signal?.addEventListener("abort", () => failed(init.signal?.reason)))]);
  });
});
beforeEach(() => {
  posted.length = 0;
  answers = () => new Response(null, { status: 200 });
});
afterEach(() => {
  settings?.();
  settings = undefined;
});
afterAll(() => {
  restore();
  vi.restoreAllMocks();
});

const status = (code: number) => () => new Response("no", { status: code });
let domains = 0;
/** A webhook of a domain of its own, or of one that the door serves. */
function webhook(domain = `w${domains++}.test`) {
  const stub = env.WEBHOOK.getByName(domain);
  return {
    stub,
    send: (id: string) => stub.send({ v: 1, event: { id, body: JSON.stringify({ type: "agent.unavailable", id }) } }),
    /** Everything that waits is due now, and sent. */
    async run() {
      await runInDurableObject(stub, async (_, state) => {
        state.storage.sql.exec("UPDATE events SET due = 1 WHERE due IS NOT NULL");
        await state.storage.setAlarm(Date.now() + 60_000);
      });
      await runDurableObjectAlarm(stub);
    },
    dead: async () => (await stub.deadLetters({ v: 1, limit: 100, cursor: null })).items,
    rows: () =>
      runInDurableObject(stub, (_, state) =>
        state.storage.sql.exec<{ id: string; attempts: number; due: number | null }>("SELECT id, attempts, due FROM events ORDER BY seq").toArray(),
      ),
    alarm: () => runInDurableObject(stub, (_, state) => state.storage.getAlarm()),
  };
}

test("an event is posted once, signed by every secret, and forgotten; the alarm ends", async () => {
  const { stub, send, rows, alarm } = webhook();
  await send("e1");
  await vi.waitFor(() => expect(posted).toHaveLength(1));
  await vi.waitFor(async () => expect(await rows()).toEqual([]));
  const { headers, body } = posted[0] as Posted;
  expect(JSON.parse(body)).toEqual({ type: "agent.unavailable", id: "e1" });
  expect(headers.get("content-type")).toBe("application/json");
  const at = headers.get("webhook-timestamp") ?? "";
  expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(5);
  expect(headers.get("webhook-signature")?.split(" ")).toHaveLength(2);
  for (const secret of SECRETS) new Receiver(`whsec_${secret}`).verify(body, Object.fromEntries(headers));
  expect(() => new Receiver(btoa("c".repeat(24))).verify(body, Object.fromEntries(headers))).toThrow(/No matching signature/);
  await send("e1");
  await runDurableObjectAlarm(stub);
  expect(posted).toHaveLength(1);
  expect(await alarm()).toBeNull();
});

test("what fails is tried again later and later, through a sleep, and is a dead letter after the last attempt", async () => {
  const { stub, send, run, dead, rows } = webhook();
  const outcomes = [status(500), () => Promise.reject(new TypeError("Network connection lost")), status(302)];
  answers = () => (outcomes[posted.length - 1] ?? status(204))();
  await send("e1");
  await vi.waitFor(async () => expect(await rows()).toMatchObject([{ id: "e1", attempts: 1 }]));
  const [first] = await rows();
  expect(((first?.due ?? 0) - Date.now()) / 60_000).toSatisfy((minutes: number) => minutes > 0.9 && minutes <= 1.2);
  await evictDurableObject(stub);
  await run();
  expect(await dead()).toEqual([]);
  const [second] = await rows();
  expect(((second?.due ?? 0) - Date.now()) / 60_000).toSatisfy((minutes: number) => minutes > 5.9 && minutes <= 7.2);
  await run();
  expect(await dead()).toMatchObject([{ id: "e1", attempts: 3, outcome: "status 302" }]);
  expect(posted.map(({ id }) => id)).toEqual(["e1", "e1", "e1"]);
  await run();
  expect(posted).toHaveLength(3);
});

test("a receiver that does not answer in time counts as a failure, and holds nobody up for longer", async () => {
  const { send, rows, run, dead } = webhook();
  answers = (id) => (id === "slow" ? new Promise(() => {}) : new Response(null, { status: 200 }));
  await Promise.all([send("slow"), send("quick")]);
  await vi.waitFor(async () => expect(await rows()).toMatchObject([{ id: "slow", attempts: 1 }]));
  await run();
  await run();
  expect(await dead()).toMatchObject([{ id: "slow", outcome: "no answer in time" }]);
});

test("410 Gone: nothing more is sent, what waits and what comes are dead letters; one sent anew opens it again", async () => {
  const { stub, send, run, dead, alarm } = webhook();
  answers = status(503);
  await send("e1");
  await send("e2");
  await vi.waitFor(() => expect(posted).toHaveLength(2));
  await scheduler.wait(50);
  answers = status(410);
  await run();
  const tried = posted.length;
  expect(await stub.deadLetters({ v: 1, limit: 9, cursor: null })).toMatchObject({ disabledAt: expect.any(Number), items: [{ id: "e1" }, { id: "e2" }] });
  await evictDurableObject(stub);
  await send("e3");
  await run();
  expect(posted).toHaveLength(tried);
  expect(await dead()).toMatchObject([{ id: "e1" }, { id: "e2" }, { id: "e3", attempts: 0, outcome: "disabled" }]);
  answers = status(200);
  expect(await stub.redeliver({ v: 1, id: "e3" })).toEqual({ outcome: "accepted" });
  await vi.waitFor(() => expect(posted.at(-1)?.id).toBe("e3"));
  await send("e4");
  await vi.waitFor(() => expect(posted.at(-1)?.id).toBe("e4"));
  expect(await stub.deadLetters({ v: 1, limit: 9, cursor: null })).toMatchObject({ disabledAt: null, items: [{ id: "e1" }, { id: "e2" }] });
  await vi.waitFor(async () => expect(await alarm()).toBeNull());
});

test("410 Gone: what was on its way then and fails does not wait any more, and what arrives is no dead letter", async () => {
  const { send, run, dead, alarm, rows } = webhook();
  answers = status(503);
  for (const id of ["gone", "late", "arrives"]) await send(id);
  await vi.waitFor(async () => expect((await rows()).filter(({ attempts }) => attempts === 1)).toHaveLength(3));
  const codes: Record<string, number> = { gone: 410, late: 500, arrives: 200 };
  answers = async (id) => {
    if (id !== "gone") await scheduler.wait(50);
    return new Response(null, { status: codes[id] ?? 0 });
  };
  await run();
  expect((await dead()).map(({ id }) => id)).toEqual(["gone", "late"]);
  expect(await rows()).toHaveLength(2);
  expect(await alarm()).toBeNull();
});

test("410 of one address does not stop another; the settings' return to it does not send in vain for ever", async () => {
  const { stub, send, run, dead, alarm } = webhook();
  answers = status(410);
  await send("e1");
  await vi.waitFor(async () => expect(await dead()).toHaveLength(1));
  answers = status(500);
  const other = { url: "https://other.test/", secrets: SECRETS };
  vi.mocked(globalThis.fetch).mockImplementationOnce(async () => new Response(null, { status: 500 }));
  const back = await change({ webhook: other });
  await send("e2");
  await vi.waitFor(() => expect(vi.mocked(globalThis.fetch).mock.lastCall?.[0]).toBe(other.url));
  await scheduler.wait(50);
  back();
  await run();
  expect(await dead()).toMatchObject([{ id: "e1" }, { id: "e2", outcome: "disabled" }]);
  expect(await alarm()).toBeNull();
  await stub.discard({ v: 1, id: "e1" });
});

test("I8 what waits is bounded: one too many is a dead letter at once, and of these the newest are kept", async () => {
  const { send, dead, rows } = webhook();
  answers = status(500);
  for (let n = 0; n < 8; n++) await send(`w${n}`);
  for (let n = 0; n < 7; n++) await send(`d${n}`);
  expect((await dead()).map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([2, 3, 4, 5, 6].map((n) => `d${n} too many waiting`));
  expect((await rows()).filter(({ due }) => due !== null)).toHaveLength(8);
  await vi.waitFor(async () => expect((await rows()).filter(({ attempts }) => attempts === 1)).toHaveLength(8));
});

test("without an address nothing is sent, and nothing is lost in silence", async () => {
  settings = await change({ webhook: null });
  const { stub, send, dead, alarm } = webhook();
  await send("e1");
  expect(await dead()).toMatchObject([{ id: "e1", outcome: "not configured" }]);
  expect(await stub.redeliver({ v: 1, id: "e1" })).toEqual({ outcome: "not-configured" });
  expect(await alarm()).toBeNull();
});

test("a crash between an event and its alarm: the next call has it sent", async () => {
  const { stub, send, rows, dead } = webhook();
  answers = status(500);
  await send("e1");
  await vi.waitFor(() => expect(posted).toHaveLength(1));
  await scheduler.wait(50);
  await runInDurableObject(stub, async (_, state) => {
    state.storage.sql.exec("UPDATE events SET due = 1");
    await state.storage.deleteAlarm();
  });
  await evictDurableObject(stub);
  answers = status(200);
  await dead();
  await vi.waitFor(async () => expect(await rows()).toEqual([]));
  expect(posted).toHaveLength(2);
});

test("over HTTP: a page of dead letters at a time, sent anew or dropped; an administrator's alone, and each domain's own", async () => {
  const [domain, other] = DOMAINS as [string, string];
  settings = await change({ webhook: null });
  const { send } = webhook(domain);
  for (const id of ["e1", "e2", "e 3/ü"]) await send(id);
  await webhook(other).send("elsewhere");
  settings();
  const list = async (query: string) => {
    const answer = await ask(`/api/v1/webhooks/dead-letters${query}`, { headers: ADMIN });
    return { status: answer.status, link: answer.headers.get("Link"), body: (await answer.json()) as { items: { id: string }[]; next: string | null } };
  };
  const first = await list("?limit=2");
  expect(first.body.items).toMatchObject([
    { id: "e1", event: { type: "agent.unavailable" }, attempts: 0, lastAttempt: { at: expect.stringMatching(/^\d{4}-.*Z$/), outcome: "not configured" } },
    { id: "e2" },
  ]);
  expect(first.link).toContain(`cursor=${first.body.next}`);
  expect(await list(`?limit=2&cursor=${first.body.next}`)).toMatchObject({ body: { items: [{ id: "e 3/ü" }], next: null, disabledAt: null } });
  expect((await list("?cursor=abcd")).status).toBe(400);
  expect((await list(`?domain=${other}`)).body.items).toMatchObject([{ id: "elsewhere" }]);

  const on = (method: string, path: string, headers: HeadersInit = ADMIN) => ask(`/api/v1/webhooks/dead-letters${path}`, { method, headers });
  expect((await on("GET", "", { Authorization: "Bearer publish-secret" })).status).toBe(403);
  expect((await on("POST", "/e1/redeliver", {})).status).toBe(401);
  expect((await on("DELETE", "/e1")).status).toBe(204);
  for (const [method, path] of [
    ["DELETE", "/e1"],
    ["POST", "/e1/redeliver"],
  ] as const)
    expect(await (await on(method, path)).json()).toMatchObject({ code: "dead-letter-not-found", status: 404 });
  const accepted = await on("POST", `/${encodeURIComponent("e 3/ü")}/redeliver`);
  expect([accepted.status, await accepted.json()]).toEqual([202, { id: "e 3/ü" }]);
  settings = await change({ webhook: null });
  expect(await (await on("POST", "/e2/redeliver")).json()).toMatchObject({ code: "webhook-not-configured", status: 409 });
});
