/** The schedule of a run is a pure function of its seed, and holds what was asked for. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { type Act, afterwards, scheduleOf, SHORT_WINDOW } from "./schedule.ts";

const nodes = [
  { name: "/u", family: "user", log: "memory", listeners: 1 },
  { name: "/t", family: "team", log: "memory", listeners: 5 },
  { name: "/q", family: "queue", log: "memory", listeners: 10 },
  { name: "/s", family: "system", log: "stored", listeners: 10 },
] as const;
const wanted = { seed: 7, deliveries: 5000, cuts: 80, nodes, readers: 10 };
const of = (acts: readonly Act[], act: Act["act"]) => acts.filter((each) => each.act === act);

test("the same seed tells the same story, another one another", () => {
  assert.deepEqual(scheduleOf(wanted), scheduleOf(wanted));
  assert.notDeepEqual(scheduleOf(wanted), scheduleOf({ ...wanted, seed: 8 }));
});

test("all cuts, stalls, delays, kills and quiet phases that were asked for; enough is published", () => {
  const acts = scheduleOf(wanted);
  assert.deepEqual(
    (["cut", "stall", "delay", "kill", "quiet"] as const).map((act) => of(acts, act).length),
    [80, 40, 20, 2, 2],
  );
  const deliveries = acts.reduce((sum, act) => sum + (act.act === "publish" ? act.node.listeners : 0), 0);
  assert.ok(deliveries >= wanted.deliveries && deliveries < wanted.deliveries + 10, String(deliveries));
});

test("what is published behind the acts follows from the seed, too, and has no end", () => {
  const first = (seed: number) => {
    const publishes = afterwards({ seed, nodes });
    return Array.from({ length: 2000 }, () => publishes.next().value.name);
  };
  assert.deepEqual(first(7), first(7));
  assert.notDeepEqual(first(7), first(8));
  assert.deepEqual(new Set(first(7)), new Set(nodes.map(({ name }) => name)));
});

test("cuts longer than the window happen only while it is short", () => {
  let window = SHORT_WINDOW;
  for (const act of scheduleOf({ ...wanted, cuts: 400 })) {
    if (act.act === "kill") window = act.resumeSeconds;
    if (act.act !== "cut") continue;
    assert.ok(act.isLong ? window === SHORT_WINDOW && act.outageMs > 1000 * window : act.outageMs + act.noticeMs < 1000 * window);
  }
});
