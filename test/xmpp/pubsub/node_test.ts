/** Who may do what with a created node, and what follows (XEP-0060 §4.1, §6.1.3, §6.5.9, §7, §8). */
import { describe, expect, test } from "vitest";
import { type Affiliation, createNode, MemoryShelf, type NodeConfig, PERMISSIONS, retrieveFromNode } from "../../../xmpp/mod.ts";
import { ask, asker, context, eventsOf, jidOf, node, publication, publish, refusalOf, subscribe, toldOf } from "./support.ts";

const NAMES = ["owner", "publisher", "publish-only", "member", "nobody", "outcast"] as const;
const affiliationOf = (name: (typeof NAMES)[number]): Affiliation => (name === "nobody" ? "none" : name);
const wanted = { ids: null, newest: null, after: null, before: null, page: null };
const retrieve = (of: ReturnType<typeof node>, by = asker("nobody"), more: object = {}, ownerGroups: readonly string[] = [], subid: string | null = null) =>
  retrieveFromNode(of, by, { wanted: { ...wanted, ...more }, subid, limit: 100 }, context({ ownerGroups }));
const FORBIDDEN = "auth forbidden";

describe("PS-002 B5.8 §4.1 the table of permissions", () => {
  /** What is answered where the table says no. */
  const attempts = {
    subscribe: (of: ReturnType<typeof node>, name: string) => refusalOf(subscribe(of, asker(name))),
    retrieve: (of: ReturnType<typeof node>, name: string) => refusalOf(retrieve(of, asker(name))),
    publish: (of: ReturnType<typeof node>, name: string) => refusalOf(publish(of, name)),
    purge: (of: ReturnType<typeof node>, name: string) => refusalOf(ask(of, name, { request: "purge" })),
    configure: (of: ReturnType<typeof node>, name: string) => refusalOf(ask(of, name, { request: "configuration" })),
    delete: (of: ReturnType<typeof node>, name: string) => refusalOf(ask(of, name, { request: "delete", redirect: null })),
  } as const;
  for (const name of NAMES) {
    for (const [action, attempt] of Object.entries(attempts) as [keyof typeof attempts, (typeof attempts)["purge"]][]) {
      const permission = PERMISSIONS[affiliationOf(name)][action];
      test(`${name} ${action}: ${permission}`, () => {
        // An open node, published on by publishers: the models say yes to reading, no to publishing.
        const allowed = permission === "yes" || (permission === "model" && action !== "publish");
        expect(attempt(node(), name)).toBe(allowed ? "" : FORBIDDEN);
      });
    }
    for (const by of ["owner", "publisher", "member"] as const) {
      test(`PS-070 PE-7.2.3.1 ${name} retracts what ${by} published`, () => {
        const of = node({ publishModel: "open" });
        publish(of, by, { itemId: "1" });
        const permission = PERMISSIONS[affiliationOf(name)].retract;
        const allowed = permission === "yes" || (permission === "own" && name === by);
        expect(refusalOf(ask(of, name, { request: "retract", itemId: "1", notify: null }))).toBe(allowed ? "" : FORBIDDEN);
        expect(of.shelf.count).toBe(allowed ? 0 : 1);
      });
    }
  }

  test("PS-010 §14.2 an administrator of the service is an owner; a role alone is nothing", () => {
    expect(refusalOf(ask(node(), asker("nobody", { role: "admin" }), { request: "configuration" }))).toBe("");
    expect(refusalOf(ask(node(), asker("nobody", { role: "publisher" }), { request: "configuration" }))).toBe(FORBIDDEN);
  });

  test("PS-001 §4.1 affiliations are of the bare jid", () => {
    expect(node().affiliationOf({ jid: `${jidOf("member")}/any`, role: "agent" })).toBe("member");
  });
});

