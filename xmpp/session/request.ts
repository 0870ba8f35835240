/**
 * A client's IQ request, and the ways to answer it (RFC 6120 §8.2.3, §8.3).
 *
 * @module
 */

import { CLIENT_NS, iqError, iqResult } from "../stanza/stanza.ts";
import type { StanzaError } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import { type Addressee, answersFrom } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { fullJid, send, type Turn } from "./turn.ts";

/** A get or set with its one payload. */
export interface Request {
  readonly iq: Element;
  readonly type: "get" | "set";
  readonly id: string;
  readonly payload: Element;
  readonly addressee: Addressee;
}

/** Answers one kind of request. */
export type Route = (turn: Turn, request: Request) => Effect[];

/** Sends the result, from whom the request was for. */
export function answer(turn: Turn, { iq, id, payload }: { readonly iq: Element; readonly id: string; readonly payload?: string }): Effect[] {
  return [send(iqResult({ id, from: answersFrom(turn, iq.attrs["to"]), to: fullJid(turn.stream) }, payload))];
}

/** Sends an error in its place; `echo` gives the request's content back (§8.3.1). */
export function refuse(turn: Turn, { iq, error, echo = false }: { readonly iq: Element; readonly error: StanzaError; readonly echo?: boolean }): Effect[] {
  return [send(iqError(iq, { from: answersFrom(turn, iq.attrs["to"]), to: fullJid(turn.stream) }, error, echo))];
}

/** A request's stand-in, for answers that come after the request itself is forgotten. */
export function recalled({ id, to, payload }: { readonly id: string; readonly to: string; readonly payload?: Element }): Element {
  return { name: "iq", ns: CLIENT_NS, attrs: { id, to }, children: payload ? [payload] : [] };
}
