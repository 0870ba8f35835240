/** Positions, waits, stanzas, requests and what is kept for a reload. */

import assert from "node:assert/strict";
import { DOMParser } from "@xmldom/xmldom";
import { test } from "vitest";

import { waitBefore } from "../../client/backoff.ts";
import { isAfter, positionOfMessage, readPosition, renderPosition } from "../../client/position.ts";
import { Requests, StreamLost, Unanswered } from "../../client/requests.ts";
import { putSaved, type Saved, type Store, takeSaved } from "../../client/saved.ts";
import { errorOf, readNotification, readPage, Refused } from "../../client/stanzas.ts";
import { isAutomatic } from "../../client/subscriptions.ts";

const parse = (xml: string) => new DOMParser().parseFromString(xml, "text/xml").documentElement as unknown as Element;

test("positions are read, written and ordered by epoch, then sequence", () => {
  assert.deepEqual(readPosition("17:4"), { epoch: 17, seq: 4 });
  assert.equal(renderPosition({ epoch: 17, seq: 4 }), "17:4");
  for (const wrong of ["", "17", "17:", ":4", "a:4", "17:4:5", "-1:4", "17:4 "]) assert.equal(readPosition(wrong), undefined, wrong);
  assert.deepEqual(positionOfMessage("k3x.17:4"), { epoch: 17, seq: 4 });
  for (const wrong of ["", "17:4", "k3x.17", "purple1"]) assert.equal(positionOfMessage(wrong), undefined, wrong);
  assert.ok(isAfter({ epoch: 2, seq: 1 }, { epoch: 1, seq: 9 }));
  assert.ok(isAfter({ epoch: 1, seq: 2 }, { epoch: 1, seq: 1 }));
  for (const other of [
    { epoch: 1, seq: 1 },
    { epoch: 1, seq: 2 },
    { epoch: 2, seq: 0 },
  ])
    assert.ok(!isAfter({ epoch: 1, seq: 1 }, other));
});

test("C-22 RFC 6120 §3.3 waits double, are spread over a half, and never exceed half a minute", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 60].map((attempt) => waitBefore(attempt, 1)),
    [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
  );
  assert.deepEqual(
    [1, 2, 60].map((attempt) => waitBefore(attempt, 0)),
    [500, 1000, 15_000],
  );
});

const NOTIFICATION = `<message xmlns="jabber:client" from="pubsub.a.test" id="k3x.17:4"><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="/n"><item id="i"><notification xmlns="http://jabber.org/protocol/pubsub">&lt;Update/&gt;</notification></item></items></event></message>`;

test("XEP-0060 §7.1.2 a notification: node, id, position and payload", () => {
  const [item, ...more] = readNotification(parse(NOTIFICATION));
  assert.deepEqual(more, []);
  assert.deepEqual({ ...item, xml: item?.xml.nodeName }, { node: "/n", id: "i", position: { epoch: 17, seq: 4 }, payload: "<Update/>", xml: "item" });
});

for (const [what, xml] of [
  ["without a position", NOTIFICATION.replace(".17:4", "")],
  ["of another namespace", NOTIFICATION.replace("pubsub#event", "other")],
  ["that is blank", '<message xmlns="jabber:client" id="k3x.17:4" type="headline"/>'],
] as const) {
  test(`readNotification(): none in a message ${what}`, () => assert.deepEqual(readNotification(parse(xml)), []));
}

const page = (items: string, set: string) =>
  parse(
    `<iq><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="/n">${items}</items><set xmlns="http://jabber.org/protocol/rsm">${set}</set></pubsub></iq>`,
  );

