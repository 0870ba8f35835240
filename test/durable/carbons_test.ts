/** Copies of messages for a user's other resources, and whom a user does not want to hear of (XEP-0280, XEP-0191), inside workerd. */
import { evictAllDurableObjects } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { ADA, BOB, bodies, CLIENT, errors, heard, jid, leave, type Person, person, present, say } from "./support/people.ts";
import { DOMAIN, provision } from "./support/desk.ts";

beforeAll(async () => {
  await provision();
});

const CARBONS = "urn:xmpp:carbons:2";
const BLOCKING = "urn:xmpp:blocking";
const enable = (one: Person) => one.request("carbons", `<enable xmlns="${CARBONS}"/>`);
const copiesIn = (frames: readonly string[]): string[] =>
  frames.flatMap((frame) => {
    const found = new RegExp(`<(sent|received) xmlns="${CARBONS}">.*<body>([^<]*)</body>`).exec(frame);
    return found ? [`${found[1]} ${found[2]}`] : [];
  });

describe("CC-01 XEP-0280", () => {
  test("CC-02 CC-03 CC-04 CC-05 both sides of a conversation reach the resources that asked, and no others, and nobody twice", async () => {
    const ada = await person(ADA);
    const [main, copied, plain] = [
      await person(BOB, { manager: "local/1", presence: present(5) }),
      await person(BOB, { manager: "local/2", presence: present(-1) }),
      await person(BOB, { manager: "local/1", presence: present(1) }),
    ];
    for (const one of [main, copied]) expect(await enable(one)).toContain('type="result" id="carbons"');
    // §10.1: as often as one likes.
    await enable(copied);
    await evictAllDurableObjects();
    ada.send(say(jid(BOB), "to bare"));
    ada.send(say(main.full, "to full"));
    ada.send(say(copied.full, "to the other"));
    ada.send(say(jid(BOB), "headline", "headline"));
    let [a = [], b = [], c = []] = await heard(ada, main, copied, plain);
    expect([bodies(a), copiesIn(a)]).toEqual([["to bare", "to full", "headline"], ["received to the other"]]);
    expect([bodies(b), copiesIn(b)]).toEqual([["to the other"], ["received to bare", "received to full"]]);
    expect([bodies(c), copiesIn(c)]).toEqual([["headline"], []]);
    expect(b.find((frame) => frame.includes("to bare"))).toBe(
      `<message ${CLIENT} type="chat" from="${jid(BOB)}" to="${copied.full}"><received xmlns="${CARBONS}"><forwarded xmlns="urn:xmpp:forward:0">` +
        `<message ${CLIENT} type="chat" to="${jid(BOB)}" id="m-to bare" from="${ada.full}"><body>to bare</body></message></forwarded></received></message>`,
    );
    plain.send(say(ada.full, "answer"));
    [a = [], b = [], c = []] = await heard(plain, main, copied, plain);
    expect([copiesIn(a), copiesIn(b), copiesIn(c)]).toEqual([["sent answer"], ["sent answer"], []]);
    main.send(say(ada.full, "mine"));
    [a = [], b = []] = await heard(main, main, copied);
    expect([copiesIn(a), copiesIn(b)]).toEqual([[], ["sent mine"]]);
    await copied.request("off", `<disable xmlns="${CARBONS}"/>`);
    ada.send(say(main.full, "no more"));
    [a = [], b = []] = await heard(ada, main, copied);
    expect([bodies(a), copiesIn(b)]).toEqual([["no more"], []]);
    leave(ada, main, copied, plain);
  });

  test("CC-06 §9 private messages, and what must not be copied, is for its receiver alone", async () => {
    const [ada, main, other] = [await person(ADA), await person(BOB, { presence: present(3) }), await person(BOB, { manager: "local/1" })];
    for (const one of [main, other]) await enable(one);
    for (const inside of [`<private xmlns="${CARBONS}"/>`, '<no-copy xmlns="urn:xmpp:hints"/>']) {
      ada.send(`<message ${CLIENT} type="chat" to="${main.full}"><body>psst</body>${inside}</message>`);
      main.send(`<message ${CLIENT} type="chat" to="${ada.full}"><body>psst</body>${inside}</message>`);
    }
    await scheduler.wait(100);
    const [frames = [], others = []] = await heard(ada, main, other);
    expect([bodies(frames), copiesIn(others)]).toEqual([["psst", "psst"], []]);
    expect(frames.join()).not.toContain("private");
    leave(ada, main, other);
  });

  test("CC-05 a resource that left gets no copies; its stream of the same name later asks anew", async () => {
    const [ada, main] = [await person(ADA), await person(BOB, { presence: present(3) })];
    const gone = await person(BOB, { resource: "twice", manager: "local/1" });
    await enable(gone);
    leave(gone);
    await scheduler.wait(100);
    const again = await person(BOB, { resource: "twice", manager: "local/1" });
    ada.send(say(jid(BOB), "hello"));
    const [, others = []] = await heard(ada, main, again);
    expect(copiesIn(others)).toEqual([]);
    leave(ada, main, again);
  });
});

