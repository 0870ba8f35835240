/** Created nodes among the objects: rights in force when they are answered, rows and calls, what is left behind (docs/protocol.md). */
import { beforeEach, expect, test } from "vitest";
import { ADMIN, ask, counts, Desk, DOMAIN, provision } from "./support/desk.ts";

const PUBSUB = "http://jabber.org/protocol/pubsub";
const SERVICE = `pubsub.${DOMAIN}`;
let nodes = 0;
let node = "";

beforeEach(async () => {
  await provision();
  node = `node-${++nodes}`;
});

let ids = 0;
const of = (desk: Desk, inside: string, { type = "set", ns = PUBSUB } = {}) =>
  desk.request(`q${++ids}`, `<pubsub xmlns="${ns}">${inside}</pubsub>`, { to: SERVICE, type });
const owner = (desk: Desk, inside: string, type = "set") => of(desk, inside, { type, ns: `${PUBSUB}#owner` });
const form = (values: Readonly<Record<string, string>>) =>
  `<x xmlns="jabber:x:data" type="submit">${Object.entries(values)
    .map(([name, value]) => `<field var="pubsub#${name}"><value>${value}</value></field>`)
    .join("")}</x>`;
const create = (desk: Desk, values: Readonly<Record<string, string>> = {}) => of(desk, `<create node="${node}"/><configure>${form(values)}</configure>`);
const publish = (desk: Desk, text: string) => of(desk, `<publish node="${node}"><item id="${text}"><p xmlns="x">${text}</p></item></publish>`);
const affiliate = (desk: Desk, user: string, affiliation: string) =>
  owner(desk, `<affiliations node="${node}"><affiliation jid="${user}@${DOMAIN}" affiliation="${affiliation}"/></affiliations>`);
const messages = (frames: readonly string[]) => frames.filter((frame) => frame.includes(`<items node="${node}"`));

/** The item of that name of this test's node. */
const heard = (desk: Desk, text: string) => desk.until(new RegExp(`<items node="${node}".*${text}`));

async function people(...users: readonly (readonly [string, string])[]): Promise<Desk[]> {
  return await Promise.all(users.map(async ([user, manager]) => (await Desk.open(manager)).signIn(user, { resource: manager.replace("/", "-") })));
}

test("I6 who becomes an outcast hears nothing once that is answered, at any manager", async () => {
  const [backend, here, there, other] = (await people(["backend", "local/0"], ["7001", "local/0"], ["7001", "local/1"], ["7002", "local/1"])) as [
    Desk,
    Desk,
    Desk,
    Desk,
  ];
  await create(backend);
  await here.subscribe(node, `7001@${DOMAIN}`);
  await other.subscribe(node, `7002@${DOMAIN}`);
  await publish(backend, "one");
  for (const desk of [here, there, other]) await heard(desk, "one");
  await affiliate(backend, "7001", "outcast");
  await publish(backend, "two");
  await heard(other, "two");
  for (const desk of [here, there]) {
    const frames = await desk.quiet();
    expect(messages(frames)).toEqual([]);
    // PS-090, PS-091: both are told.
    expect(frames.join()).toContain('affiliation="outcast"');
    expect(frames.join()).toContain('subscription="none"');
  }
  await expect(here.subscribe(node, `7001@${DOMAIN}`)).rejects.toThrow("forbidden");
});

test("PS-006 access by presence is by a team shared with an owner, and ends with it", async () => {
  const [backend, ada, cy, bob] = (await people(["backend", "local/0"], ["7001", "local/0"], ["7003", "local/1"], ["7002", "local/1"])) as [
    Desk,
    Desk,
    Desk,
    Desk,
  ];
  await create(backend, { access_model: "presence" });
  await expect(cy.subscribe(node, `7003@${DOMAIN}`)).rejects.toThrow("presence-subscription-required");
  await affiliate(backend, "7001", "owner");
  await cy.subscribe(node, `7003@${DOMAIN}`);
  await expect(bob.subscribe(node, `7002@${DOMAIN}`)).rejects.toThrow("presence-subscription-required");
  await expect(of(bob, `<items node="${node}"/>`, { type: "get" })).rejects.toThrow("presence-subscription-required");
  await publish(backend, "one");
  await heard(cy, "one");
  const changed = await ask(`/api/v1/teams/42?domain=${DOMAIN}`, {
    method: "PUT",
    headers: ADMIN,
    body: JSON.stringify({ name: "Sales", members: ["7001"], supervisors: ["lead1"] }),
  });
  expect(changed.status).toBe(200);
  await publish(backend, "two");
  expect(messages(await cy.quiet())).toEqual([]);
  expect(await owner(backend, `<subscriptions node="${node}"/>`, "get")).not.toContain("7003");
  void ada;
});

