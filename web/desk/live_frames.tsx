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
import type { FrameKind } from "../../explain/mod.ts";
import { fileName, saveFile } from "../frames/files.ts";
import { frameAbout } from "../frames/frame_words.ts";
import type { FrameLog } from "./frame_log.ts";
import type { Placed } from "./places.ts";
import { FrameRow } from "./frame_row.tsx";
import { useFrames } from "./use_frames.ts";

const PAGE = 100;
/** What says that the connection stands, and no more. */
const LIFE_SIGNS: ReadonlySet<FrameKind> = new Set(["ping", "pong", "acknowledgement", "acknowledgement-request", "enable-request", "enable-response"]);

export function LiveFrames({ log }: { readonly log: FrameLog }) {
  useFrames(log);
  const [filter, setFilter] = useState("");
  const [withPings, setWithPings] = useState(true);
  const [paused, setPaused] = useState<readonly Placed[] | null>(null);
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
        <Button small onClick={() => void save([...log.steps, ...log.live])}>
          {t("save")}
        </Button>
        {paused && <span class="muted digits">{t("paused-new", { n: newerThan(log.live, paused) })}</span>}
      </div>
      {frames.length === 0 && <Empty title={t("no-frames")} text={t("no-frames-text")} />}
      {frames.length > 0 && newest.length === 0 && <Empty title={t("no-match")} />}
      <ul class="frames live">
        {newest.map(({ frame }) => (
          <FrameRow key={frame.index} frame={frame} open={false} />
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

function wanted(filter: string, withPings: boolean): (placed: Placed) => boolean {
  const words = filter.trim().toLowerCase();
  return ({ frame }) =>
    (withPings || !LIFE_SIGNS.has(frame.kind)) && (words === "" || frame.text.toLowerCase().includes(words) || frameAbout(frame).toLowerCase().includes(words));
}

/** The newest that are wanted, newest first, and how many there are beyond. */
function newestOf(
  frames: readonly Placed[],
  count: number,
  isWanted: (placed: Placed) => boolean,
): { readonly newest: readonly Placed[]; readonly more: number } {
  const fitting = frames.filter(isWanted);
  return { newest: fitting.slice(-count).reverse(), more: Math.max(0, fitting.length - count) };
}

function newerThan(live: readonly Placed[], paused: readonly Placed[]): number {
  const last = paused.at(-1)?.frame.index ?? -1;
  return live.filter(({ frame }) => frame.index > last).length;
}

async function save(placed: readonly Placed[]): Promise<void> {
  const { framesText } = await import("../frames/frames_text.ts");
  saveFile(fileName("txt"), framesText(placed.map(({ frame }) => frame)));
}
