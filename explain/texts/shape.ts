/**
 * What every language has to say. A sentence that is missing does not compile.
 *
 * `{name}` is filled in; a part in square brackets is left out where one of its values is not known.
 *
 * @module
 */

import type { FrameKind, Step, StepProgress } from "../explanation.ts";
import type { FaultCode } from "../fault_codes.ts";

/** What is put into a sentence for `{name}`. */
export type Values = Readonly<Record<string, string | number>>;

/** Kinds of frames, and those that are said otherwise in some place. */
export type SayKey =
  | FrameKind
  | "restart-request"
  | "restart-response"
  | "restart-features"
  | "bosh-create"
  | "bosh-created"
  | "auth-plain"
  | "auth-plain-authzid"
  | "auth-scram"
  | "contact-available"
  | "contact-unavailable"
  | "presence-received"
  | "presence-own"
  | "roster-set"
  | "roster-push"
  | "message-received"
  | "message-copy"
  | "presence-unavailable-received"
  | "ping-received"
  | "pong-sent"
  | "acknowledgement-request-received"
  | "refused-bind"
  | "refused-subscribe"
  | "refused-publish"
  | "refused-message"
  | "unread-message"
  | "close-answer";

/** What a frame does, and what should come next ("": nothing in particular). */
export type FrameText = readonly [says: string, expects: string];

export interface FaultText {
  readonly title: string;
  readonly says: string;
  readonly fix: string;
}

/** Fields of the upgrade: `request method`, `response upgrade`. */
export type UpgradeKey =
  | "request method"
  | "request scheme"
  | "request host"
  | "request file"
  | "request upgrade"
  | "request connection"
  | "request sec-websocket-version"
  | "request sec-websocket-key"
  | "request sec-websocket-protocol"
  | "request origin"
  | "response status"
  | "response upgrade"
  | "response connection"
  | "response sec-websocket-accept"
  | "response sec-websocket-protocol";

export interface Texts {
  readonly steps: Readonly<Record<Step, string>>;
  readonly states: Readonly<Record<StepProgress, string>>;
  readonly frames: Readonly<Record<SayKey, FrameText>>;
  readonly fields: Readonly<Record<UpgradeKey, string>>;
  readonly faults: Readonly<Record<FaultCode, FaultText>>;
  readonly verdict: {
    readonly nothing: string;
    readonly "under-way": string;
    readonly healthy: string;
    readonly over: string;
    readonly fault: string;
    readonly faults: string;
  };
  readonly report: {
    readonly title: string;
    readonly masked: string;
    readonly faults: string;
    readonly "no-faults": string;
    readonly fix: string;
    readonly rule: string;
    readonly connection: string;
    readonly step: string;
    readonly state: string;
    readonly frames: string;
    readonly sent: string;
    readonly received: string;
    readonly "left-out": string;
  };
}
