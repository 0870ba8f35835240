/** Recordings for tests: the conversations of test/conversations/ as what a browser would have recorded of them. */

import { readdirSync, readFileSync } from "node:fs";

import type { Connection, RawFrame, Recording } from "../../explain/mod.ts";

const FOLDER = new URL("../conversations/", import.meta.url);
export const START = Date.UTC(2026, 5, 1, 8, 0, 0);

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

const PLACEHOLDERS: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/\{plain (\S+) (\S+) (\S+)\}/g, (_, authzid = "", user = "", password = "") => base64(`${authzid === "-" ? "" : authzid}\0${user}\0${password}`)],
  [/\{scram-first (\S+?)(?: (\S+))?\}/g, (_, user = "", start = "n,,") => base64(`${start}n=${user},r=fyko+d2lbbFgONRv9qkxdawL`)],
  [/\{(?:scram-final [^}]*)\}/g, () => base64("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfc,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")],
  [/\{challenge\}/g, () => base64("r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4096")],
  [/\{server-signature\}/g, () => base64("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")],
  [/\{repeated (\S+) (\d+)\}/g, (_, text = "", times = "0") => text.repeat(Number(times))],
  [/\{any\}/g, () => "any"],
  [/\{([a-z-]+)\}/g, (_, name = "") => name],
];

/** The frames that the conversations write out, by the name of the connection; what stands for others is left out. */
export function conversationFrames(name: string): Map<string, RawFrame[]> {
  const text = readFileSync(new URL(name, FOLDER), "utf8").replace(/\n[ \t]+/g, "");
  const frames = new Map<string, RawFrame[]>();
  let at = START;
  for (const line of text.split("\n")) {
    const [, who = "", verb, frame] = /^(\w+) (sends|receives|receives exactly): (.+)/.exec(line) ?? [];
    if (!verb || !frame || frame === "{any}") continue;
    const filled = PLACEHOLDERS.reduce((filling, [pattern, value]) => filling.replace(pattern, value), frame);
    at += 15;
    frames.set(who, [...(frames.get(who) ?? []), { direction: verb === "sends" ? "out" : "in", at, text: filled }]);
  }
  return frames;
}

export const conversationNames = (): string[] => readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

export function connectionOf(frames: readonly RawFrame[], more: Partial<Connection> = {}): Connection {
  return { transport: "websocket", upgrade: null, frames, framesKnown: true, ended: null, page: "", ...more };
}

export function recordingOf(connections: readonly Connection[], until: number | null = null): Recording {
  return { source: "live", creator: "", connections, notes: [], until };
}
