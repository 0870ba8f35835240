/**
 * The connection beside the desk: its steps, and the frames that follow them.
 *
 * @module
 */

import { useState } from "preact/hooks";

import { Tabs } from "../design/components/tabs.tsx";
import { t } from "../i18n/translate.ts";
import type { FrameLog } from "./frame_log.ts";
import { LiveFrames } from "./live_frames.tsx";
import type { DeskState } from "./state.ts";
import { Steps } from "./steps.tsx";
import { useFrames } from "./use_frames.ts";

type View = "steps" | "live";

export function WirePanel({ state, log }: { readonly state: DeskState; readonly log: FrameLog }) {
  const [view, setView] = useState<View>("steps");
  const tabs = [
    { id: "steps" as const, title: t("tab-steps") },
    { id: "live" as const, title: <LiveTitle log={log} /> },
  ];
  return (
    <section class="panel wire" aria-labelledby="wire-title">
      <header>
        <h2 id="wire-title">{t("wire")}</h2>
        <span class="muted wire-lead">{t("wire-lead")}</span>
        <span class="spacer" />
        <TransportWords state={state} />
        <PingTime state={state} />
        <a class="inspect-this" href="#inspect">
          {t("inspect-this")}
        </a>
      </header>
      <Tabs label={t("wire")} tabs={tabs} selected={view} onSelect={setView}>
        {view === "steps" ? <Steps state={state} log={log} /> : <LiveFrames log={log} />}
      </Tabs>
    </section>
  );
}

function LiveTitle({ log }: { readonly log: FrameLog }) {
  useFrames(log);
  return (
    <>
      {t("tab-live")} <span class="count digits">{log.live.length + log.dropped}</span>
    </>
  );
}

/** What the connection goes over, once there is one. */
function TransportWords({ state }: { readonly state: DeskState }) {
  const { transport, phase } = state;
  if (phase.value.kind !== "signed-in") return null;
  return (
    <span class="muted" data-transport={transport.value}>
      {t(`transport-${transport.value}`)}
    </span>
  );
}

function PingTime({ state }: { readonly state: DeskState }) {
  const milliseconds = state.pingMs.value;
  return milliseconds === null ? null : <span class="muted digits">{t("ping-time", { n: milliseconds })}</span>;
}
