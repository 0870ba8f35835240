/** Nodes of families to those who would own them (XEP-0060 §7.1, §7.2, §8). */
import { describe, expect, test } from "vitest";
import { answerFamilyRequest, type Family, familyPublishRefusal, FINESSE, type NodeRequest, placeOf } from "../../../xmpp/mod.ts";
import { publication, refusalOf } from "./support.ts";

const TEAM = placeOf("/finesse/api/Team/42/Users", FINESSE)?.family as Family;
const SYSTEM = placeOf("/finesse/api/SystemInfo", FINESSE)?.family as Family;
const asked = (request: NodeRequest, role: string, family = TEAM) => answerFamilyRequest({ node: "n", family, role }, request);
const form = { type: "submit", fields: [] } as const;

describe("what is asked of it", () => {
  const cases: readonly (readonly [string, NodeRequest, string, string])[] = [
    ["PE-8.1.1 create", { request: "create", config: [] }, "cancel conflict", "cancel conflict"],
    ["PS-082 §8.2.1 its configuration can be read", { request: "configuration" }, "", "auth forbidden"],
    ["PE-8.2.3.1 and not be changed", { request: "configure", form }, "cancel feature-not-implemented unsupported config-node", "auth forbidden"],
    ["PE-8.4.3.1 delete", { request: "delete", redirect: null }, "cancel not-allowed", "auth forbidden"],
    ["PE-8.5.3.3 purge", { request: "purge" }, "cancel feature-not-implemented unsupported persistent-items", "auth forbidden"],
    ["PE-7.2.3.5 retract", { request: "retract", itemId: "1", notify: null }, "cancel feature-not-implemented unsupported persistent-items", "auth forbidden"],
    ...(["affiliations", "modify-affiliations"] as const).map(
      (request) =>
        [
          `PE-8.9.1.3 PE-8.9.2.3 ${request}`,
          { request, entries: [], page: null },
          "cancel feature-not-implemented unsupported modify-affiliations",
          "auth forbidden",
        ] as const,
    ),
    ...(["subscriptions", "modify-subscriptions"] as const).map(
      (request) =>
        [
          `PE-8.8.1.3 PE-8.8.2.3 ${request}`,
          { request, entries: [], page: null },
          "cancel feature-not-implemented unsupported manage-subscriptions",
          "auth forbidden",
        ] as const,
    ),
    ["PE-8.7.3.2 get-pending", { request: "get-pending" }, "cancel feature-not-implemented unsupported get-pending", "auth forbidden"],
  ];
  for (const [rule, request, admin, agent] of cases) {
    test(`${rule}: ${admin || "answered"} to an administrator, ${agent} to an agent`, () => {
      expect([refusalOf(asked(request, "admin")), refusalOf(asked(request, "agent"))]).toEqual([admin, agent]);
    });
  }
  test("PE-8.5.3.1 PE-7.2.3.6 a stored log is the operator's: it is neither purged nor retracted from", () => {
    expect(refusalOf(asked({ request: "purge" }, "admin", SYSTEM))).toBe("cancel feature-not-implemented unsupported purge-nodes");
    expect(refusalOf(asked({ request: "retract", itemId: "1", notify: null }, "publisher", SYSTEM))).toBe(
      "cancel feature-not-implemented unsupported delete-items",
    );
  });
});

describe("what is published on it", () => {
  const refused = (role: string, of: object = {}) => refusalOf(familyPublishRefusal(TEAM, { role, publication: publication(of) }) ?? {});
  for (const [rule, role, of, gives] of [
    ["a publisher", "publisher", {}, ""],
    ["an administrator", "admin", {}, ""],
    ["PE-7.1.3.1 an agent", "agent", {}, "auth forbidden"],
    ["PE-7.1.3.7 no item", "publisher", { hasItem: false, payload: "" }, "modify bad-request item-required"],
    ["PE-7.1.3.7 no payload", "publisher", { payload: "" }, "modify bad-request payload-required"],
    ["PS-068 an option that is met", "publisher", { options: [{ name: "pubsub#access_model", values: ["whitelist"] }] }, ""],
    ["PE-7.1.5 one that is not", "publisher", { options: [{ name: "pubsub#access_model", values: ["open"] }] }, "cancel conflict precondition-not-met"],
  ] as const) {
    test(`${rule}: ${gives || "taken"}`, () => expect(refused(role, of)).toBe(gives));
  }
});
