/**
 * The table of families as a file: `--families file.json`, or FAMILIES_FILE. It is handed to the Worker as the variable
 * FAMILIES, and mistakes are told in the name of the file (docs/families.md).
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { WrongTable } from "../../durable/settings.ts";
import { Problem } from "./problem.ts";

const ARGUMENT = "--families";

export interface FamiliesFile {
  /** As the person wrote it. */
  readonly name: string;
  readonly text: string;
}

/** What is left of the arguments, and the file that they or the environment name. */
export function takeFamiliesFile(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  from: string,
): { readonly rest: readonly string[]; readonly file: FamiliesFile | undefined } {
  const at = args.findIndex((arg) => arg === ARGUMENT || arg.startsWith(`${ARGUMENT}=`));
  if (at === -1) return { rest: args, file: environment.FAMILIES_FILE ? read(environment.FAMILIES_FILE, environment, from) : undefined };
  const isApart = args[at] === ARGUMENT;
  const name = isApart ? args[at + 1] : args[at]?.slice(ARGUMENT.length + 1);
  if (!name || (isApart && name.startsWith("--"))) throw new Problem(`${ARGUMENT} needs a file: \`npm start -- ${ARGUMENT} families.json\`.`);
  return { rest: args.toSpliced(at, isApart ? 2 : 1), file: read(name, environment, from) };
}

function read(name: string, environment: Readonly<Record<string, string | undefined>>, from: string): FamiliesFile {
  if (environment.FAMILIES) throw new Problem(`FAMILIES is set, and the file ${name} is given: one of them must go.`);
  try {
    return { name, text: readFileSync(resolve(from, name), "utf8") };
  } catch (fault) {
    throw new Problem(`The table of families cannot be read: ${(fault as Error).message}`);
  }
}

/** What is wrong with the settings, in words for the person at the keyboard; undefined: it is no fault of theirs. */
export function problemOfSettings(wrong: unknown, file: FamiliesFile | undefined): Problem | undefined {
  if (!(wrong instanceof RangeError)) return undefined;
  const isOfFile = file && wrong instanceof WrongTable;
  return new Problem(isOfFile ? wrong.message.replaceAll(/^FAMILIES:/gm, () => `${file.name}:`) : wrong.message);
}
