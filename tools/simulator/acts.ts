/**
 * What happens at a desk and before it: one table, an act per row. Each plans what comes after it.
 *
 * @module
 */

import type { Task } from "./agenda.ts";
import { someCaller } from "./callers.ts";
import { become, type Call, changeCall, type Desk, endCall, type Moment, offer, plan, type Queue, show, statisticsOf } from "./centre.ts";
import { queueUpdate } from "./payloads.ts";
import { between, oneOf } from "./random.ts";
import { BREAKS, END_OF_SHIFT, NOT_ANSWERED, type Reason, SUPERVISING } from "./states.ts";

/** Milliseconds between two statistics of a queue. */
const QUEUE_PACE = 10_000;
/** Seconds after which all is told again of a desk, so that one who just came sees it. */
const SHOW_PACE = [20, 28] as const;
/** A team of four has a call this often, in seconds. */
const CALL_EVERY = 32;

type DeskAct = (moment: Moment, desk: Desk) => void;
type QueueAct = (moment: Moment, queue: Queue, call: string) => void;

const DESK_ACTS: Readonly<Record<string, DeskAct>> = {
  "sign-in"(moment, desk) {
    const leads = desk.person.leads.length > 0;
    become(moment, { desk, state: "NOT_READY", ...(leads && { reason: SUPERVISING }) });
    if (!leads) plan(moment, { act: "go-ready", desk, within: [3, 10] });
  },
  "go-ready": goReady,
  "take-break"(moment, desk) {
    goNotReady(moment, desk, oneOf(moment.random, BREAKS));
  },
  "sign-out"(moment, desk) {
    become(moment, { desk, state: "LOGOUT", reason: END_OF_SHIFT });
    plan(moment, { act: "sign-in", desk, within: [40, 120] });
  },
  answer(moment, desk) {
    changeCall(moment, { desk, state: "ACTIVE" });
    become(moment, { desk, state: "TALKING" });
    if (moment.random() < 0.15) plan(moment, { act: "want-break", desk, within: [5, 20] });
    if (moment.random() < 0.3) plan(moment, { act: "hold", desk, within: [8, 35] });
    else plan(moment, { act: "hang-up", desk, within: [20, 120] });
  },
  "want-break"(moment, desk) {
    desk.pending = oneOf(moment.random, BREAKS);
    show(moment, desk);
  },
  hold(moment, desk) {
    changeCall(moment, { desk, state: "HELD" });
    become(moment, { desk, state: "HOLD" });
    plan(moment, { act: moment.random() < 0.85 ? "retrieve" : "hang-up", desk, within: [6, 30] });
  },
  retrieve(moment, desk) {
    changeCall(moment, { desk, state: "ACTIVE" });
    become(moment, { desk, state: "TALKING" });
    plan(moment, { act: "hang-up", desk, within: [15, 80] });
  },
  "hang-up"(moment, desk) {
    endCall(moment, desk);
    become(moment, { desk, state: "WORK" });
    plan(moment, { act: "wrapped-up", desk, within: [8, 30] });
  },
  "wrapped-up"(moment, desk) {
    const { pending } = desk;
    desk.pending = null;
    if (pending) goNotReady(moment, desk, pending);
    else goReady(moment, desk);
  },
  "not-answered"(moment, desk) {
    const call = endCall(moment, desk);
    goNotReady(moment, desk, NOT_ANSWERED);
    const queue = moment.centre.queues.get(call.line.id);
    if (!queue) return;
    queue.waiting = [call, ...queue.waiting];
    distribute(moment, queue);
  },
  "caller-gone"(moment, desk) {
    endCall(moment, desk);
    goReady(moment, desk);
  },
  show(moment, desk) {
    show(moment, desk);
    // Not planned with plan(): neither speed nor a new state changes the pace.
    moment.centre.agenda.add({ due: moment.now + between(moment.random, SHOW_PACE) * 1000, act: "show", of: desk.person.id, turn: null });
  },
};

