/** Stanzas from user to user inside workerd: RFC 6121 §8.5, over several managers, with sleeps (docs/protocol.md: Users to users). */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { ADA, BOB, bodies, CLIENT, errors, heard, jid, LEA, leave, person, present, resumable, say, stanzasIn } from "./support/people.ts";
import { Desk, DOMAIN, provision } from "./support/desk.ts";

beforeAll(async () => {
  await provision();
});

const TYPES = ["normal", "", "invented", "chat", "groupchat", "headline", "error"] as const;

/** Priorities of the resources that there are; null: bound, and not present. Who hears it by type, to the bare jid and to one that is gone. */
const SITUATIONS: readonly { readonly priorities: readonly (number | null)[]; readonly bare: Record<string, string>; readonly gone: Record<string, string> }[] =
  [
    {
      priorities: [],
      bare: { normal: "E", chat: "E", groupchat: "E", headline: "S", error: "S" },
      gone: { normal: "E", chat: "E", groupchat: "E", headline: "S", error: "S" },
    },
    {
      priorities: [null],
      bare: { normal: "E", chat: "E", groupchat: "E", headline: "S", error: "S" },
      gone: { normal: "E", chat: "E", groupchat: "E", headline: "S", error: "S" },
    },
    {
      priorities: [-1, -7],
      bare: { normal: "E", chat: "E", groupchat: "E", headline: "S", error: "S" },
      gone: { normal: "E", chat: "E", groupchat: "E", headline: "S", error: "S" },
    },
    {
      priorities: [0, -1, null],
      bare: { normal: "0", chat: "0", groupchat: "E", headline: "0", error: "S" },
      gone: { normal: "E", chat: "0", groupchat: "E", headline: "S", error: "S" },
    },
    {
      priorities: [3, 1, 3, -1],
      bare: { normal: "02", chat: "02", groupchat: "E", headline: "012", error: "S" },
      gone: { normal: "E", chat: "02", groupchat: "E", headline: "S", error: "S" },
    },
    {
      priorities: [null, -1, 1],
      bare: { normal: "2", chat: "2", groupchat: "E", headline: "2", error: "S" },
      gone: { normal: "E", chat: "2", groupchat: "E", headline: "S", error: "S" },
    },
  ];

