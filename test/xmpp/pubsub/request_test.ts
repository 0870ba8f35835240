import { describe, expect, test } from "vitest";
import { parseFrame } from "../../../xmpp/mod.ts";
import { readWanted } from "../../../xmpp/pubsub/items.ts";
import { readRequest, UNSUPPORTED } from "../../../xmpp/pubsub/request.ts";

const NS = "http://jabber.org/protocol/pubsub";
const OWNER = `${NS}#owner`;
const ASKER = "7001@d.test";

function read(inside: string, { type = "set", ns = NS }: { type?: string; ns?: string } = {}) {
  const { element } = parseFrame(`<pubsub xmlns="${ns}">${inside}</pubsub>`, { maxDepth: 32 });
  if (!element) throw new Error(inside);
  return readRequest({ type: type as "get" | "set", pubsub: element, asker: ASKER });
}

function element(text: string) {
  const { element: found } = parseFrame(text, { maxDepth: 32 });
  if (!found) throw new Error(text);
  return found;
}

/** type condition [specific [feature]] */
function refusalOf(result: ReturnType<typeof readRequest>): string {
  if (!("refusal" in result)) return `accepted ${JSON.stringify(result)}`;
  const { type, condition, specific, feature } = result.refusal;
  return [type, condition, specific, feature].filter(Boolean).join(" ");
}

describe("requests that are understood", () => {
  const cases = [
    {
      rule: "PS-030 §6.1.1 subscribe with a bare jid",
      inside: `<subscribe node="/a" jid="${ASKER}"/>`,
      gives: { request: "subscribe", node: "/a", subscriber: ASKER },
    },
    {
      rule: "PS-030 §6.1.1 subscribe with a full jid",
      inside: `<subscribe node="/a" jid="${ASKER}/R"/>`,
      gives: { request: "subscribe", node: "/a", subscriber: `${ASKER}/R` },
    },
    {
      rule: "T-07 PS-008 a jid is folded, a node is not",
      inside: '<subscribe node="/A" jid="7001@D.TEST"/>',
      gives: { request: "subscribe", node: "/A", subscriber: ASKER },
    },
    {
      rule: "PS-039 §6.2.3.5 unsubscribe with a superfluous subid",
      inside: `<unsubscribe node="/a" jid="${ASKER}" subid="x"/>`,
      gives: { request: "unsubscribe", node: "/a", subscriber: ASKER },
    },
    { rule: "PS-025 §5.6 all subscriptions", type: "get", inside: "<subscriptions/>", gives: { request: "subscriptions", node: null } },
    { rule: "PS-025 §5.6 those of a node", type: "get", inside: '<subscriptions node="/a"/>', gives: { request: "subscriptions", node: "/a" } },
    {
      rule: "PS-060 §7.1.1 publish with an id",
      inside: '<publish node="/a"><item id="1"><p xmlns="q"/></item></publish>',
      gives: { request: "publish", node: "/a", itemId: "1", payload: '<p xmlns="q"/>' },
    },
    {
      rule: "PS-060 §7.1.1 publish without",
      inside: '<publish node="/a"><item><p xmlns="q"/></item></publish>',
      gives: { request: "publish", node: "/a", itemId: null, payload: '<p xmlns="q"/>' },
    },
    {
      rule: "PS-060 §7.1.1 white space around is no payload",
      inside: '<publish node="/a">\n <item id="">\n <p/>\n</item> </publish>',
      gives: { request: "publish", node: "/a", itemId: null, payload: `<p xmlns="${NS}"/>` },
    },
    {
      rule: "T-08 a payload declares its namespaces",
      inside: '<publish node="/a"><item><x:p xmlns:x="q" x:y="1"><z xmlns="">&lt;&amp;</z></x:p></item></publish>',
      gives: { request: "publish", node: "/a", itemId: null, payload: '<p xmlns="q" xmlns:n1="q" n1:y="1"><z xmlns="">&lt;&amp;</z></p>' },
    },
  ];
  for (const { rule, inside, type, gives } of cases) {
    test(rule, () => {
      expect(read(inside, type ? { type } : {})).toEqual(gives);
    });
  }
});

