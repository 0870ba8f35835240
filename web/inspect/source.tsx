/**
 * The way in: a HAR file by choice, drop or paste, frames as text, or an example. All of it is read here, in the browser.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { Button } from "../design/components/button.tsx";
import { Disclosure } from "../design/components/disclosure.tsx";
import { Notice } from "../design/components/notice.tsx";
import { Panel } from "../design/components/panel.tsx";
import type { Inspection } from "./inspection.ts";
import { t } from "./words.ts";

const EXAMPLES = {
  failing: () => import("./examples/wrong_password.har?raw"),
  healthy: () => import("./examples/healthy.har?raw"),
} as const;

export function Source({ inspection }: { readonly inspection: Inspection }) {
  return (
    <>
      <Notice tone="good" id="private" title={`${t("private")}.`} text={t("private-text")} />
      <Panel title={t("open")} class="source">
        <div class="source-body">
          <FileChoice inspection={inspection} look="primary" />
          <p class="muted">{t("drop")}</p>
          <ReadingState inspection={inspection} />
          <div class="examples">
            <span class="muted">{t("examples")}</span>
            {(["failing", "healthy"] as const).map((name) => (
              <Button key={name} small onClick={() => void showExample(inspection, name)}>
                {t(`example-${name}`)}
              </Button>
            ))}
          </div>
          <Disclosure summary={t("paste")} class="paste">
            {() => <PasteForm onText={(text) => void inspection.read(text, { name: t("pasted") })} />}
          </Disclosure>
          <Disclosure summary={t("how")} class="how">
            {() => (
              <ul>
                <li>{t("how-chrome")}</li>
                <li>{t("how-firefox")}</li>
              </ul>
            )}
          </Disclosure>
          <p class="muted">
            {t("live-lead")} <a href="/#inspect">{t("live-link")}</a>
          </p>
        </div>
      </Panel>
    </>
  );
}

/** What comes of reading: how far it is, or why it cannot be read. */
export function ReadingState({ inspection }: { readonly inspection: Inspection }) {
  const phase = inspection.phase.value;
  if (phase.kind === "reading")
    return (
      <p class="reading" role="status" aria-live="off">
        {t("reading", { n: phase.read, all: phase.all })}
      </p>
    );
  if (phase.kind === "failed") return <Notice tone="bad" id="problem" title={t("failed")} text={t(`problem-${phase.problem}`)} alert />;
  return null;
}

async function showExample(inspection: Inspection, name: keyof typeof EXAMPLES): Promise<void> {
  const { default: text } = await EXAMPLES[name]();
  await inspection.read(text, { name: `${t("example")}: ${t(`example-${name}`).replace(/^.*?: /, "")}`, isHar: true });
}

async function readFile(inspection: Inspection, file: File): Promise<void> {
  try {
    await inspection.read(await file.text(), { name: file.name, isHar: /\.har$/i.test(file.name) });
  } catch {
    inspection.unreadable();
  }
}

export function FileChoice({
  inspection,
  look = "normal",
  label = t("choose-file"),
}: {
  readonly inspection: Inspection;
  readonly look?: "primary" | "normal";
  readonly label?: string;
}) {
  return (
    <label class={`button file-choice ${look === "primary" ? "primary" : "small"}`}>
      {label}
      <input
        type="file"
        class="unseen"
        accept=".har,.json,.txt,.log"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) void readFile(inspection, file);
          // The same file may be chosen again.
          currentTarget.value = "";
        }}
      />
    </label>
  );
}

export function PasteForm({ onText }: { readonly onText: (text: string) => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  return (
    <form
      class="paste-form"
      onSubmit={(event) => {
        event.preventDefault();
        onText(area.current?.value ?? "");
      }}
    >
      <label for="paste">{t("paste-label")}</label>
      <p class="muted" id="paste-hint">
        {t("paste-hint")}
      </p>
      <textarea id="paste" ref={area} class="input mono" rows={7} spellcheck={false} autocapitalize="none" aria-describedby="paste-hint" />
      <Button type="submit" look="primary">
        {t("explain")}
      </Button>
    </form>
  );
}

/** Takes what is dropped on the page or pasted into it; shows where to drop. */
export function DropTarget({ inspection }: { readonly inspection: Inspection }) {
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.some((type) => type === "Files" || type === "text/plain")) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      isOver.value = false;
      take(inspection, event.dataTransfer);
    };
    const paste = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      take(inspection, event.clipboardData);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
      removeEventListener("paste", paste);
    };
  }, [inspection]);
  return isOver.value ? <div class="drop-target">{t("drop-now")}</div> : null;
}

function take(inspection: Inspection, given: DataTransfer | null): void {
  const [file] = given?.files ?? [];
  const text = given?.getData("text/plain") ?? "";
  if (file) void readFile(inspection, file);
  else if (text.trim() !== "") void inspection.read(text, { name: t("pasted") });
}
