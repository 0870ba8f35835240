/** Who may read over HTTP, by password, token or ticket, and that a right that is gone reads nothing more (docs/protocol.md I6). */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { seeded } from "../../tools/simulator/random.ts";
import { crash } from "./support/crash.ts";
import { ask, Desk, DOMAIN, provision, publish, TEAM, userNode } from "./support/desk.ts";
import { basic, change as put, EventStream, eventsOf, itemsOf, PUBLISHER, refusal, ticketOf } from "./support/readers.ts";
import { change } from "./support/settings.ts";

beforeAll(() => provision());

const OWN = userNode("7001");
const SALES = { name: "Sales", members: ["7001", "7003"], supervisors: ["lead1"] };
const WITHOUT_ADA = { ...SALES, members: ["7003"] };
const GROUP = env.EVENT_READERS.getByName("readers/local/0");

const restores: (() => void)[] = [];
afterEach(async () => {
  for (const restore of restores.splice(0)) restore();
  expect(await put("PUT", "teams/42", SALES)).toBe(200);
});

let n = 0;
const say = async (node: string) => {
  const mark = `<n>${++n}</n>`;
  expect((await publish(node, mark)).status).toBe(201);
  return mark;
};

describe("by name and password", () => {
  test("a user reads what may be subscribed to over XMPP, by all three ways", async () => {
    const stream = await EventStream.open(eventsOf(TEAM), basic("7001"));
    const mark = await say(TEAM);
    expect((await stream.next())?.data["payload"]).toBe(mark);
    await stream.close();
    for (const path of [eventsOf(OWN), itemsOf(OWN)]) {
      const answer = await ask(path, { headers: basic("7001") });
      expect(answer.status, path).toBe(200);
      await answer.text();
    }
    const jid = await ask(eventsOf(OWN), { headers: basic(`7001@${DOMAIN}`, "pw-7001") });
    expect(jid.status).toBe(200);
    await jid.text();
  });

  test("and nothing else: as a subscription over XMPP is refused", async () => {
    const desk = await (await Desk.open()).signIn("7002", { resource: "reads" });
    const nodes = [
      TEAM,
      userNode("7001"),
      "/finesse/api/Queue/nobody-made-it",
      "/nowhere",
      "/deskwire/presence",
      "/finesse/api/Team/43/Users",
      userNode("7002"),
    ];
    const sources = { forbidden: [403, "forbidden"], "item-not-found": [404, "node-not-found"] } as const;
    for (const node of nodes) {
      const xmpp = await desk.subscribe(node, `7002@${DOMAIN}`).catch(({ message }: Error) => message);
      const condition = Object.keys(sources).find((word) => xmpp.includes(`<${word} `)) as keyof typeof sources | undefined;
      for (const path of [eventsOf(node), itemsOf(node)]) {
        const got = await refusal(path, basic("7002"));
        // A node that may be subscribed to is made by that; a log that nobody has begun is not there yet.
        if (condition) expect(got, path).toEqual(sources[condition]);
        else expect([200, 404], path).toContain(got[0]);
      }
      expect((await ticketOf([node], basic("7002"))).status, node).toBe(condition ? sources[condition][0] : 201);
    }
    desk.close();
  });

  test("one node that may not be read refuses all, and is named", async () => {
    const answer = await ask(`/api/v1/events?node=${encodeURIComponent(OWN)}&node=${encodeURIComponent(userNode("7002"))}`, { headers: basic("7001") });
    expect(await answer.json()).toMatchObject({ code: "forbidden", detail: `Node: ${userNode("7002")}` });
  });

  test.each([
    ["a wrong password", basic("7001", "wrong")],
    ["a name that nobody has", basic("nobody")],
    ["another domain's jid", basic("7001@other.test")],
    ["no colon", { Authorization: `Basic ${btoa("7001")}` }],
    ["no base64", { Authorization: "Basic !!!" }],
    ["no password", basic("7001", "")],
  ])("%s: 401, and no challenge that opens a dialogue", async (_, headers) => {
    for (const path of [eventsOf(OWN), itemsOf(OWN)]) {
      const answer = await ask(path, { headers });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, "invalid-credentials"]);
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="deskwire"');
    }
    expect((await ticketOf([OWN], headers)).status).toBe(401);
  });

  test("wrong passwords lock the account, as at a sign-in; a reader with the right one in between does not hide them", async () => {
    await put("PUT", "users/locks", { password: "pw-locks", role: "agent" });
    const node = userNode("locks");
    expect((await refusal(eventsOf(node), basic("locks")))[0]).toBe(200);
    for (let guess = 0; guess < 5; guess++) {
      expect((await refusal(eventsOf(node), basic("locks", `guess${guess}`)))[0]).toBe(401);
      if (guess < 4) expect((await refusal(eventsOf(node), basic("locks")))[0]).toBe(200);
    }
    expect((await refusal(eventsOf(node), basic("locks")))[0]).toBe(401);
    const desk = await Desk.open();
    await expect(desk.authenticate("locks")).rejects.toThrow(/not-authorized/);
    desk.close();
    // A new password opens it.
    await put("PUT", "users/locks", { password: "pw-new", role: "agent" });
    expect((await refusal(eventsOf(node), basic("locks", "pw-new")))[0]).toBe(200);
  });

  test("a user who is created after an attempt can read at once", async () => {
    const user = `late${Date.now()}`;
    expect((await refusal(eventsOf(userNode(user)), basic(user)))[0]).toBe(401);
    await put("PUT", `users/${user}`, { password: `pw-${user}`, role: "agent" });
    expect((await refusal(eventsOf(userNode(user)), basic(user)))[0]).toBe(200);
  });

  test("readers of one user are bounded", async () => {
    restores.push(await change({ READERS_PER_USER: 3 }));
    const streams = [await EventStream.open(eventsOf(OWN), basic("7001")), await EventStream.open(eventsOf(OWN), basic("7001"))];
    expect((await ticketOf([OWN], basic("7001"))).status).toBe(201);
    expect(await refusal(eventsOf(OWN), basic("7001"))).toEqual([429, "too-many-readers"]);
    expect((await ticketOf([OWN], basic("7001"))).code).toBe("too-many-readers");
    for (const stream of streams) await stream.close();
  });
});

