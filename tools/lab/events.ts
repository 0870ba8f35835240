/**
 * The event stream of the lab: from a seed the times, sizes and texts of what a team's node tells in a while.
 *
 * @module
 */

import { DEMO_ACCOUNTS, DEMO_TEAMS } from "../demo/accounts.ts";
import type { Desk } from "../simulator/centre.ts";
import { floorOf } from "../simulator/floor.ts";
import { userUpdates } from "../simulator/payloads.ts";
import { between, oneOf, type Random, seeded } from "../simulator/random.ts";
import { type AgentState, BREAKS, TRANSITIONS } from "../simulator/states.ts";

export interface LabEvent {
  /** Milliseconds after the beginning. */
  readonly at: number;
  /** Unique in its run. */
  readonly id: string;
  /** The `<Update>` of an agent's state. */
  readonly payload: string;
}

export interface Asked {
  readonly seed: number;
  readonly seconds: number;
}

/** The first instant of every story, so that times of day are of one length and the same in every run. */
const BEGINNING = Date.UTC(2026, 0, 5, 9);
/** A call that ends changes several desks shortly after one another; then it is quiet for a while. */
const BURST: readonly [number, number] = [1, 5];
const WITHIN_BURST: readonly [number, number] = [120, 320];
const BETWEEN_BURSTS: readonly [number, number] = [900, 3700];
const LEAD_IN_MS = 400;

/** About one event a second, in bursts; the same for the same seed. */
export function eventsOf({ seed, seconds }: Asked): LabEvent[] {
  const random = seeded(seed);
  const [first = desk("?"), ...others] = floorOf(DEMO_ACCOUNTS, DEMO_TEAMS)
    .people.filter(({ team }) => team?.id === "1")
    .map(({ id }) => desk(id));
  const desks: [Desk, ...Desk[]] = [first, ...others];
  const events: LabEvent[] = [];
  for (let at = LEAD_IN_MS; ; at += between(random, BETWEEN_BURSTS)) {
    for (let left = Math.floor(between(random, [BURST[0], BURST[1] + 1])); left > 0; left--) {
      if (at >= seconds * 1000) return events;
      events.push({ at: Math.round(at), id: String(events.length + 1), payload: told(random, { desk: oneOf(random, desks), at }) });
      if (left > 1) at += between(random, WITHIN_BURST);
    }
  }
}

function desk(id: string): Desk {
  const person = floorOf(DEMO_ACCOUNTS, DEMO_TEAMS).people.find((one) => one.id === id);
  if (!person) throw new Error(`Nobody is ${id}`);
  return { person, state: "READY", since: BEGINNING, reason: null, pending: null, call: null, turn: 0 };
}

/** Changes a desk's state as it may be changed, and says so as the team's node does. */
function told(random: Random, { desk, at }: { readonly desk: Desk; readonly at: number }): string {
  desk.state = oneOf(random, TRANSITIONS[desk.state] as readonly AgentState[] as [AgentState, ...AgentState[]]);
  desk.since = BEGINNING + Math.round(at);
  desk.reason = desk.state === "NOT_READY" ? oneOf(random, BREAKS) : null;
  const update = userUpdates(desk).find(({ node }) => node.includes("/Team/"));
  if (!update) throw new Error(`${desk.person.id} is of no team`);
  return update.xml;
}
