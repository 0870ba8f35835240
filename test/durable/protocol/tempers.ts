/**
 * What runs of the model are like: how many take part, how fast, and what goes wrong how often.
 *
 * @module
 */

import type { Random } from "./network.ts";
import type { Sizes } from "./surroundings.ts";

type Range = readonly [number, number];

export interface Temper {
  readonly users: Range;
  readonly desktops: Range;
  readonly managers: Range;
  /** Nodes that desktops subscribe to. */
  readonly nodes: Range;
  /** Milliseconds between two deeds, up to twice as many. */
  readonly pace: readonly number[];
  /** How often all is still for so long that objects sleep. */
  readonly still: number;
  /** How often a desktop goes away instead of asking for something. */
  readonly restless: number;
  /** How often it announces its presence anew. */
  readonly present: number;
  /** How often the user's other desktops do the same at about the same time. */
  readonly herd: number;
  /** The longest that a call takes, one way. */
  readonly delay: readonly number[];
  /** How often one takes seconds. */
  readonly slow: number;
  /** How often requests and answers are lost. */
  readonly lost: number;
  /** How likely: a desktop acts, a publish, a change of rights, a manager forgets, another object does, one is cut off. */
  readonly weights: readonly [number, number, number, number, number, number];
  /** How long an object is cut off. */
  readonly cut: readonly number[];
  /** How many of the desktops use stream management, in seeds that chose this temper for that. */
  readonly managed: number;
  /** How often a client does not acknowledge when it is asked to. */
  readonly dull: number;
  readonly sizes?: Partial<Sizes>;
  /** Nothing fails, and no bound is met. */
  readonly calm?: true;
  /** Taken only where it is asked for by name. */
  readonly apart?: true;
}

const ANYTHING: Temper = {
  users: [1, 3],
  desktops: [1, 3],
  managers: [1, 3],
  nodes: [1, 3],
  pace: [50, 250, 600, 2000],
  still: 0.02,
  restless: 0.15,
  present: 0.15,
  herd: 0.1,
  delay: [40, 40, 300, 1500],
  slow: 0.06,
  lost: 0.05,
  weights: [0.8, 0.9, 0.06, 0.06, 0.08, 0.06],
  cut: [1000, 3000, 8000, 20_000, 45_000],
  managed: 0,
  dull: 0.1,
};

