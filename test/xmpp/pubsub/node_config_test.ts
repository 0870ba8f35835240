/** Configurations as forms, both ways (XEP-0060 §16.4.4). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFrame, readForm, renderForm } from "../../../xmpp/mod.ts";
import { configForm, type NodeConfig, NODE_FIELDS, readConfig, STANDARD_CONFIG } from "../../../xmpp/pubsub/node_config.ts";

/** As a client would read and send it. */
function overTheWire(config: NodeConfig): NodeConfig {
  const { element } = parseFrame(renderForm(configForm(config, "submit")), { maxDepth: 32 });
  const form = element && readForm(element);
  const read = readConfig(form?.fields ?? [], STANDARD_CONFIG);
  if ("refusal" in read) throw new Error(JSON.stringify(read));
  return read.config;
}

const text = fc.string({ maxLength: 20 }).map((given) => given.replace(/[^\x20-\x7e]/g, "x"));
const anyConfig: fc.Arbitrary<NodeConfig> = fc.record({
  title: text,
  description: text,
  language: text,
  contact: fc.uniqueArray(fc.constantFrom("a@b", "c@d/e", "f@g")),
  type: text,
  nodeType: fc.constant("leaf" as const),
  accessModel: fc.constantFrom("open", "presence", "roster", "authorize", "whitelist"),
  rosterGroups: fc.uniqueArray(text),
  publishModel: fc.constantFrom("publishers", "subscribers", "open"),
  subscribe: fc.boolean(),
  persistItems: fc.boolean(),
  maxItems: fc.integer({ min: 1, max: 10_000 }),
  itemExpire: fc.integer({ min: 1, max: 315_360_000 }),
  publishNodeFull: fc.constantFrom("retract-oldest", "discard-oldest", "reject"),
  maxPayloadSize: fc.integer({ min: 1, max: 60_000 }),
  deliverNotifications: fc.boolean(),
  deliverPayloads: fc.boolean(),
  notificationType: fc.constantFrom("headline", "normal"),
  notifyConfig: fc.boolean(),
  notifyDelete: fc.boolean(),
  notifyRetract: fc.boolean(),
  notifySub: fc.boolean(),
  sendLastPublishedItem: fc.constantFrom("on_sub_and_presence", "on_sub", "never"),
  presenceBasedDelivery: fc.constant(true),
  tempsub: fc.boolean(),
  itemReply: fc.constantFrom("none", "owner", "publisher"),
});

test("PS-082 what is written is read as it was", () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      expect(overTheWire(config)).toEqual(config);
    }),
  );
});

describe("single fields", () => {
  const read = (name: string, ...values: string[]) => readConfig([{ name: `pubsub#${name}`, values }], STANDARD_CONFIG);
  for (const [name, value, key, gives] of [
    ["persist_items", "0", "persistItems", false],
    ["persist_items", "false", "persistItems", false],
    ["persist_items", "1", "persistItems", true],
    ["persist_items", "true", "persistItems", true],
    ["max_items", "max", "maxItems", 10_000],
    ["item_expire", "max", "itemExpire", 315_360_000],
    ["access_model", "roster", "accessModel", "roster"],
    ["contact", "A@B", "contact", ["a@b"]],
  ] as const) {
    test(`PS-040 ${name} ${value}`, () => expect(read(name, value)).toMatchObject({ config: { [key]: gives } }));
  }
  for (const [name, ...values] of [
    ["persist_items", "yes"],
    ["persist_items", "1", "0"],
    ["max_items", "0"],
    ["max_items", "-1"],
    ["max_items", "10001"],
    ["node_type", "collection"],
    ["publish_node_full", "explode"],
    ["presence_based_delivery", "0"],
    ["contact", "a@b@c"],
    ["title", "a", "b"],
  ] as const) {
    test(`PE-8.2.5.2 ${name} ${values.join(", ")} cannot be`, () =>
      expect(read(name, ...values)).toEqual({ refusal: { type: "modify", condition: "not-acceptable" } }));
  }
  test("PE-8.1.2 an access model that there is not", () =>
    expect(read("access_model", "payment")).toEqual({ refusal: { type: "modify", condition: "not-acceptable", specific: "unsupported-access-model" } }));
});

test("every field has its registered name once", () => {
  const names = Object.values(NODE_FIELDS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => /^pubsub#[a-z_]+$/.test(name))).toBe(true);
});
