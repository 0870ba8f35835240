/**
 * Options of a subscription: every field that is offered, and obeyed (XEP-0060 §6.3, §16.4.2).
 *
 * Not offered: digests and bodies, which nobody could fill, and what is about collections.
 *
 * @module
 */

import type { DataForm, FormField } from "../stanza/data_form.ts";
import { choices, type DeclaredField, flag, readFields, standardsOf, type ValuesOf, writeFields } from "./declared_field.ts";
import { SUBSCRIBE_OPTIONS } from "./namespaces.ts";
import { type Refused, refused } from "./refusals.ts";

/** What a user's presence shows: `online` is an available one that says no more (RFC 6121 §4.7.2.1). */
export const SHOWS = ["away", "chat", "dnd", "online", "xa"] as const;

/** When a subscription ends by itself: with the subscriber's presence, at a time (Unix milliseconds), or not (null). */
export type Expiry = "presence" | number | null;

const expire: DeclaredField<Expiry> = {
  name: "pubsub#expire",
  type: "text-single",
  label: "When the subscription ends: a date and time, or presence; empty: not by itself",
  standard: null,
  read: ([value = "", ...more]) => {
    if (more.length > 0) return undefined;
    if (value === "") return null;
    return value === "presence" ? value : readDateTime(value);
  },
  write: (value) => [value === null ? "" : value === "presence" ? value : new Date(value).toISOString()],
};

/** A point in time as XEP-0082 §3.2 has it. */
function readDateTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

export const OPTION_FIELDS = {
  deliver: flag("deliver", "Whether to be told of events", true),
  shows: choices("show-values", "Presence states in which to be told", SHOWS),
  expire,
} as const;

export type SubscribeOptions = ValuesOf<typeof OPTION_FIELDS>;

export const STANDARD_OPTIONS: SubscribeOptions = standardsOf(OPTION_FIELDS);

/** Reads options that were submitted, over those that stand (§6.3.5, §6.3.6). `now`: nothing ends before it. */
export function readOptions(fields: readonly FormField[], standing: SubscribeOptions, now: number): { readonly options: SubscribeOptions } | Refused {
  const read = readFields(OPTION_FIELDS, fields, standing);
  if ("wrong" in read || (typeof read.values.expire === "number" && read.values.expire <= now)) return refused("options-invalid");
  return { options: read.values };
}

export function optionsForm(options: SubscribeOptions, type: DataForm["type"]): DataForm {
  return { type, formType: SUBSCRIBE_OPTIONS, fields: writeFields(OPTION_FIELDS, options, type) };
}

/** Is an event to be told to somebody who shows this? */
export function isTold({ deliver, shows }: SubscribeOptions, show: string): boolean {
  return deliver && shows.includes(show);
}
