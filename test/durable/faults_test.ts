/**
 * Seeded stories of evictions and cuts: managers, sessions and hosts lose their memory at any moment, sockets break, streams
 * are resumed anywhere; every resumable client gets every item once and in order, whatever the log (docs/protocol.md: I1, I3).
 */
import { evictAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { hostOf } from "../../durable/placing.ts";
import { oneOf, type Random, seeded } from "../../tools/simulator/random.ts";
import { FINESSE } from "../../xmpp/mod.ts";
import { Desk, DOMAIN, provision, publish, TEAM, userNode } from "./support/desk.ts";

const SM = "urn:xmpp:sm:3";
const SYSTEM = "/finesse/api/SystemInfo";
const STEPS = 60;
const MANAGERS = ["local/40", "local/41", "local/42"] as const;

beforeAll(() => provision());

/** A client with stream management: it counts, answers when asked, and resumes at any manager. */
class Managed {
  readonly user: string;
  readonly resource: string;
  /** Node → numbers of the items it had. */
  readonly had = new Map<string, number[]>();
  #desk: Desk | undefined;
  #previd = "";
  #handled = 0;

  constructor(user: string, resource: string) {
    this.user = user;
    this.resource = resource;
  }

  get isCut(): boolean {
    return this.#desk === undefined;
  }

  async signIn(manager: string): Promise<void> {
    const desk = await (await Desk.open(manager)).signIn(this.user, { resource: this.resource });
    await desk.subscribe(TEAM, `${this.user}@${DOMAIN}/${this.resource}`);
    desk.send(`<enable xmlns="${SM}" resume="true"/>`);
    this.#previd = /id="([^"]+)"/.exec(await desk.until(/^<enabled/))?.[1] ?? "";
    this.#desk = desk;
  }

  /** Takes what came. What comes on a socket that is being cut is lost with it. */
  async read(milliseconds = 5): Promise<void> {
    for (const frame of (await this.#desk?.quiet(milliseconds)) ?? []) this.#take(frame);
  }

  #take(frame: string): void {
    if (/^<(message|presence|iq)\b/.test(frame)) this.#handled++;
    if (frame.startsWith("<r ")) this.#desk?.send(`<a xmlns="${SM}" h="${this.#handled}"/>`);
    if (frame.startsWith("<stream:error")) throw new Error(`${this.user}/${this.resource}: ${frame}`);
    if (!frame.startsWith("<message")) return;
    const node = /<items node="([^"]+)"/.exec(frame)?.[1] ?? "";
    this.had.set(node, [...(this.had.get(node) ?? []), Number(/&lt;n&gt;(\d+)/.exec(frame)?.[1])]);
  }

  cut(): void {
    this.#desk?.close(1001);
    this.#desk = undefined;
  }

  leave(): void {
    this.#desk?.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
  }

  /** From a socket that may be there still, without having read it. */
  async resume(manager: string): Promise<void> {
    const desk = await (await Desk.open(manager)).authenticate(this.user);
    desk.send(`<resume xmlns="${SM}" previd="${this.#previd}" h="${this.#handled}"/>`);
    expect(await desk.next(), `${this.user}/${this.resource} at ${manager}`).toContain("<resumed");
    this.#desk = desk;
  }
}

const hostStub = (node: string) => env.NODE_HOST.getByName(hostOf(DOMAIN, node, { SHARED_HOSTS: 16, families: FINESSE }) as string);

/** What may be asleep already needs no eviction. */
const evict = (stub: Parameters<typeof evictDurableObject>[0]): Promise<void> => evictDurableObject(stub).catch(() => {});

interface Story {
  readonly random: Random;
  readonly clients: readonly Managed[];
  readonly nodes: readonly string[];
  /** Node → numbers of the items whose publisher was answered. */
  readonly published: Map<string, number[]>;
}

async function say({ random, nodes, published }: Story): Promise<void> {
  const node = oneOf(random, nodes as [string, ...string[]]);
  const n = 1 + [...published.values()].flat().length;
  const { status, body } = await publish(node, `<n>${n}</n>`);
  expect({ status, pending: body["pending"] }).toEqual({ status: 201, pending: undefined });
  published.set(node, [...(published.get(node) ?? []), n]);
}

/** What may happen, each as often as it stands here. */
const ACTS: readonly (readonly [number, (story: Story) => Promise<unknown>])[] = [
  [45, say],
  [10, ({ random, clients }) => oneOf(random, clients as [Managed, ...Managed[]]).read()],
  [8, ({ random }) => evict(env.CONNECTION_MANAGER.getByName(oneOf(random, MANAGERS)))],
  [6, ({ random, nodes }) => evict(hostStub(oneOf(random, nodes as [string, ...string[]])))],
  [4, ({ random, clients }) => evict(env.JABBER_SESSION.getByName(`${oneOf(random, clients as [Managed, ...Managed[]]).user}@${DOMAIN}`))],
  [3, () => evictAllDurableObjects()],
  [8, async ({ random, clients }) => oneOf(random, clients as [Managed, ...Managed[]]).cut()],
  [16, ({ random, clients }) => oneOf(random, clients as [Managed, ...Managed[]]).resume(oneOf(random, MANAGERS))],
];

function actOf(random: Random): (story: Story) => Promise<unknown> {
  let at = random() * ACTS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, act] of ACTS) {
    at -= weight;
    if (at < 0) return act;
  }
  return say;
}

test.each(Array.from({ length: 10 }, (_, seed) => seed))("SM-09 SM-12 I1 I3 nothing is lost, repeated or out of order: story %i", async (seed) => {
  const random = seeded(seed);
  const clients = [new Managed("7001", `s${seed}`), new Managed("7003", `s${seed}`)];
  const nodes = [TEAM, userNode("7001"), userNode("7003"), SYSTEM];
  const story: Story = { random, clients, nodes, published: new Map() };
  for (const client of clients) await client.signIn(oneOf(random, MANAGERS));
  for (let step = 0; step < STEPS; step++) await actOf(random)(story);
  for (const client of clients) if (client.isCut) await client.resume(oneOf(random, MANAGERS));
  for (const client of clients) await client.read(300);
  for (const client of clients) {
    const expected = nodes.filter((node) => !node.includes("/User/") || node === userNode(client.user)).map((node) => [node, story.published.get(node) ?? []]);
    expect(expected.map(([node]) => [node, client.had.get(node as string) ?? []])).toEqual(expected);
    client.leave();
  }
});
