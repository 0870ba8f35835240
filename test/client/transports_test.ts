/** Which transport comes next, and what a tab remembers of it. */

import assert from "node:assert/strict";
import { test } from "vitest";

import type { Store } from "../../client/saved.ts";
import { recall, remember, Transports } from "../../client/transports.ts";

const auto = (more: { probeMs?: number; remembered?: { v: 1; url: string; probes: number } } = {}) => new Transports({ allowed: "auto", ...more });

test("two refused sockets, or one that is met by silence: then the other way", () => {
  const refused = auto();
  assert.equal(refused.next, "websocket");
  refused.unanswered("websocket", "refused");
  assert.equal(refused.next, "websocket");
  refused.unanswered("websocket", "refused");
  assert.equal(refused.next, "bosh");
  const silent = auto();
  silent.unanswered("websocket", "silent");
  assert.equal(silent.next, "bosh");
});

test("a socket that is answered in between takes nothing from the next ones", () => {
  const transports = auto();
  for (let n = 0; n < 5; n++) {
    transports.unanswered("websocket", "refused");
    transports.answered("websocket");
  }
  assert.equal(transports.next, "websocket");
});

test("nothing gets through: the socket is tried again, twice, before each further attempt of the other", () => {
  const transports = auto();
  const tried = Array.from({ length: 7 }, () => {
    const { next } = transports;
    transports.unanswered(next, "refused");
    return next;
  });
  assert.deepEqual(tried, ["websocket", "websocket", "bosh", "websocket", "websocket", "bosh", "websocket"]);
});

test("known to be blocked: one refused socket is enough", () => {
  const transports = auto({ remembered: { v: 1, url: "wss://a.test/ws/", probes: 0 } });
  assert.equal(transports.next, "bosh");
  transports.unanswered("bosh", "refused");
  assert.equal(transports.next, "websocket");
  transports.unanswered("websocket", "refused");
  assert.equal(transports.next, "bosh");
});

test("probes: more and more seldom, at most every half an hour; from the beginning once a socket was answered", () => {
  const transports = auto();
  assert.equal(transports.probeIn, null, "there is nothing to be looked for");
  transports.unanswered("websocket", "silent");
  transports.answered("bosh");
  const waits = Array.from({ length: 8 }, () => {
    const { probeIn } = transports;
    transports.probed(false);
    return probeIn;
  });
  assert.deepEqual(
    waits,
    [1, 2, 4, 8, 16, 30, 30, 30].map((minutes) => minutes * 60_000),
  );
  transports.probed(true);
  assert.equal(transports.next, "websocket");
  // The way that the probe found is closed again: no faster than before.
  transports.unanswered("websocket", "refused");
  transports.answered("bosh");
  assert.equal(transports.probeIn, 1_800_000);
  transports.probed(true);
  transports.answered("websocket");
  assert.equal(transports.blocked, null);
  transports.unanswered("websocket", "silent");
  transports.answered("bosh");
  assert.equal(transports.probeIn, 60_000);
});

test("one transport alone: nothing leads to the other, and nothing is probed or remembered", () => {
  for (const allowed of ["websocket", "bosh"] as const) {
    const transports = new Transports({ allowed, remembered: { v: 1, url: "wss://a.test/ws/", probes: 1 } });
    for (const transport of ["websocket", "bosh"] as const) {
      transports.unanswered(transport, "silent");
      assert.equal(transports.next, allowed);
      transports.answered(transport);
      assert.equal(transports.next, allowed);
    }
    assert.equal(transports.probeIn, null);
    assert.equal(transports.blocked, null);
  }
});

test("what a tab remembers is of one address; what is not readable is nothing", () => {
  const kept = new Map<string, string>();
  const store: Store = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
  const url = "wss://a.test/ws/";
  remember(store, "desk", { v: 1, url, probes: 3 });
  assert.deepEqual(recall(store, "desk", url), { v: 1, url, probes: 3 });
  assert.equal(recall(store, "desk", "wss://b.test/ws/"), undefined);
  assert.equal(recall(store, "other", url), undefined);
  assert.equal(recall(undefined, "desk", url), undefined);
  for (const wrong of ["", "{", "null", "17", '{"v":2}', `{"v":1,"url":"${url}","probes":"many"}`]) {
    kept.set("desk.transport", wrong);
    assert.equal(recall(store, "desk", url), undefined, wrong);
  }
  remember(store, "desk", null);
  assert.equal(kept.size, 0);
  const full: Store = {
    ...store,
    setItem: () => {
      throw new Error("full");
    },
  };
  remember(full, "desk", { v: 1, url, probes: 0 });
});
