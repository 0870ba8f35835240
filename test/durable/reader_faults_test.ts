/**
 * Seeded stories of cuts and evictions for readers over HTTP: groups and hosts lose their memory at any moment, answers break,
 * readers come back with their cursor. Of a stored log each gets every item once and in order, of a memory log it gets them so,
 * or is told by `reset` (docs/protocol.md: Cursor readers).
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { hostOf } from "../../durable/placing.ts";
import { type Random, seeded } from "../../tools/simulator/random.ts";
import { FINESSE } from "../../xmpp/mod.ts";
import { crash } from "./support/crash.ts";
import { ask, DOMAIN, provision, publish, TEAM } from "./support/desk.ts";
import { basic, EventStream, eventsOf, itemsOf } from "./support/readers.ts";

const SYSTEM = "/finesse/api/SystemInfo";
const HEADERS = basic("7001");
const GROUP = "readers/local/0";

beforeAll(() => provision());

/** What a reader was told, in order: numbers of items, and `reset`. */
type Told = (number | "reset")[];

abstract class Reader {
  readonly told: Told = [];
  protected cursor = "";
  protected readonly node: string;

  constructor(node: string) {
    this.node = node;
  }

  /** Begins where the log stands. */
  abstract begin(): Promise<void>;
  /** Takes what came, and comes back where it was cut off. */
  abstract read(): Promise<void>;
  /** Goes without a word. */
  abstract cut(): Promise<void>;

  protected take(payloads: readonly string[]): void {
    this.told.push(...payloads.map((payload) => Number(/<n>(\d+)/.exec(payload)?.[1])));
  }

  protected answer({ items, next, reset }: { items: { payload: string }[]; next: string; reset: boolean }): void {
    if (reset) this.told.push("reset");
    this.take(items.map(({ payload }) => payload));
    this.cursor = next;
  }
}

class ServerSent extends Reader {
  #stream: EventStream | undefined;

  async begin(): Promise<void> {
    while (this.cursor === "") await this.read();
  }

  async read(): Promise<void> {
    try {
      this.#stream ??= await EventStream.open(eventsOf(this.node), { ...HEADERS, ...(this.cursor && { "Last-Event-ID": this.cursor }) });
    } catch {
      return;
    }
    for (const { type, data } of await this.#stream.rest(20)) {
      if (type === "reset") this.told.push("reset");
      else this.take([data["payload"] ?? ""]);
    }
    this.cursor = this.#stream.lastId || this.cursor;
    if (this.#stream.isOver) this.#stream = undefined;
  }

  async cut(): Promise<void> {
    await this.#stream?.close();
    this.#stream = undefined;
  }
}

class LongPoll extends Reader {
  #waiting: Promise<void> | undefined;
  #cuts = 0;

  async begin(): Promise<void> {
    while (this.cursor === "") await this.read();
  }

