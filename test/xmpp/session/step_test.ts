import { describe, expect, test } from "vitest";
import { bind, bound, conditionOf, effectsOf, FRAMING, open, opened, plain, restarted, SASL, sent, type Told, upgraded } from "./support.ts";

const PING = '<iq xmlns="jabber:client" type="get" id="i"><ping xmlns="urn:xmpp:ping"/></iq>';
const CLOSE = `<close xmlns="${FRAMING}"/>`;
const OURS = `<close xmlns="${FRAMING}" />`;
const errorIn = (frames: readonly string[]): string => conditionOf(frames.find((frame) => frame.startsWith("<stream:error")));

/** A desk in each phase. */
const PHASES: Readonly<Record<string, () => Told>> = { opening: upgraded, authenticating: opened, restarting: signedIn, binding: restarted, bound };

function signedIn(): Told {
  const told = opened();
  sent(told, plain("7001"));
  told.desk.effects.length = 0;
  return told;
}

describe("phases and elements", () => {
  const elements: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ["E-10 §3.3.2 open in another namespace", '<open xmlns="jabber:client"/>', { all: "invalid-namespace" }],
    ["WS-04 §3.3.2 close in another namespace", "<close/>", { all: "invalid-namespace" }],
    ["WS-04 §3.3.2 the header of a TCP stream", '<stream:stream xmlns:stream="http://etherx.jabber.org/streams"/>', { all: "invalid-namespace" }],
    ["E-10 auth in another namespace", '<auth xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"/>', { all: "invalid-namespace" }],
    ["C-14 §4.8.3 a stanza between servers", '<message xmlns="jabber:server"/>', { all: "invalid-namespace" }],
    ["WS-10 §3.3.3 a stanza of no namespace", "<presence/>", { all: "invalid-namespace" }],
    ["E-24 C-15 §4.9.3.24 an unknown element", '<sleep xmlns="urn:example:none"/>', { all: "unsupported-stanza-type" }],
    ["E-12 C-06 §4.9.3.12 a stanza before bind", '<presence xmlns="jabber:client"/>', { all: "not-authorized", bound: "" }],
    [
      "E-12 §4.9.3.12 SM-02 stream management",
      '<enable xmlns="urn:xmpp:sm:3"/>',
      { all: "not-authorized", restarting: "unsupported-stanza-type", binding: "", bound: "" },
    ],
    ["C-30 §6.4 auth out of its phase", `<auth xmlns="${SASL}" mechanism="X"/>`, { all: "unsupported-stanza-type", authenticating: "" }],
    ["WS-13 §3.4 open out of its phase", open(), { all: "unsupported-stanza-type", opening: "", restarting: "" }],
    ["E-13 C-71 §11.3 not well-formed", "<a><b></a>", { all: "not-well-formed" }],
    ["E-13 C-71 §11.3 an attribute twice", '<a b="1" b="2"/>', { all: "not-well-formed" }],
    ["C-71 §11.3 an unbound prefix", "<a:b/>", { all: "not-well-formed" }],
    ["WS-08 §3.3.3 two roots", "<a/><b/>", { all: "not-well-formed" }],
    ["WS-06 §3.3.3 white space first", ` ${open()}`, { all: "not-well-formed" }],
    ["C-74 §11.6 a byte order mark first", `\ufeff${open()}`, { all: "not-well-formed" }],
    ["WS-23 §3.8 white space alone", " ", { all: "not-well-formed" }],
    ["WS-05 §3.3.3 nothing", "", { all: "not-well-formed" }],
    ["E-18 C-70 §11.1 a comment", "<a><!----></a>", { all: "restricted-xml" }],
    ["C-70 §11.1 a document type", "<!DOCTYPE a><a/>", { all: "restricted-xml" }],
    ["C-70 §11.1 a processing instruction", "<?a b?><a/>", { all: "restricted-xml" }],
    ["C-70 §11.1 an entity that is not predefined", "<a>&nbsp;</a>", { all: "restricted-xml" }],
    ["E-22 C-73 §11.6 another encoding", '<?xml version="1.0" encoding="latin1"?><a/>', { all: "unsupported-encoding" }],
    ["C-75 §13.12 too deep", "<a>".repeat(33) + "</a>".repeat(33), { all: "policy-violation too-deep" }],
    ["C-75 §13.12 too many attributes", `<a ${Array.from({ length: 65 }, (_, n) => `a${n}=""`).join(" ")}/>`, { all: "policy-violation too-many-attributes" }],
    ["WS-30 §13.12 too long", `<a>${"x".repeat(65_536)}</a>`, { all: "policy-violation stanza-too-big" }],
  ];
  for (const [rule, frame, gives] of elements) {
    for (const [phase, told] of Object.entries(PHASES)) {
      const condition = gives[phase] ?? gives["all"] ?? "";
      test(`${rule}, ${phase}: ${condition || "legal"}`, () => {
        const desk = told();
        const frames = sent(desk, frame);
        expect(errorIn(frames)).toBe(condition);
        if (condition === "") return;
        const headed = phase === "opening" || phase === "restarting"; // WS-15 §3.5
        expect(frames.map((each) => each.slice(0, 7))).toEqual([...(headed ? ["<open x"] : []), "<stream", "<close "]);
        expect(frames.at(-1)).toBe(OURS);
        expect(desk.desk.effects.slice(-2).map(({ effect }) => effect)).toEqual(["closeSocket", "ended"]);
      });
    }
  }

  for (const [phase, told] of Object.entries(PHASES)) {
    test(`E-01 WS-03 §3.2 a binary message, ${phase}: an error and close code 1003`, () => {
      const { desk } = told();
      desk.send(new Uint8Array([1]));
      expect(errorIn(desk.frames)).toBe("bad-format");
      expect(desk.code).toBe(1003);
      expect(desk.effects.at(-1)).toEqual({ effect: "ended", cause: "error" });
    });

    test(`WS-17 §3.6 the client's close, ${phase}: ours to the byte, the end, the socket`, () => {
      const { desk } = told();
      desk.send(CLOSE);
      expect(desk.effects).toEqual([
        { effect: "send", text: OURS },
        { effect: "ended", cause: "close" },
        { effect: "closeSocket", code: 1000, reason: "" },
      ]);
      expect(effectsOf({ desk } as Told, CLOSE, PING)).toEqual([]);
    });

    test(`C-17 §4.9.1.1 an error of the client, ${phase}: the stream is over`, () => {
      const { desk } = told();
      desk.send('<error xmlns="http://etherx.jabber.org/streams"><bad-format xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></error>');
      expect(desk.effects.map((effect) => (effect.effect === "ended" ? effect.cause : effect.effect))).toEqual(["send", "error", "closeSocket"]);
    });

    test(`WS-18 §3.6 the socket goes, ${phase}`, () => {
      const { desk } = told();
      desk.take({ event: "socketClosed" });
      desk.take({ event: "socketClosed" });
      expect(desk.effects).toEqual(phase === "bound" ? [{ effect: "ended", cause: "lost" }] : []);
      expect(desk.stream.phase).toBe("closed");
    });

    test(`WS-14 §3.5 the shell ends the stream, ${phase}`, () => {
      const { desk } = told();
      desk.take({ event: "fail", error: { condition: "system-shutdown" }, cause: "timeout" });
      desk.take({ event: "fail", error: { condition: "conflict" }, cause: "conflict" });
      expect(
        desk.effects.filter(({ effect }) => effect === "ended"),
        "C-17 one error, one end",
      ).toEqual([{ effect: "ended", cause: "timeout" }]);
      expect(errorIn(desk.frames)).toBe("system-shutdown");
    });
  }
});

