/**
 * What is asked of one node, and what the node decides: plain data, for the way between objects.
 *
 * @module
 */

import type { FormField } from "../stanza/data_form.ts";
import type { StanzaError } from "../stanza/stanza_error.ts";
import type { Affiliation } from "./affiliations.ts";
import type { ResultSet } from "./result_set.ts";

/** A form as it came back: filled in, or withdrawn (XEP-0004 §3.1). */
export type Submitted = { readonly type: "submit"; readonly fields: readonly FormField[] } | { readonly type: "cancel" };

/** A change of one affiliation, as it was written. */
export interface AffiliationEntry {
  readonly jid: string;
  readonly affiliation: string;
}

/** A change of one subscription, as it was written. */
export interface SubscriptionEntry {
  readonly jid: string;
  readonly subid: string | null;
  readonly subscription: string;
}

/** Requests of which only the node's host knows the answer. */
export type NodeRequest =
  | { readonly request: "create"; readonly config: readonly FormField[] } // §8.1
  | { readonly request: "configuration" } // §8.2.1
  | { readonly request: "configure"; readonly form: Submitted } // §8.2.4
  | { readonly request: "delete"; readonly redirect: string | null } // §8.4
  | { readonly request: "purge" } // §8.5
  /** `notify` null: as the node is configured. */
  | { readonly request: "retract"; readonly itemId: string; readonly notify: boolean | null } // §7.2
  /** `page` null: as many as one answer has. */
  | { readonly request: "affiliations"; readonly page: ResultSet | null } // §8.9.1
  | { readonly request: "modify-affiliations"; readonly entries: readonly AffiliationEntry[] } // §8.9.2
  | { readonly request: "subscriptions"; readonly page: ResultSet | null } // §8.8.1
  | { readonly request: "modify-subscriptions"; readonly entries: readonly SubscriptionEntry[] } // §8.8.2
  /** An owner's answer to a request for approval. `subid` null: to all of the subscriber's. */
  | { readonly request: "authorize"; readonly subscriber: string; readonly subid: string | null; readonly allow: boolean } // §8.6
  | { readonly request: "get-pending" } // §8.7
  /** What disco#info tells of it: the form of §5.4. */
  | { readonly request: "describe" }
  /** Ids of its items, for disco#items (§5.5). */
  | { readonly request: "item-names" };

/** Who asks: stamped by the session, never read from the stanza. */
export interface Asker {
  /** Full jid where a stream asks, else bare. */
  readonly jid: string;
  readonly role: string;
  /** Ids of the teams that the user is in or supervises: its roster groups. */
  readonly groups: readonly string[];
  /** Groups of the user's own roster, where a node is created or configured: what may be allowed there. */
  readonly contactGroups?: readonly string[];
}

/** What is published (§7.1). */
export interface Publication {
  readonly itemId: string | null;
  /** Was there an `<item/>`? */
  readonly hasItem: boolean;
  /** XML that declares its namespaces; "": none. */
  readonly payload: string;
  /** Namespace of the payload. */
  readonly type: string;
  /** What the node must be like (§7.1.5). */
  readonly options: readonly FormField[];
}

export type SubscriptionState = "subscribed" | "pending";

/** A subscription as a node has it. */
export interface NodeSubscription {
  /** Bare or full: the address of its events. */
  readonly jid: string;
  /** Unique for ever. */
  readonly subid: string;
  readonly state: SubscriptionState;
}

/** What follows from a decision, besides the answer: to be stored and told, in order. */
export type NodeChange =
  /** The node's record: configuration, creator, or that it is gone. */
  | { readonly change: "record" }
  | { readonly change: "affiliation"; readonly jid: string; readonly affiliation: Affiliation }
  /**
   * `groups`: it stands while the subscriber is in one of these; null: whatever its groups. `byOwner`: its user's session
   * does not know yet.
   */
  | { readonly change: "subscription"; readonly subscription: NodeSubscription; readonly groups: readonly string[] | null; readonly byOwner: boolean }
  | { readonly change: "unsubscription"; readonly subscription: NodeSubscription; readonly byOwner: boolean }
  /**
   * To all who listen. `closes`: nothing comes after it. `item`: its id, where it tells of one. `quiet`: nobody is told, but
   * what was the last event before it is not any more.
   */
  | { readonly change: "event"; readonly inside: string; readonly item?: string; readonly closes?: true; readonly quiet?: true }
  /** To one address. `payload`: inside of the message. */
  | { readonly change: "message"; readonly to: string; readonly payload: string; readonly id: string };

/** An answer and what follows. `refusal`: then `payload` is what of the request is given back. */
export interface Decided {
  readonly payload: string;
  readonly refusal?: StanzaError;
  readonly changes: readonly NodeChange[];
}
