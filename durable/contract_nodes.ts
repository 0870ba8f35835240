/**
 * What is said to a NodeHost: joins, publishes, items: types of the calls, nothing that runs.
 *
 * @module
 */

import type { Asker, NodeRequest, Publication } from "../xmpp/mod.ts";
import type { ContractVersion, ManagerRef, Position, Role, Refusal, NodeAnswer, StandingSubscription } from "./contract.ts";

/** An item as it travels to managers: `head + to + tail` is the stanza. */
export interface Item extends Position {
  readonly node: string;
  readonly id: string;
  /** True where the publisher chose the id, so that a repeat can be known by it. */
  readonly given: boolean;
  /** Sequence of the item before it in this epoch; 0 for the first. */
  readonly prev: number;
  /** With an empty `head` the item is for nobody's eyes: only the position goes on. */
  readonly head: string;
  readonly tail: string;
  /** Nothing comes after it: the node is no more. */
  readonly closes?: true;
  /** Of an item that is sent again, to whoever comes later: when it was published, until when it is, Unix milliseconds, and whether also with presence. */
  readonly again?: { readonly at: number; readonly until: number; readonly withPresence: boolean };
}

export interface JoinRequest {
  readonly v: ContractVersion;
  readonly ref: ManagerRef;
  readonly join: number;
  /** After an audit said that this manager does not listen: clears a lost mark. */
  readonly rejoin?: boolean;
  readonly nodes: readonly {
    readonly node: string;
    /** True where the right to it proves that it exists: then it is made here. */
    readonly exists: boolean;
    /** Subscribed address to keep a copy of. */
    readonly subscriber?: string;
    /** Of a node that was created: who subscribes, by what id. Decided by the node. */
    readonly subscribe?: { readonly asker: Asker; readonly subid: string };
  }[];
}
export type JoinAnswer = readonly (
  | {
      readonly node: string;
      readonly outcome: "joined";
      readonly position: Position;
      readonly last: Item | null;
      readonly subscription?: StandingSubscription;
    }
  | { readonly node: string; readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly node: string; readonly outcome: "missing" | "gone" }
)[];

export interface PublishRequest {
  readonly v: ContractVersion;
  readonly node: string;
  /** Chosen by the publisher, or null. */
  readonly id: string | null;
  /** Inside of `<item/>`: well-formed XML with its namespaces declared. */
  readonly payload: string;
  /** True: an id that stands with another payload is refused (Idempotency-Key). */
  readonly once: boolean;
  /** True: the service's own, from one of its objects: nodes that nobody else may publish on take it. */
  readonly own?: true;
  /** A client's publish: who it is, and all that it said. Absent: the operator's, who may. */
  readonly by?: { readonly jid: string; readonly role: Role; readonly publication: Publication };
  /** The manager that asks, if one does: where it alone listens, the item comes with the answer and no call is made. */
  readonly carrier?: ManagerRef;
}
export type PublishAnswer =
  | {
      readonly outcome: "published";
      /** Null: the node has events without items. */
      readonly id: string | null;
      readonly position: Position;
      /** True: this was a repeat, and the answer is the first one's. */
      readonly replayed: boolean;
      /** True: not every listener had it within 2 s. */
      readonly pending: boolean;
      /** For the carrier to deliver before it tells the publisher. */
      readonly carried?: Item;
    }
  | { readonly outcome: "refused"; readonly refusal: Refusal };

export type SinceAnswer =
  | { readonly outcome: "items"; readonly items: readonly Item[]; readonly position: Position }
  /** `gone`: there is no such node any more. */
  | { readonly outcome: "reset"; readonly position: Position; readonly gone?: true };

/** What is wanted of a node's log. */
export interface ItemsRequest {
  readonly v: ContractVersion;
  readonly node: string;
  readonly ids: readonly string[] | null;
  /** At most so many of the newest; null: all. */
  readonly newest: number | null;
  /** Those after this, oldest first. */
  readonly after: Position | null;
  /** Those before this, or the last ones. */
  readonly before?: Position | "last" | null;
  /** A manager that had everything up to `after`, and nothing of its epoch that came later. */
  readonly own?: string;
  readonly limit: number;
  /** Whose right is to be looked at, where the node decides of it; absent: the operator. */
  readonly asker?: Asker;
  readonly subid?: string | null;
}
export type ItemsAnswer =
  | {
      readonly outcome: "items";
      /** `payload`: inside of `<item/>`. */
      readonly items: readonly (Position & { readonly id: string; readonly payload: string; readonly publisher?: string })[];
      /** Items of the log in all. */
      readonly count: number;
      /** True: the log does not reach back to `after`; the items are from its beginning. */
      readonly reset: boolean;
      /** Where the log stands. */
      readonly position: Position;
    }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly outcome: "missing" };

/** What a manager believes of a node it joined. */
export interface Belief extends Position {
  readonly node: string;
  readonly join: number;
}
export interface AuditAnswer {
  readonly behind: readonly string[];
  readonly notListening: readonly string[];
}

export interface ContactState {
  readonly available: boolean;
  /** Unix milliseconds at which the lease runs out; null: stays. */
  readonly until: number | null;
}

export interface NodeHostCalls {
  join(request: JoinRequest): Promise<JoinAnswer>;
  publish(request: PublishRequest): Promise<PublishAnswer>;
  /** `own`: the position is the asking manager's own, so an earlier epoch may mean the start of this one. */
  since(request: { v: ContractVersion; node: string; position: Position; own: string | null }): Promise<SinceAnswer>;
  /** Items of the log, for who catches up or looks things up. */
  items(request: ItemsRequest): Promise<ItemsAnswer>;
  /** Is the node there? */
  exists(request: { v: ContractVersion; node: string }): Promise<{ readonly known: boolean }>;
  audit(request: { v: ContractVersion; ref: ManagerRef; at: number; beliefs: readonly Belief[] }): Promise<AuditAnswer>;
  /** `subid`: of a node that was created. */
  unsubscribed(request: { v: ContractVersion; node: string; subscriber: string; subid?: string }): Promise<void>;
  /** Asks a node that was created, or creates one. */
  ask(request: { v: ContractVersion; node: string; asker: Asker; request: NodeRequest }): Promise<NodeAnswer>;
  /** Sets the service contact's lease; only the broadcast host of a domain is asked. */
  setContact(request: { v: ContractVersion; available: boolean; forSeconds: number | null }): Promise<ContactState>;
  contact(request: { v: ContractVersion }): Promise<ContactState>;
}
