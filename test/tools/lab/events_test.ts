/** The event stream of the lab: the same for the same seed, in bursts, about one a second, as Finesse writes it. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { eventsOf } from "../../../tools/lab/events.ts";
import { parseDocument } from "../../../xmpp/mod.ts";

const SEEDS = [1, 2, 3, 77, 4_294_967_295];

test("the same seed, the same events; another seed, others", () => {
  assert.deepEqual(eventsOf({ seed: 7, seconds: 30 }), eventsOf({ seed: 7, seconds: 30 }));
  assert.notDeepEqual(eventsOf({ seed: 7, seconds: 30 }), eventsOf({ seed: 8, seconds: 30 }));
});

test("a shorter run is the beginning of a longer one", () => {
  const short = eventsOf({ seed: 7, seconds: 10 });
  assert.deepEqual(eventsOf({ seed: 7, seconds: 60 }).slice(0, short.length), short);
});

test.each(SEEDS)("seed %d: about one a second, in order, in time, in bursts", (seed) => {
  const events = eventsOf({ seed, seconds: 60 });
  assert.ok(events.length >= 40 && events.length <= 100, String(events.length));
  const times = events.map(({ at }) => at);
  assert.ok(times.every((at) => at >= 0 && at < 60_000));
  const gaps = times.slice(1).map((at, before) => at - (times[before] ?? 0));
  // So far apart that each is an answer of its own to who waits for it.
  assert.ok(Math.min(...gaps) >= 120, String(Math.min(...gaps)));
  const isClose = (gap: number) => gap <= 320;
  assert.ok(gaps.filter(isClose).length > 10 && gaps.filter((gap) => gap >= 900).length > 10);
  assert.deepEqual(
    gaps.filter((gap) => !isClose(gap) && gap < 900),
    [],
  );
});

test("ids are unique, payloads are whole updates of some size, and of several sizes", () => {
  const events = eventsOf({ seed: 1, seconds: 60 });
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  for (const { payload } of events) {
    assert.equal(parseDocument(payload, { maxDepth: 32 }).element?.name, "Update");
    assert.match(payload, /<source>\/finesse\/api\/User\/100[1-4]<\/source>/);
    assert.ok(payload.length > 300 && payload.length < 800, payload);
  }
  assert.ok(new Set(events.map(({ payload }) => payload.length)).size > 5);
});
