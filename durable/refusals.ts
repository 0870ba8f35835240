/**
 * Refusals that several objects answer with, by the words of the wire (RFC 6120 §8.3.3).
 *
 * @module
 */

/** Whom the answer depends on was not reached, or did not answer in time. */
export const UNREACHED = { type: "wait", condition: "remote-server-timeout" } as const;

/** There is nobody, or nobody any more: the same for who is absent, who is unknown, and who does not want to be reached (§13.10.2). */
export const UNAVAILABLE = { type: "cancel", condition: "service-unavailable" } as const;
