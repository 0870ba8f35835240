/** The operator's table of families: what it reads as, and every mistake with its line (docs/families.md). */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import type { Env } from "../../../durable/contract.ts";
import { MOST_FAMILIES, readTable, WrongTable } from "../../../durable/families/table.ts";
import { hostOf } from "../../../durable/placing.ts";
import { settingsOf } from "../../../durable/settings.ts";
import {
  automaticNodes,
  CONTACT_NODE,
  FINESSE,
  knownNodes,
  mayComeByPublishing,
  placeOf,
  provesExistence,
  type Rights,
  SYSTEM_NODE,
} from "../../../xmpp/mod.ts";

const read = (text: string, memoryLog = 256) => readTable({ text, source: "families.json", memoryLog });
const agent = { name: "agent", pattern: "/cc/agents/{user}", subscribers: "owner" };
const family = (changes: object) => JSON.stringify([{ ...agent, ...changes }]);

function mistakesOf(text: string, memoryLog?: number): string[] {
  try {
    read(text, memoryLog);
  } catch (wrong) {
    assert.ok(wrong instanceof WrongTable);
    return wrong.message.split("\n");
  }
  return [];
}

describe("what a table reads as", () => {
  test("what a family does not say follows from its pattern", () => {
    const { families, creators } = read(`[${JSON.stringify(agent)}, {"name": "room", "pattern": "/cc/rooms/{id}", "subscribers": "anyone"}]`);
    const log = { class: "memory", length: 256 };
    assert.deepEqual(families.slice(0, 2), [
      { ...agent, automatic: false, log, host: "shared" },
      { name: "room", pattern: "/cc/rooms/{id}", subscribers: "anyone", automatic: false, log, host: "own" },
    ]);
    assert.equal(creators, undefined);
  });

  test("all that it can say is read", () => {
    const config = { title: "State", description: "d", language: "en", type: "urn:x", notification_type: "headline", max_payload_size: 4000 };
    const { families, creators } = read(
      JSON.stringify({
        creators: "users",
        families: [{ ...agent, automatic: true, log: { class: "stored", length: 8 }, host: "own", coalesceMs: 10_000, config }],
      }),
    );
    assert.equal(creators, "users");
    assert.deepEqual(families[0], {
      ...agent,
      automatic: true,
      log: { class: "stored", length: 8 },
      host: "own",
      coalesceMs: 10_000,
      config: { title: "State", description: "d", language: "en", type: "urn:x", notificationType: "headline", maxPayloadSize: 4000 },
    });
  });

  test("the preset, written down, is the preset", () => {
    assert.deepEqual(read(JSON.stringify(FINESSE, null, 2)).families, FINESSE);
  });

  test("the system's node is in every table, and may be said", () => {
    const { families } = read(family({}));
    assert.deepEqual(
      families.at(-1),
      FINESSE.find(({ name }) => name === "system"),
    );
    const own = { name: "state", pattern: SYSTEM_NODE, subscribers: "anyone", automatic: true, host: "broadcast", log: { class: "stored", length: 9 } };
    assert.deepEqual(read(JSON.stringify([own])).families, [own]);
  });
});

