/**
 * What the stream core asks its shell to do, and what the shell tells it (RFC 6120, RFC 7395).
 *
 * The core has no platform, clock or randomness. `step(stream, event, context)` changes the one mutable record of a
 * stream and answers effects, which the shell performs in order. An effect of the group `Ask` is answered later by an
 * `answered` event that carries the same effect; until then a blocking ask holds the stream's queue back, so that a
 * client's requests are handled in the order in which they came (RFC 6120 §10.1).
 *
 * @module
 */

import type { Found, Wanted } from "../pubsub/items.ts";
import type { NodeRequest, Publication, Submitted, SubscriptionState } from "../pubsub/node_request.ts";
import type { SubscribeOptions } from "../pubsub/subscribe_options.ts";
import type { RosterRequest } from "../roster/roster_request.ts";
import type { SubscriptionType } from "../roster/subscription.ts";
import type { StanzaTail } from "../roster/tail.ts";
import type { FormField } from "../stanza/data_form.ts";
import type { BlockingRequest } from "../routing/blocking.ts";
import type { Relayed } from "../routing/relayed.ts";
import type { StanzaError } from "../stanza/stanza_error.ts";
import type { StreamError } from "../stream/stream_error.ts";

/** Why a stream ended, as reported to the session. */
export type EndCause = "close" | "lost" | "conflict" | "error" | "timeout" | "revoked";

/** Something only the shell can find out. */
export type Ask =
  /** Is this the password of the bare jid? */
  | { readonly effect: "checkPassword"; readonly jid: string; readonly password: string }
  /** The SCRAM keys of the bare jid; never absent: an unknown user gets keys nobody can prove. */
  | { readonly effect: "fetchKeys"; readonly jid: string; readonly hash: ScramHash }
  /** Does the proof hold (RFC 5802 §3)? Base64 all. */
  | {
      readonly effect: "checkProof";
      readonly jid: string;
      readonly hash: ScramHash;
      readonly storedKey: string;
      readonly serverKey: string;
      readonly authMessage: string;
      readonly proof: string;
    }
  /** Binds a resource; null: the shell makes one at random (RFC 6120 §7.6). */
  | { readonly effect: "bind"; readonly id: string; readonly resource: string | null }
  /** Goes on with a stream whose socket was lost (XEP-0198 §5); `handled`: what the client has had of it. */
  | { readonly effect: "resume"; readonly previd: string; readonly handled: number }
  /** Presence of this stream: decides what it listens to, and who hears of it; `tail`: all else that it says. */
  | { readonly effect: "announce"; readonly available: boolean; readonly priority: number; readonly show: string; readonly tail: StanzaTail }
  /** The roster of a user who has one (RFC 6121 §2.2); `ver`: what the client has of it, null: it did not say. */
  | { readonly effect: "getRoster"; readonly id: string; readonly to: string | undefined; readonly ver: string | null }
  | { readonly effect: "setRoster"; readonly id: string; readonly to: string | undefined; readonly request: RosterRequest }
  /** A stanza of a subscription to somebody's bare jid (RFC 6121 §3). */
  | { readonly effect: "sendSubscription"; readonly to: string; readonly type: SubscriptionType; readonly tail: StanzaTail }
  /** Presence for somebody alone (RFC 6121 §4.6); `to`: bare or full. */
  | { readonly effect: "sendDirected"; readonly to: string; readonly available: boolean; readonly tail: StanzaTail }
  /** How is somebody (RFC 6121 §4.3)? */
  | { readonly effect: "probe"; readonly to: string }
  | { readonly effect: "subscribe"; readonly id: string; readonly node: string; readonly subscriber: string; readonly options: readonly FormField[] | null }
  /** The client does not want this node's events: its own subscription, of the full jid, is over (XEP-0060 §12.4). */
  | { readonly effect: "bounced"; readonly node: string; readonly subscriber: string }
  /** Options of a subscription (XEP-0060 §6.3); `form` null: as they are. */
  | {
      readonly effect: "options";
      readonly id: string;
      readonly node: string;
      readonly subscriber: string;
      readonly subid: string | null;
      readonly form: Submitted | null;
    }
  | { readonly effect: "unsubscribe"; readonly id: string; readonly node: string; readonly subscriber: string; readonly subid: string | null }
  /** Subscriptions of the own bare jid (XEP-0060 §5.6); `node` null: all. */
  | { readonly effect: "listSubscriptions"; readonly id: string; readonly node: string | null }
  /** Affiliations of the own bare jid (XEP-0060 §5.7); `node` null: all. */
  | { readonly effect: "listAffiliations"; readonly id: string; readonly node: string | null; readonly command?: string }
  /** Items of a node, as the request wants them (XEP-0060 §6.5). */
  | { readonly effect: "listItems"; readonly id: string; readonly node: string; readonly wanted: Wanted; readonly subid: string | null }
  /** Something of which the node's host alone knows the answer (XEP-0060 §7.2, §8); `command`: the session of a command that asks. */
  | { readonly effect: "askNode"; readonly id: string; readonly node: string; readonly request: NodeRequest; readonly command?: string }
  /** As `askNode`, for what came in a message: only an error is answered. */
  | { readonly effect: "tellNode"; readonly id: string; readonly node: string; readonly request: NodeRequest }
  /** Ids of a node's items, as far as the user may know them (disco#items of a node). */
  | { readonly effect: "nameItems"; readonly id: string; readonly node: string }
  /** Nodes the user may know (disco#items of the pubsub service). */
  | { readonly effect: "listNodes"; readonly id: string }
  /** Does this node exist for this user (disco#info of a node)? */
  | { readonly effect: "describeNode"; readonly id: string; readonly node: string }
  /** Copies of the user's messages for this stream, or no more (XEP-0280). */
  | { readonly effect: "carbons"; readonly id: string; readonly to: string; readonly on: boolean }
  /** The user's block list (XEP-0191). */
  | { readonly effect: "blocking"; readonly id: string; readonly to: string; readonly request: BlockingRequest }
  /** A stanza to a user; `id` and `to` as the stanza has them. */
  | { readonly effect: "relay"; readonly id: string | undefined; readonly to: string | undefined; readonly stanza: Relayed }
  /** Not blocking: up to `publishesInFlight` at a time. */
  | { readonly effect: "publish"; readonly id: string; readonly node: string; readonly publication: Publication };