  async read(): Promise<void> {
    this.#waiting ??= this.#poll(this.#cuts);
    await Promise.race([this.#waiting, scheduler.wait(20)]);
  }

  async #poll(cuts: number): Promise<void> {
    const since = this.cursor === "" ? "" : `since=${this.cursor}&`;
    const answer = await ask(`${eventsOf(this.node)}?${since}wait=1`, { headers: HEADERS }).catch(() => null);
    const text = (await answer?.text()) ?? "";
    const body = answer?.status === 200 ? (JSON.parse(text) as Parameters<Reader["answer"]>[0]) : null;
    // What comes after a cut is lost on its way.
    if (cuts !== this.#cuts) return;
    this.#waiting = undefined;
    if (body) this.answer(body);
  }

  async cut(): Promise<void> {
    this.#cuts++;
    this.#waiting = undefined;
  }
}

class ShortPoll extends Reader {
  #tag = "";

  async begin(): Promise<void> {
    while (this.cursor === "") await this.read();
    this.told.length = 0;
  }

  async read(): Promise<void> {
    for (;;) {
      const path = this.cursor === "" ? itemsOf(this.node) : `${itemsOf(this.node)}?since=${this.cursor}&limit=3`;
      const answer = await ask(path, { headers: { ...HEADERS, "If-None-Match": this.#tag } }).catch(() => null);
      if (answer?.status !== 200) return void (await answer?.body?.cancel());
      this.#tag = answer.headers.get("ETag") ?? "";
      const body = (await answer.json()) as Parameters<Reader["answer"]>[0];
      this.answer(body);
      if (body.items.length === 0) return;
    }
  }

  /** An answer that is lost on its way: it is asked for again by the same cursor. */
  async cut(): Promise<void> {
    await ask(`${itemsOf(this.node)}?since=${this.cursor}`, { headers: HEADERS }).then((answer) => answer.body?.cancel());
    this.#tag = "";
  }
}

const KINDS = { "server-sent events": ServerSent, "long poll": LongPoll, "short poll": ShortPoll } as const;

interface Story {
  readonly random: Random;
  readonly reader: Reader;
  readonly node: string;
  readonly published: number[];
}

async function say({ node, published }: Story): Promise<void> {
  const n = 1 + published.length;
  const { status } = await publish(node, `<n>${n}</n>`);
  expect(status).toBe(201);
  published.push(n);
}

const evictHost = ({ node }: Story) =>
  evictDurableObject(env.NODE_HOST.getByName(hostOf(DOMAIN, node, { SHARED_HOSTS: 16, families: FINESSE }) as string)).catch(() => {});

/** What may happen, each as often as it stands here. */
const ACTS: readonly (readonly [number, (story: Story) => Promise<unknown>])[] = [
  [40, say],
  [30, ({ reader }) => reader.read()],
  [10, () => crash(env.EVENT_READERS.getByName(GROUP) as unknown as DurableObjectStub<undefined>)],
  [6, evictHost],
  [4, () => evictDurableObject(env.JABBER_SESSION.getByName(`7001@${DOMAIN}`)).catch(() => {})],
  [10, ({ reader }) => reader.cut()],
];

function actOf(random: Random): (story: Story) => Promise<unknown> {
  let at = random() * ACTS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, act] of ACTS) {
    at -= weight;
    if (at < 0) return act;
  }
  return say;
}

/** What is wrong with what a reader was told, if anything: each item once, in order, and nothing missing but behind a `reset`. */
function faultOf(told: Told, published: readonly number[]): string | undefined {
  let last = 0;
  let isReset = false;
  for (const each of [...told, "end" as const]) {
    if (each === "reset") {
      isReset = true;
      continue;
    }
    const n = each === "end" ? published.length + 1 : each;
    if (n <= last) return `${n} after ${last}`;
    if (n > last + 1 && !isReset) return `nothing between ${last} and ${n}`;
    last = n;
    isReset = false;
  }
  return undefined;
}

async function play(seed: number, node: string, kind: keyof typeof KINDS): Promise<{ reader: Reader; published: readonly number[] }> {
  const random = seeded(seed);
  const story: Story = { random, reader: new KINDS[kind](node), node, published: [] };
  await story.reader.begin();
  for (let step = 0; step < 70; step++) await actOf(random)(story);
  for (let tries = 0; tries < 80 && story.reader.told.at(-1) !== story.published.length; tries++) {
    await story.reader.read();
    await scheduler.wait(25);
    // Of a memory log nothing may be left but the reset that tells so.
    if (tries > 40 && story.reader.told.at(-1) === "reset") break;
  }
  for (let again = 0; again < 3; again++) await story.reader.read();
  await story.reader.cut();
  return { reader: story.reader, published: story.published };
}

let resets = 0;
const STORIES = Object.keys(KINDS).flatMap((kind) => Array.from({ length: 5 }, (_, seed) => ({ kind: kind as keyof typeof KINDS, seed })));

test.each(STORIES)("a stored log by $kind, story $seed: each item once, in order, through cuts and evictions", async ({ kind, seed }) => {
  const { reader, published } = await play(seed, SYSTEM, kind);
  expect(published.length).toBeLessThan(64);
  expect(reader.told).toEqual(published);
});

test.each(STORIES)("a memory log by $kind, story $seed: each item once, in order, or a reset tells", async ({ kind, seed }) => {
  await publish(TEAM, "<n>0</n>");
  const { reader, published } = await play(100 + seed, TEAM, kind);
  resets += reader.told.filter((each) => each === "reset").length;
  expect(faultOf(reader.told, published), JSON.stringify(reader.told)).toBeUndefined();
});

test("hosts of memory logs were evicted in these stories, and readers told of it", () => expect(resets).toBeGreaterThan(5));

test("the check of a memory log finds what is lost, repeated or out of order", () => {
  expect(faultOf([1, 2, "reset", 4], [1, 2, 3, 4])).toBeUndefined();
  expect(faultOf([1, "reset"], [1, 2])).toBeUndefined();
  for (const told of [
    [1, 3],
    [1, 1],
    [2, 1],
    [1, 2],
    ["reset", 2, 1],
    [1, 2, 3, 3],
  ] as Told[])
    expect(faultOf(told, [1, 2, 3]), String(told)).toBeDefined();
});
