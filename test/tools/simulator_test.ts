/**
 * The simulated contact centre: two hours of it for several seeds, and what must hold of all that it tells.
 *
 * @module
 */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { DEMO_ACCOUNTS, DEMO_TEAMS } from "../../tools/demo/accounts.ts";
import { type Floor, floorOf, onlyPeople } from "../../tools/simulator/floor.ts";
import { seeded } from "../../tools/simulator/random.ts";
import { type AgentState, mayFollow, TRANSITIONS } from "../../tools/simulator/states.ts";
import { openCentre, step } from "../../tools/simulator/step.ts";
import { child, childrenOf, type Element, FINESSE, parseDocument, placeOf, textOf } from "../../xmpp/mod.ts";

const HOURS_2 = 7_200_000;
const START = Date.UTC(2026, 0, 5, 8);
const FLOOR = floorOf(DEMO_ACCOUNTS, DEMO_TEAMS);

interface Told {
  readonly at: number;
  readonly node: string;
  readonly xml: string;
}

interface Run {
  readonly seed: number;
  readonly tick?: number;
  readonly speed?: number;
  readonly floor?: Floor;
  readonly for?: number;
}

/** All that one run tells. */
function told({ seed, tick = 250, speed = 1, floor = FLOOR, for: length = HOURS_2 }: Run): Told[] {
  const random = seeded(seed);
  const centre = openCentre(floor, { now: START, random, speed });
  const all: Told[] = [];
  for (let at = START; at < START + length; at += tick) {
    for (const { node, xml } of step(centre, at, random)) all.push({ at, node, xml });
  }
  return all;
}

function parsed({ xml }: Told): Element {
  const { element, error } = parseDocument(xml, { maxDepth: 32 });
  assert.ok(element, `${error?.condition}: ${xml}`);
  return element;
}

/** Text by path below an element; undefined where there is no such element. */
function at(element: Element, ...path: string[]): string | undefined {
  let found: Element | undefined = element;
  for (const name of path) found = found && child(found, name);
  return found && textOf(found);
}

const RUNS: readonly Run[] = [
  { seed: 1 },
  { seed: 2, tick: 1000 },
  { seed: 3, tick: 333 },
  { seed: 4, speed: 4 },
  { seed: 5, speed: 0.7 },
  { seed: 6 },
  { seed: 7 },
  { seed: 8 },
];

