/**
 * Which mechanisms a stream may sign in with (RFC 6120 §6.4.1).
 *
 * @module
 */

import type { ScramHash, StreamSettings } from "./effects.ts";

/** A way to sign in; `hash` null: the password itself. */
export interface Mechanism {
  readonly name: string;
  readonly hash: ScramHash | null;
}

const SCRAM_SHA_256: Mechanism = { name: "SCRAM-SHA-256", hash: "SHA-256" };
const SCRAM_SHA_1: Mechanism = { name: "SCRAM-SHA-1", hash: "SHA-1" };
const PLAIN: Mechanism = { name: "PLAIN", hash: null };

/** By profile, the best first. No -PLUS: there is no channel binding (RFC 5802 §6). */
const OFFERED: Readonly<Record<StreamSettings["profile"], readonly Mechanism[]>> = {
  open: [SCRAM_SHA_256, SCRAM_SHA_1, PLAIN],
  "finesse-strict": [PLAIN],
};

/** Names of the mechanisms of a profile, in the order in which they are told. */
export function offeredMechanisms(profile: StreamSettings["profile"]): string[] {
  return OFFERED[profile].map(({ name }) => name);
}

/** The mechanism of that name, if the profile offers it. */
export function mechanismNamed(name: string, profile: StreamSettings["profile"]): Mechanism | undefined {
  return OFFERED[profile].find((offered) => offered.name === name);
}
