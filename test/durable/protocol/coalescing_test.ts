/** Publishes that replace one another (docs/protocol.md: Coalescing). */

import assert from "node:assert/strict";
import { test } from "vitest";

import { Coalescing, type Waiting } from "../../../durable/protocol/coalescing.ts";

const MS = 1000;
const made = (rememberedIds = 4) => new Coalescing(rememberedIds);
const item = (id: string, payload = id, node = "/n"): Waiting => ({ node, id, given: true, payload });
const appended = (of: Coalescing, at: number, id = "first", node = "/n") => of.appended(node, { id, until: at + MS });

test("Coalescing: a node holds what is published within its interval, and no other node does", () => {
  const of = made();
  assert.equal(of.holds("/n", 0), false);
  appended(of, 0);
  assert.deepEqual([of.holds("/n", 0), of.holds("/n", 999), of.holds("/n", 1000), of.holds("/m", 0)], [true, true, false, false]);
});

test("Coalescing: the newest that waits is due at the end, once; while nothing waits there is nothing to wake for", () => {
  const of = made();
  appended(of, 0);
  assert.equal(of.next, undefined);
  assert.deepEqual([of.wait(item("a"), 2), of.wait(item("b"), 2), of.wait(item("c"), 2)], [1000, 1000, 1000]);
  assert.equal(of.next, 1000);
  assert.deepEqual(of.due(999), []);
  assert.deepEqual(of.due(1000), [item("c")]);
  assert.deepEqual(of.due(5000), []);
  assert.equal(of.next, undefined);
});

test("Coalescing: what comes after the end, but before the timer, waits with the rest", () => {
  const of = made();
  appended(of, 0);
  of.wait(item("a"), 2);
  assert.equal(of.holds("/n", 3000), true);
  of.wait(item("b"), 2);
  assert.deepEqual(of.due(3000), [item("b")]);
});

test("Coalescing: nodes are due in their order, each at its own time", () => {
  const of = made();
  appended(of, 300, "first", "/n");
  appended(of, 0, "first", "/m");
  of.wait(item("a", "a", "/n"), 2);
  of.wait(item("b", "b", "/m"), 2);
  assert.equal(of.next, 1000);
  assert.deepEqual(of.due(1000), [item("b", "b", "/m")]);
  assert.equal(of.next, 1300);
  of.wait(item("c", "c", "/m"), 3);
  assert.deepEqual(
    of.due(1400).map(({ id }) => id),
    ["c", "a"],
  );
});

test("Coalescing: a repeat of what waits or was replaced is known, by id, until a newer one of the id comes", () => {
  const of = made();
  const standing = (id: string) => of.standing("/n", { id, seq: 2 });
  appended(of, 0);
  of.wait(item("a", "one"), 2);
  assert.deepEqual(standing("a"), { payload: "one", seq: 2 });
  of.wait(item("b"), 2);
  assert.deepEqual([standing("a"), standing("b"), standing("c")], [{ payload: "one", seq: 2 }, { payload: "b", seq: 2 }, undefined]);
  of.due(1000);
  appended(of, 1000, "b");
  assert.deepEqual([standing("a"), standing("b")], [{ payload: "one", seq: 2 }, undefined]);
  of.wait(item("a", "two"), 3);
  assert.deepEqual(of.standing("/n", { id: "a", seq: 3 }), { payload: "two", seq: 3 });
  of.due(2000);
  appended(of, 2000, "a");
  assert.equal(of.standing("/n", { id: "a", seq: 4 }), undefined);
});

test("Coalescing: an id that was not chosen cannot be repeated, and is not remembered", () => {
  const of = made();
  appended(of, 0);
  of.wait({ ...item("x-2"), given: false }, 2);
  assert.equal(of.standing("/n", { id: "x-2", seq: 2 }), undefined);
  of.wait(item("b"), 2);
  assert.equal(of.standing("/n", { id: "x-2", seq: 2 }), undefined);
});

test("Coalescing: so many ids are remembered, the newest", () => {
  const of = made(2);
  appended(of, 0);
  for (const id of ["a", "b", "c", "d"]) of.wait(item(id), 2);
  assert.deepEqual(
    ["a", "b", "c", "d"].filter((id) => of.standing("/n", { id, seq: 2 })),
    ["b", "c", "d"],
  );
});
