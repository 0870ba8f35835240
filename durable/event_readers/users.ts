/**
 * Which readers are whose, and what their group was told of the rights of each user.
 *
 * @module
 */

import { type Family, maySubscribe, placeOf } from "../../xmpp/mod.ts";
import type { ReaderRights } from "../contract.ts";

/** A user who reads. */
export interface ReaderUser {
  readonly jid: string;
  /** By which the user signed in, base64. */
  readonly storedKey: string;
}

/** What is looked at of a reader when rights change. */
export interface Revocable {
  readonly user: ReaderUser | null;
  /** Version of the rights under which it reads; 0: its session is still being asked. */
  rights: number;
  readonly nodes: ReadonlySet<string>;
  /** Ends it: the right to this node is gone; null: its user is. */
  revoke(node: string | null): void;
}

interface User<R> {
  /** Highest version of the rights that was told. */
  told: number;
  readonly readers: Set<R>;
}

export class ReadersOfUsers<R extends Revocable> {
  readonly #families: readonly Family[];
  readonly #users = new Map<string, User<R>>();

  constructor(families: readonly Family[]) {
    this.#families = families;
  }

  add(reader: R): void {
    if (!reader.user) return;
    const { jid } = reader.user;
    const user = this.#users.get(jid) ?? { told: 0, readers: new Set() };
    user.readers.add(reader);
    this.#users.set(jid, user);
  }

  remove(reader: R): void {
    const user = reader.user ? this.#users.get(reader.user.jid) : undefined;
    if (!reader.user || !user?.readers.delete(reader)) return;
    if (user.readers.size === 0) this.#users.delete(reader.user.jid);
  }

  countOf(jid: string): number {
    return this.#users.get(jid)?.readers.size ?? 0;
  }

  /** Were these rights outdated before they were heard of? */
  isOutdated(jid: string, version: number): boolean {
    return version < (this.#users.get(jid)?.told ?? 0);
  }

  /**
   * Rights of a user changed; null: the user is gone. Who may not go on is ended; what was granted under this version or
   * a later one is spared.
   *
   * @returns false if no reader of the user is left
   */
  change(jid: string, version: number, rights: ReaderRights | null): boolean {
    const user = this.#users.get(jid);
    if (!user) return false;
    user.told = Math.max(user.told, version);
    for (const reader of [...user.readers]) {
      if (reader.rights >= version) continue;
      const node = rights === null ? null : [...reader.nodes].find((address) => !this.#mayRead(rights, address));
      if (node !== undefined) reader.revoke(node === null ? null : nodeOf(node));
      else if (reader.rights > 0) reader.rights = version;
    }
    return this.#users.has(jid);
  }

  #mayRead(rights: ReaderRights, address: string): boolean {
    const placed = placeOf(nodeOf(address), this.#families);
    return placed !== undefined && maySubscribe(rights, placed);
  }
}

const nodeOf = (address: string): string => address.slice(address.indexOf("/") + 1);
