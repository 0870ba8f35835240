/**
 * What every object of the model sees of the rest: clock, chance, network, sizes, the checker, the other objects' places,
 * and which rules are switched off.
 *
 * @module
 */

import type { UserRecord } from "../../../durable/contract.ts";
import type { Checker } from "./checker.ts";
import type { Host } from "./host.ts";
import type { Manager } from "./manager.ts";
import type { Clock, Life, Network, Place, Random } from "./network.ts";
import type { Rule } from "./rules.ts";
import type { Session } from "./session.ts";

/** Settings of durable/settings.ts, small, so that every edge is met. */
export interface Sizes {
  readonly pumpItems: number;
  readonly pumpMs: number;
  readonly heldItems: number;
  readonly rememberedIds: number;
  readonly leftNodes: number;
  readonly memoryLog: number;
  readonly storedLog: number;
  readonly sendsPerTurn: number;
  readonly resources: number;
  readonly subscriptions: number;
  readonly waitingFrames: number;
  readonly resumeMs: number;
  readonly askEvery: number;
  /** Stanzas not acknowledged, by a client with a socket and without. */
  readonly unacked: number;
  readonly detached: number;
}

export const TIMES = {
  deadline: 5000,
  alarm: 15_000,
  auditSlots: 4,
  signIn: 60_000,
  publishWait: 2000,
  retryMin: 50,
  retryMax: 5000,
  retryOverloaded: 1000,
  remember: 60_000,
  askQuiet: 1000,
  awake: 5000,
} as const;

export const DOMAIN = "d";

/** `domain/node` of the model's one domain. */
export const addressOf = (node: string): string => `${DOMAIN}/${node}`;
export const nodeOf = (address: string): string => address.slice(DOMAIN.length + 1);

/** Nodes are named after their kind: `own/<user>` is the user's without asking, `any…` everybody's, `team…` given by rights. */
export const isStored = (node: string): boolean => node.endsWith("s");
/** Of a memory log: where it stands is a row. */
export const isPositionStored = (node: string): boolean => node.endsWith("p");
export const automaticOf = (id: string): readonly string[] => [`own/${id}`];

export const POLICY = {
  allows: (record: UserRecord, node: string): boolean => node.startsWith("any") || record.teams.includes(node) || automaticOf(record.id).includes(node),
  addressing: (jid: string): string => jid,
  automatic: (record: UserRecord): readonly string[] => automaticOf(record.id),
};

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly sizes: Sizes;
  readonly checker: Checker;
  /** Is this rule in force? */
  readonly obeys: (rule: Rule) => boolean;
  manager(name: string): Place<Manager>;
  session(jid: string): Place<Session>;
  /** The host of a node. */
  hostOf(node: string): Place<Host>;
  host(name: string): Place<Host>;
  /** Do the session's rows have a stream listen to the node? For the checker. */
  listens(jid: string, stream: string, node: string): boolean;
  /** As `DirectoryCalls.record`. */
  askDirectory(from: Life, jid: string): Promise<UserRecord | null>;
}
