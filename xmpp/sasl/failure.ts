/**
 * Failures that end one attempt to sign in, and the stream goes on (RFC 6120 §6.4.5, §6.5).
 *
 * @module
 */

import { escapeText } from "../xml/serialize.ts";

/** The namespace of the SASL profile (RFC 6120 §6.2). */
export const SASL_NS = "urn:ietf:params:xml:ns:xmpp-sasl";

/** The defined conditions (RFC 6120 §6.5). */
export type SaslCondition =
  | "aborted"
  | "account-disabled"
  | "credentials-expired"
  | "encryption-required"
  | "incorrect-encoding"
  | "invalid-authzid"
  | "invalid-mechanism"
  | "malformed-request"
  | "mechanism-too-weak"
  | "not-authorized"
  | "temporary-auth-failure";

/** Why an attempt failed. A wrong password and an unknown user are both `not-authorized`, without text (§6.5.10). */
export interface SaslFailure {
  readonly condition: SaslCondition;
  readonly text?: string;
}

/** Writes a `<failure/>` as a frame of its own. */
export function renderFailure({ condition, text }: SaslFailure): string {
  const explained = text === undefined ? "" : `<text xml:lang="en">${escapeText(text)}</text>`;
  return `<failure xmlns="${SASL_NS}"><${condition}/>${explained}</failure>`;
}
