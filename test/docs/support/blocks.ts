/**
 * The fenced blocks of the documents: what a reader would copy, and what is shown as printed.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface Block {
  /** First word after the fence; empty: none was given. */
  readonly language: string;
  /** Second word: the file that the reader is to save it as; empty: none. */
  readonly saveAs: string;
  /** Line of the opening fence. */
  readonly line: number;
  readonly text: string;
}

/** A block to carry out, and what is shown right below it as its output. */
export interface Step {
  readonly block: Block;
  /** What a shell is given. */
  readonly script: string;
  readonly printed: string | null;
}

/** Shown, never run: what a command prints, drawings, settings of other programs. */
const SHOWN = new Set(["text", "nginx"]);
/** Run as it stands, or added to the project's own file. */
const TAKEN = new Set(["sh", "toml"]);
/** What runs a snippet that is saved under a name. */
const INTERPRETERS: Readonly<Record<string, string>> = { js: "npx node", python: "python3" };
/** Saved under its name, for a later block. */
const SAVED = new Set(["json"]);

/** Every document: those beside the README, and all of docs/. */
export function documentNames(): string[] {
  const beside = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  const below = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join("docs", name.replaceAll("\\", "/")))
    .filter((name) => name.endsWith(".md"));
  return [...beside, ...below].sort();
}

export function readDocument(name: string): string {
  return readFileSync(join(ROOT, name), "utf8");
}

/** The blocks of a document, in its order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(lines[at] ?? "") ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((text, index) => index > at && text.trim().startsWith(fence));
    if (end === -1) throw new Error(`Line ${at + 1}: the block has no end`);
    const [language = "", saveAs = ""] = info.trim().split(/\s+/);
    const text = lines.slice(at + 1, end).map((line) => line.slice(Math.min(indent.length, line.length - line.trimStart().length)));
    blocks.push({ language, saveAs, line: at + 1, text: text.join("\n") });
    at = end;
  }
  return blocks;
}

/**
 * What is to be carried out, each with the output that is shown right below it.
 *
 * @throws {Error} names the line of a block that nothing would carry out and that does not say that it is only shown
 */
export function stepsOf(blocks: readonly Block[]): Step[] {
  return blocks.flatMap((block, at) => {
    const { language, saveAs, line, text } = block;
    if (SHOWN.has(language)) return [];
    const interpreter = saveAs === "" ? undefined : INTERPRETERS[language];
    if (SAVED.has(language) && saveAs !== "") return [{ block, script: "", printed: null }];
    if (!TAKEN.has(language) && !interpreter) {
      throw new Error(`Line ${line}: nothing carries out a block of "${language} ${saveAs}". Only shown are: ${[...SHOWN].join(", ")}`);
    }
    const next = blocks[at + 1];
    // Node has it behind a flag.
    const flags = /\bnew EventSource\(/.test(text) ? " --experimental-eventsource" : "";
    return [{ block, script: interpreter ? `${interpreter}${flags} ${saveAs}` : text, printed: next?.language === "text" ? next.text : null }];
  });
}
