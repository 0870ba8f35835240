/**
 * RFC 6121 §8: where stanzas go.
 *
 * @module
 */

import type { Person, Wanted } from "./person.ts";
import type { Scenarios, Stage } from "./stage.ts";

const TEST_IQ = '<test xmlns="urn:xmpp-interop:test:0"/>';
const PING = '<ping xmlns="urn:xmpp:ping"/>';
const PRIORITIES: readonly (readonly number[])[] = [
  [1],
  [0],
  [-1],
  [1, 1, 1],
  [1, 1, -1, 1],
  [3, 1, 2],
  [1, 2, -1, 3],
  [0, 0, 0],
  [0, 0, -1, 0],
  [3, 1, 0],
  [1, 0, -1, 3],
  [-1, -1, -1],
];

const stanzaOf = (kind: "iq" | "message" | "presence", of: { id: string; to: string; type?: string | undefined; content?: string }): string =>
  `<${kind} id="${of.id}" to="${of.to}"${of.type === undefined ? "" : ` type="${of.type}"`}>${of.content ?? ""}</${kind}>`;

/** Each resource of somebody, with its priority. */
async function resources(stage: Stage, priorities: readonly number[]): Promise<Person[]> {
  const user = stage.newcomer();
  const people: Person[] = [];
  for (const [at, priority] of priorities.entries())
    people.push(await stage.signIn({ user, resource: `r${at}`, presence: `<priority>${priority}</priority>` }));
  return people;
}

/** All that was sent before has come when these have. */
async function settled(from: Person, to: readonly Person[]): Promise<void> {
  for (const each of to) {
    const id = await from.say(each.jid, "chat", "<body>stop</body>");
    await each.until({ name: "message", id });
  }
}

/** Which of them got it. */
const gotIt = (people: readonly Person[], wanted: Wanted): number[] => people.flatMap((each, at) => (each.count(wanted) > 0 ? [at] : []));

type Expected = (priorities: readonly number[]) => { readonly may: readonly (readonly number[])[]; readonly error?: string | undefined };

const able = (priorities: readonly number[]): number[] => priorities.flatMap((priority, at) => (priority >= 0 ? [at] : []));

/** §8.5.2.1.1: to the most available, or to all who are not negative. */
const toSome: Expected = (priorities) => {
  const all = able(priorities);
  const highest = Math.max(...priorities);
  const most = all.filter((at) => priorities[at] === highest);
  return { may: [all, most, ...most.map((one) => [one])] };
};
const toAll: Expected = (priorities) => ({ may: [able(priorities)] });
const toNone: Expected = () => ({ may: [[]] });

const MESSAGES: readonly { readonly type: string | undefined; readonly expected: Expected; readonly refused?: boolean }[] = [
  { type: "normal", expected: toSome },
  { type: undefined, expected: toSome },
  { type: "chat", expected: toSome },
  { type: "headline", expected: toAll },
  { type: "groupchat", expected: toNone, refused: true },
  { type: "error", expected: toNone },
];

const error = (of: string): string =>
  of === "error" ? '<error type="cancel"><undefined-condition xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>' : "<body>hello</body>";

const toBare: Scenarios = Object.fromEntries(
  MESSAGES.flatMap(({ type, expected, refused }) =>
    PRIORITIES.map((priorities) => [
      `§8.5.2.1.1 a ${type ?? "message without type"} to the bare jid of ${priorities}`,
      async (stage: Stage) => {
        const ada = await stage.signIn({ user: stage.newcomer() });
        const people = await resources(stage, priorities);
        const bare = people[0]?.bare ?? "";
        const id = await ada.say(bare, type, error(type ?? ""));
        await settled(ada, people);
        const got = gotIt(people, { name: "message", id, to: bare });
        if (!expected(priorities).may.some((may) => String(may) === String(got))) throw new Error(`got by ${got}`);
        if (refused) await ada.until({ name: "message", type: "error", id, has: "service-unavailable" });
      },
    ]),
  ),
);

const presences: Scenarios = Object.fromEntries(
  PRIORITIES.map((priorities) => [
    `§8.5.2.1.2 presence to the bare jid of ${priorities}: all get it`,
    async (stage: Stage) => {
      const ada = await stage.signIn({ user: stage.newcomer() });
      const people = await resources(stage, priorities);
      const id = await ada.tell(people[0]?.bare ?? "");
      for (const each of people) await each.until({ name: "presence", id });
      const gone = await ada.tell(people[0]?.bare ?? "", "unavailable");
      for (const each of people) await each.until({ name: "presence", type: "unavailable", id: gone });
    },
  ]),
);

