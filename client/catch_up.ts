/**
 * Asks a node's log for what came after the last item that was had, page by page (XEP-0060 §6.5, XEP-0059 §2.2).
 *
 * Where the log does not reach back, that is told as a gap whose bounds, exclusive both, hold all that may be missing;
 * what the log still has follows.
 *
 * @module
 */

import type { NodeFeed, Placed } from "./node_feed.ts";
import type { Position } from "./position.ts";

/** A part of a node that may have been missed: after `after` (null: its beginning), before `before` (null: what comes next). */
export interface Gap {
  readonly after: Position | null;
  readonly before: Position | null;
}

/** Items after a position in their order, and how many the log holds in all; "gone": the log does not reach back to it. */
export type Page<T> = { readonly items: readonly T[]; readonly count: number } | "gone";

export interface CatchUpOf<T extends Placed> {
  readonly feed: NodeFeed<T>;
  /** Asks for a page; after null: from the first item there is. */
  ask(after: Position | null): Promise<Page<T>>;
  deliver(item: T): void;
  tellGap(gap: Gap): void;
}

export async function catchUp<T extends Placed>(of: CatchUpOf<T>): Promise<void> {
  let after = of.feed.start ?? null;
  for (let page = after ? await of.ask(after) : "gone"; ; page = after ? await of.ask(after) : "gone") {
    let found = page;
    // A log that holds nothing does not hold the item that was had either: it is another log.
    if (found === "gone" || found.count === 0) {
      found = await of.ask(null);
      const [first] = found === "gone" ? [] : found.items;
      of.tellGap({ after, before: first?.position ?? of.feed.firstHeld ?? null });
    }
    if (found === "gone") return;
    for (const item of found.items) if (of.feed.logged(item)) of.deliver(item);
    const last = found.items.at(-1);
    if (!last) return;
    after = last.position;
  }
}
