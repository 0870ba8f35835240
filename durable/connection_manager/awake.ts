/**
 * What holds a manager awake: one timer, of a few seconds at most, while a client has something to acknowledge.
 *
 * When nothing more was sent for a moment, those who were not asked are asked; when the time is over, what still waits
 * for a lost socket is written down, and the manager may sleep (docs/protocol.md: Life of a manager and of a stream).
 *
 * @module
 */

import type { Connection } from "./connection.ts";

export interface AwakeOf {
  readonly connections: ReadonlyMap<string, Connection>;
  /** Milliseconds of quiet after which is asked. */
  readonly askAfter: number;
  /** Milliseconds of quiet after which all is written down; 0: at once. */
  readonly stayFor: number;
  /** Writes down what a stream has not acknowledged. */
  writeDown(connection: Connection): void;
  /** Ends the stream of a client that owes more than it may, and had time. */
  checkSlow(connection: Connection): void;
  /** Rows of streams that have nothing else may say less than was delivered from now on; false: they say all of it. */
  mark(behind: boolean): void;
}

export class Awake {
  readonly #of: AwakeOf;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #until = 0;
  #isBehind = false;

  constructor(of: AwakeOf) {
    this.#of = of;
  }

  /** Something was sent, or would have been, that is not acknowledged yet. */
  touch(connection: Connection): void {
    const { askAfter, stayFor } = this.#of;
    if (stayFor === 0) return this.#of.writeDown(connection);
    // Its row says all of it already.
    if (!connection.socket && !connection.unsaved) return;
    if (connection.isByRow && !this.#isBehind) this.#mark(true);
    this.#until = Date.now() + stayFor;
    this.#timer ??= setTimeout(() => this.#tick(), askAfter);
  }

  #tick(): void {
    this.#timer = null;
    const isOver = Date.now() >= this.#until;
    let isOwed = this.#isBehind;
    for (const connection of this.#of.connections.values()) {
      const { unacked } = connection;
      if (connection.over || !unacked || (unacked.count === 0 && !connection.isByRow)) continue;
      if (connection.socket && unacked.unasked > 0 && !connection.fresh) connection.ask();
      if (connection.socket) this.#of.checkSlow(connection);
      connection.fresh = false;
      if (isOver && connection.unsaved) this.#of.writeDown(connection);
      isOwed ||= connection.unsaved;
    }
    if (isOver) this.#mark(false);
    else if (isOwed) this.#timer = setTimeout(() => this.#tick(), this.#of.askAfter);
  }

  #mark(behind: boolean): void {
    if (this.#isBehind === behind) return;
    this.#isBehind = behind;
    this.#of.mark(behind);
  }
}
