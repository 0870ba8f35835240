/**
 * Is a client slow, or was it only sent much at once (docs/protocol.md: Dead peers)?
 *
 * What comes at once is sent before its client can say anything. So who owes more than it may is given a moment, as long as
 * it is not much more; the moment begins anew with every sign that it reads on.
 *
 * @module
 */

export class Patience {
  /** Since when it has owed too much without a sign; null: it does not. */
  #since: number | null = null;

  /** It showed that it reads on. */
  progressed(): void {
    this.#since = null;
  }

  /**
   * Is it over? `isBeyond`: the client owes more than it may; `isFar`: more than can be explained; `moment`: milliseconds.
   */
  isOver(
    { isBeyond, isFar }: { readonly isBeyond: boolean; readonly isFar: boolean },
    { now, moment }: { readonly now: number; readonly moment: number },
  ): boolean {
    if (isFar) return true;
    if (!isBeyond) this.#since = null;
    else this.#since ??= now;
    return this.#since !== null && now - this.#since >= moment;
  }
}
