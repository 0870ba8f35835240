/**
 * Rule → code → tests → state, and what is wrong with it.
 *
 * @module
 */

import type { Citations } from "./citations.ts";
import type { Exception, Group, Rule } from "./rules.ts";

export type State = "implemented" | "deviates" | "not applicable" | "planned";
export const STATES: readonly State[] = ["implemented", "deviates", "not applicable", "planned"];

export interface Row {
  readonly rule: Rule;
  readonly state: State;
  /** Of a state that needs one. */
  readonly reason: string;
  readonly code: readonly string[];
  readonly tests: readonly string[];
}

export interface Given {
  readonly groups: readonly Group[];
  readonly exceptions: readonly Exception[];
  readonly code: Citations;
  readonly tests: Citations;
}

export interface Table {
  readonly groups: readonly { readonly group: Group; readonly rows: readonly Row[] }[];
  /** What makes a check fail, a line each. */
  readonly complaints: readonly string[];
}

export function tableOf(given: Given): Table {
  const byId = new Map(given.exceptions.map((exception) => [exception.id, exception]));
  const groups = given.groups.map((group) => ({ group, rows: group.rules.map((rule) => rowOf(rule, { ...given, exception: byId.get(rule.id) })) }));
  const rows = groups.flatMap(({ rows }) => rows);
  return { groups, complaints: [...unknownIn(given), ...groups.flatMap(({ group, rows }) => unprovedIn(group, rows)), ...contradictionsIn(rows, byId)] };
}

function rowOf(rule: Rule, { code, tests, exception }: Given & { exception: Exception | undefined }): Row {
  const row = { rule, code: code.get(rule.id) ?? [], tests: tests.get(rule.id) ?? [] };
  if (exception) return { ...row, state: exception.state, reason: exception.reason };
  return { ...row, state: row.tests.length > 0 ? "implemented" : "planned", reason: "" };
}

/** Names of rules that are none: in tests, in code, among the exceptions. */
function unknownIn({ groups, exceptions, code, tests }: Given): string[] {
  const known = new Set(groups.flatMap(({ rules }) => rules.map(({ id }) => id)));
  const named = [...tests, ...code].flatMap(([id, files]) => (known.has(id) ? [] : files.map((file) => `${file}: ${id} is no rule`)));
  return [...named, ...exceptions.filter(({ id }) => !known.has(id)).map(({ id }) => `exceptions.txt: ${id} is no rule`)];
}

/** A MUST where the feature is there is one, too. */
function unprovedIn({ id, state }: Group, rows: readonly Row[]): string[] {
  if (state === "planned") return [];
  return rows
    .filter((row) => row.state === "planned" && row.rule.level.includes("M"))
    .map(({ rule }) => `${rule.id}: a MUST of ${id}, which is implemented, and no test names it`);
}

function contradictionsIn(rows: readonly Row[], exceptions: ReadonlyMap<string, Exception>): string[] {
  return rows
    .filter(({ rule, tests }) => tests.length > 0 && exceptions.get(rule.id)?.state === "not applicable")
    .map(({ rule, tests }) => `${rule.id}: is not applicable, and ${tests[0]} tests it`);
}

/** What no test of a run has passed although it is said to be implemented, in groups that are. */
export function unpassedIn({ groups }: Table, passed: ReadonlySet<string>): string[] {
  return groups
    .filter(({ group }) => group.state === "implemented")
    .flatMap(({ rows }) => rows.filter(({ rule, state }) => state === "implemented" && rule.level.includes("M") && !passed.has(rule.id)))
    .map(({ rule, tests }) => `${rule.id}: no test that names it has passed (${tests.join(", ")})`);
}

export function countsOf({ groups }: Pick<Table, "groups">): Readonly<Record<State, number>> {
  const counts = { implemented: 0, deviates: 0, "not applicable": 0, planned: 0 };
  for (const { rows } of groups) for (const { state } of rows) counts[state]++;
  return counts;
}

/** `284 implemented, 3 deviate, …`: the last line of the document and of the command. */
export function summaryOf(table: Pick<Table, "groups">): string {
  const counts = countsOf(table);
  return STATES.map((state) => `${counts[state]} ${state}`).join(", ");
}
