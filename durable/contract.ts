/**
 * What the objects and the door say to one another: types of the calls, nothing that runs.
 *
 * Every request carries the contract version `v`; a receiver reads its own and the one before. Every call has a
 * deadline of 5 s, may arrive twice, late, or never be answered (docs/protocol.md).
 *
 * @module
 */

import type { Affiliation, Asker, ByRoster, FormField, NodeRequest, SubscribeOptions, Submitted, SubscriptionState } from "../xmpp/mod.ts";
import type { ScramKeys, UserRecord, Decoy } from "./contract_directory.ts";
import type { Item } from "./contract_nodes.ts";

import type { ContactManagerCalls, ContactSessionCalls } from "./contract_contacts.ts";
import type { UserManagerCalls, UserSessionCalls } from "./contract_users.ts";

/** The version that this code speaks. */
export type ContractVersion = 1;

export type { Env } from "./env.ts";
export type * from "./contract_directory.ts";
export type * from "./contract_nodes.ts";
export type * from "./contract_readers.ts";

/** `domain/node`, e.g. `gw.test//finesse/api/Team/42/Users`: names a node among all domains. */
export type NodeAddress = string;

/** A manager in one of its lives. */
export interface ManagerRef {
  readonly manager: string;
  /** Unix milliseconds, made to rise. */
  readonly incarnation: number;
}

/** Where something stands in the log of a node. Epochs are Unix milliseconds, made to rise; `seq` counts from 1. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

export type Role = "agent" | "supervisor" | "publisher" | "admin";

/** Error of a stanza, by the words of the wire (RFC 6120 §8.3, XEP-0060). */
export interface Refusal {
  readonly type: "auth" | "cancel" | "continue" | "modify" | "wait";
  readonly condition: string;
  /** Pubsub condition beside it, in `http://jabber.org/protocol/pubsub#errors`. */
  readonly specific?: string;
  /** Its namespace, if another one. */
  readonly specificNs?: string;
  /** `feature` of `<unsupported/>`. */
  readonly feature?: string;
  readonly uri?: string;
  readonly text?: string;
}

// ------------------------------------------------------------ JabberSession

export interface CredentialsRequest {
  readonly v: ContractVersion;
  /** Bare jid that wants in. */
  readonly jid: string;
  /** Who asks: it may remember that there is no such user, and is told when there is. */
  readonly manager: string;
  readonly mechanism: "PLAIN" | "SCRAM-SHA-1" | "SCRAM-SHA-256";
  /** PLAIN only. */
  readonly password?: string;
  /** True: only to read. Failures before it still count: who polls with a right password would hide one who guesses. */
  readonly reads?: true;
  /** Sent to a decoy session for a jid known not to exist: what to work with. */
  readonly decoy?: Decoy;
}
/** `unknown` is for the manager alone, never for the wire. */
export type CredentialsAnswer =
  /** `storedKey`: of the keys that the password fits, to be shown at the bind. */
  | { readonly outcome: "accepted"; readonly storedKey: string }
  | { readonly outcome: "refused"; readonly unknown?: Decoy }
  | { readonly outcome: "keys"; readonly keys: ScramKeys; readonly unknown?: Decoy };

/** A node this stream listens to, and the address its events carry in `to`, with what else there is to say (`Addressing`). */
export interface Listens {
  readonly node: string;
  readonly to: string;
}

export interface OfStream {
  readonly v: ContractVersion;
  readonly jid: string;
  readonly stream: string;
}
export interface BindRequest extends OfStream {
  readonly ref: ManagerRef;
  /** When it was sent, Unix milliseconds: ended streams are remembered for a minute. */
  readonly at: number;
  /** Asked for by the client, or made at random by the manager. */
  readonly resource: string;
  /** By which it signed in (base64): the user must still have these keys. */
  readonly storedKey?: string;
}
export type BindAnswer =
  | {
      readonly outcome: "bound";
      /** The one that stands: of a repeated bind, what the first one asked for. */
      readonly resource: string;
      readonly generation: number;
      readonly rights: number;
      readonly role: Role;
      /** The user's id as provisioned: names the user's own nodes. */
      readonly id: string;
      /** What the stream will listen to with a plain presence. */
      readonly listens: readonly Listens[];
      /** The session is to be told of every presence, and asked for the roster. */
      readonly social?: true;
    }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  /** Sent before the session's memory begins: to be sent anew, if the stream still stands. */
  | { readonly outcome: "again" }
  | { readonly outcome: "gone" };

