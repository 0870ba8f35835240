/** A node with ten thousand items and subscriptions answers in at most double the time of one with a hundred, or 5 µs more. */
import { expect, test } from "vitest";
import { retrieveFromNode, unsubscribeFromNode } from "../../../xmpp/mod.ts";
import { ask, asker, context, jidOf, node, publish, subscribe } from "./support.ts";

const [SMALL, BIG] = [100, 10_000];
const BATCH = 200;
const ALLOWED_MS = 0.005;

function sized(size: number) {
  const of = node({ maxItems: size });
  for (let n = 0; n < size; n++) {
    publish(of, "owner", { itemId: `item-${n}` });
    of.putSubscription({ jid: jidOf(`user-${n}`), subid: `sub-${n}`, state: "subscribed" });
  }
  return of;
}

/** Milliseconds of a batch, the fastest of several: what is left out is the machine's other work. */
function fastest(work: (n: number) => unknown): number {
  const times = Array.from({ length: 15 }, (_, round) => {
    const before = performance.now();
    for (let n = 0; n < BATCH; n++) work(round * BATCH + n);
    return performance.now() - before;
  });
  return Math.min(...times);
}

const wanted = { ids: null, newest: null, after: null, before: null, page: null };
const read = (of: ReturnType<typeof sized>, more: object) =>
  retrieveFromNode(of, asker("nobody"), { wanted: { ...wanted, ...more }, subid: null, limit: 20 }, context());

/** What is answered with a list as long as the node is big is not among them. */
const REQUESTS: Readonly<Record<string, (of: ReturnType<typeof sized>, n: number) => unknown>> = {
  publish: (of, n) => publish(of, "owner", { itemId: `new-${n}` }),
  "publish the same id": (of) => publish(of, "owner", { itemId: "same" }),
  "publish and retract": (of, n) => [publish(of, "owner", { itemId: `r-${n}` }), ask(of, "owner", { request: "retract", itemId: `r-${n}`, notify: true })],
  "newest items": (of) => read(of, { newest: 20 }),
  "items by id": (of) => read(of, { ids: ["same"] }),
  "a page": (of) => read(of, { after: of.shelf.newest(50)[0] }),
  "subscribe and unsubscribe": (of, n) => [subscribe(of, asker("nobody"), `s-${n}`), unsubscribeFromNode(of, `s-${n}`, context())],
  describe: (of) => ask(of, "nobody", { request: "describe" }),
  configuration: (of) => ask(of, "owner", { request: "configuration" }),
  affiliate: (of, n) => ask(of, "owner", { request: "modify-affiliations", entries: [{ jid: jidOf("user-7"), affiliation: n % 2 ? "member" : "none" }] }),
};

test.each(Object.keys(REQUESTS))("%s", (name) => {
  const work = REQUESTS[name] as (of: ReturnType<typeof sized>, n: number) => unknown;
  const [small, big] = [sized(SMALL), sized(BIG)];
  // Where a request is a few look-ups in maps, bigger maps alone are worth some microseconds.
  const excess = () => fastest((n) => work(big, n)) - 2 * fastest((n) => work(small, n)) - ALLOWED_MS * BATCH;
  // Whatever is measured once may be disturbed.
  expect(Math.min(...[0, 0, 0].map(excess))).toBeLessThan(0);
});