describe("PS-006 PS-011 access models", () => {
  const cases: readonly (readonly [string, Partial<NodeConfig>, ReturnType<typeof asker>, readonly string[], string])[] = [
    ["PS-050 open: anybody", {}, asker("nobody"), [], ""],
    [
      "PE-6.1.3.2 PE-6.5.9.6 presence: no team with an owner",
      { accessModel: "presence" },
      asker("nobody", { groups: ["43"] }),
      ["42"],
      "auth not-authorized presence-subscription-required",
    ],
    ["presence: a team with an owner", { accessModel: "presence" }, asker("nobody", { groups: ["42"] }), ["42"], ""],
    [
      "PE-6.1.3.3 PE-6.5.9.7 roster: none of the groups",
      { accessModel: "roster", rosterGroups: ["42"] },
      asker("nobody", { groups: ["43"] }),
      [],
      "auth not-authorized not-in-roster-group",
    ],
    ["roster: one of the groups", { accessModel: "roster", rosterGroups: ["42"] }, asker("nobody", { groups: ["42"] }), [], ""],
    ["PE-6.1.3.4 PE-6.5.9.8 PS-007 whitelist: not on it", { accessModel: "whitelist" }, asker("nobody"), [], "cancel not-allowed closed-node"],
    ["PS-007 whitelist: a member", { accessModel: "whitelist" }, asker("member"), [], ""],
    ["PS-007 PS-012 whitelist: an owner", { accessModel: "whitelist" }, asker("owner"), [], ""],
    ["PS-012 whitelist: a publisher", { accessModel: "whitelist" }, asker("publisher"), [], ""],
    ["PE-6.1.3.8 PE-6.5.9.10 an outcast", {}, asker("outcast"), [], FORBIDDEN],
    ["PE-6.1.3.10 subscribing is disabled", { subscribe: false }, asker("owner"), [], "cancel feature-not-implemented unsupported subscribe"],
  ];
  for (const [rule, config, by, ownerGroups, gives] of cases) {
    test(`${rule}: ${gives || "subscribed"}`, () => {
      const access = node(config).access(by, { ownerGroups });
      expect(refusalOf(access)).toBe(gives);
    });
    if (gives.includes("unsupported")) continue;
    test(`PS-050 retrieval: ${rule}`, () => {
      expect(refusalOf(retrieve(node(config), by, {}, ownerGroups))).toBe(gives);
    });
  }

  const byRoster = [
    ["presence", { isSeen: true, within: [] }, "at-once"],
    ["presence", { isSeen: false, within: ["Friends"] }, "auth not-authorized presence-subscription-required"],
    ["roster", { isSeen: true, within: ["Others"] }, "auth not-authorized not-in-roster-group"],
    ["roster", { isSeen: false, within: ["Others", "Friends"] }, "at-once"],
    ["authorize", { isSeen: true, within: ["Friends"] }, "with-approval"],
    ["whitelist", { isSeen: true, within: ["Friends"] }, "cancel not-allowed closed-node"],
  ] as const;
  for (const [accessModel, says, gives] of byRoster) {
    test(`XEP-0060 §4.5 ${accessModel}, where an owner's roster says ${JSON.stringify(says)}: ${gives}`, () => {
      const access = node({ accessModel, rosterGroups: ["Friends"] }).access(asker("nobody"), { ownerGroups: [], byRoster: says });
      if ("granted" in access) expect(access).toEqual({ granted: gives, groups: null });
      else expect(refusalOf(access)).toBe(gives);
    });
  }

  test("a subscription by groups says by which", () => {
    expect(node({ accessModel: "roster", rosterGroups: ["42", "44"] }).access(asker("nobody", { groups: ["42", "43"] }), { ownerGroups: [] })).toEqual({
      granted: "at-once",
      groups: ["42"],
    });
  });

  test("PE-6.5.9.3 PS-050 authorize: items are for who is subscribed", () => {
    const of = node({ accessModel: "authorize" });
    expect(refusalOf(retrieve(of))).toBe("auth not-authorized not-subscribed");
    of.putSubscription({ jid: jidOf("nobody"), subid: "1", state: "pending" });
    expect(refusalOf(retrieve(of))).toBe("auth not-authorized not-subscribed");
    of.putSubscription({ jid: jidOf("nobody"), subid: "1", state: "subscribed" });
    expect(refusalOf(retrieve(of))).toBe("");
  });

  for (const [model, subscribed, gives] of [
    ["publishers", true, FORBIDDEN],
    ["subscribers", false, FORBIDDEN],
    ["subscribers", true, ""],
    ["open", false, ""],
  ] as const) {
    test(`PE-7.1.3.1 publish model ${model}, ${subscribed ? "" : "not "}subscribed: ${gives || "published"}`, () => {
      const of = node({ publishModel: model });
      if (subscribed) subscribe(of, asker("nobody"));
      expect(refusalOf(publish(of, "nobody"))).toBe(gives);
      expect(refusalOf(publish(of, "outcast"))).toBe(FORBIDDEN);
    });
  }
});

