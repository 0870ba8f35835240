/**
 * The desk page's own connection, explained while it happens. It stays in the desk's tab: no frame of it goes anywhere.
 *
 * @module
 */

import { useEffect, useMemo } from "preact/hooks";

import { Button } from "../design/components/button.tsx";
import { Empty } from "../design/components/empty.tsx";
import type { FrameLog } from "../desk/frame_log.ts";
import { Inspection } from "./inspection.ts";
import "./inspect.css";
import { Inspector } from "./inspector.tsx";
import { t } from "./words.ts";

/** Time goes on where nothing is said: what is awaited for too long is a fault then. */
const TICK_MS = 1000;

export function LiveInspector({ log, onBack }: { readonly log: FrameLog; readonly onBack: () => void }) {
  const inspection = useMemo(() => new Inspection(), []);
  useEffect(() => {
    const show = () => {
      const { explanation } = log;
      if (explanation) inspection.live(explanation, t("live"));
    };
    show();
    const timer = setInterval(show, TICK_MS);
    const stop = log.listen(show);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [log, inspection]);
  const isEmpty = (inspection.explanation.value?.connections.length ?? 0) === 0;
  return (
    <main class="inspect" data-live>
      <div class="bar">
        <h1>{t("live")}</h1>
        <span class="spacer" />
        <Button small onClick={onBack}>
          {t("back-to-desk")}
        </Button>
      </div>
      {isEmpty ? <Empty title={t("live-none")} /> : <Inspector inspection={inspection} />}
    </main>
  );
}
