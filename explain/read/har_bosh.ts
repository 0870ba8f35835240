/**
 * BOSH in HAR files: requests and answers of one session put together again (XEP-0124 §7 to §9).
 *
 * @module
 */

import { BOSH_NS } from "../../xmpp/mod.ts";
import type { Connection, RawFrame } from "../recording.ts";
import { decodedText, endOf, inTime, startOf, upgradeOf } from "./har_fields.ts";
import { type Json, numberOf, objectOf, stringOf } from "./json.ts";

/** Is it a request of BOSH? */
export function isBosh(entry: Json): boolean {
  const { method, postData } = objectOf(entry["request"]);
  return stringOf(method).toUpperCase() === "POST" && stringOf(objectOf(postData)["text"]).slice(0, 2000).includes(BOSH_NS);
}

interface Exchange {
  readonly entry: Json;
  readonly request: string;
  readonly response: string;
  readonly sid: string;
}

/** The sessions, each with its bodies in the order of time. */
export function boshConnections(entries: readonly Json[]): Connection[] {
  const sessions = new Map<string, Exchange[]>();
  for (const [at, entry] of entries.entries()) {
    const request = stringOf(objectOf(objectOf(entry["request"])["postData"])["text"]);
    const response = contentOf(entry);
    // A session that never came to be has no id: it is one of its own.
    const sid = sidOf(request) || sidOf(response) || `#${at}`;
    const exchange = { entry, request, response, sid };
    const session = sessions.get(sid);
    if (session) session.push(exchange);
    else sessions.set(sid, [exchange]);
  }
  return [...sessions.values()].map(sessionOf);
}

function sessionOf(exchanges: readonly Exchange[]): Connection {
  const first = objectOf(exchanges[0]?.entry);
  return {
    transport: "bosh",
    upgrade: upgradeOf(first, { error: "", firstAt: endOf(first) }),
    frames: inTime(exchanges.flatMap(framesOf)),
    framesKnown: true,
    ended: null,
    page: stringOf(first["pageref"]),
  };
}

function framesOf({ entry, request, response }: Exchange): RawFrame[] {
  const status = numberOf(objectOf(entry["response"])["status"]) ?? 0;
  const asked: RawFrame = { direction: "out", at: startOf(entry), text: request };
  // Without a status the browser gave the request up, or it was held when the file was saved.
  if (status === 0 && response === "") return [asked];
  return [asked, { direction: "in", at: endOf(entry), text: response, ...(status !== 200 && { status }) }];
}

function contentOf(entry: Json): string {
  const { text, encoding } = objectOf(objectOf(entry["response"])["content"]);
  return encoding === "base64" ? (decodedText(stringOf(text)) ?? "") : stringOf(text);
}

function sidOf(body: string): string {
  return /^\s*(?:<\?xml[^>]*>\s*)?<body\b[^<>]*?\ssid=["']([^"']*)["']/.exec(body)?.[1] ?? "";
}