/** The asks that do not hold the stream's queue back. */
export const NOT_BLOCKING: ReadonlySet<Ask["effect"]> = new Set(["publish"]);

export type ScramHash = "SHA-1" | "SHA-256";

/** What answers each ask. `refused` carries the error for the wire. */
export interface Answers {
  /** `storedKey`: of the keys that it fits. */
  readonly checkPassword: { readonly accepted: false } | { readonly accepted: true; readonly storedKey: string } | { readonly unavailable: true };
  readonly fetchKeys:
    | { readonly salt: string; readonly iterations: number; readonly storedKey: string; readonly serverKey: string }
    | { readonly unavailable: true };
  readonly checkProof: { readonly accepted: false } | { readonly accepted: true; readonly serverSignature: string };
  readonly bind: { readonly resource: string; readonly role: string; readonly userId: string } | Refused;
  readonly resume: /** The old stream has this socket now; the record of the new one is done with. */
    | { readonly resumed: true }
    | { readonly failed: "item-not-found" | "remote-server-timeout"; readonly handled?: number | undefined }
    /** More was acknowledged than was sent. */
    | { readonly sent: number };
  readonly announce: { readonly accepted: boolean };
  /** `payload` null: the client has it as it is (RFC 6121 §2.6.2). */
  readonly getRoster: { readonly payload: string | null } | Refused;
  readonly setRoster: { readonly set: true } | Refused;
  readonly sendSubscription: { readonly sent: true } | Refused;
  readonly sendDirected: { readonly sent: true } | Refused;
  /** What is answered, whole stanzas. */
  readonly probe: { readonly stanzas: readonly string[] } | Refused;
  /** Without a state: as it ever was, and of that address the one subscription. */
  readonly subscribe: { readonly subscribed: true; readonly state?: SubscriptionState; readonly subid?: string; readonly options?: SubscribeOptions } | Refused;
  readonly bounced: { readonly unsubscribed: boolean };
  readonly options: { readonly options: SubscribeOptions; readonly subid?: string } | Refused;
  readonly tellNode: { readonly payload: string } | Refused;
  readonly unsubscribe: { readonly unsubscribed: true } | Refused;
  readonly listSubscriptions: { readonly subscriptions: readonly ListedSubscription[] } | Refused;
  readonly listAffiliations: { readonly affiliations: readonly { readonly node: string; readonly affiliation: string }[] } | Refused;
  readonly listItems: Found | Refused;
  readonly listNodes: { readonly nodes: readonly string[] } | Refused;
  /** `form`: what disco#info tells of it besides (XEP-0060 §5.4). */
  readonly describeNode: { readonly known: boolean; readonly form?: string } | Refused;
  /** `payload`: of the result. */
  readonly askNode: { readonly payload: string } | (Refused & { readonly echo?: string });
  readonly nameItems: { readonly ids: readonly string[] } | Refused;
  readonly carbons: { readonly done: true } | Refused;
  /** `payload`: of the result; "" for none. */
  readonly blocking: { readonly payload: string } | Refused;
  /** `payload`: of the result that the server gives on a user's behalf; absent: the stanza went its way. */
  readonly relay: { readonly payload?: string } | Refused;
  /** `itemId` null: the node has events without items (XEP-0060 §4.3). */
  readonly publish: { readonly itemId: string | null } | Refused;
}
export interface Refused {
  readonly refused: StanzaError;
}
export interface ListedSubscription {
  readonly node: string;
  readonly jid: string;
  readonly state: string;
  readonly subid?: string;
}

