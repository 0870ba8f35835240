/**
 * The way in for sockets: checks an upgrade before any object is touched, then hands it to a manager (RFC 7395 §3.1).
 *
 * @module
 */

import { place, regionOf, type NoPlace } from "./placing.ts";
import { Problem, retryAfter } from "./problem.ts";
import type { DoorContext } from "./request.ts";
import { type DoorSettings, doorSettings } from "./settings.ts";

/** Seconds after which a refused client may ask again. */
const WAIT: Readonly<Record<NoPlace, number>> = { "no-capacity": 10, "sign-ins-busy": 2, "open-files": 10 };

/** Opens a WebSocket. The answer of the manager goes through untouched. */
export async function upgrade(c: DoorContext): Promise<Response> {
  const request = c.req.raw;
  const settings = doorSettings(c.env);
  checkUpgrade(request, settings);
  const answer = await placeConnection(c, (manager) => manager.fetch(request));
  if (answer.status !== 101) throw new Problem("unavailable", { headers: retryAfter(1) });
  return answer;
}

/**
 * The answer of the manager that takes a new connection.
 *
 * @throws {Problem} where none does
 */
export async function placeConnection(c: DoorContext, ask: (manager: Fetcher) => Promise<Response>): Promise<Response> {
  const region = regionOf((c.req.raw as { cf?: { continent?: unknown } }).cf?.continent);
  const options = region.hint ? { locationHint: region.hint } : {};
  const answer = await place({
    region,
    managers: doorSettings(c.env).MANAGERS_PER_REGION,
    now: Date.now(),
    ask: (name) => ask(c.env.CONNECTION_MANAGER.get(c.env.CONNECTION_MANAGER.idFromName(name), options)),
  });
  if (typeof answer === "string") throw new Problem(answer, { headers: retryAfter(WAIT[answer]) });
  return answer;
}

/** @throws {Problem} the first rule that the upgrade breaks */
export function checkUpgrade(request: Request, settings: Pick<DoorSettings, "publicOrigin" | "origins">): void {
  const { headers } = request;
  if (!tokensOf(headers.get("Upgrade")).includes("websocket")) {
    // case does not matter (RFC 6455 §4.2.1)
    throw new Problem("upgrade-required", { headers: { Upgrade: "websocket", Connection: "Upgrade" } });
  }
  // Subprotocols are compared as they are (RFC 6455 §4.1); the list may hold others.
  const offered = (headers.get("Sec-WebSocket-Protocol") ?? "").split(",").map((name) => name.trim());
  if (!offered.includes("xmpp")) throw new Problem("subprotocol-required");
  const origin = headers.get("Origin");
  if (origin !== null && !mayOpen(origin, request.url, settings)) throw new Problem("origin-refused", { detail: `Origin: ${origin}` });
}

/** May pages of this origin open a socket here? The own pages always; a client that is no page sends no origin. */
export function mayOpen(origin: string, url: string, { publicOrigin, origins }: Pick<DoorSettings, "publicOrigin" | "origins">): boolean {
  if (origins === "*") return true;
  if (!URL.canParse(origin)) return false; // "null" among them
  // TLS may end before us, so that the scheme of our own URL is not the page's.
  if (new URL(origin).host === new URL(url).host) return true;
  const { origin: canonical } = new URL(origin);
  return canonical === publicOrigin || origins.includes(canonical);
}

function tokensOf(header: string | null): string[] {
  return (header ?? "")
    .toLowerCase()
    .split(",")
    .map((token) => token.trim());
}
