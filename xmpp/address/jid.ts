/**
 * Addresses: `local@domain/resource` (RFC 7622, RFC 6120 §1.4).
 *
 * An address has one canonical text, made here and nowhere else; canonical ones are compared as strings.
 *
 * @module
 */

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

const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;

/**
 * Prepares a domain: lower case, without a trailing dot (RFC 7622 §3.2).
 *
 * Deviates: the canonical form of an internationalised name is its A-labels, not its U-labels, because that is what
 * the platform's IDNA (the one of URLs) gives; both spellings still become equal. A name that comes as A-labels is
 * taken as it is, whether or not it decodes: the platform does not verify those either.
 */
export function prepareDomain(text: string): string | undefined {
  if (text.length > 1024) return undefined;
  const lower = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase(); // §3.2: one dot at the end
  if (!fitsPart(lower)) return undefined;
  const name = /^[!-~]*$/.test(lower) ? lower : throughIdna(lower);
  if (HOST_NAME.test(name)) return fitsPart(name) ? name : undefined; // A-labels are longer
  return IPV6.test(name) && URL.canParse(`https://${name}/`) ? new URL(`https://${name}/`).hostname : undefined;
}

/** Asks the platform for the A-labels; "" if it is no name. Only letters, digits, hyphens and dots of ASCII go in. */
function throughIdna(name: string): string {
  if (!/^[a-z0-9.\u0080-\uffff-]*$/.test(name)) return "";
  const url = `https://${name}/`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : "";
}
