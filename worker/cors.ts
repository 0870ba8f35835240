/**
 * Which pages may ask, by the same list as for sockets (Fetch, CORS protocol).
 *
 * @module
 */

import { Problem } from "./problem.ts";
import type { DoorContext } from "./request.ts";
import { doorSettings } from "./settings.ts";
import { mayOpen } from "./upgrade.ts";

/** What the pages of an origin may do at a path. */
interface Allowance {
  readonly methods: string;
  readonly headers: string;
}

/**
 * Headers that let the page of a request read its answer; none where no page asks.
 *
 * @throws {Problem} for a page of another origin that may not ask
 */
export function corsOf(c: DoorContext): Record<string, string> {
  const origin = c.req.header("Origin");
  if (origin === undefined) return {};
  if (!mayOpen(origin, c.req.url, doorSettings(c.env))) throw new Problem("origin-refused", { detail: `Origin: ${origin}` });
  return { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
}

/** Answers a preflight. */
export function preflight({ methods, headers }: Allowance): (c: DoorContext) => Response {
  return (c) =>
    new Response(null, {
      status: 204,
      headers: { ...corsOf(c), "Access-Control-Allow-Methods": methods, "Access-Control-Allow-Headers": headers, "Access-Control-Max-Age": "86400" },
    });
}

/** A handler that pages of allowed origins may use: they may read its refusals, too. */
export function fromPages(handler: (c: DoorContext) => Promise<Response>): (c: DoorContext) => Promise<Response> {
  return async (c) => {
    c.set("cors", { ...corsOf(c), "Access-Control-Expose-Headers": "ETag, Retry-After, X-Request-Id" });
    return await handler(c);
  };
}
