/**
 * Who may use the API: bearer tokens of the settings (RFC 6750).
 *
 * @module
 */

import { Problem, type ProblemCode } from "../problem.ts";
import type { DoorContext } from "../request.ts";
import { type DoorSettings, doorSettings } from "../settings.ts";

/** What a token opens: publishing and the service contact, or everything. */
export type Scope = "publish" | "admin";

/** A handler behind a lock: runs only for a token that opens it. */
export function behind(scope: Scope, handler: (c: DoorContext) => Promise<Response>): (c: DoorContext) => Promise<Response> {
  return async (c) => {
    await checkToken(c, scope);
    return await handler(c);
  };
}

/** @throws {Problem} where the request has no token that opens the scope */
export async function checkToken(c: DoorContext, scope: Scope): Promise<void> {
  const refusal = await tokenRefusal(c.req.header("Authorization"), scope, doorSettings(c.env));
  if (refusal) throw new Problem(refusal, { headers: { "WWW-Authenticate": CHALLENGES[refusal] } });
}

/** RFC 6750 §3 */
export const CHALLENGE = 'Bearer realm="deskwire"';

type Refusal = Extract<ProblemCode, "unauthorized" | "invalid-token" | "token-not-configured" | "insufficient-scope">;

/** RFC 6750 §3: no error code where no token was given. */
const CHALLENGES: Readonly<Record<Refusal, string>> = {
  unauthorized: CHALLENGE,
  "token-not-configured": CHALLENGE,
  "invalid-token": 'Bearer realm="deskwire", error="invalid_token"',
  "insufficient-scope": 'Bearer realm="deskwire", error="insufficient_scope"',
};

/** Why an `Authorization` header does not open a scope; undefined: it does. */
export async function tokenRefusal(
  header: string | undefined,
  scope: Scope,
  { adminToken, publishToken }: Pick<DoorSettings, "adminToken" | "publishToken">,
): Promise<Refusal | undefined> {
  if (adminToken === null && (scope === "admin" || publishToken === null)) return "token-not-configured";
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "")?.[1];
  if (given === undefined) return "unauthorized";
  // Both are always compared, so that the time does not tell which one came near.
  const [isAdmin, isPublish] = await Promise.all([isSame(given, adminToken), isSame(given, publishToken)]);
  if (isAdmin) return undefined;
  if (!isPublish) return "invalid-token";
  return scope === "publish" ? undefined : "insufficient-scope";
}

/** Compares by digests: neither length nor first difference shows in the time. */
async function isSame(given: string, token: string | null): Promise<boolean> {
  const [left, right] = await Promise.all([digest(given), digest(token ?? "")]);
  let difference = token === null ? 1 : 0;
  for (let at = 0; at < left.length; at++) difference |= (left[at] as number) ^ (right[at] as number);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
