/**
 * Reading frames that were pasted as text: lists of the network tab, logs with arrows or words before the frames, what this
 * explainer saves, or bare frames one after the other.
 *
 * @module
 */

import { type Connection, type Direction, type RawFrame, type Recording, RecordingError, type RecordingNote } from "../recording.ts";
import { guessedDirection } from "./direction.ts";
import { readHar } from "./har.ts";
import { momentOf, momentOfMessage } from "./har_fields.ts";
import { listOf, objectOf, stringOf } from "./json.ts";
import { readOwnText } from "./own_text.ts";
import { documentsIn } from "./scan.ts";

const LONGEST = 64 * 1024 * 1024;
const MOST_FRAMES = 200_000;

/**
 * Reads pasted text.
 *
 * @throws {RecordingError} if no frame is in it
 */
export function readPasted(text: string): Recording {
  if (text.length > LONGEST) throw new RecordingError("too-large");
  const trimmed = text.trim();
  if (trimmed === "") throw new RecordingError("empty");
  if (/^\{\s*"log"\s*:/.test(trimmed) || (trimmed.startsWith("{") && trimmed.includes('"_webSocketMessages"'))) return readHar(trimmed);
  const own = readOwnText(trimmed);
  if (own) return { source: "pasted", creator: "", notes: [], ...own };
  const notes = new Set<RecordingNote>();
  const frames = messagesIn(trimmed) ?? framesIn(unquoted(trimmed), notes);
  if (frames.length === 0) throw new RecordingError("no-frames-found");
  if (frames.every(({ at }) => at === null)) notes.add("no-times");
  const until = frames.reduce<number | null>((latest, { at }) => (at !== null && (latest === null || at > latest) ? at : latest), null);
  return { source: "pasted", creator: "", connections: connectionsOf(frames), notes: [...notes], until };
}

/** The list of messages that a HAR file has of a socket, copied alone, with its name before it or without. */
function messagesIn(text: string): RawFrame[] | undefined {
  const list = /^(?:"_webSocketMessages"\s*:\s*)?(\[[\s\S]*\])\s*,?$/.exec(text)?.[1];
  if (list === undefined) return undefined;
  try {
    const frames = listOf(JSON.parse(list)).map(objectOf);
    const read = frames.flatMap(({ type, time, data }): RawFrame[] => {
      const direction = type === "send" ? "out" : type === "receive" ? "in" : undefined;
      return direction ? [{ direction, at: momentOfMessage(time), text: stringOf(data) }] : [];
    });
    return read.length > 0 ? read : undefined;
  } catch {
    return undefined;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Frames as they were copied out of consoles, of JSON, of tables or of HTML: without those formats' quoting. */
function unquoted(text: string): string {
  const start = text.slice(0, 20_000);
  if (/<[\w:.-]+[^<>]*=\\["']/.test(start)) return text.replace(/\\(?:u([\da-f]{4})|([^u]))/gi, (_, code?: string, other = "") => unescaped(code, other));
  if (/<[\w:.-]+\s[^<>"]*=""[^"\s>]/.test(start)) return text.replaceAll('""', '"');
  if (/&lt;(?:open|auth|iq|presence|message|stream:|success)\b/.test(start) && !/<[\w:.-]+[\s/>]/.test(start)) {
    return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
  }
  return text;
}

const unescaped = (code: string | undefined, other: string): string =>
  code === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(Number.parseInt(code, 16));
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function framesIn(text: string, notes: Set<RecordingNote>): RawFrame[] {
  const spans = documentsIn(text);
  if (spans.length > MOST_FRAMES) notes.add("clipped");
  const frames: RawFrame[] = [];
  const day = dayIn(text);
  // A table copied row by row has the time behind its frame; in the lines that follow it, it may stand alone.
  const isBehind = timeIn(text.slice(0, spans[0]?.start ?? 0), day) === null;
  let heading: Direction | undefined;
  let isGuessed = false;
  for (const [at, { start, end }] of spans.slice(0, MOST_FRAMES).entries()) {
    const frame = text.slice(start, end);
    const before = text.slice(spans[at - 1]?.end ?? 0, start);
    // Of what stands between two frames, the first one's line is still its own.
    const lines = before.slice(at === 0 ? 0 : lineEnd(before)).slice(-400);
    const after = text.slice(end, spans[at + 1]?.start ?? text.length).slice(0, 200);
    const told = directionIn(lines);
    if (told) heading = told;
    const direction = told ?? (isHeaded(heading, lines) ? heading : undefined);
    if (!direction) isGuessed = true;
    frames.push({
      direction: direction ?? guessedDirection(frame, frames),
      at: (isBehind ? null : timeIn(lines, day)) ?? timeIn(isBehind ? after : (after.split("\n", 1)[0] ?? ""), day),
      text: frame,
    });
  }
  if (isGuessed) notes.add("no-directions");
  return inOneDay(isNewestFirst(frames) ? frames.reverse() : frames);
}

/** Tables can be turned round. */
function isNewestFirst(frames: readonly RawFrame[]): boolean {
  const moments = frames.map(({ at }) => at);
  const isFalling = moments.every((at, index) => at !== null && (index === 0 || at <= (moments[index - 1] ?? at)));
  return isFalling && (moments[0] ?? 0) > (moments.at(-1) ?? 0) && (moments[0] ?? 0) - (moments.at(-1) ?? 0) < DAY / 2;
}

function lineEnd(text: string): number {
  const at = text.indexOf("\n");
  return at === -1 ? text.length : at;
}

/** Frames under one heading ("Response") have its direction until the next, where headings are used at all. */
function isHeaded(heading: Direction | undefined, lines: string): boolean {
  return heading !== undefined && lines.trim() === "";
}

const OUT =
  /(?:→|⬆|↑|➡|>>+|--?>|=>|(?:^|[\s\]|:])(?:>|sent|send|sends|sending|out|outgoing|client|c|request|gesendet|senden|anfrage|snd|tx)[\s:\])|–-]*(?:$|[\d(–-]))/iu;
const IN =
  /(?:←|⬇|↓|⬅|<<+|<--?|<=|(?:^|[\s\]|:])(?:<|received|receive|receives|receiving|recv|in|incoming|server|s|response|empfangen|antwort|rcv|rx)[\s:\])|–-]*(?:$|[\d(–-]))/iu;

/** The direction that the words right before a frame tell. */
function directionIn(lines: string): Direction | undefined {
  const line = lines.trimEnd().split("\n").at(-1)?.trimEnd() ?? "";
  // XML consoles tell it in comments.
  const last = /<!--\s*(in|out)\b[^<>]*-->$/i.exec(line)?.[1] ?? line;
  const [out, back] = [OUT.exec(last), IN.exec(last)];
  if (out && back) return out.index > back.index ? "out" : "in";
  return out ? "out" : back ? "in" : undefined;
}

const ISO = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?/;
const CLOCK = /(?<![\d:])(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,6}))?(?![\d:])/;
const DAY = 86_400_000;

