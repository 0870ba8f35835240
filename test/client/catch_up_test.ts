/** Catching up, and what comes live meanwhile: each item once and in order, and every loss told with bounds that hold it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";

import { catchUp, type Gap, type Page } from "../../client/catch_up.ts";
import { NodeFeed, type Placed } from "../../client/node_feed.ts";
import { isAfter, type Position } from "../../client/position.ts";

const item = (epoch: number, seq: number): Placed => ({ position: { epoch, seq } });
const at = (epoch: number, seq: number): Position => ({ epoch, seq });

/** A log as the server keeps it: one epoch, the newest items, pages of three. */
class Log {
  epoch = 1;
  seq = 0;
  items: Placed[] = [];
  readonly keeps: number;

  constructor(keeps: number) {
    this.keeps = keeps;
  }

  publish(): Placed {
    const next = item(this.epoch, ++this.seq);
    this.items = [...this.items, next].slice(-this.keeps);
    return next;
  }

  restart(): void {
    this.epoch++;
    this.seq = 0;
    this.items = [];
  }

  page(after: Position | null): Page<Placed> {
    const count = this.items.length;
    if (!after) return { items: this.items.slice(0, 3), count };
    const first = this.items[0]?.position.seq ?? this.seq + 1;
    if (after.epoch !== this.epoch || after.seq > this.seq || after.seq + 1 < first) return "gone";
    return { items: this.items.filter(({ position }) => position.seq > after.seq).slice(0, 3), count };
  }
}

interface Run {
  readonly gives: readonly Position[];
  readonly gaps: readonly Gap[];
}

/** Catches up with a log; `meanwhile` is called before each page is answered. */
async function run(feed: NodeFeed<Placed>, log: Pick<Log, "page">, meanwhile: () => void = () => {}): Promise<Run> {
  const gives: Position[] = [];
  const gaps: Gap[] = [];
  await catchUp({
    feed,
    ask: async (after) => {
      meanwhile();
      return log.page(after);
    },
    deliver: ({ position }) => gives.push(position),
    tellGap: (gap) => gaps.push(gap),
  });
  for (const { position } of feed.release()) gives.push(position);
  return { gives, gaps };
}

function filled(count: number, keeps = 100): Log {
  const log = new Log(keeps);
  for (let n = 0; n < count; n++) log.publish();
  return log;
}

const cases: readonly {
  readonly rule: string;
  readonly start: Position | null;
  readonly log: Log;
  readonly gives: readonly Position[];
  readonly gaps: readonly Gap[];
}[] = [
  { rule: "nothing was missed", start: at(1, 2), log: filled(2), gives: [], gaps: [] },
  { rule: "pages until there is none", start: at(1, 1), log: filled(8), gives: [2, 3, 4, 5, 6, 7, 8].map((seq) => at(1, seq)), gaps: [] },
  {
    rule: "XEP-0059 §2.2 the log does not reach back",
    start: at(1, 1),
    log: filled(8, 3),
    gives: [6, 7, 8].map((seq) => at(1, seq)),
    gaps: [{ after: at(1, 1), before: at(1, 6) }],
  },
  { rule: "another life of the log, empty: up to what comes next", start: at(0, 9), log: filled(0), gives: [], gaps: [{ after: at(0, 9), before: null }] },
  { rule: "another life of the log", start: at(0, 9), log: filled(1), gives: [at(1, 1)], gaps: [{ after: at(0, 9), before: at(1, 1) }] },
  { rule: "it was empty: nobody knows what came and went", start: null, log: filled(1), gives: [at(1, 1)], gaps: [{ after: null, before: at(1, 1) }] },
];

for (const { rule, start, log, gives, gaps } of cases) {
  test(`catchUp(): ${rule}`, async () => assert.deepEqual(await run(new NodeFeed(start), log), { gives, gaps }));
}

test("catchUp(): an empty page out of an empty log is no proof", async () => {
  const empty = { page: (): Page<Placed> => ({ items: [], count: 0 }) };
  assert.deepEqual(await run(new NodeFeed(at(1, 4)), empty), { gives: [], gaps: [{ after: at(1, 4), before: null }] });
});

test("catchUp(): an empty log that says where it stands closes the gap there, and is asked from there the next time", async () => {
  const feed = new NodeFeed<Placed>(at(1, 4));
  const log = filled(0);
  log.epoch = 2;
  const page = (after: Position | null): Page<Placed> => {
    const found = log.page(after);
    return found === "gone" || found.items.length > 0 ? found : { ...found, position: at(log.epoch, log.seq) };
  };
  assert.deepEqual(await run(feed, { page }), { gives: [], gaps: [{ after: at(1, 4), before: at(2, 1) }] });
  assert.deepEqual(await run(feed, { page }), { gives: [], gaps: [] }, "it is not told again");
  log.publish();
  assert.deepEqual(await run(feed, { page }), { gives: [at(2, 1)], gaps: [] });
});

