/** Who went, and when back ends are told (docs/protocol.md: Sign-out). */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { Attendance, type AttendanceRows, type Audience, type CAUSES } from "../../../durable/protocol/attendance.ts";
import { pauseAfter } from "../../../durable/protocol/retries.ts";
import type { BoundStream } from "../../../durable/protocol/session_state.ts";

const GRACE = 60_000;
const BOTH: readonly Audience[] = ["node", "webhook"];

const stream = (resource: string, { generation = 1, available = true } = {}): BoundStream => ({
  stream: `stream-${resource}`,
  resource,
  generation,
  ref: { manager: "local/0", incarnation: 1 },
  available,
  priority: 0,
});
const [desk, phone] = [stream("desk"), stream("phone", { generation: 2 })];
const watched = (streams: readonly BoundStream[] = [], rows: AttendanceRows = {}, audiences = BOTH) =>
  new Attendance({ graceMs: GRACE, audiences }, streams, rows);
const how = (cause: (typeof CAUSES)[keyof typeof CAUSES] | "unavailable", now: number) => ({ user: "Ada", cause, now });

describe("changed()", () => {
  test("the last available stream that ends begins the grace, with its resource and cause", () => {
    const ada = watched([desk, phone]);
    ada.changed([phone], how("close", 10));
    assert.equal(ada.due, undefined, "one resource is left");
    ada.changed([], how("socket-lost", 20));
    assert.deepEqual(ada.rows, { departure: { user: "Ada", resource: "phone", cause: "socket-lost", since: 20, until: 20 + GRACE } });
  });

  test("a stream that becomes unavailable counts as gone, and its end changes nothing more", () => {
    const ada = watched([desk]);
    ada.changed([stream("desk", { available: false })], how("unavailable", 10));
    ada.changed([], how("close", 5000));
    assert.deepEqual(ada.rows.departure, { user: "Ada", resource: "desk", cause: "unavailable", since: 10, until: 10 + GRACE });
  });

  test("of several that go at once the one that came last is named", () => {
    const ada = watched([phone, desk]);
    ada.changed([], how("revoked", 10));
    assert.equal(ada.rows.departure?.resource, "phone");
  });

  for (const back of [desk, stream("another", { generation: 9 })]) {
    test(`whoever is available again by ${back.resource} never went`, () => {
      const ada = watched([desk]);
      ada.changed([], how("close", 10));
      ada.changed([back], how("error", 10 + GRACE - 1));
      assert.deepEqual(ada.rows, {});
      assert.equal(ada.begin(10 + GRACE, "id"), false);
    });
  }

  test("a stream that comes and is not available changes nothing", () => {
    const ada = watched([desk]);
    ada.changed([], how("close", 10));
    ada.changed([stream("silent", { available: false })], how("error", 20));
    assert.equal(ada.due, 10 + GRACE);
  });

  test("a second departure has a grace of its own", () => {
    const ada = watched([desk]);
    ada.changed([], how("close", 10));
    ada.changed([desk], how("error", 20));
    ada.changed([], how("ping-timeout", 30));
    assert.deepEqual(ada.rows.departure, { user: "Ada", resource: "desk", cause: "ping-timeout", since: 30, until: 30 + GRACE });
  });

  test("where nobody wants to know, nobody is watched", () => {
    const ada = watched([desk], {}, []);
    ada.changed([], how("close", 10));
    assert.deepEqual(ada.rows, {});
    assert.equal(ada.due, undefined);
  });
});

describe("begin(), told()", () => {
  const gone = () => {
    const ada = watched([desk]);
    ada.changed([], how("close", 0));
    return ada;
  };

  test("not before the grace is over, and once", () => {
    const ada = gone();
    assert.equal(ada.begin(GRACE - 1, "early"), false);
    assert.equal(ada.begin(GRACE, "due"), true);
    assert.equal(ada.begin(GRACE, "again"), false);
    assert.deepEqual(
      ada.notices.map(({ id, to }) => ({ id, to })),
      [{ id: "due", to: BOTH }],
    );
    assert.equal(ada.due, undefined);
  });

  test("from then on it is told, whoever comes, until each has it", () => {
    const ada = gone();
    ada.begin(GRACE, "due");
    ada.changed([desk], how("error", GRACE + 1));
    assert.equal(ada.notices.length, 1);
    ada.told("due", "webhook");
    assert.deepEqual(ada.notices[0]?.to, ["node"]);
    ada.told("other", "node");
    assert.equal(ada.notices.length, 1);
    ada.told("due", "node");
    assert.deepEqual(ada.rows, {});
  });

  test("a sleep changes nothing: neither in the grace, nor between two audiences", () => {
    const asleep = watched([], gone().rows);
    assert.equal(asleep.due, GRACE);
    asleep.begin(GRACE, "due");
    asleep.told("due", "node");
    const again = watched([], JSON.parse(JSON.stringify(asleep.rows)) as AttendanceRows);
    assert.deepEqual(again.notices, [{ user: "Ada", resource: "desk", cause: "close", since: 0, until: GRACE, id: "due", to: ["webhook"] }]);
  });

  test("an audience that the settings name no more is told nothing", () => {
    const ada = gone();
    ada.begin(GRACE, "due");
    assert.deepEqual(watched([], ada.rows, ["node"]).notices[0]?.to, ["node"]);
    assert.deepEqual(watched([], ada.rows, []).rows, {});
    assert.deepEqual(watched([], gone().rows, []).rows, {});
  });

  test("I8 notices that nobody takes are bounded, the newest stay", () => {
    const ada = watched();
    for (let n = 0; n < 40; n++) {
      ada.changed([desk], how("error", n * GRACE * 2));
      ada.changed([], how("close", n * GRACE * 2));
      assert.ok(ada.begin((n * 2 + 1) * GRACE, `n${n}`));
    }
    assert.deepEqual(
      ada.notices.map(({ id }) => id),
      Array.from({ length: 16 }, (_, n) => `n${24 + n}`),
    );
  });
});

test("pauseAfter(): longer each time, then the last again; up to a fifth longer by chance", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 99].map((attempts) => pauseAfter(attempts, 5000, 0) / 1000);
  assert.deepEqual(pauses, [5, 30, 120, 600, 3600, 14_400, 43_200, 43_200, 43_200]);
  assert.equal(pauseAfter(1, 5000, 1), 6000);
});