describe("limits", () => {
  test("WS-30 C-75 bytes are counted, not characters", () => {
    const frame = (body: string): string => `<message xmlns="jabber:client" type="headline">${body}</message>`;
    const bare = frame("").length;
    const room = 1000 - bare;
    for (const [character, bytes] of [
      ["a", 1],
      ["\x7f", 1],
      ["\x80", 2],
      ["\u07ff", 2],
      ["\u0800", 3],
      ["\ufffd", 3],
      ["\u{10000}", 4],
      ["\u{10ffff}", 4],
    ] as const) {
      const fitting = Math.floor(room / bytes);
      const told = bound("7001", { maxFrameBytes: 1000 });
      expect(errorIn(sent(told, frame(character.repeat(fitting))))).toBe("");
      expect(errorIn(sent(told, frame(character.repeat(fitting + 1))))).toBe("policy-violation stanza-too-big");
    }
  });

  test("C-76 §13.12 frames before bind are counted", () => {
    const told = upgraded({ maxFramesBeforeBind: 4 });
    expect(errorIn(sent(told, open(), plain("7001"), open(), bind()))).toBe("");
    expect(errorIn(sent(told, ...Array.from({ length: 20 }, () => PING))), "and not after it").toBe("");
  });

  test("C-76 §13.12 too many frames before bind", () => {
    expect(errorIn(sent(upgraded({ maxFramesBeforeBind: 3 }), open(), plain("7001"), open(), bind()))).toBe("policy-violation too-many-frames-before-sign-in");
  });
});

describe("after our close", () => {
  test("C-20 §4.4 WS-16 §3.6 all is ignored but the client's close", () => {
    const told = bound();
    sent(told, "<a");
    told.desk.effects.length = 0;
    told.desk.send(new Uint8Array());
    expect(effectsOf(told, PING, "<a", "", "<b/>", "x".repeat(70_000))).toEqual([]);
    expect(effectsOf(told, CLOSE)).toEqual(["closeSocket"]);
    expect(told.desk.stream.phase).toBe("closed");
  });

  test("WS-18 the socket's end is reported only once", () => {
    const told = bound();
    sent(told, "<a");
    told.desk.effects.length = 0;
    told.desk.take({ event: "socketClosed" });
    expect(told.desk.effects).toEqual([]);
  });

  test("the record holds no secret of SCRAM any more", () => {
    for (const end of ["<a", CLOSE, undefined]) {
      const told = opened();
      sent(told, `<auth xmlns="${SASL}" mechanism="SCRAM-SHA-1">${btoa("n,,n=7001,r=a")}</auth>`);
      expect(told.desk.stream.sasl).not.toBeNull();
      told.desk.take(end === undefined ? { event: "socketClosed" } : { event: "frame", text: end });
      expect(told.desk.stream.sasl).toBeNull();
    }
  });
});

test("a role that changes is noted, and nothing else happens", () => {
  const { desk } = bound();
  desk.effects.length = 0;
  desk.take({ event: "role", role: "publisher" });
  expect(desk.stream.role).toBe("publisher");
  expect(desk.effects).toEqual([]);
});

test("a record is plain data: it survives being written and read", () => {
  for (const told of Object.values(PHASES)) {
    const { stream } = told().desk;
    expect(JSON.parse(JSON.stringify(stream))).toEqual(stream);
  }
});
