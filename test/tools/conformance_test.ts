/** The conformance table: what it is made from, and what makes its check fail. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

import { citationsOf, passedIn, sectionsOf } from "../../tools/conformance/citations.ts";
import { renderTable } from "../../tools/conformance/render.ts";
import { type Exception, type Group, readExceptions, readRules } from "../../tools/conformance/rules.ts";
import { summaryOf, type Table, tableOf, unpassedIn } from "../../tools/conformance/table.ts";
import { readTable } from "../../tools/conformance.ts";

// Ids of this file are made up of two halves, so that it is not counted as a test of the rules themselves.
const id = (family: string, number: string) => `${family}-${number}`;
const WS_01 = id("WS", "01");
const WS_02 = id("WS", "02");
const WS_03 = id("WS", "03");
const PE = id("PE", "6.1.3.1");

const RULES = `# B1 | implemented | RFC 7395
${WS_01} | M | RFC 7395 3.1 | One.
${WS_02} | S | RFC 7395 3.1 | Two.

# B5 | planned | XEP-0060
${PE} | M | XEP-0060 6.1.3.1 | Three | and more.
`;

function made({ tests = {}, exceptions = [] }: { tests?: Record<string, string[]>; exceptions?: Exception[] }): Table {
  const files = new Map(Object.entries(tests).map(([file, ids]) => [file, ids.join(" ")]));
  return tableOf({ groups: readRules(RULES), exceptions, code: new Map(), tests: citationsOf(files) });
}

describe("reading", () => {
  test("groups with their rules; a bar in a text is text", () => {
    const [first, second] = readRules(RULES) as [Group, Group];
    expect(first).toMatchObject({ id: "B1", state: "implemented", title: "RFC 7395" });
    expect(first.rules.map((rule) => rule.id)).toEqual([WS_01, WS_02]);
    expect(second.rules).toEqual([{ id: PE, level: "M", section: "XEP-0060 6.1.3.1", text: "Three | and more." }]);
  });

  for (const [what, text, says] of [
    ["a heading without a state", "# B1 | RFC 7395", /rules\.txt:1: no heading/],
    ["an id that is none", "# B1 | planned | X\nSHA-1 | M |  | One.", /rules\.txt:2: SHA-1 is no id/],
    ["an id twice", `# B1 | planned | X\n${WS_01} | M |  | One.\n${WS_01} | M |  | One.`, /rules\.txt:3: .* stands twice/],
    ["a level that is none", `# B1 | planned | X\n${WS_01} | Z |  | One.`, /Z is no level/],
    ["a rule without a text", `# B1 | planned | X\n${WS_01} | M | RFC 7395`, /without a text/],
  ] as const) {
    test(`${what} is named with its line`, () => expect(() => readRules(text)).toThrow(says));
  }

  test("exceptions need a reason", () => {
    expect(readExceptions(`# why\n\n${WS_01} | deviates | Because.`)).toEqual([{ id: WS_01, state: "deviates", reason: "Because." }]);
    expect(() => readExceptions(`${WS_01} | deviates`)).toThrow(/exceptions\.txt:1/);
    expect(() => readExceptions(`${WS_01} | forgotten | Because.`)).toThrow(/exceptions\.txt:1/);
  });
});

describe("citations", () => {
  test("ids anywhere in a text, and nothing that only looks like one", () => {
    const found = citationsOf(new Map([["a_test.ts", `test("${WS_01} ${PE} and SHA-1, P-256, XEP-0198, UTF-8, ${WS_01}x")`]]));
    expect([...found]).toEqual([
      [WS_01, ["a_test.ts"]],
      [PE, ["a_test.ts"]],
    ]);
  });

  test("code names a rule by its section, also behind another of the same specification", () => {
    const rules = readRules(RULES).flatMap((group) => group.rules);
    const code = new Map([
      ["a.ts", "/** XEP-0060 §6.1 */ // §6.1.3.1"],
      ["b.ts", "/** XEP-0198 §6.1.3.1 */"],
      ["c.ts", "// RFC 7395 §3.1"],
    ]);
    expect(Object.fromEntries(sectionsOf(code, rules))).toEqual({ [PE]: ["a.ts"], [WS_01]: ["c.ts"], [WS_02]: ["c.ts"] });
  });

  test("of a run, the names of tests that passed", () => {
    const assertion = (status: string, fullName: string) => ({ status, fullName, failureMessages: null });
    const file = { name: "a", status: "passed", message: "", assertionResults: [assertion("passed", `${WS_01} one`), assertion("failed", `${WS_02} two`)] };
    const report = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 0, testResults: [file] };
    expect([...passedIn([report], new Map())]).toEqual([WS_01]);
    const said = { ...file, assertionResults: [assertion("passed", "npm start conversation close"), assertion("failed", "npm start conversation ping")] };
    const texts = new Map([
      ["test/conversations/close.txt", `// ${WS_03}`],
      ["test/conversations/ping.txt", `// ${WS_02}`],
    ]);
    expect([...passedIn([{ ...report, testResults: [said] }], texts)]).toEqual([WS_03]);
  });
});

