/**
 * Every conversation in workerd, through the door and the real objects: once as it is, once with all objects evicted
 * after each frame, sent or received. The second must go like the first.
 */
import { evictAllDurableObjects, reset } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { type Conversation, type Desk as Played, parseConversation, play, type Stage } from "../conversations/format.ts";
import { Desk, provision, publish } from "./support/desk.ts";

const texts = import.meta.glob<string>("../conversations/*.txt", { query: "?raw", import: "default", eager: true });
/** Settings are the environment's here; conversations that need others are played on the core and over sockets. */
const conversations = Object.entries(texts)
  .map(([path, text]) => ({ name: path.replace(/^.*\/(.*)\.txt$/, "$1"), conversation: parseConversation(text) }))
  .filter(({ conversation }) => conversation.settings.size === 0);

class PlayedDesk implements Played {
  readonly #desk: Desk;
  readonly #after: () => Promise<void>;

  constructor(desk: Desk, after: () => Promise<void>) {
    this.#desk = desk;
    desk.hearsItself = true;
    this.#after = after;
  }

  async send(frame: string | Uint8Array): Promise<void> {
    this.#desk.send(typeof frame === "string" ? frame : new Uint8Array(frame).buffer);
    await this.#after();
  }

  async next(): Promise<string> {
    const frame = await this.#desk.next();
    await this.#after();
    return frame;
  }

  async break(): Promise<void> {
    this.#desk.close(1001);
    await scheduler.wait(20);
    await this.#after();
  }

  quiet(): Promise<readonly string[]> {
    return this.#desk.quiet();
  }

  async closed(): Promise<number> {
    return (await this.#desk.whenClosed()).code;
  }
}

/** How long what several people's frames cause goes on behind them: no object is evicted while it has calls under way. */
const CALLS_MS = 25;

const isOfSeveral = ({ steps }: Conversation): boolean => new Set(steps.flatMap((step) => ("who" in step ? [step.who] : []))).size > 1;

function stage(after: () => Promise<void>): Stage {
  return {
    connect: async () => new PlayedDesk(await Desk.open(), after),
    publish: async (node, text) => {
      const { status } = await publish(node, JSON.stringify({ payload: text }), { "Content-Type": "application/json" });
      expect(status).toBe(201);
      await after();
    },
  };
}

beforeEach(async () => {
  await reset();
  await provision();
});

for (const { name, conversation } of conversations) {
  test(`conversation ${name} in workerd`, () =>
    play(
      conversation,
      stage(async () => {}),
    ));
  test(`conversation ${name} in workerd, all objects evicted after each frame`, () =>
    play(
      conversation,
      stage(async () => {
        if (isOfSeveral(conversation)) await scheduler.wait(CALLS_MS);
        await evictAllDurableObjects();
      }),
    ));
}

test("there are conversations", () => {
  expect(conversations.length).toBeGreaterThan(20);
});
