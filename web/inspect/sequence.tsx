/**
 * The sequence diagram: two lifelines, a heading for each step, an arrow for each frame.
 *
 * Only the rows in sight are drawn. For the keyboard and for screen readers it is one list of choices, grouped by step.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { stepTitle } from "../../explain/mod.ts";
import { durationWords, frameAbout, frameName, sizeWords, timeWords } from "../frames/frame_words.ts";
import type { Inspection } from "./inspection.ts";
import { frameRowOf, HEIGHTS, type Row, rowAt } from "./rows.ts";
import { countWords, language, t } from "./words.ts";

/** Rows that are drawn beyond what is in sight, so that scrolling meets none that is empty. */
const BEYOND = 8;
/** How near to its end, in pixels, the list must be to go with a live connection. */
const NEAR_END = 60;

const MOVES: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  End: Number.POSITIVE_INFINITY,
  Home: Number.NEGATIVE_INFINITY,
};

export function Sequence({ inspection, onDetails }: { readonly inspection: Inspection; readonly onDetails: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const sight = useSignal({ top: 0, height: 600 });
  const isAtEnd = useRef(true);
  const { rows, height, count } = inspection.rows.value;
  const selected = inspection.selected.value;

  const look = () => {
    const { scrollTop: top = 0, clientHeight = 600, scrollHeight = 0 } = box.current ?? {};
    isAtEnd.current = top + clientHeight > scrollHeight - NEAR_END;
    if (top !== sight.peek().top || clientHeight !== sight.peek().height) sight.value = { top, height: clientHeight };
  };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // Before the picture, so that nobody sees the list between two ends.
  useLayoutEffect(() => {
    if (box.current && inspection.isLive && isAtEnd.current && !inspection.paused.value) box.current.scrollTop = height;
    look();
  }, [height]);
  useEffect(() => {
    if (box.current) bringIntoSight(box.current, inspection);
    look();
  }, [inspection.jumps.value, inspection.phase.value.kind]);

  const first = Math.max(0, rowAt(rows, sight.value.top) - BEYOND);
  const last = Math.min(rows.length, rowAt(rows, sight.value.top + sight.value.height) + 1 + BEYOND);
  const drawn = rows.slice(first, last);
  /** What is on top names the step, once its heading is out of sight. */
  const current = sight.value.top > HEIGHTS.heading / 2 ? rows[rowAt(rows, sight.value.top)] : undefined;
  const isSelectedDrawn = drawn.some((row) => row.kind === "frame" && row.frame.index === selected);

  const press = (event: KeyboardEvent) => {
    const by = MOVES[event.key];
    if (by === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (by !== undefined) inspection.move(by);
    else onDetails();
  };
  return (
    <div class="sequence">
      <div class="lifelines" aria-hidden="true">
        <span class="lifeline">{t("desktop")}</span>
        <span class="current-step muted">{current && titleOf(inspection.rows.value.sections[current.section] ?? [])}</span>
        <span class="lifeline">{t("service")}</span>
      </div>
      <div
        class="sequence-box"
        ref={box}
        role="listbox"
        aria-label={t("list")}
        tabIndex={0}
        {...(isSelectedDrawn && { "aria-activedescendant": `frame-${selected}` })}
        onScroll={look}
        onKeyDown={press}
      >
        <div class="sequence-rows" role="presentation" style={{ height: `${height}px` }}>
          {grouped(drawn).map((group) => (
            <Group key={group.section} rows={group.rows} steps={inspection.rows.value.sections[group.section] ?? []} inspection={inspection} count={count} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The chosen frame's heading and gap with it, where they stand right before it. */
function bringIntoSight(box: HTMLElement, inspection: Inspection): void {
  const row = frameRowOf(inspection.rows.value.rows, inspection.selected.value);
  if (!row) return;
  const margin = HEIGHTS.heading + HEIGHTS.gap;
  if (row.top - margin < box.scrollTop) box.scrollTop = row.top - margin;
  else if (row.top + HEIGHTS.frame > box.scrollTop + box.clientHeight) box.scrollTop = row.top + HEIGHTS.frame - box.clientHeight + margin;
}

function grouped(rows: readonly Row[]): { readonly section: number; readonly rows: Row[] }[] {
  const groups: { section: number; rows: Row[] }[] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.section === row.section) last.rows.push(row);
    else groups.push({ section: row.section, rows: [row] });
  }
  return groups;
}

interface GroupProps {
  readonly rows: readonly Row[];
  readonly steps: Parameters<typeof titleOf>[0];
  readonly inspection: Inspection;
  readonly count: number;
}

const titleOf = (steps: readonly Parameters<typeof stepTitle>[0][]): string => steps.map((step) => stepTitle(step, language)).join(" · ");

function Group({ rows, steps, inspection, count }: GroupProps) {
  const title = titleOf(steps);
  return (
    // biome-ignore lint/a11y/useSemanticElements: options are grouped, not fields of a form.
    <div role="group" aria-label={title}>
      {rows.map((row) => {
        if (row.kind === "frame") return <FrameOption key={`f${row.frame.index}`} row={row} inspection={inspection} count={count} />;
        const key = row.kind === "gap" ? `g${row.before}` : `h${row.section}`;
        return (
          <div key={key} class={`row ${row.kind}`} style={{ top: `${row.top}px` }} aria-hidden="true" data-row={row.kind}>
            <span>{row.kind === "gap" ? t("gap", { time: durationWords(row.milliseconds) }) : title}</span>
          </div>
        );
      })}
    </div>
  );
}

interface FrameOptionProps {
  readonly row: Extract<Row, { readonly kind: "frame" }>;
  readonly inspection: Inspection;
  readonly count: number;
}

function FrameOption({ row: { frame, position, top }, inspection, count }: FrameOptionProps) {
  const isSelected = inspection.selected.value === frame.index;
  const isMarked = inspection.isMatch.value(frame);
  const classes = ["row frame-row", frame.direction, isSelected && "selected", isMarked && "match", frame.faults.length > 0 && "faulty"].filter(Boolean);
  const name = frameName(frame);
  const about = frameAbout(frame);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and names its active option.
    <div
      id={`frame-${frame.index}`}
      class={classes.join(" ")}
      style={{ top: `${top}px` }}
      role="option"
      aria-selected={isSelected}
      aria-posinset={position}
      aria-setsize={count}
      data-frame={frame.index}
      data-kind={frame.kind}
      onClick={() => inspection.jumpTo(frame.index)}
    >
      <span class="row-time digits muted">{frame.at === null ? "" : timeWords(frame.at)}</span>
      <span class="row-flow">
        <span class="unseen">{t(frame.direction)}: </span>
        <span class="row-words">
          {frame.faults.length > 0 && <span class="row-fault">{countWords("faults", frame.faults.length)}</span>}
          <span class="row-name">{name}</span> <span class="row-about muted mono">{about}</span>
        </span>
        <span class="arrow" aria-hidden="true" />
      </span>
      <span class="row-size digits muted">
        {sizeWords(frame.bytes)}
        {frame.latencyMs !== null && <span class="row-latency">{t("after", { time: durationWords(frame.latencyMs) })}</span>}
      </span>
    </div>
  );
}
