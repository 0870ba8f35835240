/**
 * Opening a contact centre and letting time pass in it.
 *
 * @module
 */

import { perform, planCall } from "./acts.ts";
import { Agenda } from "./agenda.ts";
import type { Centre, Desk, Moment, Queue } from "./centre.ts";
import type { Floor } from "./floor.ts";
import { between, type Random } from "./random.ts";
import type { Update } from "./update.ts";

/** Seconds in which everybody comes in, and is told of for the first time. */
const ARRIVAL = [1, 20] as const;
const FIRST_SHOW = [0, 15] as const;

export interface Opening {
  readonly now: number;
  readonly random: Random;
  readonly speed?: number;
}

/** A centre at the start of the shift: everybody is signed out and comes in within seconds. */
export function openCentre(floor: Floor, { now, random, speed = 1 }: Opening): Centre {
  const desks = floor.people.map((person): [string, Desk] => [
    person.id,
    { person, state: "LOGOUT", since: now, reason: null, pending: null, call: null, turn: 0 },
  ]);
  const queues = floor.lines.map((line): [string, Queue] => [line.id, { line, waiting: [], published: "" }]);
  // Ids rise from run to run, so that a new call is never taken for an old one.
  const lastCall = (Math.floor(now / 1000) % 10_000_000) * 1000;
  const centre: Centre = { floor, speed, desks: new Map(desks), queues: new Map(queues), agenda: new Agenda(), lastCall };
  const moment: Moment = { centre, now, random, updates: [] };
  for (const { id } of floor.people) {
    centre.agenda.add({ due: now + between(random, FIRST_SHOW) * 1000, act: "show", of: id, turn: null });
    centre.agenda.add({ due: now + (between(random, ARRIVAL) * 1000) / speed, act: "sign-in", of: id, turn: 0 });
  }
  for (const queue of centre.queues.values()) {
    centre.agenda.add({ due: now, act: "count", of: queue.line.id, turn: null });
    planCall(moment, queue);
  }
  return centre;
}

/**
 * Lets everything happen that is due, and answers what is to be published, in order.
 *
 * After a long pause nothing is caught up on: what is due happens once, and goes on from now.
 */
export function step(centre: Centre, now: number, random: Random): Update[] {
  const moment: Moment = { centre, now, random, updates: [] };
  for (let task = centre.agenda.take(now); task; task = centre.agenda.take(now)) perform(moment, task);
  return moment.updates;
}