describe("PS-004 PS-066 B5.9 §4.3 §7.1.3.7 persistent or not, payloads or not", () => {
  const item = (inside: string) => `<items node="n">${inside}</items>`;
  const cases: readonly (readonly [Partial<NodeConfig>, object, string, string])[] = [
    [{}, { itemId: "1" }, "", item('<item id="1"><p xmlns="x"/></item>')],
    [{}, { hasItem: false, payload: "" }, "modify bad-request item-required", ""],
    [{}, { payload: "" }, "modify bad-request payload-required", ""],
    [{ deliverPayloads: false }, { itemId: "1" }, "", item('<item id="1"/>')],
    [{ deliverPayloads: false }, { itemId: "1", payload: "" }, "", item('<item id="1"/>')],
    [{ deliverPayloads: false }, { hasItem: false, payload: "" }, "modify bad-request item-required", ""],
    [{ persistItems: false }, { itemId: "1" }, "", item('<item id="1"><p xmlns="x"/></item>')],
    [{ persistItems: false }, { hasItem: false, payload: "" }, "modify bad-request item-required", ""],
    [{ persistItems: false, deliverPayloads: false }, { hasItem: false, payload: "" }, "", '<items node="n"/>'],
    [{ persistItems: false, deliverPayloads: false }, {}, "modify bad-request item-forbidden", ""],
  ];
  for (const [config, given, refusal, event] of cases) {
    test(`${JSON.stringify(config)} ${JSON.stringify(given)}: ${refusal || event}`, () => {
      const of = node(config);
      const published = publish(of, "owner", given);
      expect(refusalOf(published)).toBe(refusal);
      if (!("refusal" in published)) expect(eventsOf(published)).toEqual([event]);
      expect(of.shelf.count).toBe(refusal === "" && config.persistItems !== false ? 1 : 0);
    });
  }

  test("PE-7.1.3.6 a payload of another namespace than the node's type", () => {
    expect(refusalOf(publish(node({ type: "y" }), "owner"))).toBe("modify bad-request invalid-payload");
  });
  test("PE-7.1.3.5 a payload that is too big", () => {
    expect(refusalOf(publish(node({ maxPayloadSize: 3 }), "owner"))).toBe("modify not-acceptable payload-too-big");
  });
  test("PS-060 §7.1.2 an id is made where none is given", () => {
    expect(publish(node(), "owner")).toMatchObject({ itemId: expect.stringMatching(/^made-/) });
  });
  test("PS-069 who published an item is kept with it", () => {
    const of = node();
    publish(of, "publisher", { itemId: "1" });
    expect(of.shelf.get("1")?.publisher).toBe(`${jidOf("publisher")}/r`);
  });
  test("PS-009 PS-061 §12.1 the same id again replaces, is told, and is the newest", () => {
    const of = node();
    for (const itemId of ["1", "2", "1"]) expect(refusalOf(publish(of, "owner", { itemId }))).toBe("");
    expect(of.shelf.ids()).toEqual(["2", "1"]);
  });
  test("PS-063 §7.1.2.3 the publisher is the full jid, where replies go there", () => {
    const of = node({ itemReply: "publisher" });
    const published = publish(of, "publisher", { itemId: "1" });
    expect("changes" in published && eventsOf(published)[0]).toContain(`publisher="${jidOf("publisher")}/r"`);
    expect(retrieve(of)).toMatchObject({ items: [{ publisher: `${jidOf("publisher")}/r` }] });
  });
});

describe("PS-065 §7.1.2.5 a full node", () => {
  const filled = (config: Partial<NodeConfig>) => {
    const of = node({ maxItems: 2, ...config });
    publish(of, "owner", { itemId: "1" });
    publish(of, "owner", { itemId: "2" });
    return of;
  };
  test("retract-oldest: the oldest goes, and is told of", () => {
    const published = publish(filled({}), "owner", { itemId: "3" });
    expect("changes" in published && eventsOf(published)).toEqual([
      '<items node="n"><item id="3"><p xmlns="x"/></item></items>',
      '<items node="n"><retract id="1"/></items>',
    ]);
  });
  test("discard-oldest: it goes silently", () => {
    const of = filled({ publishNodeFull: "discard-oldest" });
    const published = publish(of, "owner", { itemId: "3" });
    expect("changes" in published && eventsOf(published)).toHaveLength(1);
    expect(of.shelf.ids()).toEqual(["2", "3"]);
  });
  test("PE-7.1.3.4 reject: a new item is refused, one of the same id is not", () => {
    const of = filled({ publishNodeFull: "reject" });
    expect(refusalOf(publish(of, "owner", { itemId: "3" }))).toBe("cancel conflict node-full");
    expect(refusalOf(publish(of, "owner", { itemId: "2" }))).toBe("");
  });
});

