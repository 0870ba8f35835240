/** What a reload keeps of the page's picture. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { DeskState } from "../../web/desk/state.ts";

const pictureOf = (state: DeskState) => ({
  own: state.own.value,
  calls: state.calls.value,
  teams: state.teams.value.map(({ id, name, members }) => ({ id, name: name.value, members: members.value.map((member) => member.value) })),
  unheard: state.unheard.value,
  flags: [state.isSupervisor.value, state.wasSignedIn.value, state.isBackEndDown.value],
  gaps: state.gaps.value,
  skew: state.skew,
});

test("snapshot() and restore(): the same picture, and it goes on changing", () => {
  const before = new DeskState("en");
  before.clear("lead1");
  before.skew = 1234;
  before.found(
    ["/finesse/api/User/lead1", "/finesse/api/User/7001", "/finesse/api/User/7002", "/finesse/api/Team/42/Users", "/finesse/api/Team/43/Users"],
    "lead1",
  );
  const user = { id: "7001", firstName: "Ada", lastName: "Lovelace", state: "READY", teamId: "42", teamName: "Sales" };
  before.apply("/finesse/api/Team/42/Users", { kind: "user", isDeleted: false, user });
  before.apply("/finesse/api/User/lead1", { kind: "user", isDeleted: false, user: { id: "lead1", state: "NOT_READY", supervises: new Map([["43", "Care"]]) } });
  before.apply("/finesse/api/User/lead1/Dialogs", {
    kind: "calls",
    isDeleted: false,
    calls: [{ id: "9", state: "ACTIVE", from: "1", to: "2", kind: "", queue: "" }],
  });
  before.contact(false);
  before.missed("/finesse/api/Team/42/Users");
  before.wasSignedIn.value = true;
  const after = new DeskState("en");
  after.clear("somebody");
  after.restore(JSON.parse(JSON.stringify(before.snapshot())));
  assert.deepEqual(pictureOf(after), pictureOf(before));
  assert.equal(pictureOf(after).teams[0]?.members[0]?.name, "Ada Lovelace");
  assert.deepEqual(after.nodes, { id: "lead1", teams: ["42", "43"] });
  after.apply("/finesse/api/Team/42/Users", { kind: "user", isDeleted: false, user: { id: "7001", state: "TALKING" } });
  assert.equal(pictureOf(after).teams[0]?.members[0]?.state, "TALKING");
  assert.equal(pictureOf(before).teams[0]?.members[0]?.state, "READY");
});
