/**
 * Streams over requests and the loss of their manager's memory: with stream management a new session goes on with nothing
 * lost or repeated, without it the client is told (XEP-0124 §14.3, XEP-0198 §5; docs/protocol.md: Sessions over HTTP requests).
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { hostOf } from "../../durable/placing.ts";
import { oneOf, type Random, seeded } from "../../tools/simulator/random.ts";
import { FINESSE } from "../../xmpp/mod.ts";
import { BoshDesk } from "./support/bosh.ts";
import { crash } from "./support/crash.ts";
import { DOMAIN, provision, publish, TEAM, userNode } from "./support/desk.ts";
import { change } from "./support/settings.ts";

const SM = "urn:xmpp:sm:3";
const SYSTEM = "/finesse/api/SystemInfo";
const MANAGERS = ["local/45", "local/46", "local/47"] as const;
const managerNamed = (name: string) => env.CONNECTION_MANAGER.getByName(name) as unknown as DurableObjectStub<undefined>;

beforeAll(() => provision());

const restores: (() => void)[] = [];
afterEach(() => {
  for (const restore of restores.splice(0)) restore();
});

/** A client with stream management over requests: it counts, acknowledges, and where its session is lost makes another. */
class Managed {
  readonly user: string;
  readonly resource: string;
  /** Node → numbers of the items it had. */
  readonly had = new Map<string, number[]>();
  /** Sessions that were lost and whose stream went on by another. */
  resumed = 0;
  desk: BoshDesk;
  previd = "";
  handled = 0;
  #read = 0;
  #isAsked = false;

  constructor(user: string, resource: string, manager: string) {
    [this.user, this.resource, this.desk] = [user, resource, new BoshDesk(manager)];
  }

  async signIn({ subscribes = true } = {}): Promise<this> {
    await this.desk.signIn(this.user, this.resource);
    if (subscribes) await this.desk.subscribe(TEAM, `${this.user}@${DOMAIN}/${this.resource}`);
    this.previd = /id="([^"]+)"/.exec(await this.desk.until(/^<enabled/, `<enable xmlns="${SM}" resume="true"/>`))?.[1] ?? "";
    this.#read = this.desk.frames.findIndex((frame) => frame.startsWith("<enabled")) + 1;
    this.#take();
    return this;
  }

  #take(): void {
    for (const frame of this.desk.frames.slice(this.#read)) {
      if (/^<(message|presence|iq)\b/.test(frame)) this.handled++;
      if (frame.startsWith("<r ")) this.#isAsked = true;
      if (!frame.startsWith("<message")) continue;
      const node = /<items node="([^"]+)"/.exec(frame)?.[1] ?? "";
      this.had.set(node, [...(this.had.get(node) ?? []), Number(/&lt;n&gt;(\d+)/.exec(frame)?.[1])]);
    }
    this.#read = this.desk.frames.length;
  }

  /** One request, with an acknowledgement where one was asked for; answered at once, with what there is. */
  async ask(inside = ""): Promise<string> {
    const ack = this.#isAsked ? `<a xmlns="${SM}" h="${this.handled}"/>` : "";
    this.#isAsked = false;
    const body = await this.desk.post('pause="60"', ack + inside);
    this.#take();
    return body;
  }

  /** Whether the stream went on by a new session at this manager. */
  async resume(manager: string): Promise<boolean> {
    const desk = await new BoshDesk(manager).authenticate(this.user);
    const outcome = await desk.until(/^<(resumed|failed)/, `<resume xmlns="${SM}" previd="${this.previd}" h="${this.handled}"/>`);
    if (outcome.startsWith("<failed")) return false;
    this.desk = desk;
    this.#read = desk.frames.findIndex((frame) => frame.startsWith("<resumed")) + 1;
    this.#isAsked = false;
    this.#take();
    this.resumed++;
    return true;
  }

  /** Asks, and makes a new session where the old one is not there any more. */
  async goOn(manager: string): Promise<void> {
    if (!/condition="item-not-found"/.test(await this.ask())) return;
    expect(await this.resume(manager), `${this.user}/${this.resource} at ${manager}`).toBe(true);
  }

  async leave(): Promise<void> {
    await this.desk.post('type="terminate"');
  }
}

