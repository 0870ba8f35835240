import { assert, beforeEach, test } from "vitest";
import { forgetHints, HINTS, isManager, place, regionOf } from "../../worker/placing.ts";

beforeEach(forgetHints);

/** Managers by number: what each refuses with, or nothing. */
function asked(refusals: readonly (string | undefined)[]) {
  const names: string[] = [];
  const ask = async (name: string) => {
    names.push(name);
    const refusal = refusals[Number(name.slice(name.lastIndexOf("/") + 1))];
    return refusal ? new Response(null, { status: 503, headers: { "Deskwire-Refusal": refusal } }) : new Response("taken");
  };
  return { names, ask };
}
const LOCAL = regionOf(undefined);

test("regionOf(): each continent has a hint, anything else is local", () => {
  for (const [continent, hint] of Object.entries(HINTS)) assert.deepEqual(regionOf(continent), { name: hint, hint });
  for (const other of [undefined, null, "AN", "T1", "toString", 7]) assert.deepEqual(regionOf(other), { name: "local" });
});

test("isManager(): a region and a number below the limit, written as a number is", () => {
  for (const name of ["local/0", "weur/7", "apac/15"]) assert.isTrue(isManager(name, 16), name);
  for (const name of ["local/16", "local/00", "local/1.5", "local/-1", "local/ 1", "local/", "local", "local/1/2", "mars/0", "/0", ""]) {
    assert.isFalse(isManager(name, 16), name);
  }
});

test("place(): filled first to last", async () => {
  const { names, ask } = asked(["full", "full", undefined]);
  const answer = await place({ region: LOCAL, managers: 4, now: 0, ask });
  assert.equal(await (answer as Response).text(), "taken");
  assert.deepEqual(names, ["local/0", "local/1", "local/2"]);
});

test("place(): the one that had room is asked first for 5 s, then again from the beginning", async () => {
  const first = asked(["full", undefined]);
  await place({ region: LOCAL, managers: 4, now: 0, ask: first.ask });
  const second = asked([undefined, undefined]);
  await place({ region: LOCAL, managers: 4, now: 4999, ask: second.ask });
  assert.deepEqual(second.names, ["local/1"]);
  const third = asked([undefined, undefined]);
  await place({ region: LOCAL, managers: 4, now: 5000, ask: third.ask });
  assert.deepEqual(third.names, ["local/0"], "steady arrivals do not prolong it");
});

test("place(): a hint is its region's", async () => {
  await place({ region: LOCAL, managers: 4, now: 0, ask: asked(["full", undefined]).ask });
  const { names, ask } = asked([undefined]);
  await place({ region: regionOf("EU"), managers: 4, now: 1, ask });
  assert.deepEqual(names, ["weur/0"]);
});

for (const [refusal, gives] of [
  ["busy", "sign-ins-busy"],
  ["open-files", "open-files"],
] as const) {
  test(`place(): ${refusal} stops the search`, async () => {
    const { names, ask } = asked(["full", refusal, undefined]);
    assert.equal(await place({ region: LOCAL, managers: 4, now: 0, ask }), gives);
    assert.deepEqual(names, ["local/0", "local/1"]);
  });
}

test("place(): all full, and the next search begins at the first", async () => {
  const { names, ask } = asked(["full", "full"]);
  assert.equal(await place({ region: LOCAL, managers: 2, now: 0, ask }), "no-capacity");
  assert.equal(names.length, 2);
  const again = asked([undefined]);
  await place({ region: LOCAL, managers: 2, now: 1, ask: again.ask });
  assert.deepEqual(again.names, ["local/0"]);
});

test("place(): another answer of a manager goes through as it is", async () => {
  const broken = new Response(null, { status: 503 });
  assert.equal(await place({ region: LOCAL, managers: 2, now: 0, ask: async () => broken }), broken);
});
