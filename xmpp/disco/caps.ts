/**
 * A profile named by its hash, so that clients ask for each only once (XEP-0115 §5).
 *
 * @module
 */

import type { Identity, Profile } from "./info.ts";
import { sha1 } from "./sha1.ts";

/** Names this software; with `#` and the hash behind it, a node of disco#info (§4). */
export const CAPS_NODE = "urn:deskwire:caps";

const known = new WeakMap<Profile, string>();

/** What `<c/>` tells of a profile; its hash is made once. */
export function capsOf(profile: Profile): { readonly node: string; readonly ver: string; readonly hash: "sha-1" } {
  let ver = known.get(profile);
  if (ver === undefined) {
    ver = verificationOf(profile);
    known.set(profile, ver);
  }
  return { node: CAPS_NODE, ver, hash: "sha-1" };
}

/** The node under which a profile may be asked for as well (§6.2). */
export function capsNodeOf(profile: Profile): string {
  const { node, ver } = capsOf(profile);
  return `${node}#${ver}`;
}

/** Makes the verification string of a profile without forms: base64 of the SHA-1 of what it lists, sorted (§5.1). */
export function verificationOf({ identities, features }: Profile): string {
  const text =
    [...identities]
      .sort(byIdentity)
      .map(({ category, type, lang = "", name = "" }) => `${category}/${type}/${lang}/${name}<`)
      .join("") +
    [...features]
      .sort(byOctets)
      .map((feature) => `${feature}<`)
      .join("");
  return btoa(String.fromCharCode(...sha1(new TextEncoder().encode(text))));
}

function byIdentity(a: Identity, b: Identity): number {
  return byOctets(a.category, b.category) || byOctets(a.type, b.type) || byOctets(a.lang ?? "", b.lang ?? "");
}

/** The collation i;octet: UTF-8 sorts as its code points do. */
function byOctets(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
