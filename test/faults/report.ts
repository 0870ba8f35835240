/**
 * What a run found: kinds of clients and classes of logs apart, and all of it in one line.
 *
 * @module
 */

import { percentile as rank } from "../../tools/lab/statistics.ts";
import { GAP_CAUSES, type GapCause, type NodeVerdict, type StreamVerdict } from "./audit.ts";
import { KEPT, type Kept } from "./centre.ts";
import type { ReaderKind } from "./clients/reader.ts";

export interface Audited {
  readonly desks: readonly {
    readonly kind: ReaderKind;
    readonly streams: StreamVerdict;
    readonly nodes: readonly { readonly node: string; readonly log: Kept; readonly verdict: NodeVerdict }[];
  }[];
  readonly asked: { readonly deliveries: number; readonly cuts: number; readonly minutes: number };
  readonly published: number;
  readonly unanswered: number;
  /** Milliseconds that publishers waited for an answer. */
  readonly times: readonly number[];
  readonly kills: number;
  readonly cuts: number;
  readonly seconds: number;
  /** The time was over before the acts were. */
  readonly wasCut: boolean;
  /** Everybody was online at the end. */
  readonly isQuiet: boolean;
}

const NODE_COLUMNS: readonly (readonly [string, (verdict: NodeVerdict) => number])[] = [
  ["received", ({ received }) => received],
  ["due", ({ due }) => due],
  ["lost", ({ lost }) => lost.length],
  ["repeated", ({ repeated }) => repeated.length],
  ["recounted", ({ recounted }) => recounted],
  ["out of order", ({ outOfOrder }) => outOfOrder.length],
  ["told missing", ({ told }) => told],
  ["returns", ({ returns }) => returns],
  ["gaps told", ({ gaps }) => gaps],
  ["false gaps", ({ falseGaps }) => falseGaps],
  ["without a kill", ({ falseBy }) => falseBy.unkilled],
  ["pending lost", ({ pendingLost }) => pendingLost],
];

const STREAM_COLUMNS: readonly (readonly [string, (verdict: StreamVerdict) => number])[] = [
  ["cuts", ({ cuts }) => cuts],
  ["short cuts", ({ shortCuts }) => shortCuts],
  ["resumed", ({ shortCutsResumed }) => shortCutsResumed],
  ["resumes tried", ({ resumesTried }) => resumesTried],
  ["succeeded", ({ resumed }) => resumed],
  ["streams anew", ({ anew }) => anew],
  ["ended by server", ({ endedByServer }) => endedByServer],
  ["for nothing", ({ endedForNothing }) => endedForNothing],
];

/** Two tables and the summary. */
export function reportOf(audited: Audited): string[] {
  const { desks } = audited;
  const kinds = [...new Set(desks.map(({ kind }) => kind))];
  const kept = KEPT.filter((log) => desks.some(({ nodes }) => nodes.some((of) => of.log === log)));
  const nodeRows = kinds.flatMap((kind) =>
    kept.map((log) => {
      const verdicts = desks.filter((desk) => desk.kind === kind).flatMap(({ nodes }) => nodes.filter((of) => of.log === log).map(({ verdict }) => verdict));
      return [kind.name, log, ...NODE_COLUMNS.map(([, count]) => String(sumOf(verdicts, count)))];
    }),
  );
  const streamRows = kinds.map((kind) => {
    const verdicts = desks.filter((desk) => desk.kind === kind).map(({ streams }) => streams);
    return [kind.name, ...STREAM_COLUMNS.map(([, count]) => String(sumOf(verdicts, count)))];
  });
  return [
    ...tableOf([["client", "log", ...NODE_COLUMNS.map(([name]) => name)], ...nodeRows]),
    "",
    ...tableOf([["client", ...STREAM_COLUMNS.map(([name]) => name)], ...streamRows]),
    "",
    ...causesOf(audited),
    ...examplesOf(audited),
    summaryOf(audited),
  ];
}

/** What makes a run fail. */
export function failuresOf({ desks, isQuiet }: Audited): number {
  return desks.reduce(
    (sum, { kind, nodes }) => {
      const verdicts = nodes.map(({ verdict }) => verdict);
      return sum + sumOf(verdicts, ({ lost, repeated, outOfOrder }) => lost.length + (kind.resumes ? repeated.length + outOfOrder.length : 0));
    },
    isQuiet ? 0 : 1,
  );
}

function summaryOf({ desks, asked, published, unanswered, times, kills, seconds, wasCut, isQuiet, cuts }: Audited): string {
  const verdicts = desks.flatMap(({ nodes }) => nodes.map(({ verdict }) => verdict));
  const streams = desks.map((desk) => desk.streams);
  const of = (name: string): number => sumOf(verdicts, (NODE_COLUMNS.find(([column]) => column === name) as (typeof NODE_COLUMNS)[number])[1]);
  const isShort = wasCut || of("received") < asked.deliveries;
  const [tried, succeeded] = [sumOf(streams, ({ resumesTried }) => resumesTried), sumOf(streams, ({ resumed }) => resumed)];
  const [short, resumed] = [sumOf(streams, ({ shortCuts }) => shortCuts), sumOf(streams, ({ shortCutsResumed }) => shortCutsResumed)];
  return [
    `${of("received")} deliveries of ${published} items (${unanswered} unanswered) in ${seconds} s${isShort ? `; THE ${asked.minutes} MINUTES WERE OVER: ${asked.deliveries} deliveries and ${asked.cuts} cuts were asked for` : ""}`,
    `${cuts} cuts, ${kills} kills: ${of("lost")} lost, ${of("repeated")} repeated, ${of("out of order")} out of order`,
    `${of("gaps told")} gaps told at ${of("returns")} returns to a node (${of("false gaps")} false)`,
    `${succeeded} of ${tried} resumes, ${resumed} of ${short} short cuts resumed`,
    `answers in ${percentile(times, 0.5)} ms, 99 % in ${percentile(times, 0.99)} ms${isQuiet ? "" : "; NOT EVERYBODY WAS BACK"}`,
  ].join("; ");
}

function causesOf({ desks }: Audited): string[] {
  const verdicts = desks.flatMap(({ nodes }) => nodes.map(({ verdict }) => verdict));
  const count = (cause: GapCause): number => sumOf(verdicts, ({ falseBy }) => falseBy[cause]);
  return (Object.keys(GAP_CAUSES) as GapCause[]).filter((cause) => count(cause) > 0).map((cause) => `false gaps, ${GAP_CAUSES[cause]}: ${count(cause)}`);
}

/** The first few of each failure, to begin a search with. */
function examplesOf({ desks }: Audited): string[] {
  return desks
    .flatMap(({ kind, nodes }, desk) =>
      nodes.flatMap(({ node, verdict }) => {
        const of = `reader ${desk} (${kind.name}), ${node}`;
        return [
          ...verdict.lost.slice(0, 3).map(({ n, position }) => `${of}: lost ${n} at ${position?.epoch}:${position?.seq}`),
          ...verdict.repeated.slice(0, 3).map((n) => `${of}: repeated ${n}`),
          ...verdict.outOfOrder.slice(0, 3).map((n) => `${of}: out of order ${n}`),
        ];
      }),
    )
    .slice(0, 20);
}

function sumOf<T>(of: readonly T[], count: (each: T) => number): number {
  return of.reduce((sum, each) => sum + count(each), 0);
}

/** To a tenth; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  return Math.round((rank(values, share) || 0) * 10) / 10;
}

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (/^\d+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
