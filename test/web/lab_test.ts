/** The page's lab: its events, its percentiles, and what it makes of Resource Timing. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { directAccess, TRANSPORTS } from "../../web/lab/access.ts";
import { type Entry, transportOf, withEntry } from "../../web/lab/estimates.ts";
import { eventsOf, percentile } from "../../web/lab/events.ts";
import { TRANSPORTS as HEADLESS } from "../../tools/lab/transports.ts";
import { parseDocument } from "../../xmpp/mod.ts";

test("the same seed, the same events; a shorter run is the beginning of a longer one", () => {
  const events = eventsOf({ seed: 7, seconds: 60 });
  assert.deepEqual(eventsOf({ seed: 7, seconds: 60 }), events);
  assert.notDeepEqual(eventsOf({ seed: 8, seconds: 60 }), events);
  const short = eventsOf({ seed: 7, seconds: 10 });
  assert.deepEqual(events.slice(0, short.length), short);
});

test.each([1, 2, 3, 4_294_967_295])("seed %d: about one a second, in order, each a whole update", (seed) => {
  const events = eventsOf({ seed, seconds: 60 });
  assert.ok(events.length >= 40 && events.length <= 100, String(events.length));
  for (const [at, event] of events.entries()) {
    assert.ok(event.at < 60_000 && event.at - (events[at - 1]?.at ?? -1000) >= 120, String(event.at));
    assert.equal(parseDocument(event.payload, { maxDepth: 32 }).element?.name, "Update");
  }
});

test("percentile(): nearest rank, null of none", () => {
  assert.deepEqual([percentile([3, 1, 2], 0.5), percentile([10, 9], 0.95), percentile([2, 100, 11], 1), percentile([], 0.5)], [2, 10, 100, null]);
});

test("the page has the transports of `npm run lab`, by the same names and in the same order", () => {
  assert.deepEqual(
    HEADLESS.map(({ name }) => name),
    [...TRANSPORTS],
  );
});

test("a directly reached server: HTTP/1.0's way is left out, and each address is marked", () => {
  Object.assign(globalThis, { location: { href: "https://desk.test/lab" } });
  try {
    const access = directAccess("desk.test", { token: "t", user: "u", password: "p" });
    assert.ok(!access.isExact && !access.transports.includes("http-1.0"));
    assert.equal(transportOf({ name: access.urlOf("sse", "/a") }), "sse");
    assert.equal(transportOf({ name: access.urlOf("short-1", "/a?since=1:2") }), "short-1");
    assert.equal(new URL(access.urlOf("short-1", "/a?since=1:2")).searchParams.get("since"), "1:2");
  } finally {
    Reflect.deleteProperty(globalThis, "location");
  }
});

test("withEntry(): a request; a connection where one was opened; empty where its status says so", () => {
  const entry: Entry = { name: "https://desk.test/a?lab=short-1", transferSize: 412, responseStatus: 200, connectStart: 5, connectEnd: 5 };
  const nothing = { connections: 0, requests: 0, emptyAnswers: 0, bytesUp: null, bytesDown: 0 };
  const once = withEntry(nothing, entry);
  assert.deepEqual(once, { connections: 0, requests: 1, emptyAnswers: 0, bytesUp: null, bytesDown: 412 });
  const again = withEntry(once, { ...entry, responseStatus: 304, transferSize: 300, connectEnd: 9 });
  assert.deepEqual(again, { connections: 1, requests: 2, emptyAnswers: 1, bytesUp: null, bytesDown: 712 });
  assert.equal(transportOf({ name: "https://desk.test/demo.json" }), null);
  assert.equal(transportOf({ name: "" }), null);
});
