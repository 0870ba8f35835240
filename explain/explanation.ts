/**
 * What the explainer says of a recording. Every text in it is masked.
 *
 * @module
 */

import type { FaultCode } from "./fault_codes.ts";
import type { Direction, Transport } from "./recording.ts";

export type Language = "en" | "de";

/** The steps of a connection in their order, then what follows them. */
export const STEPS = [
  "upgrade",
  "open",
  "features",
  "auth",
  "restart",
  "resume",
  "bind",
  "session",
  "presence",
  "service-contact",
  "subscribe-user",
  "subscribe-team",
  "subscribe-other",
  "publish",
  "event",
  "ping",
  "acknowledgement",
  "close",
  "other",
] as const;

export type Step = (typeof STEPS)[number];

/** What a frame is. Of a pair, "-request" is the asking one, whoever asks. */
export const FRAME_KINDS = [
  "open-request",
  "open-response",
  "features",
  "auth-request",
  "auth-challenge",
  "auth-response",
  "auth-success",
  "auth-failure",
  "auth-abort",
  "legacy-auth-request",
  "bind-request",
  "bind-response",
  "session-request",
  "session-response",
  "resume-request",
  "resume-response",
  "resume-failure",
  "enable-request",
  "enable-response",
  "presence-available",
  "presence-unavailable",
  "presence-other",
  "subscribe-request",
  "subscribe-response",
  "unsubscribe-request",
  "unsubscribe-response",
  "publish-request",
  "publish-response",
  "items-request",
  "items-response",
  "disco-request",
  "disco-response",
  "roster-request",
  "roster-response",
  "iq-request",
  "iq-response",
  "refused",
  "event",
  "subscription-ended",
  "message",
  "ping",
  "pong",
  "acknowledgement-request",
  "acknowledgement",
  "client-state",
  "close",
  "stream-error",
  "terminate",
  "empty-body",
  "http-error",
  "white-space",
  "legacy-stream",
  "binary",
  "malformed",
  "other",
] as const;

export type FrameKind = (typeof FRAME_KINDS)[number];

/** Where a rule stands. */
export interface Rule {
  /** "RFC 7395 §3.4" */
  readonly name: string;
  readonly url: string;
}

export interface ExplainedFrame {
  /** Place in `Explanation.frames` counted over the whole life of the explainer, from 0; not reused when old ones are given up. */
  readonly index: number;
  readonly connection: number;
  /** Which of the connection's recorded frames it came in, from 0: a body of BOSH may hold several stanzas. */
  readonly raw: number;
  readonly direction: Direction;
  /** Unix milliseconds; null: not known. */
  readonly at: number | null;
  /** Size on the wire in bytes of UTF-8, before masking. */
  readonly bytes: number;
  /** Masked. */
  readonly text: string;
  readonly step: Step;
  readonly kind: FrameKind;
  /** What it is about in a few words: the node, the mechanism and user, the condition of an error. */
  readonly about: string;
  readonly rule: Rule | null;
  /** Index of the request that it answers. */
  readonly answers: number | null;
  /** Milliseconds since that request. */
  readonly latencyMs: number | null;
  /** Faults that show at this frame. */
  readonly faults: readonly FaultCode[];
  /** One sentence: what this frame does. */
  says(language: Language): string;
  /** One sentence: what should come next; "" where nothing in particular. */
  expects(language: Language): string;
}

export interface Fault {
  readonly code: FaultCode;
  readonly connection: number;
  /** Index of the frame at which it shows; null: it shows in the upgrade, in the end, or in something that never came. */
  readonly frame: number | null;
  /** The values that its sentences name. */
  readonly details: Readonly<Record<string, string | number>>;
}

export type StepProgress = "done" | "expected" | "missing" | "late" | "refused" | "malformed";

export interface StepState {
  readonly connection: number;
  readonly step: Step;
  readonly state: StepProgress;
  /** How many frames belong to it. */
  readonly frames: number;
}

/** One line of the table of an upgrade: a field, what it is and what it should be. */
export interface UpgradeField {
  readonly part: "request" | "response";
  /** A key for translations and tests: "method", "status", or the header in lower case. */
  readonly name: string;
  /** As it is written: "Sec-WebSocket-Protocol". */
  readonly title: string;
  /** Masked; null: the source does not tell it. */
  readonly value: string | null;
  readonly expected: string;
  /** null: it cannot be told, since the value is not known. */
  readonly ok: boolean | null;
  /** One sentence: what it is for. */
  says(language: Language): string;
}

export interface ExplainedConnection {
  readonly index: number;
  readonly transport: Transport;
  /** Masked; "": not known. */
  readonly url: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Close code of the socket; null: not known, or still open. */
  readonly code: number | null;
  /** Full jid that was bound; "": none. */
  readonly jid: string;
  readonly upgrade: readonly UpgradeField[];
}

export interface Explanation {
  readonly connections: readonly ExplainedConnection[];
  /** The newest, oldest first; `dropped` older ones were given up. */
  readonly frames: readonly ExplainedFrame[];
  readonly dropped: number;
  readonly steps: readonly StepState[];
  /** By connection, and there in the order in which they show. */
  readonly faults: readonly Fault[];
  /** A few sentences: what came of it, and what to do. */
  verdict(language: Language): string;
}

/** A fault in words. */
export interface FaultTexts {
  readonly title: string;
  readonly says: string;
  readonly fix: string;
  /** Path of its page: "docs/faults/wrong-password.md". */
  readonly page: string;
}