export interface PresenceRequest extends OfStream {
  /** When it was sent, Unix milliseconds made to rise: a late one of before changes nothing. */
  readonly at: number;
  readonly available: boolean;
  readonly priority: number;
  /** What it shows, `online` where it says nothing. */
  readonly show?: string;
  /** All that it says (`StanzaTail`). */
  readonly tail?: string;
}
export type PresenceAnswer = { readonly outcome: "accepted"; readonly rights: number; readonly listens: readonly Listens[] } | { readonly outcome: "gone" };

export interface SubscribeRequest extends OfStream {
  readonly ref: ManagerRef;
  readonly node: string;
  /** Bare or full jid that shall receive. */
  readonly subscriber: string;
  /** Fields of the options that came with it; absent: none came. */
  readonly options?: readonly FormField[];
  /** Drawn by the manager; rises. */
  readonly join: number;
}
export type SubscribeAnswer =
  | {
      readonly outcome: "subscribed";
      /** Of a node that was created; `options` where some came with the request. */
      readonly subscription?: { readonly subid?: string; readonly state: SubscriptionState; readonly options?: SubscribeOptions };
      /** The last item, where the node sends that. */
      readonly last?: Item;
      readonly rights: number;
      /** Of the node when the listener row was written. */
      readonly position: Position;
      /** What the asking stream listens with from now on; null: the subscription is another resource's. */
      readonly listens: Listens | null;
    }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly outcome: "gone" };

export interface UnsubscribeRequest extends OfStream {
  readonly node: string;
  readonly subscriber: string;
  /** Null: not said. */
  readonly subid?: string | null;
}
export type UnsubscribeAnswer =
  | { readonly outcome: "unsubscribed"; readonly listens: Listens | null }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly outcome: "gone" };

export interface OptionsRequest extends OfStream {
  readonly node: string;
  readonly subscriber: string;
  /** Null: not said. */
  readonly subid: string | null;
  /** Null: they are asked for. */
  readonly form: Submitted | null;
}
export type OptionsAnswer =
  | { readonly outcome: "found"; readonly options: SubscribeOptions; readonly subid?: string; readonly listens: Listens | null }
  | { readonly outcome: "refused"; readonly refusal: Refusal }
  | { readonly outcome: "gone" };

/** A stream that is to be resumed by a manager (XEP-0198 §5). */
export type ClaimAnswer =
  | {
      readonly outcome: "held";
      /** Who has it. */
      readonly manager: string;
      /** It moves under this one; if it is the asking manager's own, the one it has. */
      readonly generation: number;
      readonly rights: number;
      readonly role: Role;
      readonly listens: readonly Listens[];
    }
  /** `handled`: what was handled of it, where that is known. */
  | { readonly outcome: "gone"; readonly handled?: number };
export type MovedAnswer = { readonly outcome: "moved"; readonly rights: number; readonly social?: true } | { readonly outcome: "refused" };

export interface Subscription {
  readonly node: string;
  readonly jid: string;
  readonly state: SubscriptionState;
  readonly subid?: string;
}

/** What a node says to a request; `payload` of a refusal: what of the request is given back. `told`: what follows for who asked. */
export type NodeAnswer =
  | { readonly outcome: "answered"; readonly payload: string; readonly told?: readonly NodeTold[] }
  | { readonly outcome: "refused"; readonly refusal: Refusal; readonly payload?: string; readonly told?: readonly NodeTold[] };

