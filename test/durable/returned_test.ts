/** What users said to streams that nobody came back to, inside workerd (XEP-0198 §4, XEP-0206 §7; docs/protocol.md: Users to users). */
import { evictAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ADA, BOB, bodies, CLIENT, heard, jid, leave, person, resumable, say, stanzasIn } from "./support/people.ts";
import { BoshDesk } from "./support/bosh.ts";
import { Desk, provision } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const restores: (() => void)[] = [];
beforeAll(async () => {
  await provision();
});
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

const manager = (name: string) => env.CONNECTION_MANAGER.getByName(name);

/** Bob without a socket, for whom a message waits. */
async function waiting(body: string, at = "local/31"): Promise<{ readonly ada: Desk & { full: string }; readonly previd: string; readonly handled: number }> {
  const ada = await person(ADA);
  const { one: bob, previd, handled } = await resumable(BOB, { manager: at, resource: `w-${body}`, max: "1" });
  bob.close();
  await scheduler.wait(50);
  ada.send(say(jid(BOB), body));
  const [own] = await heard(ada, ada);
  expect(own).toEqual([]);
  return { ada, previd, handled };
}

describe("SM-15 XEP-0198 §4 a stream that nobody resumed in time", () => {
  for (const slept of [false, true]) {
    test(`gives back what it was told${slept ? ", though everything slept in between" : ""}, once`, async () => {
      const { ada } = await waiting(`late-${slept}`);
      if (slept) await evictAllDurableObjects();
      await scheduler.wait(1100);
      await runDurableObjectAlarm(manager("local/31"));
      expect(await ada.until(/type="error"/, 5000)).toContain(
        `id="m-late-${slept}" from="${jid(BOB)}" to="${ada.full}"><error type="wait"><recipient-unavailable`,
      );
      await runDurableObjectAlarm(manager("local/31"));
      expect(await ada.quiet(200)).toEqual([]);
      leave(ada);
    });
  }

  test("or hands it to whoever is there by then", async () => {
    const { ada } = await waiting("handed");
    const other = await person(BOB, { manager: "local/1", resource: "other" });
    await scheduler.wait(1100);
    await runDurableObjectAlarm(manager("local/31"));
    expect(bodies([await other.until(/>handed</, 5000)])).toEqual(["handed"]);
    expect(await ada.quiet(100)).toEqual([]);
    leave(ada, other);
  });

  test("a session that could not be told is told later; nothing is forgotten before", async () => {
    const { ada } = await waiting("later");
    await scheduler.wait(1100);
    const session = env.JABBER_SESSION.getByName(jid(BOB));
    const { runInDurableObject } = await import("cloudflare:test");
    await runInDurableObject(session, (instance) => {
      Object.assign(instance as object, {
        ended: () => {
          throw new Error("no");
        },
      });
    });
    await runDurableObjectAlarm(manager("local/31"));
    expect(await ada.quiet(200)).toEqual([]);
    await evictAllDurableObjects();
    await runDurableObjectAlarm(manager("local/31"));
    expect(await ada.until(/type="error"/, 5000)).toContain('id="m-later"');
    leave(ada);
  });

  test("what was resumed does not come back to its sender", async () => {
    const { ada, previd, handled } = await waiting("had");
    const back = await (await Desk.open("local/31")).authenticate(BOB);
    back.send(`<resume xmlns="urn:xmpp:sm:3" previd="${previd}" h="${handled}"/>`);
    const frames = await back.quiet(200);
    expect(bodies(frames)).toEqual(["had"]);
    back.send(`<a xmlns="urn:xmpp:sm:3" h="${handled + stanzasIn(frames)}"/>`);
    leave(back);
    expect(await ada.quiet(1300)).toEqual([]);
    leave(ada);
  });
});

describe("a stream that moves while somebody writes to it", () => {
  test("I1 nothing is lost and nothing comes twice, whenever it is said", async () => {
    restores.push(await change({ RESUME_SECONDS: 60 }));
    const ada = await person(ADA);
    const first = await resumable(BOB, { manager: "local/32", resource: "moves" });
    const { previd } = first;
    let { one: bob, handled } = first;
    const got: string[] = [];
    let said = 0;
    for (let round = 0; round < 6; round++) {
      const talk = (async () => {
        for (let n = 0; n < 6; n++) {
          ada.send(say(jid(BOB), `${said++}`));
          await scheduler.wait(n % 3);
        }
      })();
      const next = await (await Desk.open(`local/${32 + ((round + 1) % 3)}`)).authenticate(BOB);
      const before = await bob.quiet(0);
      got.push(...bodies(before));
      handled += stanzasIn(before);
      next.send(`<resume xmlns="urn:xmpp:sm:3" previd="${previd}" h="${handled}"/>`);
      expect(await next.next()).toContain("<resumed");
      // What the old socket brought after its client had counted comes again, and is not counted twice.
      await bob.quiet(0);
      bob = next;
      await talk;
      await heard(ada);
      const after = await bob.quiet(100);
      got.push(...bodies(after));
      handled += stanzasIn(after);
    }
    expect(got).toEqual(Array.from({ length: said }, (_, n) => `${n}`));
    expect(await ada.quiet(50)).toEqual([]);
    leave(ada, bob);
  });
});

describe("X-04 XEP-0206 §7 a session over requests whose client is gone", () => {
  test("what it did not fetch goes back: messages as recipient-unavailable, requests as service-unavailable, presence not at all", async () => {
    restores.push(await change({ BOSH_INACTIVITY: 1 }));
    const ada = await person(ADA);
    const bob = await new BoshDesk("local/41").signIn(BOB, "bosh");
    // The request that was held is answered with the first; nobody fetches the rest.
    await scheduler.wait(50);
    ada.send(say(jid(BOB), "had"));
    await heard(ada);
    await bob.post('pause="1"');
    ada.send(say(jid(BOB, "bosh"), "lost"));
    ada.send(say(jid(BOB, "bosh"), "headline", "headline"));
    ada.send(`<iq ${CLIENT} type="get" id="q" to="${jid(BOB, "bosh")}"><ping xmlns="urn:xmpp:ping"/></iq>`);
    ada.send(`<presence ${CLIENT} to="${jid(BOB, "bosh")}"/>`);
    const [before] = await heard(ada, ada);
    expect(before).toEqual([]);
    const frames = [await ada.until(/type="error"/, 5000), await ada.until(/type="error"/, 5000), ...(await ada.quiet(300))].filter(
      (frame) => !frame.startsWith("<presence"),
    );
    const from = `from="${jid(BOB, "bosh")}" to="${ada.full}"`;
    expect(frames).toEqual([
      `<message ${CLIENT} type="error" id="m-lost" ${from}><error type="wait"><recipient-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
      `<iq ${CLIENT} type="error" id="q" ${from}><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
    ]);
    leave(ada);
  });
});