describe("PS-068 §7.1.5 PE-7.1.5 publish-options are preconditions", () => {
  for (const [rule, name, value, gives] of [
    ["one that is met", "pubsub#access_model", "open", ""],
    ["a boolean in another spelling", "pubsub#persist_items", "true", ""],
    ["one that is not met", "pubsub#access_model", "whitelist", "cancel conflict precondition-not-met"],
    ["a field that there is not", "pubsub#publish_full_node", "reject", "cancel conflict precondition-not-met"],
  ] as const) {
    test(`${rule}: ${gives || "published"}`, () => {
      expect(refusalOf(publish(node(), "owner", { options: [{ name, values: [value] }] }))).toBe(gives);
    });
  }
});

describe("items asked for", () => {
  const filled = (config: Partial<NodeConfig> = {}) => {
    const of = node(config);
    for (const itemId of ["1", "2", "3"]) publish(of, "owner", { itemId });
    return of;
  };
  const ids = (found: ReturnType<typeof retrieve>) => ("items" in found ? found.items.map(({ id }) => id) : refusalOf(found));
  const marks = (of: ReturnType<typeof node>) => of.shelf.newest(9).map(({ epoch, seq }) => ({ epoch, seq }));

  test("PS-051 §6.5.2 all, oldest first", () => expect(ids(retrieve(filled()))).toEqual(["1", "2", "3"]));
  test("PS-052 §6.5.6 by ids", () => expect(ids(retrieve(filled(), asker("nobody"), { ids: ["3", "x", "1"] }))).toEqual(["3", "1"]));
  test("PS-053 §6.5.7 the newest", () => expect(ids(retrieve(filled(), asker("nobody"), { newest: 2 }))).toEqual(["2", "3"]));
  test("XEP-0059 §2.2 §2.3 §2.5 pages both ways", () => {
    const of = filled();
    const [first, second, third] = marks(of);
    expect(ids(retrieve(of, asker("nobody"), { after: first, page: 1 }))).toEqual(["2"]);
    expect(ids(retrieve(of, asker("nobody"), { before: third, page: 1 }))).toEqual(["2"]);
    expect(ids(retrieve(of, asker("nobody"), { before: "last", page: 2 }))).toEqual(["2", "3"]);
    expect(ids(retrieve(of, asker("nobody"), { after: second, page: 0 }))).toEqual([]);
  });
  test("XEP-0059 §2.2 what had to go for lack of room is a gap", () => {
    const of = filled({ maxItems: 3 });
    const [first] = marks(of);
    for (const itemId of ["4", "5", "6"]) publish(of, "owner", { itemId });
    expect(ids(retrieve(of, asker("nobody"), { after: first }))).toBe("cancel item-not-found");
  });
  test("PE-6.5.9.4 PS-055 a node that keeps nothing, and one that has nothing", () => {
    expect(ids(retrieve(node({ persistItems: false })))).toBe("cancel feature-not-implemented unsupported persistent-items");
    expect(ids(retrieve(node()))).toEqual([]);
  });
  test("PE-6.5.9.1 PE-6.5.9.2 who has several subscriptions says by which it asks", () => {
    const of = filled();
    subscribe(of, asker("nobody"), "a");
    expect(ids(retrieve(of))).toHaveLength(3);
    expect(ids(retrieve(of, asker("nobody"), {}, [], "x"))).toBe("modify not-acceptable invalid-subid");
    subscribe(of, asker("nobody"), "b");
    expect(ids(retrieve(of))).toBe("modify bad-request subid-required");
    expect(ids(retrieve(of, asker("nobody"), {}, [], "b"))).toHaveLength(3);
  });
  test("item_expire: what is too old is not there", () => {
    const of = filled({ itemExpire: 10 });
    const at = (now: number) => retrieveFromNode(of, asker("nobody"), { wanted, subid: null, limit: 9 }, context({ now }));
    expect(ids(at(10_999))).toHaveLength(3);
    expect(ids(at(11_000))).toEqual([]);
  });
});

