/** Recordings for tests: the conversations of test/conversations/ as a browser would have recorded them, and frames by hand. */

import { readdirSync, readFileSync } from "node:fs";

import type { Connection, Direction, ExplainedFrame, Explanation, RawFrame, Recording, Upgrade } from "../../explain/mod.ts";
import { parseConversation, type Step } from "../conversations/format.ts";

const FOLDER = new URL("../conversations/", import.meta.url);
export const START = Date.UTC(2026, 5, 1, 8, 0, 0);
export const DOMAIN = "cc1.acme.test";
export const JID = `7001@${DOMAIN}/desktop`;

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

// ------------------------------------------------------------- conversations

const COMPUTED: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/\{plain (\S+) (\S+) (\S+)\}/g, (_, authzid = "", user = "", password = "") => base64(`${authzid === "-" ? "" : authzid}\0${user}\0${password}`)],
  [/\{base64 ([^}]*)\}/g, (_, text = "") => base64(text)],
  [/\{scram-first (\S+?)(?: (\S+))?\}/g, (_, user = "", start = "n,,") => base64(`${start}n=${user},r=fyko+d2lbbFgONRv9qkxdawL`)],
  [/\{scram-final [^}]*\}/g, () => base64("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfc,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")],
  [/\{challenge\}/g, () => base64("r=fyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4096")],
  [/\{server-signature\}/g, () => base64("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")],
  [/\{repeated (\S+) (\d+)\}/g, (_, text = "", times = "0") => text.repeat(Number(times))],
  [/\{nested (\S+) (\d+)\}/g, (_, name = "", times = "0") => `<${name}>`.repeat(Number(times)) + `</${name}>`.repeat(Number(times))],
  [/\{space\}/g, () => " "],
  [/>\{any\}</g, () => "><"],
  [/\{any\}/g, () => "any"],
  [/\{([a-z-]+)\}/g, (_, name = "") => name],
];

/** What the server says where a conversation leaves it open, by what it has been asked. */
function unsaid(before: readonly RawFrame[]): string {
  const asked = before.findLast(({ direction }) => direction === "out")?.text ?? "";
  const answered = before.length - 1 - before.findLastIndex(({ direction }) => direction === "out");
  if (/<open\b/.test(asked)) return answered === 0 ? OPENED : before.some(({ text }) => text.startsWith("<success")) ? FEATURES_BIND : FEATURES;
  if (asked.startsWith("<auth")) return SUCCESS;
  if (asked.startsWith("<abort")) return `<failure xmlns="${SASL}"><aborted/></failure>`;
  const id = /\bid="([^"]*)"/.exec(asked)?.[1] ?? "";
  return `<iq xmlns="jabber:client" type="result" id="${id}"/>`;
}

/** The connections of a conversation, in the order in which they first speak. */
export function conversationOf(name: string): Connection[] {
  const { steps } = parseConversation(readFileSync(new URL(name, FOLDER), "utf8"));
  const connections = new Map<string, { frames: RawFrame[]; code: number | null; isOver: boolean }>();
  let at = START;
  for (const step of steps) {
    if (step.does === "publishes") continue;
    const connection = connections.get(step.who) ?? { frames: [], code: null, isOver: false };
    connections.set(step.who, connection);
    at += 15;
    if (step.does === "closes" || step.does === "breaks") {
      connection.isOver = true;
      connection.code = step.does === "closes" ? step.code : 1006;
    } else addFrame(connection.frames, step, at);
  }
  return [...connections.values()].map(({ frames, code, isOver }) =>
    connectionOf(frames, { page: String(frames[0]?.at), ended: isOver ? { at: (frames.at(-1)?.at ?? START) + 15, code, reason: "" } : null }),
  );
}

function addFrame(frames: RawFrame[], step: Step, at: number): void {
  if (step.does === "binary") frames.push({ direction: "out", at, text: "<a/>", binary: true });
  if (step.does !== "sends" && step.does !== "receives" && step.does !== "exactly") return;
  const filled = COMPUTED.reduce((filling, [pattern, value]) => filling.replace(pattern, value), step.text === "{any}" ? unsaid(frames) : step.text);
  frames.push({ direction: step.does === "sends" ? "out" : "in", at, text: filled });
}

export const conversationNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".txt"))
    .sort();

// -------------------------------------------------------------------- frames

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const STREAMS = 'xmlns:stream="http://etherx.jabber.org/streams"';
const PUBSUB = "http://jabber.org/protocol/pubsub";

export const OPEN = `<open xmlns="${FRAMING}" to="${DOMAIN}" version="1.0"/>`;
export const OPENED = `<open xmlns="${FRAMING}" from="${DOMAIN}" id="s1" version="1.0" xml:lang="en"/>`;
export const CLOSE = `<close xmlns="${FRAMING}" />`;
export const FEATURES = featuresOf("SCRAM-SHA-1", "PLAIN");
export const FEATURES_BIND = `<stream:features ${STREAMS}><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><session xmlns="urn:ietf:params:xml:ns:xmpp-session"><optional/></session></stream:features>`;
export const AUTH = authOf("7001", "pw-7001");
export const SUCCESS = `<success xmlns="${SASL}"/>`;
export const BIND = `<iq type="set" id="_bind_auth_2" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>desktop</resource></bind></iq>`;
export const BOUND = `<iq xmlns="jabber:client" type="result" id="_bind_auth_2"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>${JID}</jid></bind></iq>`;
export const PRESENCE = '<presence xmlns="jabber:client"/>';
export const CONTACT = `<presence xmlns="jabber:client" from="finesse@${DOMAIN}/service" to="${JID}"/>`;
export const USER_NODE = "/finesse/api/User/7001";
export const TEAM_NODE = "/finesse/api/Team/42/Users";

