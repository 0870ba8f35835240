/**
 * What is explained: connections with their upgrade and their frames, wherever they come from.
 *
 * @module
 */

/** out: from the client to the server. */
export type Direction = "out" | "in";

/** The HTTP request that opens a WebSocket, or of BOSH the first one, with its answer (RFC 6455 §4). */
export interface Upgrade {
  readonly url: string;
  readonly method: string;
  /** As recorded, names in any case; empty where the source does not tell them. */
  readonly requestHeaders: readonly Header[];
  /** 0: unknown, or no answer. */
  readonly status: number;
  readonly statusText: string;
  readonly responseHeaders: readonly Header[];
  /** Unix milliseconds; null: not known. */
  readonly startedAt: number | null;
  readonly answeredAt: number | null;
  /** Why there was no connection, in the browser's words (`net::ERR_…`); "": nothing is told. */
  readonly error: string;
}

export interface Header {
  readonly name: string;
  readonly value: string;
}

/** One message of the WebSocket, or one body of BOSH, as it went over the wire: not masked. */
export interface RawFrame {
  readonly direction: Direction;
  /** Unix milliseconds; null: not known, the order is. */
  readonly at: number | null;
  readonly text: string;
  readonly binary?: boolean;
  /** HTTP status of a BOSH answer, where it was not 200; 0: there was none. */
  readonly status?: number;
}

/** The end of a socket. */
export interface Ended {
  /** Unix milliseconds; null: not known. */
  readonly at: number | null;
  /** The code of the close frame (RFC 6455 §7.4); null: not known. */
  readonly code: number | null;
  readonly reason: string;
}

export type Transport = "websocket" | "bosh";

export interface Connection {
  readonly transport: Transport;
  readonly upgrade: Upgrade | null;
  readonly frames: readonly RawFrame[];
  /** False: the source holds no frames of a socket, as Firefox's files. */
  readonly framesKnown: boolean;
  /** null: still open, or not known. */
  readonly ended: Ended | null;
  /** The page that opened it, as the source names it; "": not known. */
  readonly page: string;
}

/** What a reader of the recording should know of it. */
export type RecordingNote = "firefox-no-frames" | "no-frames" | "other-sockets" | "no-times" | "no-directions" | "clipped";

export interface Recording {
  readonly source: "har" | "pasted" | "live";
  /** The program that recorded it: "Firefox 140.0"; "": not known. */
  readonly creator: string;
  /** In the order in which they were opened. */
  readonly connections: readonly Connection[];
  readonly notes: readonly RecordingNote[];
  /** The latest moment that the recording knows of, in Unix milliseconds; null: none. */
  readonly until: number | null;
}

/** Why a text is no recording that can be read. */
export type RecordingProblem = "empty" | "too-large" | "not-json" | "truncated" | "not-har" | "no-connections" | "no-frames-found";

const PROBLEMS: Readonly<Record<RecordingProblem, string>> = {
  empty: "There is nothing in it.",
  "too-large": "It is larger than 256 million characters.",
  "not-json": "It is not JSON, so it is no HAR file.",
  truncated: "It ends in the middle: the JSON is not complete. Save the file again.",
  "not-har": 'It is JSON, but no HAR file: there is no "log" with "entries".',
  "no-connections": "The HAR file holds neither a WebSocket nor a BOSH session. Reload the page with the network tab open, sign in, and save again.",
  "no-frames-found": "No XMPP frame was found in the text.",
};

/** A text could not be read as a recording; the message is one plain English sentence. */
export class RecordingError extends Error {
  readonly problem: RecordingProblem;
  constructor(problem: RecordingProblem) {
    super(PROBLEMS[problem]);
    this.name = "RecordingError";
    this.problem = problem;
  }
}
