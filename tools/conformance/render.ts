/**
 * The table as Markdown: `docs/CONFORMANCE.md`.
 *
 * @module
 */

import { countsOf, type Row, STATES, summaryOf, type Table } from "./table.ts";

const HEAD = `# Conformance

Made by \`npm run conformance\` from the rules (\`tools/conformance/rules.txt\`), the ids that code and tests name, and what is said of the rest
(\`exceptions.txt\`). Levels: M must, S should, O may, I this project's own advice; two of them, the one where the feature is offered and the other where it is
not. *implemented*: a test that names the rule passes; *deviates* and *not applicable* say why; *planned*: no test yet.
`;

export function renderTable(table: Table): string {
  return `${[HEAD, overviewOf(table), ...table.groups.map(({ group, rows }) => sectionOf(`${group.id} ${group.title}`, rows)), `${summaryOf(table)}.`].join("\n")}\n`;
}

function overviewOf({ groups }: Table): string {
  const lines = groups.map(({ group, rows }) => {
    const counts = countsOf({ groups: [{ group, rows }] });
    return `| ${group.id} ${group.title} | ${STATES.map((state) => counts[state] || "").join(" | ")} |`;
  });
  return [`| group | ${STATES.join(" | ")} |`, `| --- |${" ---: |".repeat(STATES.length)}`, ...lines, ""].join("\n");
}

function sectionOf(title: string, rows: readonly Row[]): string {
  return [
    `## ${title}`,
    "",
    "| id | level | source | rule | state | code | tests |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(lineOf),
    "",
  ].join("\n");
}

function lineOf({ rule, state, reason, code, tests }: Row): string {
  const said = reason ? `${state}: ${reason}` : state;
  return `| ${[rule.id, rule.level, rule.section, rule.text, said, filesOf(code, 3), filesOf(tests, 3)].map(cell).join(" | ")} |`;
}

/** The first few; a rule that half of the code keeps is not told apart by a list of it. */
function filesOf(files: readonly string[], most: number): string {
  const named = files.slice(0, most).map((file) => `[${file.split("/").at(-1)}](../${file})`);
  return [...named, ...(files.length > most ? [`${files.length - most} more`] : [])].join(", ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
