/**
 * Every fault: the step it belongs to, what it makes of that step, the rule behind it, and whether it explains why the
 * connection got no further.
 *
 * @module
 */

import type { Step, StepProgress } from "./explanation.ts";
import type { FaultCode } from "./fault_codes.ts";
import type { RuleName } from "./rules.ts";

export interface FaultKind {
  readonly step: Step;
  readonly state: Exclude<StepProgress, "done" | "expected">;
  readonly rule: RuleName;
  /** True: what is missing after it, and the end of the socket, need no fault of their own. */
  readonly isFinal: boolean;
}

const final = (step: Step, state: FaultKind["state"], rule: RuleName): FaultKind => ({ step, state, rule, isFinal: true });
const passing = (step: Step, state: FaultKind["state"], rule: RuleName): FaultKind => ({ step, state, rule, isFinal: false });

export const FAULTS: Readonly<Record<FaultCode, FaultKind>> = {
  "upgrade-stripped": final("upgrade", "refused", "upgrade"),
  "upgrade-wrong-path": final("upgrade", "refused", "upgrade-answer"),
  "origin-refused": final("upgrade", "refused", "origin"),
  "tls-failed": final("upgrade", "refused", "tls-only"),
  "server-unreachable": final("upgrade", "missing", "upgrade"),
  "server-busy": final("upgrade", "refused", "upgrade-answer"),
  "upgrade-refused": final("upgrade", "refused", "upgrade-answer"),
  "upgrade-unanswered": final("upgrade", "missing", "upgrade-answer"),
  "handshake-failed": final("upgrade", "malformed", "upgrade-answer"),
  "subprotocol-missing": passing("upgrade", "malformed", "subprotocol"),
  "open-unanswered": final("open", "missing", "open"),
  "open-missing": final("open", "missing", "open"),
  "wrong-domain": final("open", "refused", "host-unknown"),
  "wrong-framing": final("open", "malformed", "framing"),
  "unsupported-version": final("open", "refused", "unsupported-version"),
  "no-common-mechanism": final("auth", "refused", "mechanisms"),
  "wrong-password": final("auth", "refused", "not-authorized"),
  "credentials-expired": final("auth", "refused", "credentials-expired"),
  "account-disabled": final("auth", "refused", "account-disabled"),
  "authzid-refused": final("auth", "refused", "invalid-authzid"),
  "locked-out": final("auth", "refused", "temporary-auth-failure"),
  "auth-malformed": final("auth", "malformed", "incorrect-encoding"),
  "auth-unanswered": final("auth", "missing", "auth"),
  "auth-missing": final("auth", "missing", "auth"),
  "restart-missing": final("restart", "missing", "restart"),
  "bind-missing": final("bind", "missing", "bind"),
  "bind-refused": final("bind", "refused", "bind-error"),
  "resource-conflict": final("bind", "refused", "conflict"),
  "tabs-kick-each-other": final("bind", "refused", "conflict"),
  "presence-missing": passing("presence", "missing", "presence"),
  "presence-negative": passing("presence", "malformed", "priority"),
  "service-contact-absent": passing("service-contact", "missing", "presence-probe"),
  "subscribe-missing": passing("subscribe-user", "missing", "subscribe"),
  "subscription-refused": passing("subscribe-other", "refused", "subscribe-errors"),
  "node-not-found": passing("subscribe-other", "refused", "subscribe-errors"),
  "subscribe-wrong-jid": passing("subscribe-other", "malformed", "subscribe-errors"),
  "publish-refused": passing("publish", "refused", "publish"),
  "nothing-published": passing("event", "missing", "event"),
  "pings-unanswered": final("ping", "missing", "ping"),
  "idle-proxy": final("close", "missing", "keep-alive"),
  "socket-lost": final("close", "missing", "close"),
  "server-shutdown": final("close", "refused", "system-shutdown"),
  "connection-timeout": final("close", "refused", "connection-timeout"),
  "slow-consumer": final("close", "refused", "resource-constraint"),
  "resume-failed": passing("resume", "refused", "resume"),
  "not-well-formed": final("other", "malformed", "not-well-formed"),
  "two-stanzas-in-frame": final("other", "malformed", "one-per-frame"),
  "restricted-xml": final("other", "malformed", "restricted-xml"),
  "frame-too-large": final("other", "malformed", "policy-violation"),
  "policy-violation": final("close", "refused", "policy-violation"),
  "rights-revoked": final("close", "refused", "stream-condition"),
  "payload-escaped-twice": passing("event", "malformed", "event"),
  "slow-step": passing("other", "late", "iq"),
  "clock-skew": passing("other", "malformed", "delay"),
  "bosh-session-expired": final("close", "refused", "bosh-terminal"),
  "bosh-refused": final("open", "refused", "bosh-terminal"),
  "stream-error": final("close", "refused", "stream-condition"),
};
