/**
 * Reading HAR 1.2 files: sockets with `_webSocketMessages` as Chrome and Edge save them, upgrades without frames as Firefox
 * does, and BOSH of any browser.
 *
 * @module
 */

import { type Connection, type Ended, type RawFrame, type Recording, RecordingError, type RecordingNote } from "../recording.ts";
import { boshConnections, isBosh } from "./har_bosh.ts";
import { decodedText, endOf, headerOf, headersOf, inTime, momentOf, momentOfMessage, sortedBy, startOf, upgradeOf } from "./har_fields.ts";
import { type Json, listOf, numberOf, objectOf, stringOf } from "./json.ts";

const LONGEST = 256 * 1024 * 1024;
/** By how much an entry must outlive its last frame for its socket to have been closed, in milliseconds. */
const CLOSED_AFTER = 50;

/**
 * Reads a HAR file.
 *
 * @throws {RecordingError} if it is none, or holds no connection
 */
export function readHar(text: string): Recording {
  const log = logOf(text);
  const entries = listOf(log["entries"]).map(objectOf);
  const creator = nameOf(log);
  const notes = new Set<RecordingNote>();
  const sockets = entries.filter(isSocket);
  const xmpp = sockets.filter(mayBeXmpp);
  if (xmpp.length < sockets.length && xmpp.length > 0) notes.add("other-sockets");
  const connections = [...(xmpp.length > 0 ? xmpp : sockets).map(socketOf), ...boshConnections(entries.filter(isBosh))];
  if (connections.length === 0) throw new RecordingError("no-connections");
  if (connections.some(({ framesKnown }) => !framesKnown)) notes.add(creator.startsWith("Firefox") ? "firefox-no-frames" : "no-frames");
  return { source: "har", creator, connections: inOrder(connections), notes: [...notes], until: latestOf(entries, log) };
}

function logOf(text: string): Json {
  if (text.length > LONGEST) throw new RecordingError("too-large");
  const trimmed = text.trim().replace(/^\ufeff/, "");
  if (trimmed === "") throw new RecordingError("empty");
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    throw new RecordingError(trimmed.startsWith("{") && !trimmed.endsWith("}") ? "truncated" : "not-json");
  }
  const log = logIn(objectOf(parsed));
  if (!Array.isArray(log["entries"])) throw new RecordingError("not-har");
  return log;
}

/** A whole file, or what was copied of one: the log, or the entry of one socket. */
function logIn(parsed: Json): Json {
  if (Array.isArray(parsed["_webSocketMessages"])) return { entries: [parsed] };
  return Array.isArray(parsed["entries"]) ? parsed : objectOf(parsed["log"]);
}

/** Browsers name themselves as `browser`, and what wrote the file as `creator`. */
function nameOf(log: Json): string {
  const { name, version } = { ...objectOf(log["creator"]), ...objectOf(log["browser"]) };
  return [stringOf(name), stringOf(version)].filter(Boolean).join(" ");
}

function isSocket(entry: Json): boolean {
  if (entry["_resourceType"] === "websocket" || Array.isArray(entry["_webSocketMessages"])) return true;
  const request = objectOf(entry["request"]);
  return /^wss?:/i.test(stringOf(request["url"])) || headerOf(headersOf(request), "upgrade")?.toLowerCase() === "websocket";
}

/** What frames of XMPP begin with; markup alone is sent by other protocols too. */
const IS_XMPP =
  /^\s*(?:<\?xml[^>]*>\s*)?<(?:[\w.-]+:)?(?:open|stream|features|auth|authenticate|response|challenge|success|failure|iq|presence|message|close|error|[ra]|enabled?|resumed?|body)[\s/>]/;

/** A socket of something else on the page offers another subprotocol, or carries no markup. */
function mayBeXmpp(entry: Json): boolean {
  const offered = headerOf(headersOf(objectOf(entry["request"])), "sec-websocket-protocol");
  if (offered !== undefined && /(^|[\s,])xmpp($|[\s,])/.test(offered)) return true;
  const data = messagesOf(entry).filter(({ type }) => type !== "error");
  if (data.length > 0) return data.slice(0, 20).some(({ data: text, opcode }) => opcode === BINARY || IS_XMPP.test(stringOf(text)));
  return offered === undefined;
}

function messagesOf(entry: Json): Json[] {
  return listOf(entry["_webSocketMessages"]).map(objectOf);
}

function socketOf(entry: Json): Connection {
  const messages = messagesOf(entry);
  const frames = inTime(messages.flatMap(frameOf));
  const firstFrame = messages.findIndex(({ type }) => type !== "error");
  const errors = messages.map(({ type, data }, at) => ({ at, text: type === "error" ? stringOf(data) : "" })).filter(({ text }) => text !== "");
  const before = errors.filter(({ at }) => firstFrame === -1 || at < firstFrame);
  const after = errors.filter(({ at }) => firstFrame !== -1 && at > firstFrame);
  const upgrade = upgradeOf(entry, { error: before.map(({ text }) => text).join(" "), firstAt: frames[0]?.at ?? null });
  return {
    transport: "websocket",
    upgrade,
    frames,
    framesKnown: Array.isArray(entry["_webSocketMessages"]),
    ended: endedOf(entry, { lastAt: frames.at(-1)?.at ?? upgrade.answeredAt, reason: after.map(({ text }) => text).join(" ") }),
    page: stringOf(entry["pageref"]),
  };
}

/** HAR holds no close codes. A socket that was closed is known by an entry that goes on after its last frame. */
function endedOf(entry: Json, { lastAt, reason }: { readonly lastAt: number | null; readonly reason: string }): Ended | null {
  const end = endOf(entry);
  if (reason !== "") return { at: end, code: null, reason };
  if (end === null || lastAt === null || end - lastAt < CLOSED_AFTER) return null;
  return { at: end, code: null, reason: "" };
}

const TEXT = 1;
const BINARY = 2;

function frameOf({ type, time, opcode, data }: Json): RawFrame[] {
  if (type !== "send" && type !== "receive") return [];
  const code = numberOf(opcode) ?? TEXT;
  if (code !== TEXT && code !== BINARY) return [];
  const at = momentOfMessage(time);
  const direction = type === "send" ? "out" : "in";
  const text = stringOf(data);
  return code === TEXT ? [{ direction, at, text }] : [{ direction, at, text: decodedText(text) ?? text, binary: true }];
}

function inOrder(connections: readonly Connection[]): Connection[] {
  return sortedBy(connections, ({ upgrade, frames }) => upgrade?.startedAt ?? frames[0]?.at ?? null);
}

/** The latest moment in the file; what the explainer writes says it. */
function latestOf(entries: readonly Json[], log: Json): number | null {
  let latest: number | null = momentOf(numberOf(log["_until"]));
  for (const entry of entries) {
    for (const moment of [startOf(entry), endOf(entry), momentOfMessage(messagesOf(entry).at(-1)?.["time"])]) {
      if (moment !== null && (latest === null || moment > latest)) latest = moment;
    }
  }
  return latest;
}
