/**
 * What each reader had of its node, whose items count from 1.
 *
 * Pure.
 *
 * @module
 */

export interface Audit {
  readonly deliveries: number;
  readonly lost: number;
  readonly repeated: number;
  readonly outOfOrder: number;
}

/** One reader's. */
export class Ledger {
  #next = 1;
  readonly #skipped = new Set<number>();
  #deliveries = 0;
  #repeated = 0;
  #outOfOrder = 0;

  /** Takes an item by its number. */
  take(n: number): void {
    if (n >= this.#next) {
      for (let skipped = this.#next; skipped < n; skipped++) this.#skipped.add(skipped);
      this.#next = n + 1;
      this.#deliveries++;
    } else if (this.#skipped.delete(n)) {
      this.#outOfOrder++;
      this.#deliveries++;
    } else this.#repeated++;
  }

  /** It has had all up to this one. */
  has(n: number): boolean {
    return this.#next > n && this.#skipped.size === 0;
  }

  /** @param published how many items there were */
  audit(published: number): Audit {
    const lost = this.#skipped.size + Math.max(0, published - (this.#next - 1));
    return { deliveries: this.#deliveries, lost, repeated: this.#repeated, outOfOrder: this.#outOfOrder };
  }
}

export function together(audits: readonly Audit[]): Audit {
  const total = (key: keyof Audit) => audits.reduce((sum, audit) => sum + audit[key], 0);
  return { deliveries: total("deliveries"), lost: total("lost"), repeated: total("repeated"), outOfOrder: total("outOfOrder") };
}
