/** The audit finds what it is there to find, and nothing else. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { auditNode, auditStreams } from "./audit.ts";
import { Diary, type Entry, Ledger } from "./ledger.ts";

const node = "/finesse/api/Queue/1";
const published = { node, pending: false };

/** Items 1 to 6 at 1:1 to 1:6, published at 10 to 60. */
function ledger(): Ledger {
  const book = new Ledger();
  for (let n = 1; n <= 6; n++) book.note({ ...published, n, requestedAt: n * 10, answeredAt: n * 10 + 1, position: { epoch: 1, seq: n } });
  return book;
}

const subscribed = (at: number): Entry => ({ is: "subscribed", at, node });
const bound = (at: number, endedBy: "network" | "server" = "network"): Entry => ({ is: "bound", at, endedBy });
const got = (n: number, of: { isRecount?: boolean; epoch?: number } = {}): Entry => ({
  is: "received",
  at: n * 10 + 2,
  node,
  n,
  position: { epoch: of.epoch ?? 1, seq: n },
  ...(of.isRecount && { isRecount: true }),
});
const gap = (after: number, before: number | null, at = 55): Entry => ({
  is: "gap",
  at,
  node,
  after: { epoch: 1, seq: after },
  before: before === null ? null : { epoch: 1, seq: before },
});

function diaryOf(...entries: Entry[]): Diary {
  const diary = new Diary();
  diary.entries.push(...entries);
  return diary;
}

const lostOf = (entries: Entry[], catchesUp: boolean) => auditNode(ledger(), diaryOf(...entries), { node, catchesUp }).lost.map(({ n }) => n);

const all = [1, 2, 3, 4, 5, 6].map((n) => got(n));
const LOST: readonly { readonly of: string; readonly entries: Entry[]; readonly stock: number[]; readonly own: number[] }[] = [
  { of: "everything came", entries: [subscribed(1), ...all], stock: [], own: [] },
  { of: "a hole", entries: [subscribed(1), got(1), got(3), got(4), got(5), got(6)], stock: [2], own: [2] },
  { of: "the end is missing", entries: [subscribed(1), got(1), got(2), got(3), got(4)], stock: [5, 6], own: [5, 6] },
  { of: "before the subscription nothing is due", entries: [subscribed(35), got(4), got(5), got(6)], stock: [], own: [] },
  {
    of: "what came after a stream's last is told by its end",
    entries: [subscribed(1), got(1), bound(45), subscribed(46), got(5), got(6)],
    stock: [],
    own: [2, 3, 4],
  },
  { of: "a hole in a stream that ended", entries: [subscribed(1), got(1), got(3), bound(45), subscribed(46), got(5), got(6)], stock: [2], own: [2, 4] },
  { of: "a told gap", entries: [subscribed(1), got(1), gap(1, 4), got(4), got(5), got(6)], stock: [], own: [] },
  { of: "a told gap whose bounds do not contain it", entries: [subscribed(1), got(1), gap(1, 3), got(4), got(5), got(6)], stock: [3], own: [3] },
  { of: "a told gap without an end reaches to what comes next", entries: [subscribed(1), got(1), gap(1, null), got(4), got(6)], stock: [5], own: [5] },
];

for (const { of, entries, stock, own } of LOST) {
  test(`lost: ${of}`, () => {
    assert.deepEqual(lostOf(entries, false), stock);
    assert.deepEqual(lostOf(entries, true), own);
  });
}

test("what is not answered, or answered pending, is not due", () => {
  const book = new Ledger();
  book.note({ ...published, n: 1, requestedAt: 10, answeredAt: 11, position: null });
  book.note({ ...published, n: 2, requestedAt: 20, answeredAt: 21, position: { epoch: 1, seq: 2 }, pending: true });
  const { due, lost, pendingLost } = auditNode(book, diaryOf(subscribed(1)), { node, catchesUp: true });
  assert.deepEqual({ due, lost, pendingLost }, { due: 0, lost: [], pendingLost: 1 });
});

test("repeated, recounted and out of order", () => {
  const diary = diaryOf(subscribed(1), got(1), got(3), got(2), got(3), got(4), got(4, { isRecount: true }), got(5), got(6));
  const { repeated, recounted, outOfOrder } = auditNode(ledger(), diary, { node, catchesUp: true });
  assert.deepEqual({ repeated, recounted, outOfOrder }, { repeated: [3], recounted: 1, outOfOrder: [2] });
});

test("a gap is false if nothing within its bounds is missing, and was not published unanswered", () => {
  const book = ledger();
  const falseGaps = () =>
    auditNode(book, diaryOf(subscribed(1), got(1), got(2), gap(2, 3), got(3), got(4), got(5), got(6)), { node, catchesUp: true }).falseGaps;
  assert.equal(falseGaps(), 1);
  book.note({ ...published, n: 7, requestedAt: 30, answeredAt: 50, position: null });
  assert.equal(falseGaps(), 0);
});

test("a false gap is put down to a kill only if one came after the last item before it; else to what the node was like", () => {
  const killed = (at: number): Entry => ({ is: "server-killed", at });
  const verdictOf = (...entries: Entry[]) => {
    const { returns, falseGaps, falseBy } = auditNode(ledger(), diaryOf(subscribed(1), ...entries), { node, catchesUp: true });
    return [returns, falseGaps, ...Object.entries(falseBy).flatMap(([cause, count]) => (count > 0 ? [`${count} ${cause}`] : []))];
  };
  const told = gap(6, null, 70);
  assert.deepEqual(verdictOf(...all, bound(63), told), [1, 1, "1 unkilled"]);
  assert.deepEqual(verdictOf(killed(54), ...all, bound(63), told), [1, 1, "1 unkilled"]);
  // Between the publish of the last item and its arrival.
  assert.deepEqual(verdictOf(...all, killed(61), bound(63), told), [1, 1, "1 busy"]);
  assert.deepEqual(verdictOf(...all, killed(20_000), bound(20_001), gap(6, null, 20_002)), [1, 1, "1 quiet"]);
  assert.deepEqual(verdictOf(...all, killed(64), bound(65), { ...told, after: { epoch: 2, seq: 0 } } as Entry), [1, 1, "1 empty"]);
});

test("streams: cuts count as short where the client came through within the window and a resume or its failure follows; an end for nothing is found", () => {
  const cut: Entry = { is: "cut", at: 40, windowMs: 6000 };
  const reached: Entry = { is: "reached", at: 45 };
  const late: Entry = { is: "reached", at: 5000 };
  const resumed: Entry = { is: "resumed", at: 41 };
  const failed: Entry = { is: "resume-failed", at: 42 };
  const killed: Entry = { is: "server-killed", at: 41 };
  const diary = diaryOf(
    bound(0),
    subscribed(1),
    ...all,
    ...[cut, reached, resumed, cut, killed, failed, cut, reached, failed],
    bound(65, "server"),
    subscribed(66),
    ...[cut, reached, failed],
    ...[cut, late, failed],
  );
  assert.deepEqual(auditStreams(ledger(), diary, [node]), {
    cuts: 5,
    shortCuts: 2,
    shortCutsResumed: 1,
    resumesTried: 5,
    resumed: 1,
    anew: 1,
    endedByServer: 1,
    endedForNothing: 1,
  });
});
