/** The log of a node as its rows bring it back. */

import assert from "node:assert/strict";
import { test } from "vitest";

import type { Item } from "../../../durable/contract.ts";
import { NodeLog } from "../../../durable/protocol/node_log.ts";

const items = (...seqs: number[]): Item[] =>
  seqs.map((seq) => ({ node: "/n", id: String(seq), given: false, epoch: 1, seq, prev: seq - 1, head: "", tail: "" }));
const sequencesOf = (log: NodeLog) => log.items.map(({ seq }) => seq);

for (const { of, stored, length, holds } of [
  { of: "a ring that is full", stored: [5, 6, 7], length: 3, holds: [5, 6, 7] },
  { of: "rows of a longer ring", stored: [4, 5, 6, 7], length: 3, holds: [5, 6, 7] },
  { of: "rows of a ring that had another length, partly written over", stored: [1, 2, 4, 6, 7], length: 5, holds: [6, 7] },
  { of: "no rows", stored: [], length: 3, holds: [] },
]) {
  test(`NodeLog: ${of}`, () => {
    const log = new NodeLog({ epoch: 1, length, items: items(...stored) });
    assert.deepEqual(sequencesOf(log), holds);
    assert.equal(log.position.seq, stored.at(-1) ?? 0);
    if (holds.length > 0) assert.deepEqual(log.since({ epoch: 1, seq: (holds[0] ?? 0) - 2 }, false), { reset: true }, "a gap is told");
  });
}
