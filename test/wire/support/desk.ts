/**
 * The client of `client/` in Node, with all that it told.
 *
 * @module
 */

import { Client, type ClientEvents, type ClientOptions, type Item, type State } from "../../../client/mod.ts";

const WAIT_MS = 15_000;

/** A client, and all that it told. */
export class Desk {
  readonly client: Client;
  readonly states: State[] = [];
  readonly gaps: ClientEvents["gap"][] = [];
  readonly denied: string[] = [];
  readonly frames: string[] = [];
  readonly items: Item[] = [];
  readonly #changed = new Set<() => void>();

  constructor(options: ClientOptions) {
    this.client = new Client(options);
    const note =
      <T>(list: T[]) =>
      (what: T) => {
        list.push(what);
        for (const changed of this.#changed) changed();
      };
    this.client.on("state", note(this.states));
    this.client.on("gap", note(this.gaps));
    this.client.on("denied", ({ node }) => note(this.denied)(node));
    this.client.on("frame", ({ direction, text }) => note(this.frames)(`${direction} ${text}`));
    this.#note = note(this.items);
  }

  readonly #note: (item: Item) => void;

  follow(node: string): Promise<boolean> {
    return this.client.subscribe(node, this.#note).joined;
  }

  /** Marks of what came from a node. */
  marks(node: string): string[] {
    return this.items.filter((item) => item.node === node).map(({ payload }) => /<requestId>([^<]*)</.exec(payload)?.[1] ?? payload);
  }

  kinds(): string[] {
    return this.states.map(({ kind }) => kind);
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((done, failed) => {
      const seen = () => JSON.stringify({ states: this.kinds(), gaps: this.gaps, items: this.items.length, frames: this.frames.slice(-6) });
      const late = setTimeout(() => failed(new Error(`Not within ${WAIT_MS} ms: ${what}. ${seen()}`)), WAIT_MS);
      const look = () => {
        if (!isSo()) return;
        clearTimeout(late);
        this.#changed.delete(look);
        done();
      };
      this.#changed.add(look);
    });
  }

  is(kind: State["kind"]): Promise<void> {
    return this.until(() => this.client.state.kind === kind, kind);
  }
}
