/**
 * Agents, calls and queues as Finesse writes them. A PUT carries the whole object, never a difference.
 *
 * @module
 */

import type { Element } from "../../xmpp/mod.ts";
import type { Call, Desk, Statistics } from "./centre.ts";
import type { Line, Team } from "./floor.ts";
import { ACTIONS, type Reason } from "./states.ts";
import { el, type Update, updateOf } from "./update.ts";

const API = "/finesse/api";
const userPath = (id: string): string => `${API}/User/${id}`;
const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The agent's own node, and the team's with a summary. */
export function userUpdates(desk: Desk): Update[] {
  const { id, team } = desk.person;
  const own = updateOf({ node: userPath(id), subject: id, event: "PUT", data: user(desk) });
  if (!team) return [own];
  return [own, updateOf({ node: `${API}/Team/${team.id}/Users`, subject: id, event: "PUT", data: summary(desk), source: userPath(id) })];
}

function user(desk: Desk): Element {
  const { person, state, since, reason, pending } = desk;
  const { team, leads } = person;
  return el(
    "user",
    el("dialogs", `${userPath(person.id)}/Dialogs`),
    el("extension", state === "LOGOUT" ? "" : person.extension),
    el("firstName", person.firstName),
    el("lastName", person.lastName),
    el("loginId", person.id),
    el("loginName", person.id),
    el("mediaType", 1),
    el("pendingState", pending ? "NOT_READY" : ""),
    ...reasonOf(reason, "reasonCode"),
    el("reasonCodeId", reason?.id ?? -1),
    el("roles", el("role", "Agent"), ...(leads.length > 0 ? [el("role", "Supervisor")] : [])),
    el("settings", el("wrapUpOnIncoming", "REQUIRED"), el("wrapUpOnOutgoing", "NOT_ALLOWED")),
    el("state", state),
    el("stateChangeTime", timeOf(since)),
    el("teamId", team?.id ?? ""),
    el("teamName", team?.name ?? ""),
    ...(leads.length > 0 ? [el("teams", ...leads.map(teamOf))] : []),
    el("uri", userPath(person.id)),
    el("wrapUpTimer", 30),
  );
}

function summary({ person, state, since, reason, pending }: Desk): Element {
  return el(
    "user",
    el("dialogs", `${userPath(person.id)}/Dialogs`),
    el("extension", state === "LOGOUT" ? "" : person.extension),
    el("firstName", person.firstName),
    el("lastName", person.lastName),
    el("loginId", person.id),
    el("pendingState", pending ? "NOT_READY" : ""),
    ...reasonOf(reason, "ReasonCode"),
    el("state", state),
    el("stateChangeTime", timeOf(since)),
    el("uri", userPath(person.id)),
  );
}

const teamOf = ({ id, name }: Team): Element => el("Team", el("id", id), el("name", name), el("uri", `${API}/Team/${id}`));

function reasonOf(reason: Reason | null, name: string): Element[] {
  if (!reason) return [];
  const { id, code, label, category } = reason;
  return [el(name, el("category", category), el("code", code), el("forAll", "true"), el("id", id), el("label", label), el("uri", `${API}/ReasonCode/${id}`))];
}

/** A call that comes to a desk, or leaves it. */
export function callUpdate(desk: Desk, { call, event }: { call: Call; event: "POST" | "DELETE" }): Update {
  const { id } = desk.person;
  return updateOf({ node: `${userPath(id)}/Dialogs`, subject: id, event, data: el("dialogs", dialog(desk, { call, name: "Dialog" })) });
}

/** A call at a desk as it stands. */
export function callChanged(desk: Desk, call: Call): Update {
  const { id } = desk.person;
  return updateOf({ node: `${userPath(id)}/Dialogs`, subject: id, event: "PUT", data: dialog(desk, { call, name: "dialog" }), source: dialogPath(call) });
}

const dialogPath = ({ id }: Call): string => `${API}/Dialog/${id}`;

function dialog({ person }: Desk, { call, name }: { call: Call; name: string }): Element {
  return el(
    name,
    el("associatedDialogUri"),
    el("fromAddress", call.caller.number),
    el("id", call.id),
    mediaOf(call),
    el("mediaType", "Voice"),
    el("participants", agentSide(person.extension, call), callerSide(call)),
    el("state", call.state === "HELD" ? "ACTIVE" : call.state),
    el("toAddress", person.extension),
    el("uri", dialogPath(call)),
  );
}

function mediaOf({ caller, line }: Call): Element {
  const variables = { callVariable1: caller.name, callVariable2: caller.account, callVariable3: caller.wish };
  return el(
    "mediaProperties",
    el("DNIS", line.number),
    el("callType", "ACD_IN"),
    el("callvariables", ...Object.entries(variables).map(([name, value]) => el("CallVariable", el("name", name), el("value", value)))),
    el("dialedNumber", line.number),
    el("mediaId", 1),
    el("queueName", line.name),
    el("queueNumber", line.id),
  );
}

function agentSide(extension: string, { state, offeredAt, changedAt }: Call): Element {
  return el(
    "Participant",
    el("actions", ...ACTIONS[state].map((action) => el("action", action))),
    el("mediaAddress", extension),
    el("mediaAddressType", "AGENT_DEVICE"),
    el("startTime", timeOf(offeredAt)),
    el("state", state),
    el("stateCause"),
    el("stateChangeTime", timeOf(changedAt)),
  );
}

function callerSide({ caller, state, startedAt, changedAt }: Call): Element {
  const stands = { ALERTING: "INITIATED", ACTIVE: "ACTIVE", HELD: "ACTIVE", DROPPED: "DROPPED" }[state];
  return el(
    "Participant",
    el("actions"),
    el("mediaAddress", caller.number),
    el("mediaAddressType", ""),
    el("startTime", timeOf(startedAt)),
    el("state", stands),
    el("stateCause"),
    el("stateChangeTime", timeOf(changedAt)),
  );
}

export function queueUpdate(line: Line, statistics: Statistics): Update {
  const counted = Object.entries(statistics).map(([name, value]) => el(name, value));
  const uri = `${API}/Queue/${line.id}`;
  return updateOf({
    node: uri,
    subject: `queue ${line.id}`,
    event: "PUT",
    data: el("Queue", el("name", line.name), el("statistics", ...counted), el("uri", uri)),
  });
}

/** `startTimeOfLongestCallInQueue`; empty while nobody waits. */
export function longestWait(startedAt: number | undefined): string {
  return startedAt === undefined ? "" : timeOf(startedAt);
}
