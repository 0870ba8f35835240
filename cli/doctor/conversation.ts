/**
 * What is said on the stream, check by check: open, features, sign-in, bind, pings, presence, subscription, close.
 *
 * @module
 */

import { randomBytes } from "node:crypto";

import { childrenOf, DISCO_INFO_NS, DISCO_ITEMS_NS, type Element, escapeAttr, escapeText, PING_NS, presence, PUBSUB_NS, textOf } from "../../xmpp/mod.ts";
import { type Chart, Failed, ok, type Outcome, skipped, warn } from "./chart.ts";
import { type Credentials, mechanismOf, mechanismsIn, signIn } from "./sign_in.ts";
import { conditionOf, type Stream } from "./stream.ts";

const BIND_NS = "urn:ietf:params:xml:ns:xmpp-bind";
const SESSION_NS = "urn:ietf:params:xml:ns:xmpp-session";
const PINGS = 5;
/** Milliseconds of a round trip beyond which a desktop feels slow. */
const SLOW = 500;
/** The contact's presence comes right behind one's own. */
const CONTACT_WAIT = 3000;

export interface Talk {
  readonly chart: Chart;
  readonly stream: Stream;
  readonly domain: string;
  readonly credentials: Credentials | null;
  /** Is nobody able to read along? */
  readonly isPrivate: boolean;
  /** Finesse, or what stands in for it: it has SystemInfo, a service contact, and nodes of its own. */
  readonly isFinesse: boolean;
  /** "": to be found. */
  readonly pubsub: string;
  /** The node that was asked for; "": the user's own. */
  readonly node: string;
  /** Publishes to the node, once it is subscribed to. */
  readonly publishes: (subscribed: Subscribed) => Promise<Outcome>;
}

export interface Subscribed {
  readonly stream: Stream;
  readonly node: string;
}

/** Goes on until something ends it. */
export async function converse(talk: Talk): Promise<void> {
  const offered = await opens(talk);
  if (offered) {
    if (talk.credentials) await signedIn(talk, { credentials: talk.credentials, offered });
    else talk.chart.skip(["sign-in", "bind", "round-trip", "presence", "service-contact", "subscription", "publish"], "No --user is given.");
    if (!talk.chart.hasWaited) await talk.chart.run("close", () => closes(talk.stream));
  }
  talk.stream.destroy();
}

/** Answers the mechanisms that are offered; undefined: it ends here. */
async function opens({ chart, stream, domain, isPrivate }: Talk): Promise<readonly string[] | undefined> {
  let offered: readonly string[] = [];
  const isOpen = await chart.run("open", async () => {
    offered = mechanismsIn(await stream.open(domain));
    return ok(`The stream to ${domain} is open.`);
  });
  return isOpen && (await chart.run("features", () => judgeFeatures(offered, isPrivate))) ? offered : undefined;
}

function judgeFeatures(mechanisms: readonly string[], isPrivate: boolean): Outcome {
  const told = `Ways to sign in: ${mechanisms.join(", ") || "none"}.`;
  if (mechanisms.length === 0) throw new Failed(told, "Allow a mechanism; servers that refuse PLAIN without TLS offer it once the connection is wss.");
  if (!mechanisms.some((name) => name.startsWith("SCRAM-")) && !isPrivate)
    return warn(`${told} The password would go in the clear.`, "Use wss:, or allow SCRAM.");
  return ok(told);
}

interface SignIn {
  readonly credentials: Credentials;
  readonly offered: readonly string[];
}

async function signedIn(talk: Talk, { credentials, offered }: SignIn): Promise<void> {
  const { chart, stream } = talk;
  let features: Element | undefined;
  const isKnown = await chart.run("sign-in", async () => {
    const mechanism = await authenticates(talk, { credentials, offered });
    features = await stream.open(talk.domain);
    return ok(`Signed in as ${credentials.user} by ${mechanism}.`);
  });
  if (!isKnown || !features) return;
  const needsSession = asksForSession(features);
  let jid = "";
  const isBound = await chart.run("bind", async () => {
    jid = await binds(stream, needsSession);
    return ok(`Bound as ${jid}.`);
  });
  if (!isBound || !(await chart.run("round-trip", () => pings(talk)))) return;
  if (!(await chart.run("presence", () => becomesPresent(talk)))) return;
  await chart.run("service-contact", () => meetsContact(talk), { passing: true });
  await subscribes(talk, { jid, user: credentials.user });
}

