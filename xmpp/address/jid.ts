/**
 * Addresses: `local@domain/resource` (RFC 7622, RFC 6120 §1.4).
 *
 * An address has one canonical text, made here and nowhere else; canonical ones are compared as strings.
 *
 * @module
 */

import { prepareDomain } from "./domain.ts";
import { fitsPart, opaqueString, usernameCaseMapped } from "./precis.ts";

/** An address in its prepared parts; "" for a part that it does not have. */
export interface Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
}

/** Splits an address and prepares its parts (RFC 7622 §3.1); undefined: malformed. */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf("/"); // first the resource, which may hold "@" itself
  const bare = slash === -1 ? text : text.slice(0, slash);
  const at = bare.indexOf("@");
  const local = at === -1 ? "" : prepareLocal(bare.slice(0, at));
  const domain = prepareDomain(bare.slice(at + 1));
  const resource = slash === -1 ? "" : prepareResource(text.slice(slash + 1));
  if (local === undefined || domain === undefined || resource === undefined) return undefined;
  return { local, domain, resource };
}

/** Writes an address. */
export function formatJid({ local, domain, resource }: Jid): string {
  return `${local === "" ? "" : `${local}@`}${domain}${resource === "" ? "" : `/${resource}`}`;
}

/** Makes any address canonical, its resource included; undefined: malformed. */
export function canonicalJid(text: string): string | undefined {
  const jid = parseJid(text);
  return jid && formatJid(jid);
}

/** Makes the bare address of any address, canonical; undefined: malformed. The one function that does. */
export function bareJid(text: string): string | undefined {
  const jid = parseJid(text);
  return jid && formatJid({ ...jid, resource: "" });
}

/** Cuts the resource off an address that is canonical already. */
export function bareOf(full: string): string {
  const slash = full.indexOf("/");
  return slash === -1 ? full : full.slice(0, slash);
}

/** Cuts out the resource of an address that is canonical already; "" if it has none. */
export function resourceOf(full: string): string {
  const slash = full.indexOf("/");
  return slash === -1 ? "" : full.slice(slash + 1);
}

/** Prepares a localpart: case folded, and nothing in it that means something else (RFC 7622 §3.3.1). */
export function prepareLocal(text: string): string | undefined {
  const prepared = usernameCaseMapped(text);
  return prepared !== undefined && fitsPart(prepared) && !/["&'/:<>@]/.test(prepared) ? prepared : undefined;
}

/**
 * Prepares a resource, whose case and spaces count (RFC 7622 §3.4.1).
 *
 * A leading space is refused, as in example 18 of RFC 7622 §3.5, though the profile itself would let it pass.
 */
export function prepareResource(text: string): string | undefined {
  const prepared = opaqueString(text);
  return prepared !== undefined && fitsPart(prepared) && !prepared.startsWith(" ") ? prepared : undefined;
}