test("PS-006 XEP-0060 §4.5 access by presence and by roster is by an owner's roster, too: who sees the owner, who is in a group", async () => {
  const [backend, bob, cy] = (await people(["backend", "local/0"], ["7002", "local/1"], ["7003", "local/1"])) as [Desk, Desk, Desk];
  const configure = (values: Readonly<Record<string, string>>) => owner(backend, `<configure node="${node}">${form(values)}</configure>`);
  const refused = async (desk: Desk, user: string, condition: string) => {
    await expect(desk.subscribe(node, `${user}@${DOMAIN}`)).rejects.toThrow(condition);
    await expect(of(desk, `<items node="${node}"/>`, { type: "get" })).rejects.toThrow(condition);
  };
  const setContact = (inside: string) =>
    backend.request(`q${++ids}`, `<query xmlns="jabber:iq:roster"><item jid="7002@${DOMAIN}">${inside}</item></query>`, { type: "set" });
  await create(backend, { access_model: "presence" });
  await refused(bob, "7002", "presence-subscription-required");
  bob.send(`<presence xmlns="jabber:client" type="subscribe" to="backend@${DOMAIN}"/>`);
  await backend.until(/^<presence [^>]*type="subscribe"/);
  await refused(bob, "7002", "presence-subscription-required");
  backend.send(`<presence xmlns="jabber:client" type="subscribed" to="7002@${DOMAIN}"/>`);
  await bob.until(/^<presence [^>]*from="backend@/);
  await bob.subscribe(node, `7002@${DOMAIN}`);
  await refused(cy, "7003", "presence-subscription-required");
  await publish(backend, "one");
  await heard(bob, "one");
  await bob.unsubscribe(node, `7002@${DOMAIN}`);

  // Only groups that an owner has can be allowed (§16.4.4).
  await expect(configure({ access_model: "roster", roster_groups_allowed: "Friends" })).rejects.toThrow("not-acceptable");
  await setContact("<group>Friends</group>");
  expect(await owner(backend, `<configure node="${node}"/>`, "get")).toContain("<value>Friends</value></option>");
  await configure({ access_model: "roster", roster_groups_allowed: "Friends" });
  const asked = async () => (await counts([], ["backend"], [])).calls;
  const before = await asked();
  await bob.subscribe(node, `7002@${DOMAIN}`);
  // The owner's session, once.
  expect((await asked()) - before).toBe(1);
  await refused(cy, "7003", "not-in-roster-group");
  await publish(backend, "two");
  await heard(bob, "two");
  // It is asked at the subscribe: what stands, stands.
  await setContact("<group>Others</group>");
  await publish(backend, "three");
  await heard(bob, "three");
  await bob.unsubscribe(node, `7002@${DOMAIN}`);
  await refused(bob, "7002", "not-in-roster-group");
  // Who is blocked is in nobody's circle.
  await setContact("<group>Friends</group>");
  await backend.request(`q${++ids}`, `<block xmlns="urn:xmpp:blocking"><item jid="7002@${DOMAIN}"/></block>`, { type: "set" });
  await refused(bob, "7002", "not-in-roster-group");
});

test("PS-085 a node that was deleted and is created anew has none of its subscribers", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend);
  await ada.subscribe(node, `7001@${DOMAIN}`);
  await publish(backend, "one");
  await heard(ada, "one");
  await owner(backend, `<delete node="${node}"/>`);
  await ada.until(/<delete/);
  await create(backend);
  await publish(backend, "two");
  expect(await ada.quiet()).toEqual([]);
  expect(await of(ada, "<subscriptions/>", { type: "get" })).not.toContain(node);
  // Nor does it come back with the next presence.
  ada.send('<presence xmlns="jabber:client" type="unavailable"/>');
  ada.send('<presence xmlns="jabber:client"/>');
  await ada.until(/^<presence/);
  await publish(backend, "three");
  expect(await ada.quiet()).toEqual([]);
});

