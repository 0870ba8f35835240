/** Frames into steps: the conversation of the article, frame by frame, and what can go wrong in it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";

import { progressOf, stepOf, stepsOf } from "../../web/desk/progress.ts";
import type { Direction, Place } from "../../web/wire/frame.ts";
import { FrameLog } from "../../web/wire/frame_log.ts";
import { Sorter } from "../../web/wire/steps.ts";

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

test("RFC 7395 §3: each frame of the sign-in goes under the heading of the article", () => {
  const sorter = new Sorter();
  const frames = conversation().filter(({ heading }) => heading in HEADINGS);
  assert.ok(frames.length > 20);
  for (const { heading, direction, frame } of frames) assert.equal(sorter.sort(frame, direction).place, HEADINGS[heading], frame);
});

test("each frame has a name of its own kind", () => {
  const sorter = new Sorter();
  const names = conversation().map(({ direction, frame }) => sorter.sort(frame, direction).name);
  assert.deepEqual(names, [
    ...["open-request", "open-response", "features", "auth-request", "auth-success"],
    ...["open-request", "open-response", "features", "bind-request", "bind-response", "session-request", "session-response"],
    ...["presence-request", "presence-response"],
    ...["subscribe-user-request", "subscribe-user-response", "subscribe-team-request", "subscribe-team-response"],
    ...["event", "event", "ping", "pong", "presence", "close"],
  ]);
});

const others: readonly { readonly frame: string; readonly gives: readonly [place: string, name: string, about: string] }[] = [
  { frame: '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>', gives: ["auth", "auth-failure", "not-authorized"] },
  {
    frame: '<stream:error xmlns:stream="http://etherx.jabber.org/streams"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>',
    gives: ["end", "stream-error", "conflict"],
  },
  { frame: '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />', gives: ["end", "close", ""] },
  { frame: '<presence from="finesse@a.test/service" type="unavailable" to="b"/>', gives: ["live", "presence", "finesse unavailable"] },
  { frame: '<iq type="result" id="never asked"/>', gives: ["live", "other", ""] },
  { frame: '<iq type="get" id="x"><query xmlns="jabber:iq:roster"/></iq>', gives: ["live", "other", ""] },
  { frame: "<message><body>hello</body></message>", gives: ["live", "other", ""] },
  { frame: "not xml", gives: ["live", "other", ""] },
  {
    frame:
      '<message><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="/finesse/api/User/7001"><item><notification>&lt;state&gt;READY&lt;/state&gt;</notification></item></items></event></message>',
    gives: ["live", "event", "User/7001 · READY"],
  },
];

for (const { frame, gives } of others) {
  test(`sort(): ${frame.slice(0, 60)}`, () => {
    const { place, name, about } = new Sorter().sort(frame, "in");
    assert.deepEqual([place, name, about], gives);
  });
}

test("a refused subscription is shown in its step, with the condition", () => {
  const sorter = new Sorter();
  sorter.sort('<iq type="set" id="s"><pubsub><subscribe node="/finesse/api/Team/9/Users" jid="a"/></pubsub></iq>', "out");
  const refused = '<iq type="error" id="s"><pubsub><subscribe/></pubsub><error type="auth"><forbidden xmlns="x"/></error></iq>';
  assert.deepEqual(sorter.sort(refused, "in"), { place: "subscribe-team", name: "refused", about: "forbidden" });
});

// ------------------------------------------------------------------- the log

function logOf(frames: readonly (readonly [Direction, string])[], keep = 2000): FrameLog {
  const log = new FrameLog({ keep, soon: (tell) => tell() });
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
  log.add("out", '<auth mechanism="PLAIN">AGEAYg==</auth>');
  log.closed({ code: 1006, reason: "" });
  assert.deepEqual(progress().slice(0, 5), ["done", "done", "done", "failed", "waiting"]);
  assert.ok(Object.values(progressOf({ handshake: log.handshake, frames: [], isComplete: true })).every((step) => step === "done"));
});

test("over HTTP requests: a POST in the place of GET and 101, and then as over a socket", () => {
  const log = new FrameLog({ soon: (tell) => tell() });
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
});

test("progress: a refusal fails its step alone", () => {
  const log = logOf([
    ["out", '<auth mechanism="PLAIN">AGEAYg==</auth>'],
    ["in", "<failure><not-authorized/></failure>"],
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
  assert.equal(log.live.at(-1)?.text, '<message id="4999"/>');
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
  const log = new FrameLog({ soon: (tell) => waiting.push(tell) });
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

const SM = 'xmlns="urn:xmpp:sm:3"';

/** The frames of a connection, sorted, after the sign-in. */
function sortedFrames(frames: readonly (readonly [Direction, string])[]) {
  const log = new FrameLog({ soon: () => {} });
  log.begin(SOCKET);
  for (const [direction, frame] of [["in", "<success/>"], ["out", "<open/>"], ["in", "<features/>"], ...frames] as const) log.add(direction, frame);
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
    steps.map((frame) => [stepOf(frame, shown), frame.name, frame.about]),
    [
      ["auth", "auth-success", ""],
      ["resume", "open-request", ""],
      ["resume", "features", ""],
      ["resume", "resume-request", "resume h=4"],
      ["resume", "resume-response", "resumed h=7"],
    ],
  );
  assert.deepEqual(
    live.map(({ name, about }) => [name, about]),
    [
      ["acknowledgement", "r"],
      ["acknowledgement", "a h=4"],
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
  assert.equal(stepOf(steps.at(-1) as (typeof steps)[number], shown), "bind");
  assert.equal(progressOf({ handshake, frames: steps, isComplete: true })["resume"], "failed");
});

test("a connection that resumes nothing has no such step", () => {
  assert.ok(!stepsOf(sortedFrames([["out", `<enable ${SM} resume="true"/>`]]).steps).includes("resume"));
});
