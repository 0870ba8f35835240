/**
 * The second way in, for networks without WebSockets: a session of BOSH is made and ended (XEP-0124 §7, §13; XEP-0206).
 *
 * @module
 */

import { randomInt } from "node:crypto";

import { BOSH_NS, type Element, parseDocument, renderBody, XBOSH_NS } from "../../xmpp/mod.ts";
import { Failed, ok, type Outcome, skipped } from "./chart.ts";
import { type Answer, ask, reasonOf } from "./http.ts";

const LIMITS = { maxDepth: 32 };
const FIX = "Correct the address that host-meta names, and have the proxy pass on POSTs to it with their body.";

export interface BoshExamination {
  readonly base: URL;
  /** What host-meta names; null: nothing. */
  readonly told: string | null;
  readonly domain: string;
  /** Has the server shown by another way that it serves the domain? */
  readonly isServed: boolean;
  /** "": none is sent. */
  readonly origin: string;
  readonly timeout: number;
}

export async function checkBosh({ base, told, domain, isServed, origin, timeout }: BoshExamination): Promise<Outcome> {
  const url = new URL(told ?? "/http-bind", base);
  const rid = randomInt(1, 2 ** 31);
  const post = (body: string) =>
    ask(url, { method: "POST", headers: { "Content-Type": "text/xml; charset=utf-8", ...(origin !== "" && { Origin: origin }) }, body, timeout });
  let answer: Answer;
  try {
    answer = await post(creation({ domain, rid }));
  } catch (fault) {
    throw new Failed(`${url.href} did not answer: ${reasonOf(fault)}.`, FIX);
  }
  const body = bodyIn(answer);
  const sid = body?.attrs["sid"];
  if (sid === undefined) return withoutSession({ url, told, isServed, origin, answer, body });
  await post(`<body xmlns="${BOSH_NS}" type="terminate" sid="${sid.replace(/[<>&"']/g, "")}" rid="${rid + 1}"/>`).catch(() => {});
  return ok(`${url.href} opens sessions.`);
}

function creation({ domain, rid }: { readonly domain: string; readonly rid: number }): string {
  return renderBody({ to: domain, rid: String(rid), wait: "5", hold: "1", ver: "1.6", "xml:lang": "en", "xmpp:version": "1.0", "xmlns:xmpp": XBOSH_NS });
}

function bodyIn({ status, body }: Answer): Element | undefined {
  const { element } = status === 200 ? parseDocument(body, LIMITS) : {};
  return element?.name === "body" && element.ns === BOSH_NS ? element : undefined;
}

interface Unopened {
  readonly url: URL;
  readonly told: string | null;
  readonly isServed: boolean;
  readonly origin: string;
  readonly answer: Answer;
  readonly body: Element | undefined;
}

function withoutSession({ url, told, isServed, origin, answer, body }: Unopened): Outcome {
  const condition = body?.attrs["condition"] ?? "no reason";
  // A domain that may be the wrong one says nothing of BOSH.
  if (body && !isServed) return skipped(`${url.href} speaks BOSH; it refused a session of this domain (${condition}).`);
  if (body) throw new Failed(`${url.href} refused the session: ${condition}.`, "Look at the server's log.");
  if (told === null) return skipped(`No BOSH is named by host-meta, and ${url.href} is none (${answer.status}).`);
  if (answer.status === 403 && origin !== "")
    throw new Failed(`${url.href} refuses pages of ${origin} with 403.`, "Add the page's origin to those that the server allows (Deskwire: ALLOWED_ORIGINS).");
  throw new Failed(`${url.href} is no BOSH: it answered ${answer.status}.`, FIX);
}