test("PS-085 a stream goes on that listened to a node which was deleted while its manager slept", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend, { notify_delete: "0" });
  await ada.subscribe(node, `7001@${DOMAIN}`);
  await ada.evict();
  await owner(backend, `<delete node="${node}"/>`);
  await ada.request("p", '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" });
  expect(ada.closed).toBeUndefined();
});

test("PS-021 §5.2 nodes are listed for who may know them", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend, { access_model: "whitelist" });
  const list = async (desk: Desk) => await desk.request(`q${++ids}`, '<query xmlns="http://jabber.org/protocol/disco#items"/>', { to: SERVICE, type: "get" });
  expect(await list(backend)).toContain(`node="${node}"`);
  expect(await list(ada)).not.toContain(`node="${node}"`);
  await affiliate(backend, "7001", "member");
  expect(await list(ada)).toContain(`node="${node}"`);
  await owner(backend, `<configure node="${node}">${form({ access_model: "open" })}</configure>`);
  await affiliate(backend, "7001", "none");
  await expect.poll(() => list(ada)).toContain(`node="${node}"`);
  await owner(backend, `<delete node="${node}"/>`);
  await expect.poll(() => list(ada)).not.toContain(`node="${node}"`);
});

test("I7 a publish on a created node calls its host and each other manager once, and writes the item's row; a transient one writes none", async () => {
  for (const [persist, rows] of [
    ["1", 1],
    ["0", 0],
  ] as const) {
    node = `node-${++nodes}`;
    const [backend, ada, bob] = (await people(["backend", "counted/0"], ["7001", "counted/1"], ["7002", "counted/2"])) as [Desk, Desk, Desk];
    await create(backend, { persist_items: persist });
    await ada.subscribe(node, `7001@${DOMAIN}`);
    await bob.subscribe(node, `7002@${DOMAIN}`);
    await publish(backend, "warm");
    await scheduler.wait(700);
    const all = () => counts(["counted/0", "counted/1", "counted/2"], ["7001", "7002", "backend"], [`own/${node}`]);
    const before = await all();
    await publish(backend, "one");
    const after = await all();
    expect({ calls: after.calls - before.calls, rowsWritten: after.rowsWritten - before.rowsWritten }).toEqual({ calls: 3, rowsWritten: rows });
  }
});

test("PS-062 a quiet node tells nobody, and a gap it is none", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend, { deliver_notifications: "0" });
  await ada.subscribe(node, `7001@${DOMAIN}`);
  await publish(backend, "one");
  expect(await ada.quiet()).toEqual([]);
  await owner(backend, `<configure node="${node}">${form({ deliver_notifications: "1" })}</configure>`);
  await publish(backend, "two");
  expect(await heard(ada, "two")).not.toContain("one");
  expect(await of(ada, `<items node="${node}"/>`, { type: "get" })).toMatch(/one.*two/);
});

test("PS-009 items keep their order over the host's sleep", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend);
  for (const text of ["a", "b", "c"]) await publish(backend, text);
  const { evictDurableObject } = await import("cloudflare:test");
  const { env } = await import("cloudflare:workers");
  await evictDurableObject(env.NODE_HOST.getByName(`${DOMAIN}/own/${node}`));
  await publish(backend, "a");
  expect(await of(ada, `<items node="${node}"/>`, { type: "get" })).toMatch(/id="b".*id="c".*id="a"/);
});

const options = (values: Readonly<Record<string, string>>) => `<options>${form(values)}</options>`;

