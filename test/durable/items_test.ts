/** What was missed, by position, over XMPP (XEP-0060 §6.5, XEP-0059). */
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

test("PS-051 PS-053 PS-055 a message's id says where its item stands, and what follows it can be asked for in pages", async () => {
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
