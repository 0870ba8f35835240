/** Bounds of created nodes: whose they are used up by, and what many are told (XEP-0060 §8.1, §8.7, §8.8). */
import { beforeEach, expect, test } from "vitest";
import { counts, Desk, DOMAIN, provision } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const PUBSUB = "http://jabber.org/protocol/pubsub";
const SERVICE = `pubsub.${DOMAIN}`;
beforeEach(() => provision());

let ids = 0;
const of = (desk: Desk, inside: string, { type = "set", ns = PUBSUB } = {}) =>
  desk.request(`q${++ids}`, `<pubsub xmlns="${ns}">${inside}</pubsub>`, { to: SERVICE, type });
const owner = (desk: Desk, inside: string, type = "set") => of(desk, inside, { type, ns: `${PUBSUB}#owner` });
const form = (name: string, value: string) => `<x xmlns="jabber:x:data" type="submit"><field var="pubsub#${name}"><value>${value}</value></field></x>`;
const refusal = (answer: Promise<string>) =>
  answer.then(
    () => "",
    (error: Error) => error.message,
  );

test("PE-8.1.1 §16.3 nodes of one user are bounded; those of others are not by it, and one that goes makes room", async () => {
  const restore = await change({ NODES_PER_USER: 2 });
  try {
    const backend = await (await Desk.open("local/0")).signIn("backend");
    const create = (name: string) => refusal(of(backend, `<create node="${name}"/>`));
    expect([await create("mine-1"), await create("mine-2")]).toEqual(["", ""]);
    expect(await create("mine-3")).toMatch(/<error type="cancel"><not-allowed .*<max-nodes-exceeded /);
    // One that is configured anew is none more.
    await owner(backend, `<configure node="mine-1">${form("access_model", "whitelist")}</configure>`);
    await owner(backend, '<delete node="mine-1"/>');
    // The Directory hears of it behind the answer.
    await expect.poll(() => create("mine-4")).toBe("");
    expect(await create("mine-5")).toContain("max-nodes-exceeded");
    for (const name of ["mine-2", "mine-4"]) await owner(backend, `<delete node="${name}"/>`);
  } finally {
    restore();
  }
});

test("PE-6.1.3.9 who is subscribed by owners as often as may be can still subscribe", async () => {
  const backend = await (await Desk.open("local/0")).signIn("backend");
  const ada = await (await Desk.open("local/1")).signIn("7002");
  await of(backend, '<create node="greedy"/>');
  const all = Array.from({ length: 300 }, (_, at) => `<subscription jid="7002@${DOMAIN}/r${at}" subscription="subscribed"/>`).join("");
  await owner(backend, `<subscriptions node="greedy">${all}</subscriptions>`);
  await scheduler.wait(300);
  const had = (await of(ada, '<subscriptions node="greedy"/>', { type: "get" })).match(/subid="/g) ?? [];
  expect(had).toHaveLength(240);
  await of(backend, '<create node="wanted"/>');
  expect(await ada.subscribe("wanted", `7002@${DOMAIN}`)).toContain('subscription="subscribed"');
  for (const node of ["greedy", "wanted"]) await owner(backend, `<delete node="${node}"/>`);
});

test("PS-087 §8.7 a hundred requests for approval all reach the owner, by few calls of the session; RS-01 pages of who is in", async () => {
  const PENDING = 100;
  const backend = await (await Desk.open("local/0")).signIn("backend");
  const ada = await (await Desk.open("local/1")).signIn("7001");
  await of(backend, `<create node="asked"/><configure>${form("access_model", "authorize")}</configure>`);
  for (let n = 0; n < PENDING; n++) await ada.subscribe("asked", `7001@${DOMAIN}/r${n}`);
  await scheduler.wait(300);
  const told = new Set<string>();
  const asked = async () => {
    for (const frame of await backend.quiet(20)) if (frame.includes("subscribe_authorization")) told.add(/ id="([^"]*)"/.exec(frame)?.[1] ?? "");
    return told.size;
  };
  await asked();
  told.clear();
  const calls = async () => (await counts(["local/0"], ["backend"], [`own/asked`])).calls;
  const callsBefore = await calls();
  await backend.request("g1", `<command xmlns="http://jabber.org/protocol/commands" node="${PUBSUB}#get-pending">${form("node", "asked")}</command>`, {
    to: SERVICE,
  });
  await expect.poll(asked).toBe(PENDING);
  // Manager to session, session to host, five rows of twenty, and each message to the owner's stream.
  expect((await calls()) - callsBefore).toBeLessThanOrEqual(PENDING + 10);
  // All are approved; then the list comes by pages, each address once.
  const entries = Array.from({ length: PENDING }, (_, n) => `<subscription jid="7001@${DOMAIN}/r${n}" subscription="subscribed"/>`).join("");
  await owner(backend, `<subscriptions node="asked">${entries}</subscriptions>`);
  const listed = new Set<string>();
  for (let after = ""; ; ) {
    const page = `<set xmlns="http://jabber.org/protocol/rsm"><max>30</max>${after && `<after>${after}</after>`}</set>`;
    const answer = await owner(backend, `<subscriptions node="asked"/>${page}`, "get");
    for (const [, jid = ""] of answer.matchAll(/ jid="([^"]*)"/g)) listed.add(jid);
    const last = /<last>([^<]*)</.exec(answer)?.[1];
    if (last === undefined) break;
    after = last;
  }
  expect(listed.size).toBe(PENDING);
  await owner(backend, '<delete node="asked"/>');
});
