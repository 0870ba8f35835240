/**
 * The model of a contact centre: desks, calls, queues, and what is planned. Without clock, chance or network of its own.
 *
 * @module
 */

import type { Agenda } from "./agenda.ts";
import type { Floor, Line, Person } from "./floor.ts";
import { type AgentState, type CallState, mayFollow, type Reason } from "./states.ts";
import { callChanged, callUpdate, longestWait, userUpdates } from "./payloads.ts";
import { between, type Random } from "./random.ts";
import type { Update } from "./update.ts";

export interface Caller {
  readonly name: string;
  readonly number: string;
  readonly account: string;
  readonly wish: string;
}

export interface Call {
  readonly id: string;
  readonly caller: Caller;
  readonly line: Line;
  readonly startedAt: number;
  /** When the present desk got it. */
  readonly offeredAt: number;
  readonly changedAt: number;
  readonly state: CallState;
}

export interface Desk {
  readonly person: Person;
  state: AgentState;
  /** When the state was entered. */
  since: number;
  reason: Reason | null;
  /** What follows when the call is over: NOT_READY with this reason. */
  pending: Reason | null;
  call: Call | null;
  /** Rises with each state. */
  turn: number;
}

export interface Queue {
  readonly line: Line;
  /** Longest waiting first. */
  waiting: readonly Call[];
  /** Statistics as last published. */
  published: string;
}

export interface Centre {
  readonly floor: Floor;
  /** Divides how long things take; queue statistics and repeats keep their pace. */
  readonly speed: number;
  readonly desks: ReadonlyMap<string, Desk>;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly agenda: Agenda<string>;
  /** Id of the call that came last. */
  lastCall: number;
}

/** One moment: what it reads, and what it has to tell. */
export interface Moment {
  readonly centre: Centre;
  readonly now: number;
  readonly random: Random;
  readonly updates: Update[];
}

type Span = readonly [from: number, to: number];

/** Plans an act for a desk as long as it stays in its state; seconds, which speed shortens. */
export function plan({ centre, now, random }: Moment, { act, desk, within }: { act: string; desk: Desk; within: Span }): void {
  centre.agenda.add({ due: now + (between(random, within) * 1000) / centre.speed, act, of: desk.person.id, turn: desk.turn });
}

/** Brings a desk into a state and tells it. */
export function become({ now, updates }: Moment, { desk, state, reason = null }: { desk: Desk; state: AgentState; reason?: Reason | null }): void {
  if (!mayFollow(desk.state, state)) throw new Error(`${desk.person.id}: ${state} cannot follow ${desk.state}`);
  Object.assign(desk, { state, reason, since: now, turn: desk.turn + 1 });
  updates.push(...userUpdates(desk));
}

/** Gives a call to a desk, where it rings. */
export function offer({ now, updates }: Moment, { desk, call }: { desk: Desk; call: Call }): void {
  const ringing: Call = { ...call, state: "ALERTING", offeredAt: now, changedAt: now };
  desk.call = ringing;
  updates.push(callUpdate(desk, { call: ringing, event: "POST" }));
}

/** Changes how the call at a desk stands. */
export function changeCall({ now, updates }: Moment, { desk, state }: { desk: Desk; state: CallState }): void {
  if (!desk.call) throw new Error(`${desk.person.id} has no call`);
  desk.call = { ...desk.call, state, changedAt: now };
  updates.push(callChanged(desk, desk.call));
}

/** Takes the call from a desk; answers it. */
export function endCall({ now, updates }: Moment, desk: Desk): Call {
  const { call } = desk;
  if (!call) throw new Error(`${desk.person.id} has no call`);
  desk.call = null;
  updates.push(callUpdate(desk, { call: { ...call, state: "DROPPED", changedAt: now }, event: "DELETE" }));
  return call;
}

/** All there is to say of a desk. */
export function show({ updates }: Moment, desk: Desk): void {
  updates.push(...userUpdates(desk));
  if (desk.call) updates.push(callChanged(desk, desk.call));
}

/** The counters of a queue, by their names on the wire. */
export type Statistics = Readonly<Record<string, string | number>>;

export function statisticsOf({ desks }: Centre, { line, waiting }: Queue): Statistics {
  const states = [...desks.values()].filter(({ person }) => person.team?.id === line.id).map(({ state, pending }) => ({ state, pending }));
  const count = (...counted: AgentState[]): number => states.filter(({ state }) => counted.includes(state)).length;
  const wrapUpNotReady = states.filter(({ state, pending }) => state === "WORK" && pending).length;
  return {
    agentsBusyOther: 0,
    agentsLoggedOn: states.length - count("LOGOUT"),
    agentsNotReady: count("NOT_READY"),
    agentsReady: count("READY"),
    agentsTalkingInbound: count("TALKING", "HOLD"),
    agentsTalkingInternal: 0,
    agentsTalkingOutbound: 0,
    agentsWrapUpNotReady: wrapUpNotReady,
    agentsWrapUpReady: count("WORK") - wrapUpNotReady,
    callsInQueue: waiting.length,
    startTimeOfLongestCallInQueue: longestWait(waiting[0]?.startedAt),
  };
}
