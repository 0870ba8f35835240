/** What the seeded model meets too rarely of the session's streams (docs/protocol.md: Bind, Resume). */
import { describe, expect, test } from "vitest";
import type { UserRecord } from "../../../durable/contract.ts";
import { SessionState } from "../../../durable/protocol/session_state.ts";

const BOUNDS = { resources: 5, subscriptions: 5, rememberMs: 60_000, warnMs: 1000 };
const NO_KEYS = { salt: "", iterations: 0, storedKey: "", serverKey: "" };
const RECORD: UserRecord = { id: "ada", name: "Ada", role: "agent", version: 1, keys: { "SHA-1": NO_KEYS, "SHA-256": NO_KEYS }, teams: [], supervises: [] };
const POLICY = { allows: () => true, automatic: () => [], addressing: (jid: string, subids: readonly string[]) => [jid, ...subids].join(" ") };
const [a, b] = [
  { manager: "a", incarnation: 1 },
  { manager: "b", incarnation: 1 },
];

function bound(): SessionState {
  const state = new SessionState("ada@d", POLICY, BOUNDS, { streams: [], subscriptions: [], outstanding: [], version: 1, record: RECORD });
  state.bind("s", "r", a, 1000);
  return state;
}

describe("SessionState", () => {
  test("a claimer whose row is an orphan settles nothing that the holder of a replaced stream is owed", () => {
    const state = bound();
    state.claim("s", b, 1001);
    state.bind("t", "r", b, 1002);
    state.ended({ stream: "s", generation: 0, manager: "b" }, 1003);
    expect(state.outstanding).toMatchObject([{ kind: "end", stream: "s", manager: "a" }]);
    state.ended({ stream: "s", generation: 0, manager: "a" }, 1004);
    expect(state.outstanding).toEqual([]);
  });

  test("an answer to the first end of a stream that was bound twice does not settle the second", () => {
    const state = bound();
    state.bind("t", "r", b, 1001);
    const [first] = state.outstanding;
    const document = { ...state.document, version: 1, record: RECORD };
    // Whoever was replaced is forgotten in a sleep, and a late repeat of its bind is taken for a new one.
    const woken = new SessionState("ada@d", POLICY, BOUNDS, document);
    woken.bind("s", "r", a, 1002);
    woken.bind("u", "r", b, 1003);
    if (first) woken.settled(first);
    expect(woken.outstanding.filter(({ stream }) => stream === "s")).toHaveLength(1);
  });

  test("a stream that its holder goes on with is moved by nobody who claimed it before", () => {
    const state = bound();
    const { held } = state.claim("s", b, 1001);
    expect(state.claim("s", a, 1002).held?.row.ref).toEqual(a);
    expect(state.moved("s", held?.generation ?? 0, b).accepted).toBe(false);
  });

  test("a presence that changes nothing outdates an earlier one that comes later, and costs no row", () => {
    const state = bound();
    expect(state.presence("s", true, 0, 1010)).toEqual([]);
    expect(state.presence("s", true, -1, 1005)).toEqual([]);
    expect(state.current("s")?.priority).toBe(0);
  });

  test("who is given another resource at each sign-in can subscribe for ever: the oldest subscription of a resource that is gone makes room", () => {
    const state = bound();
    for (let n = 0; n < BOUNDS.subscriptions; n++) {
      expect(state.subscribe(`node-${n}`, n === 0 ? "ada@d" : `ada@d/${n < 3 ? "r" : `gone-${n}`}`).outcome).toBe("intent");
      state.confirm(`node-${n}`, n === 0 ? "ada@d" : `ada@d/${n < 3 ? "r" : `gone-${n}`}`, 1);
    }
    const row = { node: "node-3", subscriber: "ada@d/gone-3" };
    expect(state.subscribe("young", "ada@d/r").changes).toEqual([
      { remove: "subscription", row },
      { put: "subscription", row: { node: "young", subscriber: "ada@d/r" } },
    ]);
    state.subscribe("younger", "ada@d/r");
    // The bare jid's, and those of a resource that is bound, are in use.
    expect(state.subscribe("youngest", "ada@d/r").outcome).toBe("too-many");
    expect([...state.subscriptions].map(({ node }) => node)).toEqual(["node-0", "node-1", "node-2", "young", "younger"]);
  });
});