test("catchUp(): the page that reaches the end of the log is the last one that is asked for", async () => {
  const log = filled(6);
  const asked: (Position | null)[] = [];
  const page = (after: Position | null): Page<Placed> => {
    asked.push(after);
    const found = log.page(after);
    return found === "gone" ? found : { ...found, position: at(log.epoch, log.seq) };
  };
  assert.deepEqual((await run(new NodeFeed(at(1, 1)), { page })).gives.length, 5);
  assert.deepEqual(asked, [at(1, 1), at(1, 4)]);
});

test("catchUp(): a log that has gone on in another epoch, and says that nothing was missed", async () => {
  const page = (): Page<Placed> => ({ items: [], count: 0, position: at(2, 0) });
  assert.deepEqual(await run(new NodeFeed(at(1, 4)), { page }), { gives: [], gaps: [] });
});

test("catchUp(): a node that nobody answers for any more", async () => {
  assert.deepEqual(await run(new NodeFeed(at(1, 4)), { page: () => "gone" }), { gives: [], gaps: [{ after: at(1, 4), before: null }] });
});

test("catchUp(): what comes live meanwhile waits, and bounds a gap where the log is empty", async () => {
  const feed = new NodeFeed<Placed>(at(1, 4));
  assert.equal(feed.live(item(2, 1)), undefined);
  assert.deepEqual(await run(feed, { page: () => "gone" }), { gives: [at(2, 1)], gaps: [{ after: at(1, 4), before: at(2, 1) }] });
});

test("catchUp(): a gap ends where the log begins, not where the live items do", async () => {
  const feed = new NodeFeed<Placed>(at(1, 1));
  feed.live(item(1, 8));
  const { gives, gaps } = await run(feed, filled(8, 3));
  assert.deepEqual(gaps, [{ after: at(1, 1), before: at(1, 6) }]);
  assert.deepEqual(gives, [at(1, 6), at(1, 7), at(1, 8)]);
});

test("NodeFeed: what was promised is asked for, what came all the same is had", () => {
  const feed = new NodeFeed<Placed>();
  assert.equal(feed.start, undefined);
  feed.live(item(1, 4));
  feed.joinedAt(at(1, 5));
  assert.deepEqual(feed.start, at(1, 5));
  assert.deepEqual(feed.release(), [item(1, 4)]);
  assert.deepEqual(feed.start, at(1, 5), "what was published before it was joined is not asked for");
  assert.deepEqual(feed.live(item(1, 5)), item(1, 5), "yet it is taken");
  assert.equal(feed.live(item(1, 5)), undefined, "once");
  assert.deepEqual(feed.live(item(1, 6)), item(1, 6));
  assert.deepEqual(feed.start, at(1, 6));
});

test("NodeFeed: what waited when a stream was lost is the log's to bring", () => {
  const feed = new NodeFeed<Placed>(at(1, 1));
  feed.live(item(1, 3));
  feed.hold();
  assert.equal(feed.firstHeld, undefined, "it bounds no gap of another stream");
  assert.deepEqual(feed.logged(item(1, 2)), item(1, 2));
  assert.deepEqual(feed.logged(item(1, 3)), item(1, 3));
  assert.deepEqual(feed.release(), []);
});

test("whatever is published, lost and restarted: once, in order, and no loss untold", async () => {
  const step = fc.constantFrom("publish", "publish", "publish", "restart", "lose", "catch up");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.array(fc.boolean(), { maxLength: 40 }), async (steps, interleaved) => {
      const log = filled(1, 4);
      const feed = new NodeFeed<Placed>(at(1, 1));
      feed.release();
      const published: Position[] = [];
      const had: Position[] = [];
      const gaps: Gap[] = [];
      let isLive = true;
      const publish = () => {
        const next = log.publish();
        published.push(next.position);
        const out = isLive ? feed.live(next) : undefined;
        if (out) had.push(out.position);
      };
      const again = async () => {
        isLive = true;
        feed.hold();
        const found = await run(feed, log, () => interleaved.pop() && publish());
        had.push(...found.gives);
        gaps.push(...found.gaps);
      };
      for (const each of steps) {
        if (each === "publish") publish();
        // A host that dies takes the streams with it.
        if (each === "restart") log.restart();
        if (each === "restart" || each === "lose") isLive = false;
        if (each === "catch up" && !isLive) await again();
      }
      if (!isLive) await again();
      for (let n = 1; n < had.length; n++) assert.ok(isAfter(had[n] as Position, had[n - 1] as Position), "in order, once");
      const isTold = (position: Position) => gaps.some(({ after, before }) => after && isAfter(position, after) && (!before || isAfter(before, position)));
      const isHad = (position: Position) => had.some(({ epoch, seq }) => epoch === position.epoch && seq === position.seq);
      for (const position of published) assert.ok(isHad(position) || isTold(position), `${position.epoch}:${position.seq} was lost untold`);
    }),
    { numRuns: 500 },
  );
});
