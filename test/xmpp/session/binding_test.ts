import { describe, expect, test } from "vitest";
import { step } from "../../../xmpp/mod.ts";
import { bind, bound, conditionOf, DOMAIN, effectsOf, open, plain, restarted, sent } from "./support.ts";

const jid = (resource: string): string =>
  `<iq xmlns="jabber:client" type="result" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>7001@${DOMAIN}/${resource}</jid></bind></iq>`;

describe("bindResource()", () => {
  const accepted = [
    { rule: "C-53 §7.7 the client's resource", inside: "<resource>desktop</resource>", gives: "desktop" },
    { rule: "C-53 §7.7 its case is kept", inside: "<resource>Desk Top</resource>", gives: "Desk Top" },
    { rule: "C-53 §7.7 its markup is escaped", inside: "<resource>a&lt;b</resource>", gives: "a&lt;b" },
    { rule: "C-52 §7.6 none: the server makes one", inside: "", gives: "made-by-server" },
    { rule: "C-54 §7.7.2.1 an empty one is repaired", inside: "<resource/>", gives: "made-by-server" },
  ];
  for (const { rule, inside, gives } of accepted) {
    test(rule, () => {
      const told = restarted();
      expect(sent(told, bind(inside))).toEqual([jid(gives)]);
      expect(told.desk.stream).toMatchObject({ phase: "bound", role: "agent", userId: "7001" });
    });
  }

  const refused = [
    { rule: "C-54 §7.7.2.1 a resource that is none", frame: bind("<resource>a\u200b</resource>"), gives: "bad-request" },
    { rule: "C-54 §7.7.2.1 a resource too long", frame: bind(`<resource>${"a".repeat(1024)}</resource>`), gives: "bad-request" },
    { rule: "C-64 §8.2.3 a get", frame: bind("", 'type="get" id="b"'), gives: "bad-request" },
    { rule: "C-63 §8.1.3 no id", frame: bind("", 'type="set"'), gives: "bad-request" },
  ];
  for (const { rule, frame, gives } of refused) {
    test(`${rule} is ${gives}, and may be tried again`, () => {
      const told = restarted();
      const [answer = "", ...more] = sent(told, frame);
      expect(conditionOf(answer)).toBe(gives);
      expect(answer, "C-63 §8.1.3 the id is repeated").toContain(frame.includes(' id="b"') ? ' id="b"' : ' id=""');
      expect(more).toEqual([]);
      expect(sent(told, bind())).toEqual([jid("desktop")]);
    });
  }

  test("C-57 §7.7.3 the last bad bind ends the stream", () => {
    const told = restarted("7001", { maxBindAttempts: 2 });
    const bad = bind("<resource>\u200b</resource>");
    expect(sent(told, bad, bad).map(conditionOf)).toEqual(["bad-request", "bad-request", "policy-violation", ""]);
  });

  test("C-56 §7.6.2.1 what the shell refuses is told, and counts", () => {
    const { desk, shell } = restarted("7001", { maxBindAttempts: 1 });
    const ask = { effect: "bind", id: "b", resource: "a" } as const;
    const refusal = { refused: { type: "wait", condition: "resource-constraint" } } as const;
    const effects = step(desk.stream, { event: "answered", ask, answer: refusal }, shell.context);
    expect(effects.map((effect) => (effect.effect === "send" ? conditionOf(effect.text) : effect.effect))).toEqual([
      "resource-constraint",
      "policy-violation",
      "",
      "closeSocket",
      "ended",
    ]);
  });

  test("C-06 §7.1 any other stanza ends the stream", () => {
    expect(sent(restarted(), '<iq xmlns="jabber:client" type="get" id="a"><ping xmlns="urn:xmpp:ping"/></iq>').map(conditionOf)[0]).toBe("not-authorized");
    expect(sent(restarted(), '<message xmlns="jabber:client"/>').map(conditionOf)[0]).toBe("not-authorized");
    expect(sent(restarted(), '<iq xmlns="jabber:client" type="set" id="a"/>').map(conditionOf)[0]).toBe("not-authorized");
    expect(sent(restarted(), bind().replace("xmpp-bind", "xmpp-session")).map(conditionOf)[0]).toBe("not-authorized");
    expect(sent(restarted(), '<iq xmlns="jabber:client" type="set" id="a"><a xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>').map(conditionOf)[0]).toBe(
      "not-authorized",
    );
  });

  test("C-65 §8.2.3 results are not answered before it either", () => {
    expect(effectsOf(restarted(), bind("", 'type="result" id="b"'), bind("", 'type="error" id="b"'))).toEqual([]);
  });

  test("C-07 §7.1 a stream has one resource", () => {
    expect(sent(bound(), bind("<resource>other</resource>")).map(conditionOf)).toEqual(["not-allowed"]);
  });

  test("C-55 §7.7.2.2 a taken resource ends the old stream, with cause conflict", () => {
    const told = bound();
    const young = told.shell.connect();
    for (const frame of [open(), plain("7001"), open(), bind()]) young.send(frame);
    expect(young.frames.at(-1)).toBe(jid("desktop"));
    expect(told.desk.frames.map(conditionOf)).toEqual(["conflict", ""]);
    expect(told.desk.effects.at(-1)).toEqual({ effect: "ended", cause: "conflict" });
  });

  test("C-51 §7.3.2 no features follow", () => {
    expect(effectsOf(restarted(), bind())).toEqual(["bind", "send"]);
  });
});
