/** The conversation: filters and search above, the sequence on one side and the chosen frame on the other. @module */

import { useRef } from "preact/hooks";

import { FRAME_KINDS, stepTitle, STEPS } from "../../explain/mod.ts";
import { Button } from "../design/components/button.tsx";
import { Empty } from "../design/components/empty.tsx";
import { SearchField, SelectField } from "../design/components/field.tsx";
import { Switch } from "../design/components/switch.tsx";
import { t as tShared } from "../i18n/translate.ts";
import "./conversation.css";
import { Details } from "./details.tsx";
import { isFiltered, NO_FILTERS } from "./filters.ts";
import type { Inspection } from "./inspection.ts";
import { Sequence } from "./sequence.tsx";
import { countWords, language, t } from "./words.ts";

export function ConversationPanel({ inspection }: { readonly inspection: Inspection }) {
  const panel = useRef<HTMLElement>(null);
  const focus = (selector: string) => {
    const element = panel.current?.querySelector<HTMLElement>(selector);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
  };
  const total = inspection.frames.value.length;
  const { count } = inspection.rows.value;
  return (
    <section class="panel conversation" aria-labelledby="conversation-title" ref={panel}>
      <header>
        <h2 id="conversation-title">{t("conversation")}</h2>
        <span class="muted digits" role="status">
          {count === total ? countWords("frames", total) : t("shown-of", { n: count, all: total })}
        </span>
        <span class="spacer" />
        <Pause inspection={inspection} />
      </header>
      {total > 0 && <Tools inspection={inspection} />}
      {total === 0 && <Empty title={t("no-frames")} text={t("no-frames-text")} />}
      {total > 0 && count === 0 && <Empty title={t("no-match")} text={t("no-match-text")} />}
      <Dropped inspection={inspection} />
      <div class={`conversation-columns ${count === 0 ? "without-rows" : ""}`}>
        <Sequence inspection={inspection} onDetails={() => focus("#details")} />
        <Details inspection={inspection} onList={() => focus("[role=listbox]")} />
      </div>
    </section>
  );
}

function Tools({ inspection }: { readonly inspection: Inspection }) {
  const filters = inspection.filters.value;
  const { steps, kinds } = inspection.choices.value;
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || filters.text.trim() === "") return;
    event.preventDefault();
    inspection.move(event.shiftKey ? -1 : 1, { matches: true });
  };
  return (
    <div class="tools">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the key is the field's inside. */}
      <div class="tools-search" onKeyDown={press}>
        <SearchField label={t("search")} value={filters.text} onValue={(text) => inspection.filter({ text })} />
        <Switch label={t("only-matches")} checked={filters.onlyMatches} onChange={(onlyMatches) => inspection.filter({ onlyMatches })} />
        {filters.text.trim() !== "" && <Matches inspection={inspection} />}
      </div>
      <SelectField
        label={t("filter-step")}
        value={filters.step}
        options={[
          { value: "", title: t("all") },
          ...STEPS.filter((step) => steps.includes(step)).map((step) => ({ value: step, title: stepTitle(step, language) })),
        ]}
        onValue={(step) => inspection.filter({ step })}
      />
      <SelectField
        label={t("filter-kind")}
        value={filters.kind}
        options={[
          { value: "", title: t("all") },
          ...FRAME_KINDS.filter((kind) => kinds.includes(kind)).map((kind) => ({ value: kind, title: tShared(`kind-${kind}`) })),
        ]}
        onValue={(kind) => inspection.filter({ kind })}
      />
      <SelectField
        label={t("filter-direction")}
        value={filters.direction}
        options={[
          { value: "", title: t("all") },
          { value: "out", title: t("out") },
          { value: "in", title: t("in") },
        ]}
        onValue={(direction) => inspection.filter({ direction })}
      />
      {(isFiltered(filters) || filters.text !== "") && (
        <Button small onClick={() => (inspection.filters.value = NO_FILTERS)}>
          {t("clear-filters")}
        </Button>
      )}
    </div>
  );
}

function Matches({ inspection }: { readonly inspection: Inspection }) {
  const count = inspection.rows.value.rows.filter((row) => row.kind === "frame" && inspection.isMatch.value(row.frame)).length;
  return (
    <>
      <Button small aria-label={t("previous-match")} title={t("previous-match")} onClick={() => inspection.move(-1, { matches: true })}>
        ↑
      </Button>
      <Button small aria-label={t("next-match")} title={t("next-match")} onClick={() => inspection.move(1, { matches: true })}>
        ↓
      </Button>
      <span class="muted digits matches">{t("matches-n", { n: count })}</span>
    </>
  );
}

function Pause({ inspection }: { readonly inspection: Inspection }) {
  if (!inspection.isLive) return null;
  const isPaused = inspection.paused.value !== null;
  return (
    <>
      {isPaused && <span class="muted digits new-frames">{t("paused-new", { n: inspection.newFrames })}</span>}
      <Button small pressed={isPaused} onClick={() => (isPaused ? inspection.goOn() : inspection.pause())}>
        {t(isPaused ? "go-on" : "pause")}
      </Button>
    </>
  );
}

function Dropped({ inspection }: { readonly inspection: Inspection }) {
  const dropped = inspection.explanation.value?.dropped ?? 0;
  return dropped === 0 ? null : <p class="muted tools">{t("dropped", { n: dropped })}</p>;
}
