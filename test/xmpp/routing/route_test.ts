/** The tables of RFC 6121 §8.5, every cell of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Resource, route } from "../../../xmpp/mod.ts";

const at = (resource: string, priority: number, available = true): Resource => ({ resource, available, priority });

/** What is there, as §8.5.4 tells cases apart; none of them is named `gone`. */
const SITUATIONS: Readonly<Record<string, readonly Resource[]>> = {
  "nobody connected": [],
  "one connected, not available": [at("a", 0, false)],
  "negative alone": [at("a", -1), at("b", -128)],
  "one of zero": [at("a", 0), at("b", -1), at("c", 7, false)],
  "one of more": [at("a", 5)],
  "several, one highest": [at("a", 1), at("b", 3), at("c", 2), at("d", -1)],
  "several alike": [at("a", 1), at("b", 1), at("c", 0), at("d", -2)],
};

type Cell = "answer" | "ignore" | "refuse" | string;

/** Letters: who gets it. Rows: kind and type; columns: the situations, in their order. */
const TABLE: readonly {
  readonly stanza: [kind: "iq" | "message" | "presence", type: string];
  readonly to: "" | "a" | "gone";
  readonly cells: readonly Cell[];
}[] = [
  // To the bare jid (§8.5.2).
  { stanza: ["message", "normal"], to: "", cells: ["refuse", "refuse", "refuse", "a", "a", "b", "ab"] },
  { stanza: ["message", "chat"], to: "", cells: ["refuse", "refuse", "refuse", "a", "a", "b", "ab"] },
  { stanza: ["message", "groupchat"], to: "", cells: ["refuse", "refuse", "refuse", "refuse", "refuse", "refuse", "refuse"] },
  { stanza: ["message", "headline"], to: "", cells: ["ignore", "ignore", "ignore", "a", "a", "abc", "abc"] },
  { stanza: ["message", "error"], to: "", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["presence", ""], to: "", cells: ["ignore", "ignore", "ab", "ab", "a", "abcd", "abcd"] },
  { stanza: ["presence", "unavailable"], to: "", cells: ["ignore", "ignore", "ab", "ab", "a", "abcd", "abcd"] },
  { stanza: ["iq", "get"], to: "", cells: ["answer", "answer", "answer", "answer", "answer", "answer", "answer"] },
  { stanza: ["iq", "set"], to: "", cells: ["answer", "answer", "answer", "answer", "answer", "answer", "answer"] },
  { stanza: ["iq", "result"], to: "", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["iq", "error"], to: "", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  // To a resource that is there (§8.5.3.1): whatever its presence.
  ...(["normal", "chat", "groupchat", "headline", "error"] as const).map((type) => ({
    stanza: ["message", type] as ["message", string],
    to: "a" as const,
    cells: ["-", "a", "a", "a", "a", "a", "a"],
  })),
  ...(["get", "set", "result", "error"] as const).map((type) => ({
    stanza: ["iq", type] as ["iq", string],
    to: "a" as const,
    cells: ["-", "a", "a", "a", "a", "a", "a"],
  })),
  ...(["", "unavailable"] as const).map((type) => ({
    stanza: ["presence", type] as ["presence", string],
    to: "a" as const,
    cells: ["-", "a", "a", "a", "a", "a", "a"],
  })),
  // To one that is not (§8.5.3.2).
  { stanza: ["message", "normal"], to: "gone", cells: ["refuse", "refuse", "refuse", "refuse", "refuse", "refuse", "refuse"] },
  { stanza: ["message", "chat"], to: "gone", cells: ["refuse", "refuse", "refuse", "a", "a", "b", "ab"] },
  { stanza: ["message", "groupchat"], to: "gone", cells: ["refuse", "refuse", "refuse", "refuse", "refuse", "refuse", "refuse"] },
  { stanza: ["message", "headline"], to: "gone", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["message", "error"], to: "gone", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["presence", ""], to: "gone", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["presence", "unavailable"], to: "gone", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["iq", "get"], to: "gone", cells: ["refuse", "refuse", "refuse", "refuse", "refuse", "refuse", "refuse"] },
  { stanza: ["iq", "set"], to: "gone", cells: ["refuse", "refuse", "refuse", "refuse", "refuse", "refuse", "refuse"] },
  { stanza: ["iq", "result"], to: "gone", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
  { stanza: ["iq", "error"], to: "gone", cells: ["ignore", "ignore", "ignore", "ignore", "ignore", "ignore", "ignore"] },
];

function cellOf(way: ReturnType<typeof route<Resource>>): Cell {
  return way.route === "deliver" ? way.to.map(({ resource }) => resource).join("") : way.route;
}

describe("P-12 §8.5 route()", () => {
  for (const { stanza, to, cells } of TABLE) {
    const [kind, type] = stanza;
    test(`C-6D C-6E C-6F ${kind} of type "${type}" to ${to === "" ? "the bare jid" : to === "a" ? "a resource" : "a resource that is gone"}`, () => {
      const found = Object.values(SITUATIONS).map((resources, index) => (cells[index] === "-" ? "-" : cellOf(route({ kind, type }, to, resources))));
      expect(found).toEqual(cells);
    });
  }

  test("every type that there is has a row to each kind of address", () => {
    const rows = new Set(TABLE.map(({ stanza, to }) => `${stanza.join(" ")} ${to}`));
    expect(rows.size).toBe(11 * 3);
  });

  const anyResources = fc.uniqueArray(
    fc.record({ resource: fc.constantFrom("a", "b", "c", "d", "e"), available: fc.boolean(), priority: fc.integer({ min: -128, max: 127 }) }),
    {
      selector: ({ resource }) => resource,
    },
  );
  const anyStanza = fc.constantFrom(...TABLE.map(({ stanza }) => stanza));

  test("P-12 nobody with a negative priority, and nobody who is not available, gets what was for the bare jid", () => {
    fc.assert(
      fc.property(anyStanza, anyResources, ([kind, type], resources) => {
        const way = route({ kind, type }, "", resources);
        if (way.route !== "deliver") return;
        for (const { available, priority } of way.to) expect(available && (kind === "presence" || priority >= 0)).toBe(true);
        expect(way.needs).toBe(kind === "presence" ? "available" : "non-negative");
      }),
    );
  });

  test("P-12 asked again without those who turned out not to be there, it ends, and names nobody twice", () => {
    fc.assert(
      fc.property(anyStanza, fc.constantFrom("", "a", "gone"), anyResources, ([kind, type], to, resources) => {
        const named: Resource[] = [];
        let left: readonly Resource[] = resources;
        for (let rounds = 0; ; rounds++) {
          expect(rounds).toBeLessThanOrEqual(resources.length);
          const way = route({ kind, type }, to, left);
          if (way.route !== "deliver") break;
          named.push(...way.to);
          left = left.filter((one) => !way.to.includes(one));
        }
        expect(new Set(named).size).toBe(named.length);
      }),
    );
  });
});
