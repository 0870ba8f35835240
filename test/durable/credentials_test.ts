/** Who may still do what, when a user, a password or a team changes under a stream's feet. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { ADMIN, ask, Desk, DOMAIN, provision, publish, userNode } from "./support/desk.ts";

beforeAll(() => provision());

const put = (path: string, body: object) => ask(`/api/v1/${path}`, { method: "PUT", headers: ADMIN, body: JSON.stringify(body) });
const BIND = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>desktop</resource></bind>';
const INFO = "http://jabber.org/protocol/disco#info";

describe("A-09 a stream that signed in and has not bound", () => {
  test("binds nobody's resource once its user is another one of the same name", async () => {
    await put("users/half", { role: "agent", password: "pw-half" });
    const old = await (await Desk.open()).authenticate("half");
    await ask("/api/v1/users/half", { method: "DELETE", headers: ADMIN });
    await put("users/half", { role: "admin", password: "other" });
    await expect(old.request("b", BIND)).rejects.toThrow(/<not-authorized/);
    old.close();
  });

  test("binds no more once its password is another one", async () => {
    await put("users/half2", { role: "agent", password: "pw-half2" });
    const old = await (await Desk.open()).authenticate("half2");
    await put("users/half2", { role: "agent", password: "other" });
    await expect(old.request("b", BIND)).rejects.toThrow(/<not-authorized/);
    old.close();
  });

  test("binds though its user's name and teams changed", async () => {
    await put("users/half3", { role: "agent", password: "pw-half3" });
    const old = await (await Desk.open()).authenticate("half3");
    await put("users/half3", { role: "agent", name: "Another name" });
    await put("teams/half", { members: ["half3"], supervisors: [] });
    expect(await old.request("b", BIND)).toContain("half3@");
    old.close();
  });
});

test("PS-032 an id with signs of its own hears its own nodes and nobody else's", async () => {
  for (const id of ["a$b", "a$$b"]) await put(`users/${encodeURIComponent(id)}`, { role: "agent", password: `pw-${id}` });
  const desk = await (await Desk.open()).signIn("a$$b");
  await publish(userNode("a$b"), "<n>somebody else's</n>");
  await publish(userNode("a$$b"), "<n>own</n>");
  const frames = await desk.quiet();
  expect(frames.join("")).not.toContain("somebody else");
  expect(frames.filter((frame) => frame.includes("own"))).toHaveLength(1);
  desk.close();
});

describe("PS-012 a publisher", () => {
  test("may subscribe to a team's node, whether its host is awake or not, and is told of it", async () => {
    await put("teams/asleep", { members: [], supervisors: [] });
    const node = "/finesse/api/Team/asleep/Users";
    const desk = await (await Desk.open()).signIn("backend");
    expect(await desk.request("i", `<query xmlns="${INFO}" node="${node}"/>`, { to: `pubsub.${DOMAIN}`, type: "get" })).toContain("identity");
    await desk.subscribe(node, `backend@${DOMAIN}/desktop`);
    await publish(node, "<n>1</n>");
    expect(await desk.until(/^<message/)).toContain(node);
    desk.close();
  });
});

test("PS-022 a queue's node is described once it is there, and not before", async () => {
  const node = "/finesse/api/Queue/described";
  const desk = await (await Desk.open()).signIn("7001");
  const info = (id: string) => desk.request(id, `<query xmlns="${INFO}" node="${node}"/>`, { to: `pubsub.${DOMAIN}`, type: "get" });
  await expect(info("i1")).rejects.toThrow(/item-not-found/);
  await publish(node, "<n>1</n>");
  expect(await info("i2")).toContain("identity");
  await expect(desk.request("i3", `<query xmlns="${INFO}" node="${userNode("7002")}"/>`, { to: `pubsub.${DOMAIN}`, type: "get" })).rejects.toThrow(
    /item-not-found/,
  );
  desk.close();
});

test("PS-038 an own node can be left once, and come back to; what is stored of it: nothing", async () => {
  const desk = await (await Desk.open()).signIn("7002", { resource: "own" });
  const [node, jid] = [userNode("7002"), `7002@${DOMAIN}/own`];
  await desk.unsubscribe(node, jid);
  await expect(desk.unsubscribe(node, jid)).rejects.toThrow(/not-subscribed/);
  await publish(node, "<n>left</n>");
  await desk.subscribe(node, jid);
  await publish(node, "<n>back</n>");
  const frames = (await desk.quiet()).filter((frame) => frame.startsWith("<message"));
  expect(frames).toHaveLength(1);
  expect(frames[0]).toContain("back");
  await expect(desk.subscribe("#contact", jid)).rejects.toThrow(/item-not-found/);
  await expect(desk.unsubscribe("#contact", jid)).rejects.toThrow(/item-not-found/);
  const stored = await runInDurableObject(env.JABBER_SESSION.getByName(`7002@${DOMAIN}`), (_, state) =>
    JSON.stringify(state.storage.sql.exec("SELECT json FROM documents WHERE name = 'session'").toArray()),
  );
  expect(stored).toContain("own");
  expect(stored).not.toContain("/finesse/api/User/7002");
  desk.close();
});

test("C-77 §13.9.4 a new password opens an account that wrong ones have locked", async () => {
  await put("users/locked", { role: "agent", password: "pw-locked" });
  for (let n = 0; n < 2; n++) {
    const guesser = await Desk.open();
    for (let guess = 0; guess < 3; guess++) await expect(guesser.authenticate("locked", DOMAIN, "wrong")).rejects.toThrow();
    guesser.close();
  }
  await expect((await Desk.open()).authenticate("locked")).rejects.toThrow(/not-authorized/);
  await put("users/locked", { role: "agent", password: "new" });
  await (await Desk.open()).authenticate("locked", DOMAIN, "new");
});

test("ids that a path, or the service's contact, has already are refused", async () => {
  for (const body of [
    '{"kind":"user","id":"..","password":"x","role":"agent"}',
    '{"kind":"user","id":"Finesse","password":"x","role":"agent"}',
    '{"kind":"team","id":"..","members":[],"supervisors":[]}',
  ]) {
    const answer = await ask("/api/v1/import", { method: "POST", headers: { ...ADMIN, "Content-Type": "application/x-ndjson" }, body });
    expect(await answer.text()).toContain('"code":"invalid-id"');
  }
});

test("an item with an id of its own takes no Idempotency-Key", async () => {
  const { status, body } = await publish(userNode("7001"), '{"id":"i1","payload":"x"}', { "Content-Type": "application/json", "Idempotency-Key": "k" });
  expect(status).toBe(400);
  expect(body["code"]).toBe("invalid-idempotency-key");
});
