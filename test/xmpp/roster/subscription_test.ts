/** RFC 6121 Appendix A, row by row as its tables have them. */
import { expect, test } from "vitest";
import { INBOUND, OUTBOUND, partsOf, type State, stateOf, SUBSCRIPTION_TYPES, type SubscriptionType } from "../../../xmpp/roster/subscription.ts";

/** The order of the rows in every table of A.2 and A.3. */
const ROWS: readonly State[] = ["none", "none+out", "none+in", "none+out+in", "to", "to+in", "from", "from+out", "both"];

/** A row each: routed (or delivered)?, and the new state; "=": no change. */
const APPENDIX: Readonly<Record<"out" | "in", Readonly<Record<SubscriptionType, readonly (readonly [boolean, State | "="])[]>>>> = {
  out: {
    // A.2.1
    subscribe: [
      [true, "none+out"],
      [true, "="],
      [true, "none+out+in"],
      [true, "="],
      [true, "="],
      [true, "="],
      [true, "from+out"],
      [true, "="],
      [true, "="],
    ],
    // A.2.2
    unsubscribe: [
      [true, "="],
      [true, "none"],
      [true, "="],
      [true, "none+in"],
      [true, "none"],
      [true, "none+in"],
      [true, "="],
      [true, "from"],
      [true, "from"],
    ],
    // A.2.3
    subscribed: [
      [false, "="],
      [false, "="],
      [true, "from"],
      [true, "from+out"],
      [false, "="],
      [true, "both"],
      [false, "="],
      [false, "="],
      [false, "="],
    ],
    // A.2.4
    unsubscribed: [
      [false, "="],
      [false, "="],
      [true, "none"],
      [true, "none+out"],
      [false, "="],
      [true, "to"],
      [true, "none"],
      [true, "none+out"],
      [true, "to"],
    ],
  },
  in: {
    // A.3.1
    subscribe: [
      [true, "none+in"],
      [true, "none+out+in"],
      [false, "="],
      [false, "="],
      [true, "to+in"],
      [false, "="],
      [false, "="],
      [false, "="],
      [false, "="],
    ],
    // A.3.2
    unsubscribe: [
      [false, "="],
      [false, "="],
      [true, "none"],
      [true, "none+out"],
      [false, "="],
      [true, "to"],
      [true, "none"],
      [true, "none+out"],
      [true, "to"],
    ],
    // A.3.3
    subscribed: [
      [false, "="],
      [true, "to"],
      [false, "="],
      [true, "to+in"],
      [false, "="],
      [false, "="],
      [false, "="],
      [true, "both"],
      [false, "="],
    ],
    // A.3.4
    unsubscribed: [
      [false, "="],
      [true, "none"],
      [false, "="],
      [true, "none+in"],
      [true, "none"],
      [true, "none+in"],
      [false, "="],
      [true, "from"],
      [true, "from"],
    ],
  },
};

for (const direction of ["out", "in"] as const) {
  for (const type of SUBSCRIPTION_TYPES) {
    test(`RFC 6121 A.${direction === "out" ? 2 : 3} ${direction}bound ${type}`, () => {
      const table = direction === "out" ? OUTBOUND : INBOUND;
      const rows = ROWS.map((state) => {
        const { passes, next } = table[type][state];
        return [passes, next === state ? "=" : next];
      });
      expect(rows).toEqual(APPENDIX[direction][type]);
    });
  }
}

test("RFC 6121 A.3.1 note 2: who may see the user already is answered at once", () => {
  const replies = ROWS.filter((state) => INBOUND.subscribe[state].reply === "subscribed");
  expect(replies).toEqual(["from", "from+out", "both"]);
});

test("RFC 6121 A.1 a state and its parts are the same", () => {
  for (const state of ROWS) {
    const { subscription, ...parts } = partsOf(state);
    expect(stateOf(subscription, parts)).toBe(state);
  }
});
