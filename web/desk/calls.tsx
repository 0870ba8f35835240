/**
 * One's own calls, as the Dialogs events tell them.
 *
 * @module
 */

import { Badge } from "../design/components/badge.tsx";
import { Elapsed } from "../design/components/elapsed.tsx";
import { Empty } from "../design/components/empty.tsx";
import { Panel } from "../design/components/panel.tsx";
import { t, tWire } from "../i18n/translate.ts";
import { toneOf } from "./people.ts";
import type { DeskState } from "./state.ts";
import type { Call } from "./updates.ts";

export function Calls({ state }: { readonly state: DeskState }) {
  const calls = state.calls.value;
  return (
    <Panel title={t("calls")} class="calls" aside={calls.length > 0 && <span class="muted digits">{calls.length}</span>}>
      {calls.length === 0 && <Empty title={t("no-calls")} />}
      {calls.length > 0 && (
        <ul>
          {calls.map((call) => (
            <CallRow key={call.id} call={call} state={state} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function CallRow({ call, state }: { readonly call: Call; readonly state: DeskState }) {
  return (
    <li class="call-row" data-call={call.id}>
      <Badge tone={toneOf(call.state)}>{tWire("call-state", call.state)}</Badge>
      <span class="call-who">
        <strong>{t("call-from-to", { from: call.from || "?", to: call.to || "?" })}</strong>
        <span class="muted">{[call.queue, call.kind].filter(Boolean).join(" · ")}</span>
      </span>
      <span class="muted">{call.since !== undefined && <Elapsed since={call.since} now={state.now} />}</span>
    </li>
  );
}
