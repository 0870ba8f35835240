/**
 * Roster requests of a stream (RFC 6121 §2.2 to §2.6).
 *
 * Who has no contact but the service's gets the roster from here: nobody else needs to be asked.
 *
 * @module
 */

import { readRosterSet, renderRosterItem, renderRosterQuery } from "../roster/roster_request.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import type { Element } from "../xml/element.ts";
import type { Effect } from "./effects.ts";
import { answer, recalled, refuse, type Request, type Route } from "./request.ts";
import type { Answered, Turn } from "./turn.ts";

/** Version of the roster that holds the service contact alone. */
const ONLY_CONTACT = "0";

/** Gives the roster; from then on the resource is an interested one (§2.2). */
export const getRoster: Route = (turn, { iq, id, payload }) => {
  const { stream, context } = turn;
  const { contact, profile } = context.settings;
  stream.interested = true;
  // §2.6: versions are for clients that were offered them.
  const ver = profile === "open" ? (payload.attrs["ver"] ?? null) : null;
  if (stream.social) return [{ effect: "getRoster", id, to: iq.attrs["to"], ver }];
  if (ver === ONLY_CONTACT) return answer(turn, { iq, id });
  const item = renderRosterItem({ jid: `${contact}@${stream.domain}`, name: contact, groups: [], subscription: "both" });
  return answer(turn, { iq, id, payload: renderRosterQuery([item], ver === null ? undefined : ONLY_CONTACT) });
};

export function rosterFound(turn: Turn, { ask, answer: found }: Answered<"getRoster">): Effect[] {
  const iq = recall(ask);
  if ("refused" in found) return refuse(turn, { iq, error: found.refused });
  return answer(turn, { iq, id: ask.id, ...(found.payload !== null && { payload: found.payload }) });
}

/** Changes one item (§2.3 to §2.5). */
export const setRoster: Route = (turn: Turn, { iq, id, payload }: Request) => {
  const read = readRosterSet(payload);
  if ("refusal" in read) return refuse(turn, { iq, error: read.refusal });
  const { jid } = read.request === "set" ? read.item : read;
  if (jid === turn.stream.jid) return refuse(turn, { iq, error: stanzaError("not-allowed", { text: "Nobody is their own contact" }) });
  return [{ effect: "setRoster", id, to: iq.attrs["to"], request: read }];
};

export function rosterSet(turn: Turn, { ask, answer: found }: Answered<"setRoster">): Effect[] {
  const iq = recall(ask);
  return "refused" in found ? refuse(turn, { iq, error: found.refused }) : answer(turn, { iq, id: ask.id });
}

function recall({ id, to }: { readonly id: string; readonly to: string | undefined }): Element {
  const iq = recalled({ id, to: to ?? "" });
  return to === undefined ? { ...iq, attrs: { id } } : iq;
}
