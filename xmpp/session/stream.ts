/**
 * The record of one stream: all that is known of a client's connection (RFC 6120 §4).
 *
 * It is plain data, so that it fits into a socket's attachment and survives the sleep of its object.
 *
 * @module
 */

/** Where a stream stands. Each phase has its own table of elements that are legal. */
export type Phase =
  /** Upgraded; the client's `<open/>` is awaited. */
  | "opening"
  /** Features sent; sign-in is awaited. */
  | "authenticating"
  /** Signed in; the restart's `<open/>` is awaited. */
  | "restarting"
  /** Features sent; bind is awaited. */
  | "binding"
  | "bound"
  /** We sent `<close/>`; only the client's is awaited. */
  | "closing"
  | "closed";

export interface Stream {
  phase: Phase;
  /** Of the current `<open/>` (RFC 6120 §4.7.3). */
  id: string;
  /** Domain the client opened to; one of ours. "" before. */
  domain: string;
  /** `from` of the client's `<open/>`, "" if absent. */
  from: string;
  lang: string;
  /** SCRAM in progress. */
  sasl: SaslState | null;
  /** Bare jid once signed in. */
  jid: string;
  /** Of the keys that it signed in by, base64; "": not yet. To be shown at the bind. */
  storedKey: string;
  /** Resource once bound. */
  resource: string;
  /** Id of the user as provisioned. */
  userId: string;
  role: string;
  framesBeforeBind: number;
  authAttempts: number;
  bindAttempts: number;
  /** Presence of this stream: false until the initial one (RFC 6121 §4.2). */
  available: boolean;
  priority: number;
  /** The client has asked for the block list: it hears of its changes (XEP-0191 §3.2). */
  hasBlocklist?: boolean;
  /** Nobody looks at the client (XEP-0352); absent: somebody does. */
  inactive?: Inactive;
  /** It has asked for the roster: it hears of changes (RFC 6121 §2.1.6). */
  interested?: true;
  /** Its session is told of every presence and asked for the roster: there is somebody whom that concerns. */
  social?: true;
  /** It has sent presence to somebody alone, who is to hear of its end. */
  directed?: true;
  /** Its last presence, where nobody else was told of it (`StanzaTail`); one that is long is told always, and not kept here. */
  presence?: string;
  /** Stream management, once it is on (XEP-0198 §3). */
  management: Management | null;
}

export interface Inactive {
  /** What waits until somebody looks again: by its sender's address, the newest presence. */
  presences: Readonly<Record<string, string>>;
}

export interface Management {
  /** Stanzas of the client that were handled since, modulo 2³². */
  handled: number;
  /** The client asked to be able to resume the stream. */
  readonly resumable: boolean;
}

export type SaslState =
  | { readonly mechanism: string; readonly step: "initial" }
  | {
      readonly mechanism: string;
      readonly step: "keys";
      readonly jid: string;
      readonly gs2: string;
      readonly clientFirstBare: string;
      readonly clientNonce: string;
    }
  | {
      readonly mechanism: string;
      readonly step: "final";
      readonly jid: string;
      readonly gs2: string;
      readonly clientFirstBare: string;
      readonly serverFirst: string;
      readonly nonce: string;
      readonly storedKey: string;
      readonly serverKey: string;
    };

/** A stream whose socket was just upgraded. */
export function newStream(): Stream {
  return {
    phase: "opening",
    id: "",
    domain: "",
    from: "",
    lang: "en",
    sasl: null,
    jid: "",
    storedKey: "",
    resource: "",
    userId: "",
    role: "",
    framesBeforeBind: 0,
    authAttempts: 0,
    bindAttempts: 0,
    available: false,
    priority: 0,
    management: null,
  };
}
