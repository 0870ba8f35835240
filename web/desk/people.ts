/**
 * Who is in which state: the page's picture of its own user, their calls, and the teams they hear of.
 *
 * Pure: each change makes a new record for what changed and leaves all else as it is, so that only that is drawn anew.
 *
 * @module
 */

import type { Call, UserPatch } from "./updates.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  /** Empty: not heard of yet. */
  readonly state: string;
  readonly pendingState: string;
  readonly reason: string;
  readonly extension: string;
  readonly teamName: string;
  /** When the state began, in Unix milliseconds of the server; 0: unknown. */
  readonly since: number;
}

/** A person of whom nothing is known but the id, and maybe a name. */
export function stranger(id: string, name = ""): Person {
  return { id, name, state: "", pendingState: "", reason: "", extension: "", teamName: "", since: 0 };
}

/**
 * A person after an event of them.
 *
 * @param at when the event came: the start of the state where the event does not say one
 */
export function changed(person: Person, patch: UserPatch, at: number): Person {
  const isNewState = patch.state !== undefined && patch.state !== person.state;
  const name = [patch.firstName, patch.lastName].filter(Boolean).join(" ");
  return {
    id: person.id,
    name: name || person.name,
    state: patch.state ?? person.state,
    // An event carries the whole state: what it leaves out of it is over.
    pendingState: patch.state === undefined ? person.pendingState : (patch.pendingState ?? ""),
    reason: patch.state === undefined ? (patch.reason ?? person.reason) : (patch.reason ?? ""),
    extension: patch.extension ?? person.extension,
    teamName: patch.teamName ?? person.teamName,
    since: patch.since ?? (isNewState ? at : person.since),
  };
}

const OVER = new Set(["DROPPED", "FAILED"]);

/** Calls after an event of some of them: what is over is gone, the others keep their order. */
export function callsAfter(
  calls: readonly Call[],
  { isDeleted, calls: told }: { readonly isDeleted: boolean; readonly calls: readonly Call[] },
  at: number,
): readonly Call[] {
  const after = new Map(calls.map((call) => [call.id, call]));
  for (const call of told) {
    if (isDeleted || OVER.has(call.state)) after.delete(call.id);
    else after.set(call.id, { ...call, since: call.since ?? after.get(call.id)?.since ?? at });
  }
  return [...after.values()];
}

/** Ids by what people look for: names in the order of the language, numbers by their size. */
export function inOrder(people: Iterable<Person>, language: string): Person[] {
  const collator = new Intl.Collator(language, { numeric: true });
  return [...people].sort((one, other) => collator.compare(one.name || one.id, other.name || other.id) || collator.compare(one.id, other.id));
}

/** How a state looks: one tone each, those not in the table are plain. */
export const TONES: Readonly<Record<string, Tone>> = {
  READY: "good",
  TALKING: "busy",
  HOLD: "busy",
  ACTIVE: "busy",
  HELD: "busy",
  ALERTING: "call",
  RESERVED: "call",
  RESERVED_OUTBOUND: "call",
  RESERVED_OUTBOUND_PREVIEW: "call",
  WORK: "after",
  WORK_READY: "after",
  WRAP_UP: "after",
  NOT_READY: "away",
};

export type Tone = "good" | "busy" | "call" | "after" | "away" | "plain" | "bad";

export function toneOf(state: string): Tone {
  return TONES[state] ?? "plain";
}