describe("by ticket", () => {
  test("it opens one reader of its nodes, once", async () => {
    const { status, ticket, expiresAt } = await ticketOf([TEAM, OWN], basic("7001"));
    expect(status).toBe(201);
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(25_000);
    const stream = await EventStream.open(`/api/v1/events?ticket=${ticket}`);
    const marks = [await say(TEAM), await say(OWN)];
    const events = [await stream.next(), await stream.next()];
    expect(events.map((event) => event?.data["payload"]).sort()).toEqual(marks.sort());
    expect(events[1]?.id.split(",")).toHaveLength(2);
    // As a browser comes back, and as anybody would who has read it somewhere.
    expect(await refusal(`/api/v1/events?ticket=${ticket}`, { Accept: "text/event-stream", "Last-Event-ID": events[1]?.id ?? "" })).toEqual([
      401,
      "invalid-ticket",
    ]);
    await stream.close();
    expect(await refusal(`/api/v1/events?ticket=${ticket}`)).toEqual([401, "invalid-ticket"]);
  });

  test("of many that use it at once one is let in", async () => {
    for (let round = 0; round < 5; round++) {
      const { ticket } = await ticketOf([OWN], round % 2 ? PUBLISHER : basic("7001"));
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => ask(`${eventsOf(OWN)}?ticket=${ticket}`, { headers: { Accept: "text/event-stream" } })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401]);
      for (const answer of answers) await answer.body?.cancel();
    }
  });

  test("it is for its nodes, by any of them or some, and is not spent by asking for others", async () => {
    const { ticket } = await ticketOf([OWN, TEAM], basic("7001"));
    expect(await refusal(`${eventsOf(userNode("7003"))}?ticket=${ticket}`)).toEqual([403, "ticket-for-other-nodes"]);
    expect(await refusal(`/api/v1/events?ticket=${ticket}&since=1:1`)).toEqual([400, "invalid-query"]);
    const answer = await ask(`${eventsOf(TEAM)}?ticket=${ticket}`);
    expect([answer.status, await answer.json()]).toMatchObject([200, { items: [] }]);
    // Reading alone.
    const other = (await ticketOf([OWN], PUBLISHER)).ticket;
    expect((await refusal(`${itemsOf(OWN)}?ticket=${other}`))[0]).toBe(401);
  });

  test("by a cursor: what came since a stream with another ticket broke", async () => {
    const first = await EventStream.open(`/api/v1/events?ticket=${(await ticketOf([OWN], basic("7001"))).ticket}`);
    await say(OWN);
    const { id = "" } = (await first.next()) ?? {};
    await first.close();
    const missed = await say(OWN);
    const again = await EventStream.open(`/api/v1/events?ticket=${(await ticketOf([OWN], basic("7001"))).ticket}&since=${id}`);
    expect((await again.next())?.data["payload"]).toBe(missed);
    await again.close();
  });

  test("it is over after its time", async () => {
    restores.push(await change({ TICKET_SECONDS: 1 }));
    const { ticket } = await ticketOf([OWN], basic("7001"));
    await scheduler.wait(1100);
    expect(await refusal(`/api/v1/events?ticket=${ticket}`)).toEqual([401, "invalid-ticket"]);
  });

  test("the rights count that the user has when it is used, and the password", async () => {
    const [team, own] = [(await ticketOf([TEAM], basic("7001"))).ticket, (await ticketOf([OWN], basic("7001"))).ticket];
    expect(await put("PUT", "teams/42", WITHOUT_ADA)).toBe(200);
    expect(await refusal(`/api/v1/events?ticket=${team}`)).toEqual([403, "forbidden"]);
    await put("PUT", "users/7001", { password: "pw-other", role: "agent", name: "Ada" });
    expect(await refusal(`/api/v1/events?ticket=${own}`)).toEqual([401, "invalid-credentials"]);
    await put("PUT", "users/7001", { password: "pw-7001", role: "agent", name: "Ada" });
  });

  test("it is lost with the memory of its group, and never used twice by that", async () => {
    const { ticket } = await ticketOf([OWN], basic("7001"));
    const spent = (await ticketOf([OWN], basic("7001"))).ticket;
    expect((await refusal(`/api/v1/events?ticket=${spent}`))[0]).toBe(200);
    await crash(GROUP);
    for (const each of [ticket, spent]) expect(await refusal(`/api/v1/events?ticket=${each}`)).toEqual([401, "invalid-ticket"]);
  });

  test.each(["", "x", "local.0.x", "local.99.00000000-0000-0000-0000-000000000000", "nowhere.0.x", "readers/local/0.x"])('"%s" is none', async (ticket) => {
    expect(await refusal(`/api/v1/events?ticket=${encodeURIComponent(ticket)}`)).toEqual([401, "invalid-ticket"]);
  });

  test("a refusal never tells a ticket", async () => {
    const { ticket } = await ticketOf([OWN], basic("7001"));
    for (const path of [`${eventsOf(TEAM)}?ticket=${ticket}`, `/api/v1/events?ticket=${ticket}&since=x`, `/api/v1/events?ticket=${ticket}&node=/nowhere`]) {
      const answer = await ask(path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify([...answer.headers]) + (await answer.text())).not.toContain(ticket.slice(-12));
    }
  });
});