/** Answers the mechanism. */
async function authenticates({ stream, isPrivate }: Talk, { credentials, offered }: SignIn): Promise<string> {
  const mechanism = mechanismOf(offered, isPrivate);
  if (!mechanism) {
    const isPlain = offered.includes("PLAIN");
    throw new Failed(
      isPlain ? "The server offers PLAIN alone, and the connection has no TLS: the password was not sent." : `None of ${offered.join(", ")} is known here.`,
      isPlain ? "Use a wss: address." : "Allow SCRAM-SHA-256, SCRAM-SHA-1 or PLAIN.",
    );
  }
  await signIn({ stream, mechanism, ...credentials });
  return mechanism;
}

/** A resource of its own, so that nobody's desktop is ended; answers the full jid. */
async function binds(stream: Stream, needsSession: boolean): Promise<string> {
  const resource = `deskwire-doctor-${randomBytes(3).toString("hex")}`;
  const answer = await stream.request({ type: "set", payload: `<bind xmlns="${BIND_NS}"><resource>${resource}</resource></bind>` });
  if (answer.attrs["type"] === "error") throw new Failed(`Refused: ${conditionOf(answer)}.`, "See what the server says of it.");
  const bind = childrenOf(answer).find(({ ns }) => ns === BIND_NS);
  const jid = bind ? textOf(childrenOf(bind).find(({ name }) => name === "jid") ?? bind).trim() : "";
  if (jid === "") throw new Failed("The answer to the bind has no jid.", "Look at the server's log.");
  if (needsSession) await stream.request({ type: "set", payload: `<session xmlns="${SESSION_NS}"/>` });
  return jid;
}

/** RFC 3921 §3; servers of today say that it is optional. */
function asksForSession(features: Element): boolean {
  const session = childrenOf(features).find(({ ns }) => ns === SESSION_NS);
  return session !== undefined && !childrenOf(session).some(({ name }) => name === "optional");
}

async function ping({ stream, domain }: Pick<Talk, "stream" | "domain">): Promise<number> {
  const began = performance.now();
  // An error is an answer, too: what counts is the way there and back.
  await stream.request({ type: "get", to: domain, payload: `<ping xmlns="${PING_NS}"/>` });
  return performance.now() - began;
}

async function pings(talk: Talk): Promise<Outcome> {
  const took: number[] = [];
  for (let sent = 0; sent < PINGS; sent++) took.push(await ping(talk));
  const sorted = took.sort((a, b) => a - b);
  const median = sorted[Math.floor(PINGS / 2)] ?? 0;
  const told = `Median of ${PINGS} pings ${median.toFixed(1)} ms, slowest ${(sorted.at(-1) ?? 0).toFixed(1)} ms.`;
  return median > SLOW ? warn(told, "Look at the distance to the server, its load, and proxies on the way.") : ok(told);
}

async function becomesPresent(talk: Talk): Promise<Outcome> {
  talk.stream.send(presence({}));
  // A server that refuses it ends the stream, or answers it before the ping behind it.
  await ping(talk);
  return ok("Presence was sent, and the stream stands.");
}

async function meetsContact({ stream, isFinesse }: Talk): Promise<Outcome> {
  if (!isFinesse) return skipped("Only Finesse and Deskwire have a service contact.");
  const isContact = ({ name, attrs }: Element) => name === "presence" && /^finesse@[^/]+/i.test(attrs["from"] ?? "");
  const fix = "Start the back end that publishes (Deskwire: PUT /api/v1/service-contact).";
  const found = await stream.next(isContact, "presence of the service contact", CONTACT_WAIT).catch((failure: Failed) => {
    // That it keeps silent is no reason to take what follows for missing.
    throw new Failed(failure.message, fix);
  });
  if (found.attrs["type"] === "unavailable") throw new Failed("The service contact is unavailable.", fix);
  return ok(`${found.attrs["from"]} is available.`);
}

