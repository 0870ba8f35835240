/**
 * Messages of clients: there is nobody yet that they could reach (RFC 6121 §8.5).
 *
 * @module
 */

import { errorReply } from "../stanza/stanza.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import { addresseeOf, answersFrom, UNREACHABLE } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { fullJid, send, type Turn } from "./turn.ts";

/** Dropped in silence: errors are never answered (RFC 6120 §8.3.1), headlines need not be (RFC 6121 §8.5.2.2). */
const DROPPED: ReadonlySet<string> = new Set(["error", "headline"]);

/** Takes a message of a bound stream. */
export function takeMessage(turn: Turn, message: Element): Effect[] {
  const { type = "normal", to } = message.attrs;
  if (DROPPED.has(type)) return [];
  const error = UNREACHABLE[addresseeOf(turn, to)] ?? stanzaError("service-unavailable");
  return [send(errorReply(message, { from: answersFrom(turn, to), to: fullJid(turn.stream) }, error))];
}
