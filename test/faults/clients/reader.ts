/**
 * What the rig wants of a client: it keeps itself connected, and writes into its diary what it had and what it was told.
 *
 * Each file beside this one does it with one library, as its users would.
 *
 * @module
 */

import type { Diary } from "../ledger.ts";

export interface ReaderOptions {
  readonly socketUrl: string;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  /** Nodes to subscribe to. */
  readonly nodes: readonly string[];
  /** Nodes it hears by itself once it is present. */
  readonly automatic: readonly string[];
  readonly diary: Diary;
}

export interface Reader {
  /** Signed in, subscribed, and caught up. */
  readonly isOnline: boolean;
  /** Answers when it is online for the first time. */
  start(): Promise<void>;
  /** The machine has its network again, and says so, as browsers do to their pages. */
  networkIsBack?(): void;
  /** Ends stream and socket, and does not come back. */
  stop(): Promise<void>;
}

export interface ReaderKind {
  readonly name: string;
  /** Has XEP-0198. */
  readonly resumes: boolean;
  /** Asks for what it missed when its stream is gone. */
  readonly catchesUp: boolean;
  make(options: ReaderOptions): Reader;
}

export const PUBSUB_NS = "http://jabber.org/protocol/pubsub";

/** The number in a payload, as text or escaped. */
export function numberIn(text: string): number {
  return Number(/(?:<|&lt;)n(?:>|&gt;)(\d+)/.exec(text)?.[1] ?? Number.NaN);
}