test("PS-045 a lease: a warning that says when it ends, then nothing is heard any more, and the owner does not list it", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend);
  const expiry = new Date(Date.now() + 3000).toISOString();
  await of(ada, `<subscribe node="${node}" jid="7001@${DOMAIN}"/>${options({ expire: expiry })}`);
  await publish(backend, "one");
  await heard(ada, "one");
  expect(await ada.until(/<subscription/, 5000)).toContain(`expiry="${expiry}"`);
  await expect.poll(() => owner(backend, `<subscriptions node="${node}"/>`, "get"), { timeout: 10_000, interval: 200 }).not.toContain("7001");
  await publish(backend, "two");
  expect(messages(await ada.quiet())).toEqual([]);
  await expect(of(ada, `<subscribe node="${node}" jid="7001@${DOMAIN}"/>${options({ expire: "2001-01-01T00:00:00Z" })}`)).rejects.toThrow("invalid-options");
});

test("PS-044 subscriptions that end with presence, by option and by tempsub", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend);
  await of(ada, `<subscribe node="${node}" jid="7001@${DOMAIN}/local-1"/>${options({ expire: "presence" })}`);
  expect(await owner(backend, `<subscriptions node="${node}"/>`, "get")).toContain("7001");
  ada.send('<presence xmlns="jabber:client" type="unavailable"/>');
  await expect.poll(() => owner(backend, `<subscriptions node="${node}"/>`, "get")).not.toContain("7001");
  ada.send('<presence xmlns="jabber:client"/>');
  await ada.until(/^<presence/);
  await owner(backend, `<configure node="${node}">${form({ tempsub: "1" })}</configure>`);
  await ada.subscribe(node, `7001@${DOMAIN}/local-1`);
  expect(await owner(backend, `<subscriptions node="${node}"/>`, "get")).toContain("7001");
  ada.close();
  await expect.poll(() => owner(backend, `<subscriptions node="${node}"/>`, "get")).not.toContain("7001");
});

test("PS-041 options set by one resource are obeyed at the others", async () => {
  const [backend, here, there] = (await people(["backend", "local/0"], ["7001", "local/0"], ["7001", "local/1"])) as [Desk, Desk, Desk];
  await create(backend);
  await here.subscribe(node, `7001@${DOMAIN}`);
  await publish(backend, "one");
  for (const desk of [here, there]) await heard(desk, "one");
  await of(here, `<options node="${node}" jid="7001@${DOMAIN}">${form({ deliver: "0" })}</options>`);
  await scheduler.wait(100);
  await publish(backend, "two");
  for (const desk of [here, there]) expect(messages(await desk.quiet())).toEqual([]);
});

test("PS-087 an owner who was not there asks for what is pending", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend, { access_model: "authorize" });
  backend.close();
  await scheduler.wait(100);
  expect(await ada.subscribe(node, `7001@${DOMAIN}`)).toContain('subscription="pending"');
  const back = await (await Desk.open("local/2")).signIn("backend");
  const command = (inside: string) => `<command xmlns="http://jabber.org/protocol/commands" node="${PUBSUB}#get-pending">${inside}</command>`;
  expect(await back.request("g1", command(""), { to: SERVICE })).toContain(`<value>${node}</value>`);
  await back.request("g2", command(form({ node })), { to: SERVICE });
  const request = await back.until(/subscribe_authorization/);
  expect(request).toContain("7001");
  back.send(
    `<message xmlns="jabber:client" to="${SERVICE}" id="a">${form({ node, subscriber_jid: `7001@${DOMAIN}`, allow: "1" }).replace(
      ">",
      '><field var="FORM_TYPE"><value>http://jabber.org/protocol/pubsub#subscribe_authorization</value></field>',
    )}</message>`,
  );
  await ada.until(/subscription="subscribed"/);
  await publish(back, "one");
  await heard(ada, "one");
});