describe("P-12 RFC 6121 §8.5.4 messages, by type, address and priorities", () => {
  for (const { priorities, bare, gone } of SITUATIONS) {
    test(`P-13 C-6D C-6E C-6F resources of priority ${priorities.map((each) => each ?? "none yet").join(", ") || "(no resource)"}`, async () => {
      const ada = await person(ADA);
      const bobs = await Promise.all(
        priorities.map((priority, at) => person(BOB, { manager: `local/${1 + (at % 2)}`, presence: priority === null ? "" : present(priority) })),
      );
      await heard(ada, ...bobs);
      for (const [to, expected] of [
        [jid(BOB), bare],
        [jid(BOB, "gone"), gone],
      ] as const) {
        for (const type of TYPES) {
          ada.send(say(to, "hello", type));
          const [own = [], ...others] = await heard(ada, ada, ...bobs);
          const found = others.flatMap((frames, at) => bodies(frames).map(() => at)).join("");
          const wanted = expected[(type === "" || type === "invented" ? "normal" : type) as string] as string;
          expect([to, type, found, errors(own)]).toEqual([to, type, wanted.replace(/[ES]/, ""), wanted === "E" ? ["service-unavailable"] : []]);
          for (const frame of others.flat()) expect(frame).toContain(` to="${to}" id="m-hello" from="${ada.full}"`);
        }
      }
      for (const [at, bob] of bobs.entries()) {
        for (const type of TYPES) {
          ada.send(say(bob.full, "straight", type));
          const [own, ...others] = await heard(ada, ada, ...bobs);
          expect([type, others.map((frames) => bodies(frames).length), own]).toEqual([type, bobs.map((_, each) => (each === at ? 1 : 0)), []]);
        }
      }
      leave(ada, ...bobs);
      await scheduler.wait(100);
    });
  }

  test("C-6H §13.10.2 whoever is absent, unknown or never signed in looks the same, by bare and full jid", async () => {
    const ada = await person(ADA);
    const answers: string[] = [];
    for (const user of ["7002", "nobody", "lead1"]) {
      for (const to of [jid(user), jid(user, "desktop")]) {
        ada.send(say(to, "there?"));
        ada.send(`<iq ${CLIENT} type="get" id="q" to="${to}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`);
        const [frames = []] = await heard(ada, ada);
        answers.push(frames.join("\n").replaceAll(to, "WHO"));
      }
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("service-unavailable");
    leave(ada);
  });

  test("asked of somebody unknown, no session writes a row", async () => {
    const ada = await person(ADA);
    ada.send(say(jid("nobody-at-all"), "hello"));
    await heard(ada);
    const stub = env.JABBER_SESSION.getByName(jid("nobody-at-all")) as unknown as { stats(): Promise<{ calls: number; rowsWritten: number }> };
    expect(await stub.stats()).toMatchObject({ rowsWritten: 0 });
    leave(ada);
  });

  test("RFC 6120 §10.3.1 a message to nobody is for the own bare jid; one to an own resource gets there", async () => {
    const [one, other] = [await person(ADA, { presence: present(5) }), await person(ADA, { presence: present(1) })];
    one.send(`<message ${CLIENT} type="chat"><body>me</body></message>`);
    other.send(say(one.full, "other to one"));
    other.send(say(jid(ADA), "other to bare"));
    await heard(other);
    const [own = [], others = []] = await heard(one, one, other);
    expect([bodies(own).sort(), bodies(others)]).toEqual([["me", "other to bare", "other to one"], []]);
    expect(own.find((frame) => frame.includes(">me<"))).toContain(` to="${jid(ADA)}" from="${one.full}"`);
    leave(one, other);
  });

  test("RFC 6120 §10.1 what one says to another stays in order, requests among it", async () => {
    const [ada, bob] = [await person(ADA), await person(BOB, { manager: "local/1" })];
    const said = Array.from({ length: 40 }, (_, at) => `${at}`);
    for (const body of said) {
      ada.send(say(Number(body) % 3 === 0 ? bob.full : jid(BOB), body));
      if (Number(body) % 10 === 5) ada.send(`<iq ${CLIENT} type="get" id="i-${body}" to="${bob.full}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    }
    const [frames = []] = await heard(ada, bob);
    expect(frames.map((frame) => /id="[mi]-(\d+)"/.exec(frame)?.[1])).toEqual(said.flatMap((body) => (Number(body) % 10 === 5 ? [body, body] : [body])));
    leave(ada, bob);
  });

  test("P-12 both managers asleep in between, a message is delivered all the same", async () => {
    const [ada, bob] = [await person(ADA), await person(BOB, { manager: "local/1" })];
    for (const body of ["one", "two"]) {
      for (const each of [ada, bob]) await each.evict();
      ada.send(say(jid(BOB), body));
      const [frames = []] = await heard(ada, bob);
      expect(bodies(frames)).toEqual([body]);
    }
    leave(ada, bob);
  });
});

describe("P-12 RFC 6121 §8.5.3.1 requests between users", () => {
  test("PI-06 XEP-0199 §4.4 a ping to another's resource gets there, and its answer comes back", async () => {
    const [ada, bob] = [await person(ADA), await person(BOB, { manager: "local/1" })];
    ada.send(`<iq ${CLIENT} type="get" id="p1" to="${bob.full}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    expect(await bob.until(/<iq/)).toBe(`<iq ${CLIENT} type="get" id="p1" to="${bob.full}" from="${ada.full}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    bob.send(`<iq ${CLIENT} type="result" id="p1" to="${ada.full}"/>`);
    expect(await ada.until(/<iq/)).toBe(`<iq ${CLIENT} type="result" id="p1" to="${ada.full}" from="${bob.full}"/>`);
    bob.send(`<iq ${CLIENT} type="error" id="p2" to="${ada.full}"><error type="cancel"><gone xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`);
    expect(await ada.until(/<iq/)).toContain(`id="p2" to="${ada.full}" from="${bob.full}"`);
    leave(ada, bob);
  });

  test("C-65 C-6F requests to a resource that is gone are refused; answers to it, and to bare jids, are nobody's", async () => {
    const [ada, bob] = [await person(ADA), await person(BOB)];
    for (const type of ["get", "set"]) {
      ada.send(`<iq ${CLIENT} type="${type}" id="q" to="${jid(BOB, "gone")}"><query xmlns="urn:x"/></iq>`);
      ada.send(`<iq ${CLIENT} type="${type}" id="r" to="${jid(BOB)}"><query xmlns="urn:x"/></iq>`);
    }
    for (const to of [jid(BOB, "gone"), jid(BOB)]) for (const type of ["result", "error"]) ada.send(`<iq ${CLIENT} type="${type}" id="s" to="${to}"/>`);
    const [own = [], others = []] = await heard(ada, ada, bob);
    expect([errors(own), others]).toEqual([Array(4).fill("service-unavailable"), []]);
    leave(ada, bob);
  });
});

describe("SM-15 XEP-0198 §4 what a stream has not acknowledged", () => {
  const resumed = async (of: { previd: string; handled: number }, manager: string): Promise<Desk> => {
    const desk = await (await Desk.open(manager)).authenticate(BOB);
    desk.send(`<resume xmlns="urn:xmpp:sm:3" previd="${of.previd}" h="${of.handled}"/>`);
    expect(await desk.next()).toContain("<resumed");
    return desk;
  };

  for (const manager of ["local/1", "local/2"]) {
    test(`SM-07 a message to a stream without a socket waits for it, through a sleep, and is there after the resume by way of ${manager}`, async () => {
      const ada = await person(ADA);
      const { one: bob, previd, handled } = await resumable(BOB, { manager: "local/1" });
      bob.close();
      await scheduler.wait(100);
      ada.send(say(jid(BOB), "first"));
      await heard(ada);
      await bob.evict();
      ada.send(say(jid(BOB), "second"));
      const [own = []] = await heard(ada, ada);
      expect(own).toEqual([]);
      await bob.evict();
      const back = await resumed({ previd, handled }, manager);
      const frames = await back.quiet(100);
      expect(bodies(frames)).toEqual(["first", "second"]);
      leave(ada, back);
      await scheduler.wait(100);
    });
  }

  test("a stream that ends: its messages go to another resource; where there is none, back to who sent them", async () => {
    const ada = await person(ADA);
    const { one: bob } = await resumable(BOB, { manager: "local/1", presence: present(3) });
    const other = await person(BOB, { manager: "local/2", presence: present(1) });
    ada.send(say(jid(BOB), "first"));
    ada.send(say(jid(BOB), "headline", "headline"));
    await heard(ada, bob);
    bob.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    expect(bodies([await other.until(/>first</)])).toEqual(["first"]);
    leave(other);
    await scheduler.wait(100);
    const { one: again } = await resumable(BOB, { manager: "local/1" });
    ada.send(say(jid(BOB), "second"));
    ada.send(`<iq ${CLIENT} type="get" id="req" to="${jid(BOB, "x")}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await heard(ada);
    again.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    const bounced = await ada.until(/type="error"/, 5000);
    expect(bounced).toBe(
      `<message ${CLIENT} type="error" id="m-second" from="${jid(BOB)}" to="${ada.full}"><error type="wait"><recipient-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
    );
    expect((await ada.quiet()).filter((frame) => frame.includes("error"))).toEqual([]);
    leave(ada);
  });

  test("a request that was not acknowledged is refused in its receiver's name", async () => {
    const ada = await person(ADA);
    const { one: bob } = await resumable(BOB, { manager: "local/1" });
    bob.send(say(ada.full, "who"));
    const full = / from="([^"]+)"/.exec(await ada.until(/<message/))?.[1] ?? "";
    ada.send(`<iq ${CLIENT} type="get" id="req" to="${full}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    await bob.until(/<iq/);
    bob.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    expect(await ada.until(/<iq/, 5000)).toContain(`type="error" id="req" from="${full}" to="${ada.full}"><error type="cancel"><service-unavailable`);
    leave(ada);
  });

  test("a client that comes back as a new stream of the same resource gets what the old one had not", async () => {
    const ada = await person(ADA);
    const bob = await person(BOB, { manager: "local/1", resource: "same", resumable: true });
    ada.send(say(jid(BOB), "unread"));
    await heard(ada);
    const again = await person(BOB, { manager: "local/2", resource: "same", resumable: true });
    expect(bodies([await again.until(/>unread</, 5000)])).toEqual(["unread"]);
    expect((await ada.quiet()).filter((frame) => frame.includes("error"))).toEqual([]);
    leave(ada, again, bob);
  });

  test("what a client did acknowledge does not come back", async () => {
    const ada = await person(ADA);
    const { one: bob, handled } = await resumable(BOB, { manager: "local/1" });
    ada.send(say(jid(BOB), "read"));
    await heard(ada);
    const frames = await bob.quiet(50);
    expect(bodies(frames)).toEqual(["read"]);
    bob.send(`<a xmlns="urn:xmpp:sm:3" h="${handled + stanzasIn(frames)}"/>`);
    bob.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    expect((await ada.quiet(1500)).filter((frame) => frame.includes("error"))).toEqual([]);
    leave(ada);
  });
});

test("C-6I §13.10.1 nothing that another user gets tells where somebody signed in from", async () => {
  const address = "203.0.113.77";
  const headers = { "CF-Connecting-IP": address, "X-Forwarded-For": address, "X-Real-IP": address };
  const [ada, lea] = [await person(ADA, { headers }), await person(LEA)];
  ada.send(say(lea.full, "hello"));
  ada.send(`<iq ${CLIENT} type="get" id="v" to="${lea.full}"><query xmlns="jabber:iq:version"/></iq>`);
  ada.send(`<iq ${CLIENT} type="get" id="d" to="${DOMAIN}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`);
  const frames = (await heard(ada, ada, lea)).flat();
  expect(bodies(frames)).toEqual(["hello"]);
  expect(frames.length).toBeGreaterThan(2);
  expect(frames.join("\n")).not.toMatch(/\b\d{1,3}(?:\.\d{1,3}){3}\b|127\.0\.0\.1|203\.0\.113/);
  leave(ada, lea);
});
