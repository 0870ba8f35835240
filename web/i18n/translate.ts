/**
 * The page's words in the language that the browser prefers; English where it prefers neither.
 *
 * @module
 */

import { de } from "./de.ts";
import { en, type Key } from "./en.ts";

export type { Key } from "./en.ts";

export const LANGUAGES = { en, de } as const;
export type Language = keyof typeof LANGUAGES;

/** The first preferred language that there is. */
export function languageOf(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-", 1)[0] ?? "";
    if (Object.hasOwn(LANGUAGES, language)) return language as Language;
  }
  return "en";
}

export const language: Language = languageOf(typeof navigator === "undefined" ? [] : navigator.languages);

type Values = Readonly<Record<string, string | number>>;
export type Translate<Key extends string> = (key: Key, values?: Values) => string;

/** Words by their key, with what stands in braces filled in. A page may bring words of its own. */
export function translator<Key extends string>(words: Readonly<Record<Language, Readonly<Record<Key, string>>>>): Translate<Key> {
  return (key, values = {}) => words[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words that all pages share. */
export const t: Translate<Key> = translator(LANGUAGES);

/** Words for something the wire names; the wire's own word where there are none. */
export function tWire(prefix: "user-state" | "call-state", word: string): string {
  const key = `${prefix}-${word}`;
  return Object.hasOwn(en, key) ? t(key as Key) : word;
}
