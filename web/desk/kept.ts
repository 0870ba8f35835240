/**
 * What a page that is reloaded keeps beside the client's own state: who it is, and what was on the screen.
 *
 * No password: the keys that SCRAM derived of it, in this tab's storage, and only while the page is being reloaded.
 *
 * @module
 */

import type { ScramKeys } from "../../client/mod.ts";
import type { DeskSnapshot } from "./state.ts";
import type { SystemInfo } from "./system_info.ts";

export interface Kept {
  readonly v: 1;
  /** Unix milliseconds. */
  readonly at: number;
  readonly user: string;
  readonly keys: ScramKeys;
  readonly system: SystemInfo;
  readonly desk: DeskSnapshot;
}

const KEY = "deskwire.desk";
/** A tab that is opened again later asks for the password. */
const MOST_MS = 120_000;

export function keep(kept: Kept): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Full: the next page asks for the password.
  }
}

/** Takes it out: who duplicates the tab later finds none. */
export function takeKept(): Kept | null {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  try {
    const kept = JSON.parse(text ?? "null") as Kept | null;
    return kept?.v === 1 && Date.now() - kept.at < MOST_MS ? kept : null;
  } catch {
    return null;
  }
}
