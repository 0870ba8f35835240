/**
 * `deskwire explain`: a recording from a file or from stdin, explained.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { text as textOfStream } from "node:stream/consumers";

import { explain, type Language, readHar, readPasted, type Recording, RecordingError } from "../explain/mod.ts";
import { EXIT, type ExitCode, Problem } from "./exit.ts";
import { explanationJson, explanationLines } from "./findings.ts";
import { printData, printJson, printMessage } from "./print.ts";
import { WORDS } from "./words.ts";

export interface ExplainOptions {
  readonly json: boolean;
  readonly language: Language;
}

/** Explains a file, `-`: stdin. */
export async function explainFile(file: string, { json, language }: ExplainOptions): Promise<ExitCode> {
  const recording = recordingIn(await textIn(file), file);
  const explanation = explain(recording);
  if (json) printJson(explanationJson(recording, explanation, language));
  else {
    for (const note of recording.notes) printMessage(WORDS[language].notes[note]);
    printData(explanationLines(explanation, language).join("\n"));
  }
  return explanation.faults.length > 0 ? EXIT.faults : EXIT.fine;
}

async function textIn(file: string): Promise<string> {
  try {
    return file === "-" ? await textOfStream(process.stdin) : readFileSync(file, "utf8");
  } catch (fault) {
    throw new Problem(`${file}: ${reasonOf(fault as NodeJS.ErrnoException)}`);
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = { ENOENT: "there is no such file", EACCES: "it may not be read", EISDIR: "it is a folder" };
  return known[code ?? ""] ?? message;
}

/** JSON is a HAR file, everything else frames as text. */
function recordingIn(text: string, file: string): Recording {
  try {
    return /^\s*\{/.test(text.replace(/^\ufeff/, "")) || file.endsWith(".har") ? readHar(text) : readPasted(text);
  } catch (fault) {
    if (fault instanceof RecordingError) throw new Problem(`${file === "-" ? "stdin" : file}: ${fault.message}`);
    throw fault;
  }
}