test("PE-6.1.3.9 too many subscriptions of one user", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7002", "local/1"])) as [Desk, Desk];
  await create(backend);
  const another = () => of(ada, `<subscribe node="${node}" jid="7002@${DOMAIN}"/>${options({ deliver: "0" })}`);
  let made = 0;
  const refused = await (async () => {
    for (; made < 300; made++) {
      const error = await another().then(
        () => null,
        (answer: Error) => answer.message,
      );
      if (error) return error;
    }
    return "";
  })();
  expect(refused).toMatch(/<error type="wait"><policy-violation .*<too-many-subscriptions /);
  expect(made).toBeLessThanOrEqual(240);
  // The host has none that the session did not make.
  const listed = (await owner(backend, `<subscriptions node="${node}"/>`, "get")).match(/subid="/g) ?? [];
  expect(listed).toHaveLength(made);
  await owner(backend, `<delete node="${node}"/>`);
});

test("PS-005 the last item of a node that keeps nothing is sent while its host knows it", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend, { persist_items: "0" });
  await publish(backend, "one");
  await ada.subscribe(node, `7001@${DOMAIN}`);
  expect(await heard(ada, "one")).toContain("urn:xmpp:delay");
  await expect(of(ada, `<items node="${node}"/>`, { type: "get" })).rejects.toThrow("persistent-items");
});

test("PS-071 what was removed without a word is not sent to who comes later", async () => {
  const [backend, ada, bob] = (await people(["backend", "local/0"], ["7001", "local/1"], ["7002", "local/1"])) as [Desk, Desk, Desk];
  await create(backend, { notify_retract: "0" });
  await ada.subscribe(node, `7001@${DOMAIN}`);
  await publish(backend, "one");
  await heard(ada, "one");
  await of(backend, `<retract node="${node}"><item id="one"/></retract>`);
  await bob.subscribe(node, `7002@${DOMAIN}`);
  expect(messages(await bob.quiet())).toEqual([]);
  ada.send('<presence xmlns="jabber:client" type="unavailable"/>');
  ada.send('<presence xmlns="jabber:client"/>');
  await ada.until(/^<presence/);
  expect(messages(await ada.quiet())).toEqual([]);
});

test("PS-005 an item whose time is over is not sent to who comes later", async () => {
  const [backend, ada, bob] = (await people(["backend", "local/0"], ["7001", "local/1"], ["7002", "local/1"])) as [Desk, Desk, Desk];
  await create(backend, { item_expire: "1" });
  const kept = node;
  node = `${kept}-transient`;
  await create(backend, { item_expire: "1", persist_items: "0" });
  for (node of [kept, `${kept}-transient`]) {
    await ada.subscribe(node, `7001@${DOMAIN}`);
    await publish(backend, "one");
    await heard(ada, "one");
  }
  await scheduler.wait(1100);
  for (node of [kept, `${kept}-transient`]) await bob.subscribe(node, `7002@${DOMAIN}`);
  ada.send('<presence xmlns="jabber:client" type="unavailable"/>');
  ada.send('<presence xmlns="jabber:client"/>');
  await ada.until(/^<presence/);
  for (const desk of [ada, bob]) expect((await desk.quiet()).join()).not.toContain(kept);
});

test("PS-085 a node that is created anew tells nothing of the one before, and its old subscribers nothing of it", async () => {
  const [backend, ada, bob] = (await people(["backend", "local/0"], ["7001", "local/1"], ["7002", "local/1"])) as [Desk, Desk, Desk];
  await create(backend, { notify_delete: "0" });
  await bob.subscribe(node, `7002@${DOMAIN}`);
  await publish(backend, "secret");
  await heard(bob, "secret");
  await owner(backend, `<delete node="${node}"/>`);
  await create(backend, { persist_items: "0" });
  await ada.subscribe(node, `7001@${DOMAIN}`);
  expect(messages(await ada.quiet())).toEqual([]);
  await publish(backend, "new");
  await heard(ada, "new");
  expect(messages(await bob.quiet())).toEqual([]);
});

test("PS-052 items that are asked for by id come once, and no more than fit into an answer", async () => {
  const [backend] = (await people(["backend", "local/0"])) as [Desk];
  await create(backend);
  const names = ["a", "b", "c", "d", "e"];
  for (const id of names) await of(backend, `<publish node="${node}"><item id="${id}"><p xmlns="x">${"b".repeat(50_000)}</p></item></publish>`);
  const get = (ids: readonly string[]) => of(backend, `<items node="${node}">${ids.map((id) => `<item id="${id}"/>`).join("")}</items>`, { type: "get" });
  const repeated = await get(Array.from({ length: 500 }, () => "a"));
  expect(repeated.match(/<item /g)).toHaveLength(1);
  expect((await get(names)).length).toBeLessThan(210_000);
});

