/** A manager in the middle of a long delivery answers those who ask it something. */
import { afterEach, beforeAll, expect, test } from "vitest";
import { Desk, DOMAIN, provision, publish, TEAM } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const LISTENERS = 60;
let putBack = (): void => {};

beforeAll(async () => {
  await provision();
});
afterEach(() => putBack());

/** A publish to many listeners of one manager, and a ping when the first of them hears it: how many had heard it when the answer came? */
async function heardBeforeTheAnswer(sendsPerTurn: number): Promise<number> {
  putBack = await change({ SENDS_PER_TURN: sendsPerTurn, RESOURCES_PER_USER: LISTENERS + 1, AWAKE_MS: 0 });
  const asking = await (await Desk.open("local/0")).signIn("7003", { resource: "asking" });
  const desks: Desk[] = [];
  for (let n = 0; n < LISTENERS; n++) {
    const desk = await (await Desk.open("local/0")).signIn("7001", { resource: `r${n}` });
    await desk.subscribe(TEAM, `7001@${DOMAIN}/r${n}`);
    desks.push(desk);
  }
  let heard = 0;
  const deliveries = desks.map(async (desk) => {
    await desk.until(/everybody/, 10_000);
    heard++;
  });
  const published = publish(TEAM, "<Update>everybody</Update>");
  await Promise.race(deliveries);
  await asking.request("p", '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" });
  const before = heard;
  await Promise.all([published, ...deliveries]);
  for (const desk of [asking, ...desks]) desk.close();
  return before;
}

test("PI-07 a ping is answered in the middle of a delivery that takes many turns, not behind it", async () => {
  expect(await heardBeforeTheAnswer(1)).toBeLessThan(LISTENERS / 2);
});

test("PI-07 in one turn, which is what the turns are for, it would wait behind it", async () => {
  expect(await heardBeforeTheAnswer(1000)).toBeGreaterThan(LISTENERS / 2);
});