describe("PS-070 PS-071 §7.2 retract", () => {
  const withItem = (config: Partial<NodeConfig> = {}) => {
    const of = node(config);
    publish(of, "owner", { itemId: "1" });
    return of;
  };
  for (const [notify, configured, told] of [
    [true, false, true],
    [false, true, false],
    [null, true, true],
    [null, false, false],
  ] as const) {
    test(`notify ${notify}, notify_retract ${configured}: ${told ? "told" : "not told"}`, () => {
      expect(eventsOf(ask(withItem({ notifyRetract: configured }), "owner", { request: "retract", itemId: "1", notify }))).toHaveLength(told ? 1 : 0);
    });
  }
  test("PE-7.2.3.2 no such item", () =>
    expect(refusalOf(ask(node(), "owner", { request: "retract", itemId: "1", notify: null }))).toBe("cancel item-not-found"));
  test("PE-7.2.3.5 not persistent", () =>
    expect(refusalOf(ask(node({ persistItems: false }), "owner", { request: "retract", itemId: "1", notify: null }))).toBe(
      "cancel feature-not-implemented unsupported persistent-items",
    ));
});

describe("PS-086 §8.5 purge", () => {
  test("one event, and nothing is left", () => {
    const of = node();
    publish(of, "owner");
    publish(of, "owner");
    expect(eventsOf(ask(of, "owner", { request: "purge" }))).toEqual(['<purge node="n"/>']);
    expect(of.shelf.count).toBe(0);
  });
  test("PE-8.5.3.3 not persistent", () =>
    expect(refusalOf(ask(node({ persistItems: false }), "owner", { request: "purge" }))).toBe("cancel feature-not-implemented unsupported persistent-items"));
});

describe("PS-080 §8.1 create", () => {
  const create = (values: Readonly<Record<string, string>>, groups: readonly string[] = []) =>
    createNode(
      {
        node: "n",
        shelf: new MemoryShelf(),
        asker: asker("a", { groups }),
        config: Object.entries(values).map(([name, value]) => ({ name, values: [value] })),
      },
      context(),
    );
  test("the creator is the owner", () =>
    expect(create({})).toMatchObject({ changes: [{ change: "record" }, { change: "affiliation", jid: jidOf("a"), affiliation: "owner" }] }));
  test("PE-8.1.2 an access model that there is not", () =>
    expect(refusalOf(create({ "pubsub#access_model": "payment" }))).toBe("modify not-acceptable unsupported-access-model"));
  test("PE-8.2.5.2 what cannot be", () => expect(refusalOf(create({ "pubsub#max_items": "0" }))).toBe("modify not-acceptable"));
  test("only own groups can be allowed", () => {
    expect(refusalOf(create({ "pubsub#roster_groups_allowed": "42" }))).toBe("modify not-acceptable");
    expect(refusalOf(create({ "pubsub#roster_groups_allowed": "42" }, ["42"]))).toBe("");
  });
  test("PS-040 fields that there are not change nothing", () => expect(refusalOf(create({ "pubsub#body_xslt": "x" }))).toBe(""));
});

