/** Subscriptions to created nodes in a session's state: options, leases, what hosts tell (XEP-0060 §6.3, §12.5, §12.19). */
import { describe, expect, test } from "vitest";
import type { UserRecord } from "../../../durable/contract.ts";
import { SessionState, type SubscriptionOptions } from "../../../durable/protocol/session_state.ts";

const RECORD = { id: "ada", version: 1, teams: ["42"], supervises: [] } as unknown as UserRecord;
const POLICY = {
  allows: (record: UserRecord, _node: string, groups?: readonly string[]) => groups === undefined || record.teams.some((team) => groups.includes(team)),
  automatic: () => [],
  addressing: (jid: string, subids: readonly string[]) => (subids.length > 1 ? [jid, ...subids].join(" ") : jid),
};
const BOUNDS = { resources: 5, subscriptions: 5, rememberMs: 60_000, warnMs: 1000 };
const ref = { manager: "a", incarnation: 1 };
const STANDARD: SubscriptionOptions = { deliver: true, shows: ["away", "chat", "dnd", "online", "xa"], expire: null };

function bound(...resources: readonly string[]): SessionState {
  const state = new SessionState("ada@d", POLICY, BOUNDS, { streams: [], subscriptions: [], outstanding: [], version: 1, record: RECORD });
  for (const resource of resources) state.bind(resource, resource, ref, 1000);
  return state;
}

function subscribed(state: SessionState, subid: string, options?: Partial<SubscriptionOptions>, subscriber = "ada@d"): void {
  state.subscribe("n", subscriber, subid, options && { ...STANDARD, ...options });
  state.confirm("n", subscriber, 1, subid);
  state.stands("n", subscriber, { subid, state: "subscribed", groups: null });
}
const heard = (state: SessionState, stream = "r") => state.listensTo(stream, "n")?.to;
const revived = (state: SessionState) => new SessionState("ada@d", POLICY, BOUNDS, { ...state.document, version: 1, record: RECORD });

describe("what is listened to", () => {
  test("PS-003 §4.2 who is pending hears nothing; who was approved does", () => {
    const state = bound("r");
    subscribed(state, "1");
    state.stands("n", "ada@d", { subid: "1", state: "pending", groups: null });
    expect(heard(state)).toBeUndefined();
    const { changes } = state.changed("n", [{ told: "subscription", jid: "ada@d", subid: "1", state: "subscribed", groups: null }]);
    expect(heard(state)).toBe("ada@d");
    expect(changes.filter((change) => "put" in change && change.put === "outstanding")).toHaveLength(1);
  });
  test("PS-041 deliver: none", () => {
    const state = bound("r");
    subscribed(state, "1", { deliver: false });
    expect(heard(state)).toBeUndefined();
  });
  test("PS-041 show-values: as the presence of each stream shows", () => {
    const state = bound("r", "s");
    subscribed(state, "1", { shows: ["dnd"] });
    state.presence("s", true, 0, 2000, "dnd");
    expect([heard(state), heard(state, "s")]).toEqual([undefined, "ada@d"]);
    state.presence("s", true, 0, 2001, "online");
    expect(heard(state, "s")).toBeUndefined();
  });
  test("PS-036 PS-064 §6.1.6 once, by all that let it through; a full jid is another entity, and comes first", () => {
    const state = bound("r");
    subscribed(state, "1");
    expect(heard(state)).toBe("ada@d");
    subscribed(state, "2");
    subscribed(state, "3", { deliver: false });
    expect(heard(state)).toBe("ada@d 1 2");
    subscribed(state, "4", {}, "ada@d/r");
    expect(heard(state)).toBe("ada@d/r");
  });
});

describe("what ends by itself", () => {
  test("PS-044 §12.5 expire presence: of a full jid with its resource, of the bare one with the last", () => {
    const state = bound("r", "s");
    subscribed(state, "full", { expire: "presence" }, "ada@d/r");
    subscribed(state, "bare", { expire: "presence" });
    subscribed(state, "stays");
    const ids = () => [...state.subscriptions].map(({ subid }) => subid);
    state.presence("r", false, 0, 2000);
    expect(ids()).toEqual(["bare", "stays"]);
    state.ended({ stream: "s", generation: 0, manager: "a" }, 2001);
    expect(ids()).toEqual(["stays"]);
  });
  test("PS-044 tempsub: whatever the options say", () => {
    const state = bound("r");
    subscribed(state, "1");
    state.stands("n", "ada@d", { subid: "1", state: "subscribed", groups: null, temporary: true });
    expect(state.presence("r", false, 0, 2000)).toContainEqual({ remove: "subscription", row: { node: "n", subscriber: "ada@d", subid: "1" } });
  });
  test("PS-045 §12.19 a lease: warned once, then over, also after a sleep", () => {
    const state = bound("r");
    subscribed(state, "1", { expire: 10_000 });
    expect(state.nextLease).toBe(9000);
    expect(state.lease(8999)).toEqual({ changes: [], left: [], warned: [] });
    expect(state.lease(9000).warned).toMatchObject([{ subid: "1" }]);
    expect(state.lease(9001).warned).toEqual([]);
    const later = revived(state);
    expect(later.nextLease).toBe(10_000);
    expect(later.lease(10_000).left).toMatchObject([{ subid: "1" }]);
    expect(heard(later)).toBeUndefined();
    expect(later.outstanding).toMatchObject([{ kind: "listen", stream: "r", node: "n" }]);
  });
  test("PS-011 what stands by groups ends with them", () => {
    const state = bound("r");
    subscribed(state, "1");
    state.stands("n", "ada@d", { subid: "1", state: "subscribed", groups: ["42"] });
    state.rights(2, { ...RECORD, teams: ["43"] } as UserRecord, 3000);
    expect([...state.subscriptions]).toEqual([]);
  });
  test("PS-011 a host that says by which groups it stands now is told where those are none of the user's", () => {
    const state = bound("r");
    subscribed(state, "1");
    const { left } = state.changed("n", [{ told: "subscription", jid: "ada@d", subid: "1", state: "subscribed", groups: ["44"] }]);
    expect(left).toEqual([{ node: "n", subscriber: "ada@d", subid: "1" }]);
    expect([...state.subscriptions]).toEqual([]);
  });
});

describe("what a host tells", () => {
  test("PS-089 an owner subscribes somebody, once however often it is told", () => {
    const state = bound("r");
    const told = { told: "subscription", jid: "ada@d", subid: "1", state: "subscribed", groups: null } as const;
    expect(state.changed("n", [told]).changes).not.toEqual([]);
    expect(heard(state)).toBe("ada@d");
    expect(state.changed("n", [told]).changes).toEqual([]);
  });
  test("I6 what is owed anew while it is being paid stays owed", () => {
    const state = bound("r");
    subscribed(state, "1");
    state.changed("n", [{ told: "unsubscribed", subid: "1" }]);
    const [first] = state.outstanding;
    state.changed("n", [{ told: "subscription", jid: "ada@d", subid: "2", state: "subscribed", groups: null }]);
    if (first) state.settled(first);
    expect(state.done).toBe(false);
    for (const row of state.outstanding) state.settled(row);
    expect(state.done).toBe(true);
  });
  test("PS-026 affiliations are what was told last", () => {
    const state = bound();
    for (const affiliation of ["owner", "member", "none"] as const) state.changed("n", [{ told: "affiliation", affiliation }]);
    state.changed("m", [{ told: "affiliation", affiliation: "owner" }]);
    expect([...revived(state).affiliations]).toEqual([["m", "owner"]]);
  });
});