function dayIn(text: string): number {
  const found = /\d{4}-\d\d-\d\d/.exec(text.slice(0, 100_000));
  const parsed = found ? Date.parse(found[0]) : Number.NaN;
  // Only the distances count where no day is told.
  return Number.isNaN(parsed) ? Date.UTC(2000, 0, 2) : parsed;
}

function timeIn(line: string, day: number): number | null {
  const iso = ISO.exec(line);
  if (iso) {
    const parsed = Date.parse(iso[0].replace(" ", "T").replace(",", "."));
    if (!Number.isNaN(parsed)) return momentOf(parsed);
  }
  const [, hours, minutes, seconds, fraction = "0"] = CLOCK.exec(line) ?? [];
  if (hours === undefined) return null;
  return day + (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
}

/** Times of a clock that passed midnight go on into the next day. */
function inOneDay(frames: readonly RawFrame[]): RawFrame[] {
  let shift = 0;
  let last = Number.NEGATIVE_INFINITY;
  return frames.map((frame) => {
    if (frame.at === null) return frame;
    if (frame.at + shift < last - DAY / 2) shift += DAY;
    last = frame.at + shift;
    return { ...frame, at: last };
  });
}

/** Each `<open/>` of a client that follows an end begins a connection. */
function connectionsOf(frames: readonly RawFrame[]): Connection[] {
  const groups: RawFrame[][] = [[]];
  let isOver = false;
  for (const frame of frames) {
    const isOpening = frame.direction === "out" && /^(?:<\?[^>]*>\s*)?<open\b/.test(frame.text);
    if (isOpening && isOver) {
      groups.push([]);
      isOver = false;
    }
    groups.at(-1)?.push(frame);
    if (/^<(?:close\b|stream:error\b|\/stream:stream)/.test(frame.text)) isOver = true;
  }
  return groups.map((group) => ({
    transport: group.some(({ text }) => /^<body\b/.test(text)) ? "bosh" : "websocket",
    upgrade: null,
    frames: group,
    framesKnown: true,
    ended: null,
    page: "",
  }));
}
