/** What a reader had, and what the bench makes of it. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { Ledger, together } from "../../../tools/bench/ledger.ts";

const CASES = [
  { what: "all of them, in order", had: [1, 2, 3, 4], audit: { deliveries: 4, lost: 0, repeated: 0, outOfOrder: 0 } },
  { what: "nothing at all", had: [], audit: { deliveries: 0, lost: 4, repeated: 0, outOfOrder: 0 } },
  { what: "one in the middle lost", had: [1, 3, 4], audit: { deliveries: 3, lost: 1, repeated: 0, outOfOrder: 0 } },
  { what: "the last ones lost", had: [1, 2], audit: { deliveries: 2, lost: 2, repeated: 0, outOfOrder: 0 } },
  { what: "the first lost", had: [2, 3, 4], audit: { deliveries: 3, lost: 1, repeated: 0, outOfOrder: 0 } },
  { what: "one repeated", had: [1, 2, 2, 3, 4], audit: { deliveries: 4, lost: 0, repeated: 1, outOfOrder: 0 } },
  { what: "two exchanged", had: [1, 3, 2, 4], audit: { deliveries: 4, lost: 0, repeated: 0, outOfOrder: 1 } },
  { what: "a late one repeated", had: [1, 3, 2, 2, 4], audit: { deliveries: 4, lost: 0, repeated: 1, outOfOrder: 1 } },
];

for (const { what, had, audit } of CASES) {
  test(`audit: ${what}`, () => {
    const ledger = new Ledger();
    for (const n of had) ledger.take(n);
    assert.deepEqual(ledger.audit(4), audit);
    assert.equal(ledger.has(4), audit.lost === 0);
  });
}

test("audits together", () => {
  const one = { deliveries: 1, lost: 2, repeated: 3, outOfOrder: 4 };
  assert.deepEqual(together([one, one]), { deliveries: 2, lost: 4, repeated: 6, outOfOrder: 8 });
  assert.deepEqual(together([]), { deliveries: 0, lost: 0, repeated: 0, outOfOrder: 0 });
});
