/**
 * Which object hosts a node: the one function that decides it, for sessions, managers and the door.
 *
 * @module
 */

import { type Family, FINESSE, placeOf, prepareLocal } from "../xmpp/mod.ts";
import type { Settings } from "./settings.ts";

/** Name of the host of a node; what belongs to no family is on an object of its own, if it was created. `node` as `nodeName()` gives it. */
export function hostOf(domain: string, node: string, settings: Pick<Settings, "SHARED_HOSTS" | "families">): string {
  const placed = placeOf(node, settings.families);
  if (!placed) return `${domain}/own/${node}`;
  switch (placed.family.host) {
    case "own":
      return `${domain}/own/${node}`;
    case "broadcast":
      return broadcastHostOf(domain);
    case "shared": {
      // All nodes of a user are on one host, however the publisher writes the user's name.
      const key = placed.user === undefined ? node : (prepareLocal(placed.user) ?? placed.user);
      return `${domain}/shared/${fnv1a(key) % Math.max(1, settings.SHARED_HOSTS)}`;
    }
  }
}

/** Name of the host of what everybody of a domain listens to, the service contact included. */
export const broadcastHostOf = (domain: string): string => `${domain}/broadcast`;

const marks = new WeakMap<readonly Family[], number>();

/** By what a table is told from another; the preset's is 0. */
export function markOfTable(families: readonly Family[]): number {
  if (families === FINESSE) return 0;
  const mark = marks.get(families) ?? fnv1a(JSON.stringify(families)) + 1;
  marks.set(families, mark);
  return mark;
}

/** FNV-1a over UTF-8, 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
