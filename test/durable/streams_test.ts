/** Streams, subscriptions and rights, through the real objects (docs/protocol.md). */
import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { ADMIN, ask, Desk, DOMAIN, provision, publish, TEAM, userNode } from "./support/desk.ts";

beforeAll(async () => {
  await provision();
  await provision("other.test");
});

const full = (user: string, resource = "desktop") => `${user}@${DOMAIN}/${resource}`;
const putTeam = (id: string, team: object) => ask(`/api/v1/teams/${id}`, { method: "PUT", headers: ADMIN, body: JSON.stringify(team) });
const putUser = (id: string, user: object) => ask(`/api/v1/users/${id}`, { method: "PUT", headers: ADMIN, body: JSON.stringify(user) });

describe("who receives", () => {
  test("own nodes are automatic, with the bare jid in `to`", async () => {
    const desk = await (await Desk.open()).signIn("7001", { resource: "own" });
    for (const node of ["", "/Dialogs", "/Dialogs/Media", "/Media"].map((tail) => userNode("7001") + tail)) {
      await publish(node, `<Update>${node}</Update>`);
      const event = await desk.until(/^<message/);
      expect(event).toContain(`to="7001@${DOMAIN}"`);
      expect(event).toContain(`node="${node}"`);
    }
    desk.close();
  });

  test("PS-032 an agent's team, a supervisor's team and agents; anybody else gets forbidden and hears nothing", async () => {
    const [ada, bob, lea] = await Promise.all(["7001", "7002", "lead1"].map(async (user) => (await Desk.open()).signIn(user, { resource: "who" })));
    if (!ada || !bob || !lea) throw new Error("No desks");
    await ada.subscribe(TEAM, full("7001", "who"));
    await lea.subscribe(TEAM, full("lead1", "who"));
    await lea.subscribe(userNode("7003"), full("lead1", "who"));
    const forbidden = /type="auth"[^>]*>.*<forbidden/;
    await expect(bob.subscribe(TEAM, full("7002", "who"))).rejects.toThrow(forbidden);
    await expect(ada.subscribe(userNode("7003"), full("7001", "who"))).rejects.toThrow(forbidden);
    await expect(lea.subscribe(userNode("7002"), full("lead1", "who"))).rejects.toThrow(forbidden);
    // A team that does not exist looks the same as one that is not theirs.
    await expect(ada.subscribe("/finesse/api/Team/999/Users", full("7001", "who"))).rejects.toThrow(forbidden);
    await expect(ada.subscribe("/nowhere", full("7001", "who"))).rejects.toThrow(/item-not-found/);
    await publish(TEAM, "<Update>team</Update>");
    await publish(userNode("7003"), "<Update>cy</Update>");
    expect(await ada.until(/^<message/)).toContain("team");
    expect(await lea.until(/^<message/)).toContain("team");
    expect(await lea.until(/^<message/)).toContain("cy");
    expect(await bob.quiet()).toEqual([]);
    expect(await ada.quiet()).toEqual([]);
    for (const desk of [ada, bob, lea]) desk.close();
  });

  test("several resources of one user each get their events; a bare subscription of one reaches the others", async () => {
    const one = await (await Desk.open("local/0")).signIn("7003", { resource: "one" });
    const two = await (await Desk.open("local/1")).signIn("7003", { resource: "two" });
    await one.subscribe(TEAM, `7003@${DOMAIN}`);
    await scheduler.wait(150);
    await publish(TEAM, "<Update>both</Update>");
    await publish(userNode("7003"), "<Update>own</Update>");
    for (const desk of [one, two]) {
      expect(await desk.until(/^<message/)).toContain("both");
      expect(await desk.until(/^<message/)).toContain("own");
      expect(await desk.quiet()).toEqual([]);
    }
    await one.unsubscribe(TEAM, `7003@${DOMAIN}`);
    await scheduler.wait(150);
    await publish(TEAM, "<Update>nobody</Update>");
    expect(await one.quiet()).toEqual([]);
    expect(await two.quiet()).toEqual([]);
    one.close();
    two.close();
  });

  test("a durable subscription survives a sign-out", async () => {
    const first = await (await Desk.open()).signIn("7001", { resource: "durable" });
    await first.subscribe(TEAM, full("7001", "durable"));
    first.close();
    await scheduler.wait(150);
    const second = await (await Desk.open()).signIn("7001", { resource: "durable" });
    await publish(TEAM, "<Update>again</Update>");
    expect(await second.until(/^<message/)).toContain("again");
    await second.unsubscribe(TEAM, full("7001", "durable"));
    second.close();
  });

  test("T-05 nothing before presence, nothing after unavailable, nothing for a negative priority but the full jid's", async () => {
    const desk = await (await Desk.open()).signIn("7001", { resource: "presence", presence: false });
    await publish(userNode("7001"), "<Update>too early</Update>");
    expect(await desk.quiet()).toEqual([]);
    desk.send('<presence xmlns="jabber:client"/>');
    await desk.until(/^<presence/);
    await desk.subscribe(TEAM, full("7001", "presence"));
    desk.send('<presence xmlns="jabber:client"><priority>-1</priority></presence>');
    await desk.quiet();
    await publish(userNode("7001"), "<Update>bare</Update>");
    await publish(TEAM, "<Update>full</Update>");
    const heard = await desk.quiet(300);
    expect(heard.filter((frame) => frame.startsWith("<message")).map((frame) => /(bare|full)&lt;/.exec(frame)?.[1])).toEqual(["full"]);
    desk.send('<presence xmlns="jabber:client" type="unavailable"/>');
    await desk.quiet();
    await publish(TEAM, "<Update>late</Update>");
    expect(await desk.quiet()).toEqual([]);
    desk.close();
  });

  test("nothing of one domain is visible in another", async () => {
    const here = await (await Desk.open()).signIn("7001", { resource: "here" });
    const there = await (await Desk.open()).signIn("7001", { resource: "here", domain: "other.test" });
    await publish(userNode("7001"), "<Update>here</Update>");
    expect(await here.until(/^<message/)).toContain("here");
    expect(await there.quiet()).toEqual([]);
    here.close();
    there.close();
  });
});

