import { describe, expect, test } from "vitest";
import { automaticNodes, CONTACT_NODE, FINESSE, knownNodes, maySubscribe, placeOf, PRESENCE_NODE, provesExistence, type Rights } from "../../../xmpp/mod.ts";

const agent: Rights = { id: "7001", role: "agent", teams: ["42"], supervises: [] };
const lead: Rights = { id: "lead1", role: "supervisor", teams: [], supervises: [{ team: "42", members: ["7001"] }] };
const backend: Rights = { id: "backend", role: "publisher", teams: [], supervises: [] };
const place = (node: string) => {
  const placed = placeOf(node, FINESSE);
  if (!placed) throw new Error(node);
  return placed;
};

describe("placeOf()", () => {
  for (const family of FINESSE) {
    test(`PS-008 §4.6 ${family.pattern} is of the family ${family.name}`, () => {
      const node = family.pattern.replace(/\{\w+\}/, "x+1");
      expect(placeOf(node, FINESSE)?.family).toBe(family);
      expect(placeOf(`${node}/more`, FINESSE)?.family).not.toBe(family);
    });
  }

  for (const node of ["", "/", "/finesse/api/User/", "/finesse/api/user/7001", "/finesse/api/User/a/b/c"]) {
    test(`PS-008 no node can be ${JSON.stringify(node)}`, () => {
      expect(placeOf(node, FINESSE)).toBeUndefined();
    });
  }

  test("sign-outs have a stored log on a host of their own, and nobody but the service publishes there", () => {
    const { family } = place(PRESENCE_NODE);
    expect(family).toMatchObject({ name: "presence", log: { class: "stored" }, host: "own", ownItems: true });
    expect(FINESSE.filter(({ ownItems }) => ownItems)).toEqual([]);
  });

  test("no pattern of a client matches the contact's node", () => {
    expect(place(CONTACT_NODE).family.name).toBe("contact");
    expect(FINESSE.some(({ pattern }) => pattern === CONTACT_NODE)).toBe(false);
  });
});

describe("maySubscribe()", () => {
  const cases: readonly (readonly [string, Rights, string, boolean])[] = [
    ["the own node", agent, "/finesse/api/User/7001", true],
    ["somebody else's node", agent, "/finesse/api/User/7002", false],
    ["a node of an agent in a supervised team", lead, "/finesse/api/User/7001/Dialogs", true],
    ["a node of an agent in another team", lead, "/finesse/api/User/7002/Dialogs", false],
    ["the own team", agent, "/finesse/api/Team/42/Users", true],
    ["a supervised team", lead, "/finesse/api/Team/42/Users", true],
    ["another team", agent, "/finesse/api/Team/43/Users", false],
    ["a queue", agent, "/finesse/api/Queue/1", true],
    ["sign-outs, for an agent", agent, PRESENCE_NODE, false],
    ["sign-outs, for a supervisor", lead, PRESENCE_NODE, false],
    ["sign-outs, for a publisher", backend, PRESENCE_NODE, true],
    ["sign-outs, for an administrator", { ...backend, role: "admin" }, PRESENCE_NODE, true],
    ["PS-012 §12.12 a publisher anywhere", backend, "/finesse/api/Team/43/Users", true],
  ];
  for (const [rule, rights, node, allowed] of cases) {
    test(`PS-006 §4.5 ${rule}: ${allowed}`, () => {
      expect(maySubscribe(rights, place(node))).toBe(allowed);
    });
  }

  test("§6.1.3.12 a right proves that a node exists, and who may publish makes it; anyone's right proves nothing", () => {
    expect(provesExistence(agent, place("/finesse/api/Team/42/Users"))).toBe(true);
    expect(provesExistence(backend, place("/finesse/api/Team/42/Users"))).toBe(true);
    expect(provesExistence(agent, place("/finesse/api/Queue/1"))).toBe(false);
    expect(provesExistence(agent, place("/finesse/api/SystemInfo"))).toBe(true);
  });
});

test("an id is named as it is, whatever signs it holds", () => {
  expect(automaticNodes("a$$b$&", FINESSE)[0]).toBe("/finesse/api/User/a$$b$&");
  expect(knownNodes({ ...agent, id: "a$$b", teams: ["x$&y"] }, FINESSE)).toEqual(
    expect.arrayContaining(["/finesse/api/User/a$$b", "/finesse/api/Team/x$&y/Users"]),
  );
});

test("finesse.md 9.6 the automatic nodes are the user's own, the system's and the contact's", () => {
  const user = "/finesse/api/User/7001";
  expect(automaticNodes("7001", FINESSE)).toEqual([user, `${user}/Dialogs`, `${user}/Dialogs/Media`, `${user}/Media`, "/finesse/api/SystemInfo", CONTACT_NODE]);
});

test("PS-021 §5.2 every node that one is told of may be subscribed to", () => {
  for (const rights of [agent, lead]) expect(knownNodes(rights, FINESSE).filter((node) => !maySubscribe(rights, place(node)))).toEqual([]);
});
