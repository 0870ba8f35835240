/** What was missed, by position, over XMPP (XEP-0060 §6.5, XEP-0059). */
import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import { markOfMessage, renderMark } from "../../xmpp/mod.ts";
import { Desk, DOMAIN, provision, publish, TEAM } from "./support/desk.ts";

beforeAll(() => provision());

const RSM = "http://jabber.org/protocol/rsm";

async function items(desk: Desk, node: string, { set = "", of = "" } = {}): Promise<{ ids: string[]; last: string | undefined; count: number; text: string }> {
  const rsm = set === "" ? "" : `<set xmlns="${RSM}">${set}</set>`;
  const payload = `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="${node}"${of}/>${rsm}</pubsub>`;
  const text = await desk.request(`i${Math.random()}`, payload, { to: `pubsub.${DOMAIN}`, type: "get" });
  const ids = [...text.matchAll(/<item id="([^"]+)"/g)].map(([, id]) => id as string);
  return { ids, last: /<last>([^<]+)/.exec(text)?.[1], count: Number(/<count>(\d+)/.exec(text)?.[1]), text };
}

test("RS-01 PS-051 PS-053 PS-055 a message's id says where its item stands, and what follows it can be asked for in pages", async () => {
  const desk = await (await Desk.open()).signIn("7001", { resource: "items" });
  await desk.subscribe(TEAM, `7001@${DOMAIN}/items`);
  const ids: string[] = [];
  for (let n = 1; n <= 5; n++) ids.push((await publish(TEAM, `<n>${n}</n>`)).body["id"] as string);
  const messages: string[] = [];
  while (messages.length < 5) messages.push(await desk.until(/^<message/));
  const marks = messages.map((text) => markOfMessage(/id="([^"]+)" to=/.exec(text)?.[1] ?? ""));
  const after = (at: number) => `<after>${renderMark(marks[at] as { epoch: number; seq: number })}</after>`;
  expect((await items(desk, TEAM, { set: after(1) })).ids).toEqual(ids.slice(2));
  const page = await items(desk, TEAM, { set: `<max>2</max>${after(0)}` });
  expect(page.ids).toEqual(ids.slice(1, 3));
  expect(page.last).toBe(renderMark(marks[2] as { epoch: number; seq: number }));
  expect(page.count).toBe(5);
  expect((await items(desk, TEAM, { set: `<max>9</max><after>${page.last}</after>` })).ids).toEqual(ids.slice(3));
  expect((await items(desk, TEAM, { set: after(4) })).ids).toEqual([]);
  expect((await items(desk, TEAM, { of: ' max_items="2"' })).ids).toEqual(ids.slice(3));
  // Of another life of the node's log: a gap is told, never silent.
  await expect(items(desk, TEAM, { set: "<after>7:1</after>" })).rejects.toThrow(/item-not-found/);
  desk.close();
});

test("a node that its host knows no more has no items, and after a position that is a gap, not silence", async () => {
  const lead = await (await Desk.open()).signIn("lead1", { resource: "gap" });
  const node = "/finesse/api/User/7001/Queues";
  expect((await items(lead, node)).ids).toEqual([]);
  await expect(items(lead, node, { set: "<after>1700000000000:1</after>" })).rejects.toThrow(/item-not-found/);
  lead.close();
});

const stateOf = (text: string): string => /<position xmlns="urn:deskwire:position">(\d+):0</.exec(text)?.[1] ?? "";
const sleepOfHost = async (): Promise<void> => {
  // Epochs are milliseconds.
  await scheduler.wait(5);
  await evictDurableObject(env.NODE_HOST.getByName(`${DOMAIN}/own/${TEAM}`));
  await scheduler.wait(5);
};

test("a log that is empty says where it stands, and is asked from there", async () => {
  const lead = await (await Desk.open()).signIn("lead1", { resource: "empty" });
  const node = "/finesse/api/User/7001/Queues";
  await lead.subscribe(node, `lead1@${DOMAIN}/empty`);
  const epoch = stateOf((await items(lead, node)).text);
  expect(epoch).not.toBe("");
  const after = `<after>${epoch}:0</after>`;
  expect(await items(lead, node, { set: after })).toMatchObject({ ids: [], count: 0 });
  const { body } = await publish(node, "<n/>");
  expect((await items(lead, node, { set: after })).ids).toEqual([body["id"]]);
  lead.close();
});

test("the host fell asleep: who had everything missed nothing where its manager listened all the time", async () => {
  const stays = await (await Desk.open()).signIn("7001", { resource: "stays" });
  await stays.subscribe(TEAM, `7001@${DOMAIN}/stays`);
  const first = (await publish(TEAM, "<n>first</n>")).body as { position: string };
  const had = (await publish(TEAM, "<n>had</n>")).body as { position: string };
  await stays.until(/had/);
  await sleepOfHost();
  const comes = await (await Desk.open()).signIn("7003", { resource: "comes" });
  await comes.subscribe(TEAM, `7003@${DOMAIN}/comes`);
  const after = (position: string) => items(comes, TEAM, { set: `<after>${position}</after>` });
  expect((await after(had.position)).ids).toEqual([]);
  await expect(after(first.position)).rejects.toThrow(/item-not-found/);
  const next = (await publish(TEAM, "<n>next</n>")).body as { id: string; position: string };
  await stays.until(/next/);
  expect((await after(had.position)).ids).toEqual([next.id]);
  // What the log held between two sleeps is not there any more.
  await sleepOfHost();
  await expect(after(had.position)).rejects.toThrow(/item-not-found/);
  expect((await after(next.position)).ids).toEqual([]);
  stays.close();
  comes.close();
});

test("the host fell asleep, and nobody else listened: nobody knows what it had", async () => {
  const node = "/finesse/api/User/7003/Queues";
  const lead = await (await Desk.open()).signIn("lead1", { resource: "alone" });
  await lead.subscribe(node, `lead1@${DOMAIN}/alone`);
  const had = (await publish(node, "<n>had</n>")).body as { position: string };
  lead.close();
  await lead.whenClosed();
  await scheduler.wait(50);
  await Promise.all(Array.from({ length: 16 }, (_, n) => evictDurableObject(env.NODE_HOST.getByName(`${DOMAIN}/shared/${n}`)).catch(() => {})));
  const again = await (await Desk.open()).signIn("lead1", { resource: "alone" });
  await again.subscribe(node, `lead1@${DOMAIN}/alone`);
  await expect(items(again, node, { set: `<after>${had.position}</after>` })).rejects.toThrow(/item-not-found/);
  again.close();
});
