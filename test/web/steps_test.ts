/** Frames into steps: the conversation of the article, frame by frame, and what can go wrong in it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";

import { progressOf, stepOf, stepsOf } from "../../web/desk/progress.ts";
import { type Direction, Explainer, FRAME_KINDS, masked, STEPS } from "../../explain/mod.ts";
import { FrameLog } from "../../web/desk/frame_log.ts";
import type { Place, Placed } from "../../web/desk/places.ts";
import { conversationOf } from "../explain/support.ts";
import { frameAbout, frameName } from "../../web/frames/frame_words.ts";

const SASL = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';

/** What a connection begins with. */
const SOCKET = { url: new URL("ws://a.test/ws/"), origin: "http://a.test", transport: "websocket" } as const;

/** Headings of the conversation, and where the page shows what stands under them. */
const HEADINGS: Readonly<Record<string, Place>> = {
  open: "open",
  auth: "auth",
  bind: "bind",
  presence: "presence",
  "subscribe user": "subscribe-user",
  "subscribe team": "subscribe-team",
  event: "live",
  ping: "live",
};

/** The frames of test/conversations/login.txt, under their headings. */
function conversation(): { readonly heading: string; readonly direction: Direction; readonly frame: string }[] {
  const text = readFileSync(new URL("../conversations/login.txt", import.meta.url), "utf8").replace(/\n {4}/g, "");
  let heading = "";
  return text.split("\n").flatMap((line) => {
    heading = /^# (.+)/.exec(line)?.[1] ?? heading;
    const [, verb, frame] = /^desk (sends|receives): (.+)/.exec(line) ?? [];
    return verb && frame ? [{ heading, direction: verb === "sends" ? ("out" as const) : ("in" as const), frame }] : [];
  });
}

/** The frames of one connection in their places. */
function placedOf(frames: readonly (readonly [Direction, string])[]): readonly Placed[] {
  const log = logOf(frames);
  return [...log.steps, ...log.live].toSorted((one, other) => one.frame.index - other.frame.index);
}

test("RFC 7395 §3: each frame of the sign-in goes under the heading of the article", () => {
  const frames = conversation().filter(({ heading }) => heading in HEADINGS);
  assert.ok(frames.length > 20);
  const placed = placedOf(frames.map(({ direction, frame }) => [direction, frame]));
  assert.deepEqual(
    placed.map(({ place, frame }) => [frame.text, place]),
    frames.map(({ heading, frame }) => [masked(frame), HEADINGS[heading]]),
  );
});

const cases: readonly { readonly frame: string; readonly gives: readonly [place: string, kind: string, about: string] }[] = [
  { frame: '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>', gives: ["auth", "auth-failure", "not-authorized"] },
  {
    frame: '<stream:error xmlns:stream="http://etherx.jabber.org/streams"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>',
    gives: ["end", "stream-error", "conflict"],
  },
  { frame: '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />', gives: ["end", "close", ""] },
  { frame: '<presence from="finesse@a.test/service" type="unavailable" to="b"/>', gives: ["live", "presence-unavailable", "finesse@a.test/service"] },
  { frame: '<iq type="get" id="x"><query xmlns="jabber:iq:roster"/></iq>', gives: ["live", "roster-request", ""] },
  { frame: "<message><body>hello</body></message>", gives: ["live", "message", ""] },
  { frame: "not xml", gives: ["live", "malformed", "not-well-formed"] },
  {
    frame:
      '<message><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="/finesse/api/User/7001"><item><notification>&lt;state&gt;READY&lt;/state&gt;</notification></item></items></event></message>',
    gives: ["live", "event", "User/7001 · READY"],
  },
];

for (const { frame, gives } of cases) {
  test(`place(): ${frame.slice(0, 60)}`, () => {
    const [placed] = placedOf([["in", frame]]);
    assert.ok(placed);
    assert.deepEqual([placed.place, placed.frame.kind, frameAbout(placed.frame)], gives);
  });
}

test("a refused subscription is shown in its step, with the condition", () => {
  const asked = '<iq type="set" id="s"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="/finesse/api/Team/9/Users" jid="a"/></pubsub></iq>';
  const refused = '<iq type="error" id="s"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>';
  const placed = placedOf([
    ["out", asked],
    ["in", refused],
  ]).at(-1);
  assert.ok(placed);
  assert.deepEqual([placed.place, placed.frame.kind, placed.frame.about], ["subscribe-team", "refused", "forbidden"]);
});

test("the list of nodes is how the teams are found, whoever asks for it", () => {
  const placed = placedOf([
    ["out", '<iq type="get" id="n"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>'],
    ["in", '<iq type="result" id="n"><query xmlns="http://jabber.org/protocol/disco#items"><item node="/finesse/api/Team/9/Users"/></query></iq>'],
    ["out", '<iq type="get" id="i"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>'],
  ]);
  assert.deepEqual(
    placed.map(({ place }) => place),
    ["subscribe-user", "subscribe-user", "live"],
  );
});

