/**
 * What follows once the shell has found out what it was asked.
 *
 * @module
 */

import { serverFinal } from "../sasl/scram.ts";
import { bindAnswered } from "./binding.ts";
import { itemsNamed, nodeDescribed, nodesListed } from "./disco_requests.ts";
import type { Ask, Effect } from "./effects.ts";
import { resumeAnswered } from "./management.ts";
import { directedSent, probed, subscriptionSent } from "./directed.ts";
import { announced } from "./presence.ts";
import {
  affiliationsListed,
  itemsListed,
  nodeAnswered,
  nodeTold,
  optionsFound,
  published,
  subscribed,
  subscriptionsListed,
  unsubscribed,
} from "./pubsub_requests.ts";
import { rosterFound, rosterSet } from "./roster.ts";
import { relayAnswered } from "./relaying.ts";
import { challengeWith } from "./scram_exchange.ts";
import { challenge, failAttempt, succeed } from "./sign_in.ts";
import type { Phase } from "./stream.ts";
import type { Answered, Turn } from "./turn.ts";
import { blockingAnswered, carbonsAnswered } from "./user_requests.ts";

type Kind = Ask["effect"];

/** The phase in which an answer is waited for; in any other, the stream has gone on without it. */
type Taker<E extends Kind> = { readonly phase: Phase; readonly take: (turn: Turn, answered: Answered<E>) => Effect[] };

const TAKERS: { readonly [E in Kind]: Taker<E> } = {
  checkPassword: { phase: "authenticating", take: passwordChecked },
  fetchKeys: { phase: "authenticating", take: keysFetched },
  checkProof: { phase: "authenticating", take: proofChecked },
  bind: { phase: "binding", take: bindAnswered },
  resume: { phase: "binding", take: resumeAnswered },
  announce: { phase: "bound", take: announced },
  getRoster: { phase: "bound", take: rosterFound },
  setRoster: { phase: "bound", take: rosterSet },
  sendSubscription: { phase: "bound", take: subscriptionSent },
  sendDirected: { phase: "bound", take: directedSent },
  probe: { phase: "bound", take: probed },
  subscribe: { phase: "bound", take: subscribed },
  unsubscribe: { phase: "bound", take: unsubscribed },
  listSubscriptions: { phase: "bound", take: subscriptionsListed },
  bounced: { phase: "bound", take: () => [] },
  options: { phase: "bound", take: optionsFound },
  tellNode: { phase: "bound", take: nodeTold },
  listAffiliations: { phase: "bound", take: affiliationsListed },
  askNode: { phase: "bound", take: nodeAnswered },
  nameItems: { phase: "bound", take: itemsNamed },
  listItems: { phase: "bound", take: itemsListed },
  listNodes: { phase: "bound", take: nodesListed },
  describeNode: { phase: "bound", take: nodeDescribed },
  carbons: { phase: "bound", take: carbonsAnswered },
  blocking: { phase: "bound", take: blockingAnswered },
  relay: { phase: "bound", take: relayAnswered },
  publish: { phase: "bound", take: published },
};

/** Takes an answer of the shell. */
export function takeAnswer<E extends Kind>(turn: Turn, answered: Answered<E>): Effect[] {
  const { phase, take } = TAKERS[answered.ask.effect as E];
  return turn.stream.phase === phase ? take(turn, answered) : [];
}

function passwordChecked(turn: Turn, { ask: { jid }, answer }: Answered<"checkPassword">): Effect[] {
  if ("unavailable" in answer) return failAttempt(turn, "temporary-auth-failure");
  return answer.accepted ? succeed(turn, { jid, storedKey: answer.storedKey }) : failAttempt(turn, "not-authorized");
}

function keysFetched(turn: Turn, { answer }: Answered<"fetchKeys">): Effect[] {
  if ("unavailable" in answer) return failAttempt(turn, "temporary-auth-failure");
  const first = challengeWith(turn, answer);
  return first === undefined ? [] : [challenge(first)];
}

function proofChecked(turn: Turn, { ask: { jid, storedKey }, answer }: Answered<"checkProof">): Effect[] {
  if (!answer.accepted) return failAttempt(turn, "not-authorized");
  return succeed(turn, { jid, storedKey, text: serverFinal(answer.serverSignature) }); // RFC 5802 §5: v=, in the success data
}
