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
