/**
 * Asks a node's log for what came after the last item that was had, page by page (XEP-0060 §6.5, XEP-0059 §2.2).
 *
 * Where the log does not reach back, that is told as a gap whose bounds, exclusive both, hold all that may be missing;
 * what the log still has follows.
 *
 * @module
 */

import type { NodeFeed, Placed } from "./node_feed.ts";
import { isAfter, type Position } from "./position.ts";

/** A part of a node that may have been missed: after `after` (null: its beginning), before `before` (null: what comes next). */
export interface Gap {
  readonly after: Position | null;
  readonly before: Position | null;
}

/**
 * Items after a position in their order, how many the log holds in all, and where it stands, if that is told; "gone": the
 * log does not reach back to the position.
 */
export type Page<T> = { readonly items: readonly T[]; readonly count: number; readonly position?: Position } | "gone";

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
    // A log that holds nothing, and does not say where it stands, does not hold the item that was had either: it is another log.
    if (found === "gone" || (found.count === 0 && !found.position)) {
      found = await of.ask(null);
      const begun = found === "gone" ? undefined : found.items[0]?.position;
      const stands = found === "gone" ? undefined : found.position;
      of.tellGap({ after, before: begun ?? of.feed.firstHeld ?? (stands ? nextOf(stands) : null) });
      // What comes later is owed from here on, and this gap is not told again.
      if (stands && !begun) of.feed.joinedAt(stands);
    }
    if (found === "gone") return;
    for (const item of found.items) if (of.feed.logged(item)) of.deliver(item);
    const last = found.items.at(-1);
    // What comes after the end of the log comes live.
    if (!last || (found.position && !isAfter(found.position, last.position))) return;
    after = last.position;
  }
}

function nextOf({ epoch, seq }: Position): Position {
  return { epoch, seq: seq + 1 };
}