test("XEP-0059 §2.1 a page: its first position places all of it", () => {
  const { items, count } = readPage("/n", page('<item id="a">1</item><item id="b">2</item>', "<first>9:4</first><last>9:5</last><count>40</count>"));
  assert.equal(count, 40);
  assert.deepEqual(
    items.map(({ id, payload, position, node }) => [node, id, payload, renderPosition(position)]),
    [
      ["/n", "a", "1", "9:4"],
      ["/n", "b", "2", "9:5"],
    ],
  );
  assert.deepEqual(readPage("/n", page("", "<count>7</count>")), { items: [], count: 7 });
  assert.deepEqual(readPage("/n", page("", "<count>0</count>")), { items: [], count: 0 });
  const stands = '<count>0</count></set><position xmlns="urn:deskwire:position">9:0</position><set>';
  assert.deepEqual(readPage("/n", page("", stands)), { items: [], count: 0, position: { epoch: 9, seq: 0 } });
});

for (const set of ["<count>2</count>", "<first>9:4</first><last>9:6</last>", "<first>8:4</first><last>9:5</last>", "<first>x</first><last>y</last>"]) {
  test(`readPage(): items that cannot be placed are refused: ${set}`, () => {
    assert.throws(() => readPage("/n", page('<item id="a"/><item id="b"/>', set)), /without positions/);
  });
}

test("RFC 6120 §8.3 the error of a stanza", () => {
  const error =
    '<iq type="error"><error type="wait"><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">x</text><remote-server-timeout xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>';
  assert.deepEqual(errorOf(parse(error)), { condition: "remote-server-timeout", type: "wait" });
  assert.deepEqual(errorOf(parse("<iq/>")), { condition: "undefined-condition", type: "cancel" });
});

test("requests: answered, refused, unanswered, lost", async () => {
  const requests = new Requests(2);
  const [answered, refused, late] = [requests.ask("a"), requests.ask("r"), requests.ask("u")];
  requests.take(parse('<iq type="result" id="a"/>'));
  requests.take(parse('<iq type="error" id="r"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>'));
  requests.take(parse('<iq type="set" id="u"/>'));
  requests.take(parse('<iq type="result" id="nobody"/>'));
  assert.equal((await answered).getAttribute("id"), "a");
  await assert.rejects(refused, (why) => why instanceof Refused && why.condition === "forbidden");
  requests.tick();
  requests.tick();
  const other = requests.ask("o");
  requests.tick();
  await assert.rejects(late, Unanswered);
  requests.lost();
  await assert.rejects(other, StreamLost);
});

class MemoryStore implements Store {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

const SAVED: Saved = {
  v: 1,
  jid: "Ada@a.test/desktop",
  stream: null,
  nodes: [{ node: "/n", position: { epoch: 1, seq: 2 }, subscribed: true, settled: true }],
};

test("a state is taken once, and by its owner alone", () => {
  const store = new MemoryStore();
  assert.equal(takeSaved(store, "k", "ada@a.test"), undefined);
  assert.equal(putSaved(store, "k", SAVED), true);
  assert.deepEqual(takeSaved(store, "k", "ada@a.test"), SAVED);
  assert.equal(takeSaved(store, "k", "ada@a.test"), undefined);
  putSaved(store, "k", SAVED);
  assert.equal(takeSaved(store, "k", "bob@a.test"), undefined);
  for (const wrong of ["{", "null", "[]", '{"v":2}', '{"v":1,"jid":"ada@a.test/x"}', '{"v":1}']) {
    store.setItem("k", wrong);
    assert.equal(takeSaved(store, "k", "ada@a.test"), undefined, wrong);
  }
});

test("a store that is full is said", () => {
  const full = Object.assign(new MemoryStore(), {
    setItem() {
      throw new Error("QuotaExceededError");
    },
  });
  assert.equal(putSaved(full, "k", SAVED), false);
});

test("nodes that are heard without asking", () => {
  for (const node of [
    "/finesse/api/SystemInfo",
    "/finesse/api/User/Ada",
    "/finesse/api/User/ada/Dialogs",
    "/finesse/api/User/ada/Dialogs/Media",
    "/finesse/api/User/ada/Media",
  ])
    assert.ok(isAutomatic(node, "ada"), node);
  for (const node of ["/finesse/api/User/adam", "/finesse/api/User/ada/Queues", "/finesse/api/Team/ada/Users", "/x/finesse/api/SystemInfo"])
    assert.ok(!isAutomatic(node, "ada"), node);
});
