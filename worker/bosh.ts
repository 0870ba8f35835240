/**
 * XMPP over plain HTTP requests (XEP-0124, XEP-0206): finds the manager of a session, or one for a new session.
 *
 * @module
 */

import { BOSH_NS, parseBody, renderTerminal } from "../xmpp/mod.ts";
import { HINTS, place, regionOf } from "./placing.ts";
import { Problem, retryAfter } from "./problem.ts";
import { bodyText, type DoorContext } from "./request.ts";
import { doorSettings } from "./settings.ts";
import { mayOpen, WAIT } from "./upgrade.ts";

const REGIONS: ReadonlySet<string> = new Set(["local", ...Object.values(HINTS)]);

/** Takes one request of a session. */
export async function bosh(c: DoorContext): Promise<Response> {
  const settings = doorSettings(c.env);
  const cors = corsOf(c);
  const text = await bodyText(c, settings.MAX_FRAME_BYTES * 2);
  const request = parseBody(text, settings.MAX_DEPTH);
  if (!request) return respond(renderTerminal("bad-request"), cors);
  const answer = request.sid === "" ? await begin(c, text) : await goOn(c, { sid: request.sid, text });
  return answer instanceof Response ? withHeaders(answer, cors) : respond(answer, cors);
}

/** Lets pages of allowed origins ask (Fetch, CORS preflight). */
export function boshOptions(c: DoorContext): Response {
  return new Response(null, {
    status: 204,
    headers: { ...corsOf(c), "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type", "Access-Control-Max-Age": "86400" },
  });
}

async function begin(c: DoorContext, text: string): Promise<Response> {
  const region = regionOf((c.req.raw as { cf?: { continent?: unknown } }).cf?.continent);
  const options = region.hint ? { locationHint: region.hint } : {};
  const answer = await place({
    region,
    managers: doorSettings(c.env).MANAGERS_PER_REGION,
    now: Date.now(),
    ask: (name) => c.env.CONNECTION_MANAGER.get(c.env.CONNECTION_MANAGER.idFromName(name), options).fetch("http://manager/", { method: "POST", body: text }),
  });
  if (typeof answer === "string") throw new Problem(answer, { headers: retryAfter(WAIT[answer]) });
  return answer;
}

/** The id names the manager; one that names none is nobody's. */
async function goOn(c: DoorContext, { sid, text }: { readonly sid: string; readonly text: string }): Promise<Response | string> {
  const [region = "", n = ""] = sid.split(".");
  const isOurs = REGIONS.has(region) && /^\d{1,3}$/.test(n) && Number(n) < doorSettings(c.env).MANAGERS_PER_REGION;
  if (!isOurs) return renderTerminal("item-not-found");
  const manager = c.env.CONNECTION_MANAGER.getByName(`${region}/${Number(n)}`);
  return await manager.fetch("http://manager/", { method: "POST", body: text });
}

function respond(body: string, headers: Record<string, string>): Response {
  return new Response(body, { headers: { ...headers, "Content-Type": "text/xml; charset=utf-8", "Cache-Control": "no-store" } });
}

function withHeaders(answer: Response, headers: Record<string, string>): Response {
  const response = new Response(answer.body, answer);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** @throws {Problem} for a page of another origin that may not ask */
function corsOf(c: DoorContext): Record<string, string> {
  const origin = c.req.header("Origin");
  if (origin === undefined) return {};
  if (!mayOpen(origin, c.req.url, doorSettings(c.env))) throw new Problem("origin-refused", { detail: `Origin: ${origin}` });
  return { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
}

/** What the page of this address says to who opens it in a browser. */
export function boshPage(): Response {
  return new Response(`XMPP over HTTP requests (${BOSH_NS}): POST here.\n`, { headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
