/** A connection explained: the verdict, the upgrade, the conversation. Of a recording or live. @module */

import { Notice } from "../design/components/notice.tsx";
import { ConversationPanel } from "./conversation.tsx";
import { Findings } from "./findings.tsx";
import type { Inspection } from "./inspection.ts";
import { PasteForm } from "./source.tsx";
import { UpgradePanel } from "./upgrade.tsx";
import { countWords, t } from "./words.ts";

export function Inspector({ inspection }: { readonly inspection: Inspection }) {
  return (
    <>
      <Notes inspection={inspection} />
      <Connections inspection={inspection} />
      <Findings inspection={inspection} />
      <UpgradePanel inspection={inspection} />
      <ConversationPanel inspection={inspection} />
    </>
  );
}

/** What is missing from the recording; frames that it lacks can be pasted. */
function Notes({ inspection }: { readonly inspection: Inspection }) {
  const notes = inspection.shown.value?.recording?.notes ?? [];
  return notes.map((note) => (
    <div key={note} class="note" data-note={note}>
      <Notice tone="after" title={t(`note-${note}`)} text={t(`note-${note}-text`)} />
      {(note === "firefox-no-frames" || note === "no-frames") && <PasteForm onText={(text) => void inspection.complete(text)} />}
    </div>
  ));
}

function Connections({ inspection }: { readonly inspection: Inspection }) {
  const { connections = [], frames = [], faults = [] } = inspection.explanation.value ?? {};
  if (connections.length < 2) return null;
  const counts = new Map<number, number>();
  for (const { connection } of frames) counts.set(connection, (counts.get(connection) ?? 0) + 1);
  const words = (index: number) =>
    [
      t("connection-n", { n: index + 1 }),
      countWords("frames", counts.get(index) ?? 0),
      countWords("faults", faults.filter(({ connection }) => connection === index).length),
    ].join(", ");
  return (
    <label class="connections">
      <span>{t("connection")}</span>
      <select class="input" value={inspection.connection.value} onChange={({ currentTarget }) => inspection.choose(Number(currentTarget.value))}>
        {connections.map(({ index, transport, jid }) => (
          <option key={index} value={index}>
            {[words(index), transport === "bosh" && "BOSH", jid].filter(Boolean).join(", ")}
          </option>
        ))}
      </select>
    </label>
  );
}
