/**
 * The whole examination, from the outside to the inside; each part goes on from what the one before it found.
 *
 * @module
 */

import { type Explanation, type Fault, masked, textsOf, upgradeTable } from "../../explain/mod.ts";
import { checkBosh } from "./bosh.ts";
import { Chart, type Check, Failed, ok, type Outcome, skipped, warn } from "./chart.ts";
import { converse } from "./conversation.ts";
import { type Discovered, discoveredIn, judgeDiscovery, readDiscovery } from "./discovery.ts";
import { httpUrlOf, isPrivate } from "./http.ts";
import { publishToReceive } from "./publish.ts";
import { checkConnect, checkName, checkTls, hostOf } from "./reach.ts";
import type { Credentials } from "./sign_in.ts";
import { Stream } from "./stream.ts";
import { Tape } from "./tape.ts";
import { askUpgrade, type Upgraded } from "./upgrade.ts";

/** Where sockets usually are: Finesse, Openfire and Deskwire; Prosody; ejabberd. */
const PATHS = ["/ws/", "/xmpp-websocket", "/websocket", "/ws"];
/** A page that nobody has allowed (RFC 6761 §6.4). */
const STRANGER = "https://stranger.invalid";

export interface Patient {
  readonly url: URL;
  readonly credentials: Credentials | null;
  /** "": SystemInfo's, or the host. */
  readonly domain: string;
  /** "": the server's own. */
  readonly origin: string;
  readonly node: string;
  readonly token: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface Diagnosis {
  /** Of the socket that was opened, or tried. */
  readonly socket: string;
  readonly domain: string;
  readonly checks: readonly Check[];
  readonly explanation: Explanation;
}

const NOT_TRIED: ReadonlySet<string> = new Set(["auth-missing", "no-common-mechanism"]);

/** That there was no sign-in is the examiner's own doing without a user, and where it did not want to send the password by PLAIN. */
function isOwnDoing({ code, details }: Fault, { credentials }: Patient): boolean {
  if (!NOT_TRIED.has(code)) return false;
  return credentials === null || (!details["mechanism"] && /\bPLAIN\b/.test(String(details["offered"])));
}

export async function examine(patient: Patient): Promise<Diagnosis> {
  const { timeout } = patient;
  const tape = new Tape();
  const explained = (hasWaited: boolean): Explanation => {
    const explanation = tape.explanation(hasWaited);
    return { ...explanation, faults: explanation.faults.filter((fault) => !isOwnDoing(fault, patient)) };
  };
  const chart = new Chart((hasWaited) => explained(hasWaited).faults.map((fault) => ({ code: fault.code, ...textsOf(fault, "en") })));
  const base = new URL(httpUrlOf(patient.url).origin);
  const read = await discover(chart, base, timeout);
  const found = discoveredIn(read, base);
  const domain = patient.domain || found.systemInfo?.domain || hostOf(base).name;
  const sockets = socketsOf(patient.url, { base, found });
  const socket = sockets[0] as URL;
  const host = hostOf(socket);
  const examination = { patient, chart, tape, base, found, domain };
  let reached = socket;
  const reach = (check: typeof checkName) => () => check(host, timeout).catch((failure: Failed) => notReached({ tape, socket, failure }));
  const isReached =
    (await chart.run("name", reach(checkName))) && (await chart.run("connect", reach(checkConnect))) && (await chart.run("tls", reach(checkTls)));
  if (isReached) reached = await upgradeAndTalk(examination, sockets);
  return { socket: masked(reached.href), domain, checks: chart.checks, explanation: explained(chart.hasWaited) };
}

async function discover(chart: Chart, base: URL, timeout: number): ReturnType<typeof readDiscovery> {
  let read: Awaited<ReturnType<typeof readDiscovery>> = { xml: null, json: null, systemInfo: null, failure: null };
  await chart.run(
    "discovery",
    async () => {
      read = await readDiscovery(base, timeout);
      return judgeDiscovery(read, base);
    },
    { passing: true },
  );
  return read;
}

/** There was no upgrade, and why. */
function notReached({ tape, socket, failure }: { readonly tape: Tape; readonly socket: URL; readonly failure: Failed }): never {
  const nothing = { status: 0, statusText: "", requestHeaders: [], responseHeaders: [], startedAt: Date.now(), answeredAt: null };
  tape.upgraded({ url: socket.href, method: "GET", ...nothing, error: failure.reason });
  throw failure;
}

/** The address that was given, or what is told, or where sockets usually are. */
function socketsOf(url: URL, { base, found }: { readonly base: URL; readonly found: Discovered }): URL[] {
  const asSocket = (href: string | URL): URL => new URL(new URL(href).href.replace(/^http/, "ws"));
  if (/^wss?:$/.test(url.protocol) || url.pathname !== "/") return [asSocket(url)];
  if (found.sockets[0] !== undefined) return [asSocket(found.sockets[0])];
  return PATHS.map((path) => asSocket(new URL(path, base)));
}

interface Examination {
  readonly patient: Patient;
  readonly chart: Chart;
  readonly tape: Tape;
  readonly base: URL;
  readonly found: Discovered;
  readonly domain: string;
}

/** Answers the address that was taken. */
async function upgradeAndTalk(examination: Examination, sockets: readonly URL[]): Promise<URL> {
  const { patient, chart, tape, base, found, domain } = examination;
  const origin = patient.origin || base.origin;
  const { timeout } = patient;
  let upgraded = await askUpgrade({ url: sockets[0] as URL, origin, timeout });
  for (const url of sockets.slice(1)) {
    if (upgraded.upgrade.status !== 404) break;
    upgraded = await askUpgrade({ url, origin, timeout });
  }
  const url = new URL(upgraded.upgrade.url);
  tape.upgraded(upgraded.upgrade);
  const isUpgraded = await chart.run("upgrade", () => judgeUpgrade(upgraded));
  if (!isUpgraded) upgraded.wire?.socket.destroy();
  else if (upgraded.wire) {
    await chart.run("origin", () => ok(`Pages of ${origin} may open it.`));
    if (await chart.run("subprotocol", () => judgeSubprotocol(upgraded))) {
      await converse({
        // An address that was read without TLS may lead to somebody else, whatever it has itself.
        ...{ chart, domain, credentials: patient.credentials, node: patient.node, isPrivate: isPrivate(base) && isPrivate(url) },
        ...{ stream: new Stream({ wire: upgraded.wire, tape, timeout }), isFinesse: found.systemInfo !== null, pubsub: found.systemInfo?.pubsub ?? "" },
        publishes: (subscribed) => publishToReceive({ base, token: patient.token, isFinesse: found.systemInfo !== null, timeout }, subscribed),
      });
    } else upgraded.wire.socket.destroy();
    await chart.run("foreign-origin", () => tryForeignOrigin(url, timeout), { passing: true });
  }
  await chart.run("bosh", () => checkBosh({ base, told: found.bosh, domain, isServed: chart.has("open", "ok"), origin, timeout }), { passing: true });
  return url;
}

/** Status and headers, each with what it should be. */
function judgeUpgrade({ upgrade, wire, isAccepted, problem }: Upgraded): Outcome {
  if (!wire) {
    const told =
      upgrade.status > 0
        ? `${upgrade.url} answered ${upgrade.status} ${upgrade.statusText}${problem && ` (${problem})`}.`
        : `${upgrade.url} did not answer: ${upgrade.error}.`;
    throw new Failed(told, "Correct the path, and have proxies pass on Upgrade and Connection.", {
      hasWaited: /TIMED_OUT/.test(upgrade.error),
      isExact: true,
    });
  }
  // The subprotocol and the scheme have checks of their own.
  const fields = upgradeTable(upgrade).filter(({ name }) => name !== "sec-websocket-protocol" && name !== "scheme");
  const wrong = fields.filter(({ ok: isRight }) => isRight === false);
  if (wrong.length > 0) {
    const told = wrong.map(({ part, title, value, expected }) => `${title} of the ${part} is “${value}”, not “${expected}”`).join("; ");
    throw new Failed(`${told}.`, "A proxy may change headers on the way: have it pass them on.");
  }
  if (!isAccepted)
    throw new Failed("Sec-WebSocket-Accept does not belong to the key that was sent.", "Something answers from a cache, or is no WebSocket server.");
  return ok(`101 at ${upgrade.url}; ${fields.length} fields as they should be.`);
}

function judgeSubprotocol({ upgrade }: Upgraded): Outcome {
  const chosen = upgrade.responseHeaders.find(({ name }) => name.toLowerCase() === "sec-websocket-protocol")?.value ?? "";
  if (chosen === "xmpp") return ok("xmpp was chosen.");
  throw new Failed(chosen === "" ? "The answer names no subprotocol." : `The server chose “${chosen}”.`, "Return Sec-WebSocket-Protocol: xmpp.");
}

/** CORS does not protect sockets: the server has to look at the origin itself (RFC 6455 §10.2). */
async function tryForeignOrigin(url: URL, timeout: number): Promise<Outcome> {
  const { upgrade, wire } = await askUpgrade({ url, origin: STRANGER, timeout });
  wire?.socket.destroy();
  if (wire) {
    return warn(
      `A page of any origin may open it, such as ${STRANGER}.`,
      "Have the server, or the proxy before it, refuse origins that it does not know (Deskwire: ALLOWED_ORIGINS; ejabberd: websocket_origin).",
    );
  }
  if (upgrade.status === 0) return skipped(`Not answered: ${upgrade.error}.`);
  return ok(`A page of ${STRANGER} was refused with ${upgrade.status}.`);
}