/** How a subscription stands at its node. */
export interface StandingSubscription {
  readonly subid: string;
  readonly state: SubscriptionState;
  /** It stands while the user is in one of them; null: whatever the groups. */
  readonly groups: readonly string[] | null;
  /** It ends when the subscriber goes offline, whatever its options (`tempsub`). */
  readonly temporary?: true;
}

/** What a host tells a session of one of its nodes. */
export type NodeTold =
  | { readonly told: "affiliation"; readonly affiliation: Affiliation }
  /** `groups`: it stands while the user is in one of them; null: whatever the groups. */
  | ({ readonly told: "subscription"; readonly jid: string } & StandingSubscription)
  | { readonly told: "unsubscribed"; readonly subid: string }
  /** To an address of the user: where a host has many to write to. */
  | { readonly told: "message"; readonly to: string; readonly id: string; readonly payload: string; readonly type: "headline" | "normal" };

/** Why a stream ended. */
export type EndCause = "close" | "lost" | "conflict" | "error" | "timeout" | "revoked";
/** `orphaned`: its manager lost it, and knows no better. */
export type ReportedCause = EndCause | "orphaned";

/** A reader over HTTP asks for this user's rights; its group is told of every change of them from then on. */
export interface ReadsRequest {
  readonly v: ContractVersion;
  readonly jid: string;
  /** Name of the group that holds the reader; null: nothing is held open. */
  readonly group: string | null;
  readonly nodes: readonly string[];
  /** By which the user signed in (base64): they must still have these keys. */
  readonly storedKey: string;
}
export type ReadsAnswer =
  | { readonly outcome: "granted"; readonly rights: number }
  /** One of the nodes, as a subscription of it is refused. */
  | { readonly outcome: "refused"; readonly node: string; readonly refusal: Refusal }
  /** No such user any more, or not by these keys. */
  | { readonly outcome: "gone" };

export interface JabberSessionCalls extends UserSessionCalls, ContactSessionCalls {
  credentials(request: CredentialsRequest): Promise<CredentialsAnswer>;
  /** A proof that did not hold: counts towards the lock-out. */
  failed(request: { v: ContractVersion; jid: string }): Promise<void>;
  bind(request: BindRequest): Promise<BindAnswer>;
  presence(request: PresenceRequest): Promise<PresenceAnswer>;
  subscribe(request: SubscribeRequest): Promise<SubscribeAnswer>;
  unsubscribe(request: UnsubscribeRequest): Promise<UnsubscribeAnswer>;
  /** Options of a subscription: told, or changed. */
  options(request: OptionsRequest): Promise<OptionsAnswer>;
  /** Subscriptions of the bare jid, and the nodes it may subscribe to (for disco#items). */
  subscriptions(request: OfStream & { readonly node: string | null }): Promise<
    | {
        readonly outcome: "listed";
        readonly subscriptions: readonly Subscription[];
        readonly nodes: readonly string[];
        /** Of the node asked for: may the user know that it exists? "perhaps": if its host has it. */
        readonly known: boolean | "perhaps";
        readonly affiliations: readonly { readonly node: string; readonly affiliation: Affiliation }[];
        /** As who the user asks at a host. */
        readonly asker: Asker;
      }
    | { readonly outcome: "gone" }
  >;
  /** Asks a node for what its host alone knows, in the user's name. */
  ask(request: OfStream & { readonly node: string; readonly request: NodeRequest }): Promise<NodeAnswer | { readonly outcome: "gone" }>;
  /** From a host: what has changed for this user. Answered once nothing that was taken away can be delivered any more. */
  changed(request: { v: ContractVersion; jid: string; node: string; changes: readonly NodeTold[] }): Promise<void>;
  /** From a host: a message for this address, bare or full, to whoever is available. `payload`: inside of it. */
  message(request: { v: ContractVersion; to: string; id: string; payload: string; type: "headline" | "normal" }): Promise<void>;
  /** Teams that the user is in or supervises; and, where somebody is asked about (bare jid), what the user's roster says of them. */
  groups(request: { v: ContractVersion; jid: string; about?: string }): Promise<{ readonly teams: readonly string[] } & ByRoster>;
  /**
   * `undelivered`: stanzas of users that the stream was sent and has not acknowledged; answered once each has gone elsewhere, or back.
   * `generation` 0: the manager never learned it; then the stream must be one of `manager`'s.
   */
  ended(
    request: OfStream & {
      readonly generation: number;
      readonly manager: string;
      readonly cause: ReportedCause;
      readonly handled?: number;
      readonly undelivered?: readonly string[];
    },
  ): Promise<void>;
  /** Who has this stream? A manager that does not have it itself is given the right to move it. */
  claim(request: OfStream & { readonly ref: ManagerRef }): Promise<ClaimAnswer>;
  /** The stream is at this manager now; refused if it was claimed again, or is gone. */
  moved(request: OfStream & { readonly generation: number; readonly ref: ManagerRef }): Promise<MovedAnswer>;
  /** May the user read these nodes? What may be subscribed to may be read. */
  reads(request: ReadsRequest): Promise<ReadsAnswer>;
  /** From the Directory. `record` null: the user was deleted. `done` once nothing revoked can be delivered any more. */
  rights(request: { v: ContractVersion; jid: string; version: number; record: UserRecord | null }): Promise<{ readonly done: boolean }>;
}

