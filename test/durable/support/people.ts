/** Several resources of several people inside workerd, and what they say to one another. */
import { Desk, DOMAIN } from "./desk.ts";

export const CLIENT = 'xmlns="jabber:client"';
export const [ADA, BOB, LEA] = ["7001", "7003", "lead1"] as const;

export const jid = (user: string, resource = ""): string => `${user}@${DOMAIN}${resource && `/${resource}`}`;

let made = 0;

export interface Person extends Desk {
  readonly full: string;
}

export const present = (priority?: number): string => `<presence ${CLIENT}>${priority === undefined ? "" : `<priority>${priority}</priority>`}</presence>`;

/** One resource, signed in; present unless `presence` is "". */
export async function person(
  user: string,
  { resource = `r${++made}`, manager = "local/0", presence = present(), resumable = false, headers = {} as Readonly<Record<string, string>> } = {},
): Promise<Person> {
  const one = await (await Desk.open(manager, headers)).signIn(user, { resource, presence: false });
  if (resumable) one.send('<enable xmlns="urn:xmpp:sm:3" resume="true"/>');
  if (presence) one.send(presence);
  return await settled(Object.assign(one, { full: jid(user, resource) }));
}

/** All that came before, and what this caused, is done with. */
export async function settled<T extends Desk>(one: T): Promise<T> {
  await one.request(`settled-${++made}`, '<ping xmlns="urn:xmpp:ping"/>', { to: DOMAIN, type: "get" });
  return one;
}

export const say = (to: string, body: string, type = "chat"): string =>
  `<message ${CLIENT}${type && ` type="${type}"`} to="${to}" id="m-${body}"><body>${body}</body></message>`;

/** What was said in these frames: in messages, and not in copies or errors. */
export const bodies = (frames: readonly string[]): string[] =>
  frames.filter((frame) => !frame.includes("urn:xmpp:carbons:2")).flatMap((frame) => /<body>([^<]*)<\/body>/.exec(frame)?.[1] ?? []);

/** Conditions of the errors in these frames. */
export const errors = (frames: readonly string[]): string[] => frames.flatMap((frame) => /<error[^>]*><([a-z-]+)/.exec(frame)?.[1] ?? []);

/** What one has got, to the last thing that it asked for. */
async function drained(one: Desk): Promise<string[]> {
  const frames: string[] = [];
  const id = `drained-${++made}`;
  one.send(`<iq ${CLIENT} type="get" id="${id}" to="${DOMAIN}"><ping xmlns="urn:xmpp:ping"/></iq>`);
  for (let frame = await one.next(); !frame.includes(`id="${id}"`); frame = await one.next()) frames.push(frame);
  return frames;
}

/** How many of these frames a client counts. */
export const stanzasIn = (frames: readonly string[]): number => frames.filter((frame) => /^<(?:iq|message|presence)/.test(frame)).length;

/** A stream that can be resumed, present, with its id and how many stanzas its client has had of it. */
export async function resumable(user: string, { manager = "local/0", resource = `r${++made}`, presence = present(), max = "" } = {}) {
  const one = await (await Desk.open(manager)).signIn(user, { resource, presence: false });
  one.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"${max && ` max="${max}"`}/>`);
  const previd = /id="([^"]+)"/.exec(await one.until(/<enabled/))?.[1] ?? "";
  one.hearsItself = true;
  one.send(presence);
  await scheduler.wait(30);
  // With the answer to the ping.
  return { one, previd, handled: stanzasIn(await drained(one)) + 1 };
}

/** What each has got since, once the sender's queue is empty; of presence, see test/durable/contacts_test.ts. */
export async function heard(sender: Desk, ...others: readonly Desk[]): Promise<string[][]> {
  const own = await drained(sender);
  await scheduler.wait(50);
  return await Promise.all(
    others.map(async (one) => [...(one === sender ? own : []), ...(await one.quiet(0))].filter((frame) => !frame.startsWith("<presence"))),
  );
}

/** Closes what is not closed yet, in the proper way. */
export function leave(...all: readonly Desk[]): void {
  for (const one of all) if (!one.closed) one.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
}
