/**
 * The fields of HAR entries that sockets and BOSH have in common (HAR 1.2).
 *
 * @module
 */

import { decodeBase64, decodeUtf8 } from "../../xmpp/mod.ts";
import type { Header, Upgrade } from "../recording.ts";
import { type Json, listOf, numberOf, objectOf, stringOf } from "./json.ts";

/** Chrome writes times of sockets that never connected as if the clock stood in 1969. */
const EARLIEST = Date.UTC(2000, 0, 1);

/** Unix milliseconds; null for what is none, or cannot be. */
export function momentOf(milliseconds: number | null): number | null {
  return milliseconds !== null && milliseconds >= EARLIEST && milliseconds < 8.64e15 ? milliseconds : null;
}

/** More seconds than this are milliseconds: so some programs write them. */
const LATEST_SECONDS = 1e11;

/** The time of a message: seconds in Chrome's files. */
export function momentOfMessage(time: unknown): number | null {
  const told = numberOf(time);
  return momentOf(told === null || told >= LATEST_SECONDS ? told : told * 1000);
}

export function startOf(entry: Json): number | null {
  const parsed = Date.parse(stringOf(entry["startedDateTime"]));
  return momentOf(Number.isNaN(parsed) ? null : parsed);
}

export function endOf(entry: Json): number | null {
  const start = startOf(entry);
  const time = numberOf(entry["time"]);
  return start === null || time === null || time < 0 ? null : momentOf(start + time);
}

export function headersOf(message: Json): Header[] {
  return listOf(message["headers"])
    .map(objectOf)
    .map(({ name, value }) => ({ name: stringOf(name), value: stringOf(value) }))
    .filter(({ name }) => name !== "");
}

export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name)?.value;
}

/** The upgrade of an entry, for BOSH its first request. */
export function upgradeOf(entry: Json, { error, firstAt }: { readonly error: string; readonly firstAt: number | null }): Upgrade {
  const request = objectOf(entry["request"]);
  const response = objectOf(entry["response"]);
  const status = numberOf(response["status"]) ?? 0;
  const startedAt = startOf(entry);
  return {
    url: stringOf(request["url"]),
    method: stringOf(request["method"]) || "GET",
    requestHeaders: headersOf(request),
    status,
    statusText: stringOf(response["statusText"]),
    responseHeaders: headersOf(response),
    startedAt,
    answeredAt: status === 0 ? null : answeredOf(entry, { startedAt, firstAt }),
    error: error || stringOf(response["_error"]),
  };
}

/** The timings of a socket run to its last frame, so the first frame bounds them. */
function answeredOf(entry: Json, { startedAt, firstAt }: { readonly startedAt: number | null; readonly firstAt: number | null }): number | null {
  if (startedAt === null) return null;
  const timings = objectOf(entry["timings"]);
  const known = ["blocked", "dns", "connect", "send", "wait"].map((name) => Math.max(0, numberOf(timings[name]) ?? 0)).reduce((sum, each) => sum + each, 0);
  return momentOf(Math.max(startedAt, Math.min(startedAt + known, firstAt ?? Number.POSITIVE_INFINITY)));
}

/** Base64 of UTF-8; undefined: it is none. */
export function decodedText(base64: string): string | undefined {
  const octets = decodeBase64(base64);
  return octets && decodeUtf8(octets);
}

/** In the order of time; those without one stay behind the one they followed. */
export function inTime<T extends { readonly at: number | null }>(frames: readonly T[]): T[] {
  return sortedBy(frames, ({ at }) => at);
}

/** A stable order by moments; what has none stays behind what it followed. */
export function sortedBy<T>(values: readonly T[], momentOfValue: (value: T) => number | null): T[] {
  let known = Number.NEGATIVE_INFINITY;
  const keyed = values.map((value) => {
    known = momentOfValue(value) ?? known;
    return { value, key: known };
  });
  return keyed.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key)).map(({ value }) => value);
}
