/**
 * The nodes that are followed: joins them on each new stream, catches up what was missed, and hands out items.
 *
 * @module
 */

import { waitBefore } from "./backoff.ts";
import { catchUp, type Gap, type Page } from "./catch_up.ts";
import { NodeFeed } from "./node_feed.ts";
import type { Position } from "./position.ts";
import { StreamLost } from "./requests.ts";
import type { SavedNode } from "./saved.ts";
import { type Item, itemsAfter, newestOf, Refused, readPage, subscriptionTo } from "./stanzas.ts";

/** Joins at a time: a server bounds what may wait for it. */
const AT_ONCE = 8;
const ATTEMPTS = 4;

export type Callback = (item: Item) => void;

interface Followed {
  readonly node: string;
  readonly feed: NodeFeed<Item>;
  readonly callbacks: Set<Callback>;
  /** To be asked for even if it is one's own. */
  explicit: boolean;
  subscribed: boolean;
  settled: boolean;
  isJoining: boolean;
  readonly joined: Promise<boolean>;
  readonly tellJoined: (isHeard: boolean) => void;
}

export interface SubscriptionsOf {
  request(iq: ReturnType<typeof newestOf>): Promise<Element>;
  /** Service, and the full jid of now. */
  address(): { readonly service: string; readonly jid: string };
  run(callback: () => void): void;
  tellGap(gap: Gap & { readonly node: string }): void;
  tellDenied(denied: { readonly node: string; readonly condition: string }): void;
  after(milliseconds: number): Promise<void>;
}

/** Nodes that a user hears by being who they are, once present. */
export function isAutomatic(node: string, user: string): boolean {
  if (node === "/finesse/api/SystemInfo") return true;
  const [, id, rest = ""] = /^\/finesse\/api\/User\/([^/]+)(\/.+)?$/.exec(node) ?? [];
  return id?.toLowerCase() === user.toLowerCase() && ["", "/Dialogs", "/Dialogs/Media", "/Media"].includes(rest);
}

export class Subscriptions {
  readonly #of: SubscriptionsOf;
  readonly #user: string;
  readonly #nodes = new Map<string, Followed>();
  /** Counts streams: what an earlier one began is not gone on with. */
  #stream = 0;
  #isOnline = false;
  readonly #waiting: Followed[] = [];
  #running = 0;

  constructor(of: SubscriptionsOf, user: string, saved: readonly SavedNode[] = []) {
    this.#of = of;
    this.#user = user;
    for (const { node, position, subscribed, settled } of saved) {
      const followed = this.#follow(node, position);
      followed.subscribed = subscribed;
      followed.settled = settled;
      if (settled) followed.feed.release();
    }
  }

