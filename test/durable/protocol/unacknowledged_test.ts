/** What a stream has not acknowledged (XEP-0198 §4, §5). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Item } from "../../../durable/contract.ts";
import { type Unacked, Unacknowledged } from "../../../durable/protocol/unacknowledged.ts";

const text = (n: number): Unacked => ({ kind: "text", text: `t${n}` });
const item = (seq: number): Item => ({ node: "/n", id: String(seq), given: false, epoch: 1, seq, prev: seq - 1, head: "<", tail: ">" });
const entry = (seq: number): Unacked => ({ kind: "item", address: "d//n", position: { epoch: 1, seq }, to: "a@d", item: item(seq) });
const FAR = 2 ** 32;

describe("Unacknowledged", () => {
  test("SM-06 SM-08 whatever is sent and acknowledged, what is owed is the rest, in order, over the wrap at 2^32", () => {
    const steps = fc.array(fc.oneof(fc.constant("send" as const), fc.nat({ max: 5 })), { maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.constantFrom(0, FAR - 3, FAR - 100), (all, begin) => {
        const unacked = new Unacknowledged(begin);
        const owed: number[] = [];
        let [sent, handled] = [0, 0];
        for (const step of all) {
          if (step === "send") {
            unacked.push(text(sent));
            owed.push(sent++);
          } else {
            const more = Math.min(step, owed.length);
            handled += more;
            owed.splice(0, more);
            expect(unacked.acknowledge((begin + handled) % FAR)).toBe(true);
          }
          expect(unacked.entries).toEqual(owed.map(text));
          expect(unacked.count).toBe(owed.length);
          expect(unacked.sent).toBe((begin + sent) % FAR);
          expect(unacked.length).toBe(owed.reduce((sum, n) => sum + `t${n}`.length, 0));
        }
      }),
    );
  });

  test("SM-13 more than was sent is refused and changes nothing; less than before changes nothing", () => {
    const unacked = new Unacknowledged(0);
    for (let n = 0; n < 4; n++) unacked.push(text(n));
    expect(unacked.acknowledge(2)).toBe(true);
    expect(unacked.acknowledge(5)).toBe(false);
    expect(unacked.acknowledge(0)).toBe(true);
    expect(unacked.entries).toEqual([text(2), text(3)]);
  });

  test("what was asked is not asked again", () => {
    const unacked = new Unacknowledged(FAR - 1);
    for (let n = 0; n < 3; n++) unacked.push(text(n));
    expect(unacked.unasked).toBe(3);
    unacked.asked();
    expect(unacked.unasked).toBe(0);
  });

  test("I6 what is owed of a node whose right is gone is blank, and counts", () => {
    const unacked = new Unacknowledged(0, [entry(1), text(1), entry(2)]);
    unacked.revoke("d//n");
    expect(unacked.entries.map(({ kind }) => kind)).toEqual(["blank", "text", "blank"]);
    expect(unacked.length).toBe(2);
  });

  test("items that a sleep forgot are named by where to begin asking, and put back", () => {
    const unacked = new Unacknowledged(3, [{ ...entry(4), item: undefined } as Unacked, text(1), { ...entry(5), item: undefined } as Unacked]);
    expect([...unacked.missing]).toEqual([["d//n", { epoch: 1, seq: 3 }]]);
    unacked.restore((_, { seq }) => (seq === 4 ? item(4) : undefined));
    expect([...unacked.missing]).toEqual([["d//n", { epoch: 1, seq: 4 }]]);
    unacked.restore((_, { seq }) => item(seq));
    expect(unacked.entries).toEqual([entry(4), text(1), entry(5)]);
  });
});

test("SM-15 what was sent at a return counts as owed only once it is what is left", () => {
  const of = new Unacknowledged();
  for (let n = 0; n < 5; n++) of.push({ kind: "text", text: "12345" });
  expect(of.owed).toEqual({ count: 5, length: 25 });
  of.sentAgain();
  expect(of.owed).toEqual({ count: 0, length: 0 });
  of.push({ kind: "text", text: "1" });
  of.push({ kind: "text", text: "1" });
  expect(of.owed).toEqual({ count: 2, length: 2 });
  of.acknowledge(5);
  expect(of.owed).toEqual({ count: 2, length: 2 });
  of.acknowledge(6);
  expect(of.owed).toEqual({ count: 1, length: 1 });
  of.push({ kind: "text", text: "123" });
  expect(of.owed).toEqual({ count: 2, length: 4 });
});
