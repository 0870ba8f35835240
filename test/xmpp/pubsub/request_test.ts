import { describe, expect, test } from "vitest";
import { parseFrame } from "../../../xmpp/mod.ts";
import { readWanted } from "../../../xmpp/pubsub/items.ts";
import { readRequest } from "../../../xmpp/pubsub/request.ts";

const NS = "http://jabber.org/protocol/pubsub";
const OWNER = `${NS}#owner`;
const ASKER = "7001@d.test";

function read(inside: string, { type = "set", ns = NS }: { type?: string; ns?: string } = {}) {
  const { element } = parseFrame(`<pubsub xmlns="${ns}">${inside}</pubsub>`, { maxDepth: 32 });
  if (!element) throw new Error(inside);
  return readRequest({ type: type as "get" | "set", pubsub: element, asker: ASKER });
}

interface Case {
  readonly rule: string;
  readonly inside: string;
  readonly type?: string;
  readonly ns?: string;
  readonly gives: unknown;
}

/** A form that was filled in. */
function form(formType: string, values: Readonly<Record<string, string>>): string {
  const fields = Object.entries({ FORM_TYPE: formType, ...values }).map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`);
  return `<x xmlns="jabber:x:data" type="submit">${fields.join("")}</x>`;
}

const publication = (of: object) => ({
  request: "publish",
  node: "/a",
  publication: { itemId: null, hasItem: true, payload: "", type: "", options: [], ...of },
});
const ofNode = (of: object) => ({ request: "node", node: "/a", of });

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
      gives: { request: "subscribe", node: "/a", subscriber: ASKER, options: null },
    },
    {
      rule: "PS-030 §6.1.1 subscribe with a full jid",
      inside: `<subscribe node="/a" jid="${ASKER}/R"/>`,
      gives: { request: "subscribe", node: "/a", subscriber: `${ASKER}/R`, options: null },
    },
    {
      rule: "T-07 PS-008 a jid is folded, a node is not",
      inside: '<subscribe node="/A" jid="7001@D.TEST"/>',
      gives: { request: "subscribe", node: "/A", subscriber: ASKER, options: null },
    },
    {
      rule: "PS-038 §6.2.1 unsubscribe with a subid",
      inside: `<unsubscribe node="/a" jid="${ASKER}" subid="x"/>`,
      gives: { request: "unsubscribe", node: "/a", subscriber: ASKER, subid: "x" },
    },
    { rule: "PS-025 §5.6 all subscriptions", type: "get", inside: "<subscriptions/>", gives: { request: "subscriptions", node: null } },
    { rule: "PS-025 §5.6 those of a node", type: "get", inside: '<subscriptions node="/a"/>', gives: { request: "subscriptions", node: "/a" } },
    {
      rule: "PS-060 §7.1.1 publish with an id",
      inside: '<publish node="/a"><item id="1"><p xmlns="q"/></item></publish>',
      gives: publication({ itemId: "1", payload: '<p xmlns="q"/>', type: "q" }),
    },
    {
      rule: "PS-060 §7.1.1 publish without",
      inside: '<publish node="/a"><item><p xmlns="q"/></item></publish>',
      gives: publication({ payload: '<p xmlns="q"/>', type: "q" }),
    },
    {
      rule: "PS-060 §7.1.1 white space around is no payload",
      inside: '<publish node="/a">\n <item id="">\n <p/>\n</item> </publish>',
      gives: publication({ payload: `<p xmlns="${NS}"/>`, type: NS }),
    },
    {
      rule: "T-08 a payload declares its namespaces",
      inside: '<publish node="/a"><item><x:p xmlns:x="q" x:y="1"><z xmlns="">&lt;&amp;</z></x:p></item></publish>',
      gives: publication({ payload: '<p xmlns="q" xmlns:n1="q" n1:y="1"><z xmlns="">&lt;&amp;</z></p>', type: "q" }),
    },
    { rule: "PS-060 §7.1.1 publish without an item", inside: '<publish node="/a"/>', gives: publication({ hasItem: false }) },
    { rule: "PS-060 §7.1.1 publish of an item without a payload", inside: '<publish node="/a"><item id="1"/></publish>', gives: publication({ itemId: "1" }) },
    {
      rule: "PS-068 §7.1.5 publish with options",
      inside: `<publish node="/a"><item><p xmlns="q"/></item></publish><publish-options>${form(`${NS}#publish-options`, { "pubsub#access_model": "open" })}</publish-options>`,
      gives: publication({ payload: '<p xmlns="q"/>', type: "q", options: [{ name: "pubsub#access_model", values: ["open"] }] }),
    },
    {
      rule: "PS-042 §6.3.7 subscribe with options",
      inside: `<subscribe node="/a" jid="${ASKER}"/><options>${form(`${NS}#subscribe_options`, { "pubsub#deliver": "0" })}</options>`,
      gives: { request: "subscribe", node: "/a", subscriber: ASKER, options: [{ name: "pubsub#deliver", values: ["0"] }] },
    },
    {
      rule: "PS-040 §6.3.2 ask for options",
      type: "get",
      inside: `<options node="/a" jid="${ASKER}" subid="1"/>`,
      gives: { request: "options", node: "/a", subscriber: ASKER, subid: "1", form: null },
    },
    {
      rule: "PS-041 §6.3.5 set options",
      inside: `<options node="/a" jid="${ASKER}">${form(`${NS}#subscribe_options`, { "pubsub#deliver": "0" })}</options>`,
      gives: { request: "options", node: "/a", subscriber: ASKER, subid: null, form: { type: "submit", fields: [{ name: "pubsub#deliver", values: ["0"] }] } },
    },
    { rule: "PS-043 §6.4 default options", type: "get", inside: "<default/>", gives: { request: "default-options", node: null } },
    { rule: "PS-043 §6.4 default options of a node", type: "get", inside: '<default node="/a"/>', gives: { request: "default-options", node: "/a" } },
    { rule: "PS-026 §5.7 own affiliations", type: "get", inside: "<affiliations/>", gives: { request: "affiliations", node: null } },
    { rule: "PS-026 §5.7 own affiliation with a node", type: "get", inside: '<affiliations node="/a"/>', gives: { request: "affiliations", node: "/a" } },
    { rule: "PS-081 §8.1.1 create an instant node", inside: "<create/>", gives: { request: "create", node: null, of: { request: "create", config: [] } } },
    {
      rule: "PS-080 §8.1.3 create and configure",
      inside: `<create node="/a"/><configure>${form(`${NS}#node_config`, { "pubsub#title": "A" })}</configure>`,
      gives: { request: "create", node: "/a", of: { request: "create", config: [{ name: "pubsub#title", values: ["A"] }] } },
    },
    {
      rule: "PS-080 §8.1.3 create with an empty configure",
      inside: '<create node="/a"/><configure/>',
      gives: { request: "create", node: "/a", of: { request: "create", config: [] } },
    },
    {
      rule: "PS-071 §7.2.1 retract, and tell",
      inside: '<retract node="/a" notify="true"><item id="1"/></retract>',
      gives: ofNode({ request: "retract", itemId: "1", notify: true }),
    },
    {
      rule: "PS-070 §7.2.1 retract as the node is configured",
      inside: '<retract node="/a"><item id="1"/></retract>',
      gives: ofNode({ request: "retract", itemId: "1", notify: null }),
    },
    { rule: "PS-082 §8.2.1 ask for the configuration", ns: OWNER, type: "get", inside: '<configure node="/a"/>', gives: ofNode({ request: "configuration" }) },
    {
      rule: "PS-082 §8.2.4 configure",
      ns: OWNER,
      inside: `<configure node="/a">${form(`${NS}#node_config`, { "pubsub#title": "A" })}</configure>`,
      gives: ofNode({ request: "configure", form: { type: "submit", fields: [{ name: "pubsub#title", values: ["A"] }] } }),
    },
    {
      rule: "PS-082 §8.2.4 leave it",
      ns: OWNER,
      inside: '<configure node="/a"><x xmlns="jabber:x:data" type="cancel"/></configure>',
      gives: ofNode({ request: "configure", form: { type: "cancel" } }),
    },
    { rule: "PS-084 §8.3.1 the default configuration", ns: OWNER, type: "get", inside: "<default/>", gives: { request: "default-configuration" } },
    { rule: "PS-085 §8.4.1 delete", ns: OWNER, inside: '<delete node="/a"/>', gives: ofNode({ request: "delete", redirect: null }) },
    {
      rule: "PS-085 §8.4.1 delete with a redirect",
      ns: OWNER,
      inside: '<delete node="/a"><redirect uri="xmpp:x?;node=b"/></delete>',
      gives: ofNode({ request: "delete", redirect: "xmpp:x?;node=b" }),
    },
    { rule: "PS-086 §8.5.1 purge", ns: OWNER, inside: '<purge node="/a"/>', gives: ofNode({ request: "purge" }) },
    {
      rule: "PS-089 §8.8.1 who is subscribed",
      ns: OWNER,
      type: "get",
      inside: '<subscriptions node="/a"/>',
      gives: ofNode({ request: "subscriptions", page: null }),
    },
    {
      rule: "PS-089 §8.8.2 changes of subscriptions; one without a state is none",
      ns: OWNER,
      inside: '<subscriptions node="/a"><subscription jid="b@c" subscription="none" subid="1"/><subscription jid="d@e"/></subscriptions>',
      gives: ofNode({ request: "modify-subscriptions", entries: [{ jid: "b@c", subid: "1", subscription: "none" }] }),
    },
    {
      rule: "PS-090 §8.9.1 who is affiliated",
      ns: OWNER,
      type: "get",
      inside: '<affiliations node="/a"/>',
      gives: ofNode({ request: "affiliations", page: null }),
    },
    {
      rule: "PS-090 §8.9.2 changes of affiliations",
      ns: OWNER,
      inside: '<affiliations node="/a"><affiliation jid="b@c" affiliation="owner"/></affiliations>',
      gives: ofNode({ request: "modify-affiliations", entries: [{ jid: "b@c", affiliation: "owner" }] }),
    },
  ];
  for (const { rule, inside, type, ns, gives } of cases as readonly Case[]) {
    test(rule, () => {
      expect(read(inside, { ...(type && { type }), ...(ns && { ns }) })).toEqual(gives);
    });
  }
});

describe("requests that are refused", () => {
  const cases = [
    { rule: "PS-030 §6.1.1 subscribe without jid", inside: '<subscribe node="/a"/>', gives: "modify bad-request jid-required" },
    { rule: "PS-031 PE-6.1.3.1 subscribe for somebody else", inside: '<subscribe node="/a" jid="7002@d.test"/>', gives: "modify bad-request invalid-jid" },
    { rule: "PS-031 PE-6.1.3.1 subscribe with a jid that is none", inside: '<subscribe node="/a" jid="a@b@c"/>', gives: "modify bad-request invalid-jid" },
    { rule: "§6.1.1 subscribe without node", inside: `<subscribe jid="${ASKER}"/>`, gives: "modify bad-request nodeid-required" },
    { rule: "PE-6.1.3.12 a node that can be none", inside: `<subscribe node="&#x9;" jid="${ASKER}"/>`, gives: "cancel item-not-found" },
    { rule: "PS-030 §6.1.1 two subscribes", inside: `<subscribe node="/a" jid="${ASKER}"/><subscribe node="/b" jid="${ASKER}"/>`, gives: "modify bad-request" },
    {
      rule: "PS-042 §6.3.7 subscribe with options that have an address of their own",
      inside: `<subscribe node="/a" jid="${ASKER}"/><options jid="${ASKER}">${form(`${NS}#subscribe_options`, {})}</options>`,
      gives: "modify bad-request",
    },
    {
      rule: "PS-042 §6.3.7 subscribe behind its options",
      inside: `<options>${form(`${NS}#subscribe_options`, {})}</options><subscribe node="/a" jid="${ASKER}"/>`,
      gives: "modify bad-request",
    },
    { rule: "PE-6.3.4.1 options of somebody else", type: "get", inside: '<options node="/a" jid="7002@d.test"/>', gives: "auth forbidden" },
    { rule: "PE-6.3.4.3 options without a jid", type: "get", inside: '<options node="/a"/>', gives: "modify bad-request jid-required" },
    { rule: "PE-6.3.6.2 options that are no form", inside: `<options node="/a" jid="${ASKER}"/>`, gives: "modify bad-request invalid-options" },
    { rule: "PS-038 PE-6.2.3.3 unsubscribe somebody else", inside: '<unsubscribe node="/a" jid="7002@d.test"/>', gives: "auth forbidden" },
    { rule: "§6.2 unsubscribe without jid", inside: '<unsubscribe node="/a"/>', gives: "modify bad-request jid-required" },
    { rule: "§6.2 unsubscribe without node", inside: `<unsubscribe jid="${ASKER}"/>`, gives: "modify bad-request nodeid-required" },
    { rule: "§6.2 unsubscribe with more", inside: `<unsubscribe node="/a" jid="${ASKER}"/><a/>`, gives: "modify bad-request" },
    { rule: "§7.1.3 publish without node", inside: "<publish><item><p/></item></publish>", gives: "modify bad-request nodeid-required" },
    { rule: "§7.1.3.6 publish with two payloads", inside: '<publish node="/a"><item><p/><q/></item></publish>', gives: "modify bad-request invalid-payload" },
    {
      rule: "§7.1.3.6 publish with text beside the payload",
      inside: '<publish node="/a"><item>text<p/></item></publish>',
      gives: "modify bad-request invalid-payload",
    },
    {
      rule: "PS-072 publish of a batch",
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
      rule: "PS-068 §7.1.5 publish with options that are no form",
      inside: '<publish node="/a"><item><p/></item></publish><publish-options/>',
      gives: "modify bad-request",
    },
    { rule: "§7.1 publish with more", inside: '<publish node="/a"><item><p/></item></publish><a/>', gives: "modify bad-request" },
    { rule: "C-64 a subscribe that gets", type: "get", inside: `<subscribe node="/a" jid="${ASKER}"/>`, gives: "modify bad-request" },
    { rule: "no operation", inside: "", gives: "modify bad-request" },
    { rule: "an unknown operation", inside: "<constructor/>", gives: "modify bad-request" },
    { rule: "an operation of another namespace", inside: `<subscribe xmlns="${OWNER}" node="/a" jid="${ASKER}"/>`, gives: "modify bad-request" },
    { rule: "an owner's operation outside of its own", inside: `<delete xmlns="${OWNER}" node="/a"/>`, gives: "modify bad-request" },
    { rule: "§8.1.3 configure by itself", inside: "<configure/>", gives: "modify bad-request" },
    {
      rule: "PE-8.1.3 PS-080 configure with a node of its own",
      inside: `<create node="/a"/><configure node="/a">${form(`${NS}#node_config`, {})}</configure>`,
      gives: "modify bad-request",
    },
    { rule: "PE-8.1.3 PS-080 configure before create", inside: '<configure/><create node="/a"/>', gives: "modify bad-request" },
    { rule: "PE-7.2.3.3 retract without a node", inside: '<retract><item id="1"/></retract>', gives: "modify bad-request nodeid-required" },
    { rule: "PE-7.2.3.4 retract without an item", inside: '<retract node="/a"/>', gives: "modify bad-request item-required" },
    { rule: "PE-7.2.3.4 retract of an item without an id", inside: '<retract node="/a"><item/></retract>', gives: "modify bad-request item-required" },
    { rule: "PS-072 retract of a batch", inside: '<retract node="/a"><item id="1"/><item id="2"/></retract>', gives: "modify bad-request" },
    { rule: "PE-8.2.3.3 configure without a node", ns: OWNER, type: "get", inside: "<configure/>", gives: "modify bad-request nodeid-required" },
    { rule: "§8.2.4 configure with what is no form", ns: OWNER, inside: '<configure node="/a"><y/></configure>', gives: "modify bad-request" },
    {
      rule: "§8.9.2 changes that name nobody",
      ns: OWNER,
      inside: '<affiliations node="/a"><affiliation affiliation="owner"/></affiliations>',
      gives: "modify bad-request",
    },
    {
      rule: "XEP-0248 §7.1 create a collection",
      inside: '<create node="/a" type="collection"/>',
      gives: "cancel feature-not-implemented unsupported collections",
    },
  ];
  for (const { rule, inside, type, ns, gives } of cases as readonly Case[]) {
    test(`${rule}: ${gives}`, () => {
      expect(refusalOf(read(inside, { ...(type && { type }), ...(ns && { ns }) }))).toBe(gives);
    });
  }
});

describe("§6.5 items", () => {
  const rsm = (inside: string) => `<set xmlns="http://jabber.org/protocol/rsm">${inside}</set>`;
  const read = (attrs: string, inside = "", beside = "") =>
    readWanted(element(`<items xmlns="${NS}"${attrs}>${inside}</items>`), beside ? [element(beside)] : []);
  const all = { ids: null, newest: null, after: null, before: null, page: null };
  for (const [rule, given, wanted] of [
    ["PS-051 all", read(""), all],
    ["PS-052 by ids", read("", '<item id="a"/><item id="b"/>'), { ...all, ids: ["a", "b"] }],
    ["PS-053 the newest", read(' max_items="3"'), { ...all, newest: 3 }],
    ["XEP-0059 §2.1 a page", read("", "", rsm("<max>10</max>")), { ...all, page: 10 }],
    ["XEP-0059 §2.2 after a position", read("", "", rsm("<after>5:7</after>")), { ...all, after: { epoch: 5, seq: 7 } }],
    ["RS-03 XEP-0059 §2.2 after what nobody gave out", read("", "", rsm("<after>x</after>")), "item-not-found"],
    ["RS-02 XEP-0059 §2.5 the last page", read("", "", rsm("<before/>")), { ...all, before: "last" }],
    ["XEP-0059 §2.3 the page before", read("", "", rsm("<before>5:7</before>")), { ...all, before: { epoch: 5, seq: 7 } }],
    ["XEP-0059 §2.6 by index", read("", "", rsm("<index>3</index>")), "feature-not-implemented"],
    ["both ways at once", read("", "", rsm("<before/><after>5:7</after>")), "bad-request"],
    ["no number", read(' max_items="-1"'), "bad-request"],
    ["no size", read("", "", rsm("<max>many</max>")), "bad-request"],
    ["an item without id", read("", "<item/>"), "bad-request"],
    ["something else beside it", read("", "", "<other/>"), "bad-request"],
  ] as const) {
    test(rule, () => expect(given).toEqual(wanted));
  }
});
