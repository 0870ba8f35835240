/**
 * What users and teams have in common over HTTP: how a change is answered, and how a list is read page by page.
 *
 * @module
 */

import type { Page, Provisioned } from "../../durable/contract.ts";
import { Problem, type ProblemCode, problemOf } from "../problem.ts";
import { type DoorContext, rawPath } from "../request.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Answers a change: 201 or 200 once it is in force, 202 while some streams may still have the old rights. */
export function renderChange<T>(c: DoorContext, answer: Provisioned<T>, missing: ProblemCode): Response {
  if (answer.outcome === "missing") throw new Problem(missing);
  if (answer.outcome === "refused") throw problemOf(answer.code, answer.detail);
  const { outcome, view, inForce } = answer;
  if (!inForce) return Response.json(view, { status: 202 });
  if (outcome === "deleted") return new Response(null, { status: 204 });
  if (outcome !== "created") return Response.json(view);
  return Response.json(view, { status: 201, headers: { Location: rawPath(c.req.raw) + new URL(c.req.url).search } });
}

/** Answers one entry. */
export function renderEntry<T>(view: T | null, missing: ProblemCode): Response {
  if (view === null) throw new Problem(missing);
  return Response.json(view);
}

/** Reads which page is asked for. */
export function pageOf(c: DoorContext): { readonly limit: number; readonly cursor: string | null } {
  const limit = c.req.query("limit") ?? String(DEFAULT_LIMIT);
  if (!/^[0-9]{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT) {
    throw new Problem("invalid-query", { detail: `limit must be a whole number from 1 to ${MAX_LIMIT}` });
  }
  const cursor = c.req.query("cursor") ?? null;
  if (cursor !== null && (!/^[A-Za-z0-9_-]{1,8192}$/.test(cursor) || cursor.length % 4 === 1)) {
    throw new Problem("invalid-query", { detail: "cursor must be one that a list gave" });
  }
  return { limit: Number(limit), cursor };
}

/** Answers a page; the next one is named in the body and as a link (RFC 8288). `more`: what else is said of the list. */
export function renderPage<T>(c: DoorContext, { items, next }: Page<T>, more: object = {}): Response {
  if (next === null) return Response.json({ items, next, ...more });
  const url = new URL(c.req.url);
  url.searchParams.set("cursor", next);
  return Response.json({ items, next, ...more }, { headers: { Link: `<${url.pathname}${url.search}>; rel="next"` } });
}