interface Story {
  readonly random: Random;
  readonly clients: readonly [Managed, ...Managed[]];
  readonly nodes: readonly [string, ...string[]];
  readonly published: Map<string, number[]>;
  /** Their memory logs go, too. */
  readonly host: (node: string) => Promise<void>;
}

async function say({ random, nodes, published }: Story): Promise<void> {
  const node = oneOf(random, nodes);
  const n = 1 + [...published.values()].flat().length;
  const { status, body } = await publish(node, `<n>${n}</n>`);
  expect({ status, pending: body["pending"] }).toEqual({ status: 201, pending: undefined });
  published.set(node, [...(published.get(node) ?? []), n]);
}

const ping = (id: number) => `<iq xmlns="jabber:client" type="get" id="p${id}"><ping xmlns="urn:xmpp:ping"/></iq>`;

/** What may happen, each as often as it stands here. */
const ACTS: readonly (readonly [number, (story: Story) => Promise<unknown>])[] = [
  [40, say],
  [15, ({ random, clients }) => oneOf(random, clients).goOn(oneOf(random, MANAGERS))],
  [4, ({ random, clients }) => oneOf(random, clients).ask(ping(random()))],
  [12, ({ random }) => crash(managerNamed(oneOf(random, MANAGERS)))],
  [8, ({ random, host, nodes }) => host(oneOf(random, nodes))],
  [5, ({ random, clients }) => evictDurableObject(env.JABBER_SESSION.getByName(`${oneOf(random, clients).user}@${DOMAIN}`)).catch(() => {})],
  [
    6,
    ({ random, clients }) =>
      oneOf(random, clients)
        .resume(oneOf(random, MANAGERS))
        .then((isBack) => expect(isBack).toBe(true)),
  ],
];

function actOf(random: Random): (story: Story) => Promise<unknown> {
  let at = random() * ACTS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, act] of ACTS) {
    at -= weight;
    if (at < 0) return act;
  }
  return say;
}

const evictHost = (node: string) =>
  evictDurableObject(env.NODE_HOST.getByName(hostOf(DOMAIN, node, { SHARED_HOSTS: 16, families: FINESSE }) as string)).catch(() => {});

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  "SM-09 SM-12 I1 I3 managers are lost at any moment: nothing is lost, repeated or out of order: story %i",
  async (seed) => {
    const random = seeded(seed);
    const clients = [new Managed("7001", `b${seed}`, oneOf(random, MANAGERS)), new Managed("7003", `b${seed}`, oneOf(random, MANAGERS))] as const;
    const nodes = [TEAM, userNode("7001"), userNode("7003"), SYSTEM] as const;
    for (const client of clients) await client.signIn();
    const story: Story = { random, clients, nodes, published: new Map(), host: evictHost };
    for (let step = 0; step < 60; step++) await actOf(random)(story);
    for (const client of clients) {
      const mine = nodes.filter((node) => !node.includes("/User/") || node === userNode(client.user));
      const expected = mine.map((node) => [node, story.published.get(node) ?? []] as const);
      const due = expected.flatMap(([, numbers]) => numbers).length;
      // A stored log is delivered after its publisher was answered.
      for (let tries = 0; tries < 60 && [...client.had.values()].flat().length < due; tries++) {
        await client.goOn(oneOf(random, MANAGERS));
        await scheduler.wait(50);
      }
      for (let asked = 0; asked < 3; asked++) await client.goOn(oneOf(random, MANAGERS));
      expect(expected.map(([node]) => [node, client.had.get(node) ?? []])).toEqual(expected);
      await client.leave();
    }
    expect(clients.reduce((sum, { resumed }) => sum + resumed, 0)).toBeGreaterThan(0);
  },
);

