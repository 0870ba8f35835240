/**
 * What holds a manager of the model awake: mirrors durable/connection_manager/awake.ts.
 *
 * @module
 */

import type { Connection } from "./connection.ts";
import type { Manager } from "./manager.ts";
import { TIMES } from "./surroundings.ts";

export class Awake {
  readonly #manager: Manager;
  #cancel: (() => void) | undefined;
  #until = 0;
  #isBehind = false;

  constructor(manager: Manager) {
    this.#manager = manager;
  }

  touch(connection: Connection): void {
    if (connection.socket === null && !this.#isBehind) this.#mark(true);
    this.#until = this.#manager.of.clock.now + TIMES.awake;
    this.#wait();
  }

  #wait(): void {
    this.#cancel ??= this.#manager.life.timer(TIMES.askQuiet, () => this.#tick());
  }

  #tick(): void {
    this.#cancel = undefined;
    const isOver = this.#manager.of.clock.now >= this.#until;
    let isOwed = this.#isBehind;
    for (const connection of this.#manager.connections.values()) {
      const { unacked } = connection;
      if (connection.over || !unacked || (unacked.count === 0 && connection.socket)) continue;
      if (connection.socket && unacked.unasked > 0) connection.ask();
      if (isOver && connection.unsaved) this.#manager.writeDown(connection);
      isOwed ||= connection.unsaved;
    }
    if (isOver) this.#mark(false);
    else if (isOwed) this.#wait();
  }

  #mark(behind: boolean): void {
    if (this.#isBehind === behind) return;
    this.#isBehind = behind;
    this.#manager.rows.markBehind(behind);
  }
}
