/**
 * Reading what `writeText` has written: there each frame has a line before it, so that its bounds are not guessed.
 *
 * @module
 */

import type { Connection, Ended, RawFrame, Upgrade } from "../recording.ts";
import { momentOf } from "./har_fields.ts";

const CONNECTION = /^# connection \d+: (websocket|bosh)$/;
const FRAME = /^(?:(\d{4}-\d\d-\S{5,30}Z) )?(sent {4}|received) \d+ B( binary)?$/;
const UPGRADE = /^# (url|answered|failed) (.*)$/;
const ENDED = /^# ended(?: (\d{4}-\d\d-\S{5,30}Z))?(?: with (\d{1,5}))?(?: : (.*))?$/;
const UNTIL = /^# until (\S+)$/;

interface Open {
  readonly transport: Connection["transport"];
  readonly told: Map<string, string>;
  readonly frames: { readonly frame: Omit<RawFrame, "text">; readonly lines: string[] }[];
  ended: Ended | null;
}

export interface OwnText {
  readonly connections: readonly Connection[];
  readonly until: number | null;
}

/** Reads it; undefined: another has written this. */
export function readOwnText(text: string): OwnText | undefined {
  const lines = text.split(/\r?\n/);
  if (!CONNECTION.test(lines[0] ?? "")) return undefined;
  const open: Open[] = [];
  let until: number | null = null;
  for (const line of lines) {
    const [, transport] = CONNECTION.exec(line) ?? [];
    if (transport) open.push({ transport: transport as Open["transport"], told: new Map(), frames: [], ended: null });
    else if (UNTIL.test(line)) until = timeOf(UNTIL.exec(line)?.[1]);
    else takeLine(open.at(-1) as Open, line);
  }
  return { connections: open.map(connectionOf), until };
}

function timeOf(text: string | undefined): number | null {
  const parsed = Date.parse(text ?? "");
  return momentOf(Number.isNaN(parsed) ? null : parsed);
}

function takeLine(connection: Open, line: string): void {
  const frame = FRAME.exec(line);
  const ended = ENDED.exec(line);
  const upgrade = UPGRADE.exec(line);
  const last = connection.frames.at(-1);
  if (frame) {
    const [, time, direction, binary] = frame;
    const read = { direction: direction === "received" ? ("in" as const) : ("out" as const), at: timeOf(time), ...(binary !== undefined && { binary: true }) };
    connection.frames.push({ frame: read, lines: [] });
  } else if (ended) connection.ended = { at: timeOf(ended[1]), code: ended[2] === undefined ? null : Number(ended[2]), reason: ended[3] ?? "" };
  else if (upgrade && !last) connection.told.set(upgrade[1] as string, upgrade[2] as string);
  else last?.lines.push(line);
}

function connectionOf({ transport, told, frames, ended }: Open): Connection {
  return {
    transport,
    upgrade: upgradeOf(told),
    // An empty line follows each frame.
    frames: frames.map(({ frame, lines }) => ({ ...frame, text: lines.join("\n").replace(/\n+$/, "") })),
    framesKnown: true,
    ended,
    page: "",
  };
}

function upgradeOf(told: ReadonlyMap<string, string>): Upgrade | null {
  if (told.size === 0) return null;
  const [, status = "0", statusText = ""] = /^(\d{1,3}) ?(.*)$/.exec(told.get("answered") ?? "") ?? [];
  const error = told.get("failed") ?? "";
  const empty = { requestHeaders: [], responseHeaders: [], startedAt: null, answeredAt: null };
  return { url: told.get("url") ?? "", method: "GET", status: Number(status), statusText, error, ...empty };
}
