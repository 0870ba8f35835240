/**
 * What the objects say to one another of stanzas between users: types of the calls, nothing that runs (docs/protocol.md: Users to users).
 *
 * Where one of them may arrive twice, its receiver says so; none of them is repeated by its caller unless that is said here.
 *
 * @module
 */

import type { BlockingRequest, Needs, Relayed } from "../xmpp/mod.ts";
import type { ContractVersion, OfStream, Refusal } from "./contract.ts";

/** What became of a stanza. */
export type RelayAnswer =
  /** Delivered, or there is nothing to be said of it. */
  | { readonly outcome: "taken" }
  /** The server has answered the request on the user's behalf: inside of the result. */
  | { readonly outcome: "answered"; readonly payload: string }
  | { readonly outcome: "refused"; readonly refusal: Refusal };

export type BlockingAnswer = { readonly outcome: "answered"; readonly payload: string } | { readonly outcome: "refused"; readonly refusal: Refusal };

/** What a `JabberSession` answers beside its other calls. */
export interface UserSessionCalls {
  /** A stanza of one of this user's streams, for whomever. */
  relay(request: OfStream & { readonly stanza: Relayed }): Promise<RelayAnswer>;
  /** From another user's session: a stanza for this user. */
  take(request: { readonly v: ContractVersion; readonly jid: string; readonly stanza: Relayed }): Promise<RelayAnswer>;
  /** Copies of the user's messages for this stream, or no more (XEP-0280). The same again changes nothing. */
  carbons(request: OfStream & { readonly on: boolean }): Promise<{ readonly outcome: "done" | "gone" }>;
  /** The user's block list (XEP-0191): told, or changed. The same again changes nothing. */
  blocking(request: OfStream & { readonly request: BlockingRequest }): Promise<BlockingAnswer>;
}

/** A stanza for one stream. */
export interface StanzaFor {
  readonly stream: string;
  readonly text: string;
  /** So many snapshots of the stream that its manager has handed over came to nothing. */
  readonly handOvers?: number;
}

export interface StanzaAnswer {
  /** Streams that got theirs. */
  readonly taken: readonly string[];
  /** Streams of which a snapshot was handed over, and how many of them: the stanza would not be in the last one. */
  readonly moving: readonly { readonly stream: string; readonly handOvers: number }[];
}

/** What a `ConnectionManager` answers beside its other calls. */
export interface UserManagerCalls {
  /** From the user's session: stanzas of users, or of the service for one address, for streams that are as they need to be, each sent at once. */
  stanza(request: { readonly v: ContractVersion; readonly needs: Needs; readonly stanzas: readonly StanzaFor[] }): Promise<StanzaAnswer>;
}