/** Something the shell does at once. */
export type Deed =
  /** One frame to the client. */
  | { readonly effect: "send"; readonly text: string }
  /**
   * After the answer to a subscribe, or once presence was announced: what was held for this stream follows, then the
   * node is live. The shell knows which.
   */
  | { readonly effect: "goLive" }
  /** Sends the service contact's presence, as it stands, to this stream. */
  | { readonly effect: "sendContactPresence" }
  /** Stream management begins: the answer, with an id if the stream can be resumed; stanzas are counted from then on. `max`: seconds. */
  | { readonly effect: "enableManagement"; readonly resumable: boolean; readonly max: number }
  /** The client has handled so many stanzas (XEP-0198 §4). */
  | { readonly effect: "acknowledged"; readonly handled: number }
  /** The client answered a request of ours, of this id, as a result or an error. */
  | { readonly effect: "answerTaken"; readonly id: string }
  /** Somebody looks at the client again: what waits goes out (XEP-0352 §5.1). */
  | { readonly effect: "becomeActive" }
  /** The stream goes on without a socket, until it is resumed or given up (XEP-0198 §5). */
  | { readonly effect: "detach" }
  /** The stream is over: report it with this cause. */
  | { readonly effect: "ended"; readonly cause: EndCause }
  /** Close the socket, after what was sent; `awaits`: the client's `<close/>`, for a bounded time (RFC 7395 §3.6). */
  | { readonly effect: "closeSocket"; readonly code: number; readonly reason: string; readonly awaits?: true };

export type Effect = Ask | Deed;

export type StreamEvent =
  | { readonly event: "frame"; readonly text: string }
  /** A binary WebSocket message (RFC 7395 §3.2). */
  | { readonly event: "binary" }
  | { readonly event: "answered"; readonly ask: Ask; readonly answer: Answers[Ask["effect"]] }
  /** The shell or another object ends the stream: conflict, limits, shut-down. */
  | { readonly event: "fail"; readonly error: StreamError; readonly cause: EndCause }
  /** The user's role changed while signed in. */
  | { readonly event: "role"; readonly role: string }
  /** The socket is gone. */
  | { readonly event: "socketClosed" }
  /** Nobody resumed the stream in time. */
  | { readonly event: "expired" };

/** What the operator and the deployment decide. */
export interface StreamSettings {
  readonly domains: readonly string[];
  readonly profile: "open" | "finesse-strict";
  /** Frames longer than this end the stream (bytes of UTF-8). */
  readonly maxFrameBytes: number;
  readonly maxDepth: number;
  /** Frames a client may send before it has bound a resource. */
  readonly maxFramesBeforeBind: number;
  /** Failed sign-ins per stream (RFC 6120 §6.4.5). */
  readonly maxAuthAttempts: number;
  /** Failed binds per stream (RFC 6120 §7.7.3). */
  readonly maxBindAttempts: number;
  /** How long a stream waits to be resumed, in seconds; 0: not at all. */
  readonly resumeSeconds: number;
  /** Silence after which the client is asked whether it is there, in seconds. */
  readonly idleSeconds: number;
  /** Localpart of the contact whose presence tells desktops that events will come. */
  readonly contact: string;
}

export interface StepContext {
  readonly settings: StreamSettings;
  /** Unguessable, never the same twice: stream ids and nonces. */
  readonly newId: () => string;
}
