/**
 * Sessions and hosts of created nodes agree of who is subscribed, whatever happens between them (docs/protocol.md): seeded
 * stories of subscribes, leaves, approvals, bars and teams, while hosts and sessions are killed and calls are lost with them.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../../durable/contract.ts";
import { seeded } from "../../tools/simulator/random.ts";
import { crash } from "./support/crash.ts";
import { ADMIN, ask, Desk, DOMAIN, provision } from "./support/desk.ts";

const env = bindings as unknown as Env;
const PUBSUB = "http://jabber.org/protocol/pubsub";
const USERS = ["7001", "7002", "7003"] as const;
const OPS = 30;
type Random = () => number;
const oneOf = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;

let ids = 0;
const to = { to: `pubsub.${DOMAIN}` };
/** Whatever is answered, or nothing at all: a call may be lost. */
const tried = (answer: Promise<unknown>) => answer.catch(() => {});
const of = (desk: Desk, inside: string, { type = "set", ns = PUBSUB } = {}) =>
  desk.request(`q${++ids}`, `<pubsub xmlns="${ns}">${inside}</pubsub>`, { ...to, type });
const owner = (desk: Desk, inside: string, type = "set") => of(desk, inside, { type, ns: `${PUBSUB}#owner` });
const form = (values: Readonly<Record<string, string>>) =>
  `<x xmlns="jabber:x:data" type="submit">${Object.entries(values)
    .map(([name, value]) => `<field var="pubsub#${name}"><value>${value}</value></field>`)
    .join("")}</x>`;
const addressOf = (random: Random, user: string) => `${user}@${DOMAIN}${oneOf(random, ["", "/a", "/b"])}`;

function reader(random: Random, desk: Desk, { user, node }: { user: string; node: string }): Promise<unknown> {
  const jid = addressOf(random, user);
  return random() < 0.6 ? tried(of(desk, `<subscribe node="${node}" jid="${jid}"/>`)) : tried(of(desk, `<unsubscribe node="${node}" jid="${jid}"/>`));
}

function ownerDoes(random: Random, desk: Desk, node: string): Promise<unknown> {
  const user = oneOf(random, USERS);
  const jid = addressOf(random, user);
  const does = random();
  if (does < 0.3)
    return tried(
      owner(desk, `<subscriptions node="${node}"><subscription jid="${jid}" subscription="${oneOf(random, ["none", "subscribed"])}"/></subscriptions>`),
    );
  if (does < 0.6) {
    const affiliation = oneOf(random, ["none", "member", "outcast"]);
    return tried(owner(desk, `<affiliations node="${node}"><affiliation jid="${user}@${DOMAIN}" affiliation="${affiliation}"/></affiliations>`));
  }
  const model = oneOf(random, ["open", "open", "authorize", "presence", "whitelist"]);
  return tried(owner(desk, `<configure node="${node}">${form({ access_model: model })}</configure>`));
}

/** Who is in the owner's team, and who is not any more. */
const regroup = (random: Random) =>
  ask(`/api/v1/teams/42?domain=${DOMAIN}`, {
    method: "PUT",
    headers: ADMIN,
    body: JSON.stringify({ name: "Sales", members: [...USERS.filter(() => random() < 0.6), "backend"], supervisors: ["lead1"] }),
  });

const subidsIn = (list: string) =>
  [...list.matchAll(/<subscription [^>]*>/g)]
    .flatMap(([each]) => (each.includes('subscription="subscribed"') ? (/subid="([^"]*)"/.exec(each)?.[1] ?? []) : []))
    .sort();

test.each(Array.from({ length: 8 }, (_, seed) => seed))("session and host agree: story %i", async (seed) => {
  await provision();
  const random = seeded(seed);
  const node = `agreed-${seed}`;
  const back = await (await Desk.open("local/0")).signIn("backend");
  const desks = await Promise.all(USERS.map(async (user) => ({ user, desk: await (await Desk.open("local/1")).signIn(user) })));
  await regroup(random);
  await of(back, `<create node="${node}"/>`);
  const host = env.NODE_HOST.getByName(`${DOMAIN}/own/${node}`);
  const stories = [
    ...desks.map(({ user, desk }) => async () => {
      for (let n = 0; n < OPS; n++) await reader(random, desk, { user, node });
    }),
    async () => {
      for (let n = 0; n < OPS; n++) await ownerDoes(random, back, node);
    },
    async () => {
      for (let n = 0; n < OPS; n++) {
        await scheduler.wait(random() * 12);
        const dies = random();
        if (dies < 0.2) await crash(host as never);
        else if (dies < 0.4) await crash(env.JABBER_SESSION.getByName(`${oneOf(random, USERS)}@${DOMAIN}`) as never);
        else if (dies < 0.5) await regroup(random);
      }
    },
  ];
  await Promise.all(stories.map((story) => story()));
  // What is still owed is paid: by the alarm, where a life of the host ended before it could.
  const agreed = async () => {
    await runDurableObjectAlarm(host as never).catch(() => {});
    const atHost = subidsIn(await owner(back, `<subscriptions node="${node}"/>`, "get"));
    const atSessions = await Promise.all(desks.map(({ desk }) => of(desk, `<subscriptions node="${node}"/>`, { type: "get" })));
    const all = atSessions.flatMap(subidsIn).sort();
    return { missing: all.filter((subid) => !atHost.includes(subid)), stale: atHost.filter((subid) => !all.includes(subid)) };
  };
  await expect.poll(agreed, { timeout: 8000, interval: 200 }).toEqual({ missing: [], stale: [] });
  await owner(back, `<delete node="${node}"/>`);
  for (const { desk } of [{ desk: back }, ...desks]) desk.close();
});