describe("PS-082 §8.2 configure", () => {
  const configure = (of: ReturnType<typeof node>, values: Readonly<Record<string, string>>, more: Parameters<typeof ask>[3] = {}) =>
    ask(
      of,
      "owner",
      { request: "configure", form: { type: "submit", fields: Object.entries(values).map(([name, value]) => ({ name, values: [value] })) } },
      more,
    );
  test("cancel keeps what stands", () => {
    const of = node();
    expect(ask(of, "owner", { request: "configure", form: { type: "cancel" } })).toEqual({ payload: "", changes: [] });
  });
  test("PS-082 what is not named stays", () => {
    const of = node({ title: "A", maxItems: 7 });
    configure(of, { "pubsub#title": "B" });
    expect(of.config).toMatchObject({ title: "B", maxItems: 7 });
  });
  test("PS-083 §8.2.5.4 notify_config: with the form, or without where no payloads are told", () => {
    expect(eventsOf(configure(node({ notifyConfig: true }), {}))[0]).toMatch(/^<configuration node="n"><x xmlns="jabber:x:data" type="result">/);
    expect(eventsOf(configure(node({ notifyConfig: true, deliverPayloads: false }), {}))).toEqual(['<configuration node="n"/>']);
    expect(eventsOf(configure(node(), {}))).toEqual([]);
  });
  test("fewer items: the oldest go", () => {
    const of = node();
    for (const itemId of ["1", "2", "3"]) publish(of, "owner", { itemId });
    configure(of, { "pubsub#max_items": "1" });
    expect(of.shelf.ids()).toEqual(["3"]);
  });
  test("PS-011 to whitelist: who is not on it is subscribed no more, and told", () => {
    const of = node();
    subscribe(of, asker("nobody"), "a");
    subscribe(of, asker("member"), "b");
    const decided = configure(of, { "pubsub#access_model": "whitelist" });
    expect(decided.changes.filter(({ change }) => change === "unsubscription")).toMatchObject([{ subscription: { subid: "a" }, byOwner: true }]);
    expect(toldOf(decided)).toEqual([jidOf("nobody")]);
    expect([...of.subscriptions].map(({ subid }) => subid)).toEqual(["b"]);
  });
  test("PS-011 to presence: subscriptions stand by the owners' teams", () => {
    const of = node();
    subscribe(of, asker("nobody"), "a");
    const decided = configure(of, { "pubsub#access_model": "presence" }, { ownerGroups: ["42"] });
    expect(decided.changes).toMatchObject([{ change: "record" }, { change: "event", quiet: true }, { change: "subscription", groups: ["42"], byOwner: true }]);
  });
});

describe("PS-085 §8.4 delete", () => {
  test("items first, everybody is told, also who waits", () => {
    const of = node({ accessModel: "authorize" });
    publish(of, "owner");
    subscribe(of, asker("member"), "a");
    subscribe(of, asker("nobody"), "b");
    const decided = ask(of, "owner", { request: "delete", redirect: "xmpp:x" });
    expect(eventsOf(decided)).toEqual(['<delete node="n"><redirect uri="xmpp:x"/></delete>']);
    expect(toldOf(decided)).toEqual([jidOf("nobody")]);
    expect([of.shelf.count, of.subscribed.size, of.affiliations.size]).toEqual([0, 0, 0]);
  });
});

describe("PS-090 §8.9 affiliations", () => {
  const modify = (of: ReturnType<typeof node>, ...entries: readonly (readonly [string, string])[]) =>
    ask(of, "owner", { request: "modify-affiliations", entries: entries.map(([name, affiliation]) => ({ jid: jidOf(name), affiliation })) });
  test("all are listed, but those that are none", () => {
    const { payload } = ask(node(), "owner", { request: "affiliations", page: null });
    expect(payload.match(/affiliation="[a-z-]+"/g)).toEqual(["member", "outcast", "owner", "publish-only", "publisher"].map((one) => `affiliation="${one}"`));
  });
  test("changes are deltas, and told to whom they are about", () => {
    const of = node();
    const decided = modify(of, ["nobody", "publisher"], ["member", "none"]);
    expect(refusalOf(decided)).toBe("");
    expect(toldOf(decided)).toEqual([jidOf("nobody"), jidOf("member")]);
    expect([...of.affiliations]).toEqual([
      [jidOf("owner"), "owner"],
      [jidOf("publisher"), "publisher"],
      [jidOf("publish-only"), "publish-only"],
      [jidOf("outcast"), "outcast"],
      [jidOf("nobody"), "publisher"],
    ]);
  });
  test("PE-8.9.2.4 PS-002 the last owner stays: the error names what failed, and the rest is done", () => {
    const of = node();
    const decided = modify(of, ["owner", "member"], ["nobody", "member"]);
    expect(refusalOf(decided)).toBe("modify not-acceptable");
    expect(decided.payload).toBe(
      `<pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><affiliations node="n"><affiliation jid="${jidOf("owner")}" affiliation="member"/></affiliations></pubsub>`,
    );
    expect(of.affiliations.get(jidOf("nobody"))).toBe("member");
  });
  test("PS-002 an owner of another domain takes nobody's place", () => {
    const of = node();
    const entries = [
      { jid: "x@elsewhere.test", affiliation: "owner" },
      { jid: jidOf("owner"), affiliation: "none" },
    ];
    expect(refusalOf(ask(of, "owner", { request: "modify-affiliations", entries }))).toBe("modify not-acceptable");
    expect(of.owners).toContain(jidOf("owner"));
  });
  test("PS-002 one owner takes another's place", () => {
    const of = node();
    expect(refusalOf(modify(of, ["owner", "none"], ["nobody", "owner"]))).toBe("");
    expect(of.owners).toEqual([jidOf("nobody")]);
  });
  test("PS-090 one jid twice", () => expect(refusalOf(modify(node(), ["a", "member"], ["a", "none"]))).toBe("modify bad-request"));
  test("PE-8.9.2.3 an affiliation that there is not", () =>
    expect(refusalOf(modify(node(), ["a", "editor"]))).toBe("cancel feature-not-implemented unsupported editor-affiliation"));
  test("PE-8.9.1.3 who is no owner", () => expect(refusalOf(ask(node(), "member", { request: "affiliations", page: null }))).toBe(FORBIDDEN));
  test("PS-088 who becomes an outcast is subscribed no more; who becomes a member waits no more", () => {
    const of = node({ accessModel: "authorize" });
    subscribe(of, asker("a"), "a");
    subscribe(of, asker("b"), "b");
    modify(of, ["a", "outcast"], ["b", "member"]);
    expect([...of.subscriptions]).toEqual([{ jid: jidOf("b"), subid: "b", state: "subscribed" }]);
  });
});

