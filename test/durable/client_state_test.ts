/** Clients that nobody looks at, inside workerd (XEP-0352): what waits, how long, and that nothing is lost by it. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADA, BOB, bodies, CLIENT, heard, jid, leave, type Person, person, resumable, say, settled } from "./support/people.ts";
import { ADMIN, ask, Desk, DOMAIN, provision, publish, userNode } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const CSI = 'xmlns="urn:xmpp:csi:0"';
let restore: () => void = () => {};

beforeAll(async () => {
  await provision();
});
beforeEach(async () => {
  restore = await change({ AWAKE_MS: 5000, CSI_HOLD_MS: 600, ACK_QUIET_MS: 60_000 });
});
afterEach(() => restore());

/** Ada's presence, straight to somebody. */
const directed = (to: string, status: string, type = ""): string =>
  `<presence ${CLIENT}${type && ` type="${type}"`} to="${to}"><status>${status}</status></presence>`;
const statuses = (frames: readonly string[]): string[] => frames.flatMap((frame) => /<status>([^<]*)</.exec(frame)?.[1] ?? []);
const events = (frames: readonly string[]): string[] => frames.flatMap((frame) => /&lt;n&gt;([^&]*)&/.exec(frame)?.[1] ?? []);
const event = (n: number | string) => publish(userNode(BOB), `<n>${n}</n>`);

/** A presence of another user, as that user's session has it delivered. */
async function presenceFor(to: Person, from: string, status: string, type = ""): Promise<void> {
  const { env } = await import("cloudflare:workers");
  const stub = env.JABBER_SESSION.getByName(jid(BOB)) as unknown as { take(request: object): Promise<unknown> };
  const text = `<presence ${CLIENT}${type && ` type="${type}"`} from="${from}" to="${to.full}"><status>${status}</status></presence>`;
  await stub.take({ v: 1, jid: jid(BOB), stanza: { kind: "presence", type, from, to: to.full, text } });
}

async function inactive(one: Person): Promise<Person> {
  one.send(`<inactive ${CSI}/>`);
  return await settled(one);
}

