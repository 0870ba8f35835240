/** The explainer keeps up: ten thousand frames in well under a second, and a frame costs the same however many came before. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { Explainer, explain } from "../../explain/mod.ts";
import * as say from "./support.ts";
import { connectionOf, framesOf, recordingOf, type Said } from "./support.ts";

const PAYLOAD =
  "&lt;Update&gt;&lt;data&gt;&lt;user&gt;&lt;dialogs&gt;/finesse/api/User/7001/Dialogs&lt;/dialogs&gt;&lt;extension&gt;7001&lt;/extension&gt;&lt;firstName&gt;Ada&lt;/firstName&gt;&lt;lastName&gt;Agent&lt;/lastName&gt;&lt;loginId&gt;7001&lt;/loginId&gt;&lt;state&gt;READY&lt;/state&gt;&lt;stateChangeTime&gt;2026-06-01T08:00:00.000Z&lt;/stateChangeTime&gt;&lt;teamId&gt;42&lt;/teamId&gt;&lt;/user&gt;&lt;/data&gt;&lt;event&gt;PUT&lt;/event&gt;&lt;requestId&gt;&lt;/requestId&gt;&lt;source&gt;/finesse/api/User/7001&lt;/source&gt;&lt;/Update&gt;";

const busy = (count: number): Said[] =>
  Array.from({ length: count / 4 }, (_, at): Said[] => [
    ["out", say.pingOf(`p${at}`)],
    ["in", say.resultOf(`p${at}`)],
    ["in", say.eventOf(PAYLOAD)],
    ["in", say.eventOf(PAYLOAD, { node: say.TEAM_NODE })],
  ]).flat();

function timed(does: () => void): number {
  const began = performance.now();
  does();
  return performance.now() - began;
}

test("ten thousand frames are explained in well under a second", () => {
  const recording = recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ...busy(10_000)]))]);
  explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ...busy(2000)]))]));
  const best = Math.min(...[1, 2, 3].map(() => timed(() => assert.deepEqual(explain(recording).faults, []))));
  assert.ok(best < 1000, `${best.toFixed(0)} ms`);
});

test("live, a frame costs the same after fifty thousand as in the beginning, and what is kept is bounded", () => {
  const explainer = new Explainer({ keep: 1000 });
  const frames = framesOf([...say.SUBSCRIBED, ...busy(50_000)]);
  const add = (from: number, to: number) =>
    timed(() => {
      for (const frame of frames.slice(from, to)) explainer.add(frame);
    });
  add(0, 5000);
  const early = add(5000, 10_000);
  add(10_000, 45_000);
  const late = add(45_000, 50_000);
  assert.ok(late < 4 * early + 50, `${early.toFixed(0)} ms, then ${late.toFixed(0)} ms`);
  const { frames: kept, dropped } = explainer.explanation;
  assert.ok(kept.length >= 1000 && kept.length <= 1100, String(kept.length));
  assert.equal(kept[0]?.index, dropped);
  assert.equal(kept.at(-1)?.index, dropped + kept.length - 1);
});

test("to ask what there is costs little, with ten thousand frames too", () => {
  const explainer = new Explainer();
  for (const frame of framesOf([...say.SUBSCRIBED, ...busy(10_000)])) explainer.add(frame);
  const once = timed(() => {
    for (let times = 0; times < 100; times++) assert.equal(explainer.explanation.faults.length, 0);
  });
  assert.ok(once / 100 < 5, `${(once / 100).toFixed(2)} ms`);
});