export function featuresOf(...mechanisms: string[]): string {
  const each = mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join("");
  return `<stream:features ${STREAMS}><mechanisms xmlns="${SASL}">${each}</mechanisms></stream:features>`;
}

export function authOf(user: string, password: string, authzid = `${user}@${DOMAIN}`): string {
  return `<auth xmlns="${SASL}" mechanism="PLAIN">${base64(`${authzid}\0${user}\0${password}`)}</auth>`;
}

export const failureOf = (condition: string): string => `<failure xmlns="${SASL}"><${condition}/></failure>`;

export function streamErrorOf(condition: string, more = ""): string {
  return `<stream:error ${STREAMS}><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>${more}</stream:error>`;
}

export const errorOf = (id: string, condition: string, more = ""): string =>
  `<iq xmlns="jabber:client" type="error" id="${id}"><error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>${more}</error></iq>`;

export const subscribeOf = (node: string, { id = "s1", jid = JID } = {}): string =>
  `<iq xmlns="jabber:client" type="set" id="${id}" to="pubsub.${DOMAIN}"><pubsub xmlns="${PUBSUB}"><subscribe node="${node}" jid="${jid}"/></pubsub></iq>`;

export const subscribedOf = (node: string, id = "s1"): string =>
  `<iq xmlns="jabber:client" type="result" id="${id}"><pubsub xmlns="${PUBSUB}"><subscription node="${node}" jid="${JID}" subscription="subscribed"/></pubsub></iq>`;

export const publishOf = (node: string, id = "p1"): string =>
  `<iq xmlns="jabber:client" type="set" id="${id}"><pubsub xmlns="${PUBSUB}"><publish node="${node}"><item/></publish></pubsub></iq>`;

export const pingOf = (id: string): string => `<iq xmlns="jabber:client" type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`;
export const resultOf = (id: string): string => `<iq xmlns="jabber:client" type="result" id="${id}"/>`;

export function eventOf(payload: string, { node = USER_NODE, more = "" } = {}): string {
  return `<message xmlns="jabber:client" from="pubsub.${DOMAIN}" to="7001@${DOMAIN}"><event xmlns="${PUBSUB}#event"><items node="${node}"><item id="i1"><notification xmlns="${PUBSUB}">${payload}</notification></item></items></event>${more}</message>`;
}

/** A frame with its way, and how many milliseconds after the one before it came. */
export type Said = readonly [direction: Direction, text: string, after?: number];

export const OPENING: readonly Said[] = [
  ["out", OPEN],
  ["in", OPENED],
  ["in", FEATURES],
];
export const SIGNED_IN: readonly Said[] = [...OPENING, ["out", AUTH], ["in", SUCCESS], ["out", OPEN], ["in", OPENED], ["in", FEATURES_BIND]];
export const BOUND_STREAM: readonly Said[] = [...SIGNED_IN, ["out", BIND], ["in", BOUND]];
export const PRESENT: readonly Said[] = [...BOUND_STREAM, ["out", PRESENCE], ["in", CONTACT]];
export const SUBSCRIBED: readonly Said[] = [...PRESENT, ["out", subscribeOf(TEAM_NODE)], ["in", subscribedOf(TEAM_NODE)]];

/** Frames 15 ms apart, unless they say otherwise. */
export function framesOf(said: readonly Said[], start = START): RawFrame[] {
  let at = start;
  return said.map(([direction, text, after = 15]) => {
    at += after;
    return { direction, at, text };
  });
}

// ---------------------------------------------------------------- recordings

export function connectionOf(frames: readonly RawFrame[], more: Partial<Connection> = {}): Connection {
  return { transport: "websocket", upgrade: null, frames, framesKnown: true, ended: null, page: "", ...more };
}

export function recordingOf(connections: readonly Connection[], until: number | null = null): Recording {
  return { source: "live", creator: "", connections, notes: [], until };
}

const header = (name: string, value: string) => ({ name, value });

export function upgradeOf(more: Partial<Upgrade> = {}): Upgrade {
  return {
    ...{ url: `wss://${DOMAIN}:8445/ws/`, method: "GET", status: 101, statusText: "Switching Protocols" },
    requestHeaders: [
      header("Upgrade", "websocket"),
      header("Connection", "keep-alive, Upgrade"),
      header("Origin", `https://${DOMAIN}:8445`),
      header("Sec-WebSocket-Version", "13"),
      header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
      header("Sec-WebSocket-Protocol", "xmpp"),
    ],
    responseHeaders: [
      header("Upgrade", "websocket"),
      header("Connection", "Upgrade"),
      header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
      header("Sec-WebSocket-Protocol", "xmpp"),
    ],
    ...{ startedAt: START - 50, answeredAt: START - 10, error: "" },
    ...more,
  };
}

/** An upgrade of which nothing but the browser's reason is known, as in Chrome's files. */
export const failedUpgrade = (error: string): Upgrade =>
  upgradeOf({ status: 0, statusText: "", requestHeaders: [], responseHeaders: [], startedAt: null, answeredAt: null, error });

export const codesOf = ({ faults }: Explanation): string[] => faults.map(({ code }) => code);
export const kindsOf = ({ frames }: Explanation): string[] => frames.map(({ kind }: ExplainedFrame) => kind);