describe("PS-023 §5.4 what is told of a node", () => {
  test("what is configured, and what it is by itself", () => {
    const { payload } = ask(node({ title: "<A>", description: "", publishModel: "open" }), "nobody", { request: "describe" });
    expect(payload).toContain('<field var="pubsub#title" type="text-single"><value>&lt;A&gt;</value></field>');
    expect(payload).toContain(`<field var="pubsub#creator" type="jid-single"><value>${jidOf("owner")}</value></field>`);
    expect(payload).not.toContain("pubsub#description");
  });
  test("PS-024 §5.5 names of items are for who may read them", () => {
    const of = node({ accessModel: "whitelist" });
    publish(of, "owner", { itemId: "1" });
    expect(ask(of, "member", { request: "item-names" }).payload).toBe('["1"]');
    expect(ask(of, "nobody", { request: "item-names" }).payload).toBe("");
  });
});

test("PS-010 PE-8.2.3.2 PE-8.7.3.3 PE-8.8.2.3 PE-8.4.3.1 PE-8.5.3.2 PE-8.8.1.3: every request of owners is refused to others", () => {
  const form = { type: "submit", fields: [] } as const;
  for (const request of [
    { request: "configuration" },
    { request: "configure", form },
    { request: "delete", redirect: null },
    { request: "purge" },
    { request: "affiliations", page: null },
    { request: "modify-affiliations", entries: [] },
    { request: "subscriptions", page: null },
    { request: "modify-subscriptions", entries: [] },
    { request: "get-pending" },
    { request: "authorize", subscriber: "a@b", subid: null, allow: true },
  ] as const) {
    for (const name of ["publisher", "member", "nobody", "outcast"])
      expect(refusalOf(ask(node(), name, request)), `${name} ${request.request}`).toBe(FORBIDDEN);
  }
});

test("PE-7.1.3.5 PS-062 what is published is told once, whoever it was", () => {
  const published = publish(node({ publishModel: "open" }), "nobody", publication({ itemId: "1" }));
  expect("changes" in published && eventsOf(published)).toHaveLength(1);
});

test("PS-073 no form offers what there is no means for", () => {
  const { payload } = ask(node(), "owner", { request: "configuration" });
  for (const field of ["include_body", "body_xslt", "dataform_xslt", "purge_offline", "collection", "children"])
    expect(payload).not.toContain(`pubsub#${field}`);
});

test("PS-014 §12.15 a slash in a node's name means nothing", () => {
  const created = createNode({ node: "a/b", shelf: new MemoryShelf(), asker: asker("a"), config: [] }, context());
  expect("created" in created && created.created.node).toBe("a/b");
});

test("PS-046 §12.6 events are for who is available, and nothing else can be had", () => {
  const { payload } = ask(node(), "owner", { request: "configuration" });
  expect(payload).toMatch(/var="pubsub#presence_based_delivery"[^>]*><value>1</);
});
