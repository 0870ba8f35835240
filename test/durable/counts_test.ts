/** Calls between objects and rows written, counted exactly (docs/protocol.md I7). */
import { beforeAll, expect, test } from "vitest";
import { Desk, difference as differenceOf, DOMAIN, provision, publish, SHARED, TEAM, userNode } from "./support/desk.ts";

const EVERYTHING = [
  ["local/0", "local/1", "local/2"],
  ["7001", "7003", "lead1", "backend"],
  [...SHARED, "broadcast", `own/${TEAM}`],
] as const;
const difference = <T>(work: () => Promise<T>) => differenceOf([...EVERYTHING], work, 100);

beforeAll(async () => {
  await provision();
});

/** A desk that has signed in and listens to the team. */
async function teamDesk(user: string, manager: string, resource = "desktop"): Promise<Desk> {
  const desk = await (await Desk.open(manager)).signIn(user, { resource });
  await desk.subscribe(TEAM, `${user}@${DOMAIN}/${resource}`);
  return desk;
}

test.each([
  { mechanism: "PLAIN", resource: "plain" },
  { mechanism: "SCRAM", resource: "scram" },
])(
  "I7 a sign-in by $mechanism with a team subscription makes five calls where the team and SystemInfo are listened to already",
  async ({ mechanism, resource }) => {
    await teamDesk("7001", "local/0");
    // A first sign-in asks the Directory; the one that is counted is a later one.
    (await teamDesk("7003", "local/0", "first")).close();
    await scheduler.wait(200);
    const desk = await Desk.open("local/0");
    const { calls } = await difference(async () => {
      await (mechanism === "PLAIN" ? desk.signIn("7003", { resource }) : desk.signInByScram("7003", { resource }));
      await desk.subscribe(TEAM, `7003@${DOMAIN}/${resource}`);
    });
    desk.close();
    await scheduler.wait(200);
    // Credentials, bind, the join of the own nodes, subscribe and the join behind it; six are allowed.
    expect(calls).toBe(5);
  },
);