describe("I4 one stream per full jid", () => {
  test("C-55 a taken resource ends the old stream with conflict and the exact close", async () => {
    const old = await (await Desk.open("local/0")).signIn("7002");
    const young = await (await Desk.open("local/1")).signIn("7002");
    expect(await old.until(/stream:error/)).toContain('<conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"');
    expect(await old.next()).toBe('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />');
    await old.whenClosed();
    await publish(userNode("7002"), "<Update>young</Update>");
    expect(await young.until(/^<message/)).toContain("young");
    young.close();
  });
});

describe("I6 rights", () => {
  test("a change of a team reaches live streams before it is answered as done", async () => {
    await putUser("8001", { role: "agent", password: "pw-8001" });
    await putTeam("80", { name: "Eighty", members: ["8001"], supervisors: ["lead1"] });
    const node = "/finesse/api/Team/80/Users";
    const desk = await (await Desk.open()).signIn("8001");
    await desk.subscribe(node, full("8001"));
    await publish(node, "<Update>in</Update>");
    expect(await desk.until(/^<message/)).toContain("in");
    expect((await putTeam("80", { name: "Eighty", members: [], supervisors: ["lead1"] })).status).toBe(200);
    await publish(node, "<Update>out</Update>");
    expect(await desk.quiet()).toEqual([]);
    await expect(desk.subscribe(node, full("8001"), "again")).rejects.toThrow(/forbidden/);
    // And back: a right given is a right at once.
    await putTeam("80", { name: "Eighty", members: ["8001"], supervisors: [] });
    await desk.subscribe(node, full("8001"), "once more");
    await publish(node, "<Update>in again</Update>");
    expect(await desk.until(/^<message/)).toContain("in again");
    desk.close();
  });

  test("a deleted user's streams are ended, and nobody signs in by that name", async () => {
    await putUser("8002", { role: "agent", password: "pw-8002" });
    const desk = await (await Desk.open()).signIn("8002");
    expect((await ask("/api/v1/users/8002", { method: "DELETE", headers: ADMIN })).status).toBe(204);
    expect(await desk.until(/stream:error/)).toContain("not-authorized");
    await expect((await Desk.open()).signIn("8002")).rejects.toThrow(/not-authorized/);
    await putUser("8002", { role: "agent", password: "pw-8002" });
    await (await (await Desk.open()).signIn("8002")).quiet(10);
  });

  test("a new password is in force at once, also for a user who has signed in before", async () => {
    await putUser("8003", { role: "agent", password: "old" });
    const desk = await Desk.open();
    await expect(desk.signIn("8003")).rejects.toThrow(/not-authorized/);
    await putUser("8003", { role: "agent", password: "pw-8003" });
    await (await Desk.open()).signIn("8003");
  });

  test("a role given makes a publisher of a live stream", async () => {
    await putUser("8004", { role: "agent", password: "pw-8004" });
    const desk = await (await Desk.open()).signIn("8004");
    const item = `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${TEAM}"><item><x xmlns="urn:x"/></item></publish></pubsub>`;
    const to = `pubsub.${DOMAIN}`;
    await expect(desk.request("p1", item, { to })).rejects.toThrow(/type="auth"[^>]*>.*<forbidden/);
    await putUser("8004", { role: "publisher" });
    await desk.request("p2", item, { to });
    desk.close();
  });
});