const QUEUE_ACTS: Readonly<Record<string, QueueAct>> = {
  "call-comes"(moment, queue) {
    const { centre, now, random } = moment;
    const call = someCall(moment, queue);
    queue.waiting = [...queue.waiting, call];
    const patience = between(random, [25, 90]) * 1000;
    centre.agenda.add({ due: now + patience / centre.speed, act: `give-up ${call.id}`, of: queue.line.id, turn: null });
    planCall(moment, queue);
    distribute(moment, queue);
  },
  "give-up"(_moment, queue, id) {
    queue.waiting = queue.waiting.filter((call) => call.id !== id);
  },
  count(moment, queue) {
    const { centre, now, updates } = moment;
    const update = queueUpdate(queue.line, statisticsOf(centre, queue));
    if (update.xml !== queue.published) updates.push(update);
    queue.published = update.xml;
    centre.agenda.add({ due: now + QUEUE_PACE, act: "count", of: queue.line.id, turn: null });
  },
};

/** Performs a task, unless the desk has another state by now. */
export function perform(moment: Moment, { act, of, turn }: Task): void {
  const [name = act, detail = ""] = act.split(" ");
  const desk = name in DESK_ACTS ? moment.centre.desks.get(of) : undefined;
  if (desk && (turn === null || turn === desk.turn)) DESK_ACTS[name]?.(moment, desk);
  const queue = name in QUEUE_ACTS ? moment.centre.queues.get(of) : undefined;
  if (queue) QUEUE_ACTS[name]?.(moment, queue, detail);
}

/** Plans when the next call comes: the more serve the queue, the sooner. */
export function planCall({ centre, now, random }: Moment, { line }: Queue): void {
  const serving = [...centre.desks.values()].filter(({ person }) => person.team?.id === line.id).length;
  if (serving === 0) return;
  const seconds = Math.min(4, -Math.log(1 - random())) * CALL_EVERY * (4 / serving);
  centre.agenda.add({ due: now + (seconds * 1000) / centre.speed, act: "call-comes", of: line.id, turn: null });
}

function someCall({ centre, now, random }: Moment, { line }: Queue): Call {
  centre.lastCall += 1;
  return { id: String(centre.lastCall), caller: someCaller(random), line, startedAt: now, offeredAt: now, changedAt: now, state: "ALERTING" };
}

function goReady(moment: Moment, desk: Desk): void {
  become(moment, { desk, state: "READY" });
  plan(moment, { act: "take-break", desk, within: [60, 240] });
  const queue = moment.centre.queues.get(desk.person.team?.id ?? "");
  if (queue) distribute(moment, queue);
}

function goNotReady(moment: Moment, desk: Desk, reason: Reason): void {
  become(moment, { desk, state: "NOT_READY", reason });
  if (moment.random() < 0.12) plan(moment, { act: "sign-out", desk, within: [15, 40] });
  else plan(moment, { act: "go-ready", desk, within: [20, 90] });
}

/** Gives waiting calls to the agents who have been ready longest. */
function distribute(moment: Moment, queue: Queue): void {
  for (;;) {
    const desk = longestReady(moment, queue);
    const [call, ...rest] = queue.waiting;
    if (!desk || !call) return;
    queue.waiting = rest;
    become(moment, { desk, state: "RESERVED" });
    offer(moment, { desk, call });
    planEndOfRinging(moment, desk);
  }
}

function longestReady({ centre }: Moment, { line }: Queue): Desk | undefined {
  let found: Desk | undefined;
  for (const desk of centre.desks.values()) {
    if (desk.state === "READY" && desk.person.team?.id === line.id && (!found || desk.since < found.since)) found = desk;
  }
  return found;
}

function planEndOfRinging(moment: Moment, desk: Desk): void {
  const chance = moment.random();
  if (chance < 0.05) plan(moment, { act: "not-answered", desk, within: [12, 16] });
  else if (chance < 0.1) plan(moment, { act: "caller-gone", desk, within: [3, 9] });
  else plan(moment, { act: "answer", desk, within: [2, 7] });
}