// ------------------------------------------------------- ConnectionManager

/** A manager as operators see it. */
export interface ManagerView {
  readonly manager: string;
  readonly streams: number;
  /** Of them without a socket. */
  readonly detached: number;
  /** Of them not signed in. */
  readonly unsigned: number;
  readonly draining: boolean;
}

export interface DeliverRequest {
  readonly v: ContractVersion;
  readonly incarnation: number;
  /** Name of the calling host. */
  readonly host: string;
  readonly domain: string;
  readonly items: readonly Item[];
}
export type DeliverAnswer = { readonly outcome: "taken"; readonly unwanted: readonly { readonly node: string }[] } | { readonly outcome: "gone" };

export interface ConnectionManagerCalls extends UserManagerCalls, ContactManagerCalls {
  deliver(request: DeliverRequest): Promise<DeliverAnswer>;
  /** Ends a stream that was replaced (`conflict`), whose user is gone (`not-authorized`) or has another password (`reset`). */
  end(request: { v: ContractVersion; stream: string; generation: number; condition: "conflict" | "not-authorized" | "reset" }): Promise<void>;
  /** Hands a stream to another manager, as JSON; it stays here, detached, until released. Null: it cannot be had here. */
  handOver(request: { v: ContractVersion; stream: string }): Promise<string | null>;
  /**
   * Ends its streams bit by bit, with `system-shutdown`, and takes no new ones; or takes them again. Those without a
   * socket wait their time out, and can be resumed elsewhere.
   */
  drain(request: { v: ContractVersion; draining: boolean }): Promise<ManagerView>;
  view(request: { v: ContractVersion }): Promise<ManagerView>;
  /** The stream is another manager's now. */
  release(request: { v: ContractVersion; stream: string; generation: number }): Promise<void>;
  /** These users exist now: what is remembered of them being unknown is forgotten. */
  known(request: { v: ContractVersion; jids: readonly string[] }): Promise<void>;
  /**
   * Another resource of the user, or an owner of the node, changed what this stream listens to; `listens` null: not to this
   * node any more. `revoked`: then what it is still owed of it is not sent either.
   */
  listen(request: { v: ContractVersion; jid: string; stream: string; rights: number; node: string; listens: Listens | null; revoked?: true }): Promise<void>;
  /** Rights changed: what each stream may go on listening to. Spares what was granted at `version` or later, too. */
  rights(request: {
    v: ContractVersion;
    jid: string;
    version: number;
    role: Role;
    streams: readonly { readonly stream: string; readonly keep: readonly string[] }[];
  }): Promise<void>;
}
