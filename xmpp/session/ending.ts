/**
 * The ways a stream ends (RFC 6120 §4.4, §4.9; RFC 7395 §3.5, §3.6).
 *
 * Each reports the end once: only a stream that is not over yet gets here.
 *
 * @module
 */

import { CLOSE, renderOpen } from "../stream/framing.ts";
import { renderStreamError, type StreamError } from "../stream/stream_error.ts";
import type { Effect, EndCause } from "./effects.ts";
import type { Stream } from "./stream.ts";
import { send, type Turn } from "./turn.ts";

/** The language of what we say ourselves (RFC 6120 §4.7.4). */
export const OWN_LANG = "en";

/** The version we speak (RFC 6120 §4.7.5). */
export const OWN_VERSION = "1.0";

export interface Failure {
  readonly error: StreamError;
  /** "error" unless said. */
  readonly cause?: EndCause;
  /** Close code of the socket, 1000 unless said. */
  readonly code?: number;
}

/** What we end a stream with although it may go on by another socket (XEP-0198 §5). */
const RESUMABLE: ReadonlySet<string> = new Set(["connection-timeout", "resource-constraint", "system-shutdown", "see-other-host"]);

/** Ends a stream with an error, which follows our `<open/>` if none was sent yet (RFC 7395 §3.5). */
export function failStream({ stream, context }: Turn, { error, cause = "error", code = 1000 }: Failure): Effect[] {
  const effects: Effect[] = [];
  if (stream.phase === "opening" || stream.phase === "restarting") {
    stream.id = context.newId();
    const from = stream.domain || (context.settings.domains[0] ?? "");
    effects.push(send(renderOpen({ from, id: stream.id, lang: OWN_LANG, version: OWN_VERSION })));
  }
  const detaches = isResumable(stream) && RESUMABLE.has(error.condition);
  if (!detaches) stream.phase = "closing";
  stream.sasl = null;
  effects.push(send(renderStreamError(error)), send(CLOSE), { effect: "closeSocket", code, reason: error.condition, awaits: true });
  effects.push(detaches ? { effect: "detach" } : { effect: "ended", cause });
  return effects;
}

/** Answers the client's `<close/>` and ends the session (RFC 7395 §3.6). */
export function closeByClient(turn: Turn): Effect[] {
  return leave(turn, "close");
}

/** The client says that we are at fault: there is nothing to add, and the stream is over (RFC 6120 §4.9.1.1). */
export function errorByClient(turn: Turn): Effect[] {
  return leave(turn, "error");
}

function leave({ stream }: Turn, cause: EndCause): Effect[] {
  stream.phase = "closed";
  stream.sasl = null;
  return [send(CLOSE), { effect: "ended", cause }, { effect: "closeSocket", code: 1000, reason: "" }];
}

/** The client has answered our `<close/>`: nothing is awaited any more (RFC 7395 §3.6). */
export function closeAnswered({ stream }: Turn): Effect[] {
  stream.phase = "closed";
  return [{ effect: "closeSocket", code: 1000, reason: "" }];
}

function isResumable({ phase, management }: Stream): boolean {
  return phase === "bound" && management?.resumable === true;
}

/** The socket went without a `<close/>`: the stream is unfinished, not ended, if it can be resumed (RFC 7395 §3.6, XEP-0198 §7). */
export function socketClosed(turn: Turn): Effect[] {
  return isResumable(turn.stream) ? [{ effect: "detach" }] : expired(turn);
}

/** The stream was not, or cannot be, resumed. */
export function expired({ stream }: Turn): Effect[] {
  const lost = stream.phase === "bound";
  stream.phase = "closed";
  stream.sasl = null;
  return lost ? [{ effect: "ended", cause: "lost" }] : [];
}