describe("I6 no revoked right delivers once the change was answered as done", () => {
  test("a stream ends with an event that says so; a long poll is answered 403", async () => {
    const stream = await EventStream.open(eventsOf(TEAM), basic("7001"));
    const kept = await EventStream.open(eventsOf(TEAM), basic("7003"));
    const own = await EventStream.open(eventsOf(OWN), basic("7001"));
    const { next } = (await (await ask(eventsOf(TEAM), { headers: basic("7001") })).json()) as { next: string };
    const poll = refusal(`${eventsOf(TEAM)}?since=${next}&wait=20`, basic("7001"));
    await scheduler.wait(100);
    expect(await put("PUT", "teams/42", WITHOUT_ADA)).toBe(200);
    const mark = await say(TEAM);
    expect(await stream.rest()).toEqual([{ id: "", type: "revoked", data: { code: "forbidden", node: TEAM } }]);
    expect(stream.isOver).toBe(true);
    expect(await poll).toEqual([403, "forbidden"]);
    expect((await refusal(`${itemsOf(TEAM)}?since=${next}`, basic("7001")))[0]).toBe(403);
    expect((await kept.next())?.data["payload"]).toBe(mark);
    const mine = await say(OWN);
    expect((await own.next())?.data["payload"]).toBe(mine);
    for (const each of [kept, own]) await each.close();
  });

  test("a deleted user's readers end, whatever they read", async () => {
    await put("PUT", "users/leaver", { password: "pw-leaver", role: "agent" });
    const stream = await EventStream.open(eventsOf(userNode("leaver")), basic("leaver"));
    const { next } = (await (await ask(eventsOf(userNode("leaver")), { headers: basic("leaver") })).json()) as { next: string };
    const poll = refusal(`${eventsOf(userNode("leaver"))}?since=${next}&wait=20`, basic("leaver"));
    await scheduler.wait(100);
    expect(await put("DELETE", "users/leaver")).toBe(204);
    await say(userNode("leaver"));
    expect(await stream.rest()).toEqual([{ id: "", type: "revoked", data: { code: "forbidden" } }]);
    expect(await poll).toEqual([403, "forbidden"]);
    expect((await refusal(eventsOf(userNode("leaver")), basic("leaver")))[0]).toBe(401);
  });

  test("a supervisor loses what came with a team", async () => {
    const stream = await EventStream.open(eventsOf(OWN), basic("lead1"));
    expect(await put("PUT", "teams/42", WITHOUT_ADA)).toBe(200);
    await say(OWN);
    expect((await stream.rest()).map(({ type }) => type)).toEqual(["revoked"]);
  });

  test("also where the session was evicted since, and where the group was", async () => {
    const stream = await EventStream.open(eventsOf(TEAM), basic("7001"));
    await evictDurableObject(env.JABBER_SESSION.getByName(`7001@${DOMAIN}`));
    expect(await put("PUT", "teams/42", WITHOUT_ADA)).toBe(200);
    await say(TEAM);
    expect((await stream.rest()).map(({ type }) => type)).toEqual(["revoked"]);
    expect(await put("PUT", "teams/42", SALES)).toBe(200);
    const again = await EventStream.open(eventsOf(TEAM), basic("7001"));
    await again.close();
    await crash(GROUP);
    expect(await put("PUT", "teams/42", WITHOUT_ADA)).toBe(200);
  });

  test("in whatever moment a reader comes while the right goes", async () => {
    const random = seeded(7);
    for (let round = 0; round < 25; round++) {
      const opening = Array.from({ length: 4 }, async () => {
        await scheduler.wait(Math.floor(random() * 12));
        return await EventStream.open(eventsOf(TEAM), basic("7001")).catch(({ message }: Error) => message);
      });
      await scheduler.wait(Math.floor(random() * 12));
      if (random() < 0.3) await evictDurableObject(env.JABBER_SESSION.getByName(`7001@${DOMAIN}`)).catch(() => {});
      expect(await put("PUT", "teams/42", WITHOUT_ADA)).toBe(200);
      const mark = await say(TEAM);
      for (const opened of await Promise.all(opening)) {
        if (typeof opened === "string") expect(opened).toMatch(/^403 .*"forbidden"/);
        else expect((await opened.rest(50)).map(({ data }) => data["payload"])).not.toContain(mark);
      }
      expect(await put("PUT", "teams/42", SALES)).toBe(200);
    }
  });

  test("I7 a user's polls write no row but the first", async () => {
    const session = env.JABBER_SESSION.getByName(`7003@${DOMAIN}`) as unknown as { stats(): Promise<{ rowsWritten: number }> };
    await (await ask(eventsOf(TEAM), { headers: basic("7003") })).text();
    const before = (await session.stats()).rowsWritten;
    for (let poll = 0; poll < 5; poll++) await (await ask(eventsOf(TEAM), { headers: basic("7003") })).text();
    expect((await session.stats()).rowsWritten).toBe(before);
  });
});

