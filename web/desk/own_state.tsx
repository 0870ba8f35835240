/**
 * One's own state: the word, why, and for how long.
 *
 * @module
 */

import { Avatar } from "../design/components/avatar.tsx";
import { Badge } from "../design/components/badge.tsx";
import { Elapsed } from "../design/components/elapsed.tsx";
import type { KeyValue } from "../design/components/key_values.tsx";
import { Panel } from "../design/components/panel.tsx";
import { t, tWire } from "../i18n/translate.ts";
import { type Person, toneOf } from "./people.ts";
import type { DeskState } from "./state.ts";

export function OwnState({ state }: { readonly state: DeskState }) {
  const own = state.own.value;
  const name = own.name || own.id;
  return (
    <Panel title={t("you")} class="own">
      <div class="own-body">
        <Avatar name={name} />
        <div class="own-name">
          <strong>{name}</strong>
          <span class="muted">{[state.isSupervisor.value ? t("supervisor") : t("agent"), own.name && own.id].filter(Boolean).join(" · ")}</span>
        </div>
        <div class="own-state" data-own-state={own.state}>
          <StateBadge person={own} large />
          {own.state && own.since > 0 && (
            <span class="muted">
              {t("in-state-for")}{" "}
              <strong>
                <Elapsed since={own.since} now={state.now} />
              </strong>
            </span>
          )}
        </div>
      </div>
      <Details own={own} />
    </Panel>
  );
}

function Details({ own }: { readonly own: Person }) {
  const details: readonly (KeyValue | false)[] = [
    own.reason !== "" && { name: t("reason"), value: own.reason },
    own.extension !== "" && { name: t("extension"), value: own.extension },
    own.teamName !== "" && { name: t("team"), value: own.teamName },
  ];
  const known = details.filter((detail) => detail !== false);
  if (own.state === "") return <p class="own-details muted">{t("no-state-text")}</p>;
  if (known.length === 0) return null;
  return (
    <ul class="own-details">
      {known.map(({ name, value }) => (
        <li key={name}>
          <span class="muted">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}

/** A person's state, and the one that is to follow. */
export function StateBadge({ person: { state, pendingState }, large = false }: { readonly person: Person; readonly large?: boolean }) {
  return (
    <>
      <Badge tone={toneOf(state)} large={large}>
        {state ? tWire("user-state", state) : t("no-state")}
      </Badge>
      {pendingState && <span class="muted pending">{t("pending", { state: tWire("user-state", pendingState) })}</span>}
    </>
  );
}
