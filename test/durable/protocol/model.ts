/**
 * The seeded model of the protocol: a run of a world from a seed, and a readable account of one that failed.
 *
 * @module
 */

import type { Violation } from "./checker.ts";
import type { Rule } from "./rules.ts";
import type { TemperName } from "./tempers.ts";
import { World } from "./world.ts";

export interface Result {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly events: number;
  readonly seen: Readonly<Record<string, number>>;
}

/** Runs one seed; stops at the first violation. */
export async function runSeed(seed: number, off: ReadonlySet<Rule> = new Set(), temper?: TemperName, { positions = false } = {}): Promise<Result> {
  const world = new World({ seed, off, temper, positions });
  await world.run();
  return { seed, violation: world.checker.violations[0], events: world.clock.count, seen: world.checker.seen };
}

const LINES = 60;

/** What happened to the stream and the node of a failed run, as lines, and how to run it again. */
export async function account(
  seed: number,
  off: ReadonlySet<Rule> = new Set(),
  lines = LINES,
  { temper, positions = false }: { temper?: TemperName; positions?: boolean } = {},
): Promise<string> {
  const world = new World({ seed, off, tracing: true, temper, positions });
  await world.run();
  const violation = world.checker.violations[0];
  if (!violation) return `seed ${seed}: nothing failed`;
  const { stream, node, when } = violation;
  const about = world.checker.trace.filter(
    (noted) => (noted.stream === null || stream === null || noted.stream === stream) && (noted.node === null || node === null || noted.node === node),
  );
  const end = when === null ? about.length : about.findIndex(({ at }) => at > when) + Math.ceil((lines * 2) / 3);
  const shown = about
    .slice(Math.max(0, end - lines), end)
    .map((noted) => `${(noted.at / 1000).toFixed(3).padStart(9)} ${noted.stream ?? ""} ${noted.node ?? ""} ${noted.text}`);
  return [
    `${violation.invariant}: ${violation.text} (stream ${stream}, node ${node})`,
    ...shown,
    `Run it again: ${positions ? "MODEL_POSITIONS=1 " : ""}MODEL_SEED=${seed} npm run test:model`,
  ].join("\n");
}
