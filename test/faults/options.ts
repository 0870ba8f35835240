/**
 * What `npm run test:faults` was asked for.
 *
 * @module
 */

import { parseArgs } from "node:util";

import { KEPT, type Kept } from "./centre.ts";

export const USAGE = `npm run test:faults -- [--deliveries 20000] [--cuts 40] [--seed 1] [--minutes 15] [--log memory] [--diaries FILE]
npm run test:faults -- --stalled-reader [--megabytes 400]
npm run test:faults -- --return 2000

Runs a server of its own and breaks it: sockets are cut, stalled and delayed by a proxy, the server is killed and started
again, objects fall asleep; then says what was lost, repeated or out of order. Ends with 1 if a loss was not told.
--minutes ends a run that has not had its deliveries by then. --log keeps all logs so: memory, as the preset does, position
(docs/families.md), or stored. --diaries writes down what each client had, to search in.`;

export type Options =
  | { readonly mode: "help" }
  | {
      readonly mode: "run";
      readonly deliveries: number;
      readonly cuts: number;
      readonly seed: number;
      readonly minutes: number;
      readonly log: Kept;
      readonly diaries: string | null;
    }
  | { readonly mode: "stalled-reader"; readonly megabytes: number }
  | { readonly mode: "return"; readonly agents: number };

/** @throws {Error} names what is wrong */
export function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    deliveries: text,
    cuts: text,
    seed: text,
    minutes: text,
    log: text,
    diaries: text,
    "stalled-reader": flag,
    megabytes: text,
    return: text,
    help: flag,
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return { mode: "help" };
  if (values["stalled-reader"]) return { mode: "stalled-reader", megabytes: numberOf("--megabytes", values.megabytes ?? "400", 1) };
  if (values.return !== undefined) return { mode: "return", agents: numberOf("--return", values.return, 1) };
  return {
    mode: "run",
    deliveries: numberOf("--deliveries", values.deliveries ?? "20000", 1),
    cuts: numberOf("--cuts", values.cuts ?? "40", 0),
    seed: numberOf("--seed", values.seed ?? "1", 0),
    minutes: numberOf("--minutes", values.minutes ?? "15", 1),
    log: keptOf(values.log ?? "memory"),
    diaries: values.diaries ?? null,
  };
}

function keptOf(text: string): Kept {
  const kept = KEPT.find((each) => each === text);
  if (kept) return kept;
  throw new Error(`--log must be one of ${KEPT.join(", ")}: "${text}"\n\n${USAGE}`);
}

function numberOf(name: string, text: string, from: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= from) return value;
  throw new Error(`${name} must be a whole number, ${from} or more: "${text}"\n\n${USAGE}`);
}
