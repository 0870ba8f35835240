/**
 * Saving a recording as text, secrets masked: a line of time, direction and size before each frame. It can be read again.
 *
 * @module
 */

import { masked } from "../mask.ts";
import { timeText } from "../time_text.ts";
import type { Connection, Recording } from "../recording.ts";

const encoder = new TextEncoder();

/** Writes the recording as text. */
export function writeText(recording: Recording): string {
  return recording.connections.map(connectionText).join("\n");
}

function connectionText({ transport, upgrade, frames, ended }: Connection, at: number): string {
  const { url = "", status = 0, statusText = "", error = "" } = upgrade ?? {};
  const head = [`# connection ${at + 1}: ${transport}`, masked(url), status > 0 && masked(`${status} ${statusText}`.trim()), masked(error)]
    .filter(Boolean)
    .join(" ");
  const lines = frames.map((frame) => {
    const time = timeText(frame.at);
    return `${time === "" ? "" : `${time} `}${frame.direction === "out" ? "sent    " : "received"} ${encoder.encode(frame.text).length} B\n${masked(frame.text)}\n`;
  });
  const end = ended ? [`# ended${ended.code === null ? "" : ` with ${ended.code}`}${ended.reason === "" ? "" : `: ${masked(ended.reason)}`}\n`] : [];
  return [`${head}\n`, ...lines, ...end].join("\n");
}