describe.each(RUNS)("two hours, %o", (run) => {
  const all = told(run).map((each) => ({ ...each, update: parsed(each) }));
  const on = (node: RegExp) => all.filter((each) => node.test(each.node));

  test("§9.9 every update has data, event, requestId and source in that order, and upper-case events", () => {
    assert.ok(all.length > 5000, String(all.length));
    for (const { update } of all) {
      assert.equal(update.name, "Update");
      assert.deepEqual(
        childrenOf(update).map(({ name }) => name),
        ["data", "event", "requestId", "source"],
      );
      assert.match(at(update, "event") ?? "", /^(POST|PUT|DELETE)$/);
      assert.equal(childrenOf(child(update, "data") as Element).length, 1);
    }
  });

  test("§3 every node is one of the table, with its root and source", () => {
    for (const { node, update } of all) {
      const family = placeOf(node, FINESSE)?.family.name ?? "none";
      const root = childrenOf(child(update, "data") as Element)[0]?.name ?? "";
      const source = at(update, "source") ?? "";
      const event = at(update, "event") ?? "";
      const expected = {
        user: () => root === "user" && event === "PUT" && source === node,
        team: () => root === "user" && event === "PUT" && /^\/finesse\/api\/User\/[^/]+$/.test(source),
        queue: () => root === "Queue" && event === "PUT" && source === node,
        dialogs: () => (event === "PUT" ? root === "dialog" && /^\/finesse\/api\/Dialog\/\d+$/.test(source) : root === "dialogs" && source === node),
      }[family];
      assert.ok(expected?.(), `${node} ${event} ${root} ${source}`);
    }
  });

  test("states follow one another as they may, and every transition happens", () => {
    const seen = new Set<string>();
    const states = new Map<string, string>();
    for (const { update, at: now } of on(/\/User\/[^/]+$/)) {
      const id = at(update, "data", "user", "loginId") ?? "";
      const state = at(update, "data", "user", "state") ?? "";
      const before = states.get(id) ?? "LOGOUT";
      states.set(id, state);
      if (state === before) continue;
      assert.ok(mayFollow(before as AgentState, state as AgentState), `${id}: ${before} → ${state}`);
      assert.equal(Date.parse(at(update, "data", "user", "stateChangeTime") ?? ""), now);
      seen.add(`${before} ${state}`);
    }
    const every = Object.entries(TRANSITIONS).flatMap(([from, after]) => after.map((to) => `${from} ${to}`));
    assert.deepEqual(
      every.filter((each) => !seen.has(each)),
      [],
    );
  });

  test("the team hears of each member what the member hears", () => {
    const line = (update: Element) => ["loginId", "state", "stateChangeTime", "pendingState"].map((name) => at(update, "data", "user", name)).join(" ");
    const members = on(/\/User\/[^/]+$/).filter(({ node }) => /\/\d+$/.test(node));
    assert.deepEqual(
      on(/\/Team\/[123]\/Users$/).map(({ update }) => line(update)),
      members.map(({ update }) => line(update)),
    );
  });

  test("every call that opens also ends, one at a desk at a time, and the agent's state fits it", () => {
    const open = new Map<string, { readonly id: string; readonly at: number }>();
    const fits: Readonly<Record<string, string>> = { ALERTING: "RESERVED", ACTIVE: "TALKING", HELD: "HOLD" };
    const desks = new Map<string, { state?: string; call?: string }>();
    let now = START;
    let opened = 0;
    const check = () => {
      for (const [node, { state = "", call }] of desks) {
        if (call) assert.equal(state, fits[call], node);
        else assert.ok(!Object.values(fits).includes(state), `${node}: ${state} without a call`);
      }
    };
    for (const { node, update, at: moment } of on(/\/User\//)) {
      if (moment !== now) check();
      now = moment;
      const owner = node.split("/")[4] ?? "";
      const desk = desks.get(owner) ?? {};
      desks.set(owner, desk);
      const state = at(update, "data", "user", "state");
      if (state !== undefined) desk.state = state;
      if (!node.endsWith("/Dialogs")) continue;
      const event = at(update, "event");
      const root = childrenOf(child(update, "data") as Element)[0] as Element;
      const dialog = event === "PUT" ? root : (child(root, "Dialog") as Element);
      const id = at(dialog, "id") ?? "";
      assert.equal(open.get(owner)?.id, event === "POST" ? undefined : id, `${owner} ${event} ${id}`);
      if (event === "POST") open.set(owner, { id, at: moment });
      if (event === "POST") opened++;
      if (event === "DELETE") open.delete(owner);
      const side = at(dialog, "participants", "Participant", "state") ?? "";
      assert.equal(side === "DROPPED", event === "DELETE");
      if (event === "DELETE") delete desk.call;
      else desk.call = side;
    }
    assert.ok(opened > 100, String(opened));
    for (const [owner, call] of open) assert.ok(call.at > START + HOURS_2 - 900_000, `${owner}: ${call.id} never ended`);
  });

  test("§8 statistics of a queue come at most every 10 s, and only if changed", () => {
    const last = new Map<string, Told>();
    for (const each of on(/\/Queue\//)) {
      const before = last.get(each.node);
      if (before) assert.ok(each.at - before.at >= 10_000, `${each.node}: ${each.at - before.at} ms`);
      assert.notEqual(each.xml, before?.xml);
      last.set(each.node, each);
      const statistics = child(child(child(each.update, "data") as Element, "Queue") as Element, "statistics") as Element;
      assert.equal(childrenOf(statistics).length, 11);
      assert.equal(at(statistics, "callsInQueue") === "0", at(statistics, "startTimeOfLongestCallInQueue") === "");
    }
    assert.equal(last.size, 3);
  });

  test("all is told again of every desk within 30 s", () => {
    const last = new Map(FLOOR.people.map(({ id }) => [id, START]));
    for (const { update, at: now } of on(/\/User\/[^/]+$/)) {
      const id = at(update, "data", "user", "loginId") ?? "";
      assert.ok(now - (last.get(id) ?? 0) <= 30_000, id);
      last.set(id, now);
    }
    assert.equal(last.size, 14);
  });
});

test("the same seed tells the same, another one something else", () => {
  const short = { for: 1_200_000 };
  assert.deepEqual(told({ seed: 7, ...short }), told({ seed: 7, ...short }));
  assert.notDeepEqual(told({ seed: 7, ...short }), told({ seed: 8, ...short }));
});

test("after a long pause nothing is caught up on", () => {
  const random = seeded(1);
  const centre = openCentre(FLOOR, { now: START, random });
  for (let now = START; now < START + 60_000; now += 250) step(centre, now, random);
  assert.ok(step(centre, START + HOURS_2, random).length < 150);
});

test("names that are no XML stay names", () => {
  const name = '<b>&amp; "Bob" \'O]]>';
  const floor = floorOf([{ id: "a&b", name: `${name} \u0000x`, role: "agent" }], [{ id: "1", name, members: ["a&b"], supervisors: [] }]);
  const names = told({ seed: 1, floor, for: 60_000 }).map((each) => at(parsed(each), "data", "user", "teamName"));
  assert.ok(names.includes(name));
});

test("onlyPeople(): leaves the queues that somebody serves", () => {
  const floor = onlyPeople(FLOOR, (id) => id === "1005");
  assert.deepEqual([floor.people.map(({ id }) => id), floor.lines.map(({ id }) => id)], [["1005"], ["2"]]);
  assert.ok(told({ seed: 1, floor, for: 600_000 }).every(({ xml }) => !xml.includes("1006")));
});
