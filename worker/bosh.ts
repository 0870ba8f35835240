/**
 * XMPP over plain HTTP requests (XEP-0124, XEP-0206): finds the manager of a session, or one for a new session.
 *
 * @module
 */

import { BOSH_NS, type BodyRequest, parseBody, renderTerminal } from "../xmpp/mod.ts";
import { corsOf, preflight } from "./cors.ts";
import { isManager } from "./placing.ts";
import { bodyText, type DoorContext } from "./request.ts";
import { doorSettings } from "./settings.ts";
import { placeConnection } from "./upgrade.ts";

/** Takes one request of a session. */
export async function bosh(c: DoorContext): Promise<Response> {
  const settings = doorSettings(c.env);
  const cors = corsOf(c);
  const request = parseBody(await bodyText(c, settings.MAX_FRAME_BYTES * 2), settings.MAX_DEPTH);
  if (!request) return respond(renderTerminal("bad-request"), cors);
  const answer = request.sid === "" ? await placeConnection(c, (manager) => pass(manager, request)) : await goOn(c, request);
  return answer instanceof Response ? withHeaders(answer, cors) : respond(answer, cors);
}

/** Lets pages of allowed origins ask. */
export const boshOptions = preflight({ methods: "POST", headers: "Content-Type" });

/** The id names the manager; one that names none is nobody's. */
async function goOn(c: DoorContext, request: BodyRequest): Promise<Response | string> {
  const [region = "", n = ""] = request.sid.split(".");
  const name = `${region}/${n}`;
  if (!isManager(name, doorSettings(c.env).MANAGERS_PER_REGION)) return renderTerminal("item-not-found");
  return await pass(c.env.CONNECTION_MANAGER.getByName(name), request);
}

/** To a manager a request goes as it was read here. */
function pass(manager: Fetcher, request: BodyRequest): Promise<Response> {
  return manager.fetch("http://manager/", { method: "POST", body: JSON.stringify(request) });
}

function respond(body: string, headers: Record<string, string>): Response {
  return new Response(body, { headers: { ...headers, "Content-Type": "text/xml; charset=utf-8", "Cache-Control": "no-store" } });
}

function withHeaders(answer: Response, headers: Record<string, string>): Response {
  const response = new Response(answer.body, answer);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** What the page of this address says to who opens it in a browser. */
export function boshPage(): Response {
  return new Response(`XMPP over HTTP requests (${BOSH_NS}): POST here.\n`, { headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
