/** Who is slow, and who was only sent much at once (docs/protocol.md: Dead peers). */
import { expect, test } from "vitest";
import { Patience } from "../../../durable/protocol/patience.ts";

const [WITHIN, BEYOND, FAR] = [
  { isBeyond: false, isFar: false },
  { isBeyond: true, isFar: false },
  { isBeyond: true, isFar: true },
];
const at = (now: number) => ({ now, moment: 3000 });

test("much at once is no slowness; to owe it for a moment is", () => {
  const patience = new Patience();
  expect([0, 0, 2999].map((now) => patience.isOver(BEYOND, at(now)))).toEqual([false, false, false]);
  expect(patience.isOver(BEYOND, at(3000))).toBe(true);
});

test("the moment begins anew with a sign of progress, and once no more is owed than may be", () => {
  const patience = new Patience();
  patience.isOver(BEYOND, at(0));
  patience.progressed();
  expect(patience.isOver(BEYOND, at(4000))).toBe(false);
  patience.isOver(WITHIN, at(5000));
  expect([60_000, 62_000].map((now) => patience.isOver(BEYOND, at(now)))).toEqual([false, false]);
});

test("what nothing explains is too much at once; where no time is given, so is all beyond", () => {
  expect(new Patience().isOver(FAR, at(0))).toBe(true);
  expect(new Patience().isOver(BEYOND, { now: 0, moment: 0 })).toBe(true);
  expect(new Patience().isOver(WITHIN, { now: 0, moment: 0 })).toBe(false);
});
