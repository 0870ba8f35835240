import { describe, expect, test } from "vitest";
import { step } from "../../../xmpp/mod.ts";
import { bound, conditionOf, DOMAIN, effectsOf, FULL, PUBSUB, sent } from "./support.ts";

const presence = (attrs = "", inside = ""): string => `<presence xmlns="jabber:client"${attrs}>${inside}</presence>`;

describe("takePresence()", () => {
  test("T-05 RFC 6121 §4.2 a bare presence is enough: what was held, then the contact's presence", () => {
    const told = bound();
    expect(effectsOf(told, presence())).toEqual(["announce", "goLive", "send", "sendContactPresence"]);
    expect(told.desk.stream).toMatchObject({ available: true, priority: 0 });
  });

  test("RFC 6121 §4.4 a later one does not bring the contact's again", () => {
    const told = bound();
    effectsOf(told, presence());
    expect(effectsOf(told, presence("", "<show>away</show><priority>-1</priority>"))).toEqual(["announce", "goLive", "send"]);
    expect(told.desk.stream.priority).toBe(-1);
  });

  test("RFC 6121 §4.5 unavailable, once; and available again", () => {
    const told = bound();
    effectsOf(told, presence());
    expect(effectsOf(told, presence(' type="unavailable"'), presence(' type="unavailable"'))).toEqual(["announce", "send"]);
    expect(told.desk.stream.available).toBe(false);
    expect(effectsOf(told, presence())).toEqual(["announce", "goLive", "send", "sendContactPresence"]);
  });

  const priorities = [
    ["-128", -128],
    ["127", 127],
    ["0", 0],
    [" 5 ", 5],
    ["+3", 3],
    ["-129", undefined],
    ["128", undefined],
    ["1.5", undefined],
    ["", undefined],
    ["high", undefined],
    ["0x1", undefined],
  ] as const;
  for (const [text, value] of priorities) {
    test(`P-08 RFC 6121 §4.7.2.3 priority "${text}" is ${value ?? "bad-request"}`, () => {
      const told = bound();
      const frames = sent(told, presence(' id="p"', `<priority>${text}</priority>`));
      if (value === undefined) expect(frames.map(conditionOf)).toEqual(["bad-request"]);
      else expect(told.desk.stream.priority).toBe(value);
      expect(told.desk.stream.available).toBe(value !== undefined);
    });
  }

  for (const [inside, show] of [
    ["<show>away</show>", "away"],
    ["<show> dnd </show>", "dnd"],
    ["", "online"],
    ["<show/>", "online"],
    ["<show>busy</show>", "online"],
    [`<show>${"x".repeat(50_000)}</show>`, "online"],
  ] as const) {
    test(`RFC 6121 §4.7.2.1 ${inside.slice(0, 30) || "nothing"} shows ${show}`, () => {
      const told = bound();
      effectsOf(told, presence("", inside));
      expect(told.desk.effects.find(({ effect }) => effect === "announce")).toMatchObject({ show });
    });
  }

  const ignored = [
    { rule: "directed presence to the pubsub service", attrs: ` to="${PUBSUB}"` },
    { rule: "RFC 6121 §3.1 subscribe to oneself", attrs: ` to="7001@${DOMAIN}" type="subscribe"` },
    { rule: "RFC 6121 §3.1 subscribe to nobody", attrs: ' type="subscribe"' },
    { rule: "RFC 6121 §3.1.4 subscribed", attrs: ` to="finesse@${DOMAIN}" type="subscribed"` },
    { rule: "RFC 6121 §3.3 unsubscribe", attrs: ` to="finesse@${DOMAIN}" type="unsubscribe"` },
    { rule: "RFC 6121 §4.3 a probe while not available", attrs: ` to="finesse@${DOMAIN}" type="probe"` },
    { rule: "C-66 §8.3.1 an error", attrs: ' to="a@b@c" type="error"' },
  ];
  for (const { rule, attrs } of ignored) {
    test(`${rule} is taken in silence`, () => {
      const told = bound();
      expect(effectsOf(told, presence(attrs))).toEqual([]);
      expect(told.desk.stream.available).toBe(false);
    });
  }

  const asked = [
    {
      rule: "P-04 C-6E directed presence",
      attrs: ` to="7002@${DOMAIN}"`,
      inside: "<show>away</show>",
      gives: { effect: "sendDirected", to: `7002@${DOMAIN}`, available: true, tail: "><show>away</show></presence>" },
    },
    {
      rule: "P-04 directed unavailable",
      attrs: ` to="7002@${DOMAIN}/A" type="unavailable"`,
      inside: "<show>away</show>",
      gives: { effect: "sendDirected", to: `7002@${DOMAIN}/A`, available: false, tail: "/>" },
    },
    {
      rule: "P-09 RFC 6121 §3.1.1 subscribe, to the bare jid",
      attrs: ` id="s" to="7002@${DOMAIN}/a" from="x@y" type="subscribe"`,
      inside: "",
      gives: { effect: "sendSubscription", to: `7002@${DOMAIN}`, type: "subscribe", tail: ' id="s"/>' },
    },
    { rule: "P-05 a probe of somebody", attrs: ` to="7002@${DOMAIN}" type="probe"`, inside: "", gives: { effect: "probe", to: `7002@${DOMAIN}` } },
  ];
  for (const { rule, attrs, inside, gives } of asked) {
    test(`${rule} is asked of the session`, () => {
      const told = bound();
      effectsOf(told, presence(attrs, inside));
      expect(told.desk.effects.find(({ effect }) => effect === gives.effect)).toEqual(gives);
    });
  }

  const shows = [
    ["<show>dnd</show>", "><show>dnd</show></presence>"],
    ["<show> chat </show>", "><show> chat </show></presence>"],
    ["<show>busy</show>", "/>"],
    ["<show>away</show><show>xa</show>", "><show>away</show></presence>"],
    ["<show><b/></show><status>x</status>", "><status>x</status></presence>"],
    ['<show xmlns="other">busy</show>', '><show xmlns="other">busy</show></presence>'],
  ] as const;
  for (const [inside, tail] of shows) {
    test(`P-07 ${inside} goes on as ${tail}`, () => {
      const told = bound();
      effectsOf(told, presence("", inside));
      expect(told.desk.effects.find(({ effect }) => effect === "announce")).toMatchObject({ tail });
    });
  }

  const refused = [
    { rule: "P-06 RFC 6121 §4.7.1 a type that is none", attrs: ' type="busy"', gives: "bad-request" },
    { rule: "P-06 RFC 6121 §4.7.1 an empty type", attrs: ' type=""', gives: "bad-request" },
    { rule: "RFC 6121 §4.7.1 a type named like what every object has", attrs: ' type="constructor"', gives: "bad-request" },
    { rule: "A-17 a malformed to", attrs: ' to="a@b@c"', gives: "jid-malformed" },
    { rule: "C-6G §10.4 another domain", attrs: ' to="a@example.org" type="subscribe"', gives: "remote-server-not-found" },
  ];
  for (const { rule, attrs, gives } of refused) {
    test(`${rule} is ${gives}`, () => {
      const [answer = "", ...more] = sent(bound(), presence(`${attrs} id="p"`));
      expect(conditionOf(answer)).toBe(gives);
      expect(answer).toMatch(/^<presence xmlns="jabber:client" type="error" id="p"/);
      expect(more).toEqual([]);
    });
  }

  test("RFC 6121 §3.1.3 the contact is subscribed to already, and says so to the bare jid", () => {
    expect(sent(bound(), presence(` to="finesse@${DOMAIN}" type="subscribe"`))).toEqual([
      `<presence xmlns="jabber:client" type="subscribed" from="finesse@${DOMAIN}" to="7001@${DOMAIN}"/>`,
    ]);
  });

  test("RFC 6121 §4.3 a probe of the contact brings its presence", () => {
    const told = bound();
    sent(told, presence());
    expect(sent(told, presence(` to="finesse@${DOMAIN}" type="probe"`))[0]).toContain(`from="finesse@${DOMAIN}/service" to="${FULL}"><c xmlns=`);
  });

  test("a presence that could not be carried out is told, and changes nothing", () => {
    const { desk, shell } = bound();
    const ask = { effect: "announce", available: true, priority: 3, show: "online", tail: "/>" } as const;
    const effects = step(desk.stream, { event: "answered", ask, answer: { accepted: false } }, shell.context);
    expect(effects.map((effect) => (effect.effect === "send" ? conditionOf(effect.text) : ""))).toEqual(["resource-constraint"]);
    expect(desk.stream).toMatchObject({ available: false, priority: 0 });
  });
});

