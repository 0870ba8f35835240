/**
 * Items of a created node as rows: labels in memory, payloads read when somebody wants them.
 *
 * @module
 */

import { type KeptItem, type Label, Labels, type Mark, type Shelf } from "../../xmpp/mod.ts";
import type { NodeStore } from "./store.ts";

export class KeptShelf implements Shelf {
  readonly #store: NodeStore;
  readonly #node: string;
  readonly #labels: Labels;

  constructor(store: NodeStore, node: string) {
    this.#store = store;
    this.#node = node;
    this.#labels = new Labels(store.labelsOf(node));
  }

  #whole(label: Label): KeptItem {
    return { ...label, payload: this.#store.payloadOf(this.#node, label.id) };
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
    this.#store.putKept(this.#node, item);
  }

  remove(id: string): void {
    this.#labels.remove(id);
    this.#store.removeKept(this.#node, id);
  }

  clear(): void {
    if (this.#labels.count === 0) return;
    this.#labels.clear();
    this.#store.clearKept(this.#node);
  }
}