describe("the table", () => {
  test("a rule that a test names is implemented; what nobody names is planned", () => {
    const table = made({ tests: { "a_test.ts": [WS_01] } });
    expect(table.groups.flatMap(({ rows }) => rows.map(({ state }) => state))).toEqual(["implemented", "planned", "planned"]);
    expect(table.complaints).toEqual([]);
    expect(summaryOf(table)).toBe("1 implemented, 0 deviates, 0 not applicable, 2 planned");
  });

  test("a MUST of an implemented group without a test is complained of; one of a planned group is not", () => {
    expect(made({}).complaints).toEqual([`${WS_01}: a MUST of B1, which is implemented, and no test names it`]);
  });

  test("a reason does in the place of a test", () => {
    const table = made({ exceptions: [{ id: WS_01, state: "not applicable", reason: "No sockets." }] });
    expect(table.complaints).toEqual([]);
    expect(renderTable(table)).toContain("not applicable: No sockets.");
  });

  test("a rule that is not there is complained of, whoever names it", () => {
    const table = made({ tests: { "a_test.ts": [WS_01, WS_03] }, exceptions: [{ id: id("WS", "99"), state: "deviates", reason: "x" }] });
    expect(table.complaints).toEqual([`a_test.ts: ${WS_03} is no rule`, `exceptions.txt: ${id("WS", "99")} is no rule`]);
  });

  test("what is not applicable cannot have a test", () => {
    const table = made({ tests: { "a_test.ts": [WS_01] }, exceptions: [{ id: WS_01, state: "not applicable", reason: "x" }] });
    expect(table.complaints).toEqual([`${WS_01}: is not applicable, and a_test.ts tests it`]);
  });

  test("a MUST whose tests did not pass is complained of", () => {
    const table = made({ tests: { "a_test.ts": [WS_01, WS_02] } });
    expect(unpassedIn(table, new Set([WS_01]))).toEqual([]);
    expect(unpassedIn(table, new Set([WS_02]))).toEqual([`${WS_01}: no test that names it has passed (a_test.ts)`]);
  });

  test("Markdown: a row for each rule, bars kept out of its cells", () => {
    const text = renderTable(made({ tests: { "test/a_test.ts": [PE] } }));
    expect(text).toContain(`| ${PE} | M | XEP-0060 6.1.3.1 | Three \\| and more. | implemented |  | [a_test.ts](../test/a_test.ts) |`);
    expect(text.trimEnd().split("\n").at(-1)).toBe("1 implemented, 0 deviates, 0 not applicable, 2 planned.");
  });
});

test("of this tree there is nothing to complain of", () => {
  expect(readTable(join(fileURLToPath(import.meta.url), "../../..")).complaints).toEqual([]);
});
