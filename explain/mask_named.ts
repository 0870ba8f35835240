/**
 * Masks values whose name stands beside them: fields of data forms (XEP-0004), parameters, properties, members of lists in JSON.
 *
 * @module
 */

import { GT, isSecretName, LT, MASK, QUOTE } from "./mask_words.ts";

/** Characters of a tag before and behind a name in it. */
const LONGEST_TAG = 500;

/** Characters of an element that are looked through for text: a longer one holds some. */
const MOST_INSIDE = 1000;

const NAME = "([\\w.:#/-]{1,100})";
/** `var="password"`, and the form's own word for what is not to be shown (XEP-0004 §3.3). */
const NAMING = new RegExp(`(?<=\\s)(?:var|name|key|type)\\s*=\\s*${QUOTE}${NAME}${QUOTE}`, "gi");
const LAST_TAG = new RegExp(`^[\\s\\S]*${LT}((?:[a-z_][\\w.-]*:)?[a-z_][\\w.-]*)`, "i");
const TAG_END = new RegExp(`(/?)${GT}`, "i");
const VALUE = new RegExp(`(\\svalue\\s*=\\s*(${QUOTE}))[\\s\\S]*?(?=\\2|$)`, "i");
/** `<name>password</name><value>` */
const BESIDE = new RegExp(`(${LT}(?:name|key)${GT}\\s*${NAME}\\s*${LT}/(?:name|key)${GT}\\s*${LT}value${GT})((?:(?!${LT})[^<])+)`, "gi");
/** As HAR writes headers, cookies and parameters. */
const LISTED = /("(?:name|key|var)"\s*:\s*"([^"\\]{1,100})"\s*,\s*"value"\s*:\s*")[^"\\]*(?:\\.[^"\\]*)*/g;
const LISTED_AFTER = /("value"\s*:\s*")[^"\\]*(?:\\.[^"\\]*)*("\s*,\s*"(?:name|key|var)"\s*:\s*"([^"\\]{1,100})")/g;

/** Masks them. */
export function maskNamed(text: string): string {
  return maskTags(text)
    .replace(BESIDE, (whole, before: string, name: string) => (isSecretField(name) ? before + MASK : whole))
    .replace(LISTED, (whole, before: string, name: string) => (isSecretField(name) ? before + MASK : whole))
    .replace(LISTED_AFTER, (whole, before: string, after: string, name: string) => (isSecretField(name) ? before + MASK + after : whole));
}

/** `muc#roomconfig_roomsecret` */
const isSecretField = (name: string): boolean => /^text-private$/i.test(name) || isSecretName(name.slice(name.lastIndexOf("#") + 1));

function maskTags(text: string): string {
  let shown = "";
  let from = 0;
  const names = new RegExp(NAMING);
  for (let found = names.exec(text); found; found = names.exec(text)) {
    if (found.index < from || !isSecretField(found[1] as string)) continue;
    const start = Math.max(from, found.index - LONGEST_TAG);
    const [before = "", tag] = LAST_TAG.exec(text.slice(start, found.index)) ?? [];
    if (tag === undefined) continue;
    const opened = start + before.length;
    const end = TAG_END.exec(text.slice(found.index, found.index + LONGEST_TAG));
    const tagEnd = end ? found.index + end.index + end[0].length : Math.min(text.length, found.index + LONGEST_TAG);
    shown += text.slice(from, opened) + text.slice(opened, tagEnd).replace(VALUE, `$1${MASK}`);
    from = tagEnd;
    if (end?.[1] === "/") continue;
    const close = closing(text, from, tag);
    if (isWithoutText(text, from, close)) continue;
    shown += MASK;
    from = close;
  }
  return shown + text.slice(from);
}

function isWithoutText(text: string, from: number, to: number): boolean {
  if (to - from > MOST_INSIDE) return false;
  const inside = text.slice(from, to).replace(/<[^<>]*>/g, "");
  return inside.trim() === "";
}

function closing(text: string, from: number, tag: string): number {
  const pattern = new RegExp(`${LT}/${tag.replaceAll(".", "\\.")}(?![\\w.-])`, "gi");
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
