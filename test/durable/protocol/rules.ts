/**
 * Rules of docs/protocol.md that the model can switch off, one by one: each must then break an invariant.
 *
 * @module
 */

/** Rule → what becomes of it when it is off. */
export const RULES = {
  "queue-apart-from-gaps": "a long delivery's queue waits for gaps, too, and they for it",
  "repeat-noted": "a repeat that is not sent again leaves the attachment where it was",
  "ended-through-sleep": "a stream that ended keeps its nodes in the attachment, and lives again after a sleep",
  "over-is-orphan": "a stream that ended with a socket that hangs is not reported again",
  "bound-once": "a repeated bind answers with the resource it asked for, not with the one that stands",
  "row-until-ended": "a refused bind deletes the stream's row at once",
  "rights-keep": "a change of rights names the subscriptions it took, not what stays",
  "listening-is-live": "a stream that waits for a node to be joined is answered as subscribed at once",
  "lost-until-past": "an audit's rejoin clears a lost mark, before anything was caught up",
  "lost-breaks-chain": "an item to a lost listener says which one came before it, as if it had been delivered",
  "one-call-in-flight": "what is given up while a call is in flight makes room for a second call",
  "held-is-bounded-by-refusing": "an item beyond the bound of held ones is acknowledged and dropped",
  "missed-asks-anew": "a pending stream for which too much came is granted with what was held",
  "hindmost-listener": "a node wakes at the position of its furthest listener",
  "bind-younger-than-session": "a bind from before the session's life is taken",
  "replay-waits": "a repeat of a publish is answered at once, though the first one is still being delivered",
  "end-before-bind": "an `end` that overtakes the answer to its stream's bind changes nothing",
} as const satisfies Record<string, string>;

export type Rule = keyof typeof RULES;