test("I7 a ping calls nobody and writes nothing", async () => {
  const desk = await (await Desk.open("local/0")).signIn("7001", { resource: "ping" });
  const { calls, rowsWritten } = await difference(() => desk.request("p1", '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" }));
  expect({ calls, rowsWritten }).toEqual({ calls: 0, rowsWritten: 0 });
});

test("I7 a publish on a memory log calls its host and each listening manager once, and writes no row", async () => {
  const desks = [await teamDesk("7001", "local/0", "a"), await teamDesk("7003", "local/1", "b"), await teamDesk("lead1", "local/2", "c")];
  await publish(TEAM, "<Update>first</Update>");
  const { calls, rowsWritten, value } = await difference(() => publish(TEAM, "<Update>second</Update>"));
  expect(value.status).toBe(201);
  for (const desk of desks) await desk.until(/second/);
  expect({ calls, rowsWritten }).toEqual({ calls: 4, rowsWritten: 0 });
});

test("I7 ten publishes to many listeners of one manager make one call each beside the publish, and no row per delivery", async () => {
  await Promise.all(Array.from({ length: 8 }, (_, n) => teamDesk("7001", "local/0", `many${n}`)));
  const { calls, rowsWritten } = await difference(async () => {
    for (let n = 0; n < 10; n++) await publish(TEAM, `<Update>${n}</Update>`);
  });
  const managers = 3;
  expect(calls).toBe(10 * (1 + managers));
  expect(rowsWritten).toBe(0);
});

test("I7 a publish on a stored log writes one row, also when its ring is full", async () => {
  const node = "/finesse/api/SystemInfo";
  await publish(node, "<Update>warm</Update>");
  for (let n = 0; n < 70; n++) {
    const { rowsWritten } =
      n === 0 || n > 67
        ? await difference(() => publish(node, `<Update>${n}</Update>`))
        : { rowsWritten: 1, ...(await publish(node, `<Update>${n}</Update>`)) };
    expect(rowsWritten).toBe(1);
  }
});

test("I7 an id that the publisher chose costs no row more", async () => {
  const node = "/finesse/api/SystemInfo";
  const item = (id: string) => publish(node, JSON.stringify({ id, payload: id }), { "Content-Type": "application/json" });
  await item("warm");
  const { rowsWritten, value } = await difference(() => item("chosen"));
  expect({ rowsWritten, status: value.status }).toEqual({ rowsWritten: 1, status: 201 });
  expect(await difference(() => item("chosen"))).toMatchObject({ rowsWritten: 0, value: { status: 200 } });
});

test.each([
  // 7001 has resources at local/0 alone: the publisher's own manager hears with the answer.
  { manager: "local/0", calls: 1 },
  { manager: "local/2", calls: 2 },
])("I7 a publish over XMPP at $manager makes $calls calls: the host's, and one for each other manager that listens", async ({ manager, calls: expected }) => {
  const backend = await (await Desk.open(manager)).signIn("backend", { resource: manager.replace("/", "-") });
  const item = '<item><notification xmlns="http://jabber.org/protocol/pubsub">x</notification></item>';
  const send = (id: string) =>
    backend.request(id, `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${userNode("7001")}">${item}</publish></pubsub>`, {
      to: `pubsub.${DOMAIN}`,
    });
  await send("x1");
  const { calls, rowsWritten } = await difference(() => send("x2"));
  // 7001 has resources at one manager only.
  expect({ calls, rowsWritten }).toEqual({ calls: expected, rowsWritten: 0 });
});

/** An agent and a supervisor who write to one another, each by one resource, at managers of their own. */
async function two(first: string, second: string) {
  const [ada, lea] = [
    await (await Desk.open(first)).signIn("7001", { resource: `m${first}` }),
    await (await Desk.open(second)).signIn("lead1", { resource: `m${second}` }),
  ];
  return { ada, lea, close: () => [ada, lea].map((desk) => desk.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>')) };
}

const MESSAGE = (to: string, body: string) => `<message xmlns="jabber:client" type="chat" to="${to}"><body>${body}</body></message>`;

test.each([
  { to: `lead1@${DOMAIN}`, calls: 3 },
  { to: `lead1@${DOMAIN}/mlocal/2`, calls: 3 },
  { to: `nobody@${DOMAIN}`, calls: 1 },
])("I7 a message to $to makes $calls calls of the objects counted here, and writes no row", async ({ to, calls: expected }) => {
  // Whoever is there from the tests above has gone.
  const { lea, ada, close } = await two("local/0", "local/2");
  ada.send(MESSAGE(to, "warm"));
  await scheduler.wait(200);
  // Both sessions and the receiver's manager; a session of nobody is not among those counted.
  const { calls, rowsWritten } = await difference(async () => {
    ada.send(MESSAGE(to, "hello"));
    await scheduler.wait(200);
  });
  expect({ calls, rowsWritten }).toEqual({ calls: expected, rowsWritten: 0 });
  void lea;
  close();
  await scheduler.wait(200);
});

test("I7 to turn copies on writes one row, and so does a change of the block list; to ask for the list none", async () => {
  const { ada, close } = await two("local/0", "local/2");
  const on = await difference(() => ada.request("on", '<enable xmlns="urn:xmpp:carbons:2"/>'));
  const again = await difference(() => ada.request("again", '<enable xmlns="urn:xmpp:carbons:2"/>'));
  const block = await difference(() => ada.request("b", '<block xmlns="urn:xmpp:blocking"><item jid="a@b.example"/></block>'));
  const unblock = await difference(() => ada.request("u", '<unblock xmlns="urn:xmpp:blocking"/>'));
  const list = await difference(() => ada.request("l", '<blocklist xmlns="urn:xmpp:blocking"/>', { type: "get" }));
  expect([on, again, block, unblock, list].map(({ rowsWritten }) => rowsWritten)).toEqual([1, 0, 1, 1, 0]);
  expect([on, again, list].map(({ calls }) => calls)).toEqual([1, 1, 1]);
  close();
});

test("I7 that nobody looks, and that somebody looks again, calls nobody and writes nothing", async () => {
  const { ada, close } = await two("local/0", "local/2");
  const { calls, rowsWritten } = await difference(async () => {
    ada.send('<inactive xmlns="urn:xmpp:csi:0"/>');
    ada.send('<active xmlns="urn:xmpp:csi:0"/>');
    await ada.request("p1", '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" });
  });
  expect({ calls, rowsWritten }).toEqual({ calls: 0, rowsWritten: 0 });
  close();
});
