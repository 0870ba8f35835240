/**
 * The teams one hears of: each member's state and time in it, and how many are in which.
 *
 * @module
 */

import { type Signal, useComputed } from "@preact/signals";

import { Badge } from "../design/components/badge.tsx";
import { Elapsed } from "../design/components/elapsed.tsx";
import { Empty } from "../design/components/empty.tsx";
import { Panel } from "../design/components/panel.tsx";
import { type Column, Table } from "../design/components/table.tsx";
import { t, tWire } from "../i18n/translate.ts";
import { StateBadge } from "./own_state.tsx";
import { type Person, toneOf } from "./people.ts";
import type { DeskState, Team } from "./state.ts";

const COLUMNS: readonly Column[] = [{ title: t("member") }, { title: t("state") }, { title: t("time-in-state"), end: true }];

export function Teams({ state }: { readonly state: DeskState }) {
  const teams = state.teams.value;
  const unheard = state.unheard.value;
  return (
    <>
      {teams.length === 0 && state.isSubscribed.value && (
        <Panel title={t("teams")}>
          <Empty title={t("no-teams")} text={t("no-teams-text")} />
        </Panel>
      )}
      {teams.map((team) => (
        <TeamPanel key={team.id} team={team} state={state} />
      ))}
      {unheard.length > 0 && (
        <Panel title={t("not-in-team-yet")}>
          <Empty title={unheard.join(", ")} text={t("not-in-team-yet-text")} />
        </Panel>
      )}
    </>
  );
}

function TeamPanel({ team, state }: { readonly team: Team; readonly state: DeskState }) {
  const title = team.name.value || t("team-number", { id: team.id });
  const members = team.members.value;
  return (
    <Panel title={title} class="team" aside={<Summary team={team} />}>
      {members.length === 0 && <Empty title={t("waiting-for-team")} />}
      {members.length > 0 && (
        <div data-team={team.id}>
          <Table caption={title} columns={COLUMNS}>
            {members.map((member) => (
              <MemberRow key={member.peek().id} member={member} state={state} />
            ))}
          </Table>
        </div>
      )}
    </Panel>
  );
}

function MemberRow({ member, state }: { readonly member: Signal<Person>; readonly state: DeskState }) {
  const person = member.value;
  return (
    <tr data-member={person.id} data-state={person.state}>
      <th scope="row">
        {person.name || person.id}
        {person.name && <span class="muted member-id">{person.id}</span>}
      </th>
      <td>
        <StateBadge person={person} />
        {person.reason && <span class="muted reason">{person.reason}</span>}
      </td>
      <td class="end">{person.since > 0 ? <Elapsed since={person.since} now={state.now} /> : <span class="muted">–</span>}</td>
    </tr>
  );
}

/** How many are in which state, the most first. */
function Summary({ team }: { readonly team: Team }) {
  const counts = useComputed(() => {
    const count = new Map<string, number>();
    for (const { value } of team.members.value) if (value.state) count.set(value.state, (count.get(value.state) ?? 0) + 1);
    return [...count].sort(([, one], [, other]) => other - one);
  });
  return (
    <div class="summary">
      {counts.value.map(([state, count]) => (
        <Badge key={state} tone={toneOf(state)}>
          {count} {tWire("user-state", state)}
        </Badge>
      ))}
    </div>
  );
}
