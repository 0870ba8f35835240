/** What a connection manager listens to, where the model does not go (docs/protocol.md: Resume). */

import assert from "node:assert/strict";
import { test } from "vitest";

import type { Item } from "../../../durable/contract.ts";
import { JoinTable } from "../../../durable/protocol/join_table.ts";

const address = "cc1.acme.test//finesse/api/SystemInfo";
const BOUNDS = { heldItems: 10, rememberedIds: 4, leftNodes: 2 };
const item = (seq: number): Item => ({ node: "/finesse/api/SystemInfo", id: String(seq), given: false, epoch: 1, seq, prev: seq - 1, head: "", tail: "" });

test("I1 a stream that was ahead of the manager it moves to does not get again what it had", () => {
  const table = new JoinTable(BOUNDS);
  table.restore(address, 1, { stream: "stays", to: "a@b", epoch: 1, seq: 10, rights: 1 });
  assert.equal(table.want(address, "comes", "c@d", 1), "live");
  table.placed(address, "comes", { epoch: 1, seq: 12 });
  const got: Record<string, number[]> = { stays: [], comes: [] };
  for (const seq of [11, 12, 13]) {
    assert.equal(table.judge(address, item(seq)), "send");
    for (const listener of table.entries.get(address)?.listeners.values() ?? [])
      if (table.take(listener, item(seq), undefined)) got[listener.stream]?.push(seq);
  }
  assert.deepEqual(got, { stays: [11, 12, 13], comes: [13] });
  // Who was behind stays where it is.
  table.placed(address, "comes", { epoch: 1, seq: 5 });
  assert.equal(table.entries.get(address)?.listeners.get("comes")?.seq, 13);
});

/** A node of a manager whose only stream joined at 1:0. */
function joined(): JoinTable {
  const table = new JoinTable(BOUNDS);
  assert.equal(table.want(address, "stays", "a@b", 1), "join");
  table.joining(address, 1);
  table.joined(address, { epoch: 1, seq: 0 }, null);
  return table;
}
const at = (epoch: number, seq: number) => ({ epoch, seq });

test("I3 what followed a position in its epoch: nothing after the last item of an epoch, and of the next one it is known which", () => {
  const table = joined();
  assert.equal(table.epochAfter(address, at(1, 0)), "any");
  for (const seq of [1, 2]) assert.equal(table.judge(address, item(seq)), "send");
  assert.equal(table.epochAfter(address, at(1, 1)), undefined, "an item came after it");
  assert.equal(table.epochAfter(address, at(1, 2)), "any");
  assert.equal(table.epochAfter(address, at(3, 0)), "any", "an epoch of which nothing came here begins where the last one ended");
  assert.equal(table.epochAfter(address, at(3, 1)), undefined, "of that nobody here can tell");
  assert.equal(table.judge(address, { ...item(1), epoch: 5 }), "send");
  assert.equal(table.epochAfter(address, at(1, 2)), 5);
  assert.equal(table.epochAfter(address, at(3, 0)), 5);
  assert.equal(table.epochAfter(address, at(1, 1)), undefined);
  assert.equal(table.judge(address, { ...item(1), epoch: 6 }), "send");
  assert.equal(table.epochAfter(address, at(1, 2)), undefined, "an epoch lies between");
  assert.equal(table.epochAfter(address, at(5, 1)), 6);
  assert.equal(table.epochAfter("cc1.acme.test//finesse/api/Queue/1", at(5, 1)), undefined, "nobody here listens to it");
});

test("I3 what a sleep left behind, and what a lost item did, is not known to be the last of its epoch", () => {
  const table = joined();
  table.restore(address, 2, { stream: "slept", to: "c@d", epoch: 1, seq: 0, rights: 1 });
  assert.equal(table.epochAfter(address, at(1, 0)), undefined);
  assert.equal(table.judge(address, { ...item(1), epoch: 2 }), "send");
  assert.equal(table.epochAfter(address, at(1, 0)), undefined);
  assert.equal(table.epochAfter(address, at(2, 1)), "any");
  assert.equal(table.judge(address, { ...item(3), epoch: 2 }), "gap");
  assert.equal(table.epochAfter(address, at(2, 1)), undefined, "while items are missing");
  table.unreachable(address, at(2, 3));
  table.filled(address, []);
  assert.equal(table.epochAfter(address, at(2, 3)), undefined);
});

/** What a stream gets of the items 11 to 13, by a manager that stands at 10. */
function gets(table: JoinTable, stream: string): number[] {
  const got: number[] = [];
  for (const seq of [11, 12, 13]) {
    table.judge(address, item(seq));
    const listener = table.entries.get(address)?.listeners.get(stream);
    if (listener && table.take(listener, item(seq), undefined)) got.push(seq);
  }
  return got;
}

function standingAt10(): JoinTable {
  const table = new JoinTable(BOUNDS);
  table.restore(address, 1, { stream: "stays", to: "a@b", epoch: 1, seq: 10, rights: 1 });
  return table;
}

test("I1 a stream that was ahead, has left the node and comes back to it, does not get again what it had, also after a sleep", () => {
  const awake = standingAt10();
  awake.want(address, "comes", "c@d", 1);
  awake.placed(address, "comes", { epoch: 1, seq: 12 });
  awake.leave(address, "comes");
  const woken = standingAt10();
  for (const [left, position] of awake.leftBy("comes")) woken.noteLeft(left, "comes", position);
  for (const table of [awake, woken]) {
    assert.equal(table.want(address, "comes", "c@d", 1), "live");
    assert.deepEqual(gets(table, "comes"), [13]);
  }
});

test("I1 it does not either where the node is joined by somebody else, or where it subscribes itself, at a position of before", () => {
  const joined = new JoinTable(BOUNDS);
  joined.noteLeft(address, "comes", { epoch: 1, seq: 12 });
  joined.want(address, "other", "a@b", 1);
  joined.joining(address, 1);
  assert.equal(joined.want(address, "comes", "c@d", 1), "wait");
  joined.joined(address, { epoch: 1, seq: 10 }, null, 1);
  assert.deepEqual(gets(joined, "comes"), [13]);

  const subscribed = standingAt10();
  subscribed.noteLeft(address, "comes", { epoch: 1, seq: 12 });
  subscribed.pend(address, "comes");
  subscribed.judge(address, item(11));
  assert.deepEqual(subscribed.granted(address, "comes", "c@d", { epoch: 1, seq: 10 }, 1), []);
  assert.deepEqual(gets(subscribed, "comes"), [13]);
});

test("I8 of so many nodes that a stream has left it is remembered how far it had them, of the last ones", () => {
  const table = new JoinTable(BOUNDS);
  for (const node of ["d//1", "d//2", "d//3", "d//2"]) table.noteLeft(node, "one", { epoch: 1, seq: 1 });
  assert.deepEqual([...table.leftBy("one").keys()], ["d//3", "d//2"]);
  table.noteLeft("d//2", "one", { epoch: 1, seq: 0 });
  assert.deepEqual(table.hadOf("one", "d//2"), { epoch: 1, seq: 1 });
  table.forget("one");
  assert.equal(table.leftBy("one").size, 0);
});
