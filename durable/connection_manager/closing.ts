/**
 * Sockets whose streams we have ended: the client's `<close/>` is awaited, for a bounded time (RFC 7395 §3.6).
 *
 * @module
 */

import { FRAMING_NS } from "../../xmpp/mod.ts";
import type { Wire } from "./connection.ts";

export interface Closing {
  readonly code: number;
  readonly reason: string;
  /** The client may still say good-bye. */
  readonly awaits?: true;
}

interface Waiting extends Closing {
  readonly timer: ReturnType<typeof setTimeout>;
}

export class ClosingSockets {
  readonly #waitMs: number;
  readonly #waiting = new Map<Wire, Waiting>();

  /** `waitMs` 0: closes at once. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** Closes a socket: now, or when the client has answered. What was said first of code and reason stands. */
  close(socket: Wire, closing: Closing): void {
    const known = this.#waiting.get(socket);
    if (closing.awaits && this.#waitMs > 0 && !socket.closesAtOnce) {
      if (!known) this.#waiting.set(socket, { ...closing, timer: setTimeout(() => this.#closeNow(socket, closing), this.#waitMs) });
      return;
    }
    this.#closeNow(socket, known ?? closing);
  }

  /** A socket that no stream has any more said something. */
  heard(socket: Wire, message: string | ArrayBuffer): void {
    const known = this.#waiting.get(socket);
    if (!known) this.#closeNow(socket, { code: 1011, reason: "Unknown connection" });
    else if (typeof message === "string" && message.startsWith("<close") && message.includes(FRAMING_NS)) this.#closeNow(socket, known);
  }

  /** The socket is gone. */
  forget(socket: Wire): void {
    const known = this.#waiting.get(socket);
    if (known) clearTimeout(known.timer);
    this.#waiting.delete(socket);
  }

  /** Closes one that nobody waits for any more. */
  closeForgotten(socket: Wire | null): void {
    if (socket && !this.#waiting.has(socket)) this.#closeNow(socket, { code: 1000, reason: "" });
  }

  #closeNow(socket: Wire, { code, reason }: Closing): void {
    this.forget(socket);
    try {
      socket.close(code, reason);
    } catch {
      // Closed already.
    }
  }
}
