/**
 * Signing in: SCRAM where it is offered, else PLAIN (RFC 6120 §6, RFC 5802, RFC 7677, RFC 4616).
 *
 * @module
 */

import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

import { childrenOf, type Element, preparePassword, SASL_NS, textOf } from "../../xmpp/mod.ts";
import { Failed } from "./chart.ts";
import { conditionOf, type Stream } from "./stream.ts";

const HASHES: Readonly<Record<string, string>> = { "SCRAM-SHA-512": "sha512", "SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1" };
/** A server that asks for more wants to keep us busy. */
const MOST_ITERATIONS = 1_000_000;
const derive = promisify(pbkdf2);

export interface Credentials {
  /** Without domain. */
  readonly user: string;
  readonly password: string;
}

export function mechanismsIn(features: Element): string[] {
  const offered = childrenOf(features).find(({ name, ns }) => name === "mechanisms" && ns === SASL_NS);
  return (offered ? childrenOf(offered) : []).filter(({ name }) => name === "mechanism").map((each) => textOf(each).trim());
}

/** The strongest that both know; undefined: there is none. PLAIN needs a connection on which nobody reads along. */
export function mechanismOf(offered: readonly string[], isPrivate: boolean): string | undefined {
  const known = [...Object.keys(HASHES), ...(isPrivate ? ["PLAIN"] : [])];
  return known.find((name) => offered.includes(name));
}

interface Attempt extends Credentials {
  readonly stream: Stream;
  readonly mechanism: string;
}

/** @throws {Failed} */
export async function signIn(attempt: Attempt): Promise<void> {
  if (attempt.mechanism === "PLAIN") await signInPlain(attempt);
  else await signInScram(attempt, HASHES[attempt.mechanism] as string);
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

async function signInPlain({ stream, user, password }: Attempt): Promise<void> {
  stream.send(`<auth xmlns="${SASL_NS}" mechanism="PLAIN">${base64(`\0${user}\0${password}`)}</auth>`);
  const outcome = await answerTo(stream);
  if (outcome.name !== "success") throw unexpected(outcome);
}

/** RFC 5802 §3, §5, without channel binding. */
async function signInScram({ stream, mechanism, user, password }: Attempt, hash: string): Promise<void> {
  const nonce = randomBytes(18).toString("base64");
  const bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  stream.send(`<auth xmlns="${SASL_NS}" mechanism="${mechanism}">${base64(`n,,${bare}`)}</auth>`);
  const challenge = await answerTo(stream);
  if (challenge.name !== "challenge") throw unexpected(challenge);
  const serverFirst = Buffer.from(textOf(challenge), "base64").toString("utf8");
  const { salt, iterations, together } = readServerFirst(serverFirst, nonce);

  const salted = await derive(preparePassword(password) ?? password, salt, iterations, createHash(hash).digest().length, hash);
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const clientKey = hmac(salted, "Client Key");
  const withoutProof = `c=biws,r=${together}`;
  const signed = `${bare},${serverFirst},${withoutProof}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), signed);
  const proof = Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0))).toString("base64");
  stream.send(`<response xmlns="${SASL_NS}">${base64(`${withoutProof},p=${proof}`)}</response>`);

  let outcome = await answerTo(stream);
  const final = Buffer.from(textOf(outcome), "base64").toString("utf8");
  if (outcome.name === "challenge") {
    // Some servers send their signature by itself (RFC 6120 §6.4.3).
    stream.send(`<response xmlns="${SASL_NS}"/>`);
    outcome = await answerTo(stream);
  }
  if (outcome.name !== "success") throw unexpected(outcome);
  const expected = hmac(hmac(salted, "Server Key"), signed);
  const got = Buffer.from(/^v=([^,]+)/.exec(final)?.[1] ?? "", "base64");
  if (got.length === expected.length && timingSafeEqual(got, expected)) return;
  throw new Failed(
    "The server's signature is wrong: it does not know the password itself.",
    "Find out who answers at this address: it may not be the server you mean.",
  );
}

function readServerFirst(text: string, nonce: string): { readonly salt: Buffer; readonly iterations: number; readonly together: string } {
  const [, together = "", salt = "", count = ""] = /^r=([^,]+),s=([^,]+),i=(\d{1,9})(?:,|$)/.exec(text) ?? [];
  const iterations = Number(count);
  // §5.1: the nonce begins with ours.
  if (together.length <= nonce.length || !together.startsWith(nonce) || salt === "" || iterations < 1 || iterations > MOST_ITERATIONS) {
    throw new Failed(
      "The server's SCRAM challenge cannot be read.",
      "Look at the server's log; it may be of another mechanism, or ask for too many iterations.",
    );
  }
  return { salt: Buffer.from(salt, "base64"), iterations, together };
}

/** @throws {Failed} by what `<failure/>` says (RFC 6120 §6.5) */
async function answerTo(stream: Stream): Promise<Element> {
  const answer = await stream.next(({ ns }) => ns === SASL_NS, "answer to the sign-in");
  if (answer.name !== "failure") return answer;
  throw new Failed(`Refused: ${conditionOf(answer)}.`, "Check user and password.");
}

function unexpected({ name }: Element): Failed {
  return new Failed(`The server answered with <${name}/> out of turn.`, "Look at the server's log.");
}