test("PS-008 §4.6 a node whose name is as long as a name may be tells its events", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  node = node.padEnd(1023, "x");
  await create(backend);
  await ada.subscribe(node, `7001@${DOMAIN}`);
  await publish(backend, "one");
  await heard(ada, "one");
  await affiliate(backend, "7001", "outcast");
  await expect(ada.subscribe(node, `7001@${DOMAIN}`)).rejects.toThrow("forbidden");
});

test("PE-6.1.3.9 an owner subscribes nobody beyond the bound, nor who does not exist", async () => {
  const [backend, boss] = (await people(["backend", "local/0"], ["lead1", "local/1"])) as [Desk, Desk];
  await create(backend);
  const all = Array.from({ length: 300 }, (_, at) => `<subscription jid="lead1@${DOMAIN}/r${at}" subscription="subscribed"/>`).join("");
  await owner(backend, `<subscriptions node="${node}">${all}<subscription jid="nobody@${DOMAIN}" subscription="subscribed"/></subscriptions>`);
  await scheduler.wait(300);
  const had = (await of(boss, `<subscriptions node="${node}"/>`, { type: "get" })).match(/subid="/g) ?? [];
  expect(had.length).toBeLessThanOrEqual(240);
  const listed = await owner(backend, `<subscriptions node="${node}"/>`, "get");
  expect(listed.match(/subid="/g)).toHaveLength(had.length);
  expect(listed).not.toContain("nobody");
  await owner(backend, `<delete node="${node}"/>`);
});

test("PS-068 §7.1.5 why nothing was created by publishing is told; nor is what has moved", async () => {
  const [backend] = (await people(["backend", "local/0"])) as [Desk];
  const item = '<item id="b"><p xmlns="x"/></item>';
  const wanted = `<publish-options>${form({ roster_groups_allowed: "nonesuch" }).replace("<field", `<field var="FORM_TYPE"><value>${PUBSUB}#publish-options</value></field><field`)}</publish-options>`;
  await expect(of(backend, `<publish node="${node}">${item}</publish>${wanted}`)).rejects.toThrow("precondition-not-met");
  await create(backend);
  await owner(backend, `<delete node="${node}"><redirect uri="xmpp:elsewhere.test"/></delete>`);
  await expect(of(backend, `<publish node="${node}">${item}</publish>`)).rejects.toThrow("gone");
});

test("PS-022 §5.3 a closed node is not there for strangers, nor any for outcasts", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend, { access_model: "whitelist", title: "Secret" });
  const look = (what: string) =>
    ada.request(`q${++ids}`, `<query xmlns="http://jabber.org/protocol/disco#${what}" node="${node}"/>`, { to: SERVICE, type: "get" });
  for (const what of ["info", "items"]) await expect(look(what)).rejects.toThrow("item-not-found");
  await affiliate(backend, "7001", "member");
  expect(await look("info")).toContain("Secret");
  await owner(backend, `<configure node="${node}">${form({ access_model: "open" })}</configure>`);
  await affiliate(backend, "7001", "outcast");
  for (const what of ["info", "items"]) await expect(look(what)).rejects.toThrow("item-not-found");
});

test("PS-046 §12.6 who is not available hears nothing, and has the last item when it is again", async () => {
  const [backend, ada] = (await people(["backend", "local/0"], ["7001", "local/1"])) as [Desk, Desk];
  await create(backend);
  await ada.subscribe(node, `7001@${DOMAIN}`);
  ada.send('<presence xmlns="jabber:client" type="unavailable"/>');
  await ada.quiet();
  for (const text of ["one", "two"]) await publish(backend, text);
  expect(messages(await ada.quiet())).toEqual([]);
  ada.send('<presence xmlns="jabber:client"/>');
  expect(await heard(ada, "two")).toContain("urn:xmpp:delay");
  expect(messages(await ada.quiet())).toEqual([]);
});
