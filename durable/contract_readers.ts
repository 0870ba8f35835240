/**
 * What is said to readers over HTTP, and the webhook: types of the calls, nothing that runs.
 *
 * @module
 */

import type { ContractVersion, Position } from "./contract.ts";
import type { UserRecord, Page } from "./contract_directory.ts";

// ------------------------------------------------------------ EventReaders

/** Who reads over HTTP. */
export type ReadsAs =
  /** Whoever has a token of the API, which the door has checked. */
  { readonly kind: "token" } | { readonly kind: "user"; readonly jid: string; readonly password: string };

/** What the door asks a group of readers for, as JSON: checked, its nodes in the order of the cursor. */
export interface ReadRequest {
  readonly as: ReadsAs | { readonly kind: "ticket"; readonly ticket: string };
  readonly domain: string;
  /** Null: those of the ticket. */
  readonly nodes: readonly string[] | null;
  /** Where to begin, one for each node; null: now. */
  readonly since: readonly Position[] | null;
  /** Milliseconds to wait for an event; absent: a stream of them. */
  readonly wait?: number;
}

/** Why a reader is not let in, or is ended: codes of `worker/problem.ts`; `full`: another group may have room. */
export type ReadRefusal =
  | "full"
  | "invalid-credentials"
  | "invalid-ticket"
  | "ticket-for-other-nodes"
  | "forbidden"
  | "node-not-found"
  | "too-many-readers"
  | "invalid-query"
  | "unavailable";

export interface TicketRequest {
  readonly v: ContractVersion;
  readonly as: ReadsAs;
  readonly domain: string;
  readonly nodes: readonly string[];
}
export type TicketAnswer =
  /** `expiresAt`: Unix milliseconds. */
  | { readonly outcome: "issued"; readonly ticket: string; readonly expiresAt: number }
  | { readonly outcome: "refused"; readonly code: ReadRefusal; readonly node?: string };

/** What decides what a user may read. */
export type ReaderRights = Pick<UserRecord, "id" | "role" | "teams" | "supervises">;

/** Beside these, a group answers `deliver` and `known` as a connection manager does. */
export interface EventReadersCalls {
  /** Checks a password as a sign-in does; `storedKey`: of the keys that it fits. */
  signIn(request: { v: ContractVersion; jid: string; password: string }): Promise<{ readonly storedKey: string } | { readonly refused: ReadRefusal }>;
  /** Makes a ticket that opens one reader here, once and soon. */
  issue(request: TicketRequest): Promise<TicketAnswer>;
  /** A user's rights changed; null: the user is gone. Readers that may not go on have ended by the answer, which says whether any are left. */
  rights(request: { v: ContractVersion; jid: string; version: number; rights: ReaderRights | null }): Promise<{ readonly reads: boolean }>;
}

// ----------------------------------------------------------------- Webhook

/** What a back end is told by HTTP, until it has it. */
export interface WebhookEvent {
  /** Made once: a repeat of the call is known by it, and so is a repeat at the receiver. */
  readonly id: string;
  /** JSON, as it is sent. */
  readonly body: string;
}
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly attempts: number;
  /** Of the last attempt, Unix milliseconds. */
  readonly at: number;
  /** What came of it, e.g. `status 500`. */
  readonly outcome: string;
}
export interface DeadLetters extends Page<DeadLetter> {
  /** Since when nothing is sent because the receiver answered 410, Unix milliseconds; null: it is sent. */
  readonly disabledAt: number | null;
}

export interface WebhookCalls {
  /** Answered once the event is stored. */
  send(request: { v: ContractVersion; event: WebhookEvent }): Promise<void>;
  deadLetters(request: { v: ContractVersion; limit: number; cursor: string | null }): Promise<DeadLetters>;
  /** Sends a dead letter anew, as if it was never tried; also to a receiver that wanted no more. */
  redeliver(request: { v: ContractVersion; id: string }): Promise<{ readonly outcome: "accepted" | "missing" | "not-configured" }>;
  discard(request: { v: ContractVersion; id: string }): Promise<{ readonly outcome: "deleted" | "missing" }>;
}
