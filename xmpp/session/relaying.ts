/**
 * Stanzas to users: stamped and handed to the shell, which finds out whom they reach (RFC 6121 §8.5).
 *
 * @module
 */

import { bareOf, canonicalJid } from "../address/jid.ts";
import { relayedOf } from "../routing/relayed.ts";
import { CLIENT_NS, errorReply, iqResult } from "../stanza/stanza.ts";
import type { Element } from "../xml/element.ts";
import { answersFrom } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { OWN_LANG } from "./ending.ts";
import { type Answered, fullJid, send, type Turn } from "./turn.ts";

/** Hands a stanza on; one without an addressee is for the own bare jid (RFC 6120 §10.3.1). */
export function relay({ stream }: Turn, stanza: Element): Effect[] {
  const { id, to } = stanza.attrs;
  const from = fullJid(stream);
  const canonical = to === undefined ? bareOf(from) : canonicalJid(to);
  if (canonical === undefined) return [];
  // What we open every stream with needs no saying.
  const lang = stream.lang === OWN_LANG ? undefined : stream.lang;
  return [{ effect: "relay", id, to, stanza: relayedOf(stanza, { from, to: canonical, lang }) }];
}

/** What became of it: its sender hears where it could not be delivered, and what the server answers for a user. */
export function relayAnswered(turn: Turn, { ask: { id, to, stanza }, answer }: Answered<"relay">): Effect[] {
  const addresses = { from: answersFrom(turn, to), to: fullJid(turn.stream) };
  if ("refused" in answer) {
    // RFC 6120 §8.2.3, §8.3.1: neither an answer nor an error is ever answered.
    if (stanza.type === "result" || stanza.type === "error") return [];
    const attrs = id === undefined ? {} : { id };
    return [send(errorReply({ name: stanza.kind, ns: CLIENT_NS, attrs, children: [] }, addresses, answer.refused))];
  }
  return answer.payload === undefined ? [] : [send(iqResult({ id, ...addresses }, answer.payload))];
}
