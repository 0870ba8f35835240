/**
 * What `npm run test:differential` was asked for.
 *
 * @module
 */

import { parseArgs } from "node:util";

import { Problem } from "../start/problem.ts";
import { isServerName, SERVER_NAMES, type ServerName } from "./verdicts.ts";

export interface DifferentialOptions {
  readonly servers: readonly ServerName[];
  /** Names of conversations, or their beginnings; none: all. */
  readonly only: readonly string[];
  /** Writes what is not judged yet into the verdicts, and the table into docs/differential.md. */
  readonly write: boolean;
  /** Prints frames as they came. */
  readonly raw: boolean;
}

export const USAGE = `npm run test:differential -- [--only NAME]… [--servers deskwire,prosody,ejabberd] [--raw] [--write]

Plays the same conversations on Deskwire, Prosody and ejabberd, and compares what each says. Ends with 1 where a difference is not in
test/differential/verdicts.txt, or not as it stands there.

  --only      conversations whose names begin so; may be given several times
  --servers   which servers; those that are not installed are named and left out
  --raw       prints the frames as they came
  --write     writes differences that nobody has judged into verdicts.txt, and the table into docs/differential.md`;

/** @throws {Problem} names the argument that is wrong, and what it may be */
export function readDifferentialOptions(args: readonly string[]): DifferentialOptions | "help" {
  const { help, only, servers, write, raw } = parsed(args);
  if (help) return "help";
  const names = servers.split(",");
  const wrong = names.find((name) => !isServerName(name));
  if (wrong !== undefined) throw new Problem(`--servers knows ${SERVER_NAMES.join(", ")}, and not "${wrong}"`);
  return { servers: SERVER_NAMES.filter((name) => names.includes(name)), only, write, raw };
}

function parsed(args: readonly string[]) {
  const options = {
    help: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] as string[] },
    servers: { type: "string", default: SERVER_NAMES.join(",") },
    write: { type: "boolean", default: false },
    raw: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (fault) {
    throw new Problem(`${(fault as Error).message}\n\n${USAGE}`);
  }
}
