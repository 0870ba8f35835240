/**
 * Who names a rule: files of code, and tests.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

import type { VitestReport } from "../test/report.ts";
import { RULE_ID, type Rule } from "./rules.ts";

/** Id of a rule → files that name it, in their order. */
export type Citations = ReadonlyMap<string, readonly string[]>;

const CODE = ["xmpp", "durable", "worker", "client"];
const TESTS = ["test"];

/** Text of each file of the rooms, by its path from the root. */
export type Texts = ReadonlyMap<string, string>;

export function readCode(root: string): Texts {
  return readTexts(root, { rooms: CODE, names: /\.ts$/ });
}

/** Tests, and the conversations that they carry out. */
export function readTests(root: string): Texts {
  return readTexts(root, { rooms: TESTS, names: /_test\.tsx?$|conversations\/\w+\.txt$/ });
}

function readTexts(root: string, { rooms, names }: { rooms: readonly string[]; names: RegExp }): Texts {
  const files = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).map((name) => posix.join(room, name.replaceAll("\\", "/"))),
  );
  return new Map(
    files
      .filter((file) => names.test(file))
      .sort()
      .map((file) => [file, readFileSync(join(root, file), "utf8")]),
  );
}

/** Every id that stands in a text. */
export function citationsOf(texts: Texts): Citations {
  const found = new Map<string, string[]>();
  for (const [file, text] of texts) for (const id of new Set(text.match(RULE_ID))) found.set(id, [...(found.get(id) ?? []), file]);
  return found;
}

/** A specification and a section, as comments name them. Behind a section of a specification others of it may follow. */
const SECTION = /(?:(RFC \d{4}|XEP-\d{4}) )?§(\d+(?:\.\d+)*)/g;

/** Code that names the very section of a rule: `XEP-0060 §6.1.3.1`, or `§6.1.3.1` alone in a file that named XEP-0060 before. */
export function sectionsOf(texts: Texts, rules: readonly Rule[]): Citations {
  const bySection = new Map<string, string[]>();
  for (const { id, section } of rules) if (section) bySection.set(section, [...(bySection.get(section) ?? []), id]);
  const found = new Map<string, string[]>();
  for (const [file, text] of texts) {
    let specification = "";
    for (const [, named, section] of text.matchAll(SECTION)) {
      if (named) specification = named;
      for (const id of bySection.get(`${specification} ${section}`) ?? []) {
        const files = found.get(id) ?? [];
        if (!files.includes(file)) found.set(id, [...files, file]);
      }
    }
  }
  return found;
}

/** Ids in the names of tests that a run has passed; of a conversation, which is named by its file, those that stand in that. */
export function passedIn(reports: readonly VitestReport[], tests: Texts): ReadonlySet<string> {
  const all = reports.flatMap(({ testResults }) => testResults.flatMap(({ assertionResults }) => assertionResults));
  const names = all.filter(({ status }) => status === "passed").map(({ fullName }) => fullName);
  const said = names.map((name) => tests.get(`test/conversations/${/\bconversation (\w+)/.exec(name)?.[1]}.txt`) ?? "");
  return new Set([...names, ...said].flatMap((text) => text.match(RULE_ID) ?? []));
}
