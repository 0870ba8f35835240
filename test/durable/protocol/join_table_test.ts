/** What a connection manager listens to, where the model does not go (docs/protocol.md: Resume). */

import assert from "node:assert/strict";
import { test } from "vitest";

import type { Item } from "../../../durable/contract.ts";
import { JoinTable } from "../../../durable/protocol/join_table.ts";

const address = "cc1.acme.test//finesse/api/SystemInfo";
const item = (seq: number): Item => ({ node: "/finesse/api/SystemInfo", id: String(seq), given: false, epoch: 1, seq, prev: seq - 1, head: "", tail: "" });

test("I1 a stream that was ahead of the manager it moves to does not get again what it had", () => {
  const table = new JoinTable({ heldItems: 10, rememberedIds: 4 });
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
  const table = new JoinTable({ heldItems: 10, rememberedIds: 4 });
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
