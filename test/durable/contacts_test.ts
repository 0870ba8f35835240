/** Contacts through the real objects: what they cost, what survives a sleep or a crash, team contacts (docs/protocol.md: Contacts). */
import { env } from "cloudflare:workers";
import { evictAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { JabberSession } from "../../durable/jabber_session.ts";
import { ADMIN, ask, difference as differenceOf, Desk, DOMAIN, provision, SHARED } from "./support/desk.ts";

const users = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "t1", "t2", "t3", "t4"];
const jid = (user: string): string => `${user}@${DOMAIN}`;
const put = (path: string, body: object) => ask(`/api/v1/${path}`, { method: "PUT", headers: ADMIN, body: JSON.stringify(body) });
const session = (user: string) => env.JABBER_SESSION.getByName(jid(user));

beforeAll(async () => {
  await provision();
  for (const user of users) expect((await put(`users/${user}`, { role: "agent", password: `pw-${user}`, name: user.toUpperCase() })).status).toBe(201);
  expect((await put("users/lead9", { role: "supervisor", password: "pw-lead9", name: "Lea" })).status).toBe(201);
});

const say = (desk: Desk, type: string, to: string, inside = "") =>
  desk.send(`<presence xmlns="jabber:client" type="${type}" to="${jid(to)}">${inside}</presence>`);
const ROSTER = '<query xmlns="jabber:iq:roster"/>';
const roster = (desk: Desk) => desk.request(`r${crypto.randomUUID()}`, ROSTER, { type: "get" });

