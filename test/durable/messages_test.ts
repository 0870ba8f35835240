/** Stanzas from user to user inside workerd: RFC 6121 §8.5, sleeps, order (docs/protocol.md: Users to users). */
import { beforeAll, describe, expect, test } from "vitest";
import { Desk, DOMAIN, provision } from "./support/desk.ts";

const [ADA, BOB] = ["7001", "7003"];
const CLIENT = 'xmlns="jabber:client"';
const jid = (user: string, resource = ""): string => `${user}@${DOMAIN}${resource && `/${resource}`}`;

beforeAll(async () => {
  await provision();
});

let made = 0;
const name = (): string => `r${++made}`;

async function desk(
  user: string,
  { resource = name(), manager = "local/0", presence = '<presence xmlns="jabber:client"/>' } = {},
): Promise<Desk & { full: string }> {
  const one = await (await Desk.open(manager)).signIn(user, { resource, presence: false });
  if (presence) {
    one.send(presence);
    await one.request("settled", '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" });
  }
  return Object.assign(one, { full: jid(user, resource) });
}

const priority = (value: number): string => `<presence ${CLIENT}><priority>${value}</priority></presence>`;
const say = (to: string, body: string, type = "chat"): string => `<message ${CLIENT} type="${type}" to="${to}" id="m-${body}"><body>${body}</body></message>`;
const bodies = (frames: readonly string[]): string[] => frames.flatMap((frame) => /<body>([^<]*)<\/body>/.exec(frame)?.[1] ?? []);
const errors = (frames: readonly string[]): string[] => frames.flatMap((frame) => /<error[^>]*><([a-z-]+)/.exec(frame)?.[1] ?? []);

describe("P-12 messages", () => {
  test("§8.5.2.1.1 C-61 C-62 a message to the bare jid arrives, with the sender's full jid and `to` as it was", async () => {
    const [ada, bob] = [await desk(ADA), await desk(BOB, { manager: "local/1" })];
    ada.send(say(jid(BOB), "hello"));
    expect(await bob.until(/<message/)).toBe(`<message ${CLIENT} type="chat" to="${jid(BOB)}" id="m-hello" from="${ada.full}"><body>hello</body></message>`);
    bob.send(say(ada.full, "hi"));
    expect(await ada.until(/<message/)).toContain(` to="${ada.full}" id="m-hi" from="${bob.full}"`);
    for (const one of [ada, bob]) one.close();
  });
});
