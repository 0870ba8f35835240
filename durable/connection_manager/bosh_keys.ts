/**
 * Key sequences: each request of a session shows what the key before it is the hash of (XEP-0124 §15).
 *
 * Whoever has seen a session's id and request numbers, but not its client's memory, can ask nothing by them.
 *
 * @module
 */

import { encodeUtf8, sha1 } from "../../xmpp/mod.ts";

/** What a request shows of its sequence, and begins; "" where it does neither. */
export interface Keys {
  readonly key: string;
  readonly newKey: string;
}

export class KeySequence {
  readonly #size: number;
  /** What the next key hashes to; null: the session has no keys. */
  #last: string | null;
  /** Of the newest requests: one that comes again must show the same. */
  readonly #shown = new Map<number, string>();

  /** `newKey`: of the request that began the session (§15.4); `size`: requests that may come again. */
  constructor(newKey: string, size: number) {
    this.#last = newKey === "" ? null : newKey.toLowerCase();
    this.#size = size;
  }

  /** Takes the keys of the request whose turn it is; false: they are wrong, or missing. */
  take(rid: number, { key, newKey }: Keys): boolean {
    if (this.#last === null) return true;
    if (hashOf(key) !== this.#last) return false;
    this.#last = (newKey === "" ? key : newKey).toLowerCase(); // §15.5: another sequence begins
    this.#shown.set(rid, key);
    for (const old of this.#shown.keys()) if (old <= rid - 2 * this.#size) this.#shown.delete(old);
    return true;
  }

  /** Is this who sent the request of that number the first time? */
  isSame(rid: number, { key }: Keys): boolean {
    return this.#last === null || this.#shown.get(rid) === key;
  }
}

/** Hexadecimal, in lower case (§15.3). */
function hashOf(key: string): string {
  return Array.from(sha1(encodeUtf8(key)), (octet) => octet.toString(16).padStart(2, "0")).join("");
}