export const TEMPERS = {
  /** Anything. */
  anything: ANYTHING,
  /** Nothing fails; calls overtake one another and come twice. */
  calm: {
    ...ANYTHING,
    users: [1, 2],
    desktops: [2, 4],
    pace: [20, 60, 250, 1000],
    still: 0.03,
    restless: 0.05,
    delay: [300, 1500],
    slow: 0,
    lost: 0,
    weights: [0.8, 0.9, 0.02, 0, 0, 0],
    sizes: { pumpItems: 1000, heldItems: 1000, memoryLog: 1000, storedLog: 1000 },
    calm: true,
  },
  /** Streams of one user ask for the same things at the same time. */
  storm: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 1],
    desktops: [3, 5],
    managers: [1, 2],
    nodes: [1, 2],
    pace: [20, 60, 150],
    still: 0.01,
    restless: 0.02,
    present: 0.05,
    delay: [40, 300, 1500],
    weights: [0.8, 0.9, 0.02, 0.01, 0.03, 0.03],
  },
  /** Hosts forget, managers cannot be reached. */
  epochs: {
    ...ANYTHING,
    users: [1, 2],
    desktops: [1, 2],
    pace: [60, 250, 600],
    restless: 0.03,
    delay: [40, 300],
    weights: [0.25, 0.9, 0.01, 0.03, 0.2, 0.15],
  },
  /** Rights change all the time. */
  rights: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 2],
    desktops: [2, 3],
    nodes: [1, 2],
    pace: [60, 250],
    still: 0.01,
    restless: 0.03,
    present: 0.08,
    delay: [40, 300, 1500],
    weights: [0.9, 0.6, 0.25, 0.08, 0.03, 0.03],
  },
  /** A manager lags behind, and forgets. */
  laggard: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 1],
    desktops: [3, 5],
    managers: [1, 1],
    nodes: [1, 1],
    pace: [20, 60, 150],
    still: 0,
    restless: 0.02,
    present: 0.05,
    delay: [40, 300],
    slow: 0.01,
    lost: 0.01,
    weights: [0.6, 0.9, 0, 0.15, 0, 0.3],
    cut: [200, 600, 1500],
    sizes: { memoryLog: 40, storedLog: 40, pumpItems: 30 },
  },
  /** Next to nothing may be held. */
  narrow: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 2],
    desktops: [2, 4],
    managers: [1, 2],
    nodes: [1, 1],
    pace: [10, 30],
    restless: 0.05,
    present: 0.1,
    delay: [300, 1500],
    lost: 0.01,
    weights: [0.5, 0.9, 0, 0.01, 0.02, 0.02],
    cut: [1000, 3000],
    sizes: { heldItems: 1, pumpItems: 60, memoryLog: 60, storedLog: 60 },
  },
  /** Hosts forget while streams subscribe, and publishers repeat. */
  reborn: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 1],
    desktops: [3, 5],
    managers: [1, 2],
    nodes: [1, 1],
    pace: [30, 100],
    still: 0.01,
    restless: 0.05,
    present: 0.05,
    delay: [40, 300, 1500],
    lost: 0.2,
    weights: [0.6, 0.9, 0, 0.02, 0.12, 0.05],
    cut: [1000, 3000],
    sizes: { heldItems: 2, pumpItems: 5, memoryLog: 30 },
  },
  /** Much of what is said comes late. */
  tardy: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 1],
    desktops: [2, 4],
    managers: [1, 2],
    nodes: [1, 2],
    pace: [100, 250],
    restless: 0.05,
    present: 0.1,
    delay: [40],
    slow: 0.4,
    lost: 0.02,
    weights: [0.8, 0.6, 0.12, 0.12, 0.05, 0.02],
    cut: [1000],
  },
  /** Streams come and go. */
  restless: {
    ...ANYTHING,
    users: [1, 1],
    desktops: [2, 4],
    managers: [1, 2],
    pace: [100, 250],
    restless: 0.5,
    delay: [40, 300],
    slow: 0.2,
    lost: 0.15,
    weights: [0.9, 0.3, 0.03, 0.06, 0.2, 0.08],
  },
  /** Streams are resumed all the time. */
  resume: {
    ...ANYTHING,
    users: [1, 2],
    desktops: [2, 3],
    managers: [2, 3],
    nodes: [1, 2],
    pace: [60, 250, 600],
    restless: 0.35,
    delay: [40, 300, 1500],
    weights: [0.8, 0.9, 0.03, 0.04, 0.06, 0.04],
    managed: 1,
    dull: 0.2,
  },
  /** Streams are resumed from rows, and wait long for it. */
  asleep: {
    ...ANYTHING,
    users: [1, 2],
    desktops: [2, 3],
    managers: [1, 2],
    nodes: [1, 2],
    pace: [250, 600, 2000],
    still: 0.15,
    restless: 0.3,
    delay: [40, 300],
    weights: [0.7, 0.6, 0.06, 0.15, 0.05, 0.03],
    managed: 1,
    sizes: { resumeMs: 60_000, detached: 40, unacked: 20 },
  },
  /** Streams move while calls are late, lost and repeated. */
  moving: {
    ...ANYTHING,
    herd: 0.3,
    users: [1, 1],
    desktops: [2, 3],
    managers: [2, 3],
    nodes: [1, 2],
    pace: [60, 250],
    restless: 0.4,
    delay: [300, 1500],
    slow: 0.3,
    lost: 0.15,
    weights: [0.9, 0.9, 0.08, 0.05, 0.06, 0.05],
    cut: [1000, 3000, 8000],
    managed: 1,
    sizes: { resumeMs: 40_000, pumpItems: 60, memoryLog: 60, storedLog: 60, detached: 60, unacked: 30 },
  },
  /** Streams move from manager to manager while hosts forget. */
  handed: {
    ...ANYTHING,
    users: [1, 1],
    desktops: [2, 4],
    managers: [3, 3],
    nodes: [1, 1],
    pace: [30, 100],
    still: 0.01,
    restless: 0.5,
    present: 0.03,
    delay: [300, 1500],
    slow: 0.1,
    lost: 0.05,
    weights: [0.9, 0.9, 0.02, 0.05, 0.15, 0.02],
    cut: [1000, 3000],
    managed: 1,
    sizes: { resumeMs: 40_000, pumpItems: 60, memoryLog: 60, detached: 60, unacked: 30 },
  },
  /** Rights change while streams are without a socket. */
  revoked: {
    ...ANYTHING,
    users: [1, 1],
    desktops: [2, 3],
    managers: [1, 2],
    nodes: [1, 2],
    pace: [100, 250],
    still: 0.01,
    restless: 0.4,
    delay: [40, 300],
    slow: 0.02,
    lost: 0.02,
    weights: [0.9, 0.9, 0.2, 0.25, 0.03, 0.02],
    cut: [1000],
    managed: 1,
    sizes: { resumeMs: 60_000, pumpItems: 60, memoryLog: 60, storedLog: 60, detached: 60, unacked: 30 },
  },
  /** Managers lag behind and forget, while streams move, leave nodes and come back to them. */
  returning: {
    ...ANYTHING,
    herd: 0.6,
    users: [1, 1],
    desktops: [3, 4],
    managers: [2, 3],
    nodes: [1, 1],
    pace: [60, 250],
    still: 0.02,
    restless: 0.25,
    present: 0.2,
    delay: [40, 300],
    slow: 0.05,
    lost: 0.03,
    weights: [0.9, 0.9, 0, 0.25, 0, 0.3],
    cut: [1000, 3000, 8000],
    managed: 1,
    sizes: { resumeMs: 40_000, pumpItems: 100, memoryLog: 200, storedLog: 200, detached: 100, unacked: 60 },
    apart: true,
  },
  /** Much sleep. */
  sleep: { ...ANYTHING, users: [1, 2], pace: [100, 600], still: 0.15, restless: 0.05, delay: [40, 300], weights: [0.6, 0.9, 0.03, 0.04, 0.04, 0.04] },
} as const satisfies Record<string, Temper>;

export type TemperName = keyof typeof TEMPERS;

const NAMES = (Object.keys(TEMPERS) as TemperName[]).filter((name) => !("apart" in TEMPERS[name]));
const MANAGED = NAMES.filter((name) => TEMPERS[name].managed > 0);

/** The temper of a seed; streams are resumed in half of all seeds. */
export function temperOf(random: Random): Temper {
  const temper = TEMPERS[random.pick(NAMES)];
  if (random.chance(0.5)) return temper;
  return random.chance(0.5) ? TEMPERS[random.pick(MANAGED)] : { ...temper, managed: 0.6 };
}
