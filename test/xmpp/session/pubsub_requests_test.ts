import { describe, expect, test } from "vitest";
import { type Ask, step } from "../../../xmpp/mod.ts";
import { bound, conditionOf, DOMAIN, effectsOf, FULL, PUBSUB, sent } from "./support.ts";

const NS = "http://jabber.org/protocol/pubsub";
const iq = (inside: string, type = "set", ns = NS): string =>
  `<iq xmlns="jabber:client" type="${type}" id="q" to="${PUBSUB}"><pubsub xmlns="${ns}">${inside}</pubsub></iq>`;
const TEAM = "/finesse/api/Team/42/Users";
const own = `7001@${DOMAIN}`;
const answered = (ask: Ask, answer: unknown) => ({ event: "answered", ask, answer }) as Parameters<typeof step>[1];

describe("subscribe", () => {
  for (const jid of [own, FULL, `${own}/other`]) {
    test(`PS-030 §6.1.1 PS-032 §6.1.2 ${jid} is subscribed, without subid`, () => {
      expect(sent(bound(), iq(`<subscribe node="${TEAM}" jid="${jid}"/>`))).toEqual([
        `<iq xmlns="jabber:client" type="result" id="q" from="${PUBSUB}" to="${FULL}"><pubsub xmlns="${NS}">` +
          `<subscription node="${TEAM}" jid="${jid}" subscription="subscribed"><subscribe-options/></subscription></pubsub></iq>`,
      ]);
    });
  }

  test("C-6A §10.1 events follow the answer, never precede it", () => {
    expect(effectsOf(bound(), iq(`<subscribe node="${TEAM}" jid="${own}"/>`))).toEqual(["subscribe", "send", "goLive"]);
  });

  test("C-6A §10.1 a refused one goes not live, and gives the request back", () => {
    const told = bound();
    expect(effectsOf(told, iq(`<subscribe node="/finesse/api/Team/43/Users" jid="${own}"/>`))).toEqual(["subscribe", "send"]);
    expect(told.desk.frames[0]).toContain(`<subscribe node="/finesse/api/Team/43/Users" jid="${own}"/></pubsub><error type="auth">`);
  });

  test("T-06 two in a row are answered in order", () => {
    const ids = sent(bound(), iq(`<subscribe node="/finesse/api/User/7001" jid="${FULL}"/>`), iq(`<subscribe node="${TEAM}" jid="${FULL}"/>`)).map(
      (frame) => /node="([^"]*)"/.exec(frame)?.[1],
    );
    expect(ids).toEqual(["/finesse/api/User/7001", TEAM]);
  });

  test("C-60 a from of somebody else does not widen who may be subscribed", () => {
    const frame = iq(`<subscribe node="/finesse/api/User/7002" jid="7002@${DOMAIN}"/>`).replace("<iq ", `<iq from="7002@${DOMAIN}/a" `);
    expect(sent(bound(), frame).map(conditionOf)).toEqual(["bad-request invalid-jid"]);
  });
});

describe("unsubscribe and subscriptions", () => {
  test("PS-038 §6.2.2 an empty result; nothing goes live", () => {
    const told = bound();
    sent(told, iq(`<subscribe node="${TEAM}" jid="${own}"/>`));
    expect(effectsOf(told, iq(`<unsubscribe node="${TEAM}" jid="${own}"/>`))).toEqual(["unsubscribe", "send"]);
    expect(told.desk.frames).toEqual([`<iq xmlns="jabber:client" type="result" id="q" from="${PUBSUB}" to="${FULL}"/>`]);
  });

  test("§6.2.3.2 not subscribed", () => {
    expect(sent(bound(), iq(`<unsubscribe node="${TEAM}" jid="${own}"/>`)).map(conditionOf)).toEqual(["unexpected-request not-subscribed"]);
  });

  test("PS-025 §5.6 all of the bare jid, an empty list if none", () => {
    const told = bound();
    expect(sent(told, iq("<subscriptions/>", "get"))[0]).toContain(`<pubsub xmlns="${NS}"><subscriptions/></pubsub>`);
    sent(told, iq(`<subscribe node="${TEAM}" jid="${FULL}"/>`));
    expect(sent(told, iq("<subscriptions/>", "get"))[0]).toContain(
      `<subscriptions><subscription node="${TEAM}" jid="${FULL}" subscription="subscribed"/></subscriptions>`,
    );
  });
});

describe("publish", () => {
  const publish = iq('<publish node="/finesse/api/User/7001"><item id="a"><b xmlns="c"/></item></publish>');

  test("PS-060 §7.1.2 the result names the item", () => {
    expect(sent(bound("backend"), publish)[0]).toContain(`<publish node="/finesse/api/User/7001"><item id="a"/></publish>`);
  });

  for (const [role, allowed] of [
    ["agent", false],
    ["supervisor", false],
    ["publisher", true],
    ["admin", true],
  ] as const) {
    test(`§7.1.3.1 PS-002 role ${role} ${allowed ? "may" : "may not"}`, () => {
      const told = bound();
      told.desk.take({ event: "role", role });
      expect(sent(told, publish).map(conditionOf)).toEqual([allowed ? "" : "forbidden"]);
    });
  }
});

describe("what the shell refuses or finds out", () => {
  const refused = { refused: { type: "wait", condition: "remote-server-timeout" } } as const;
  const asks: readonly Ask[] = [
    { effect: "subscribe", id: "q", node: "n", subscriber: own, options: null },
    { effect: "options", id: "q", node: "n", subscriber: own, subid: null, form: null },
    { effect: "unsubscribe", id: "q", node: "n", subscriber: own, subid: null },
    { effect: "listSubscriptions", id: "q", node: null },
    { effect: "listNodes", id: "q" },
    { effect: "describeNode", id: "q", node: "n" },
    { effect: "listAffiliations", id: "q", node: null },
    { effect: "askNode", id: "q", node: "n", request: { request: "purge" } },
    { effect: "nameItems", id: "q", node: "n" },
    { effect: "publish", id: "q", node: "n", publication: { itemId: null, hasItem: true, payload: "<a/>", type: "", options: [] } },
  ];
  for (const ask of asks) {
    test(`C-65 §8.2.3 a refused ${ask.effect} is answered with its id and the error`, () => {
      const { desk, shell } = bound();
      const effects = step(desk.stream, answered(ask, refused), shell.context);
      const [send, ...more] = effects;
      expect(more).toEqual([]);
      expect(send).toMatchObject({ effect: "send" });
      const text = send?.effect === "send" ? send.text : "";
      expect(text).toMatch(new RegExp(`^<iq xmlns="jabber:client" type="error" id="q" from="${PUBSUB}" to="${FULL}">`));
      expect(conditionOf(text)).toBe("remote-server-timeout");
    });

    test(`C-20 §4.4 an answer to ${ask.effect} after the end says nothing`, () => {
      const { desk, shell } = bound();
      desk.take({ event: "fail", error: { condition: "system-shutdown" }, cause: "error" });
      expect(step(desk.stream, answered(ask, refused), shell.context)).toEqual([]);
    });
  }
});
