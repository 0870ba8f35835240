/**
 * Name, connection and certificate of the server (RFC 6455 §4.1, RFC 7395 §6).
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, type TLSSocket } from "node:tls";

import { Failed, ok, type Outcome, skipped, warn } from "./chart.ts";
import { reasonOf, timedOut } from "./http.ts";

/** A certificate that ends sooner should be on somebody's list. */
const DAYS_LEFT = 21;
const DAY = 86_400_000;

export interface Host {
  readonly name: string;
  readonly port: number;
  readonly isTls: boolean;
}

export function hostOf(url: URL): Host {
  const isTls = /^(?:https|wss):$/.test(url.protocol);
  return { name: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || (isTls ? 443 : 80)), isTls };
}

export async function checkName({ name }: Host, timeout: number): Promise<Outcome> {
  if (isIP(name) !== 0) return skipped(`${name} is an address already.`);
  try {
    const found = await within(lookup(name, { all: true }), timeout);
    return ok(`${name} is ${[...new Set(found.map(({ address }) => address))].join(", ")}.`);
  } catch (fault) {
    const reason = `net::ERR_NAME_NOT_RESOLVED: ${reasonOf(fault)}`;
    throw new Failed(`The name ${name} was not found: ${reasonOf(fault)}.`, "Correct the host name, or have it entered into DNS.", { isExact: true, reason });
  }
}

export async function checkConnect(host: Host, timeout: number): Promise<Outcome> {
  try {
    const socket = await opened(connectPlain({ host: host.name, port: host.port }), { event: "connect", timeout });
    const { remoteAddress } = socket;
    socket.destroy();
    return ok(`Port ${host.port} of ${remoteAddress ?? host.name} takes connections.`);
  } catch (fault) {
    const says = `No connection to port ${host.port} of ${host.name}: ${reasonOf(fault)}.`;
    throw new Failed(says, "Check host name and port, and that the service runs.", { isExact: true, reason: `net::ERR_CONNECTION_FAILED: ${reasonOf(fault)}` });
  }
}

/** Protocol, name, chain and days left. A certificate that is refused ends the examination: a password does not go there. */
export async function checkTls({ name, port, isTls }: Host, timeout: number): Promise<Outcome> {
  if (!isTls) return skipped("The address has no TLS; on the way to anywhere but this machine everybody can read along.");
  const servername = isIP(name) === 0 ? name : "";
  let socket: TLSSocket;
  try {
    const connecting = connectTls({ host: name, port, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    socket = await opened(connecting, { event: "secureConnect", timeout });
  } catch (fault) {
    const reason = `net::ERR_SSL_PROTOCOL_ERROR: ${reasonOf(fault)}`;
    throw new Failed(`No TLS came about: ${reasonOf(fault)}.`, "If the port speaks plain HTTP, correct the port or the scheme.", { isExact: true, reason });
  }
  const certificate = socket.getPeerCertificate();
  const seen = { certificate, protocol: socket.getProtocol() ?? "TLS", refusal: refusalOf(socket) };
  socket.destroy();
  return judgeCertificate(seen);
}

interface Seen {
  readonly certificate: PeerCertificate;
  readonly protocol: string;
  /** Why it is not trusted; null: it is. */
  readonly refusal: string | null;
}

function refusalOf({ authorized, authorizationError }: TLSSocket): string | null {
  return authorized ? null : String(authorizationError ?? "not trusted").replace(/^Error: /, "");
}

function judgeCertificate({ certificate, protocol, refusal }: Seen): Outcome {
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY);
  const names = certificate.subjectaltname?.replace(/\b(?:DNS|IP Address):/g, "") ?? certificate.subject?.CN ?? "no name";
  const told = `${protocol}; certificate for ${names}, by ${certificate.issuer?.O ?? certificate.issuer?.CN ?? "unknown"}, ${daysText(days)}`;
  if (refusal !== null) {
    throw new Failed(
      `The certificate is not trusted: ${refusal}. ${told}. Here an authority of your own is trusted by NODE_EXTRA_CA_CERTS.`,
      "Install another one.",
      {
        isExact: true,
        reason: `net::ERR_CERT_INVALID: ${refusal}`,
      },
    );
  }
  if (days < DAYS_LEFT) return warn(`${told}.`, "Renew the certificate.");
  return ok(`${told}.`);
}

function daysText(days: number): string {
  return days < 0 ? `expired ${-days} days ago` : `${days} days left`;
}

function opened<T extends Socket>(socket: T, { event, timeout }: { readonly event: string; readonly timeout: number }): Promise<T> {
  const open = new Promise<T>((done, failed) => {
    socket.once(event, () => done(socket));
    socket.on("error", failed);
    // Whoever hangs up in the middle of it gives no reason.
    socket.once("close", () => failed(new Error("the other side hung up")));
  });
  return within(open, timeout).catch((fault: Error) => {
    socket.destroy();
    throw fault;
  });
}

/** @throws {NodeJS.ErrnoException} ETIMEDOUT */
export function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, failed) => {
    late = setTimeout(() => failed(timedOut(milliseconds)), milliseconds);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(late));
}
