/** Payloads of events, as Finesse sends them. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { callsAfter, changed, inOrder, stranger } from "../../web/desk/people.ts";
import { DeskState } from "../../web/desk/state.ts";
import { readUpdate } from "../../web/desk/updates.ts";
import { parseXml } from "./support.ts";

const read = (text: string) => readUpdate(text, parseXml);
const put = (data: string, event = "PUT", source = "") => `<Update><data>${data}</data><event>${event}</event><requestId/><source>${source}</source></Update>`;
const ADA =
  "<user><uri>/finesse/api/User/7001</uri><loginId>7001</loginId><firstName>Ada</firstName><lastName>Lovelace</lastName><state>NOT_READY</state>" +
  "<stateChangeTime>2026-11-25T04:00:00.000Z</stateChangeTime><reasonCode><code>7</code><label>Lunch</label></reasonCode>" +
  "<extension>1001</extension><teamId>42</teamId><teamName>Sales</teamName></user>";

test("a user: who, which state, why and since when", () => {
  const update = read(put(ADA));
  assert.equal(update.kind, "user");
  assert.ok(update.kind === "user");
  assert.deepEqual(
    { ...update.user },
    {
      id: "7001",
      firstName: "Ada",
      lastName: "Lovelace",
      state: "NOT_READY",
      pendingState: undefined,
      since: Date.UTC(2026, 10, 25, 4),
      reason: "Lunch",
      extension: "1001",
      teamId: "42",
      teamName: "Sales",
      supervises: undefined,
    },
  );
});

test("names are compared without case, and a user without loginId is named by its uri", () => {
  const update = read(put("<User><uri>/finesse/api/User/7002</uri><State>READY</State><ReasonCode><code>3</code></ReasonCode></User>", "put"));
  assert.ok(update.kind === "user");
  assert.deepEqual([update.user.id, update.user.state, update.user.reason], ["7002", "READY", "3"]);
});

test("a team with its users", () => {
  const update = read(put(`<team><id>42</id><name>Sales</name><users><User><loginId>7001</loginId><state>READY</state></User>${ADA}</users></team>`));
  assert.ok(update.kind === "team");
  assert.deepEqual([update.name, update.users.map(({ id }) => id)], ["Sales", ["7001", "7001"]]);
});

test("dialogs: one alone, several, and those that are over", () => {
  const dialog = (id: string, state: string) =>
    `<Dialog><id>${id}</id><state>${state}</state><fromAddress>1001</fromAddress><toAddress>1002</toAddress><mediaProperties><callType>ACD_IN</callType></mediaProperties>` +
    "<participants><Participant><startTime>2026-11-25T04:00:02.000Z</startTime></Participant><Participant><startTime>2026-11-25T04:00:01.000Z</startTime></Participant></participants></Dialog>";
  const first = read(put(`<dialogs>${dialog("1", "ALERTING")}${dialog("2", "ACTIVE")}</dialogs>`, "POST"));
  assert.ok(first.kind === "calls");
  const calls = callsAfter([], first, 5);
  assert.deepEqual(calls[0], { id: "1", state: "ALERTING", from: "1001", to: "1002", kind: "ACD_IN", queue: "", since: Date.UTC(2026, 10, 25, 4, 0, 1) });
  const second = read(put(dialog("1", "ACTIVE")));
  assert.ok(second.kind === "calls");
  const after = callsAfter(calls, second, 6);
  assert.deepEqual(
    after.map(({ id, state }) => `${id} ${state}`),
    ["1 ACTIVE", "2 ACTIVE"],
  );
  const dropped = read(put(dialog("2", "DROPPED")));
  const deleted = read(put(`<dialogs>${dialog("1", "ACTIVE")}</dialogs>`, "DELETE"));
  assert.ok(dropped.kind === "calls" && deleted.kind === "calls");
  assert.deepEqual(callsAfter(callsAfter(after, dropped, 7), deleted, 8), []);
});

test("a deletion without data is known by its source", () => {
  assert.deepEqual(read("<Update><event>DELETE</event><source>/finesse/api/User/7001</source></Update>"), {
    kind: "user",
    isDeleted: true,
    user: { id: "7001" },
  });
  const gone = read("<Update><data/><event>delete</event><source>/finesse/api/Dialog/12</source></Update>");
  assert.ok(gone.kind === "calls" && gone.isDeleted);
  assert.equal(gone.calls[0]?.id, "12");
});

test("errors and the system's state", () => {
  const error = "<apiErrors><apiError><errorMessage>CF_INVALID_OBJECT_STATE</errorMessage><errorType>Invalid State</errorType></apiError></apiErrors>";
  assert.deepEqual(read(put(error)), { kind: "errors", messages: ["Invalid State: CF_INVALID_OBJECT_STATE"] });
  assert.deepEqual(read(put("<systemInfo><status>OUT_OF_SERVICE</status></systemInfo>")), { kind: "system", inService: false });
});

test("what is no Update says nothing", () => {
  for (const text of ["", "plain", '{"a":1}', "<Other/>", "<Update", "<Update/>", put("<Queue/>")]) assert.equal(read(text).kind, "other", text);
});

// ------------------------------------------------------------------- what becomes of them

test("time in state: the event's time, else when a new state came, else as it was", () => {
  const ready = changed(stranger("7001"), { id: "7001", state: "READY" }, 100);
  assert.equal(ready.since, 100);
  assert.equal(changed(ready, { id: "7001", state: "READY" }, 200).since, 100);
  assert.equal(changed(ready, { id: "7001", state: "TALKING" }, 300).since, 300);
  assert.equal(changed(ready, { id: "7001", state: "TALKING", since: 250 }, 300).since, 250);
});

test("a reason and a pending state are over with the event that leaves them out", () => {
  const away = changed(stranger("7001"), { id: "7001", state: "NOT_READY", reason: "Lunch", pendingState: "READY" }, 1);
  assert.deepEqual([away.reason, away.pendingState], ["Lunch", "READY"]);
  const ready = changed(away, { id: "7001", state: "READY" }, 2);
  assert.deepEqual([ready.reason, ready.pendingState], ["", ""]);
  assert.equal(changed(away, { id: "7001", extension: "12" }, 2).reason, "Lunch");
});

test("people stand in the order of their names, and of the numbers in them", () => {
  assert.deepEqual(
    inOrder([stranger("10"), stranger("9"), stranger("1", "Zoë"), stranger("2", "Ärmel"), stranger("3", "Bob")], "de").map(({ id }) => id),
    ["9", "10", "2", "3", "1"],
  );
});

const NODES = (...users: string[]) => [...users.map((user) => `/finesse/api/User/${user}`), "/finesse/api/User/lead/Dialogs", "/finesse/api/SystemInfo"];

test("a supervisor's picture: members by team, and those of whom nothing was heard", () => {
  const state = new DeskState("en");
  state.clear("LEAD");
  const found = state.found([...NODES("Lead", "7001", "7002"), "/finesse/api/Team/42/Users", "/finesse/api/Team/43/Users"], "lead");
  assert.deepEqual(found, { id: "Lead", teams: ["42", "43"] });
  assert.equal(state.isSupervisor.value, true);
  assert.deepEqual(state.unheard.value, ["7001", "7002"]);
  state.apply("/finesse/api/Team/42/Users", read(put(ADA)));
  assert.deepEqual(state.unheard.value, ["7002"]);
  const [sales, care] = state.teams.value;
  assert.equal(sales?.name.value, "Sales");
  assert.deepEqual(
    sales?.members.value.map(({ value }) => `${value.name} ${value.state}`),
    ["Ada Lovelace NOT_READY"],
  );
  assert.equal(care?.members.value.length, 0);
  const before = sales?.members.value;
  state.apply("/finesse/api/Team/42/Users", read(put(ADA.replace("NOT_READY", "READY"))));
  assert.equal(sales?.members.value, before, "a change of state leaves the list as it is");
  assert.equal(sales?.members.value[0]?.value.state, "READY");
  state.apply("/finesse/api/Team/42/Users", read("<Update><event>DELETE</event><source>/finesse/api/User/7001</source></Update>"));
  assert.equal(sales?.members.value.length, 0);
});

test("with one team its members are known from the start", () => {
  const state = new DeskState("en");
  state.clear("lead");
  state.found([...NODES("lead", "7001", "7002"), "/finesse/api/Team/42/Users"], "lead");
  assert.deepEqual(state.unheard.value, []);
  assert.equal(state.teams.value[0]?.members.value.length, 2);
});

test("a team's name that is known before the team is shown with it, and forgotten with the user", () => {
  const state = new DeskState("en");
  const find = () => state.found([...NODES("7001"), "/finesse/api/Team/42/Users"], "7001");
  state.clear("7001");
  state.apply("/finesse/api/User/7001", read(put(ADA)));
  find();
  assert.equal(state.teams.value[0]?.name.value, "Sales");
  state.clear("7001");
  find();
  assert.equal(state.teams.value[0]?.name.value, "");
});

test("one's own events, calls and errors; the back end's coming and going", () => {
  const state = new DeskState("en");
  state.clear("7001");
  state.found([...NODES("7001"), "/finesse/api/Team/42/Users"], "7001");
  state.apply("/finesse/api/User/7001", read(put(ADA)));
  assert.equal(state.own.value.state, "NOT_READY");
  assert.equal(state.teams.value[0]?.name.value, "Sales", "an agent's own event names the team, which the team's may not");
  state.apply("/finesse/api/User/7001/Dialogs", read(put("<dialog><id>1</id><state>ALERTING</state></dialog>")));
  assert.equal(state.calls.value.length, 1);
  state.apply("/finesse/api/User/7001", read(put("<apiErrors><apiError><errorMessage>NO</errorMessage></apiError></apiErrors>")));
  assert.equal(state.refusal.value, "NO");
  state.apply("/finesse/api/SystemInfo", read(put("<systemInfo><status>OUT_OF_SERVICE</status></systemInfo>")));
  assert.equal(state.isBackEndDown.value, true);
  state.apply("/finesse/api/SystemInfo", read(put("<systemInfo><status>IN_SERVICE</status></systemInfo>")));
  state.contact(false);
  assert.equal(state.isBackEndDown.value, true);
  state.contact(true);
  assert.equal(state.isBackEndDown.value, false);
});
