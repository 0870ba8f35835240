/**
 * An explanation in JSON, and as lines to read. Everything in it is masked by the explainer.
 *
 * @module
 */

import { type Explanation, type Fault, type Language, masked, type Recording, type StepState, stepTitle, textsOf } from "../explain/mod.ts";
import { harmless, paint, type Style } from "./print.ts";
import { WORDS } from "./words.ts";

/** A fault as JSON has it. */
export interface FaultJson {
  readonly code: string;
  /** From 0. */
  readonly connection: number;
  /** From 0, through all connections; null: it shows in no frame. */
  readonly frame: number | null;
  readonly title: string;
  readonly says: string;
  readonly fix: string;
  /** Path of its page in the repository. */
  readonly page: string;
}

export function faultJson(fault: Fault, language: Language): FaultJson {
  const { code, connection, frame } = fault;
  return { code, connection, frame, ...textsOf(fault, language) };
}

/** What `deskwire explain --json` prints. */
export function explanationJson(recording: Recording, explanation: Explanation, language: Language): object {
  return {
    source: recording.source,
    creator: masked(recording.creator),
    notes: recording.notes,
    connections: explanation.connections.map(({ index, transport, url, jid, startedAt, endedAt, code }) => ({
      ...{ index, transport, url, jid },
      ...{ startedAt: timeOf(startedAt), endedAt: timeOf(endedAt), closeCode: code },
      frames: explanation.frames.filter(({ connection }) => connection === index).length,
    })),
    steps: explanation.steps.map(({ connection, step, state, frames }) => ({ connection, step, state, frames })),
    faults: explanation.faults.map((fault) => faultJson(fault, language)),
    verdict: explanation.verdict(language),
  };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** What `deskwire explain` prints. */
export function explanationLines(explanation: Explanation, language: Language): string[] {
  const { connections, steps, faults } = explanation;
  const words = WORDS[language];
  const each = connections.flatMap(({ index, transport, url, jid }) => [
    paint("bold", harmless([`${words.connection} ${index + 1}`, transport === "bosh" ? "BOSH" : "WebSocket", url, jid].filter(Boolean).join("  "))),
    ...steps.filter(({ connection }) => connection === index).map((state) => stepLine(state, language)),
    "",
  ]);
  const found = faults.flatMap((fault) => ["", ...faultLines(faultJson(fault, language), language)]);
  const summary = faults.length > 0 ? [words.faults(faults.length)] : [harmless(explanation.verdict(language)), words.faults(0)];
  return [...each, ...summary, ...found];
}

const STYLES: Partial<Record<StepState["state"], Style>> = { done: "green", expected: "dim", late: "yellow" };

function stepLine({ step, state, frames }: StepState, language: Language): string {
  const words = WORDS[language];
  const title = stepTitle(step, language);
  const count = frames > 0 ? words.frames(frames) : "";
  return `  ${paint(STYLES[state] ?? "red", words.states[state].padEnd(10))} ${title.padEnd(32)} ${count}`.trimEnd();
}

/** Where it shows, what it says, what to do, its page. */
export function faultLines({ code, title, connection, frame, says, fix, page }: FaultJson, language: Language): string[] {
  const words = WORDS[language];
  const where = [`${words.connection} ${connection + 1}`, ...(frame === null ? [] : [`${words.frame} ${frame + 1}`])].join(", ");
  return [`${paint("red", code)}  ${paint("bold", title)} (${where})`, `  ${harmless(says)}`, `  ${words.fix}: ${harmless(fix)}`, `  ${page}`];
}