  get saved(): readonly SavedNode[] {
    return [...this.#nodes.values()].map(({ node, feed, subscribed, settled }) => {
      const position = feed.start;
      return { node, subscribed, settled, ...(position !== undefined && { position }) };
    });
  }

  /** Answers true once it is heard, false if it was refused. */
  add(node: string, callback: Callback, explicit: boolean): Promise<boolean> {
    const followed = this.#nodes.get(node) ?? this.#follow(node);
    followed.callbacks.add(callback);
    followed.explicit ||= explicit;
    if (this.#isOnline) this.#join(followed);
    return followed.joined;
  }

  remove(node: string, callback: Callback): void {
    const followed = this.#nodes.get(node);
    if (!followed?.callbacks.delete(callback) || followed.callbacks.size > 0) return;
    this.#nodes.delete(node);
    followed.tellJoined(false);
    const { service, jid } = this.#of.address();
    // It may not be subscribed any more, and there is nothing to be done about a refusal.
    if (followed.subscribed && this.#isOnline) this.#of.request(subscriptionTo("unsubscribe", { service, node, jid })).catch(() => {});
  }

  /** Takes a live item. */
  live(item: Item): void {
    const followed = this.#nodes.get(item.node);
    if (!followed) return;
    // Restored, and nobody has asked for it yet: the log is asked when somebody does.
    if (followed.callbacks.size === 0) followed.settled = false;
    else if (followed.feed.live(item)) this.#deliver(followed, item);
  }

  /** A new stream knows of no subscription. */
  begun(): void {
    this.#stream++;
    this.#waiting.length = 0;
    for (const followed of this.#nodes.values()) {
      followed.feed.hold();
      Object.assign(followed, { subscribed: false, settled: false, isJoining: false });
    }
    this.online();
  }

  /** Items come again. */
  online(): void {
    this.#isOnline = true;
    for (const followed of this.#nodes.values()) this.#join(followed);
  }

  offline(): void {
    this.#isOnline = false;
  }

  #follow(node: string, position?: Position | null): Followed {
    const feed = new NodeFeed<Item>(position);
    let tellJoined: Followed["tellJoined"] = () => {};
    const joined = new Promise<boolean>((tell) => {
      tellJoined = tell;
    });
    const standing = { explicit: false, subscribed: false, settled: false, isJoining: false };
    const followed: Followed = { node, feed, callbacks: new Set(), ...standing, joined, tellJoined };
    this.#nodes.set(node, followed);
    return followed;
  }

  #join(followed: Followed): void {
    if (followed.callbacks.size === 0 || followed.isJoining) return;
    if (followed.settled) return followed.tellJoined(true);
    followed.isJoining = true;
    if (!followed.feed.isHolding) followed.feed.hold();
    this.#waiting.push(followed);
    this.#next();
  }

  #next(): void {
    if (this.#running >= AT_ONCE) return;
    const followed = this.#waiting.shift();
    if (!followed) return;
    this.#running++;
    void this.#joinNow(followed, this.#stream).finally(() => {
      this.#running--;
      this.#next();
    });
    this.#next();
  }

  async #joinNow(followed: Followed, stream: number): Promise<void> {
    const isCurrent = () => stream === this.#stream && this.#nodes.get(followed.node) === followed;
    try {
      await this.#subscribed(followed);
      if (!isCurrent()) return;
      const known = followed.feed.start !== undefined;
      if (!known) await this.#placed(followed, isCurrent);
      else await this.#caughtUp(followed, isCurrent);
      if (isCurrent()) this.#settle(followed);
    } catch (why) {
      if (!isCurrent()) return;
      // There is no connection just now: the next one goes on.
      if (why instanceof StreamLost) followed.isJoining = false;
      else this.#failed(followed, why);
    }
  }

  async #subscribed(followed: Followed): Promise<void> {
    const { node, explicit, subscribed } = followed;
    if (subscribed || (!explicit && isAutomatic(node, this.#user))) return;
    await this.#insist(() => subscriptionTo("subscribe", { ...this.#of.address(), node }));
    followed.subscribed = true;
  }

  /** Where the log stands as one begins to hear the node: from there on everything is owed. */
  async #placed({ node, feed }: Followed, isCurrent: () => boolean): Promise<void> {
    const answer = await this.#insist(() => newestOf({ ...this.#of.address(), node }));
    const page = readPage(node, answer);
    if (isCurrent()) feed.joinedAt(page.items.at(-1)?.position ?? page.position ?? null);
  }

  async #caughtUp(followed: Followed, isCurrent: () => boolean): Promise<void> {
    const { node, feed } = followed;
    await catchUp<Item>({
      feed,
      ask: async (after) => {
        const page = await this.#page(node, after);
        if (!isCurrent()) throw new StreamLost();
        return page;
      },
      deliver: (item) => this.#deliver(followed, item),
      tellGap: (gap) => this.#of.tellGap({ node, ...gap }),
    });
  }

  async #page(node: string, after: Position | null): Promise<Page<Item>> {
    try {
      return readPage(node, await this.#insist(() => itemsAfter(after, { ...this.#of.address(), node })));
    } catch (why) {
      if (why instanceof Refused && why.condition === "item-not-found") return "gone";
      throw why;
    }
  }

  /** Asks again, after a wait, what the server could not answer for the moment. */
  async #insist(request: () => ReturnType<typeof newestOf>): Promise<Element> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#of.request(request());
      } catch (why) {
        if (!(why instanceof Refused) || why.type !== "wait" || attempt >= ATTEMPTS) throw why;
        await this.#of.after(waitBefore(attempt));
      }
    }
  }

  #settle(followed: Followed): void {
    followed.settled = true;
    followed.isJoining = false;
    for (const item of followed.feed.release()) this.#deliver(followed, item);
    followed.tellJoined(true);
  }

  #failed(followed: Followed, why: unknown): void {
    const { node, feed } = followed;
    const condition = why instanceof Refused ? why.condition : "undefined-condition";
    const isHeard = followed.subscribed || isAutomatic(node, this.#user);
    if (isHeard) {
      // What the log was not asked for may be missing; where it could not be placed, the next catch-up will not know from where.
      if (feed.start === undefined) feed.joinedAt(null);
      else this.#of.tellGap({ node, after: feed.start, before: feed.firstHeld ?? null });
      return this.#settle(followed);
    }
    // Its right may come back, and the next stream asks anew.
    followed.isJoining = false;
    followed.tellJoined(false);
    this.#of.tellDenied({ node, condition });
  }

  #deliver({ callbacks }: Followed, item: Item): void {
    for (const callback of callbacks) this.#of.run(() => callback(item));
  }
}