describe("CS-02 XEP-0352 §5.1", () => {
  test("events wait, and come in order at the latest after a moment", async () => {
    const bob = await inactive(await person(BOB));
    const began = Date.now();
    for (const n of [1, 2, 3]) await event(n);
    expect(await bob.quiet(200)).toEqual([]);
    const frames = [await bob.next(), await bob.next(), await bob.next()];
    expect(events(frames)).toEqual(["1", "2", "3"]);
    expect(Date.now() - began).toBeLessThan(1500);
    leave(bob);
  });

  test("CS-02 what waits goes out before anything else: an answer, a message, the end of waiting", async () => {
    const [ada, bob] = [await person(ADA), await inactive(await person(BOB))];
    await event("a");
    bob.send(`<iq ${CLIENT} type="get" id="p" to="${DOMAIN}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    expect([events([await bob.next()]), (await bob.next()).includes('id="p"')]).toEqual([["a"], true]);
    await event("b");
    ada.send(say(jid(BOB), "ring"));
    expect([events([await bob.next()]), bodies([await bob.next()])]).toEqual([["b"], ["ring"]]);
    await event("c");
    bob.send(`<active ${CSI}/>`);
    bob.send(`<iq ${CLIENT} type="get" id="q" to="${DOMAIN}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    expect([events([await bob.next()]), (await bob.next()).includes('id="q"')]).toEqual([["c"], true]);
    await event("d");
    expect(events([await bob.next(300)])).toEqual(["d"]);
    leave(ada, bob);
  });

  test("of presence the newest of each sender waits, through a sleep; of subscriptions none does", async () => {
    restore();
    restore = await change({ AWAKE_MS: 0, CSI_HOLD_MS: 600 });
    const bob = await inactive(await person(BOB, { manager: "local/1" }));
    for (const status of ["one", "two", "three"]) await presenceFor(bob, jid(ADA, "x"), status);
    await presenceFor(bob, jid(ADA, "y"), "other", "unavailable");
    await bob.evict();
    expect(await bob.quiet(800)).toEqual([]);
    bob.send(`<active ${CSI}/>`);
    expect(statuses([await bob.next(), await bob.next()])).toEqual(["three", "other"]);
    await inactive(bob);
    await presenceFor(bob, jid(ADA, "x"), "held");
    await presenceFor(bob, jid(ADA), "asks", "subscribe");
    expect(statuses([await bob.next(), await bob.next()])).toEqual(["held", "asks"]);
    leave(bob);
  });

  test("presence of more than can wait goes out: it is bounded", async () => {
    const bob = await inactive(await person(BOB));
    for (let n = 0; n < 33; n++) await presenceFor(bob, jid(ADA, `r${n}`), `${n}`);
    expect(statuses(await bob.quiet(100))).toEqual(Array.from({ length: 33 }, (_, n) => `${n}`));
    leave(bob);
  });

  test("I3 a sleep in the middle loses no event that waited", async () => {
    const bob = await inactive(await person(BOB, { manager: "local/1" }));
    await event("slept on");
    await scheduler.wait(50);
    await bob.evict();
    await event("after");
    expect(events([await bob.next(5000), await bob.next(5000)])).toEqual(["slept on", "after"]);
    leave(bob);
  });

  test("I6 what waits of a node whose right is taken away is never sent", async () => {
    const team = "/finesse/api/Team/43/Users";
    const one = await person("7002");
    await one.subscribe(team, one.full);
    await inactive(one);
    await publish(team, "<n>secret</n>");
    const answer = await ask(`/api/v1/teams/43?domain=${DOMAIN}`, {
      method: "PUT",
      headers: ADMIN,
      body: JSON.stringify({ name: "Care", members: [], supervisors: [] }),
    });
    expect(answer.status).toBe(200);
    expect((await one.quiet(1000)).join()).not.toContain("secret");
    await provision();
    leave(one);
  });
});

describe("CS-01 XEP-0352 §5.2", () => {
  test("a stream begins active; it is a matter of each alone; that twice is as once", async () => {
    const [one, other] = [await inactive(await person(BOB)), await person(BOB)];
    await inactive(one);
    await event("now");
    expect(events([await other.until(/&lt;n&gt;/, 300)])).toEqual(["now"]);
    expect(await one.quiet(100)).toEqual([]);
    leave(one, other);
  });

  test("SM-07 a resume does not bring it back, and what waited is owed", async () => {
    const { one: bob, previd, handled } = await resumable(BOB, { manager: "local/1" });
    bob.send(`<inactive ${CSI}/>`);
    await settled(bob);
    await event("waited");
    bob.close();
    await scheduler.wait(100);
    const back = await (await Desk.open("local/1")).authenticate(BOB);
    back.send(`<resume xmlns="urn:xmpp:sm:3" previd="${previd}" h="${handled + 1}"/>`);
    expect(await back.next()).toContain("<resumed");
    expect(events([await back.until(/&lt;n&gt;/, 500)])).toEqual(["waited"]);
    await event("live");
    expect(events([await back.until(/&lt;n&gt;/, 400)])).toEqual(["live"]);
    leave(back);
  });
});

test("CS-03 XEP-0352 §6 nobody hears of it: neither others nor the own resources", async () => {
  const [ada, one, other] = [await person(ADA), await person(BOB), await person(BOB)];
  ada.send(directed(one.full, "hello"));
  await heard(ada, one, other);
  one.send(`<inactive ${CSI}/>`);
  one.send(`<active ${CSI}/>`);
  const [own = [], others = [], theirs = []] = await heard(one, one, other, ada);
  expect([own, others, theirs]).toEqual([[], [], []]);
  leave(ada, one, other);
});
