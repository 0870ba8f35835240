/**
 * Whether anybody looks at the client (XEP-0352): while nobody does, presence of others waits, and events for a moment.
 *
 * It is a matter of this stream alone, begins active, and ends with the socket (§5.2); nobody is told (§6).
 *
 * @module
 */

import type { Effect } from "./effects.ts";
import { failStream } from "./ending.ts";
import type { Turn } from "./turn.ts";

export const CSI_NS = "urn:xmpp:csi:0";

export function becomeInactive(turn: Turn): Effect[] {
  if (turn.context.settings.profile !== "open") return failStream(turn, { error: { condition: "unsupported-stanza-type" } });
  turn.stream.inactive ??= { presences: {} };
  return [];
}

/** What waits goes out before anything else is answered (§5.1). */
export function becomeActive(turn: Turn): Effect[] {
  if (turn.context.settings.profile !== "open") return failStream(turn, { error: { condition: "unsupported-stanza-type" } });
  return turn.stream.inactive ? [{ effect: "becomeActive" }] : [];
}
