/**
 * What a value of a setting may be: readers of located JSON, each of which notes what is wrong, with the line.
 *
 * @module
 */

import type { Located, Mistake } from "./located_json.ts";

/** Where mistakes are noted: all of them, so that they can be mended together. */
export type Noted = Mistake[];

/** Reads a value; `path` names it in mistakes. Undefined: it is wrong, which was noted. */
export type Read<T> = (given: Located, path: string, noted: Noted) => T | undefined;

export interface Field<T> {
  readonly read: Read<T>;
  readonly required?: true;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;
type Required<F> = { [K in keyof F]: F[K] extends { readonly required: true } ? K : never }[keyof F];

/** What an object of these fields reads as. */
export type ReadAs<F> = { readonly [K in Required<F>]: ValueOf<F[K]> } & { readonly [K in Exclude<keyof F, Required<F>>]?: ValueOf<F[K]> };

/** How a person would write the value. */
export function shown(given: Located): string {
  switch (given.kind) {
    case "object":
      return "an object";
    case "array":
      return "an array";
    case "null":
      return "null";
    default:
      return JSON.stringify(given.value);
  }
}

function wrong(given: Located, noted: Noted, what: string): undefined {
  noted.push({ line: given.line, what: `${what}, not ${shown(given)}` });
}

/** A text of so many characters, without control characters. */
export function text(most: number): Read<string> {
  return (given, path, noted) =>
    given.kind === "string" && given.value !== "" && given.value.length <= most && !/[\p{Cc}\p{Cs}]/u.test(given.value)
      ? given.value
      : wrong(given, noted, `${path} must be a text of 1 to ${most} characters`);
}

export const flag: Read<boolean> = (given, path, noted) => (given.kind === "boolean" ? given.value : wrong(given, noted, `${path} must be true or false`));

export function whole(least: number, most: number): Read<number> {
  return (given, path, noted) =>
    given.kind === "number" && Number.isInteger(given.value) && given.value >= least && given.value <= most
      ? given.value
      : wrong(given, noted, `${path} must be a whole number from ${least} to ${most}`);
}

/** 0, or a number of the range. */
export function noneOrWhole(least: number, most: number): Read<number> {
  const range = whole(least, most);
  return (given, path, noted) => (given.kind === "number" && given.value === 0 ? 0 : range(given, `${path}, if not 0,`, noted));
}

export function oneOf<const T extends string>(choices: readonly T[]): Read<T> {
  return (given, path, noted) =>
    choices.find((choice) => given.kind === "string" && given.value === choice) ?? wrong(given, noted, `${path} must be one of ${choices.join(", ")}`);
}

/** An object of these fields, no others, none twice. Undefined where any of it is wrong. */
export function object<const F extends Readonly<Record<string, Field<unknown>>>>(fields: F): Read<ReadAs<F>> {
  return (given, path, noted) => {
    if (given.kind !== "object") return wrong(given, noted, `${path || "it"} must be an object`);
    const named = (key: string): string => (path === "" ? key : `${path}.${key}`);
    const before = noted.length;
    const values: Record<string, unknown> = {};
    for (const { key, line, value } of given.members) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!field) noted.push({ line, what: `${named(key)} is no key; there are ${Object.keys(fields).join(", ")}` });
      else if (Object.hasOwn(values, key)) noted.push({ line, what: `${named(key)} stands twice` });
      else values[key] = field.read(value, named(key), noted);
    }
    for (const [key, { required }] of Object.entries(fields)) {
      if (required && !Object.hasOwn(values, key)) noted.push({ line: given.line, what: `${named(key)} is missing` });
    }
    return noted.length === before ? (values as ReadAs<F>) : undefined;
  };
}
