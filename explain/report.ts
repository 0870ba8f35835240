/**
 * A report to share: Markdown, masked.
 *
 * @module
 */

import type { ExplainedConnection, ExplainedFrame, Explanation, Fault, Language, StepState } from "./explanation.ts";
import { FAULTS } from "./faults.ts";
import { RULES } from "./rules.ts";
import { timeText } from "./time_text.ts";
import { fill, stateTitle, stepTitle, TEXTS, textsOf } from "./texts/mod.ts";

/** Frames of a connection that the report shows: from its beginning, and around each fault. */
const FIRST = 40;
const AROUND = 3;
const LONGEST = 400;

/** Writes the report of an explanation. */
export function reportOf(explanation: Explanation, language: Language): string {
  const texts = TEXTS[language].report;
  const { connections, faults } = explanation;
  const found = faults.length > 0 ? faults.map((fault) => faultLines(fault, language)).join("\n") : `${texts["no-faults"]}\n`;
  return [
    `# ${texts.title}\n`,
    `${inline(explanation.verdict(language))}\n`,
    `${texts.masked}\n`,
    `## ${texts.faults}\n\n${found}`,
    ...connections.map((connection) => connectionLines({ connection, explanation, language })),
  ].join("\n");
}

function faultLines(fault: Fault, language: Language): string {
  const texts = TEXTS[language].report;
  const { title, says, fix } = textsOf(fault, language);
  const rule = RULES[FAULTS[fault.code].rule];
  const where = [fill(texts.connection, { n: fault.connection + 1 }), ...(fault.frame === null ? [] : [`#${fault.frame + 1}`])].join(", ");
  return `- **${title}** (\`${fault.code}\`, ${where}). ${inline(says)} ${texts.fix}: ${inline(fix)} ${texts.rule}: [${rule.name}](${rule.url}).\n`;
}

interface OfConnection {
  readonly connection: ExplainedConnection;
  readonly explanation: Explanation;
  readonly language: Language;
}

function connectionLines({ connection, explanation, language }: OfConnection): string {
  const texts = TEXTS[language].report;
  const { index, url, upgrade } = connection;
  const steps = explanation.steps.filter((each) => each.connection === index).map((each) => stepLine(each, language));
  const frames = explanation.frames.filter((each) => each.connection === index);
  const fields = upgrade.filter(({ ok }) => ok === false).map(({ title, value, expected }) => `- ${title}: ${inline(value ?? "")} (${expected})\n`);
  return [
    `## ${fill(texts.connection, { n: index + 1 })}${url === "" ? "" : `: ${inline(url)}`}\n`,
    ...fields,
    `| ${texts.step} | ${texts.state} | ${texts.frames} |\n| --- | --- | --: |\n${steps.join("")}`,
    ...shownFrames(frames, language),
  ].join("\n");
}

function stepLine({ step, state, frames }: StepState, language: Language): string {
  return `| ${stepTitle(step, language)} | ${stateTitle(state, language)} | ${frames} |\n`;
}

function shownFrames(frames: readonly ExplainedFrame[], language: Language): string[] {
  const shown = new Set(frames.slice(0, FIRST).map((_, at) => at));
  for (const [at, { faults }] of frames.entries()) {
    if (faults.length > 0) for (let near = Math.max(0, at - AROUND); near <= at + AROUND; near++) shown.add(near);
  }
  const lines: string[] = [];
  let leftOut = 0;
  for (const [at, frame] of frames.entries()) {
    if (!shown.has(at)) {
      leftOut++;
      continue;
    }
    if (leftOut > 0) lines.push(leftOutLine(leftOut, language));
    leftOut = 0;
    lines.push(frameLines(frame, language));
  }
  return leftOut > 0 ? [...lines, leftOutLine(leftOut, language)] : lines;
}

function leftOutLine(count: number, language: Language): string {
  return `${fill(TEXTS[language].report["left-out"], { count })}\n`;
}

function frameLines(frame: ExplainedFrame, language: Language): string {
  const texts = TEXTS[language].report;
  const { index, direction, at, bytes, text, faults } = frame;
  const head = [`#${index + 1}`, timeText(at), direction === "out" ? texts.sent : texts.received, `${bytes} B`];
  const marks = faults.map((code) => ` **${code}**`).join("");
  const clipped = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return `${head.filter(Boolean).join(" ")}: ${inline(frame.says(language))}${marks}\n\n${fenced(clipped)}\n`;
}

/** A block of code with a fence that is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}xml\n${text}\n${fence}`;
}

/** Text between other text: what Markdown and HTML would take for their own is escaped. */
function inline(text: string): string {
  return text
    .replace(/[\\`*_[\]|]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/\s+/g, " ");
}
