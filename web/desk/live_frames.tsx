/**
 * The frames after the sign-in, the newest on top: filtered, paused and saved.
 *
 * Only the newest are drawn; the rest is a press away.
 *
 * @module
 */

import { useState } from "preact/hooks";

import { Button } from "../design/components/button.tsx";
import { Empty } from "../design/components/empty.tsx";
import { SearchField } from "../design/components/field.tsx";
import { Switch } from "../design/components/switch.tsx";
import { t } from "../i18n/translate.ts";
import type { Frame, FrameName } from "../wire/frame.ts";
import { type FrameLog, textOf } from "../wire/frame_log.ts";
import { FrameRow } from "./frame_row.tsx";
import { useFrames } from "./use_frames.ts";

const PAGE = 100;
/** What says that the connection stands, and no more. */
const LIFE_SIGNS: ReadonlySet<FrameName> = new Set(["ping", "pong", "acknowledgement"]);

export function LiveFrames({ log }: { readonly log: FrameLog }) {
  useFrames(log);
  const [filter, setFilter] = useState("");
  const [withPings, setWithPings] = useState(true);
  const [paused, setPaused] = useState<readonly Frame[] | null>(null);
  const [shown, setShown] = useState(PAGE);
  const frames = paused ?? log.live;
  const isWanted = wanted(filter, withPings);
  const { newest, more } = newestOf(frames, shown, isWanted);
  return (
    <>
      <div class="live-tools">
        <SearchField label={t("filter-frames")} value={filter} onValue={setFilter} />
        <Switch label={t("show-pings")} checked={withPings} onChange={setWithPings} />
        <Button small pressed={paused !== null} onClick={() => setPaused(paused ? null : [...log.live])}>
          {t(paused ? "resume" : "pause")}
        </Button>
        <Button small onClick={() => save([...log.steps, ...log.live])}>
          {t("save")}
        </Button>
        {paused && <span class="muted digits">{t("paused-new", { n: newerThan(log.live, paused) })}</span>}
      </div>
      {frames.length === 0 && <Empty title={t("no-frames")} text={t("no-frames-text")} />}
      {frames.length > 0 && newest.length === 0 && <Empty title={t("no-match")} />}
      <ul class="frames live">
        {newest.map((frame) => (
          <FrameRow key={frame.id} frame={frame} open={false} />
        ))}
      </ul>
      {more > 0 && (
        <Button small onClick={() => setShown(shown + PAGE)}>
          {t("older-frames", { n: Math.min(PAGE, more) })}
        </Button>
      )}
      {log.dropped > 0 && <p class="muted dropped">{t("dropped-frames", { n: log.dropped, keep: log.live.length })}</p>}
    </>
  );
}

function wanted(filter: string, withPings: boolean): (frame: Frame) => boolean {
  const words = filter.trim().toLowerCase();
  return ({ name, text, about }) =>
    (withPings || !LIFE_SIGNS.has(name)) && (words === "" || text.toLowerCase().includes(words) || about.toLowerCase().includes(words));
}

/** The newest that are wanted, newest first, and how many there are beyond. */
function newestOf(frames: readonly Frame[], count: number, isWanted: (frame: Frame) => boolean): { readonly newest: readonly Frame[]; readonly more: number } {
  const fitting = frames.filter(isWanted);
  return { newest: fitting.slice(-count).reverse(), more: Math.max(0, fitting.length - count) };
}

function newerThan(live: readonly Frame[], paused: readonly Frame[]): number {
  return (live.at(-1)?.id ?? 0) - (paused.at(-1)?.id ?? 0);
}

/** Gives the frames to the browser as a file. */
function save(frames: readonly Frame[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([textOf(frames)], { type: "text/plain;charset=utf-8" }));
  link.download = `deskwire-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}
