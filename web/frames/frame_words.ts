/**
 * What the pages call a frame, and how they write its time and size.
 *
 * @module
 */

import type { ExplainedFrame } from "../../explain/mod.ts";
import { type Key, language, t } from "../i18n/translate.ts";

const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });
const number = new Intl.NumberFormat(language);

/** A subscription is called by whose node it is, a first presence by who says it. */
const OWN_NAMES: Readonly<Record<string, Key>> = {
  "subscribe-user subscribe-request out": "kind-subscribe-user-request",
  "subscribe-user subscribe-response in": "kind-subscribe-user-response",
  "subscribe-team subscribe-request out": "kind-subscribe-team-request",
  "subscribe-team subscribe-response in": "kind-subscribe-team-response",
  "presence presence-available out": "kind-presence-request",
  "service-contact presence-available in": "kind-presence-response",
};

export function frameName({ kind, step, direction }: Pick<ExplainedFrame, "kind" | "step" | "direction">): string {
  return t(OWN_NAMES[`${step} ${kind} ${direction}`] ?? `kind-${kind}`);
}

/** What it is about; of an event the node, and the state that its payload tells. */
export function frameAbout({ kind, about, text }: Pick<ExplainedFrame, "kind" | "about" | "text">): string {
  if (kind !== "event") return about;
  const node = about.replace("/finesse/api/", "");
  const state = /&lt;state(?:&gt;|>)([A-Za-z_]{1,40})&lt;\/state/.exec(text)?.[1];
  return [node, !node.includes("·") && state].filter(Boolean).join(" · ");
}

export const timeWords = (at: number): string => time.format(at);

export const sizeWords = (bytes: number): string => `${number.format(bytes)} B`;

/** "12 ms", "3.4 s", "2 min 5 s", "1 h 2 min" */
export function durationWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const tenths = Math.round(milliseconds / 100) / 10;
  if (tenths < 60) return `${number.format(tenths)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
