/**
 * The items of one node that are kept, in the order of their publication (XEP-0060 §4.3, §6.5).
 *
 * @module
 */

import type { Mark } from "./items.ts";

/** One item. */
export interface KeptItem extends Mark {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Full jid of who published it; "": the operator, by HTTP. */
  readonly publisher: string;
  /** Inside of `<item/>`; "": nothing. */
  readonly payload: string;
}

/** Where items are kept. Answers are oldest first. */
export interface Shelf {
  readonly count: number;
  get(id: string): KeptItem | undefined;
  oldest(): Label | undefined;
  /** Without its payload. */
  label(id: string): Label | undefined;
  /** At most so many of the newest. */
  newest(count: number): readonly KeptItem[];
  after(mark: Mark | null, limit: number): readonly KeptItem[];
  before(mark: Mark | null, limit: number): readonly KeptItem[];
  /** Of at most so many of the newest. */
  ids(most?: number): readonly string[];
  /** One of the same id goes; the new one is the newest. */
  put(item: KeptItem): void;
  remove(id: string): void;
  clear(): void;
}

export const isBefore = (a: Mark, b: Mark): boolean => a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);

/** What is known of a kept item without its payload. */
export type Label = Omit<KeptItem, "payload">;

/** Labels in order, found by id and by position in less than the time to walk them all. */
export class Labels {
  readonly #byId = new Map<string, Label>();
  readonly #inOrder: Label[];

  /** `labels`: in any order, each id once. */
  constructor(labels: Iterable<Label> = []) {
    this.#inOrder = [...labels].sort((a, b) => a.epoch - b.epoch || a.seq - b.seq);
    for (const label of this.#inOrder) this.#byId.set(label.id, label);
  }

  get count(): number {
    return this.#inOrder.length;
  }

  get(id: string): Label | undefined {
    return this.#byId.get(id);
  }

  get all(): readonly Label[] {
    return this.#inOrder;
  }

  put(label: Label): void {
    this.remove(label.id);
    this.#byId.set(label.id, label);
    this.#inOrder.splice(this.rank(label), 0, label);
  }

  remove(id: string): void {
    const label = this.#byId.get(id);
    if (!label) return;
    this.#byId.delete(id);
    this.#inOrder.splice(this.rank(label), 1);
  }

  clear(): void {
    this.#byId.clear();
    this.#inOrder.length = 0;
  }

  /** How many stand before this position. */
  rank(mark: Mark): number {
    let [low, high] = [0, this.#inOrder.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#inOrder[middle] as Label, mark)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  after(mark: Mark | null, limit: number): readonly Label[] {
    const from = mark === null ? 0 : this.rank({ epoch: mark.epoch, seq: mark.seq + 1 });
    return this.#inOrder.slice(from, from + limit);
  }

  before(mark: Mark | null, limit: number): readonly Label[] {
    const to = mark === null ? this.#inOrder.length : this.rank(mark);
    return this.#inOrder.slice(Math.max(0, to - limit), to);
  }
}

/** Where payloads are kept, by the id of their item. */
export interface Payloads {
  get(id: string): string;
  put(item: KeptItem): void;
  remove(id: string): void;
  clear(): void;
}

/** Items whose labels are in memory, and whose payloads are wherever they are kept. */
export class LabelledShelf implements Shelf {
  readonly #payloads: Payloads;
  readonly #read: () => Iterable<Label>;
  #known: Labels | null = null;

  /** `labels`: of what is kept already; asked for once, when somebody wants to know of an item. */
  constructor(payloads: Payloads, labels: () => Iterable<Label> = () => []) {
    this.#payloads = payloads;
    this.#read = labels;
  }

  get #labels(): Labels {
    this.#known ??= new Labels(this.#read());
    return this.#known;
  }

  #whole(label: Label): KeptItem {
    return { ...label, payload: this.#payloads.get(label.id) };
  }

  get count(): number {
    return this.#labels.count;
  }

  get(id: string): KeptItem | undefined {
    const label = this.#labels.get(id);
    return label && this.#whole(label);
  }

  oldest(): Label | undefined {
    return this.#labels.all[0];
  }

  label(id: string): Label | undefined {
    return this.#labels.get(id);
  }

  newest(count: number): readonly KeptItem[] {
    return this.before(null, count);
  }

  after(mark: Mark | null, limit: number): readonly KeptItem[] {
    return this.#labels.after(mark, limit).map((label) => this.#whole(label));
  }

  before(mark: Mark | null, limit: number): readonly KeptItem[] {
    return this.#labels.before(mark, limit).map((label) => this.#whole(label));
  }

  ids(most = Number.POSITIVE_INFINITY): readonly string[] {
    return this.#labels.before(null, most).map(({ id }) => id);
  }

  put(item: KeptItem): void {
    const { payload: _, ...label } = item;
    this.#labels.put(label);
    this.#payloads.put(item);
  }

  remove(id: string): void {
    this.#labels.remove(id);
    this.#payloads.remove(id);
  }

  clear(): void {
    if (this.#labels.count === 0) return;
    this.#labels.clear();
    this.#payloads.clear();
  }
}

/** Items in memory. */
export class MemoryShelf extends LabelledShelf {
  constructor() {
    const payloads = new Map<string, string>();
    super({
      get: (id) => payloads.get(id) ?? "",
      put: ({ id, payload }) => void payloads.set(id, payload),
      remove: (id) => void payloads.delete(id),
      clear: () => payloads.clear(),
    });
  }
}
