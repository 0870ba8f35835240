/**
 * What the objects say to one another of rosters and presence: types of the calls, nothing that runs (docs/protocol.md: Contacts).
 *
 * @module
 */

import type { RosterRequest, StanzaTail, SubscriptionType } from "../xmpp/mod.ts";
import type { ContractVersion, OfStream, Refusal } from "./contract.ts";

/** Presence of a stream as its manager has it; `tail` absent: it was too long to be kept there, and the session has it. */
export interface StreamPresence {
  readonly tail?: StanzaTail;
  /** Among the times of the stream's presences. */
  readonly at: number;
}

/** Presence of a resource as another user's session is told of it. */
export interface ResourcePresence {
  readonly resource: string;
  readonly available: boolean;
  readonly tail: StanzaTail;
}

/** What a session tells another of its resources. */
export interface Presences {
  readonly presences: readonly ResourcePresence[];
  /** When it was said, Unix milliseconds made to rise for each session: of a resource, what was said before that changes nothing. */
  readonly sent: number;
}

/** `social`: from now on the session is told of the stream's presences, and asked for the roster. */
export type ContactAnswer =
  | { readonly outcome: "done"; readonly social?: true }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly outcome: "gone" };

/** Of a stream whose presences the session is not told of: how it stands. */
interface OfPresentStream extends OfStream {
  readonly presence?: StreamPresence;
}

/** What a stanza of a subscription is to the session of who it is for. Repeated until it is answered: known by its number. */
export interface SubscriptionNotice {
  readonly v: ContractVersion;
  /** Who it is for; bare, as `from`. */
  readonly jid: string;
  readonly from: string;
  /** Rises for this sender and recipient. */
  readonly number: number;
  /** Of the recipient's, the last that the sender has heard. */
  readonly heard: number;
  readonly type: SubscriptionType | "unavailable";
  readonly tail: StanzaTail;
  /** What the recipient's resources are told behind it. */
  readonly shown: Presences;
}

export interface PresencesRequest {
  readonly v: ContractVersion;
  /** Who it is for, bare. */
  readonly jid: string;
  /** One resource alone, where that is meant. */
  readonly resource?: string;
  /** Bare. */
  readonly from: string;
  readonly shown: Presences;
  /** True: the recipient's own are wanted. */
  readonly probe?: true;
}

/** What a `JabberSession` answers beside its other calls. */
export interface ContactSessionCalls {
  /** The roster, as the payload of a result; null: the client has this version. */
  roster(
    request: OfStream & { readonly ver: string | null },
  ): Promise<{ readonly outcome: "found"; readonly payload: string | null } | { readonly outcome: "gone" }>;
  setRoster(request: OfPresentStream & { readonly request: RosterRequest }): Promise<ContactAnswer>;
  sendSubscription(request: OfPresentStream & { readonly to: string; readonly type: SubscriptionType; readonly tail: StanzaTail }): Promise<ContactAnswer>;
  /** `to`: bare or full. */
  sendDirected(request: OfStream & { readonly to: string; readonly available: boolean; readonly tail: StanzaTail }): Promise<ContactAnswer>;
  /** Whole stanzas for who asks. */
  probe(request: OfStream & { readonly to: string }): Promise<{ readonly stanzas: readonly string[] }>;
  /** From another user's session. */
  subscription(request: SubscriptionNotice): Promise<void>;
  /** From another user's session, as it comes: lost, it is not repeated for ever. Null: the sender may not see them. */
  presences(request: PresencesRequest): Promise<{ readonly shown: Presences | null }>;
}

/** A stanza for one stream, if the stream is as it needs to be. */
export interface Telling {
  readonly needs: "interested" | "available" | "bound";
  readonly text: string;
}

/** What a `ConnectionManager` answers beside its other calls. */
export interface ContactManagerCalls {
  /** From the user's session, one call after the other: stanzas in their order. `presence`: of one that has become social; null: none yet. */
  tell(request: {
    readonly v: ContractVersion;
    readonly jid: string;
    readonly stream: string;
    readonly social: boolean;
    readonly stanzas: readonly Telling[];
  }): Promise<{ readonly taken: boolean; readonly presence?: StreamPresence | null }>;
}
