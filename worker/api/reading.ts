/**
 * Who reads over HTTP: a back end by its token, or a user by name and password (RFC 7617), who may read what may be
 * subscribed to over XMPP.
 *
 * No answer asks for a password (`WWW-Authenticate: Basic`): browsers would open a dialogue of their own for that.
 *
 * @module
 */

import type { ReadRefusal, ReadsAs } from "../../durable/contract.ts";
import { CONTRACT, READERS, readersNamed, sessionOf, within } from "../../durable/stubs.ts";
import { decodeBase64, decodeUtf8, ownJid } from "../../xmpp/mod.ts";
import { regionOf } from "../placing.ts";
import { Problem, retryAfter } from "../problem.ts";
import { type DoorContext, domainOf } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { checkToken, CHALLENGE } from "./auth.ts";

/** Groups of readers of a region. */
export const GROUPS = 16;

/** The name of a group of the region that the request comes from. */
export function groupOf(c: DoorContext, n: number): { readonly name: string; readonly hint: { locationHint?: DurableObjectLocationHint } } {
  const { name, hint } = regionOf((c.req.raw as { cf?: { continent?: unknown } }).cf?.continent);
  return { name: `${READERS}${name}/${n}`, hint: hint ? { locationHint: hint } : {} };
}

/**
 * Who a request says that it is from; a token is checked here, a password by whoever is asked next.
 *
 * @throws {Problem} where it names nobody
 */
export async function readerOf(c: DoorContext): Promise<ReadsAs> {
  const header = c.req.header("Authorization");
  if (header === undefined) {
    throw new Problem("unauthorized", { detail: "A bearer token, or a user's name and password (Basic)", headers: { "WWW-Authenticate": CHALLENGE } });
  }
  const basic = /^Basic +(\S+) *$/i.exec(header)?.[1];
  if (basic === undefined) {
    await checkToken(c, "publish");
    return { kind: "token" };
  }
  const user = userOf(basic, domainOf(c));
  if (!user) throw problemOfRefusal("invalid-credentials");
  return { kind: "user", ...user };
}

/** `user-id:password` in UTF-8, base64 (RFC 7617 §2, §2.1); the id is a localpart or a bare jid, as at a sign-in. */
export function userOf(basic: string, domain: string): { readonly jid: string; readonly password: string } | undefined {
  const octets = decodeBase64(basic);
  const text = octets && decodeUtf8(octets);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon === -1) return undefined;
  const [jid, password] = [ownJid(text.slice(0, colon), domain), text.slice(colon + 1)];
  return jid !== undefined && password !== "" ? { jid, password } : undefined;
}

/** What a short poll has been found to be from; null: whoever has a token. */
export type Known = { readonly jid: string; readonly storedKey: string } | null;

/** Checks the password of a user who reads. */
export async function known(c: DoorContext, as: ReadsAs): Promise<Known> {
  if (as.kind === "token") return null;
  const { jid, password } = as;
  const answer = await within(doorSettings(c.env).CALL_DEADLINE_MS, readersNamed(c.env, groupOf(c, 0).name).signIn({ v: CONTRACT, jid, password }));
  if ("refused" in answer) throw problemOfRefusal(answer.refused);
  return { jid, storedKey: answer.storedKey };
}

/** @throws {Problem} where the user may not read the node */
export async function checkRight(c: DoorContext, by: Known, node: string): Promise<void> {
  if (!by) return;
  const call = sessionOf(c.env, by.jid).reads({ v: CONTRACT, group: null, nodes: [node], ...by });
  const answer = await within(doorSettings(c.env).CALL_DEADLINE_MS, call);
  if (answer.outcome === "gone") throw problemOfRefusal("invalid-credentials");
  if (answer.outcome === "refused") throw problemOfRefusal(answer.refusal.condition === "forbidden" ? "forbidden" : "node-not-found", node);
}

/** What a group of readers refuses, as a problem. */
export function problemOfRefusal(code: ReadRefusal, node?: string): Problem {
  const detail = node === undefined ? {} : { detail: `Node: ${node}` };
  switch (code) {
    case "full":
      return new Problem("no-capacity", { headers: retryAfter(10) });
    case "unavailable":
      return new Problem("unavailable", { headers: retryAfter(1) });
    case "too-many-readers":
      return new Problem(code, { headers: retryAfter(10) });
    case "invalid-credentials":
    case "invalid-ticket":
      return new Problem(code, { headers: { "WWW-Authenticate": CHALLENGE } });
    case "invalid-query":
      return new Problem(code, { detail: "since must have a position for each node of the ticket" });
    default:
      return new Problem(code, detail);
  }
}
