/**
 * The rules a service has to keep, as rows: `rules.txt`, and in `exceptions.txt` what of them cannot apply here or is kept in another way.
 *
 * @module
 */

/** RFC 2119: must, should, may; `I` is advice of this project's own. Two letters: the first where the feature is offered, or the other way round. */
export type Level = "M" | "S" | "O" | "I" | "S/M" | "O/M" | "O/S";

export interface Rule {
  /** `PS-031`; an error of XEP-0060 is named by its section: `PE-6.1.3.1`. */
  readonly id: string;
  readonly level: Level;
  /** `XEP-0060 6.1.3.1`, or empty. */
  readonly section: string;
  readonly text: string;
}

export interface Group {
  readonly id: string;
  /** Implemented: each MUST of it is proved, or says why not. Planned: what is proved is said, the rest is to come. */
  readonly state: "implemented" | "planned";
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** Why a rule has no test of its own. */
export interface Exception {
  readonly id: string;
  readonly state: "deviates" | "not applicable";
  readonly reason: string;
}

/** What names a rule, in code and in names of tests. Two digits, so that P-256 and SHA-1 are none. */
export const RULE_ID = /(?<![\w-])(?:(?:T|WS|C|E|A|P|SM|PI|D|K|H|B|X|S2|CS|LI|RS|DE|VE|BL|CC)-\d[\dA-Z]|PS-\d{3}|PE-\d+(?:\.\d+)+)(?![\w-])/g;

/** @throws Error that names the line which is wrong. */
export function readRules(text: string): Group[] {
  const groups: (Group & { rules: Rule[] })[] = [];
  const seen = new Set<string>();
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const cells = cellsOf(line.replace(/^# /, ""));
    if (line.startsWith("# ")) groups.push(groupOf(cells, at));
    else groups.at(-1)?.rules.push(ruleOf(cells, { at, seen }));
  }
  return groups;
}

function groupOf([id, state, title]: readonly string[], at: number): Group & { rules: Rule[] } {
  if (!id || !title || (state !== "implemented" && state !== "planned")) throw new Error(`rules.txt:${at + 1}: no heading of a group`);
  return { id, state, title, rules: [] };
}

const LEVELS: readonly string[] = ["M", "S", "O", "I", "S/M", "O/M", "O/S"];

function ruleOf([id = "", level = "", section = "", ...rest]: readonly string[], { at, seen }: { at: number; seen: Set<string> }): Rule {
  const wrong = (why: string): Error => new Error(`rules.txt:${at + 1}: ${why}`);
  if (id.match(RULE_ID)?.[0] !== id) throw wrong(`${id} is no id of a rule`);
  if (seen.has(id)) throw wrong(`${id} stands twice`);
  if (!LEVELS.includes(level)) throw wrong(`${level} is no level`);
  if (rest.length === 0) throw wrong("a rule without a text");
  seen.add(id);
  return { id, level: level as Level, section, text: rest.join(" | ") };
}

/** @throws Error that names the line which is wrong. */
export function readExceptions(text: string): Exception[] {
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const [id = "", state, reason] = cellsOf(line);
    if (!reason || (state !== "deviates" && state !== "not applicable")) throw new Error(`exceptions.txt:${at + 1}: id | deviates or not applicable | reason`);
    return [{ id, state, reason }];
  });
}

function cellsOf(line: string): string[] {
  return line.split(" | ").map((cell) => cell.trim());
}
