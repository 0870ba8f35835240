/**
 * Each kind of request that a created node answers (XEP-0060 §5 to §8), as its host is asked.
 *
 * Not among them: what is the session's alone (options, own subscriptions and affiliations), `create`, and what concerns
 * all that a node has (delete, purge, another access model), which takes time by the number of that.
 *
 * @module
 */

import type { NodeHost } from "../../../durable/node_host.ts";
import type { Asker, NodeRequest } from "../../../xmpp/mod.ts";

export const DOMAIN = "bench.test";
/** Of another domain: sessions, which are told of what concerns them, are not measured here. */
const OTHER = "elsewhere.test";

const OWNER: Asker = { jid: `owner@${DOMAIN}/r`, role: "admin", groups: [] };
const nobody = (n: number): Asker => ({ jid: `u${n}@${OTHER}/r`, role: "agent", groups: [] });
const REF = { manager: "bench/0", incarnation: 1 };
const PAGE = 100;

/** The node that is asked, and how it is. */
export interface Subject {
  readonly host: NodeHost;
  readonly node: string;
  readonly size: number;
}

type Deed = (of: Subject, n: number) => Promise<{ readonly outcome: string } | undefined>;

const ask =
  (request: (n: number, size: number) => NodeRequest): Deed =>
  ({ host, node, size }, n) =>
    host.ask({ v: 1, node, asker: OWNER, request: request(n, size) });

const read =
  (wanted: (n: number, size: number) => object): Deed =>
  ({ host, node, size }, n) =>
    host.items({ v: 1, node, ids: null, newest: null, after: null, limit: 20, asker: nobody(0), ...wanted(n, size) });

export const publish =
  (id: (n: number) => string): Deed =>
  ({ host, node }, n) =>
    host.publish({ v: 1, node, id: id(n), payload: `<p xmlns="urn:example">${"x".repeat(400)}</p>`, once: false });

export const subscribe =
  (subid: (n: number) => string): Deed =>
  async ({ host, node }, n) => {
    const asker = nobody(n);
    const nodes = [{ node, exists: false, subscriber: asker.jid, subscribe: { asker, subid: subid(n) } }];
    const [joined] = await host.join({ v: 1, ref: REF, join: 1, nodes });
    return joined;
  };

const unsubscribe: Deed = async ({ host, node }, n) => {
  await host.unsubscribed({ v: 1, node, subscriber: nobody(MORE + n).jid, subid: `more-${MORE + n}` });
  return undefined;
};

/** Subids and addresses sort by these: all of one length. */
export const padded = (n: number): string => String(n).padStart(6, "0");

const middle = (size: number) => `s${padded(Math.floor(size / 2) - PAGE / 2)}`;
const title = (n: number) => ({ type: "submit" as const, fields: [{ name: "pubsub#title", values: [`Title ${n}`] }] });
const page = { after: null, before: null, max: PAGE };

/** Those who come and go are none of those who are subscribed from the beginning. */
const MORE = 1_000_000;
const subscribeMore: Deed = (of, n) => subscribe((at) => `more-${at}`)(of, MORE + n);

/** In this order, over and over: what one adds another takes away. What begins with "-" is not told. */
export const REQUESTS: Readonly<Record<string, Deed>> = {
  subscribe: subscribeMore,
  "end one's subscription (owner)": ask((n) => ({
    request: "modify-subscriptions",
    entries: [{ jid: nobody(MORE + n).jid, subid: null, subscription: "none" }],
  })),
  "- subscribe": subscribeMore,
  unsubscribe,
  "- publish": publish((n) => `fill-${n}`),
  "publish, a new id on a full node": publish((n) => `new-${n}`),
  "publish, the same id": publish(() => "same"),
  retract: ask((n) => ({ request: "retract", itemId: `new-${n}`, notify: true })),
  "items by id": read(() => ({ ids: ["same"] })),
  "newest 20 items": read(() => ({ newest: 20 })),
  "first page of items": read(() => ({})),
  "last page of items": read(() => ({ before: "last" })),
  "describe (disco#info)": ask(() => ({ request: "describe" })),
  configuration: ask(() => ({ request: "configuration" })),
  configure: ask((n) => ({ request: "configure", form: title(n) })),
  "affiliations, a page": ask(() => ({ request: "affiliations", page })),
  "affiliate one": ask((n) => ({
    request: "modify-affiliations",
    entries: [{ jid: `u7@${OTHER}`, affiliation: n % 2 === 0 ? "member" : "none" }],
  })),
  "subscriptions, first page of 100": ask(() => ({ request: "subscriptions", page })),
  "subscriptions, a page of 50 in the middle": ask((_, size) => ({ request: "subscriptions", page: { ...page, max: 50, after: middle(size) } })),
  "subscriptions, last page of 100": ask(() => ({ request: "subscriptions", page: { ...page, before: "" } })),
  "approve one": ask((n) => ({ request: "authorize", subscriber: nobody(n).jid, subid: null, allow: true })),
  "get-pending": ask(() => ({ request: "get-pending" })),
};

export const creation = (host: NodeHost, node: string, size: number) =>
  host.ask({
    v: 1,
    node,
    asker: OWNER,
    request: {
      request: "create",
      config: [
        { name: "pubsub#max_items", values: [String(size)] },
        { name: "pubsub#send_last_published_item", values: ["never"] },
      ],
    },
  });
