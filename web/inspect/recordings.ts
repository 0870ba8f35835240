/**
 * Recordings from what a user gives, and from what was explained.
 *
 * Pure.
 *
 * @module
 */

import {
  type Connection,
  type ExplainedConnection,
  type Explanation,
  readHar,
  readPasted,
  type Recording,
  type RecordingNote,
  type Upgrade,
} from "../../explain/mod.ts";

/**
 * Reads a HAR file, or frames as text, by how it begins.
 *
 * @throws {RecordingError} if it is neither
 */
export function readAny(text: string, isHar = false): Recording {
  return isHar || /^\ufeff?\s*\{/.test(text.slice(0, 1000)) ? readHar(text) : readPasted(text);
}

const NO_FRAMES: ReadonlySet<RecordingNote> = new Set(["firefox-no-frames", "no-frames"]);

export const lacksFrames = ({ notes }: Recording): boolean => notes.some((note) => NO_FRAMES.has(note));

/** Puts pasted frames into the connection that has none: its upgrade is known, and now what was said. */
export function withPasted(recording: Recording, pasted: Recording): Recording {
  const at = recording.connections.findIndex(({ framesKnown }) => !framesKnown);
  const [first, ...more] = pasted.connections;
  if (at === -1 || !first) return pasted;
  const filled = recording.connections.map((connection, place) =>
    place === at ? { ...connection, frames: first.frames, framesKnown: true, ended: connection.ended ?? first.ended } : connection,
  );
  const notes = recording.notes.filter((note) => !NO_FRAMES.has(note) || filled.some(({ framesKnown }) => !framesKnown));
  const until = pasted.notes.includes("no-times") ? null : pasted.until;
  return { ...recording, connections: [...filled, ...more], notes: [...new Set([...notes, ...pasted.notes])], until };
}

/** What was explained as a recording again, masked, to be saved. */
export function recordingOf({ connections, frames }: Explanation, until: number | null): Recording {
  const made = connections.map((connection): Connection => {
    const own = frames.filter((frame) => frame.connection === connection.index).map(({ direction, at, text }) => ({ direction, at, text }));
    const { transport, endedAt, code } = connection;
    const ended = endedAt === null && code === null ? null : { at: endedAt, code, reason: "" };
    return { transport, upgrade: upgradeOf(connection), frames: own, framesKnown: true, ended, page: "" };
  });
  return { source: "live", creator: "", connections: made, notes: [], until };
}

function upgradeOf({ url, startedAt, upgrade }: ExplainedConnection): Upgrade {
  const [, status = "0", statusText = ""] = /^(\d+) ?(.*)/.exec(upgrade.find(({ name }) => name === "status")?.value ?? "") ?? [];
  const answer = { status: Number(status), statusText, responseHeaders: [], answeredAt: null, error: "" };
  return { url, method: "GET", requestHeaders: [], startedAt, ...answer };
}
