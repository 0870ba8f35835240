/**
 * The connection step by step, under the headings of the article that describes it.
 *
 * @module
 */

import { useEffect, useRef } from "preact/hooks";

import { Badge, type BadgeTone } from "../design/components/badge.tsx";
import { KeyValues } from "../design/components/key_values.tsx";
import { t } from "../i18n/translate.ts";
import type { FrameLog, Handshake } from "./frame_log.ts";
import { FrameRow } from "./frame_row.tsx";
import type { Placed, Step } from "./places.ts";
import { type Fields, postFields, requestFields, responseFields } from "./handshake.ts";
import type { DeskState } from "./state.ts";
import { type Progress, progressOf, stepOf, stepsOf } from "./progress.ts";
import { useFrames } from "./use_frames.ts";

export function Steps({ state, log }: { readonly state: DeskState; readonly log: FrameLog }) {
  useFrames(log);
  const { handshake, steps } = log;
  const progress = progressOf({ handshake, frames: steps, isComplete: state.isSubscribed.value });
  const shown = stepsOf(steps, handshake?.transport);
  return (
    <ol class="steps">
      {shown.map((step) => (
        <StepItem key={step} step={step} progress={progress[step]} frames={steps.filter((placed) => stepOf(placed, shown) === step)} handshake={handshake} />
      ))}
    </ol>
  );
}

/** Longer frames, such as a list of nodes, are folded at first. */
const UNFOLDED_BYTES = 1500;

const TONES = { running: "after", failed: "bad" } as const satisfies Partial<Record<Progress, BadgeTone>>;

/** What goes as it should is told by the dot alone; screen readers are told all. */
function isNews(progress: Progress): progress is keyof typeof TONES {
  return progress in TONES;
}

interface StepProps {
  readonly step: Step;
  readonly progress: Progress;
  readonly frames: readonly Placed[];
  readonly handshake: Handshake | null;
}

function StepItem({ step, progress, frames, handshake }: StepProps) {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (progress === "failed") item.current?.scrollIntoView({ block: "nearest" });
  }, [progress]);
  return (
    <li ref={item} class={`step ${progress}`} data-step={step} data-progress={progress}>
      <div class="step-head">
        <h3>{t(`step-${step}`)}</h3>
        {isNews(progress) ? <Badge tone={TONES[progress]}>{t(`step-${progress}`)}</Badge> : <span class="unseen">{t(`step-${progress}`)}</span>}
        <span class="spacer" />
        <span class="muted digits">{durationOf(step, frames, handshake)}</span>
      </div>
      <p class="muted">{t(`step-${step}-text`)}</p>
      {step === "get" && handshake && <HandshakeFields {...requestFields(handshake, t)} headersTitle={t("request-headers")} />}
      {step === "switch" && handshake?.openedAt && (
        <HandshakeFields {...responseFields(handshake, t)} headersTitle={t("response-headers")} note={t("by-rule-text")} />
      )}
      {step === "post" && handshake && <HandshakeFields {...postFields(handshake, t)} headersTitle={t("request-headers")} />}
      {progress === "failed" && handshake?.closed && handshake.transport === "websocket" && (
        <p class="muted">{t("socket-closed", { code: handshake.closed.code })}</p>
      )}
      {step === "subscribe-team" && progress === "done" && frames.length === 0 && <p class="muted">{t("no-team-to-subscribe")}</p>}
      {frames.length > 0 && (
        <ul class="frames">
          {frames.map(({ frame }) => (
            <FrameRow key={frame.index} frame={frame} open={frame.bytes <= UNFOLDED_BYTES} />
          ))}
        </ul>
      )}
    </li>
  );
}

function HandshakeFields({ fields, headers, headersTitle, note }: Fields & { readonly headersTitle: string; readonly note?: string }) {
  return (
    <div class="handshake">
      <KeyValues of={fields} />
      <h4>{headersTitle}</h4>
      <KeyValues of={headers} />
      {note && <p class="muted">{note}</p>}
    </div>
  );
}

/** From the first frame of a step to its last. */
function durationOf(step: Step, frames: readonly Placed[], handshake: Handshake | null): string {
  if (step === "switch") return handshake?.openedAt ? `${handshake.openedAt - handshake.startedAt} ms` : "";
  const [first, last] = [frames[0]?.frame.at, frames.at(-1)?.frame.at];
  return first != null && last != null ? `${last - first} ms` : "";
}
