/**
 * What a user asks of the own account beside the roster: copies of messages (XEP-0280), whom not to hear of (XEP-0191).
 *
 * @module
 */

import { readBlocking } from "../routing/blocking.ts";
import type { Effect } from "./effects.ts";
import { answer, recalled, refuse, type Request } from "./request.ts";
import type { Answered, Turn } from "./turn.ts";

/** `<enable/>` and `<disable/>`, as often as the client likes (XEP-0280 §4, §5, §10.1). */
export function carbonsRequest({ stream }: Turn, { iq, id, payload }: Request): Effect[] {
  return [{ effect: "carbons", id, to: iq.attrs["to"] ?? stream.jid, on: payload.name === "enable" }];
}

export function carbonsAnswered(turn: Turn, { ask: { id, to }, answer: given }: Answered<"carbons">): Effect[] {
  const iq = recalled({ id, to });
  return "refused" in given ? refuse(turn, { iq, error: given.refused }) : answer(turn, { iq, id });
}

export function blockingRequest(turn: Turn, { iq, id, payload }: Request): Effect[] {
  const request = readBlocking(payload);
  if ("refusal" in request) return refuse(turn, { iq, error: request.refusal });
  return [{ effect: "blocking", id, to: iq.attrs["to"] ?? turn.stream.jid, request }];
}

/** From now on a stream that has the list hears of its changes (XEP-0191 §3.2). */
export function blockingAnswered(turn: Turn, { ask: { id, to, request }, answer: given }: Answered<"blocking">): Effect[] {
  const iq = recalled({ id, to });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  if (request.request === "list") turn.stream.hasBlocklist = true;
  return answer(turn, { iq, id, payload: given.payload });
}