describe("BL-01 XEP-0191", () => {
  const item = (who: string): string => `<item jid="${who}"/>`;
  const block = (one: Person, ...jids: string[]) => one.request("block", `<block xmlns="${BLOCKING}">${jids.map(item).join("")}</block>`);
  const unblock = (one: Person, ...jids: string[]) => one.request("unblock", `<unblock xmlns="${BLOCKING}">${jids.map(item).join("")}</unblock>`);
  const list = (one: Person) => one.request("list", `<blocklist xmlns="${BLOCKING}"/>`, { type: "get" });

  test("BL-02 BL-03 BL-04 the list is told, changed, and kept; those who asked for it hear of changes", async () => {
    const [one, other, third] = [await person(BOB), await person(BOB, { manager: "local/1" }), await person(BOB)];
    expect(await list(one)).toContain(`><blocklist xmlns="${BLOCKING}"/></iq>`);
    await list(other);
    one.send(`<iq ${CLIENT} type="set" id="b"><block xmlns="${BLOCKING}">${item(`7001@${DOMAIN}`)}${item("EVIL.example")}</block></iq>`);
    const [own = [], pushed = [], nothing = []] = await heard(one, one, other, third);
    const push = `<block xmlns="${BLOCKING}"><item jid="7001@${DOMAIN}"/><item jid="evil.example"/></block>`;
    expect(own.filter((frame) => frame.includes('id="b"'))).toEqual([`<iq ${CLIENT} type="result" id="b" from="${jid(BOB)}" to="${one.full}"/>`]);
    for (const frames of [own, pushed]) expect(frames.filter((frame) => frame.includes(push) && frame.includes('type="set"')).length).toBe(1);
    expect(pushed[0]).toContain(` from="${jid(BOB)}" to="${other.full}"`);
    expect(nothing).toEqual([]);
    await evictAllDurableObjects();
    expect(await list(third)).toContain(`<blocklist xmlns="${BLOCKING}"><item jid="7001@${DOMAIN}"/><item jid="evil.example"/></blocklist>`);
    await unblock(one, "evil.example");
    const [, , told = []] = await heard(one, one, other, third);
    expect(told.join()).toContain(`<unblock xmlns="${BLOCKING}"><item jid="evil.example"/></unblock>`);
    await unblock(one);
    const [, all = []] = await heard(one, one, other);
    expect(all.at(-1)).toContain(`<unblock xmlns="${BLOCKING}"/>`);
    expect(await list(one)).toContain(`<blocklist xmlns="${BLOCKING}"/>`);
    leave(one, other, third);
  });

  test("BL-05 BL-06 §3.2 who is blocked reaches nobody, by message, request or answer; who blocks is told when reaching out", async () => {
    const [ada, bob] = [await person(ADA), await person(BOB, { manager: "local/1" })];
    await block(bob, jid(ADA));
    ada.send(say(jid(BOB), "hello"));
    ada.send(say(bob.full, "hello"));
    ada.send(say(bob.full, "hello", "headline"));
    ada.send(say(bob.full, "hello", "error"));
    for (const type of ["get", "set", "result", "error"]) ada.send(`<iq ${CLIENT} type="${type}" id="i" to="${bob.full}"><a xmlns="b"/></iq>`);
    const [own = [], others = []] = await heard(ada, ada, bob);
    expect(others).toEqual([]);
    // Message, message, headline; get, set: as if nobody were there. Answers and errors are not answered.
    expect(errors(own)).toEqual(Array(5).fill("service-unavailable"));
    bob.send(say(jid(ADA), "hello"));
    bob.send(`<iq ${CLIENT} type="get" id="i" to="${ada.full}"><a xmlns="b"/></iq>`);
    bob.send(`<iq ${CLIENT} type="result" id="i" to="${ada.full}"/>`);
    const [blocker = [], blocked = []] = await heard(bob, bob, ada);
    expect([errors(blocker), blocked]).toEqual([["not-acceptable", "not-acceptable"], []]);
    expect(blocker[0]).toContain('<not-acceptable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><blocked xmlns="urn:xmpp:blocking:errors"/></error>');
    await unblock(bob, jid(ADA));
    ada.send(say(jid(BOB), "again"));
    const [frames = [], refused] = await heard(ada, bob, ada);
    expect([bodies(frames), refused]).toEqual([["again"], []]);
    leave(ada, bob);
  });

  test("BL-07 §2 a resource, a user, a domain: what each of them covers; not the own resources", async () => {
    const [ada, other, bob, mine] = [await person(ADA), await person(ADA), await person(BOB), await person(BOB)];
    await block(bob, ada.full);
    for (const one of [ada, other]) one.send(say(bob.full, one === ada ? "blocked" : "free"));
    await heard(ada);
    const [first = []] = await heard(other, bob);
    expect(bodies(first)).toEqual(["free"]);
    await block(bob, DOMAIN);
    other.send(say(bob.full, "blocked"));
    await heard(other);
    mine.send(say(bob.full, "own"));
    const [second = []] = await heard(mine, bob);
    expect(bodies(second)).toEqual(["own"]);
    await unblock(bob);
    leave(ada, other, bob, mine);
  });

  test("BL-08 what cannot be blocked, and what is no address", async () => {
    const bob = await person(BOB);
    const ask = async (inside: string): Promise<string[]> => {
      bob.send(`<iq ${CLIENT} type="set" id="x"><block xmlns="${BLOCKING}">${inside}</block></iq>`);
      const [own = []] = await heard(bob, bob);
      return errors(own);
    };
    expect(await ask("")).toEqual(["bad-request"]);
    expect(await ask("<item/>")).toEqual(["bad-request"]);
    expect(await ask(item("@@"))).toEqual(["jid-malformed"]);
    expect(await ask(item(jid(BOB)))).toEqual(["not-allowed"]);
    expect(await ask(item(`finesse@${DOMAIN}`))).toEqual(["not-allowed"]);
    expect(await ask(Array.from({ length: 501 }, (_, at) => item(`u${at}@x.example`)).join(""))).toEqual(["resource-constraint"]);
    leave(bob);
  });

  test("BL-09 §3.2 §3.3 whoever saw the user and is blocked hears that the user is gone, and after an unblock how the user is", async () => {
    const [ada, bob] = [await person(ADA), await person(BOB, { manager: "local/1" })];
    // Ada is to see Bob.
    ada.send(`<presence ${CLIENT} type="subscribe" to="${jid(BOB)}"/>`);
    await bob.until(/type="subscribe"/);
    bob.send(`<presence ${CLIENT} type="subscribed" to="${jid(ADA)}"/>`);
    await ada.until(new RegExp(`^<presence[^>]* from="${bob.full}"`));
    await block(bob, jid(ADA));
    expect(await ada.until(/^<presence/)).toContain(`type="unavailable" from="${bob.full}"`);
    bob.send(`<presence ${CLIENT}><status>hidden</status></presence>`);
    ada.send(`<presence ${CLIENT} type="probe" to="${jid(BOB)}"/>`);
    expect((await ada.quiet(300)).join()).not.toContain("hidden");
    await unblock(bob, jid(ADA));
    expect(await ada.until(/hidden/)).toContain(`from="${bob.full}"`);
    bob.send(`<iq ${CLIENT} type="set" id="r"><query xmlns="jabber:iq:roster"><item jid="${jid(ADA)}" subscription="remove"/></query></iq>`);
    await heard(bob);
    leave(ada, bob);
  });
});
