/**
 * Everything the explainer says, in the language that is asked for.
 *
 * @module
 */

import { type Fault, type FaultTexts, type Language, type Step, STEPS, type StepProgress } from "../explanation.ts";
import { masked } from "../mask.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import type { SayKey, Texts, UpgradeKey, Values } from "./shape.ts";

export const TEXTS: Readonly<Record<Language, Texts>> = { en, de };

/** A part in brackets, or a value outside of one. */
const BLANK = /\[([^[\]]*)\]|\{(\w+)\}/g;
const NAME = /\{(\w+)\}/g;
/** Characters of a value that a sentence can bear. */
const LONGEST = 200;

/** Fills a sentence with values from the wire. A part in brackets is left out where one of its values is not known. */
export function fill(sentence: string, values: Values): string {
  return filledWith(sentence, values, clipped);
}

/** Fills a sentence with sentences. */
export function compose(sentence: string, sentences: Values): string {
  return filledWith(sentence, sentences, String);
}

function filledWith(sentence: string, values: Values, show: (value: string | number) => string): string {
  const put = (_: string, name: string): string => (isKnown(values, name) ? show(values[name] ?? "") : "…");
  return sentence.replace(BLANK, (whole, part: string | undefined, name: string) => {
    if (part === undefined) return put(whole, name);
    return [...part.matchAll(NAME)].every(([, each = ""]) => isKnown(values, each)) ? part.replace(NAME, put) : "";
  });
}

function isKnown(values: Values, name: string): boolean {
  return Object.hasOwn(values, name) && values[name] !== "";
}

function clipped(value: string | number): string {
  const text = masked(String(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export function stepTitle(step: Step, language: Language): string {
  return TEXTS[language].steps[step];
}

export function stateTitle(state: StepProgress, language: Language): string {
  return TEXTS[language].states[state];
}

export function frameSays(language: Language, key: SayKey, values: Values): string {
  return fill(TEXTS[language].frames[key][0], values);
}

export function frameExpects(language: Language, key: SayKey, values: Values): string {
  return fill(TEXTS[language].frames[key][1], values);
}

export function upgradeFieldSays(language: Language, field: UpgradeKey): string {
  return TEXTS[language].fields[field];
}

/** A fault in words: what it is called, what is wrong, what to do, and the path of its page. */
export function textsOf(fault: Fault, language: Language): FaultTexts {
  const { title, says, fix } = TEXTS[language].faults[fault.code];
  return { title, says: fill(says, faultValues(fault, language)), fix, page: `docs/faults/${fault.code}.md` };
}

function faultValues({ details }: Fault, language: Language): Values {
  const { step, seconds, by, ...rest } = details;
  const isStep = STEPS.some((each) => each === step);
  const title = isStep ? stepTitle(step as Step, language) : "";
  const named = rest["answered"] === "no" ? { waiting: title } : { slow: title };
  const apart = Number(seconds) < 0 ? { behind: -Number(seconds) } : { ahead: Number(seconds) };
  const sender = by === "client" || by === "server" ? { by: language === "de" && by === "client" ? "Client" : language === "de" ? "Server" : by } : {};
  const values = { ...rest, ...subprotocols(rest), ...(seconds !== undefined && { seconds, ...apart }), ...(isStep && named), ...sender };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, language === "de" ? germanNumber(value) : value]));
}

/** A subprotocol that is empty is a header that is missing. */
function subprotocols({ offered, chosen }: Values): Values {
  const header = "Sec-WebSocket-Protocol";
  if (chosen === undefined && offered !== "") return {};
  return offered === "" ? { unoffered: header } : chosen === "" ? { unchosen: header } : {};
}

const germanNumber = (value: string | number): string | number => (typeof value === "number" ? String(value).replace(".", ",") : value);
