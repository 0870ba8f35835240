/**
 * Compares what was published with what one client had: what was lost without being told, came twice, or in the wrong order.
 *
 * Pure. A client that catches up owes an account of everything since its first subscription, save what the server told it
 * is missing. A stock client owes one for each stream: what came after the last that a stream brought is told by its end.
 *
 * @module
 */

import { compare, type Diary, type Entry, type Ledger, type Position, type Published } from "./ledger.ts";

export interface NodeVerdict {
  /** Answered without `pending` after the subscription. */
  readonly due: number;
  /** Of the due ones, those that were told to be missing. */
  readonly told: number;
  readonly lost: readonly Published[];
  /** Neither came nor was told, but its publisher had been told `pending`. */
  readonly pendingLost: number;
  readonly received: number;
  readonly repeated: readonly number[];
  /** Came again because the client had not counted it. */
  readonly recounted: number;
  readonly outOfOrder: readonly number[];
  /** Times that a client which catches up came back to the node on a new stream: each may bring a gap. */
  readonly returns: number;
  readonly gaps: number;
  /** Told, though nothing within its bounds was missing. */
  readonly falseGaps: number;
  /** The false ones by what the server could not know. */
  readonly falseBy: Readonly<Record<GapCause, number>>;
}

export const GAP_CAUSES = {
  busy: "a kill within 15 s of the node's last item",
  quiet: "a kill of a node that had been quiet for longer",
  empty: "a kill of a log that had been empty when it was last seen",
  unkilled: "no kill since the last item before the gap was published",
} as const;

export type GapCause = keyof typeof GAP_CAUSES;

/** A lease that is written down less often than this would say nothing of the node. */
const BUSY_MS = 15_000;

type Of<K extends Entry["is"]> = Extract<Entry, { is: K }>;

/** Judges one node of one client. */
export function auditNode(ledger: Ledger, diary: Diary, { node, catchesUp }: { readonly node: string; readonly catchesUp: boolean }): NodeVerdict {
  const entries = diary.entries.filter((entry) => !("node" in entry) || entry.node === node);
  const had = new Set(entries.flatMap((entry) => (entry.is === "received" ? [entry.n] : [])));
  const published = ledger.of(node);
  const gaps = gapsOf(entries);
  const spans = catchesUp ? wholeSpan(entries) : spansOf(entries);
  const isClaimed = (of: Published) => spans.some(({ from, last }) => of.requestedAt > from && (last === undefined || isNotAfter(of, last)));
  const isTold = (of: Published) => gaps.some((gap) => isWithin(of, gap)) || !isClaimed(of);
  const due = published.filter((of) => of.position && of.requestedAt > (spans[0]?.from ?? Number.POSITIVE_INFINITY));
  const missing = due.filter(({ n }) => !had.has(n));
  const untold = missing.filter((of) => !isTold(of));
  const falseGaps = gaps.filter((gap) => !published.some((of) => !had.has(of.n) && mayBeWithin(of, gap)));
  return {
    due: due.filter(({ pending }) => !pending).length,
    told: missing.length - untold.length,
    lost: untold.filter(({ pending }) => !pending),
    pendingLost: untold.filter(({ pending }) => pending).length,
    returns: catchesUp ? returnsOf(entries) : 0,
    gaps: gaps.length,
    falseGaps: falseGaps.length,
    falseBy: causesOf(falseGaps.map((gap) => causeOf(entries, { gap, published }))),
    ...orderOf(entries),
  };
}

function isNotAfter({ position }: Published, last: Position | null): boolean {
  return position !== null && last !== null && compare(position, last) <= 0;
}

interface Span {
  /** When it was subscribed. */
  readonly from: number;
  /** The last that came, of a stream that is over; null: nothing came. Undefined: it goes on. */
  readonly last: Position | null | undefined;
}

function wholeSpan(entries: readonly Entry[]): Span[] {
  const first = entries.find((entry) => entry.is === "subscribed");
  return first ? [{ from: first.at, last: undefined }] : [];
}

function spansOf(entries: readonly Entry[]): Span[] {
  const spans: Span[] = [];
  let from: number | undefined;
  let last: Position | null = null;
  for (const entry of entries) {
    if (entry.is === "received") last = entry.position;
    if (entry.is === "subscribed") from ??= entry.at;
    if (entry.is !== "bound") continue;
    if (from !== undefined) spans.push({ from, last });
    from = undefined;
    last = null;
  }
  if (from !== undefined) spans.push({ from, last: undefined });
  return spans;
}

/** New streams after the node was first heard. */
function returnsOf(entries: readonly Entry[]): number {
  const first = entries.findIndex(({ is }) => is === "subscribed");
  return first < 0 ? 0 : entries.slice(first).filter(({ is }) => is === "bound").length;
}

interface Gap {
  readonly after: Position | null;
  readonly before: Position | null;
  /** When it was told, and when the last item before it came. */
  readonly at: number;
  readonly since: number;
}

/** A gap without an end reaches up to what came next. */
function gapsOf(entries: readonly Entry[]): Gap[] {
  return entries.flatMap((entry, index) => {
    if (entry.is !== "gap") return [];
    const next = entries.slice(index).find((later): later is Of<"received"> => later.is === "received");
    const since = entries.slice(0, index).findLast(({ is }) => is === "received" || is === "subscribed")?.at ?? 0;
    return [{ after: entry.after, before: entry.before ?? next?.position ?? null, at: entry.at, since }];
  });
}

