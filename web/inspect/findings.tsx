/**
 * The verdict: what is wrong, where it shows, and what to do; and how far each step came.
 *
 * @module
 */

import { useState } from "preact/hooks";

import { type Fault, stateTitle, stepTitle, type StepState, textsOf } from "../../explain/mod.ts";
import { Button } from "../design/components/button.tsx";
import { Exports } from "./exports.tsx";
import { type Inspection, isInUpgrade } from "./inspection.ts";
import { language, t } from "./words.ts";

/** More are a press away. */
const FIRST = 6;

export function Findings({ inspection }: { readonly inspection: Inspection }) {
  const explanation = inspection.explanation.value;
  if (!explanation) return null;
  const { faults, connections } = explanation;
  const [first] = faults;
  const title = first ? `${t(faults.length === 1 ? "found-1" : "found-n", { n: faults.length })}: ${textsOf(first, language).title}` : t("found-none");
  return (
    <section class={`panel findings ${faults.length === 0 ? "good" : "bad"}`} aria-labelledby="findings-title" data-faults={faults.length}>
      <div class="verdict" role="status">
        <span class="verdict-mark" aria-hidden="true">
          {faults.length === 0 ? "✓" : "!"}
        </span>
        <div>
          <h2 id="findings-title">{title}</h2>
          {faults.length === 0 && <p>{explanation.verdict(language)}</p>}
        </div>
      </div>
      <StepStrip inspection={inspection} />
      {faults.length > 0 && <Faults faults={faults} inspection={inspection} several={connections.length > 1} />}
      <Exports inspection={inspection} />
    </section>
  );
}

function Faults({ faults, inspection, several }: { readonly faults: readonly Fault[]; readonly inspection: Inspection; readonly several: boolean }) {
  const [shown, setShown] = useState(FIRST);
  const more = faults.length - shown;
  return (
    <>
      <ol class="faults">
        {faults.slice(0, shown).map((fault, at) => (
          <FaultItem key={at} fault={fault} inspection={inspection} several={several} alone={faults.length === 1} />
        ))}
      </ol>
      {more > 0 && (
        <p class="more-faults">
          <Button small onClick={() => setShown(shown + 50)}>
            {t("more-faults", { n: Math.min(50, more) })}
          </Button>
        </p>
      )}
    </>
  );
}

interface FaultItemProps {
  readonly fault: Fault;
  readonly inspection: Inspection;
  /** There are several connections. */
  readonly several: boolean;
  /** The only one: the verdict has its title. */
  readonly alone: boolean;
}

function FaultItem({ fault, inspection, several, alone }: FaultItemProps) {
  const { title, says, fix } = textsOf(fault, language);
  return (
    <li class="fault" data-fault={fault.code}>
      <h3 class={alone ? "unseen" : ""}>
        {title} {several && <span class="muted">{t("connection-n", { n: fault.connection + 1 })}</span>}
      </h3>
      <p>{says}</p>
      <p class="fix">
        <strong>{t("fix")}:</strong> {fix}
      </p>
      <p class="fault-links">
        {fault.frame !== null && (
          <Button small onClick={() => inspection.jumpTo(fault.frame as number)}>
            {t("show-frame")}
          </Button>
        )}
        {isInUpgrade(fault) && (
          <Button small onClick={() => showUpgrade(inspection, fault.connection)}>
            {t("show-upgrade")}
          </Button>
        )}
        <FaultLink code={fault.code} />
      </p>
    </li>
  );
}

/** In a window of its own, so that the recording stays open in this one. */
export function FaultLink({ code }: { readonly code: Fault["code"] }) {
  return (
    <a href={`/inspect#fault/${code}`} target="_blank" rel="noopener">
      {t("more-on", { code })}
    </a>
  );
}

function showUpgrade(inspection: Inspection, connection: number): void {
  if (connection !== inspection.connection.value) inspection.choose(connection);
  const summary = () => document.querySelector<HTMLElement>("#upgrade summary");
  requestAnimationFrame(() => {
    const details = summary()?.closest("details");
    if (details && !details.open) summary()?.click();
    summary()?.focus();
    summary()?.scrollIntoView({ block: "start" });
  });
}

const MARKS: Readonly<Record<StepState["state"], string>> = { done: "✓", expected: "…", missing: "–", late: "!", refused: "✕", malformed: "✕" };

/** Every step of the connection in its order, as far as it came. */
function StepStrip({ inspection }: { readonly inspection: Inspection }) {
  const steps = inspection.explanation.value?.steps.filter(({ connection }) => connection === inspection.connection.value) ?? [];
  const show = (step: StepState) => {
    const first = inspection.frames.value.find((frame) => frame.step === step.step);
    if (first) inspection.jumpTo(first.index);
    else if (step.step === "upgrade") showUpgrade(inspection, step.connection);
  };
  return (
    <ol class="step-strip" aria-label={t("steps")}>
      {steps.map((step) => (
        <li key={step.step} class={`step-chip ${step.state}`} data-step={step.step} data-state={step.state}>
          {step.frames > 0 || step.step === "upgrade" ? (
            <button type="button" onClick={() => show(step)}>
              <StepWords step={step} />
            </button>
          ) : (
            <StepWords step={step} />
          )}
        </li>
      ))}
    </ol>
  );
}

function StepWords({ step: { step, state } }: { readonly step: StepState }) {
  return (
    <span>
      <span aria-hidden="true">{MARKS[state]}</span> {stepTitle(step, language)}
      <span class={state === "done" ? "unseen" : "step-state"}> {stateTitle(state, language)}</span>
    </span>
  );
}