test("every kind of frame has a name, and subscriptions and presences one of their own", () => {
  for (const kind of FRAME_KINDS) for (const step of STEPS) assert.notEqual(frameName({ kind, step, direction: "in" }), "", `${kind} ${step}`);
  assert.equal(frameName({ kind: "subscribe-request", step: "subscribe-team", direction: "out" }), "PUBSUB request – team");
  assert.equal(frameName({ kind: "subscribe-response", step: "subscribe-other", direction: "in" }), "Response – subscribed");
  assert.equal(frameName({ kind: "presence-available", step: "presence", direction: "out" }), "Presence request");
});

// ------------------------------------------------------------------- the log

function logOf(frames: readonly (readonly [Direction, string])[], keep = 2000): FrameLog {
  const log = new FrameLog({ explainer: new Explainer(), keep, soon: (tell) => tell() });
  log.begin(SOCKET);
  for (const [direction, frame] of frames) log.add(direction, frame);
  return log;
}

test("progress: done, under way, not yet; and failed where it ended", () => {
  const log = logOf([]);
  const progress = () => {
    const reached = progressOf({ handshake: log.handshake, frames: log.steps, isComplete: false });
    return stepsOf(log.steps).map((step) => reached[step]);
  };
  assert.deepEqual(progress().slice(0, 3), ["running", "waiting", "waiting"]);
  log.opened({ protocol: "xmpp", extensions: "" });
  log.add("out", "<open/>");
  assert.deepEqual(progress().slice(0, 4), ["done", "done", "running", "waiting"]);
  log.add("out", `<auth ${SASL} mechanism="PLAIN">AGEAYg==</auth>`);
  log.closed({ code: 1006, reason: "" });
  assert.deepEqual(progress().slice(0, 5), ["done", "done", "done", "failed", "waiting"]);
  assert.ok(Object.values(progressOf({ handshake: log.handshake, frames: [], isComplete: true })).every((step) => step === "done"));
});

test("over HTTP requests: a POST in the place of GET and 101, and then as over a socket", () => {
  const log = new FrameLog({ explainer: new Explainer(), soon: (tell) => tell() });
  log.begin({ url: new URL("http://a.test/http-bind/"), origin: "http://a.test", transport: "bosh" });
  const progress = () => {
    const reached = progressOf({ handshake: log.handshake, frames: log.steps, isComplete: false });
    return stepsOf(log.steps, "bosh").map((step) => `${step} ${reached[step]}`);
  };
  assert.deepEqual(progress().slice(0, 3), ["post running", "open waiting", "auth waiting"]);
  log.opened({ protocol: "xmpp", extensions: "" });
  assert.deepEqual(progress().slice(0, 2), ["post running", "open waiting"], "nothing was asked yet");
  log.add("out", "<open/>");
  assert.deepEqual(progress().slice(0, 3), ["post done", "open running", "auth waiting"]);
  assert.deepEqual(progress().length, stepsOf(log.steps).length - 1);
  assert.deepEqual([log.explanation?.connections.length, log.explanation?.connections[0]?.transport], [1, "bosh"]);
});

test("over HTTP requests: the seed's conversation has no fault", () => {
  const log = new FrameLog({ explainer: new Explainer(), soon: () => {} });
  log.begin({ url: new URL("http://a.test/http-bind/"), origin: "http://a.test", transport: "bosh" });
  log.opened({ protocol: "xmpp", extensions: "" });
  for (const { direction, text } of conversationOf("login.txt")[0]?.frames ?? []) log.add(direction, text);
  log.closed({ code: 1000, reason: "" });
  assert.deepEqual(log.explanation?.faults, []);
});

test("progress: a refusal fails its step alone", () => {
  const log = logOf([
    ["out", `<auth ${SASL} mechanism="PLAIN">AGEAYg==</auth>`],
    ["in", `<failure ${SASL}><not-authorized/></failure>`],
  ]);
  assert.equal(progressOf({ handshake: log.handshake, frames: log.steps, isComplete: false }).auth, "failed");
});

test("the log keeps the newest, and counts what it gave up", () => {
  const log = logOf(
    Array.from({ length: 5000 }, (_, at) => ["in", `<message id="${at}"/>`] as const),
    1000,
  );
  assert.ok(log.live.length >= 1000 && log.live.length < 1100, String(log.live.length));
  assert.equal(log.live.length + log.dropped, 5000);
  assert.equal(log.live.at(-1)?.frame.text, '<message id="4999"/>');
});