describe("a manager whose memory is lost after each request", () => {
  test("SM-09 the stream goes on by a new session every time", async () => {
    const client = await new Managed("7002", "each", "local/45").signIn({ subscribes: false });
    const node = userNode("7002");
    for (let n = 1; n <= 12; n++) {
      expect((await publish(node, `<n>${n}</n>`)).status).toBe(201);
      await client.ask(n % 3 === 0 ? ping(n) : "");
      await crash(managerNamed(client.desk.manager));
      expect(await client.ask()).toContain('condition="item-not-found"');
      expect(await client.resume(oneOf(seeded(n), MANAGERS))).toBe(true);
    }
    await client.ask();
    expect(client.had.get(node)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    await client.leave();
  });

  test("without stream management the session is over, and is told so: nothing is lost silently", async () => {
    const desk = await new BoshDesk("local/46").signIn("7002", "plain");
    await crash(managerNamed("local/46"));
    expect((await publish(userNode("7002"), "<n>1</n>")).status).toBe(201);
    expect(await desk.post("")).toContain('type="terminate" condition="item-not-found"');
  });

  test("a request that is held when it happens fails, and the next one is told", async () => {
    const client = await new Managed("7002", "held", "local/47").signIn({ subscribes: false });
    const held = client.desk.post("").then(
      () => "answered",
      () => "failed",
    );
    await scheduler.wait(50);
    await crash(managerNamed("local/47"));
    expect(await held).toBe("failed");
    client.desk.rid--;
    expect(await client.ask()).toContain('condition="item-not-found"');
    expect(await client.resume("local/45")).toBe(true);
    await client.leave();
  });
});

describe("what was not written down yet when the memory went", () => {
  const begin = async (resource: string, user = "7002") => {
    restores.push(await change({ AWAKE_MS: 60_000, ACK_QUIET_MS: 60_000 }));
    return await new Managed(user, resource, "local/45").signIn({ subscribes: false });
  };
  const node = userNode("7002");

  test("is had from the log, where the client had none of it", async () => {
    const client = await begin("unseen");
    for (const n of [1, 2, 3]) await publish(node, `<n>${n}</n>`);
    await crash(managerNamed("local/45"));
    expect(await client.resume("local/46")).toBe(true);
    await client.ask();
    expect(client.had.get(node)).toEqual([1, 2, 3]);
    await client.leave();
  });

  test("ends the stream where the client had some of it: told, never guessed", async () => {
    const client = await begin("seen");
    await publish(node, "<n>1</n>");
    await client.ask();
    expect(client.had.get(node)).toEqual([1]);
    await crash(managerNamed("local/45"));
    expect(await client.resume("local/46")).toBe(false);
    expect(await client.resume("local/45")).toBe(false);
  });

  test("does not touch what was answered: that was written at once, and is not handled twice", async () => {
    const client = await begin("answered", "backend");
    const item = '<item><notification xmlns="http://jabber.org/protocol/pubsub">x</notification></item>';
    const pubsub = `<pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="${node}">${item}</publish></pubsub>`;
    const answer = await client.desk.until(/^<iq[^>]* id="pub"/, `<iq xmlns="jabber:client" type="set" id="pub" to="pubsub.${DOMAIN}">${pubsub}</iq>`);
    expect(answer).toContain('type="result"');
    client.handled++;
    await crash(managerNamed("local/45"));
    expect(await client.resume("local/46")).toBe(true);
    expect(client.desk.frames.find((frame) => frame.startsWith("<resumed"))).toContain('h="1"');
    await client.ask();
    expect(client.desk.frames.filter((frame) => frame.includes('id="pub"'))).toEqual([]);
    await client.leave();
  });

  test("I7 deliveries write no row, however many", async () => {
    const client = await begin("rows");
    const stats = async () =>
      (await (env.CONNECTION_MANAGER.getByName("local/45") as unknown as { stats(): Promise<{ rowsWritten: number }> }).stats()).rowsWritten;
    await publish(node, "<n>1</n>");
    const before = await stats();
    for (let n = 2; n <= 30; n++) {
      await publish(node, `<n>${n}</n>`);
      await client.ask(`<a xmlns="${SM}" h="${client.handled}"/>`);
      await client.ask(ping(n));
    }
    expect((await stats()) - before).toBe(0);
    expect(client.had.get(node)).toHaveLength(30);
    await client.leave();
  });
});