describe("sleep", () => {
  test("I1 I2 I3 deliveries go on through evictions of manager, host and session", async () => {
    const desk = await (await Desk.open("local/3")).signIn("7003", { resource: "sleeper" });
    await desk.subscribe(TEAM, full("7003", "sleeper"));
    const objects = [
      env.CONNECTION_MANAGER.getByName("local/3"),
      env.NODE_HOST.getByName(`${DOMAIN}/own/${TEAM}`),
      env.JABBER_SESSION.getByName(`7003@${DOMAIN}`),
    ];
    let sent = 0;
    for (let round = 0; round < 6; round++) {
      for (let n = 0; n < 3; n++) await publish(TEAM, `<Update>n${sent++};</Update>`);
      await publish(userNode("7003"), `<Update>n${sent++};</Update>`);
      const object = objects[round % objects.length];
      // One that nothing woke since its last eviction is asleep already.
      if (object) await evictDurableObject(object).catch((error) => expect(String(error)).toContain("not currently running"));
    }
    const heard: number[] = [];
    while (heard.length < sent) heard.push(Number(/n(\d+);/.exec(await desk.until(/^<message/))?.[1]));
    expect(heard).toEqual(Array.from({ length: sent }, (_, n) => n));
    await desk.request("after", '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" });
    await desk.unsubscribe(TEAM, full("7003", "sleeper"));
    await publish(TEAM, "<Update>gone</Update>");
    expect(await desk.quiet()).toEqual([]);
    desk.close();
  });

  test("I5 a stream whose manager lost its memory and socket is reported", async () => {
    const desk = await (await Desk.open("local/4")).signIn("7002", { resource: "orphan" });
    await evictDurableObject(env.CONNECTION_MANAGER.getByName("local/4"), { webSockets: "close" });
    await desk.whenClosed();
    const { runDurableObjectAlarm } = await import("cloudflare:test");
    await runDurableObjectAlarm(env.CONNECTION_MANAGER.getByName("local/4"));
    const young = await (await Desk.open("local/0")).signIn("7002", { resource: "another" });
    const listed = await env.JABBER_SESSION.getByName(`7002@${DOMAIN}`).presence({
      v: 1,
      jid: `7002@${DOMAIN}`,
      stream: "nobody",
      at: Date.now(),
      available: true,
      priority: 0,
    });
    expect(listed.outcome).toBe("gone");
    young.close();
  });
});

describe("the service contact", () => {
  const put = (body: object) => ask("/api/v1/service-contact", { method: "PUT", headers: ADMIN, body: JSON.stringify(body) });

  test("a lease that runs out makes the contact unavailable and SystemInfo OUT_OF_SERVICE; a renewal brings both back", async () => {
    const desk = await (await Desk.open()).signIn("7001", { resource: "lease" });
    await put({ available: true, for: 1 });
    expect(await (await ask("/finesse/api/SystemInfo")).text()).toContain("<status>IN_SERVICE</status>");
    const gone = await desk.until(/^<presence/, 5000);
    expect(gone).toContain('type="unavailable"');
    expect(gone).toContain(`to="${full("7001", "lease")}"`);
    expect(gone).toContain(`from="finesse@${DOMAIN}/`);
    expect(await desk.until(/^<message/)).toContain("OUT_OF_SERVICE");
    expect(await (await ask("/finesse/api/SystemInfo")).text()).toContain("<status>OUT_OF_SERVICE</status>");
    await put({ available: true, for: 30 });
    expect(await desk.until(/^<presence/)).not.toContain("unavailable");
    expect(await desk.until(/^<message/)).toContain("IN_SERVICE");
    await put({ available: true });
    desk.close();
  });
});