const requests: Scenarios = Object.fromEntries(
  [[1], [-1], [1, 0, -1, 3]].flatMap((priorities) =>
    (["get", "set"] as const).map((type) => [
      `§8.5.2.1.3 a ${type} to the bare jid of ${priorities}: the server answers`,
      async (stage: Stage) => {
        const ada = await stage.signIn({ user: stage.newcomer() });
        const people = await resources(stage, priorities);
        const bare = people[0]?.bare ?? "";
        await ada.refused("service-unavailable", type, TEST_IQ, bare);
        await ada.ask(type, '<query xmlns="jabber:iq:roster"/>', bare);
        await settled(ada, people);
        if (gotIt(people, { name: "iq", from: ada.jid }).length > 0) throw new Error("A request to a bare jid was delivered");
      },
    ]),
  ),
);

async function answersToNobody(ada: Person, to: string): Promise<void> {
  for (const type of ["result", "error"]) await ada.send(stanzaOf("iq", { id: `answer-${type}`, to, type, content: type === "error" ? error("error") : "" }));
  await ada.never({ id: "answer-result" });
  await ada.never({ id: "answer-error" });
}

const MATCHED = ["chat", "normal", "headline", "groupchat", "error", undefined];

export const ROUTES: Scenarios = {
  ...toBare,
  ...presences,
  ...requests,
  "§8.5.2.1.3 answers to a bare jid are nobody's": async (stage) => {
    const [ada, bob] = await stage.two();
    await answersToNobody(ada, bob.bare);
    await bob.never({ name: "iq" });
  },
  "§8.5.1 nobody of that name: bare and full": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    for (const to of [stage.bareOf("nobody-at-all"), `${stage.bareOf("nobody-at-all")}/there`]) {
      await ada.refused("service-unavailable", "get", PING, to);
      await ada.refused("service-unavailable", "set", TEST_IQ, to);
      for (const type of [undefined, "unavailable", "unsubscribe", "unsubscribed", "error"]) await ada.tell(to, type);
      for (const type of MATCHED) {
        const id = await ada.say(to, type);
        await ada.never({ name: "message", type: undefined, id });
        const answers = ada.count({ name: "message", id });
        if (answers > (type === "error" ? 0 : 1)) throw new Error(`${answers} answers to ${type}`);
        if (answers > 0) await ada.until({ name: "message", type: "error", id, has: "service-unavailable" });
      }
      await answersToNobody(ada, to);
      await ada.never({ name: "presence", from: to });
    }
    await ada.never({ name: "presence", type: "error" });
  },
  "§8.5.2.2.1 messages to who has no resource": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const bare = stage.bareOf(stage.newcomer());
    for (const type of ["normal", "chat", undefined, "groupchat"]) {
      const id = await ada.say(bare, type);
      await ada.until({ name: "message", type: "error", id, has: "service-unavailable" });
    }
    for (const type of ["headline", "error"]) {
      const id = await ada.say(bare, type, error(type));
      await ada.get(PING, stage.domain);
      if (type === "error") await ada.never({ name: "message", id });
    }
  },
  "§8.5.2.2.3 requests to who has no resource": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const bare = stage.bareOf(stage.newcomer());
    await ada.refused("service-unavailable", "get", TEST_IQ, bare);
    await ada.refused("service-unavailable", "set", TEST_IQ, bare);
    await answersToNobody(ada, bare);
  },
  "§8.5.3.1 a full jid that is there gets everything": async (stage) => {
    const [ada, bob] = await stage.two();
    for (const type of MATCHED) {
      const id = await ada.say(bob.jid, type, error(type ?? ""));
      await bob.until({ name: "message", type, id, from: ada.jid, to: bob.jid });
    }
    for (const type of [undefined, "unavailable"]) {
      const id = await ada.tell(bob.jid, type, "<status>hi</status>");
      await bob.until({ name: "presence", type, id });
    }
    for (const type of ["result", "error"]) {
      for (const content of [TEST_IQ, '<query xmlns="jabber:iq:roster"/>']) {
        const id = ada.id();
        await ada.send(stanzaOf("iq", { id, to: bob.jid, type, content: content + (type === "error" ? error("error") : "") }));
        await bob.until({ name: "iq", type, id, from: ada.jid });
      }
    }
  },
  "§8.5.3.1 unavailable to a full jid that heard nothing before": async (stage) => {
    const [ada, bob] = await stage.two();
    const id = await ada.tell(bob.jid, "unavailable", "<status>hi</status>");
    await bob.until({ name: "presence", type: "unavailable", id });
  },
  "§8.5.3.1 negative or not present: a full jid gets its messages": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const bob = await stage.signIn({ user: stage.newcomer(), presence: "<priority>-1</priority>" });
    const cy = await stage.signIn({ user: stage.newcomer(), presence: false });
    for (const each of [bob, cy]) {
      const id = await ada.say(each.jid, "chat");
      await each.until({ name: "message", id });
    }
  },
  "§8.5.3.1 requests of contacts reach the resource, and their answers come back": async (stage) => {
    const [ada, bob] = await stage.friends();
    const id = ada.id();
    await ada.send(stanzaOf("iq", { id, to: bob.jid, type: "get", content: TEST_IQ }));
    await bob.until({ name: "iq", type: "get", id, from: ada.jid });
    await ada.until({ name: "iq", type: "error", id, from: bob.jid });
  },
  "§8.5.3.2.1 messages to a resource that is not there": async (stage) => {
    const [ada, bob] = await stage.two();
    const to = `${bob.bare}/not-there`;
    const chat = await ada.say(to, "chat");
    await bob.until({ name: "message", id: chat, to });
    for (const type of ["normal", "groupchat", "headline", "error", undefined]) {
      const id = await ada.say(to, type, error(type ?? ""));
      await settled(ada, [bob]);
      const got = bob.count({ name: "message", id });
      const refused = ada.count({ name: "message", type: "error", id });
      if (got + refused > 1) throw new Error(`${type}: delivered ${got}, refused ${refused}`);
      if (type === "error" && got + refused > 0) throw new Error("An error was not dropped");
      if (type === "groupchat" && got > 0) throw new Error("groupchat was delivered");
    }
  },
  "§8.5.3.2.2 presence to a resource that is not there is dropped": async (stage) => {
    const [ada, bob] = await stage.two();
    for (const type of [undefined, "unavailable"]) {
      const id = await ada.tell(`${bob.bare}/not-there`, type);
      await settled(ada, [bob]);
      if (bob.count({ id }) + ada.count({ id }) > 0) throw new Error("it came");
    }
  },
  "§8.5.3.2.3 requests to a resource that is not there": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.refused("service-unavailable", "get", TEST_IQ, `${bob.bare}/not-there`);
    await ada.refused("service-unavailable", "set", TEST_IQ, `${bob.bare}/not-there`);
    await answersToNobody(ada, `${bob.bare}/not-there`);
    await bob.never({ name: "iq" });
  },
  "RFC 6120 §8.1.2.1 nobody speaks as another": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.send(`<message id="forged" to="${bob.jid}" from="${ada.bare}/elsewhere"><body>x</body></message>`);
    await bob.get(PING, stage.domain);
    if (bob.count({ id: "forged", from: `${ada.bare}/elsewhere` }) > 0) throw new Error("forged");
  },
  "RFC 6120 §8.4 content that nobody knows passes unchanged": async (stage) => {
    const [ada, bob] = await stage.two();
    const content =
      '<body xml:lang="de">hallo</body><thread parent="a">t</thread><x xmlns="urn:a"><y xmlns="urn:b" z="&lt;&amp;&quot;">1 &lt; 2 &amp; 3</y></x>';
    const id = await ada.say(bob.jid, "chat", content);
    await bob.until({ name: "message", id, has: ["hallo", "parent=", 'xmlns="urn:a"', 'xmlns="urn:b"', "1 &lt; 2 &amp; 3"] });
  },
  "RFC 6120 §10.1 one after the other": async (stage) => {
    const [ada, bob] = await stage.two();
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) ids.push(await ada.say(n % 2 ? bob.jid : bob.bare, "chat", `<body>${n}</body>`));
    for (const id of ids) await bob.until({ name: "message", id });
  },
};
