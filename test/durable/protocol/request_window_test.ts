/** The order of a BOSH client's requests (XEP-0124 §14). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestWindow } from "../../../durable/protocol/request_window.ts";

test("B-04 B-10 in whatever order the requests within the window come, they are taken in theirs, once", () => {
  const orders = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(orders, fc.constantFrom(1, 2 ** 53 - 200), (swaps, first) => {
      const window = new RequestWindow<number>(first, 2);
      const taken: number[] = [];
      const take = (rid: number) => {
        const turn = window.turnOf(rid);
        if (turn === "early") return void window.keep(rid, rid);
        expect(turn).toBe("now");
        for (let next: number | undefined = rid; next !== undefined; next = window.takeNext()) {
          taken.push(next);
          window.advance();
          window.answered(next, String(next));
        }
      };
      let rid = first;
      for (const isSwapped of swaps) {
        for (const each of isSwapped ? [rid + 1, rid] : [rid, rid + 1]) take(each);
        rid += 2;
      }
      expect(taken).toEqual(Array.from({ length: 2 * swaps.length }, (_, at) => first + at));
      expect(window.last).toBe(rid - 1);
    }),
  );
});

test("B-11 the last answers are given again, older ones are lost, and too far ahead is beyond", () => {
  const window = new RequestWindow<string>(10, 2);
  for (const rid of [10, 11, 12]) {
    window.advance();
    window.answered(rid, `body ${rid}`);
  }
  expect([10, 11, 12, 13, 14, 15].map((rid) => window.turnOf(rid))).toEqual(["beyond", "repeat", "repeat", "now", "early", "beyond"]);
  expect(window.answerTo(12)).toBe("body 12");
  window.advance();
  expect(window.turnOf(13)).toBe("held");
  expect(window.keep(15, "first")).toBeUndefined();
  expect(window.keep(15, "second")).toBe("first");
  expect(window.takeAll()).toEqual(["second"]);
});