describe("what follows from a table", () => {
  const { families } = read(
    JSON.stringify([
      { ...agent, automatic: true },
      { name: "badge", pattern: "/cc/badges/{user}", subscribers: "anyone", automatic: true },
      { name: "skill", pattern: "/cc/agents/{user}/skills/{id}", subscribers: "owner" },
      { name: "floor", pattern: "/cc/floor/{team}", subscribers: "team", host: "shared" },
      { name: "news", pattern: "/cc/news", subscribers: "anyone", host: "broadcast" },
      { name: "audit", pattern: "/cc/audit", subscribers: "publishers" },
    ]),
  );
  const ada: Rights = { id: "7001", role: "agent", teams: ["42"], supervises: [] };
  const settings = { SHARED_HOSTS: 16, families };

  test("automatic nodes are the table's, the system's and the contact's", () => {
    assert.deepEqual(automaticNodes("7001", families), ["/cc/agents/7001", "/cc/badges/7001", SYSTEM_NODE, CONTACT_NODE]);
  });

  test("known are those whose names are known", () => {
    const own = ["/cc/agents/7001", "/cc/badges/7001", "/cc/floor/42", "/cc/news", SYSTEM_NODE];
    assert.deepEqual(knownNodes(ada, families), own);
    assert.deepEqual(knownNodes({ ...ada, role: "publisher" }, families), [...own.slice(0, 4), "/cc/audit", SYSTEM_NODE]);
  });

  test("that a node is everybody's own proves one's own, and nobody else's", () => {
    const proves = (node: string) => provesExistence(ada, placeOf(node, families) ?? assert.fail(node));
    assert.deepEqual(["/cc/badges/7001", "/cc/badges/7002", SYSTEM_NODE].map(proves), [true, false, true]);
  });

  test("hosts: a user's nodes together, others that are shared by their name, a broadcast with the contact", () => {
    assert.equal(hostOf("a.test", "/cc/agents/7001/skills/9", settings), hostOf("a.test", "/cc/agents/7001", settings));
    assert.notEqual(hostOf("a.test", "/cc/floor/42", settings), hostOf("a.test", "/cc/floor/43", settings));
    assert.match(hostOf("a.test", "/cc/floor/42", settings), /^a\.test\/shared\/\d+$/);
    assert.equal(hostOf("a.test", "/cc/news", settings), hostOf("a.test", CONTACT_NODE, settings));
    assert.equal(hostOf("a.test", "/finesse/api/User/7001", settings), "a.test/own//finesse/api/User/7001");
  });

  test("nothing comes into being by publishing beside a family's node, or the system's", () => {
    assert.deepEqual(
      ["/cc/typo", "/finesse/api/typo", "/deskwire/typo", "/other"].map((node) => mayComeByPublishing(node, families)),
      [false, false, false, true],
    );
  });
});

