/**
 * What happens in a run, decided before it begins: a pure function of the seed.
 *
 * @module
 */

import { between, oneOf, type Random, seeded } from "../../tools/simulator/random.ts";
import type { Node } from "./centre.ts";

/** `reset`: both ends at once. `drop`: the server is not told, the client notices later. `deaf`: the server is told, the client later. */
export type CutHow = "reset" | "drop" | "deaf";

export type Act =
  | { readonly act: "publish"; readonly node: Node }
  /** No new socket gets through for `outageMs`, and the client notices after `noticeMs`. `isLong`: longer than the window. */
  | { readonly act: "cut"; readonly reader: number; readonly how: CutHow; readonly outageMs: number; readonly noticeMs: number; readonly isLong: boolean }
  /** Nothing is read from either end, for a while. */
  | { readonly act: "stall"; readonly reader: number; readonly forMs: number }
  /** Everything comes late, in order. */
  | { readonly act: "delay"; readonly reader: number; readonly byMs: number; readonly forMs: number }
  /** Nothing is published for so long that objects fall asleep. */
  | { readonly act: "quiet"; readonly forMs: number }
  /** SIGKILL, and a new start with other settings. */
  | { readonly act: "kill"; readonly downMs: number; readonly resumeSeconds: number };

export interface Wanted {
  readonly seed: number;
  readonly deliveries: number;
  readonly cuts: number;
  readonly nodes: readonly Node[];
  readonly readers: number;
}

/** The window of every second life of the server; the others have the default. */
export const SHORT_WINDOW = 6;
export const DEFAULT_WINDOW = 120;

/** Out of a hundred publishes, how many go to a node of each family, each added to those before it. */
const SHARES = [
  ["user", 45],
  ["team", 74],
  ["queue", 93],
  ["system", 100],
] as const;

/** Of the first life. */
export const firstWindow = (seed: number): number => (seed % 2 === 0 ? DEFAULT_WINDOW : SHORT_WINDOW);

/** All acts, in their order. */
export function scheduleOf(wanted: Wanted): Act[] {
  const random = seeded(wanted.seed);
  const publishes = publishesOf(wanted, random);
  const disturbances = disturbancesOf(wanted, random);
  const placed = disturbances.map((of) => ({ of, at: placeOf(of, publishes.length, random) })).sort((a, b) => a.at - b.at);
  const acts: Act[] = [];
  let next = 0;
  let window = firstWindow(wanted.seed);
  for (const [at, publish] of publishes.entries()) {
    for (; next < placed.length && (placed[next]?.at ?? 0) <= at; next++) {
      const act = withinWindow((placed[next] as { of: Disturbance }).of, window);
      if (act.act === "kill") window = act.resumeSeconds;
      acts.push(act);
    }
    acts.push(publish);
  }
  return acts;
}

/** What is published behind the acts, without end: what faults kept from being delivered is made up for. */
export function* afterwards({ seed, nodes }: Pick<Wanted, "seed" | "nodes">): Generator<Node> {
  const random = seeded(~seed);
  for (;;) yield nodeOf(nodes, random);
}

/** A disturbance whose times depend on the window it happens under. */
interface Disturbance {
  readonly of: Act["act"];
  /** Numbers from 0 to below 1 that decide the rest. */
  readonly chances: readonly [number, number, number, number];
  readonly reader: number;
}

function publishesOf({ nodes, deliveries }: Wanted, random: Random): Act[] {
  const acts: Act[] = [];
  for (let expected = 0; expected < deliveries; ) {
    const node = nodeOf(nodes, random);
    acts.push({ act: "publish", node });
    expected += node.listeners;
  }
  return acts;
}

function nodeOf(nodes: readonly Node[], random: Random): Node {
  const at = random() * 100;
  const family = SHARES.find(([, below]) => at < below)?.[0];
  const choices = nodes.filter((node) => node.family === family);
  return oneOf(random, choices as [Node, ...Node[]]);
}

/** Beside the cuts: half as many stalls, a quarter of delays, a kill for 40, a quiet phase for 60; of each one at least. */
function disturbancesOf({ cuts, readers }: Wanted, random: Random): Disturbance[] {
  const counts: readonly (readonly [Act["act"], number])[] = [
    ["cut", cuts],
    ["stall", Math.ceil(cuts / 2)],
    ["delay", Math.ceil(cuts / 4)],
    ["kill", Math.ceil(cuts / 40)],
    ["quiet", Math.ceil(cuts / 60)],
  ];
  return counts.flatMap(([of, count]) =>
    Array.from({ length: count }, () => ({ of, chances: [random(), random(), random(), random()] as const, reader: Math.floor(random() * readers) })),
  );
}

/** Anywhere in the run, but nothing in its first hundredth, and kills and quiet phases apart from one another. */
function placeOf({ of }: Disturbance, publishes: number, random: Random): number {
  const at = 0.01 + 0.97 * random();
  return Math.floor(at * publishes) + (of === "kill" || of === "quiet" ? 1 : 0);
}

function withinWindow({ of, chances, reader }: Disturbance, window: number): Act {
  const [a, b, c, d] = chances;
  const scaled = (chance: number, range: readonly [number, number]): number => Math.round(between(() => chance, range));
  switch (of) {
    case "cut": {
      const isLong = window === SHORT_WINDOW && a < 0.25;
      const how = oneOf(() => b, ["reset", "drop", "deaf"] as const);
      // The rest of a short window is left for the client: its own delay, and signing in.
      const within: readonly [number, number] = window === SHORT_WINDOW ? [0, 2500] : [0, 9000];
      return { act: "cut", reader, how, outageMs: scaled(c, isLong ? [8000, 12_000] : within), noticeMs: scaled(d, [100, 1500]), isLong };
    }
    case "stall":
      return { act: "stall", reader, forMs: scaled(a, [500, 7000]) };
    case "delay":
      return { act: "delay", reader, byMs: scaled(a, [20, 300]), forMs: scaled(b, [1000, 6000]) };
    case "quiet":
      return { act: "quiet", forMs: 13_000 };
    default:
      return { act: "kill", downMs: scaled(a, [0, 2000]), resumeSeconds: window === SHORT_WINDOW ? DEFAULT_WINDOW : SHORT_WINDOW };
  }
}
