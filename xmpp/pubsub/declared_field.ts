/**
 * Fields of forms as declarations: name, type, default, what may stand there, and how it is read and written.
 *
 * @module
 */

import { canonicalJid } from "../address/jid.ts";
import type { DataForm, FieldType, FormField } from "../stanza/data_form.ts";

export interface DeclaredField<T> {
  readonly name: string;
  readonly type: FieldType;
  readonly label: string;
  readonly standard: T;
  readonly options?: readonly string[];
  /** Undefined: that may not stand there. */
  read(values: readonly string[]): T | undefined;
  write(value: T): readonly string[];
}

export type FieldTable = Readonly<Record<string, DeclaredField<unknown>>>;

/** The values that a table of fields stands for. */
export type ValuesOf<F extends FieldTable> = { readonly [K in keyof F]: F[K] extends DeclaredField<infer T> ? T : never };

const BOOLEANS: Readonly<Record<string, boolean>> = { "0": false, false: false, "1": true, true: true };

/** Yes or no; 0, 1, true and false are read (XEP-0060 §6.3.1). `only`: the one that can be had. */
export function flag(name: string, label: string, standard: boolean, only?: boolean): DeclaredField<boolean> {
  return {
    name: `pubsub#${name}`,
    type: "boolean",
    label,
    standard,
    read: ([value, ...more]) => {
      const read = more.length === 0 ? BOOLEANS[value ?? ""] : undefined;
      return only === undefined || read === only ? read : undefined;
    },
    write: (value) => [value ? "1" : "0"],
  };
}

/** One of several words. */
export function choice<const T extends string>(name: string, label: string, options: readonly [T, ...T[]]): DeclaredField<T> {
  return {
    name: `pubsub#${name}`,
    type: "list-single",
    label,
    standard: options[0],
    options,
    read: ([value, ...more]) => (more.length === 0 ? options.find((option) => option === value) : undefined),
    write: (value) => [value],
  };
}

/** Some of several words; none that is not among them. */
export function choices(name: string, label: string, options: readonly string[], standard: readonly string[] = options): DeclaredField<readonly string[]> {
  return {
    name: `pubsub#${name}`,
    type: "list-multi",
    label,
    standard,
    options,
    read: (values) => (values.every((value) => options.includes(value)) ? options.filter((option) => values.includes(option)) : undefined),
    write: (value) => value,
  };
}

/** Words of anybody's choosing, each once. */
export function words(name: string, label: string): DeclaredField<readonly string[]> {
  return { name: `pubsub#${name}`, type: "list-multi", label, standard: [], read: (values) => [...new Set(values)], write: (value) => value };
}

/** A line of text. */
export function line(name: string, label: string): DeclaredField<string> {
  return {
    name: `pubsub#${name}`,
    type: "text-single",
    label,
    standard: "",
    read: ([value = "", ...more]) => (more.length === 0 && value.length <= 1024 ? value : undefined),
    write: (value) => [value],
  };
}

/** Addresses, canonical. */
export function jids(name: string, label: string): DeclaredField<readonly string[]> {
  return {
    name: `pubsub#${name}`,
    type: "jid-multi",
    label,
    standard: [],
    read: (values) => {
      const canonical = values.map(canonicalJid);
      return canonical.every((jid) => jid !== undefined) ? [...new Set(canonical)] : undefined;
    },
    write: (value) => value,
  };
}

/** A whole number from `min` to `most`; `max` stands for the most there is. */
export function wholeNumber(name: string, label: string, of: { standard: number; min: number; most: number }): DeclaredField<number> {
  return {
    name: `pubsub#${name}`,
    type: "text-single",
    label,
    standard: of.standard,
    read: ([value = "", ...more]) => {
      const read = value === "max" ? of.most : /^\d{1,10}$/.test(value) ? Number(value) : -1;
      return more.length === 0 && read >= of.min && read <= of.most ? read : undefined;
    },
    write: (value) => [String(value)],
  };
}

/** The defaults of a table. */
export function standardsOf<F extends FieldTable>(table: F): ValuesOf<F> {
  return Object.fromEntries(Object.entries(table).map(([key, { standard }]) => [key, standard])) as ValuesOf<F>;
}

/**
 * Reads what was submitted over what stands. Fields that are not in the table are ignored; a field without a value keeps
 * what stands, where it takes one.
 *
 * @returns `wrong`: the key of the first field that cannot be had so
 */
export function readFields<F extends FieldTable>(
  table: F,
  fields: readonly FormField[],
  standing: ValuesOf<F>,
): { readonly values: ValuesOf<F> } | { readonly wrong: keyof F } {
  const values: Record<string, unknown> = { ...standing };
  const given = new Map(fields.map((field) => [field.name, field.values]));
  for (const [key, field] of Object.entries(table)) {
    const texts = given.get(field.name);
    if (texts === undefined || (texts.length === 0 && !field.type.endsWith("-multi"))) continue;
    const value = field.read(texts);
    if (value === undefined) return { wrong: key };
    values[key] = value;
  }
  return { values: values as ValuesOf<F> };
}

/** Writes values as fields of a form: to be filled in, with labels and what may stand there, or bare. */
export function writeFields<F extends FieldTable>(table: F, values: ValuesOf<F>, type: DataForm["type"]): FormField[] {
  return Object.entries(table).map(([key, field]) => {
    const written = { name: field.name, values: field.write(values[key as keyof F]) };
    if (type === "submit") return written;
    return { ...written, type: field.type, label: field.label, ...(type === "form" && field.options ? { options: field.options } : {}) };
  });
}