const SYSTEM = { name: "state", pattern: SYSTEM_NODE, subscribers: "anyone", automatic: true, host: "broadcast" };
const WRONG: readonly (readonly [text: string, ...mistakes: string[]])[] = [
  ["[", "1: a JSON value must stand here, not the end of the text"],
  ["7", "1: it must be an object, not 7"],
  ["[]", "1: families must be an array of 1 to 200 families"],
  ['{\n"families": {}}', "2: families must be an array of 1 to 200 families"],
  ['{"creators": "users"}', "1: families is missing"],
  [`{"creators": "all",\n"families": ${family({})}}`, '1: creators must be one of publishers, users, not "all"'],
  [`{"familys": 1,\n"families": ${family({})}}`, "1: familys is no key; there are creators, families"],
  ["[\n7\n]", "2: it must be an object, not 7"],
  ["[\n{}\n]", "2: name is missing", "2: pattern is missing", "2: subscribers is missing"],
  [family({ owner: true }), "1: owner is no key; there are name, pattern, subscribers, automatic, log, host, coalesceMs, config"],
  [family({ ownItems: true }), "1: ownItems is no key; there are name, pattern, subscribers, automatic, log, host, coalesceMs, config"],
  ['[{"name": "a",\n"name": "b", "pattern": "/a", "subscribers": "anyone"}]', "2: name stands twice"],
  [family({ name: "Agent One" }), '1: name must have small letters, digits and hyphens, a letter first, not "Agent One"'],
  [family({ name: "" }), '1: name must be a text of 1 to 64 characters, not ""'],
  [family({ name: "contact" }), `1: name "contact" is one of the service's own families`],
  [family({ pattern: "cc/{user}" }), '1: pattern must begin with a slash, not "cc/{user}"'],
  [family({ pattern: "/cc//{user}" }), '1: pattern must have something between its slashes and after the last, not "/cc//{user}"'],
  [family({ pattern: "/cc/{user}/" }), '1: pattern must have something between its slashes and after the last, not "/cc/{user}/"'],
  [family({ pattern: "/cafe\u0301/{user}" }), "1: pattern must be the name of a node in Unicode's form NFC (XEP-0060 §12.9)"],
  [family({ pattern: "/cc/u-{user}" }), '1: pattern must have braces round whole segments, not "u-{user}"'],
  [family({ pattern: "/cc/{user}/{queue}" }), "1: pattern may have {user}, {team}, {id} in braces, not {queue}"],
  [family({ pattern: "/cc/{user}/{}" }), "1: pattern may have {user}, {team}, {id} in braces, not {}"],
  [family({ pattern: "/cc/{user}/{user}" }), "1: pattern has the same name in braces twice"],
  [family({ pattern: "/{user}/cc" }), "1: pattern must begin with a segment that has no braces"],
  [family({ pattern: "/deskwire/{user}" }), "1: pattern is of the service's own nodes: /deskwire/presence"],
  [
    family({ pattern: "/finesse/api/{id}", subscribers: "anyone" }),
    '1: pattern "/finesse/api/{id}" matches /finesse/api/SystemInfo, which is a family by itself',
  ],
  [family({ subscribers: "supervisors" }), '1: subscribers must be one of owner, team, anyone, publishers, not "supervisors"'],
  [family({ pattern: "/cc/{team}" }), "1: subscribers is owner, and the pattern has no {user}"],
  [family({ subscribers: "team" }), "1: subscribers is team, and the pattern has no {team}"],
  [family({ automatic: "yes" }), '1: automatic must be true or false, not "yes"'],
  [family({ automatic: true, pattern: "/cc/{user}/{id}" }), "1: automatic needs a pattern with {user} or without braces"],
  [family({ automatic: true, pattern: "/cc/{team}", subscribers: "team" }), "1: automatic needs a pattern with {user} or without braces"],
  [family({ automatic: true, pattern: "/cc/x", subscribers: "publishers" }), "1: automatic needs the subscribers owner or anyone, not publishers"],
  [family({ log: "memory" }), '1: log must be an object, not "memory"'],
  [family({ log: { class: "stored" } }), "1: log.length is missing"],
  [family({ log: { class: "disk", length: 1 } }), '1: log.class must be one of memory, stored, not "disk"'],
  [family({ log: { class: "stored", length: 0 } }), "1: log.length must be a whole number from 1 to 1000, not 0"],
  [family({ log: { class: "stored", length: 1001 } }), "1: log.length must be a whole number from 1 to 1000, not 1001"],
  [family({ log: { class: "stored", length: 1.5 } }), "1: log.length must be a whole number from 1 to 1000, not 1.5"],
  [family({ log: { class: "memory", length: 1, position: "disk" } }), '1: log.position must be one of memory, stored, not "disk"'],
  [family({ log: { class: "stored", length: 1, position: "memory" } }), "1: log.position cannot be memory where the items are stored"],
  [family({ log: { class: "memory", length: 257 } }), "1: log.length must be at most 256 in memory (MEMORY_LOG), not 257"],
  [family({ host: "cloud" }), '1: host must be one of own, shared, broadcast, not "cloud"'],
  [family({ host: "broadcast", subscribers: "anyone" }), "1: host is broadcast, which needs a pattern without braces"],
  [family({ host: "broadcast", pattern: "/cc/x", subscribers: "publishers" }), "1: host is broadcast, which needs the subscribers anyone, not publishers"],
  [family({ coalesceMs: 49 }), "1: coalesceMs, if not 0, must be a whole number from 50 to 60000, not 49"],
  [family({ coalesceMs: 60_001 }), "1: coalesceMs, if not 0, must be a whole number from 50 to 60000, not 60001"],
  [family({ coalesceMs: null }), "1: coalesceMs, if not 0, must be a whole number from 50 to 60000, not null"],
  [
    family({ config: { access_model: "open" } }),
    "1: config.access_model is no key; there are title, description, language, type, notification_type, max_payload_size",
  ],
  [family({ config: { notification_type: "chat" } }), '1: config.notification_type must be one of normal, headline, not "chat"'],
  [family({ config: { max_payload_size: 60_001 } }), "1: config.max_payload_size must be a whole number from 1 to 60000, not 60001"],
  [family({ config: { title: "a\nb" } }), '1: config.title must be a text of 1 to 1000 characters, not "a\\nb"'],
  [
    JSON.stringify([{ ...SYSTEM, subscribers: "publishers", host: "own", automatic: false }]),
    `1: subscribers of ${SYSTEM_NODE} must be anyone`,
    `1: automatic of ${SYSTEM_NODE} must be true`,
    `1: host of ${SYSTEM_NODE} must be broadcast`,
  ],
  [JSON.stringify([{ ...SYSTEM, coalesceMs: 1000 }]), `1: coalesceMs of ${SYSTEM_NODE} must be 0`],
  [`[${JSON.stringify(agent)},\n\n${JSON.stringify({ ...agent, pattern: "/cc/x/{user}" })}]`, '3: name "agent" is also that of line 1'],
  [
    `[${JSON.stringify(agent)},\n${JSON.stringify({ ...agent, name: "other", pattern: "/cc/{user}/{id}" })}]`,
    '2: pattern "/cc/{user}/{id}" matches what "/cc/agents/{user}" of line 1 matches',
  ],
];
describe("a wrong table is none", () => {
  for (const [text, ...mistakes] of WRONG) {
    test(`${mistakes[0]}: ${text.slice(0, 60).replaceAll("\n", "⏎")}`, () => {
      assert.deepEqual(
        mistakesOf(text),
        mistakes.map((mistake) => `families.json:${mistake}`),
      );
    });
  }

  test("each mistake is told with its own line, in their order", () => {
    const text =
      '[\n  {\n    "name": "a",\n    "pattern": "a",\n    "subscribers": "anyone",\n    "log": {\n      "class": "stored",\n      "length": 0\n    }\n  },\n  {\n    "name": "b",\n    "patern": "/b",\n    "subscribers": "all"\n  }\n]';
    assert.deepEqual(
      mistakesOf(text).map((mistake) => mistake.split(" ", 2).join(" ")),
      ["families.json:8: log.length", "families.json:11: pattern", "families.json:13: patern", "families.json:14: subscribers"],
    );
  });

  test("neither one too many nor a hundred mistakes are told one by one", () => {
    const many = Array.from({ length: MOST_FAMILIES + 1 }, (_, n) => ({ name: `a${n}`, pattern: `/a/${n}`, subscribers: "anyone" }));
    assert.deepEqual(mistakesOf(JSON.stringify(many.slice(1))), []);
    assert.equal(mistakesOf(JSON.stringify(many)).length, 1);
    const told = mistakesOf(JSON.stringify(many.slice(1).map((each) => ({ ...each, host: 7 }))));
    assert.deepEqual([told.length, told.at(-1)], [21, `families.json: and ${MOST_FAMILIES - 20} more`]);
  });

  test("what MEMORY_LOG allows bounds a memory log, not a stored one", () => {
    assert.deepEqual(mistakesOf(family({ log: { class: "memory", length: 9 } }), 8), [
      "families.json:1: log.length must be at most 8 in memory (MEMORY_LOG), not 9",
    ]);
    assert.deepEqual(mistakesOf(family({ log: { class: "stored", length: 9 } }), 8), []);
  });
});

