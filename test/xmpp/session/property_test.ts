import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Answers, type Ask, newStream, parseFrame, type Stream, type StreamEvent, step } from "../../../xmpp/mod.ts";
import { FakeShell, SETTINGS } from "../../conversations/fake_shell.ts";
import { auth, b64, bind, DOMAIN, FRAMING, open, plain, PUBSUB, SASL } from "./support.ts";

const NS = "http://jabber.org/protocol/pubsub";
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "a@b@c", DOMAIN, PUBSUB, `7001@${DOMAIN}`, "\0", "constructor", "__proto__"),
);
const attr = (value: string): string => value.replace(/[&<"]/g, (each) => `&#${each.charCodeAt(0)};`);

/** Frames of a client that knows the protocol, with some of their parts anything at all. */
const known = fc.constantFrom(
  open(),
  plain("7001"),
  plain("7001", { password: "no" }),
  auth("SCRAM-SHA-1", b64("n,,n=7001,r=abc")),
  auth("PLAIN"),
  bind(),
  bind(""),
  `<abort xmlns="${SASL}"/>`,
  `<close xmlns="${FRAMING}"/>`,
  '<presence xmlns="jabber:client"/>',
  '<presence xmlns="jabber:client" type="unavailable"/>',
);
const made = fc.oneof(
  text,
  fc.tuple(text, text).map(([to, from]) => open(`to="${attr(to)}" from="${attr(from)}" version="1.0"`)),
  fc.tuple(text, text).map(([mechanism, data]) => auth(attr(mechanism), attr(data))),
  fc.constantFrom("PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256").chain((mechanism) => text.map((data) => auth(mechanism, b64(data.toWellFormed())))),
  text.map((data) => `<response xmlns="${SASL}">${b64(data.toWellFormed())}</response>`),
  text.map((resource) => bind(`<resource>${attr(resource)}</resource>`)),
  fc
    .record({ kind: fc.constantFrom("iq", "message", "presence"), type: text, to: text, id: text, inside: text })
    .map(
      ({ kind, type, to, id, inside }) =>
        `<${kind} xmlns="jabber:client" type="${attr(type)}" to="${attr(to)}" id="${attr(id)}"><priority>${attr(inside)}</priority></${kind}>`,
    ),
  fc
    .record({
      type: fc.constantFrom("get", "set"),
      of: text,
      node: text,
      jid: text,
      name: fc.constantFrom("subscribe", "unsubscribe", "subscriptions", "publish", "items", "a"),
    })
    .map(
      ({ type, of, node, jid, name }) =>
        `<iq xmlns="jabber:client" type="${type}" to="${PUBSUB}" id="q"><pubsub xmlns="${NS}"><${name} node="${attr(node)}" jid="${attr(jid)}"><item id="${attr(of)}"><a b="${attr(of)}">${attr(of)}</a></item></${name}></pubsub></iq>`,
    ),
);

const events: fc.Arbitrary<StreamEvent> = fc.oneof(
  { weight: 6, arbitrary: known.map((frame) => ({ event: "frame", text: frame }) as const) },
  { weight: 8, arbitrary: made.map((frame) => ({ event: "frame", text: frame }) as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<StreamEvent>(
      { event: "binary" },
      { event: "socketClosed" },
      { event: "role", role: "publisher" },
      { event: "fail", error: { condition: "conflict" }, cause: "conflict" },
    ),
  },
);

/** Begins signed in, so that what comes reaches the stanzas as well. */
const beginnings = fc.constantFrom<readonly string[]>([], [open()], [open(), plain("backend"), open()], [open(), plain("backend"), open(), bind()]);

function run(frames: readonly string[], more: readonly StreamEvent[]): { readonly stream: Stream; readonly sent: string[]; readonly ends: number } {
  const shell = new FakeShell({ ...SETTINGS, maxFramesBeforeBind: 1000, maxAuthAttempts: 1000 });
  const desk = shell.connect();
  for (const event of [...frames.map((frame) => ({ event: "frame", text: frame }) as const), ...more]) desk.take(event);
  return { stream: desk.stream, sent: desk.frames, ends: desk.effects.filter(({ effect }) => effect === "ended").length };
}

describe("step()", () => {
  test("never throws, ends once, and all it says is XML with its namespace", () => {
    fc.assert(
      fc.property(beginnings, fc.array(events, { maxLength: 12 }), (frames, more) => {
        const { stream, sent, ends } = run(frames, more);
        expect(ends).toBeLessThanOrEqual(1);
        expect(JSON.parse(JSON.stringify(stream))).toEqual(stream);
        for (const frame of sent) {
          const { element } = parseFrame(frame, { maxDepth: 200 });
          expect(element?.ns, frame).toBeTruthy();
        }
      }),
      { numRuns: 2000 },
    );
  }, 60_000);

  test("C-65 every request of a bound stream is answered once, with its id", () => {
    const id = fc.string({ unit: "grapheme-ascii", minLength: 1 });
    const payload = fc.constantFrom(
      '<ping xmlns="urn:xmpp:ping"/>',
      "<a/>",
      `<pubsub xmlns="${NS}"/>`,
      `<pubsub xmlns="${NS}"><subscriptions/></pubsub>`,
      '<query xmlns="http://jabber.org/protocol/disco#items"/>',
      "",
    );
    fc.assert(
      fc.property(fc.constantFrom("get", "set"), id, text, payload, (type, name, to, inside) => {
        const address = to === "" ? "" : ` to="${attr(to)}"`;
        const request = `<iq xmlns="jabber:client" type="${type}" id="${attr(name)}"${address}>${inside}</iq>`;
        if (parseFrame(request, { maxDepth: 32 }).error) return;
        const answers = run([open(), plain("7001"), open(), bind()], []).sent.length;
        const { sent } = run([open(), plain("7001"), open(), bind(), request], []);
        expect(sent.length).toBe(answers + 1);
        expect(parseFrame(sent.at(-1) ?? "", { maxDepth: 32 }).element?.attrs["id"]).toBe(parseFrame(request, { maxDepth: 32 }).element?.attrs["id"]);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  test("an answer that nobody waits for changes nothing and is not told", () => {
    const asks: readonly (readonly [Ask, Answers[Ask["effect"]]])[] = [
      [{ effect: "checkPassword", jid: "a@b", password: "c" }, { accepted: true }],
      [
        { effect: "fetchKeys", jid: "a@b", hash: "SHA-1" },
        { salt: "", iterations: 1, storedKey: "", serverKey: "" },
      ],
      [
        { effect: "checkProof", jid: "a@b", hash: "SHA-1", storedKey: "", serverKey: "", authMessage: "", proof: "" },
        { accepted: true, serverSignature: "" },
      ],
      [
        { effect: "bind", id: "b", resource: null },
        { resource: "r", role: "agent", userId: "a" },
      ],
      [{ effect: "announce", available: true, priority: 0, show: "online", tail: "/>" }, { accepted: true }],
      [{ effect: "publish", id: "p", node: "n", publication: { itemId: null, hasItem: true, payload: "", type: "", options: [] } }, { itemId: "i" }],
    ];
    for (const [ask, answer] of asks) {
      for (const phase of ["opening", "restarting", "closing", "closed"] as const) {
        const stream: Stream = { ...newStream(), phase };
        expect(step(stream, { event: "answered", ask, answer }, { settings: SETTINGS, newId: () => "id" })).toEqual([]);
        expect(stream).toEqual({ ...newStream(), phase });
      }
    }
  });
});
