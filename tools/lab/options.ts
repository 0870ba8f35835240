/**
 * What `npm run lab` was asked for.
 *
 * @module
 */

import { parseArgs } from "node:util";

import { Problem } from "../start/problem.ts";

export interface LabOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Writes the table and the chart into docs/. */
  readonly write: boolean;
}

export const USAGE = `npm run lab -- [--seconds 60] [--seed 1] [--write]

Starts a server of its own, plays the same events over every transport at the same time, each through a counting proxy,
and prints what each of them cost.

  --seconds   how long events are published, 2 to 600
  --seed      chooses the events; the same seed, the same events
  --write     writes the table into docs/transports.md and the chart into docs/images/transports.svg`;

/** @throws {Problem} names the argument that is wrong, and what it may be */
export function readLabOptions(args: readonly string[]): LabOptions | "help" {
  const { help, seed, seconds, write } = parsed(args);
  if (help) return "help";
  return { seed: whole("seed", seed, [0, 2 ** 32 - 1]), seconds: whole("seconds", seconds, [2, 600]), write };
}

function parsed(args: readonly string[]) {
  const options = {
    help: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    seconds: { type: "string", default: "60" },
    write: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (fault) {
    throw new Problem(`${(fault as Error).message}\n\n${USAGE}`);
  }
}

function whole(name: string, given: string, [least, most]: readonly [number, number]): number {
  const value = /^\d{1,10}$/.test(given) ? Number(given) : -1;
  if (value < least || value > most) throw new Problem(`--${name} must be a whole number from ${least} to ${most}: "${given}"`);
  return value;
}
