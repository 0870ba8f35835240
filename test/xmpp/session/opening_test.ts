import { describe, expect, test } from "vitest";
import { bind, conditionOf, DOMAIN, effectsOf, FRAMING, open, opened, plain, restarted, sent, upgraded } from "./support.ts";

describe("openStream()", () => {
  test("WS-12 §3.4 C-01 the answer and the features are two frames", () => {
    const frames = sent(upgraded(), open());
    expect(frames.map((frame) => frame.slice(0, 8))).toEqual(["<open xm", "<stream:"]);
    expect(frames[0]).toBe(`<open xmlns="${FRAMING}" from="${DOMAIN}" id="id-1" version="1.0" xml:lang="en"/>`);
  });

  test("WS-07 §3.3.3 an XML declaration before it is tolerated", () => {
    expect(sent(upgraded(), `<?xml version="1.0"?>${open()}`)).toHaveLength(2);
  });

  test("C-03 §4.7.3 a client's id is ignored, and ours is a new one at the restart", () => {
    const told = upgraded();
    expect(sent(told, open(`to="${DOMAIN}" version="1.0" id="mine"`))[0]).toContain('id="id-1"');
    sent(told, plain("7001"));
    expect(sent(told, open())[0]).toContain('id="id-2"');
  });

  test("C-31 §6.4.1 mechanisms by profile, the best first", () => {
    const told = (profile: "open" | "finesse-strict") =>
      [...(sent(upgraded({ profile }), open())[1] ?? "").matchAll(/<mechanism>(.*?)</g)].map(([, name]) => name);
    expect(told("open")).toEqual(["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]);
    expect(told("finesse-strict")).toEqual(["PLAIN"]);
  });

  test("LI-01 XEP-0478 §3 CS-04 XEP-0352 §4.1 limits and client state are told once the client has signed in, by the settings; not in finesse-strict", () => {
    const features = (profile: "open" | "finesse-strict") =>
      sent(opened({ profile, maxFrameBytes: 12_345, idleSeconds: 67 }), plain("7001"), open()).find((frame) => frame.includes("<bind")) ?? "";
    expect(features("open")).toContain(
      '<csi xmlns="urn:xmpp:csi:0"/><limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>12345</max-bytes><idle-seconds>67</idle-seconds></limits>',
    );
    expect(features("finesse-strict")).not.toMatch(/csi|limits/);
  });

  test("WS-24 §3.9 C-50 §7.4 neither STARTTLS nor bind before sign-in, and no mechanism after it", () => {
    const told = upgraded();
    expect(sent(told, open())[1]).not.toMatch(/starttls|bind/);
    sent(told, plain("7001"));
    const [, features = ""] = sent(told, open());
    expect(features).toContain('<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>');
    expect(features).not.toContain("mechanism");
  });

  const refused = [
    { rule: "E-06 C-10 §4.9.3.6 no to", attrs: 'version="1.0"', gives: "host-unknown" },
    { rule: "C-10 §4.9.3.6 an unknown to", attrs: 'to="example.org" version="1.0"', gives: "host-unknown" },
    { rule: "C-10 §4.9.3.6 a to that is no domain", attrs: 'to="a b" version="1.0"', gives: "host-unknown" },
    { rule: "C-10 §4.9.3.6 the pubsub service is no host to sign in at", attrs: `to="pubsub.${DOMAIN}" version="1.0"`, gives: "host-unknown" },
    { rule: "E-25 C-13 §4.7.5 no version", attrs: `to="${DOMAIN}"`, gives: "unsupported-version" },
    { rule: "C-13 §4.7.5 a version before 1.0", attrs: `to="${DOMAIN}" version="0.9"`, gives: "unsupported-version" },
    { rule: "E-09 §4.9.3.9 a from that is no address", attrs: `to="${DOMAIN}" version="1.0" from="a@b@c"`, gives: "invalid-from" },
    { rule: "C-13 §4.7.5 a version that is none", attrs: `to="${DOMAIN}" version="one"`, gives: "unsupported-version" },
  ];
  for (const { rule, attrs, gives } of refused) {
    test(`WS-15 C-18 §3.5 our open comes first: ${rule}`, () => {
      const told = upgraded();
      const [header, error, close, ...more] = sent(told, open(attrs));
      expect(header).toMatch(new RegExp(`^<open xmlns="${FRAMING}" from="${DOMAIN}" id="id-1"`));
      expect(conditionOf(error)).toBe(gives);
      expect(close).toBe(`<close xmlns="${FRAMING}" />`);
      expect(more).toEqual([]);
      expect(told.desk.stream.phase).toBe("closing");
      expect(told.desk.effects.slice(-2)).toEqual([
        { effect: "closeSocket", code: 1000, reason: gives, awaits: true },
        { effect: "ended", cause: "error" },
      ]);
    });
  }

  const versions = [
    { given: "1.0", answered: ' version="1.0"' },
    { given: "1.7", answered: ' version="1.0"' },
    { given: "2.0", answered: ' version="1.0"' },
    { given: "01.00", answered: ' version="1.0"' },
    { given: "0.10", answered: ' version="0.10"' },
  ];
  for (const { given, answered } of versions) {
    test(`C-13 §4.7.5 the lower of version ${given} and ours`, () => {
      expect(sent(upgraded(), open(`to="${DOMAIN}" version="${given}"`))[0]).toContain(answered);
    });
  }

  test("C-13 §4.7.5 who names no version is told none", () => {
    expect(sent(upgraded(), open(`to="${DOMAIN}"`))[0]).not.toContain("version");
  });

  test("C-10 §4.7.2 any of our domains, in any case", () => {
    expect(sent(upgraded(), open('to="CC2.ACME.test." version="1.0"'))[0]).toContain('from="cc2.acme.test"');
  });

  test("C-09 §4.7.2 to is the client's from, bare, if it sent one", () => {
    expect(sent(upgraded(), open(`to="${DOMAIN}" version="1.0" from="7001@${DOMAIN}/desktop"`))[0]).toContain(` to="7001@${DOMAIN}"`);
    expect(sent(upgraded(), open(`to="${DOMAIN}" version="1.0" from="a@b@c"`))[0]).not.toContain(" to=");
  });

  test("C-11 §4.7.4 our language is told, and the client's remembered", () => {
    const told = upgraded();
    expect(sent(told, open(`to="${DOMAIN}" version="1.0" xml:lang="de"`))[0]).toContain('xml:lang="en"');
    expect(told.desk.stream.lang).toBe("de");
  });

  const remembered = ["de", "de-AT", "zh-Hant-TW", "x-klingon"];
  const forgotten = ["", "de_AT", "d e", "a".repeat(9), "-de", "a-".repeat(20), "x".repeat(40_000)];
  test("C-11 §4.7.4 what is no language tag is not remembered", () => {
    const langOf = (given: string): string => {
      const told = upgraded();
      sent(told, open(`to="${DOMAIN}" version="1.0" xml:lang="${given}"`));
      return told.desk.stream.lang;
    };
    expect(remembered.map(langOf)).toEqual(remembered);
    expect(new Set(forgotten.map(langOf))).toEqual(new Set(["en"]));
  });

  test("C-02 §4.3.2 with sign-in, then bind, still to come nothing else is negotiated; C-05 §4.3.5 and after it no features come", () => {
    const told = upgraded();
    const features = (frames: readonly string[]): string[] => frames.filter((frame) => frame.startsWith("<stream:features"));
    const [first = ""] = features(sent(told, open()));
    expect(first).toMatch(/^<stream:features [^>]*><mechanisms /);
    sent(told, plain("7001"));
    const [second = ""] = features(sent(told, open()));
    expect(second, "C-04 §4.3.4 fresh ones").toMatch(/^<stream:features [^>]*><bind xmlns="[^"]*"\/>/);
    const presence = '<presence xmlns="jabber:client"/>';
    expect(features(sent(told, bind(), presence, '<enable xmlns="urn:xmpp:sm:3"/>', presence))).toEqual([]);
    expect(told.desk.stream.phase).toBe("bound");
  });

  test("WS-13 §3.4 a second open is no restart", () => {
    expect(conditionOf(sent(opened(), open())[0])).toBe("unsupported-stanza-type");
    expect(conditionOf(sent(restarted(), open())[0])).toBe("unsupported-stanza-type");
  });

  const restarts = [
    { rule: "C-10 §4.9.3.6 another of our domains", attrs: 'to="cc2.acme.test" version="1.0"', gives: "host-unknown" },
    { rule: "E-09 §4.9.3.9 a from that did not sign in", attrs: `to="${DOMAIN}" version="1.0" from="7002@${DOMAIN}"`, gives: "invalid-from" },
  ];
  for (const { rule, attrs, gives } of restarts) {
    test(`WS-22 §3.7 restart: ${rule}`, () => {
      const told = opened();
      sent(told, plain("7001"));
      const [header, error] = sent(told, open(attrs));
      expect(header).toContain(`from="${DOMAIN}"`);
      expect(conditionOf(error)).toBe(gives);
    });
  }

  test("WS-11 §3.4 whatever comes instead of an open is an error behind ours", () => {
    const frames = sent(upgraded(), plain("7001"));
    expect(frames[0]).toMatch(/^<open /);
    expect(conditionOf(frames[1])).toBe("unsupported-stanza-type");
    expect(effectsOf(upgraded(), "<a")).toEqual(["send", "send", "send", "closeSocket", "ended"]);
  });
});
