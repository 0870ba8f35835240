/**
 * Every way to be refused by the publish-subscribe service, with the error that goes on the wire (XEP-0060 §5 to §8).
 *
 * @module
 */

import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";

const specific = (condition: StanzaError["condition"], name: string, type?: StanzaError["type"]): StanzaError =>
  stanzaError(condition, type === undefined ? { specific: name } : { specific: name, type });

/** The error of a feature that is not there. */
export function unsupported(feature: string): StanzaError {
  return stanzaError("feature-not-implemented", { specific: "unsupported", feature });
}

/** By name; beside each the sections that demand it. */
export const REFUSALS = {
  "access-model-unsupported": specific("not-acceptable", "unsupported-access-model"), // PE-8.1.2
  "already-pending": specific("not-authorized", "pending-subscription"), // PE-6.1.3.7
  "closed-node": specific("not-allowed", "closed-node"), // PE-6.1.3.4, PE-6.5.9.8
  "config-impossible": stanzaError("not-acceptable"), // PE-8.2.5.2, PE-8.8.2.4, PE-8.9.2.4
  "creator-not-allowed": stanzaError("forbidden"), // PE-8.1.1
  "duplicate-jid": stanzaError("bad-request"), // §8.9.2.4
  "item-forbidden": specific("bad-request", "item-forbidden"), // PE-7.1.3.7
  "item-required": specific("bad-request", "item-required"), // PE-7.1.3.7, PE-7.2.3.4
  "jid-mismatch": specific("bad-request", "invalid-jid"), // PE-6.1.3.1
  "jid-required": specific("bad-request", "jid-required"), // PE-6.3.4.3
  locked: stanzaError("not-allowed"), // a family's node stays
  malformed: stanzaError("bad-request"),
  "max-nodes": specific("not-allowed", "max-nodes-exceeded"), // §16.3
  "may-not-publish": stanzaError("forbidden"), // PE-7.1.3.1
  "may-not-retract": stanzaError("forbidden"), // PE-7.2.3.1
  "no-item": stanzaError("item-not-found"), // PE-7.2.3.2
  "no-node": stanzaError("item-not-found"), // PE-6.1.3.12, PE-6.2.3.4, PE-6.3.4.7, PE-6.5.9.11, PE-7.1.3.3, PE-7.2.3.2, PE-8.2.3.5, PE-8.4.3.2, PE-8.5.3.4, PE-8.7.3.4, PE-8.8.1.3, PE-8.9.1.3
  "node-exists": stanzaError("conflict"), // PE-8.1.1
  "node-full": specific("conflict", "node-full"), // PE-7.1.3.4
  "nodeid-required": specific("bad-request", "nodeid-required"), // PE-7.2.3.3, PE-8.2.3.3
  "not-in-roster-group": specific("not-authorized", "not-in-roster-group"), // PE-6.1.3.3, PE-6.5.9.7
  "not-owner": stanzaError("forbidden"), // PE-8.2.3.2, PE-8.4.3.1, PE-8.5.3.2, PE-8.7.3.3, PE-8.8.1.3, PE-8.9.1.3
  "not-persistent": unsupported("persistent-items"), // PE-6.5.9.4, PE-7.2.3.5, PE-8.5.3.3
  "not-subscribed": specific("unexpected-request", "not-subscribed", "cancel"), // PE-6.2.3.2
  "not-subscribed-options": specific("unexpected-request", "not-subscribed", "modify"), // PE-6.3.4.2
  "not-subscribed-items": specific("not-authorized", "not-subscribed"), // PE-6.5.9.3
  "options-invalid": specific("bad-request", "invalid-options"), // PE-6.3.6.2
  outcast: stanzaError("forbidden"), // PE-6.1.3.8, PE-6.5.9.10
  "payload-invalid": specific("bad-request", "invalid-payload"), // PE-7.1.3.6
  "payload-required": specific("bad-request", "payload-required"), // PE-7.1.3.7
  "payload-too-big": specific("not-acceptable", "payload-too-big"), // PE-7.1.3.5
  "precondition-not-met": specific("conflict", "precondition-not-met"), // PE-7.1.5
  "presence-required": specific("not-authorized", "presence-subscription-required"), // PE-6.1.3.2, PE-6.5.9.6
  "subid-invalid": specific("not-acceptable", "invalid-subid"), // PE-6.2.3.5, PE-6.3.4.5, PE-6.5.9.2
  "subid-required": specific("bad-request", "subid-required"), // PE-6.2.3.1, PE-6.3.4.4, PE-6.5.9.1
  "subscribing-disabled": unsupported("subscribe"), // PE-6.1.3.10
  "too-many-subscriptions": specific("policy-violation", "too-many-subscriptions", "wait"), // PE-6.1.3.9
  "not-yours": stanzaError("forbidden"), // PE-6.2.3.3, PE-6.3.4.1
} as const satisfies Record<string, StanzaError>;

export type RefusalName = keyof typeof REFUSALS;

/** A refusal, as decisions and readers answer it. */
export interface Refused {
  readonly refusal: StanzaError;
}

/** Refuses by name. */
export function refused(name: RefusalName): Refused {
  return { refusal: REFUSALS[name] };
}

/** The node is somewhere else for good (§6.1.3.11). */
export function moved(uri: string): Refused {
  return { refusal: stanzaError("gone", { type: "modify", uri }) };
}
