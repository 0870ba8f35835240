/** Recordings that the page reads, completes, explains in slices and saves. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";

import { explain, type Explanation, masked, readHar, readPasted, type Recording, RecordingError, writeHar } from "../../../explain/mod.ts";
import { explainSlowly } from "../../../web/inspect/explain_slowly.ts";
import { lacksFrames, readAny, recordingOf, withPasted } from "../../../web/inspect/recordings.ts";
import { connectionOf, conversationOf, recordingOf as recorded } from "../../explain/support.ts";

const login = conversationOf("login.txt").at(0)?.frames ?? [];
const example = (name: string) => readFileSync(new URL(`../../../web/inspect/examples/${name}.har`, import.meta.url), "utf8");

/** What there is to compare of an explanation. */
const told = ({ frames, faults, steps, connections }: Explanation) => ({
  frames: frames.map(({ index, connection, kind, step, text, answers, latencyMs, faults: own }) => ({
    index,
    connection,
    kind,
    step,
    text,
    answers,
    latencyMs,
    own,
  })),
  faults,
  steps,
  connections: connections.map(({ url, startedAt, jid, upgrade }) => ({ url, startedAt, jid, upgrade: upgrade.map(({ value }) => value) })),
});

test("the examples: one with the fault that it names, one healthy", () => {
  assert.deepEqual(
    explain(readHar(example("wrong_password"))).faults.map(({ code }) => code),
    ["wrong-password"],
  );
  assert.deepEqual(explain(readHar(example("healthy"))).faults, []);
});

test("readAny(): HAR by its beginning or its name, anything else as frames", () => {
  assert.equal(readAny(`\ufeff ${example("healthy")}`).source, "har");
  assert.equal(readAny('→ <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="a.test"/>').source, "pasted");
  const problem = (text: string, isHar: boolean) => {
    try {
      readAny(text, isHar);
    } catch (fault) {
      return fault instanceof RecordingError ? fault.problem : String(fault);
    }
    return "read";
  };
  assert.deepEqual(
    [
      problem("<open/>", true),
      problem("{}", false),
      problem('{"log": {', false),
      problem("hello", false),
      problem(" ", true),
      problem('{"log":{"entries":[]}}', true),
    ],
    ["not-json", "not-har", "truncated", "no-frames-found", "empty", "no-connections"],
  );
});

test("explainSlowly(): the same as at once, in slices", async () => {
  const recording = recorded([connectionOf(login), connectionOf(login)]);
  let [clock, pauses] = [0, 0];
  const reads: number[] = [];
  const slow = await explainSlowly(recording, {
    now: () => (clock += 10),
    progress: (read) => reads.push(read),
    pause: async () => ++pauses > 0,
  });
  assert.ok(slow && pauses > 5);
  assert.deepEqual(told(slow), told(explain(recording)));
  assert.deepEqual(
    reads,
    reads.toSorted((one, other) => one - other),
  );
});

test("explainSlowly(): a saved file is judged as one that nothing follows", async () => {
  const recording = readHar(example("wrong_password"));
  const slow = await explainSlowly(recording, { progress: () => {}, pause: async () => true });
  assert.ok(slow);
  assert.deepEqual(told(slow), told(explain(recording)));
});

test("explainSlowly(): what is no longer wanted is given up", async () => {
  const recording = recorded([connectionOf(login)]);
  let pauses = 0;
  const slow = await explainSlowly(recording, { now: () => Math.random() * 1e6, progress: () => {}, pause: async () => ++pauses < 1 });
  assert.deepEqual([slow, pauses], [null, 1]);
});

/** Firefox's file of the healthy example: the upgrade, and no frames. */
function firefox(): Recording {
  const parsed = JSON.parse(example("healthy")) as { log: { creator: object; browser?: object; entries: Record<string, unknown>[] } };
  parsed.log.creator = { name: "Firefox", version: "140.0" };
  for (const entry of parsed.log.entries) delete entry["_webSocketMessages"];
  return readHar(JSON.stringify(parsed));
}

test("Firefox: frames that are pasted join the upgrade that the file has", () => {
  const file = firefox();
  assert.deepEqual([lacksFrames(file), file.notes], [true, ["firefox-no-frames"]]);
  const pasted = readPasted(login.map(({ direction, text }) => `${direction === "out" ? "→" : "←"} ${text}`).join("\n"));
  const whole = withPasted(file, pasted);
  assert.deepEqual([lacksFrames(whole), whole.notes], [false, ["no-times"]]);
  const { connections, frames } = explain(whole);
  assert.equal(connections.length, file.connections.length);
  assert.equal(frames.length, login.length);
  assert.equal(connections[0]?.upgrade.find(({ name }) => name === "status")?.value, "101 Switching Protocols");
});

test("withPasted(): where no connection lacks frames, the pasted ones stand alone", () => {
  const pasted = readPasted('→ <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="a.test"/>');
  assert.equal(withPasted(readHar(example("healthy")), pasted), pasted);
});

test("what was explained is a recording again, masked, with its upgrade and its end", () => {
  const explained = explain(readHar(example("wrong_password")));
  const har = writeHar(recordingOf(explained, null));
  const again = explain(readHar(har));
  assert.deepEqual(
    again.frames.map(({ direction, text }) => [direction, text]),
    explained.frames.map(({ direction, text }) => [direction, text]),
  );
  assert.equal(again.connections[0]?.url, explained.connections[0]?.url);
  assert.ok(!har.includes("ADcwMDEA") && har.includes(masked('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">x</auth>').slice(-15, -7)));
});
