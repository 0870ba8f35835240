/** Lists by pages (XEP-0059), and what of a node is told by number. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PagedMap, parseFrame, type PubsubNode, type ResultSet, retrieveFromNode } from "../../../xmpp/mod.ts";
import { readRequest } from "../../../xmpp/pubsub/request.ts";
import { ask, asker, context, jidOf, node, publish, refusalOf, subscribe } from "./support.ts";

const page = (of: Partial<ResultSet>): ResultSet => ({ after: null, before: null, max: null, ...of });

describe("PagedMap", () => {
  const key = fc.constantFrom(...Array.from({ length: 12 }, (_, n) => `k${n}`), "\u{1f600}", "\uffff", "");
  const deed = fc.tuple(fc.constantFrom("set", "delete", "page", "clear"), key, fc.constantFrom("after", "before", "all", "last"), fc.nat(5));

  test("RS-01 whatever is put and taken away, pages are those of the sorted whole", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const map = new PagedMap<string>();
        for (const [does, name, way, max] of deeds) {
          if (does === "set") map.set(name, `of ${name}`);
          else if (does === "delete") map.delete(name);
          else if (does === "clear" && max === 0) map.clear();
          else {
            const all = [...map.keys()].sort();
            const at = all.indexOf(name);
            const wanted = page({
              max,
              ...(way === "after" && { after: name }),
              ...(way === "before" && name !== "" && { before: name }),
              ...(way === "last" && { before: "" }),
            });
            const isNamed = wanted.after !== null || (wanted.before ?? "") !== "";
            const found = map.page(wanted, 4);
            if (isNamed && at < 0) {
              expect(found).toBeUndefined();
              continue;
            }
            const most = Math.min(max, 4);
            const from = wanted.after !== null ? at + 1 : wanted.before === null ? 0 : Math.max(0, (wanted.before === "" ? all.length : at) - most);
            const to = wanted.before === null ? from + most : wanted.before === "" ? all.length : at;
            expect(found?.entries).toEqual(all.slice(from, to).map((one) => [one, `of ${one}`]));
            expect(found?.count).toBe(all.length);
          }
        }
      }),
    );
  });
});

/** All entries of a list, by pages of two. */
function walked(of: PubsubNode, request: "affiliations" | "subscriptions"): string[] {
  const found: string[] = [];
  for (let after: string | null = null; ; ) {
    const { payload } = ask(of, "owner", { request, page: page({ after, max: 2 }) });
    found.push(...[...payload.matchAll(/ jid="([^"]*)"/g)].map(([, jid = ""]) => jid));
    const last = /<last>([^<]*)<\/last>/.exec(payload)?.[1];
    if (last === undefined) return found;
    after = last;
  }
}

describe("PS-089 PS-090 owners' lists", () => {
  const peopled = () => {
    const of = node();
    for (let n = 0; n < 5; n++) of.putSubscription({ jid: jidOf(`u${n}`), subid: `s${n}`, state: "subscribed" });
    of.putSubscription({ jid: jidOf("waits"), subid: "s9", state: "pending" });
    return of;
  };

  test("RS-01 page by page, everybody is told once, and who waits is not", () => {
    expect(walked(peopled(), "subscriptions")).toEqual([0, 1, 2, 3, 4].map((n) => jidOf(`u${n}`)));
    expect(walked(peopled(), "affiliations")).toEqual(["member", "outcast", "owner", "publish-only", "publisher"].map(jidOf));
  });

  test("RS-02 an empty before asks for the last page, before an id for the one before it", () => {
    const asked = (of: Partial<ResultSet>) => ask(peopled(), "owner", { request: "subscriptions", page: page(of) }).payload;
    expect(asked({ before: "", max: 2 })).toContain(
      '<set xmlns="http://jabber.org/protocol/rsm"><first index="3">s3</first><last>s4</last><count>5</count></set>',
    );
    expect(asked({ before: "s3", max: 2 })).toContain('<first index="1">s1</first><last>s2</last>');
    expect(asked({ max: 0 })).toBe(
      '<pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><subscriptions node="n"/><set xmlns="http://jabber.org/protocol/rsm"><count>5</count></set></pubsub>',
    );
  });

  test("RS-03 after an id that nobody has", () => {
    for (const request of ["subscriptions", "affiliations"] as const) {
      for (const wanted of [{ after: "s7" }, { before: "s7" }])
        expect(refusalOf(ask(peopled(), "owner", { request, page: page(wanted) }))).toBe("cancel item-not-found");
    }
  });

  test("a list that is longer than an answer says so, asked or not", () => {
    const of = node();
    for (let n = 0; n < 1001; n++) of.putSubscription({ jid: jidOf(`u${n}`), subid: `s${n}`, state: "subscribed" });
    const { payload } = ask(of, "owner", { request: "subscriptions", page: null });
    expect(payload.match(/<subscription /g)).toHaveLength(1000);
    expect(payload).toContain("<count>1001</count>");
    expect(ask(peopled(), "owner", { request: "subscriptions", page: null }).payload).not.toContain("<set");
  });

  test.each([
    ["a page", '<set xmlns="http://jabber.org/protocol/rsm"><max>2</max><after>x</after></set>', { after: "x", before: null, max: 2 }],
    ["the last page", '<set xmlns="http://jabber.org/protocol/rsm"><before/></set>', { after: null, before: "", max: null }],
    ["by index", '<set xmlns="http://jabber.org/protocol/rsm"><index>2</index></set>', "feature-not-implemented"],
    ["both ways", '<set xmlns="http://jabber.org/protocol/rsm"><before/><after>x</after></set>', "bad-request"],
    ["something else", "<other/>", "bad-request"],
  ])("RS-01 %s is read", (_, beside, gives) => {
    for (const list of ["affiliations", "subscriptions"]) {
      const { element: pubsub } = parseFrame(`<pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><${list} node="/a"/>${beside}</pubsub>`, {
        maxDepth: 32,
      });
      if (!pubsub) throw new Error(list);
      const read = readRequest({ type: "get", pubsub, asker: jidOf("owner") });
      if ("refusal" in read) expect(read.refusal.condition).toBe(gives);
      else expect(read).toMatchObject({ of: { request: list, page: gives } });
    }
  });
});

describe("RS-03 items after a mark that nobody gave out", () => {
  const of = node();
  publish(of, "owner", { itemId: "1" });
  const [item] = of.shelf.newest(1);
  const asked = (more: object) =>
    retrieveFromNode(
      of,
      asker("nobody"),
      { wanted: { ids: null, newest: null, after: null, before: null, page: null, ...more }, subid: null, limit: 20 },
      context(),
    );
  test.each([
    ["of an epoch to come", { epoch: 2, seq: 1 }],
    ["not yet", { epoch: 1, seq: 1_000_000 }],
    ["of no item", { epoch: 1, seq: 0 }],
  ])("%s", (_, mark) => {
    expect(refusalOf(asked({ after: mark }))).toBe("cancel item-not-found");
    expect(refusalOf(asked({ before: mark }))).toBe("cancel item-not-found");
  });
  test("the one that stands", () => expect(asked({ after: item })).toMatchObject({ items: [], count: 1 }));
});

test("PS-023 §5.4 who waits for approval is no subscriber yet", () => {
  const of = node({ accessModel: "authorize" });
  subscribe(of, asker("nobody"), "a");
  const told = () => /num_subscribers"[^>]*><value>(\d+)</.exec(ask(of, "owner", { request: "describe" }).payload)?.[1];
  expect(told()).toBe("0");
  ask(of, "owner", { request: "authorize", subscriber: jidOf("nobody"), subid: "a", allow: true });
  expect(told()).toBe("1");
});

test("PS-087 §8.6.2 an approval is of the subscription that it names", () => {
  const of = node({ accessModel: "authorize" });
  of.putSubscription({ jid: jidOf("nobody"), subid: "a", state: "pending" });
  of.putSubscription({ jid: jidOf("nobody"), subid: "b", state: "pending" });
  const approve = (subid: string | null) => ask(of, "owner", { request: "authorize", subscriber: jidOf("nobody"), subid, allow: true });
  expect(approve("c").changes).toEqual([]);
  approve("b");
  expect(of.pending.map(({ subid }) => subid)).toEqual(["a"]);
  approve(null);
  expect(of.pending).toEqual([]);
});