test("a new connection starts its steps anew and keeps what came after the others", () => {
  const log = logOf([
    ["out", "<open/>"],
    ["in", "<message/>"],
  ]);
  log.begin(SOCKET);
  assert.deepEqual([log.steps.length, log.live.length], [0, 1]);
});

test("many frames, one word to the readers", () => {
  const waiting: (() => void)[] = [];
  const log = new FrameLog({ explainer: new Explainer(), soon: (tell) => waiting.push(tell) });
  let told = 0;
  log.listen(() => told++);
  log.begin(SOCKET);
  for (let at = 0; at < 100; at++) log.add("in", "<message/>");
  assert.equal(waiting.length, 1);
  waiting.pop()?.();
  assert.equal(told, 1);
  log.add("in", "<message/>");
  assert.equal(waiting.length, 1);
});

test("what comes before the explainer is there waits for it, with its time", async () => {
  let [arrive, clock]: [(explainer: Explainer) => void, number] = [() => {}, 1000];
  const explainer = new Promise<Explainer>((resolve) => (arrive = resolve));
  const log = new FrameLog({ explainer, soon: (tell) => tell(), now: () => clock });
  let told = 0;
  log.listen(() => told++);
  log.begin(SOCKET);
  log.opened({ protocol: "xmpp", extensions: "" });
  log.add("out", "<open/>");
  clock = 2000;
  log.add("in", "<message/>");
  assert.deepEqual([log.steps.length, log.live.length, log.explanation], [0, 0, null]);
  assert.equal(log.handshake?.openedAt, 1000);
  const before = told;
  arrive(new Explainer());
  await explainer;
  await Promise.resolve();
  assert.ok(told > before);
  assert.deepEqual(
    [...log.steps, ...log.live].map(({ frame }) => [frame.text, frame.at]),
    [
      ["<open/>", 1000],
      ["<message/>", 2000],
    ],
  );
  assert.equal(log.explanation?.connections[0]?.url, "ws://a.test/ws/");
});

test("an upgrade that is answered after the first frame is still that connection's", () => {
  const log = new FrameLog({ explainer: new Explainer(), soon: () => {} });
  log.begin(SOCKET);
  log.add("out", "<open/>");
  log.opened({ protocol: "xmpp", extensions: "" });
  assert.equal(log.explanation?.connections.length, 1);
  assert.equal(log.explanation?.connections[0]?.upgrade.find(({ name }) => name === "status")?.value, "101 Switching Protocols");
});

const SM = 'xmlns="urn:xmpp:sm:3"';

/** The frames of a connection, sorted, after the sign-in. */
function sortedFrames(frames: readonly (readonly [Direction, string])[]) {
  const log = new FrameLog({ explainer: new Explainer(), soon: () => {} });
  log.begin(SOCKET);
  for (const [direction, frame] of [["in", `<success ${SASL}/>`], ["out", "<open/>"], ["in", "<features/>"], ...frames] as const) log.add(direction, frame);
  return log;
}

test("XEP-0198 §5: a resumed connection has a resume in the place of bind and what follows", () => {
  const { steps, live } = sortedFrames([
    ["out", `<resume ${SM} h="4" previd="x"/>`],
    ["in", `<resumed ${SM} previd="x" h="7"/>`],
    ["in", `<r ${SM}/>`],
    ["out", `<a ${SM} h="4"/>`],
  ]);
  const shown = stepsOf(steps);
  assert.deepEqual(shown, ["get", "switch", "open", "auth", "resume"]);
  assert.deepEqual(
    steps.map((placed) => [stepOf(placed, shown), placed.frame.kind, placed.frame.about]),
    [
      ["auth", "auth-success", ""],
      ["resume", "open-request", ""],
      ["resume", "features", ""],
      ["resume", "resume-request", "h=4"],
      ["resume", "resume-response", "h=7"],
    ],
  );
  assert.deepEqual(
    live.map(({ frame }) => [frame.kind, frame.about]),
    [
      ["acknowledgement-request", ""],
      ["acknowledgement", "h=4"],
    ],
  );
});

test("XEP-0198 §5: where it is not resumed the bind follows, and the resume has failed", () => {
  const { steps, handshake } = sortedFrames([
    ["out", `<resume ${SM} h="4" previd="x"/>`],
    ["in", `<failed ${SM} h="7"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>`],
    ["out", '<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>'],
  ]);
  const shown = stepsOf(steps);
  assert.ok(shown.includes("bind") && shown.includes("resume") && shown.includes("subscribe-team"));
  assert.equal(stepOf(steps.at(-1) as Placed, shown), "bind");
  assert.equal(progressOf({ handshake, frames: steps, isComplete: true })["resume"], "failed");
});

test("a connection that resumes nothing has no such step", () => {
  assert.ok(!stepsOf(sortedFrames([["out", `<enable ${SM} resume="true"/>`]]).steps).includes("resume"));
});
