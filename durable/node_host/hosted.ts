/**
 * What a host has of each node, and how a page is cut out of its log.
 *
 * @module
 */

import type { Family } from "../../xmpp/mod.ts";
import type { Item, Position } from "../contract.ts";
import type { NodeLog } from "../protocol/node_log.ts";

/** Characters of items in one answer. */
const ANSWER_LENGTH = 200_000;

/** As what a node that was created is hosted: its items are rows of their own, its events are in memory. */
export const CREATED: Family = {
  name: "created",
  pattern: "",
  subscribers: "publishers",
  automatic: false,
  log: { class: "memory", length: 256 },
  host: "own",
};

/** Of memory nodes only those have a row whose existence nothing else proves. */
export const hasRow = ({ log, subscribers }: Family): boolean => isLasting(log) || subscribers === "anyone";

/** Does the log go on in its epoch when its host wakes? */
export const isLasting = ({ class: kept, position }: Family["log"]): boolean => kept === "stored" || position === "stored";

/** How a node's log is kept, as its row says it. A ring that has another length now is `NodeLog`'s to read. */
export const keptAs = ({ log }: Family): string => (log.position ? "position" : log.class);

/** A node of this host: its family, its log of events. */
export interface HostedNode {
  readonly node: string;
  /** Begins message ids, so that no two nodes make the same. */
  readonly mark: string;
  readonly family: Family;
  readonly log: NodeLog;
}

/** A message is known by where its item stands: a client can tell from it what it has had (docs/protocol.md: Catch-up). */
export function messageIdOf({ mark }: HostedNode, { epoch, seq }: Position): string {
  return `${mark}.${epoch}:${seq}`;
}

/** As many items as fit into an answer: one at least. */
export function firstWithin(items: readonly Item[], limit: number): readonly Item[] {
  let length = 0;
  const found: Item[] = [];
  for (const item of items) {
    length += item.tail.length;
    if (found.length >= limit || (found.length > 0 && length > ANSWER_LENGTH)) break;
    found.push(item);
  }
  return found;
}

/** The page before a position, or the last one. */
export function lastBefore(items: readonly Item[], before: Position | "last", limit: number): readonly Item[] {
  const earlier = before === "last" ? items : items.filter((item) => item.epoch < before.epoch || (item.epoch === before.epoch && item.seq < before.seq));
  return limit === 0 ? [] : earlier.slice(-limit);
}
