/**
 * Is the user there? Who was, and has no available resource left, is told of to back ends after a grace
 * (docs/protocol.md: Sign-out).
 *
 * Pure: the session says which streams are available after each change of its own; what to store and to tell stands here.
 *
 * @module
 */

import type { ReportedCause } from "../contract.ts";
import type { BoundStream } from "./session_state.ts";

/** Why the last available resource is none any more, in the words back ends are told. */
export type DepartureCause = "unavailable" | "close" | "socket-lost" | "ping-timeout" | "manager-lost" | "conflict" | "error" | "revoked";

/** What the end of a stream is to back ends. A manager that names no cause lost the stream. */
export const CAUSES: Readonly<Record<ReportedCause, DepartureCause>> = {
  close: "close",
  lost: "socket-lost",
  timeout: "ping-timeout",
  orphaned: "manager-lost",
  conflict: "conflict",
  error: "error",
  revoked: "revoked",
};

/** A user who went. Times in Unix milliseconds. */
export interface Departure {
  /** Id as provisioned. */
  readonly user: string;
  readonly resource: string;
  readonly cause: DepartureCause;
  readonly since: number;
  /** When the grace ends. */
  readonly until: number;
}

/** Who is to be told. */
export type Audience = "node" | "webhook";

/** A departure whose grace is over: told until all have answered. */
export interface Notice extends Departure {
  /** The same at each repeat. */
  readonly id: string;
  readonly to: readonly Audience[];
}

/** As it is stored; what is absent is nothing. */
export interface AttendanceRows {
  readonly departure?: Departure;
  /** The oldest first. */
  readonly notices?: readonly Notice[];
}

interface Leaving {
  readonly user: string;
  readonly cause: DepartureCause;
  readonly now: number;
}

/** So many notices wait at most; beyond them the oldest is given up. */
const NOTICES = 16;

export class Attendance {
  readonly #graceMs: number;
  readonly #audiences: readonly Audience[];
  #available: readonly BoundStream[];
  #departure: Departure | undefined;
  #notices: readonly Notice[];

  /** `audiences`: who wants to know; without any nobody is watched. */
  constructor(of: { readonly graceMs: number; readonly audiences: readonly Audience[] }, streams: Iterable<BoundStream>, rows: AttendanceRows) {
    this.#graceMs = of.graceMs;
    this.#audiences = of.audiences;
    this.#available = availableAmong(streams);
    this.#departure = of.audiences.length > 0 ? rows.departure : undefined;
    // Who is not told any more need not answer.
    this.#notices = (rows.notices ?? [])
      .map((notice) => ({ ...notice, to: notice.to.filter((one) => of.audiences.includes(one)) }))
      .filter(({ to }) => to.length > 0);
  }

  get rows(): AttendanceRows {
    return { ...(this.#departure && { departure: this.#departure }), ...(this.#notices.length > 0 && { notices: this.#notices }) };
  }

  /** What is to be told, the oldest first. */
  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** When the grace ends of who went; undefined: nobody did. */
  get due(): number | undefined {
    return this.#departure?.until;
  }

  /** The streams after a change, and what it was. Whoever is available again, by whatever stream, never went. */
  changed(streams: Iterable<BoundStream>, { user, cause, now }: Leaving): void {
    const before = this.#available;
    this.#available = availableAmong(streams);
    if (this.#available.length > 0) this.#departure = undefined;
    // Who went already did so then, however the rest of it ends.
    else if (before.length > 0 && this.#audiences.length > 0) {
      const last = before.reduce((newest, one) => (one.generation > newest.generation ? one : newest));
      this.#departure = { user, resource: last.resource, cause, since: now, until: now + this.#graceMs };
    }
  }

  /** The grace may be over: from then on it is told, whoever comes. False: it is not, or nobody went. */
  begin(now: number, id: string): boolean {
    if (!this.#departure || now < this.#departure.until) return false;
    this.#notices = [...this.#notices.slice(1 - NOTICES), { ...this.#departure, id, to: this.#audiences }];
    this.#departure = undefined;
    return true;
  }

  /** An audience has it. */
  told(id: string, audience: Audience): void {
    this.#notices = this.#notices
      .map((notice) => (notice.id === id ? { ...notice, to: notice.to.filter((one) => one !== audience) } : notice))
      .filter(({ to }) => to.length > 0);
  }
}

const availableAmong = (streams: Iterable<BoundStream>): readonly BoundStream[] => [...streams].filter(({ available }) => available);
