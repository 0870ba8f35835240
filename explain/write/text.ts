/**
 * Saving a recording as text, secrets masked: a line of time, direction and size before each frame. It can be read again.
 *
 * @module
 */

import { masked } from "../mask.ts";
import { timeText } from "../time_text.ts";
import type { Connection, Ended, RawFrame, Recording, Upgrade } from "../recording.ts";

const encoder = new TextEncoder();

/** Writes the recording as text. */
export function writeText({ connections, until }: Recording): string {
  const last = timeText(until);
  return [...connections.map(connectionText), ...(last === "" ? [] : [`# until ${last}\n`])].join("\n");
}

function connectionText({ transport, upgrade, frames, ended }: Connection, at: number): string {
  const head = [`# connection ${at + 1}: ${transport}`, ...(upgrade ? upgradeLines(upgrade) : [])];
  const lines = frames.map((frame) => `${[timeText(frame.at), frameLine(frame)].filter(Boolean).join(" ")}\n${masked(frame.text)}\n`);
  return [`${head.join("\n")}\n`, ...lines, ...(ended ? [`${endLine(ended)}\n`] : [])].join("\n");
}

const inOneLine = (text: string): string => masked(text).replace(/\s+/g, " ").trim();

function upgradeLines({ url, status, statusText, error }: Upgrade): string[] {
  const told = { url: inOneLine(url), answered: status > 0 ? inOneLine(`${status} ${statusText}`) : "", failed: inOneLine(error) };
  return Object.entries(told).flatMap(([name, text]) => (text === "" ? [] : [`# ${name} ${text}`]));
}

function frameLine({ direction, text, binary }: RawFrame): string {
  return `${direction === "out" ? "sent    " : "received"} ${encoder.encode(text).length} B${binary ? " binary" : ""}`;
}

function endLine({ at, code, reason }: Ended): string {
  return ["# ended", timeText(at), code !== null && `with ${code}`, reason !== "" && `: ${inOneLine(reason)}`].filter(Boolean).join(" ");
}
