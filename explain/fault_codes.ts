/**
 * The codes of all faults, stable once they were published, in the order of the steps they happen in.
 *
 * @module
 */

export const FAULT_CODES = [
  // The upgrade (RFC 6455 §4)
  "upgrade-stripped",
  "upgrade-wrong-path",
  "origin-refused",
  "tls-failed",
  "server-unreachable",
  "server-busy",
  "upgrade-refused",
  "upgrade-unanswered",
  "handshake-failed",
  "subprotocol-missing",
  // The stream (RFC 7395 §3)
  "open-unanswered",
  "open-missing",
  "wrong-domain",
  "wrong-framing",
  "unsupported-version",
  // Signing in (RFC 6120 §6)
  "no-common-mechanism",
  "wrong-password",
  "credentials-expired",
  "account-disabled",
  "authzid-refused",
  "locked-out",
  "auth-malformed",
  "auth-unanswered",
  "auth-missing",
  "restart-missing",
  // Binding (RFC 6120 §7)
  "bind-missing",
  "bind-refused",
  "resource-conflict",
  "tabs-kick-each-other",
  // Presence (RFC 6121 §4)
  "presence-missing",
  "presence-negative",
  "service-contact-absent",
  // Publish-subscribe (XEP-0060)
  "subscribe-missing",
  "subscription-refused",
  "node-not-found",
  "subscribe-wrong-jid",
  "publish-refused",
  "nothing-published",
  // The live connection
  "pings-unanswered",
  "idle-proxy",
  "socket-lost",
  "server-shutdown",
  "connection-timeout",
  "slow-consumer",
  "resume-failed",
  "not-well-formed",
  "two-stanzas-in-frame",
  "restricted-xml",
  "frame-too-large",
  "policy-violation",
  "rights-revoked",
  "payload-escaped-twice",
  "slow-step",
  "clock-skew",
  "bosh-session-expired",
  "bosh-refused",
  "stream-error",
] as const;

export type FaultCode = (typeof FAULT_CODES)[number];