describe("pages", () => {
  const from = (origin: string, more: Record<string, string> = {}) => ({ Origin: origin, ...more });

  test("of an allowed origin may ask, and read refusals, too", async () => {
    const own = "http://desk.test";
    for (const path of [eventsOf(OWN), "/api/v1/events", "/api/v1/events/tickets"]) {
      const preflight = await ask(path, { method: "OPTIONS", headers: from(own, { "Access-Control-Request-Method": "GET" }) });
      expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([204, own]);
      expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Authorization");
    }
    for (const headers of [basic("7001"), basic("7001", "wrong"), {}]) {
      const answer = await ask(itemsOf(TEAM), { headers: from(own, headers) });
      await answer.text();
      expect([answer.headers.get("Access-Control-Allow-Origin"), answer.headers.get("Vary")]).toEqual([own, "Origin"]);
    }
  });

  test("of another origin are refused", async () => {
    for (const path of [itemsOf(TEAM), eventsOf(TEAM), `/api/v1/events?ticket=${(await ticketOf([TEAM], PUBLISHER)).ticket}`]) {
      expect(await refusal(path, from("https://evil.test", PUBLISHER))).toEqual([403, "origin-refused"]);
    }
    const preflight = await ask(eventsOf(OWN), { method: "OPTIONS", headers: from("https://evil.test") });
    expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([403, null]);
    await preflight.text();
  });
});
