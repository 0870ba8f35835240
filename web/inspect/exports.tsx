/** What can be taken along: the report, and the recording as HAR and text, secrets masked. @module */

import { useState } from "preact/hooks";

import { reportOf, writeHar, writeText } from "../../explain/mod.ts";
import { Button } from "../design/components/button.tsx";
import { copyText, fileName, saveFile } from "../frames/files.ts";
import type { Inspection } from "./inspection.ts";
import { language, t } from "./words.ts";

export function Exports({ inspection }: { readonly inspection: Inspection }) {
  const report = () => (inspection.explanation.value ? reportOf(inspection.explanation.value, language) : "");
  const save = (ending: string, type: string, write: typeof writeHar) => {
    const { recording } = inspection;
    if (recording) saveFile(fileName(ending), write(recording), type);
  };
  return (
    <div class="exports">
      <span class="muted">{t("share")}</span>
      <CopyButton label={t("copy-report")} text={report} />
      <Button small onClick={() => saveFile(fileName("md"), report(), "text/markdown")}>
        {t("save-report")}
      </Button>
      <Button small onClick={() => save("har", "application/json", writeHar)}>
        {t("save-har")}
      </Button>
      <Button small onClick={() => save("txt", "text/plain", writeText)}>
        {t("save-text")}
      </Button>
    </div>
  );
}

/** Copies, and says whether it could. */
export function CopyButton({ label, text }: { readonly label: string; readonly text: () => string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const isCopied = await copyText(text());
    setSaid(t(isCopied ? "copied" : "copy-failed"));
    setTimeout(() => setSaid(""), 3000);
  };
  return (
    <>
      <Button small onClick={() => void copy()}>
        {label}
      </Button>
      <span class="copied" role="status">
        {said}
      </span>
    </>
  );
}
