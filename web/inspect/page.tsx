/** The page `/inspect`: a recording is chosen, and then explained; and the page of each fault. @module */

import { useEffect, useState } from "preact/hooks";

import { masked } from "../../explain/mod.ts";
import { Button } from "../design/components/button.tsx";
import { Top } from "../design/components/nav.tsx";
import { FaultPage } from "./fault_page.tsx";
import type { Inspection } from "./inspection.ts";
import { Inspector } from "./inspector.tsx";
import { DropTarget, FileChoice, ReadingState, Source } from "./source.tsx";
import { countWords, t } from "./words.ts";

/** `#fault/<code>` */
const FAULT = /^#fault\/([\w-]+)$/;

export function InspectPage({ inspection }: { readonly inspection: Inspection }) {
  const fault = FAULT.exec(useHash())?.[1];
  return (
    <div class="inspect-page">
      <Top here="inspect">
        <span class="muted tagline">{t("tagline")}</span>
      </Top>
      <main class="inspect">{fault === undefined ? <Main inspection={inspection} /> : <FaultPage code={fault} />}</main>
    </div>
  );
}

function Main({ inspection }: { readonly inspection: Inspection }) {
  const { kind } = inspection.phase.value;
  const shown = inspection.shown.value;
  return (
    <>
      <DropTarget inspection={inspection} />
      <h1>{t("title")}</h1>
      {shown ? (
        <>
          <Bar inspection={inspection} />
          {kind !== "shown" && <ReadingState inspection={inspection} />}
          <Inspector inspection={inspection} />
        </>
      ) : (
        <>
          <p class="lead">{t("lead")}</p>
          <Source inspection={inspection} />
        </>
      )}
    </>
  );
}

/** What is shown, and the way to another. */
function Bar({ inspection }: { readonly inspection: Inspection }) {
  const { name = "", recording, explanation } = inspection.shown.value ?? {};
  return (
    <div class="bar">
      <strong>{name}</strong>
      <span class="muted">
        {[masked(recording?.creator ?? ""), explanation && countWords("frames", explanation.frames.length)].filter(Boolean).join(" · ")}
      </span>
      <span class="spacer" />
      <span class="muted private">{t("private")}.</span>
      <FileChoice inspection={inspection} />
      <Button small onClick={() => inspection.close()}>
        {t("another")}
      </Button>
    </div>
  );
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return hash;
}
