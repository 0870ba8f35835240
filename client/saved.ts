/**
 * What a page hands to the one that is loaded in its place: the stream, and where each node stands.
 *
 * A state is taken out as it is read. A tab that is duplicated while its page lives finds none, so that no two pages go on
 * with the same stream.
 *
 * @module
 */

import type { SMState } from "strophe.js";

import type { Position } from "./position.ts";

/** `sessionStorage`, or whatever has these. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface SavedNode {
  readonly node: string;
  /** Absent: not known yet. */
  readonly position?: Position | null;
  /** The server sends its items to this stream. */
  readonly subscribed: boolean;
  /** Nothing older than what comes next is missing. */
  readonly settled: boolean;
}

export interface Saved {
  readonly v: 1;
  /** Full. */
  readonly jid: string;
  /** XEP-0198: id, counters, what was not acknowledged; null: there is no stream to go on with. */
  readonly stream: SMState | null;
  readonly nodes: readonly SavedNode[];
}

/** Takes a state out of its store; undefined: there is none, or one of somebody else. */
export function takeSaved(store: Store, key: string, bareJid: string): Saved | undefined {
  const text = store.getItem(key);
  if (text === null) return undefined;
  store.removeItem(key);
  try {
    const saved = JSON.parse(text) as Saved | null;
    const isOurs = saved?.v === 1 && saved.jid.split("/", 1)[0]?.toLowerCase() === bareJid.toLowerCase() && Array.isArray(saved.nodes);
    return isOurs ? saved : undefined;
  } catch {
    return undefined;
  }
}

/** Puts a state into its store; false where that is full, or closed to the page. */
export function putSaved(store: Store, key: string, saved: Saved): boolean {
  try {
    store.setItem(key, JSON.stringify(saved));
    return true;
  } catch {
    return false;
  }
}