async function sign(user: string, { manager = "local/0", resource = "desktop" } = {}): Promise<Desk> {
  const desk = await Desk.open(manager);
  await desk.signIn(user, { resource, presence: false });
  await roster(desk);
  desk.send('<presence xmlns="jabber:client"/>');
  await desk.until(/from="finesse@/);
  return desk;
}

/** Both see each other. */
async function befriend([one, a]: [Desk, string], [other, b]: [Desk, string]): Promise<void> {
  for (const [from, to, by, of] of [
    [one, b, other, a],
    [other, a, one, b],
  ] as const) {
    say(from, "subscribe", to);
    await by.until(/type="subscribe"/);
    say(by, "subscribed", of);
    await from.until(/<presence[^>]*from="[^"]*\/[^"]*" to="[^"]*"\/>/);
  }
  await scheduler.wait(100);
  await Promise.all([one.quiet(10), other.quiet(10)]);
}

describe("what it costs", () => {
  const EVERYTHING = [
    ["local/0", "local/1", "local/2"],
    [...users, "lead9"],
    [...SHARED, "broadcast"],
  ] as const;
  const difference = (work: () => Promise<unknown>) => differenceOf([...EVERYTHING], work, 200);

  test("P-11 who has no contacts pays nothing for roster, presence and its changes: the manager answers alone", async () => {
    const desk = await Desk.open("local/0");
    await desk.signIn("s1", { resource: "alone", presence: false });
    const { calls, rowsWritten } = await difference(async () => {
      await roster(desk);
      await desk.request("v0", '<query xmlns="jabber:iq:roster" ver="0"/>', { type: "get" });
    });
    expect({ calls, rowsWritten }).toEqual({ calls: 0, rowsWritten: 0 });
    const asSession = await difference(async () => {
      desk.send('<presence xmlns="jabber:client"><status>Here</status></presence>');
      await desk.until(/from="finesse@/);
    });
    // The joins of the own nodes, and of the session nothing.
    const rows = await runInDurableObject(session("s1"), (_: JabberSession, state) => state.storage.sql.exec("SELECT name FROM documents").toArray());
    expect(rows.map(({ name }) => name).sort()).toEqual(["record", "session"]);
    expect(asSession.calls).toBeLessThanOrEqual(3);
    desk.close();
  });

  test("P-01 a presence makes one call for each contact, and one for each of its streams", async () => {
    const [one, two] = [await sign("s2"), await sign("s3", { manager: "local/1" })];
    await befriend([one, "s2"], [two, "s3"]);
    const { calls, rowsWritten } = await difference(async () => {
      one.send('<presence xmlns="jabber:client"><show>away</show></presence>');
      expect(await two.until(/<show>/)).toContain(`from="${jid("s2")}/desktop" to="${jid("s3")}"`);
    });
    // presence, presences, tell; the stream's row is not touched, the session's document and its presences are.
    expect({ calls, rowsWritten }).toEqual({ calls: 3, rowsWritten: 2 });
    one.close();
    expect(await two.until(/unavailable/)).toContain(`from="${jid("s2")}/desktop"`);
    two.close();
  });
});

describe("what lasts", () => {
  test("P-10 a request waits through sleeps of everybody, and so does its answer", async () => {
    const one = await sign("s4");
    say(one, "subscribe", "s5", "<status>Please</status>");
    await one.until(/ask="subscribe"/);
    await scheduler.wait(100);
    await evictAllDurableObjects();
    const two = await sign("s5", { manager: "local/1" });
    expect(await two.until(/type="subscribe"/)).toContain("<status>Please</status>");
    one.close();
    await scheduler.wait(100);
    say(two, "subscribed", "s4");
    await two.until(/subscription="from"/);
    await scheduler.wait(100);
    await evictAllDurableObjects();
    const again = await Desk.open("local/2");
    await again.signIn("s4", { presence: false });
    expect(await roster(again)).toContain(`<item jid="${jid("s5")}" subscription="to"/>`);
    again.send('<presence xmlns="jabber:client"/>');
    expect(await again.until(/from="s5@/)).toBe(`<presence xmlns="jabber:client" from="${jid("s5")}/desktop" to="${jid("s4")}"/>`);
    again.close();
    two.close();
  });

  test("P-03 a crash in the middle loses neither what is owed to a contact nor that somebody went", async () => {
    const [one, two] = [await sign("s6"), await sign("s7", { manager: "local/1" })];
    await befriend([one, "s6"], [two, "s7"]);
    // The contact's session does not answer, as long as it is in memory: what is not a method of its class no call reaches.
    await runInDurableObject(session("s7"), (contact: JabberSession) => {
      for (const name of ["presences", "subscription"]) Object.defineProperty(contact, name, { value: null });
    });
    say(one, "unsubscribe", "s7");
    await one.until(/subscription="from"/);
    one.close();
    await scheduler.wait(100);
    await evictAllDurableObjects();
    // Whatever wakes it goes on; else its alarm does.
    await session("s6").groups({ v: 1, jid: jid("s6") });
    const gone = [await two.until(/unsubscribe|unavailable/, 8000), await two.until(/unsubscribe|unavailable/, 8000)].join();
    expect(gone).toContain('type="unsubscribe"');
    expect(gone).toContain(`type="unavailable" from="${jid("s6")}/desktop"`);
    two.close();
  });

  test("P-03 a stream that only lost its socket is there for its contacts until its time is over", async () => {
    const two = await sign("s7", { manager: "local/1", resource: "other" });
    const one = await Desk.open("local/0");
    await one.signIn("s8", { presence: false });
    one.send('<enable xmlns="urn:xmpp:sm:3" resume="true"/>');
    const previd = /id="([^"]+)"/.exec(await one.until(/<enabled/))?.[1];
    await roster(one);
    one.send('<presence xmlns="jabber:client"/>');
    await one.until(/from="finesse@/);
    await befriend([one, "s8"], [two, "s7"]);
    one.close(1001);
    await scheduler.wait(200);
    expect((await two.quiet()).filter((frame) => frame.includes("s8@"))).toEqual([]);
    two.send('<presence xmlns="jabber:client"><show>dnd</show></presence>');
    await scheduler.wait(150);
    // Elsewhere it goes on as a contact: what came meanwhile is there, and what comes is told.
    const late = await (await Desk.open("local/2")).authenticate("s8");
    late.send(`<resume xmlns="urn:xmpp:sm:3" previd="${previd}" h="0"/>`);
    await late.until(/<resumed/);
    expect(await late.until(/<show>dnd/)).toContain(`from="${jid("s7")}/other"`);
    late.send('<presence xmlns="jabber:client"><show>xa</show></presence>');
    expect(await two.until(/<show>xa/)).toContain(`from="${jid("s8")}/desktop"`);
    late.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    expect(await two.until(/from="s8@/)).toContain('type="unavailable"');
    two.close();
  });

  test("a resource that is replaced by another stream is gone, and there again", async () => {
    const [one, two] = [await sign("s2", { resource: "x" }), await sign("s3", { resource: "y" })];
    await two.until(/from="s2@/);
    await two.quiet(50);
    const heir = await sign("s2", { resource: "x", manager: "local/2" });
    const heard = [await two.until(/from="s2@/), await two.until(/from="s2@/)];
    expect(heard[0]).toContain('type="unavailable"');
    expect(heard[1]).not.toContain("type=");
    for (const desk of [one, heir, two]) desk.close();
  });
});

describe("team contacts", () => {
  const team = (body: object) => put("teams/contacts-team", { name: "Front desk", ...body });

  test("P-10 a team makes its people each other's contacts, takes them apart, and nobody else can", async () => {
    const [one, two, lead] = [await sign("t1"), await sign("t2", { manager: "local/1" }), await sign("lead9", { manager: "local/2" })];
    expect((await team({ members: ["t1", "t2"], supervisors: ["lead9"], contacts: true })).status).toBe(201);
    // Those who are signed in get the push, and each other's presence.
    expect(await one.until(/jid="t2@/)).toContain(`<item jid="${jid("t2")}" name="T2" subscription="both"><group>Front desk</group></item>`);
    expect(await two.until(/from="t1@/)).toBe(`<presence xmlns="jabber:client" from="${jid("t1")}/desktop" to="${jid("t2")}"/>`);
    expect(await lead.until(/from="t2@/)).toContain("/desktop");
    const listed = await roster(one);
    expect(listed).toContain(`jid="finesse@${DOMAIN}"`);
    expect(listed).toContain(`<item jid="${jid("lead9")}" name="Lea" subscription="both"><group>Front desk</group></item>`);
    // They are the service's.
    for (const item of [`<item jid="${jid("t2")}" subscription="remove"/>`, `<item jid="${jid("t2")}" name="Boss"/>`]) {
      await expect(one.request(`x${item.length}`, `<query xmlns="jabber:iq:roster">${item}</query>`)).rejects.toThrow("not-allowed");
    }
    say(one, "unsubscribe", "t2");
    say(one, "subscribe", "t2");
    expect(await one.until(/type="subscribed"/)).toContain(`from="${jid("t2")}"`);
    await Promise.all([one, two, lead].map((desk) => desk.quiet(100)));
    one.send('<presence xmlns="jabber:client"><show>away</show></presence>');
    for (const desk of [two, lead]) expect(await desk.until(/<show>away/)).toContain(`from="${jid("t1")}/desktop"`);
    // Another name is told; so is who leaves.
    await put("users/t2", { role: "agent", name: "Bob" });
    expect(await one.until(/jid="t2@/)).toContain('name="Bob"');
    expect((await team({ members: ["t1"], supervisors: ["lead9"], contacts: true })).status).toBe(200);
    expect(await one.until(/jid="t2@/)).toContain('subscription="remove"');
    expect(await two.until(/type="unavailable" from="t1@/)).toContain("/desktop");
    expect(await one.until(/from="t2@/)).toContain('type="unavailable"');
    await Promise.all([one, two, lead].map((desk) => desk.quiet(100)));
    one.send('<presence xmlns="jabber:client"/>');
    expect(await lead.until(/from="t1@/)).toContain("/desktop");
    expect((await two.quiet()).filter((frame) => frame.includes("t1@"))).toEqual([]);
    for (const desk of [one, two, lead]) desk.close();
  });

  test("who signs in later finds them, and is found", async () => {
    expect((await put("teams/later", { members: ["t3", "t4"], supervisors: [], contacts: true })).status).toBe(201);
    const one = await sign("t3");
    const two = await Desk.open("local/1");
    await two.signIn("t4", { presence: false });
    expect(await roster(two)).toContain(`<item jid="${jid("t3")}" name="T3" subscription="both"><group>later</group></item>`);
    two.send('<presence xmlns="jabber:client"/>');
    expect(await two.until(/from="t3@/)).toContain("/desktop");
    expect(await one.until(/from="t4@/)).toContain("/desktop");
    two.close();
    expect(await one.until(/from="t4@/)).toContain('type="unavailable"');
    one.close();
  });

  test("a team with too many people is refused, and without contacts it is not", async () => {
    const members = Array.from({ length: 101 }, (_, n) => `crowd${n}`);
    const lines = members.map((id) => JSON.stringify({ kind: "user", id, role: "agent", password: "pw" })).join("\n");
    const imported = await ask("/api/v1/import", { method: "POST", headers: { ...ADMIN, "Content-Type": "application/x-ndjson" }, body: lines });
    expect(await imported.text()).not.toContain('"error"');
    const refused = await put("teams/crowd", { members, supervisors: [], contacts: true });
    const body = await refused.json();
    expect({ status: refused.status, body }).toMatchObject({ status: 422, body: { code: "too-many-contacts" } });
    expect((await put("teams/crowd", { members, supervisors: [] })).status).toBe(201);
    expect((await put("teams/crowd", { members: members.slice(1), supervisors: [], contacts: "yes" })).status).toBe(400);
  }, 20_000);

  test("whoever is deleted is nobody's contact any more", async () => {
    const [one, two] = [await sign("t1", { resource: "d" }), await sign("s1", { resource: "d", manager: "local/1" })];
    await befriend([one, "t1"], [two, "s1"]);
    expect((await ask("/api/v1/users/s1", { method: "DELETE", headers: ADMIN })).status).toBe(204);
    const heard = await one.quiet(500);
    expect(heard.join()).toContain(`<item jid="${jid("s1")}" subscription="none"/>`);
    expect(heard.some((frame) => frame.includes('type="unavailable"') && frame.includes(`from="${jid("s1")}/d"`))).toBe(true);
    one.close();
  });
});
