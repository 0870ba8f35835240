/**
 * Reading JSON bodies field by field: every mistake is named with its place, nothing unknown is let through.
 *
 * @module
 */

import type { ImportLine, Role, TeamInput, UserInput } from "../../durable/contract.ts";
import { type FieldError, Problem } from "../problem.ts";

/** A decoded value, or everything that is wrong with it. */
export type Decoded<T> = { readonly value: T; readonly errors?: never } | { readonly errors: readonly FieldError[]; readonly value?: never };

/** Reads one field: answers its value, or what it should have been. */
type Reader<T> = (value: unknown) => { readonly value: T } | { readonly wrong: string; readonly at?: string };

/** The most people that one team may name at a time. */
export const MAX_PEOPLE = 20_000;
const ROLES = ["agent", "supervisor", "publisher", "admin"] as const satisfies readonly Role[];

export const text: Reader<string> = (value) => (typeof value === "string" ? { value } : { wrong: "must be a string" });
export const truth: Reader<boolean> = (value) => (typeof value === "boolean" ? { value } : { wrong: "must be true or false" });

export const whole =
  (from: number, to: number): Reader<number> =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= from && value <= to
      ? { value }
      : { wrong: `must be a whole number from ${from} to ${to}` };

export const oneOf =
  <const T extends string>(choices: readonly T[]): Reader<T> =>
  (value) => {
    const found = choices.find((choice) => choice === value);
    return found === undefined ? { wrong: `must be one of ${choices.join(", ")}` } : { value: found };
  };

export const texts: Reader<readonly string[]> = (value) => {
  if (!Array.isArray(value)) return { wrong: "must be an array of strings" };
  if (value.length > MAX_PEOPLE) return { wrong: `must have at most ${MAX_PEOPLE} entries` };
  const bad = value.findIndex((each) => typeof each !== "string");
  return bad === -1 ? { value: value as string[] } : { wrong: "must be a string", at: `/${bad}` };
};

export interface Field<T> {
  readonly read: Reader<T>;
  readonly required?: boolean;
}
type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;
type Shape<T extends Fields> = { -readonly [K in keyof T as T[K] extends { required: true } ? K : never]: ValueOf<T[K]> } & {
  -readonly [K in keyof T as T[K] extends { required: true } ? never : K]?: ValueOf<T[K]>;
};

/** Reads an object by a table of its fields; one that is null counts as absent. */
export function decodeObject<const T extends Fields>(body: unknown, fields: T): Decoded<Shape<T>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { errors: [{ pointer: "#", detail: "must be a JSON object" }] };
  const errors: FieldError[] = [];
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(body)) {
    if (!Object.hasOwn(fields, name)) errors.push({ pointer: pointerTo(name), detail: "is not a field of this body" });
  }
  for (const [name, { read, required }] of Object.entries(fields)) {
    const given = (body as Record<string, unknown>)[name] ?? undefined;
    if (given === undefined) {
      if (required) errors.push({ pointer: pointerTo(name), detail: "is required" });
      continue;
    }
    const result = read(given);
    if ("value" in result) value[name] = result.value;
    else errors.push({ pointer: pointerTo(name) + (result.at ?? ""), detail: result.wrong });
  }
  return errors.length > 0 ? { errors } : { value: value as Shape<T> };
}

/** RFC 6901 §3 and §6. */
const pointerTo = (name: string): string => `#/${encodeURIComponent(name.replace(/~/g, "~0").replace(/\//g, "~1"))}`;

/** The value of a body, or the problem that lists what is wrong. */
export function valueOf<T>({ value, errors }: Decoded<T>): T {
  if (errors) throw new Problem("invalid-body", { detail: sentenceOf(errors), errors });
  return value as T;
}

/** All mistakes in one line. */
export function sentenceOf(errors: readonly FieldError[]): string {
  return errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ");
}

const USER = { password: { read: text }, role: { read: oneOf(ROLES), required: true }, name: { read: text }, displayName: { read: text } } as const;
const TEAM = { name: { read: text }, members: { read: texts }, supervisors: { read: texts }, contacts: { read: truth } } as const;
const ID = { id: { read: text, required: true } } as const;
const KIND = { kind: { read: text } } as const;

/** Reads the body of `PUT /api/v1/users/{id}`. */
export function decodeUser(body: unknown, id: string): Decoded<UserInput> {
  return then(decodeObject(body, USER), (fields) => userOf({ ...fields, id }));
}

/** Reads the body of `PUT /api/v1/teams/{id}`; people not named are none. */
export function decodeTeam(body: unknown, id: string): Decoded<TeamInput> {
  return then(decodeObject(body, TEAM), (fields) => ({ value: teamOf({ ...fields, id }) }));
}

/** Reads one line of an import. */
export function decodeLine(line: unknown): Decoded<ImportLine> {
  const kind = typeof line === "object" && line !== null && "kind" in line ? line.kind : undefined;
  if (kind === "user") {
    return then(then(decodeObject(line, { ...KIND, ...ID, ...USER }), userOf), (user) => ({ value: { kind, ...user } }));
  }
  if (kind === "team") return then(decodeObject(line, { ...KIND, ...ID, ...TEAM }), (fields) => ({ value: { kind, ...teamOf(fields) } }));
  return { errors: [{ pointer: "#/kind", detail: "must be one of user, team" }] };
}

function then<A, B>(decoded: Decoded<A>, next: (value: A) => Decoded<B>): Decoded<B> {
  return decoded.errors ? decoded : next(decoded.value as A);
}

/** `displayName` is another word for `name`; to give both says nothing clear. */
function userOf({
  id,
  role,
  password,
  name,
  displayName,
}: {
  id: string;
  role: Role;
  password?: string;
  name?: string;
  displayName?: string;
}): Decoded<UserInput> {
  if (name !== undefined && displayName !== undefined) return { errors: [{ pointer: "#/displayName", detail: "is the same as name: give one" }] };
  const given = name ?? displayName;
  return { value: { id, role, ...(password !== undefined && { password }), ...(given !== undefined && { name: given }) } };
}

function teamOf({
  id,
  name,
  members = [],
  supervisors = [],
  contacts = false,
}: {
  id: string;
  name?: string;
  members?: readonly string[];
  supervisors?: readonly string[];
  contacts?: boolean;
}): TeamInput {
  return { id, members, supervisors, ...(contacts && { contacts }), ...(name !== undefined && { name }) };
}
