/**
 * Signing in, one attempt after the other until one succeeds or there were too many (RFC 6120 §6.4).
 *
 * @module
 */

import { decodeBase64, encodeBase64, encodeUtf8 } from "../sasl/base64.ts";
import { renderFailure, SASL_NS, type SaslCondition } from "../sasl/failure.ts";
import { parsePlain } from "../sasl/plain.ts";
import { type Element, textOf } from "../xml/element.ts";
import type { Effect } from "./effects.ts";
import { failStream } from "./ending.ts";
import { identify } from "./identity.ts";
import { mechanismNamed } from "./mechanisms.ts";
import { beginScram, finishScram } from "./scram_exchange.ts";
import { send, type Turn } from "./turn.ts";

/** Failures that are no wrong guess, and do not count as one. */
const UNCOUNTED: ReadonlySet<SaslCondition> = new Set(["aborted", "temporary-auth-failure"]);

/** `<auth/>`: drops an attempt under way (§6.4.2) and begins another. */
export function beginAttempt(turn: Turn, element: Element): Effect[] {
  const { stream, context } = turn;
  const mechanism = mechanismNamed(element.attrs["mechanism"] ?? "", context.settings.profile);
  if (!mechanism) return failAttempt(turn, "invalid-mechanism");
  stream.sasl = { mechanism: mechanism.name, step: "initial" };
  const data = textOf(element);
  return data === "" ? [challenge("")] : takeInitial(turn, data); // §6.4.2: none is not the same as an empty one
}

/** `<response/>`: goes on where the attempt stands. */
export function continueAttempt(turn: Turn, element: Element): Effect[] {
  const { sasl } = turn.stream;
  if (sasl?.step === "initial") return takeInitial(turn, textOf(element));
  if (sasl?.step !== "final") return failAttempt(turn, "malformed-request");
  const octets = decodeBase64(textOf(element));
  if (!octets) return failAttempt(turn, "incorrect-encoding");
  const next = finishScram(sasl, octets);
  return typeof next === "string" ? failAttempt(turn, next) : [next];
}

/** `<abort/>` (§6.4.4). */
export function abortAttempt(turn: Turn): Effect[] {
  return failAttempt(turn, "aborted");
}

/** The client's first data, with `<auth/>` or as the response to an empty challenge (§6.3.10). */
function takeInitial(turn: Turn, data: string): Effect[] {
  const { stream, context } = turn;
  const octets = decodeBase64(data); // §6.3.5: strict
  if (!octets) return failAttempt(turn, "incorrect-encoding");
  const mechanism = mechanismNamed(stream.sasl?.mechanism ?? "", context.settings.profile);
  if (mechanism?.hash) {
    const next = beginScram(turn, { octets, mechanism: mechanism.name, hash: mechanism.hash });
    return typeof next === "string" ? failAttempt(turn, next) : [next];
  }
  const plain = parsePlain(octets);
  if (plain === "malformed-request") return failAttempt(turn, plain);
  const identity = identify(stream, plain);
  if ("failure" in identity) return failAttempt(turn, identity.failure);
  return [{ effect: "checkPassword", jid: identity.jid, password: plain.password }];
}

/** A challenge of the server; without data, it asks for the client's first (§6.4.3). */
export function challenge(text: string): Effect {
  const data = encodeBase64(encodeUtf8(text));
  return send(data === "" ? `<challenge xmlns="${SASL_NS}"/>` : `<challenge xmlns="${SASL_NS}">${data}</challenge>`);
}

/** The client is who it says; its next frame is an `<open/>` (§6.4.6). */
export function succeed(
  { stream }: Turn,
  { jid, storedKey, text = "" }: { readonly jid: string; readonly storedKey: string; readonly text?: string },
): Effect[] {
  stream.sasl = null;
  stream.jid = jid;
  stream.storedKey = storedKey;
  stream.phase = "restarting";
  const data = encodeBase64(encodeUtf8(text));
  return [send(data === "" ? `<success xmlns="${SASL_NS}"/>` : `<success xmlns="${SASL_NS}">${data}</success>`)];
}

/** Ends one attempt; the stream stays, unless it was the last that is allowed (§6.4.5). */
export function failAttempt(turn: Turn, condition: SaslCondition): Effect[] {
  const { stream, context } = turn;
  stream.sasl = null;
  const failed = send(renderFailure({ condition }));
  if (UNCOUNTED.has(condition) || ++stream.authAttempts < context.settings.maxAuthAttempts) return [failed];
  return [failed, ...failStream(turn, { error: { condition: "policy-violation", text: "Too many failed sign-ins" } })];
}
