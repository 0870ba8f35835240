/**
 * Rules of docs/protocol.md that the model can switch off, one by one: each must then break an invariant.
 *
 * Most are switched in the drivers, where the shell obeys them; those of the pure machines in `switched.ts`.
 *
 * @module
 */

/** Rule → what happens when it is off. */
export const RULES = {
  // Incarnation, life of a stream
  "attachment-after-send": "the attachment is not written after a send",
  "repeat-noted": "a repeat that is not sent again leaves the attachment where it was",
  "hindmost-listener": "a node wakes at the position of its furthest listener",
  "row-before-bind": "the stream's row is written when the bind was answered",
  "row-until-ended": "a refused bind, or an end the session knows of, deletes the stream's row at once",
  "orphans-reported": "rows without a socket are left alone",
  "orphans-soon": "the rest of the orphans waits for the next alarm",
  "over-is-orphan": "a stream that ended with a socket that hangs is not reported again",
  // Bind
  "ended-remembered": "the session forgets ended streams at once",
  "bind-younger-than-session": "a bind that was sent before the session's life is taken",
  "bind-while-there": "a bind is tried again though its socket went meanwhile",
  "bind-replaces-holder": "the older stream of a resource stays bound",
  "bound-once": "a repeated bind answers with the resource it asked for, not with the one that stands",
  "end-retried": "an `end` that is not answered is forgotten",
  "end-before-bind": "an `end` that overtakes the answer to its stream's bind changes nothing",
  "stream-current": "a stream that was replaced may still subscribe",
  "ended-names-generation": "an `ended` of another generation ends the stream",
  // Subscribe and join
  "pending-holds": "what arrives while a subscribe is under way is not held",
  "answer-before-items": "held items are sent before the answer",
  "position-after-subscribe": "held items before the subscription's position are sent, too",
  "pending-is-wanted": "a node with pending streams only is unwanted",
  "pending-stays": "another resource's subscription makes a pending stream live",
  "pended-is-noted": "a stream that is marked as pending once more, after a wait, is not noted to listen",
  "join-after-want": "an answer to a join of before makes streams live that wanted the node since",
  "waiting-asks-anew": "a subscribe is answered while its stream waits for another join",
  "presence-in-order": "a late presence of before changes the session's row",
  "missed-asks-anew": "a pending stream for which too much came is granted with what was held",
  "subscribe-asks": "a stream that listens, or waits to, is answered as subscribed without asking the session",
  "intents-counted": "a subscribe that came to nothing takes the row away that another one has made stand",
  "failed-join-is-error": "a failed join is answered as subscribed",
  "joins-in-turn": "joins of a node overlap",
  // Deliver
  "drop-old": "an item at or before the last is sent again",
  "prev-checked": "an item after a gap is sent",
  "epoch-from-first": "the first item seen of a new epoch is sent, whichever it is",
  "gap-holds-answer": "a delivery with a gap is acknowledged at once",
  "unwanted-join-number": "`unwanted` deletes a listener that joined again meanwhile",
  "retry-same-batch": "a batch that was not answered is dropped",
  "one-call-in-flight": "what is given up while a call is in flight makes room for a second call",
  "queue-apart-from-gaps": "a long delivery's queue waits for gaps, too, and they for it",
  "held-is-bounded-by-refusing": "an item beyond the bound of held ones is acknowledged and dropped",
  "lost-marked": "what is given up is forgotten",
  "lost-breaks-chain": "an item to a lost listener says which one came before it, as if it had been delivered",
  "held-in-order": "held items are judged in the order in which they came",
  // Answer to the publisher
  "answer-waits": "a memory log answers before anybody has the item",
  "host-knows-ids": "the host takes a repeat for a new item",
  "manager-knows-ids": "the manager takes a repeat for a new item",
  "held-repeats": "a repeat among the items held for a stream is sent to it",
  "carried-again": "a repeat of an item that went with an answer is answered, though that answer may have been lost",
  "carried-in-time": "an item that went with a late answer, behind its host's next life, is answered as published",
  "replay-waits": "a repeat of a publish is answered at once, though the first one is still being delivered",
  // Audit
  audit: "there is none",
  "audit-names-all": "nodes in a gap, or being joined, are not named",
  "lost-until-past": "an audit's rejoin clears a lost mark, before anything was caught up",
  "since-older-row": "a position of an earlier epoch means the start of this one, whenever the manager joined",
  "since-not-lost": "a position of an earlier epoch means the start of this one, also for a lost listener",
  // Resume
  "count-attached": "what is sent for a node that the attachment does not name yet is not counted in it",
  "row-follows": "a change of what a stream without a socket listens to is not written down",
  "behind-marked": "rows that say less than was delivered are taken for exact",
  reminded: "what a sleep has forgotten of unacknowledged items is not asked for",
  "joins-before-handover": "the holder is asked before the nodes are joined",
  "claimed-anew": "a node that was added while the stream was claimed is not listened to",
  "listens-as-it-did": "a stream that has left a node where it was listens to it by the claim",
  "epoch-of-the-join": "a host that has begun a new epoch since the node was joined is taken to have all that lies between",
  "both-ways-dropped": "what came to the claimer and is in the holder's snapshot is sent, too",
  "past-the-snapshot": "what is in the holder's snapshot and comes to the claimer later is sent once more",
  "start-at-snapshot": "what came to the claimer alone, before the holder's snapshot, is taken for had",
  "left-remembered": "a stream that leaves a node and comes back begins where its manager stands, however far it had it",
  "since-in-holders-name-if-exact": "of a row that is behind, an earlier epoch is taken for the start of this one",
  "reset-fails": "what cannot be had is left out",
  "claim-highest-only": "the holder is whoever moved last, whoever claimed last",
  "moved-withdrawn-by-ended": "a claimer that is over with the stream may still move it",
  "holder-withdraws-claim": "a stream that was resumed at its holder may still be moved by who claimed it",
  "handed-over-asks": "a stream that was handed over is resumed in memory without asking who has it",
  "woken-asks": "a stream that a row tells of is resumed without asking who has it",
  "handover-detaches": "the holder's socket stays when the stream is handed over",
  "handover-waits": "the stream is handed over while a request of its client is being answered",
  "row-before-moved": "the stream's row is written when the move was answered",
  "moved-rights-checked": "rights that changed on the way are not looked at",
  "rights-while-catching-up": "a change of rights that came to a stream while it was caught up is forgotten",
  "old-socket-ended": "the old socket of a stream that was resumed here stays",
  "revoke-blanks": "what is owed of a node that was revoked, or left before, is sent",
  "claim-blanks": "what is owed of a node that the claim does not name is sent",
  // Rights
  "rights-checked-after-join": "rights that changed while the host was asked do not undo the subscription",
  "lower-rights-asked-again": "an answer under rights that are no more is taken",
  "rights-in-attachment": "a manager forgets in its sleep which version of rights it was told",
  "rights-keep": "a change of rights names the subscriptions it took, not what stays",
  "rights-spare-newer": "a change of rights revokes what was subscribed under a later one",
  "rights-retried": "a change of rights that is not answered is forgotten",
} as const satisfies Record<string, string>;

export type Rule = keyof typeof RULES;