describe("takeMessage()", () => {
  const messages = [
    { rule: "C-6B §10.3.1 to nobody", attrs: ' id="m"', gives: ["service-unavailable"] },
    { rule: "C-6E to a user", attrs: ` to="7002@${DOMAIN}" type="chat"`, gives: ["service-unavailable"] },
    { rule: "C-6C to the domain", attrs: ` to="${DOMAIN}"`, gives: ["service-unavailable"] },
    { rule: "RFC 6121 §8.5.2.1.1 groupchat", attrs: ` to="7002@${DOMAIN}" type="groupchat"`, gives: ["service-unavailable"] },
    { rule: "RFC 6121 §8.5.2.2 a headline", attrs: ` to="7002@${DOMAIN}" type="headline"`, gives: [] },
    { rule: "C-66 §8.3.1 an error", attrs: ' to="a@b@c" type="error"', gives: [] },
    { rule: "A-17 a malformed to", attrs: ' to="a@b@c"', gives: ["jid-malformed"] },
    { rule: "C-6G §10.4 another domain", attrs: ' to="a@example.org"', gives: ["remote-server-not-found"] },
  ];
  for (const { rule, attrs, gives } of messages) {
    test(`${rule}: ${gives[0] ?? "silence"}`, () => {
      const told = bound();
      const effects = effectsOf(told, `<message xmlns="jabber:client"${attrs}><body>hello</body></message>`);
      expect(effects.filter((effect) => effect !== "relay")).toEqual(gives.map(() => "send"));
      expect(told.desk.frames.map(conditionOf)).toEqual(gives);
      expect(told.desk.frames.join()).not.toContain("hello");
    });
  }
});
