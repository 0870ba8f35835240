/**
 * The messages of a SCRAM attempt, between the client and the shell that has the keys (RFC 5802 §5).
 *
 * @module
 */

import { decodeUtf8 } from "../sasl/base64.ts";
import type { SaslCondition } from "../sasl/failure.ts";
import { authMessage, parseClientFinal, parseClientFirst, serverFirst } from "../sasl/scram.ts";
import type { Answers, Ask, ScramHash } from "./effects.ts";
import { identify } from "./identity.ts";
import type { SaslState } from "./stream.ts";
import type { Turn } from "./turn.ts";

type FinalState = Extract<SaslState, { step: "final" }>;

/** Takes the client's first message: the keys of whom it names are asked for. */
export function beginScram(
  { stream }: Turn,
  { octets, mechanism, hash }: { readonly octets: Uint8Array; readonly mechanism: string; readonly hash: ScramHash },
): Ask | SaslCondition {
  const text = decodeUtf8(octets);
  const first = text === undefined ? "malformed-request" : parseClientFirst(text);
  if (first === "malformed-request") return first;
  const identity = identify(stream, { authcid: first.username, authzid: first.authzid });
  if ("failure" in identity) return identity.failure;
  const { gs2, bare: clientFirstBare, nonce: clientNonce } = first;
  stream.sasl = { mechanism, step: "keys", jid: identity.jid, gs2, clientFirstBare, clientNonce };
  return { effect: "fetchKeys", jid: identity.jid, hash };
}

/** Has the keys: makes the server's first message, which is the next challenge. */
export function challengeWith({ stream, context }: Turn, keys: Exclude<Answers["fetchKeys"], { readonly unavailable: true }>): string | undefined {
  const { sasl } = stream;
  if (sasl?.step !== "keys") return undefined;
  const { mechanism, jid, gs2, clientFirstBare, clientNonce } = sasl;
  const nonce = clientNonce + context.newId(); // §5.1: the client's, and ours behind it
  const { salt, iterations, storedKey, serverKey } = keys;
  const first = serverFirst({ nonce, salt, iterations });
  stream.sasl = { mechanism, step: "final", jid, gs2, clientFirstBare, serverFirst: first, nonce, storedKey, serverKey };
  return first;
}

/** Takes the client's final message: its proof is for the shell to check. */
export function finishScram(
  { mechanism, jid, gs2, nonce, clientFirstBare, serverFirst, storedKey, serverKey }: FinalState,
  octets: Uint8Array,
): Ask | SaslCondition {
  const text = decodeUtf8(octets);
  const final = text === undefined ? "malformed-request" : parseClientFinal(text, { gs2, nonce });
  if (typeof final === "string") return final;
  const hash = mechanism === "SCRAM-SHA-1" ? "SHA-1" : "SHA-256";
  const message = authMessage({ clientFirstBare, serverFirst, withoutProof: final.withoutProof });
  return { effect: "checkProof", jid, hash, storedKey, serverKey, authMessage: message, proof: final.proof };
}
