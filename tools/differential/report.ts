/**
 * The run as tables: on the terminal, and in docs/differential.md.
 *
 * @module
 */

import { RULES } from "./normal_form.ts";
import type { Answers, Judgement, Verdict } from "./verdicts.ts";

const WIDTH = 150;
const MARKS = { same: "same", listed: "differs, listed", changed: "DIFFERS, not as listed", unlisted: "DIFFERS, not listed" } as const;

export interface Judged {
  readonly answers: Answers;
  readonly judgement: Judgement;
}

/** One exchange: what all said, or what each said, and what is known of the difference. */
export function linesOf({ answers, judgement }: Judged): readonly string[] {
  const { said } = answers;
  const right = "verdict" in judgement ? `, right: ${judgement.verdict.right} (${judgement.verdict.by})` : "";
  const head = `  ${answers.exchange}: ${MARKS[judgement.is]}${right}`;
  if (judgement.is === "same") return [head, `    all       ${shortened([...said.values()][0] ?? "")}`];
  const agreed = said.get("deskwire");
  return [head, ...[...said].map(([name, text]) => `    ${name.padEnd(9)}${agreed !== undefined && text !== agreed ? "≠" : " "}${shortened(text)}`)];
}

function shortened(text: string): string {
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH)}…`;
}

const MARK = "<!-- made by npm run test:differential -- --write -->";

/** The document with everything below the mark made anew. */
export function withDifferences(document: string, verdicts: readonly Verdict[]): string {
  const [before] = document.split(MARK);
  return `${before}${MARK}\n\n${differencesOf(verdicts)}`;
}

function differencesOf(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ right, by, why, places }) => `| ${right} | ${by} | ${cell(why)} | ${placesOf(places)} |`);
  const judged = ["| right | by | why | where |", "| --- | --- | --- | --- |", ...rows];
  return ["## What is not compared", "", ...RULES.map((rule) => `- ${rule}`), "", "## The differences", "", ...judged, ""].join("\n");
}

function placesOf(places: readonly Answers[]): string {
  const byConversation = Map.groupBy(places, ({ conversation }) => conversation);
  return [...byConversation].map(([name, each]) => `\`${name}\`${each.length > 1 ? ` (${each.length})` : ""}`).join(", ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

export function summaryOf(judged: readonly Judged[], vanished: readonly string[]): string {
  const count = (is: Judgement["is"]) => judged.filter(({ judgement }) => judgement.is === is).length;
  const conversations = new Set(judged.map(({ answers }) => answers.conversation)).size;
  const counts = `${count("same")} the same, ${count("listed")} differ as listed, ${count("changed")} not as listed, ${count("unlisted")} not listed, ${vanished.length} listed and gone`;
  return `${conversations} conversations, ${judged.length} exchanges: ${counts}`;
}