async function subscribes(talk: Talk, { jid, user }: { readonly jid: string; readonly user: string }): Promise<void> {
  const { chart, stream } = talk;
  const node = talk.node || `/finesse/api/User/${user}`;
  let service = "";
  await chart.run(
    "subscription",
    async () => {
      const found = await serviceFor(talk, node);
      if (found.outcome) return found.outcome;
      const answer = await stream.request({ type: "set", to: found.service, payload: subscription("subscribe", { node, jid }) });
      if (answer.attrs["type"] === "error") throw new Failed(`${node} at ${found.service}: ${conditionOf(answer)}.`, "See what the server says of it.");
      service = found.service;
      return ok(`Subscribed to ${node} at ${service}.`);
    },
    { passing: true },
  );
  if (service === "") return chart.skip(["publish"], "Nothing is subscribed to.");
  await chart.run("publish", () => talk.publishes({ stream, node }), { passing: true });
  if (!chart.hasWaited) await leaves({ stream, service, node, jid });
}

const subscription = (verb: "subscribe" | "unsubscribe", { node, jid }: { readonly node: string; readonly jid: string }): string =>
  `<pubsub xmlns="${PUBSUB_NS}"><${verb} node="${escapeAttr(node)}" jid="${escapeAttr(jid)}"/></pubsub>`;

/** Nothing of the examination is to stay behind; where the node cannot be left, the end of the stream is the end of it. */
async function leaves({ stream, service, node, jid }: Subscribed & { readonly service: string; readonly jid: string }): Promise<void> {
  await stream.request({ type: "set", to: service, payload: subscription("unsubscribe", { node, jid }) }).catch(() => {});
}

type Found = { readonly service: string; readonly outcome?: never } | { readonly outcome: Outcome; readonly service?: never };

/** Where the node is. A server without Finesse's nodes lacks nothing: it is asked first, and left alone if there is none. */
async function serviceFor(talk: Talk, node: string): Promise<Found> {
  const service = talk.pubsub || (talk.isFinesse ? `pubsub.${talk.domain}` : await pubsubOf(talk));
  if (service === undefined) return { outcome: skipped("The server has no publish-subscribe service.") };
  if (talk.isFinesse || talk.node !== "") return { service };
  const answer = await talk.stream.request({ type: "get", to: service, payload: `<query xmlns="${DISCO_INFO_NS}" node="${escapeAttr(node)}"/>` });
  if (answer.attrs["type"] === "result") return { service };
  return { outcome: skipped(`${service} has no node ${node} (${conditionOf(answer)}). Another one is tried by --node.`) };
}

/** The first service of the domain that says that it is one (XEP-0060 §5.1). */
async function pubsubOf({ stream, domain }: Talk): Promise<string | undefined> {
  const items = await stream.request({ type: "get", to: domain, payload: `<query xmlns="${DISCO_ITEMS_NS}"/>` });
  const jids = childrenOf(items).flatMap((query) => childrenOf(query).map(({ attrs }) => attrs["jid"] ?? ""));
  for (const jid of jids.filter(Boolean).slice(0, 20)) {
    const info = await stream.request({ type: "get", to: jid, payload: `<query xmlns="${DISCO_INFO_NS}"/>` });
    const identities = childrenOf(info).flatMap((query) => childrenOf(query).filter(({ name }) => name === "identity"));
    if (identities.some(({ attrs }) => attrs["category"] === "pubsub" && attrs["type"] === "service")) return jid;
  }
  return undefined;
}

async function closes(stream: Stream): Promise<Outcome> {
  const code = await stream.close();
  if (code === 1000 || code === 1005) return ok(`Both sides said good-bye; the socket was closed with ${code}.`);
  return warn(`The good-bye was answered, but the socket ended with ${code}.`, "A proxy may cut sockets short; clients see an error at every sign-out.");
}

/** An event that nobody takes for another. */
export function markedEvent(mark: string): string {
  return `<Update><data><doctor>${escapeText(mark)}</doctor></data><event>PUT</event><requestId>${escapeText(mark)}</requestId><source>deskwire doctor</source></Update>`;
}
