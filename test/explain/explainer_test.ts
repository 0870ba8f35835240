/** Steps and upgrades as they stand, and the explainer while a connection is live. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { Explainer, type Explanation, explain, upgradeTable } from "../../explain/mod.ts";
import * as say from "./support.ts";
import { codesOf, connectionOf, framesOf, recordingOf, type Said, START, upgradeOf } from "./support.ts";

const stepsIn = ({ steps }: Explanation): string[] => steps.map(({ step, state, frames }) => `${step} ${state} ${frames}`);

describe("steps", () => {
  test("of a sign-in under way: what is done, and what is still to come", () => {
    const explanation = explain(recordingOf([connectionOf(framesOf([...say.OPENING, ["out", say.AUTH]]), { upgrade: upgradeOf() })]));
    assert.deepEqual(stepsIn(explanation), [
      "upgrade done 0",
      "open done 2",
      "features done 1",
      "auth expected 1",
      "restart expected 0",
      "bind expected 0",
      "presence expected 0",
    ]);
    assert.equal(explanation.verdict("en"), "Nothing is wrong so far. Next: Sign-in.");
  });

  test("of one that went wrong: refused where it was, and what did not come is not held against it", () => {
    const explanation = explain(recordingOf([connectionOf(framesOf([...say.OPENING, ["out", say.AUTH], ["in", say.failureOf("not-authorized")]]))]));
    assert.ok(stepsIn(explanation).includes("auth refused 2") && stepsIn(explanation).includes("bind expected 0"));
    assert.match(explanation.verdict("en"), /^Wrong user or password\. The server refused the sign-in of 7001 with PLAIN \(not-authorized\)\. /);
  });

  test("a refused subscription is told in the step of its node", () => {
    const said: readonly Said[] = [...say.SUBSCRIBED, ["out", say.subscribeOf("/finesse/api/Queue/9", { id: "q" })], ["in", say.errorOf("q", "forbidden")]];
    const steps = stepsIn(explain(recordingOf([connectionOf(framesOf(said))])));
    assert.ok(steps.includes("subscribe-team done 2") && steps.includes("subscribe-other refused 2"), steps.join());
  });

  test("a slow answer makes its own step late", () => {
    const said: readonly Said[] = [...say.OPENING, ["out", say.AUTH], ["in", say.SUCCESS, 4200], ...say.SUBSCRIBED.slice(5)];
    assert.ok(stepsIn(explain(recordingOf([connectionOf(framesOf(said))]))).includes("auth late 2"));
  });

  test("a whole that is well is said in one sentence", () => {
    const explanation = explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ["in", say.eventOf("a")]]))]));
    assert.equal(explanation.verdict("en"), "All is well: 7001@cc1.acme.test/desktop is signed in; subscriptions: 1; events: 1.");
    assert.equal(explain(recordingOf([])).verdict("en"), "There is nothing to explain yet.");
  });
});

test("answers know their question and how long it took; every frame has its rule", () => {
  const { frames } = explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ["out", say.pingOf("1")], ["in", say.resultOf("1"), 120]]))]));
  const pong = frames.at(-1);
  assert.deepEqual([pong?.kind, pong?.answers, pong?.latencyMs, pong?.rule?.name], ["pong", frames.length - 2, 120, "XEP-0199 §4"]);
  assert.deepEqual(
    frames.filter(({ rule }) => rule === null).map(({ kind }) => kind),
    [],
  );
});

test("the size is that of the frame on the wire, before masking", () => {
  const { frames } = explain(
    recordingOf([
      connectionOf(
        framesOf([
          ["out", say.AUTH],
          ["in", "<message><body>é</body></message>"],
        ]),
      ),
    ]),
  );
  assert.deepEqual(
    frames.map(({ bytes }) => bytes),
    [Buffer.byteLength(say.AUTH), 34],
  );
});

describe("upgradeTable()", () => {
  test("RFC 6455 §4, RFC 7395 §3.1: every field of the article, with what it is and what it should be", () => {
    const rows = upgradeTable(upgradeOf());
    assert.deepEqual(
      rows.map(({ part, name, value, ok }) => [part, name, value, ok]),
      [
        ["request", "method", "GET", true],
        ["request", "scheme", "wss", true],
        ["request", "host", "cc1.acme.test:8445", true],
        ["request", "file", "/ws/", true],
        ["request", "upgrade", "websocket", true],
        ["request", "connection", "keep-alive, Upgrade", true],
        ["request", "sec-websocket-version", "13", true],
        ["request", "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", true],
        ["request", "sec-websocket-protocol", "xmpp", true],
        ["request", "origin", "https://cc1.acme.test:8445", true],
        ["response", "status", "101 Switching Protocols", true],
        ["response", "upgrade", "websocket", true],
        ["response", "connection", "Upgrade", true],
        ["response", "sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", true],
        ["response", "sec-websocket-protocol", "xmpp", true],
      ],
    );
    for (const row of rows) assert.ok(row.says("en").endsWith(".") && row.says("de").endsWith(".") && row.says("en") !== row.says("de"));
  });

  test("what is wrong is marked, what is not known is neither right nor wrong", () => {
    const wrong = upgradeTable(upgradeOf({ url: "ws://a.test/ws/", status: 200, statusText: "OK", responseHeaders: [{ name: "Server", value: "nginx" }] }));
    assert.deepEqual(
      wrong.filter(({ ok }) => ok === false).map(({ part, name }) => `${part} ${name}`),
      ["request scheme", "response status", "response upgrade", "response connection", "response sec-websocket-accept", "response sec-websocket-protocol"],
    );
    const unknown = upgradeTable(say.failedUpgrade("net::ERR_FAILED"));
    assert.ok(unknown.filter(({ part }) => part === "response").every(({ value, ok }) => value === null && ok === null));
  });
});

describe("live", () => {
  test("what is awaited becomes a fault with time, and none any more when it comes", () => {
    const explainer = new Explainer();
    explainer.opened(upgradeOf());
    const frames = framesOf([...say.OPENING, ["out", say.AUTH], ["in", say.SUCCESS, 12_500]]);
    for (const frame of frames.slice(0, 4)) explainer.add(frame);
    const sent = frames[3]?.at ?? 0;
    explainer.tick(sent + 5000);
    assert.deepEqual(codesOf(explainer.explanation), []);
    explainer.tick(sent + 11_000);
    assert.deepEqual(codesOf(explainer.explanation), ["auth-unanswered"]);
    assert.deepEqual(explainer.explanation.frames[3]?.faults, ["auth-unanswered"]);
    explainer.add(frames[4] as (typeof frames)[number]);
    assert.deepEqual(codesOf(explainer.explanation), ["slow-step"]);
    assert.deepEqual(explainer.explanation.frames[3]?.faults, []);
  });

  test("an upgrade is opened, then answered: one connection", () => {
    const explainer = new Explainer();
    const asked = upgradeOf({ status: 0, answeredAt: null, responseHeaders: [] });
    explainer.opened(asked);
    assert.equal(explainer.explanation.steps[0]?.state, "expected");
    explainer.tick(START + 15_000);
    assert.deepEqual(codesOf(explainer.explanation), ["upgrade-unanswered"]);
    explainer.opened({ ...asked, status: 101, answeredAt: START + 16_000 });
    assert.deepEqual([explainer.explanation.connections.length, explainer.explanation.steps[0]?.state], [1, "done"]);
    explainer.opened(upgradeOf({ startedAt: START + 20_000 }));
    assert.equal(explainer.explanation.connections.length, 2);
  });

  test("a socket that never opened has failed", () => {
    const explainer = new Explainer();
    explainer.opened(upgradeOf({ status: 0, answeredAt: null, requestHeaders: [], responseHeaders: [] }));
    explainer.closed({ at: START, code: 1006, reason: "" });
    assert.deepEqual(codesOf(explainer.explanation), ["handshake-failed"]);
  });

  test("a thousand reconnects are bounded", () => {
    const explainer = new Explainer();
    for (let at = 0; at < 1200; at++) {
      explainer.opened(upgradeOf({ startedAt: START + at * 1000, answeredAt: START + at * 1000 }));
      for (const frame of framesOf([...say.PRESENT, ["out", say.CLOSE], ["in", say.CLOSE]], START + at * 1000)) explainer.add(frame);
    }
    const { connections, faults } = explainer.explanation;
    assert.deepEqual([connections.length, connections.at(-1)?.index, faults.length], [500, 1199, 0]);
  });
});
