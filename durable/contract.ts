/**
 * What the objects and the door say to one another: types of the calls, nothing that runs.
 *
 * Every request carries the contract version `v`; a receiver reads its own and the one before. Every call has a
 * deadline of 5 s, may arrive twice, late, or never be answered (docs/protocol.md).
 *
 * @module
 */

import type { Affiliation, Asker, ByRoster, FormField, NodeRequest, Publication, SubscribeOptions, Submitted, SubscriptionState } from "../xmpp/mod.ts";

import type { ContactManagerCalls, ContactSessionCalls } from "./contract_contacts.ts";
import type { UserManagerCalls, UserSessionCalls } from "./contract_users.ts";

/** The version that this code speaks. */
export type ContractVersion = 1;

export type { Env } from "./env.ts";

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

// ---------------------------------------------------------------- Directory

/** SCRAM keys of a password (RFC 5802 §3), base64; the password itself is kept nowhere. */
export interface ScramKeys {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
}
export type ScramHash = "SHA-1" | "SHA-256";
export type StoredKeys = Readonly<Record<ScramHash, ScramKeys>>;

/** What the Directory knows of a user and a `JabberSession` keeps a copy of. */
export interface UserRecord {
  /** As provisioned, case kept; the localpart of the jid is its folded form. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Of this user's rights; rises with each change that touches them. */
  readonly version: number;
  readonly keys: StoredKeys;
  /** Ids of the teams the user is a member of. */
  readonly teams: readonly string[];
  /** Teams the user supervises, with the ids of their members. */
  readonly supervises: readonly { readonly team: string; readonly members: readonly string[] }[];
  /** Who is the user's contact by a team's setting, both ways; absent: nobody. `groups`: names of these teams. */
  readonly contacts?: readonly TeamContact[];
}

export interface TeamContact {
  /** Bare. */
  readonly jid: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export type RecordAnswer = { readonly known: true; readonly record: UserRecord } | ({ readonly known: false } & Decoy);

/** What an unknown name is worked through with, so that it looks like a known one: the same whenever it is asked for. */
export interface Decoy {
  /** Base64. */
  readonly salt: string;
  readonly iterations: number;
}

export interface UserInput {
  readonly id: string;
  /** Absent: keep the one there is. */
  readonly password?: string;
  readonly role: Role;
  readonly name?: string;
}
export interface TeamInput {
  readonly id: string;
  readonly name?: string;
  readonly members: readonly string[];
  readonly supervisors: readonly string[];
  /** True: all of them are each other's contacts; absent: not. */
  readonly contacts?: boolean;
}
export interface UserView {
  readonly id: string;
  readonly jid: string;
  readonly role: Role;
  readonly name: string;
  readonly teams: readonly string[];
  readonly supervises: readonly string[];
}
export interface TeamView {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly supervisors: readonly string[];
  /** Absent: no. */
  readonly contacts?: true;
}
export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
}
/** `refused` carries the stable code of the problem and a sentence. */
export type Provisioned<T> =
  | { readonly outcome: "created" | "updated" | "unchanged" | "deleted"; readonly view: T; readonly inForce: boolean }
  | { readonly outcome: "missing" }
  | { readonly outcome: "refused"; readonly code: string; readonly detail: string };

export type ImportLine = ({ readonly kind: "user" } & UserInput) | ({ readonly kind: "team" } & TeamInput);
/** One per line, in the order of the lines. */
export type ImportResult =
  | { readonly outcome: "created" | "updated" | "unchanged"; readonly inForce: boolean }
  | { readonly outcome: "refused"; readonly code: string; readonly detail: string };

export interface DirectoryCalls {
  /** Asked by a session without a record, once; from then on the Directory pushes each change to it. */
  record(request: { v: ContractVersion; jid: string; manager?: string }): Promise<RecordAnswer>;
  putUser(request: { v: ContractVersion; user: UserInput }): Promise<Provisioned<UserView>>;
  getUser(request: { v: ContractVersion; id: string }): Promise<UserView | null>;
  deleteUser(request: { v: ContractVersion; id: string }): Promise<Provisioned<UserView>>;
  listUsers(request: { v: ContractVersion; limit: number; cursor: string | null }): Promise<Page<UserView>>;
  putTeam(request: { v: ContractVersion; team: TeamInput }): Promise<Provisioned<TeamView>>;
  getTeam(request: { v: ContractVersion; id: string }): Promise<TeamView | null>;
  deleteTeam(request: { v: ContractVersion; id: string }): Promise<Provisioned<TeamView>>;
  listTeams(request: { v: ContractVersion; limit: number; cursor: string | null }): Promise<Page<TeamView>>;
  /**
   * Takes lines from the front, as many as concern no more sessions than one invocation may tell: at least one. A result
   * for each that was taken; the rest is to be sent again. `later`: all are taken, and their sessions told from the alarm.
   */
  importLines(request: { v: ContractVersion; lines: readonly ImportLine[]; later?: boolean }): Promise<readonly ImportResult[]>;
  /** Tells sessions of changes, as many as one invocation may; how many were not tried yet, and how many did not answer. */
  tell(request: { v: ContractVersion }): Promise<{ readonly untried: number; readonly unanswered: number }>;
  /**
   * Notes a node that was created, or changed; `listed`: anybody may see it among the nodes. `creator`: bare jid of whose
   * nodes it is one, absent where it has one already, null where it is nobody's. "full": there are too many, or too many
   * of the creator's.
   */
  putNode(request: { v: ContractVersion; node: string; listed: boolean; creator?: string | null }): Promise<{ readonly outcome: "noted" | "full" }>;
  removeNode(request: { v: ContractVersion; node: string }): Promise<void>;
  /** Created nodes that anybody may see, the first of them. */
  listNodes(request: { v: ContractVersion }): Promise<{ readonly nodes: readonly string[] }>;
  /** For `/readyz`. */
  ready(request: { v: ContractVersion }): Promise<{ ready: true }>;
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

// ---------------------------------------------------------------- NodeHost

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
  /** Sends a stanza to a stream, if it is there. */
  message(request: { v: ContractVersion; stream: string; text: string }): Promise<void>;
  /** Rights changed: what each stream may go on listening to. Spares what was granted at `version` or later, too. */
  rights(request: {
    v: ContractVersion;
    jid: string;
    version: number;
    role: Role;
    streams: readonly { readonly stream: string; readonly keep: readonly string[] }[];
  }): Promise<void>;
}