describe("settingsOf()", () => {
  const settings = (variables: Record<string, unknown>) => settingsOf(variables as unknown as Env);

  test("without a table it is the preset's, and publishers create nodes", () => {
    for (const variables of [{}, { FAMILIES: "" }]) {
      const { families, nodeCreators } = settings(variables);
      assert.equal(families, FINESSE);
      assert.equal(nodeCreators, "publishers");
    }
  });

  test("a table takes its place, and is read once for all environments that have it", () => {
    const FAMILIES = `{"creators": "users", "families": ${family({})}}`;
    const first = settings({ FAMILIES });
    assert.equal(first.families[0]?.name, "agent");
    assert.equal(first.nodeCreators, "users");
    assert.equal(settings({ FAMILIES }).families, first.families);
  });

  test("who creates nodes can be said by NODE_CREATORS, but not otherwise than the table does", () => {
    assert.equal(settings({ FAMILIES: family({}), NODE_CREATORS: "users" }).nodeCreators, "users");
    const FAMILIES = `{"creators": "publishers", "families": ${family({})}}`;
    assert.throws(() => settings({ FAMILIES, NODE_CREATORS: "users" }), /^RangeError: NODE_CREATORS must not be "users" where FAMILIES says "publishers"$/);
  });

  test("a wrong one is refused by the variable's name and the line, each time", () => {
    for (let time = 0; time < 2; time++) assert.throws(() => settings({ FAMILIES: "[\n7\n]" }), /^WrongTable: FAMILIES:2: it must be an object, not 7$/);
    assert.throws(() => settings({ FAMILIES: [agent] }), /^RangeError: FAMILIES must be a JSON text$/);
  });
});
