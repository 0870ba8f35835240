/**
 * Two rosters and a network between them that repeats, loses and delays: whatever both people do, and whatever crosses on
 * the way, in the end each side says of the other what the other says of itself.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  inbound,
  NO_ROSTER,
  outbound,
  removeItem,
  type Roster,
  type RosterContext,
  type RosterEffect,
  type RosterStep,
  setItem,
  standingWith,
} from "../../../xmpp/roster/roster.ts";
import { INBOUND, isFrom, isTo, OUTBOUND, partsOf, SUBSCRIPTION_TYPES } from "../../../xmpp/roster/subscription.ts";

type Routed = Extract<RosterEffect, { effect: "route" }>;
const [ADA, BOB] = ["ada@example.test", "bob@example.test"];

class Side {
  roster: Roster = NO_ROSTER;
  readonly owed: Routed[] = [];
  isFixed = false;
  readonly other: string;
  /** What the other's presence is to this one's clients, by the stanzas that go along. */
  sees = false;

  constructor(other: string) {
    this.other = other;
  }

  context(now: number): RosterContext {
    return { now, most: 10, fixed: new Map(this.isFixed ? [[this.other, { name: "Other", groups: ["Team"] }]] : []) };
  }

  take(step: RosterStep | { refusal: unknown }): void {
    if ("refusal" in step) return;
    this.roster = step.roster;
    for (const effect of step.effects) if (effect.effect === "route") this.owed.push(effect);
  }
}

class World {
  readonly ada = new Side(BOB);
  readonly bob = new Side(ADA);
  /** Copies under way, that may come in any order, or twice. */
  readonly flying: { to: Side; from: Side; stanza: Routed }[] = [];
  now = 1000;

  /** The oldest that is owed is sent; a copy may stay under way for ever. */
  send(from: Side): void {
    const [stanza] = from.owed;
    if (stanza) this.flying.push({ to: from === this.ada ? this.bob : this.ada, from, stanza });
  }

  arrive(at: number, { keep, isAnswered }: { keep: boolean; isAnswered: boolean }): void {
    const copy = this.flying[at % Math.max(1, this.flying.length)];
    if (!copy) return;
    if (!keep) this.flying.splice(this.flying.indexOf(copy), 1);
    const { to, from, stanza } = copy;
    const before = to.roster;
    const { number, heard, type, tail } = stanza;
    to.take(inbound(to.roster, { contact: to.other, number, heard, type, tail }, to.context(this.now)));
    if (to.roster !== before && stanza.presence) to.sees = stanza.presence === "shown";
    // Its sender goes on only when it is answered.
    if (isAnswered && from.owed[0] === stanza) from.owed.shift();
  }

  settle(): void {
    for (let turn = 0; this.ada.owed.length + this.bob.owed.length > 0; turn++) {
      expect(turn).toBeLessThan(1000);
      for (const side of [this.ada, this.bob]) {
        if (side.owed.length === 0) continue;
        this.send(side);
        this.arrive(this.flying.length - 1, { keep: false, isAnswered: true });
      }
    }
  }
}

const who = fc.constantFrom("ada" as const, "bob" as const);
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("say" as const), who, type: fc.constantFrom(...SUBSCRIPTION_TYPES) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("remove" as const, "set" as const), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("fix" as const), who }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constantFrom("send" as const, "talk" as const), who }) },
  { weight: 8, arbitrary: fc.record({ does: fc.constant("arrive" as const), at: fc.nat(20), keep: fc.boolean(), isAnswered: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("wait" as const) }) },
);

function play(world: World, acts: readonly (typeof act extends fc.Arbitrary<infer T> ? T : never)[]): void {
  for (const each of acts) {
    world.now += each.does === "wait" ? 50 : 1;
    if (each.does === "arrive") world.arrive(each.at, each);
    if (!("who" in each)) continue;
    const side = world[each.who];
    const context = side.context(world.now);
    if (each.does === "send" || each.does === "talk") world.send(side);
    if (each.does === "talk") world.arrive(world.flying.length - 1, { keep: true, isAnswered: true });
    if (each.does === "fix") side.isFixed = !side.isFixed;
    if (each.does === "say") side.take(outbound(side.roster, { contact: side.other, type: each.type, tail: "/>" }, context));
    if (each.does === "set") side.take(setItem(side.roster, { jid: side.other, groups: ["Friends"] }, context));
    if (each.does === "remove") side.take(removeItem(side.roster, side.other, context));
  }
}

function agree(world: World): void {
  const [ada, bob] = [world.ada, world.bob].map((side) => partsOf(standingWith(side.roster, side.other)));
  if (!ada || !bob) throw new Error("No sides");
  for (const [one, other] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    expect(isTo(one.subscription), "who sees is seen").toBe(isFrom(other.subscription));
    expect(one.ask, "who asks is waited for").toBe(other.pendingIn);
  }
}

test("P-10 both sides of a subscription agree once all is heard, whatever was lost, repeated or late on the way", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const world = new World();
      play(world, acts);
      world.settle();
      agree(world);
      // What is still under way somewhere is old news.
      const before = [world.ada.roster, world.bob.roster];
      while (world.flying.length > 0) world.arrive(0, { keep: false, isAnswered: false });
      expect([world.ada.roster, world.bob.roster]).toEqual(before);
    }),
    { numRuns: 5000 },
  );
});

test("P-01 the other's presence is seen exactly while one is subscribed to it", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const world = new World();
      play(
        world,
        acts.filter(({ does }) => does !== "fix"),
      );
      world.settle();
      for (const side of [world.ada, world.bob]) expect(side.sees).toBe(isTo(partsOf(standingWith(side.roster, side.other)).subscription));
    }),
    { numRuns: 5000 },
  );
});

test("every state of Appendix A is reached, and every transition taken", () => {
  const taken = new Set<string>();
  const random = fc.sample(fc.array(act, { minLength: 40, maxLength: 80 }), { numRuns: 4000, seed: 7 });
  for (const acts of random) {
    const world = new World();
    for (const each of acts) {
      if (each.does === "fix") continue;
      const before = [world.ada, world.bob].map((side) => standingWith(side.roster, side.other));
      if (each.does === "say") taken.add(`out ${each.type} ${before[each.who === "ada" ? 0 : 1]}`);
      const copy = each.does === "arrive" ? world.flying[each.at % Math.max(1, world.flying.length)] : undefined;
      if (copy) taken.add(`in ${copy.stanza.type} ${standingWith(copy.to.roster, copy.to.other)}`);
      const side = each.does === "talk" ? world[each.who] : undefined;
      const other = side === world.ada ? world.bob : world.ada;
      if (side?.owed[0]) taken.add(`in ${side.owed[0].type} ${standingWith(other.roster, other.other)}`);
      play(world, [each]);
    }
  }
  const all = SUBSCRIPTION_TYPES.flatMap((type) => Object.keys(OUTBOUND[type]).flatMap((state) => [`out ${type} ${state}`, `in ${type} ${state}`]));
  expect(all.filter((each) => !taken.has(each))).toEqual([]);
  expect(Object.keys(INBOUND)).toHaveLength(4);
});
