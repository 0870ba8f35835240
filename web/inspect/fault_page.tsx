/** The documentation page of a fault, as `docs/faults/` has it. @module */

import { useEffect, useState } from "preact/hooks";

import { Markdown } from "../design/components/markdown.tsx";
import { t } from "./words.ts";

/** Each is fetched when it is opened. */
const PAGES = import.meta.glob<string>("../../docs/faults/*.md", { query: "?raw", import: "default" });

export function FaultPage({ code }: { readonly code: string }) {
  /** Undefined: on its way; null: there is none. */
  const [text, setText] = useState<string | null>();
  useEffect(() => {
    document.title = `${t("fault-page", { code })} · Deskwire`;
    const load = PAGES[`../../docs/faults/${code}.md`];
    if (load) load().then(setText, () => setText(null));
    else setText(null);
  }, [code]);
  return (
    <article class="fault-page" data-fault-page={code}>
      {text === undefined && <p class="muted">{t("loading")}</p>}
      {text === null && (
        <>
          <h1>{t("fault-page", { code })}</h1>
          <p>{t("fault-unknown")}</p>
        </>
      )}
      {text && <Markdown text={text} linkTo={(target) => (/^[\w-]+\.md$/.test(target) ? `#fault/${target.slice(0, -3)}` : target)} />}
      <p>
        <a href="/inspect">{t("back-to-inspect")}</a>
      </p>
    </article>
  );
}