describe("requests that are refused", () => {
  const cases = [
    { rule: "PS-030 §6.1.1 subscribe without jid", inside: '<subscribe node="/a"/>', gives: "modify bad-request jid-required" },
    { rule: "PS-031 §6.1.3.1 subscribe for somebody else", inside: '<subscribe node="/a" jid="7002@d.test"/>', gives: "modify bad-request invalid-jid" },
    { rule: "PS-031 §6.1.3.1 subscribe with a jid that is none", inside: '<subscribe node="/a" jid="a@b@c"/>', gives: "modify bad-request invalid-jid" },
    { rule: "§6.1.1 subscribe without node", inside: `<subscribe jid="${ASKER}"/>`, gives: "modify bad-request nodeid-required" },
    { rule: "§6.1.3.12 a node that can be none", inside: `<subscribe node="&#x9;" jid="${ASKER}"/>`, gives: "cancel item-not-found" },
    { rule: "PS-030 §6.1.1 two subscribes", inside: `<subscribe node="/a" jid="${ASKER}"/><subscribe node="/b" jid="${ASKER}"/>`, gives: "modify bad-request" },
    {
      rule: "PS-042 §6.3.7 subscribe with options",
      inside: `<subscribe node="/a" jid="${ASKER}"/><options/>`,
      gives: "cancel feature-not-implemented unsupported subscription-options",
    },
    { rule: "§6.2.3.3 unsubscribe somebody else", inside: '<unsubscribe node="/a" jid="7002@d.test"/>', gives: "auth forbidden" },
    { rule: "§6.2 unsubscribe without jid", inside: '<unsubscribe node="/a"/>', gives: "modify bad-request jid-required" },
    { rule: "§6.2 unsubscribe without node", inside: `<unsubscribe jid="${ASKER}"/>`, gives: "modify bad-request nodeid-required" },
    { rule: "§6.2 unsubscribe with more", inside: `<unsubscribe node="/a" jid="${ASKER}"/><a/>`, gives: "modify bad-request" },
    { rule: "§7.1.3 publish without node", inside: "<publish><item><p/></item></publish>", gives: "modify bad-request nodeid-required" },
    { rule: "§7.1.3.7 publish without item", inside: '<publish node="/a"/>', gives: "modify bad-request item-required" },
    { rule: "§7.1.3.7 publish without payload", inside: '<publish node="/a"><item id="1"/></publish>', gives: "modify bad-request payload-required" },
    { rule: "§7.1.3.6 publish with two payloads", inside: '<publish node="/a"><item><p/><q/></item></publish>', gives: "modify bad-request invalid-payload" },
    {
      rule: "§7.1.3.6 publish with text beside the payload",
      inside: '<publish node="/a"><item>text<p/></item></publish>',
      gives: "modify bad-request invalid-payload",
    },
    {
      rule: "PS-072 §12.11 publish of a batch",
      inside: '<publish node="/a"><item><p/></item><item><p/></item></publish>',
      gives: "modify bad-request invalid-payload",
    },
    { rule: "§7.1.1 publish of what is no item", inside: '<publish node="/a"><p/></publish>', gives: "modify bad-request" },
    {
      rule: "PS-009 publish with an id too long",
      inside: `<publish node="/a"><item id="${"x".repeat(1024)}"><p/></item></publish>`,
      gives: "modify bad-request",
    },
    {
      rule: "PS-068 §7.1.5 publish with options",
      inside: '<publish node="/a"><item><p/></item></publish><publish-options/>',
      gives: "cancel feature-not-implemented unsupported publish-options",
    },
    { rule: "§7.1 publish with more", inside: '<publish node="/a"><item><p/></item></publish><a/>', gives: "modify bad-request" },
    { rule: "C-64 a subscribe that gets", type: "get", inside: `<subscribe node="/a" jid="${ASKER}"/>`, gives: "modify bad-request" },
    { rule: "no operation", inside: "", gives: "modify bad-request" },
    { rule: "an unknown operation", inside: "<constructor/>", gives: "modify bad-request" },
    { rule: "an operation of another namespace", inside: `<subscribe xmlns="${OWNER}" node="/a" jid="${ASKER}"/>`, gives: "modify bad-request" },
    { rule: "an owner's operation outside of its own", inside: `<delete xmlns="${OWNER}" node="/a"/>`, gives: "modify bad-request" },
    { rule: "§8.1.3 configure by itself", inside: "<configure/>", gives: "modify bad-request" },
  ];
  for (const { rule, inside, type, gives } of cases) {
    test(`${rule}: ${gives}`, () => {
      expect(refusalOf(read(inside, type ? { type } : {}))).toBe(gives);
    });
  }
});

