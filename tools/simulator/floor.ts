/**
 * The floor: who works in the simulated contact centre, and which queues they serve.
 *
 * @module
 */

import type { DemoTeam } from "../demo/accounts.ts";

export interface Team {
  readonly id: string;
  readonly name: string;
}

export interface Person {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly extension: string;
  readonly team: Team | null;
  /** Teams led: who leads one takes no calls. */
  readonly leads: readonly Team[];
}

/** A queue of calls; the team of the same id answers them. */
export interface Line {
  readonly id: string;
  readonly name: string;
  /** What callers dial. */
  readonly number: string;
}

export interface Floor {
  readonly people: readonly Person[];
  readonly lines: readonly Line[];
}

/** Somebody of the directory; who is neither agent nor supervisor has no place on a floor. */
interface Account {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** Puts agents and supervisors on a floor, and a queue before every team. */
export function floorOf(accounts: readonly Account[], teams: readonly DemoTeam[]): Floor {
  const people = accounts
    .filter(({ role }) => role === "agent" || role === "supervisor")
    .map(({ id, name }, at) => {
      const [firstName = id, ...rest] = name.split(" ").filter(Boolean);
      const team = teams.find(({ members }) => members.includes(id));
      const leads = teams.filter(({ supervisors }) => supervisors.includes(id)).map(teamOf);
      return { id, firstName, lastName: rest.join(" "), extension: String(2001 + at), team: team ? teamOf(team) : null, leads };
    });
  return { people, lines: teams.map(({ id, name }, at) => ({ id, name, number: String(8001 + at) })) };
}

const teamOf = ({ id, name }: DemoTeam): Team => ({ id, name });

/** The same floor with these people alone, and the queues that somebody of them serves. */
export function onlyPeople({ people, lines }: Floor, wanted: (id: string) => boolean): Floor {
  const left = people.filter(({ id }) => wanted(id));
  return { people: left, lines: lines.filter(({ id }) => left.some(({ team }) => team?.id === id)) };
}