/** Later than its publisher was answered an item may still come: out of buffers that outlive the server. */
function causeOf(entries: readonly Entry[], { gap, published }: { readonly gap: Gap; readonly published: readonly Published[] }): GapCause {
  const { after, since, at } = gap;
  const had = entries.find((entry): entry is Of<"received"> => entry.is === "received" && after !== null && compare(entry.position, after) === 0);
  const last = Math.min(since, published.find(({ n }) => n === had?.n)?.requestedAt ?? since);
  const kill = entries.find((entry) => entry.is === "server-killed" && entry.at >= last && entry.at <= at);
  if (!kill) return "unkilled";
  if (after?.seq === 0) return "empty";
  return kill.at - last < BUSY_MS ? "busy" : "quiet";
}

function causesOf(causes: readonly GapCause[]): Record<GapCause, number> {
  const count = (of: GapCause): number => causes.filter((cause) => cause === of).length;
  return { busy: count("busy"), quiet: count("quiet"), empty: count("empty"), unkilled: count("unkilled") };
}

function isWithin({ position }: Published, { after, before }: Gap): boolean {
  return position !== null && (after === null || compare(position, after) > 0) && (before === null || compare(position, before) < 0);
}

/** What was never answered may stand anywhere within the time of the gap. */
function mayBeWithin(of: Published, gap: Gap): boolean {
  return of.position ? isWithin(of, gap) : of.answeredAt >= gap.since && of.requestedAt <= gap.at;
}

function orderOf(entries: readonly Entry[]): Pick<NodeVerdict, "received" | "repeated" | "recounted" | "outOfOrder"> {
  const seen = new Set<number>();
  const repeated: number[] = [];
  const outOfOrder: number[] = [];
  let recounted = 0;
  let last: Position | null = null;
  for (const entry of entries) {
    if (entry.is !== "received") continue;
    if (seen.has(entry.n) && entry.isRecount) recounted++;
    else if (seen.has(entry.n)) repeated.push(entry.n);
    else if (last && compare(entry.position, last) <= 0) outOfOrder.push(entry.n);
    if (!last || compare(entry.position, last) > 0) last = entry.position;
    seen.add(entry.n);
  }
  return { received: seen.size, repeated, recounted, outOfOrder };
}

/** What a client may take of a window for signing in. */
const SIGN_IN_MS = 1500;

export interface StreamVerdict {
  readonly cuts: number;
  /** The client came through to the server within the window, and nothing else had ended the stream. */
  readonly shortCuts: number;
  readonly shortCutsResumed: number;
  readonly resumesTried: number;
  readonly resumed: number;
  /** Streams begun anew after the first. */
  readonly anew: number;
  /** Of these, those that the server had ended. */
  readonly endedByServer: number;
  /** Of these, those at whose end nothing was missing; counted where an end is all that tells. */
  readonly endedForNothing: number;
}

/** Judges the streams of one client. */
export function auditStreams(ledger: Ledger, diary: Diary, nodes: readonly string[]): StreamVerdict {
  const { entries } = diary;
  const of = (is: Entry["is"]) => entries.filter((entry) => entry.is === is).length;
  const cuts = entries.flatMap((entry, index) => (entry.is === "cut" ? [{ entry, index, next: outcomeOf(entries, index) }] : []));
  const isShort = ({ entry, index }: (typeof cuts)[number]): boolean => {
    const reached = entries.slice(index).find(({ is }) => is === "reached");
    return reached !== undefined && reached.at - entry.at < entry.windowMs - SIGN_IN_MS;
  };
  const short = cuts.filter((cut) => (cut.next === "resumed" || cut.next === "resume-failed") && isShort(cut));
  const anew = entries.flatMap((entry, index) => (entry.is === "bound" && index > 0 ? [{ entry, index }] : []));
  const byServer = anew.filter(({ entry }) => entry.endedBy === "server");
  return {
    cuts: cuts.length,
    shortCuts: short.length,
    shortCutsResumed: short.filter(({ next }) => next === "resumed").length,
    resumesTried: of("resumed") + of("resume-failed"),
    resumed: of("resumed"),
    anew: anew.length,
    endedByServer: byServer.length,
    endedForNothing: byServer.filter(({ index }) => !nodes.some((node) => isMissingAt(ledger, entries, { index, node }))).length,
  };
}

/** What came of a cut: the next thing that tells. A kill since the stream was last heard of, or another cut, makes it none. */
function outcomeOf(entries: readonly Entry[], cut: number): Entry["is"] | undefined {
  const before = entries.slice(0, cut).findLast(({ is }) => is === "resumed" || is === "bound" || is === "server-killed");
  if (before?.is === "server-killed") return undefined;
  return entries.slice(cut + 1).find(({ is }) => is === "resumed" || is === "resume-failed" || is === "bound" || is === "server-killed" || is === "cut")?.is;
}

/** Was anything of the node published between what the old stream brought last and the new one's subscription? */
function isMissingAt(ledger: Ledger, entries: readonly Entry[], { index, node }: { readonly index: number; readonly node: string }): boolean {
  const before = entries.slice(0, index).findLast((entry) => (entry.is === "received" || entry.is === "subscribed") && entry.node === node);
  const after = entries.slice(index).find((entry) => entry.is === "subscribed" && entry.node === node);
  if (!before) return false;
  const until = after?.at ?? Number.POSITIVE_INFINITY;
  const from = before.is === "received" ? before.position : null;
  return ledger.of(node).some(({ position, requestedAt, answeredAt }) => {
    if (requestedAt > until) return false;
    return position && from ? compare(position, from) > 0 : answeredAt >= before.at;
  });
}
