/** One frame: what it says in plain words, the rule, what should come next, and its XML beside what was on the wire. @module */

import type { ExplainedFrame } from "../../explain/mod.ts";
import { textsOf } from "../../explain/mod.ts";
import { Button } from "../design/components/button.tsx";
import { Empty } from "../design/components/empty.tsx";
import { XmlView } from "../design/components/xml_view.tsx";
import { durationWords, frameAbout, frameName, sizeWords, timeWords } from "../frames/frame_words.ts";
import { parseXml } from "../xml/parse_xml.ts";
import { CopyButton } from "./exports.tsx";
import { FaultLink } from "./findings.tsx";
import type { Inspection } from "./inspection.ts";
import { language, t } from "./words.ts";

/** Characters of a frame that are drawn; copying has them all. */
const MOST = 60_000;

export function Details({ inspection, onList }: { readonly inspection: Inspection; readonly onList: () => void }) {
  const frame = inspection.selectedFrame.value;
  const isEmpty = inspection.frames.value.length === 0;
  return (
    // Escape goes back to the list.
    <section
      class="details"
      id="details"
      aria-label={t("details")}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape") onList();
      }}
    >
      {frame ? <Frame frame={frame} inspection={inspection} onList={onList} /> : !isEmpty && <Empty title={t("choose")} />}
    </section>
  );
}

function Frame({ frame, inspection, onList }: { readonly frame: ExplainedFrame; readonly inspection: Inspection; readonly onList: () => void }) {
  const expects = frame.expects(language);
  return (
    <>
      <header class="details-head">
        <h3>
          {frameName(frame)} <span class="details-about mono">{frameAbout(frame)}</span>
        </h3>
        <span class="details-tools">
          <Button small aria-label={t("previous")} title={t("previous")} onClick={() => inspection.move(-1)}>
            ↑
          </Button>
          <Button small aria-label={t("next")} title={t("next")} onClick={() => inspection.move(1)}>
            ↓
          </Button>
          <Button small onClick={onList}>
            {t("back-to-list")}
          </Button>
        </span>
        <p class="muted digits">
          {[t(frame.direction), frame.at !== null && timeWords(frame.at), sizeWords(frame.bytes), t("frame-n", { n: frame.index + 1 })]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </header>
      <FrameFaults frame={frame} inspection={inspection} />
      <p class="says">{frame.says(language)}</p>
      <dl class="details-list">
        {frame.rule && (
          <>
            <dt>{t("rule")}</dt>
            <dd>
              <a href={frame.rule.url} target="_blank" rel="noopener noreferrer">
                {frame.rule.name}
              </a>
            </dd>
          </>
        )}
        {expects !== "" && (
          <>
            <dt>{t("expects")}</dt>
            <dd>{expects}</dd>
          </>
        )}
        <Pair frame={frame} inspection={inspection} />
      </dl>
      <Texts frame={frame} />
    </>
  );
}

function FrameFaults({ frame, inspection }: { readonly frame: ExplainedFrame; readonly inspection: Inspection }) {
  const faults = inspection.explanation.value?.faults.filter((fault) => fault.frame === frame.index) ?? [];
  return faults.map((fault) => {
    const { title, says, fix } = textsOf(fault, language);
    return (
      <div key={fault.code} class="notice bad frame-fault">
        <p>
          <strong>{title}</strong> {says}
        </p>
        <p>
          <strong>{t("fix")}:</strong> {fix} <FaultLink code={fault.code} />
        </p>
      </div>
    );
  });
}

/** The request that it answers, or its answer, and how long that took. */
function Pair({ frame, inspection }: { readonly frame: ExplainedFrame; readonly inspection: Inspection }) {
  const request = inspection.frameAt(frame.answers);
  const answer = inspection.answers.value.get(frame.index);
  return [
    request && { title: t("answers"), other: request, latency: frame.latencyMs },
    answer && { title: t("answered-by"), other: answer, latency: answer.latencyMs },
  ].map(
    (pair) =>
      pair && (
        <>
          <dt>{pair.title}</dt>
          <dd>
            <button type="button" class="text-button" onClick={() => inspection.jumpTo(pair.other.index)}>
              {frameName(pair.other)}, {t("frame-n", { n: pair.other.index + 1 })}
            </button>
            {pair.latency !== null && <span class="digits"> {t("after", { time: durationWords(pair.latency) })}</span>}
          </dd>
        </>
      ),
  );
}

function Texts({ frame }: { readonly frame: ExplainedFrame }) {
  const { text } = frame;
  const shown = text.slice(0, MOST);
  return (
    <div class="texts" key={frame.index}>
      <section aria-label={t("readable")}>
        <h4>{t("readable")}</h4>
        {text.length > MOST ? <pre class="xml">{shown}</pre> : <XmlView xml={text} parse={parseXml} />}
      </section>
      <section aria-label={t("raw")}>
        <h4>
          {t("raw")} <span class="muted">{t("raw-note", { size: sizeWords(frame.bytes) })}</span> <CopyButton label={t("copy")} text={() => text} />
        </h4>
        <pre class="xml raw">{shown}</pre>
      </section>
      {text.length > MOST && <p class="muted">{t("clipped", { n: text.length - MOST })}</p>}
    </div>
  );
}