describe("B5.7 what is not implemented names the feature", () => {
  const cases: readonly (readonly [string, string, string, string, string])[] = [
    ["§5.7", "get", NS, "affiliations", "retrieve-affiliations"],
    ["§6.3.4.6", "get", NS, "options", "subscription-options"],
    ["§6.3.4.6", "set", NS, "options", "subscription-options"],
    ["§6.4.3.1", "get", NS, "default", "subscription-options"],
    ["§7.2.3.6", "set", NS, "retract", "delete-items"],
    ["§8.1.1", "set", NS, "create", "create-nodes"],
    ["§8.2.3.1", "get", OWNER, "configure", "config-node"],
    ["§8.2.3.1", "set", OWNER, "configure", "config-node"],
    ["§8.3.4.1", "get", OWNER, "default", "config-node"],
    ["§8.4", "set", OWNER, "delete", "delete-nodes"],
    ["§8.5.3.1", "set", OWNER, "purge", "purge-nodes"],
    ["§8.8.1.3", "get", OWNER, "subscriptions", "manage-subscriptions"],
    ["§8.8.2.3", "set", OWNER, "subscriptions", "manage-subscriptions"],
    ["§8.9.1.3", "get", OWNER, "affiliations", "modify-affiliations"],
    ["§8.9.2.3", "set", OWNER, "affiliations", "modify-affiliations"],
  ];
  for (const [section, type, ns, name, feature] of cases) {
    test(`${section} ${type} ${name}: ${feature}`, () => {
      expect(refusalOf(read(`<${name} node="/a"/>`, { type, ns }))).toBe(`cancel feature-not-implemented unsupported ${feature}`);
    });
  }

  test("UNSUPPORTED: every row is proved by a case", () => {
    const proved = new Set(cases.map(([, type, ns, name]) => `${type} {${ns}}${name}`));
    expect(Object.keys(UNSUPPORTED).filter((key) => !proved.has(key))).toEqual([]);
  });
});

describe("§6.5 items", () => {
  const rsm = (inside: string) => `<set xmlns="http://jabber.org/protocol/rsm">${inside}</set>`;
  const read = (attrs: string, inside = "", beside = "") =>
    readWanted(element(`<items xmlns="${NS}"${attrs}>${inside}</items>`), beside ? [element(beside)] : []);
  const all = { ids: null, newest: null, after: null, page: null };
  for (const [rule, given, wanted] of [
    ["PS-051 all", read(""), all],
    ["PS-052 by ids", read("", '<item id="a"/><item id="b"/>'), { ...all, ids: ["a", "b"] }],
    ["PS-053 the newest", read(' max_items="3"'), { ...all, newest: 3 }],
    ["XEP-0059 §2.1 a page", read("", "", rsm("<max>10</max>")), { ...all, page: 10 }],
    ["XEP-0059 §2.2 after a position", read("", "", rsm("<after>5:7</after>")), { ...all, after: { epoch: 5, seq: 7 } }],
    ["XEP-0059 §2.2 after what nobody gave out", read("", "", rsm("<after>x</after>")), "item-not-found"],
    ["XEP-0059 §2.3 backwards", read("", "", rsm("<before/>")), "bad-request"],
    ["no number", read(' max_items="-1"'), "bad-request"],
    ["no size", read("", "", rsm("<max>many</max>")), "bad-request"],
    ["an item without id", read("", "<item/>"), "bad-request"],
    ["something else beside it", read("", "", "<other/>"), "bad-request"],
  ] as const) {
    test(rule, () => expect(given).toEqual(wanted));
  }
});
