/**
 * The pages: whatever no other path takes, served from the built files with the headers that browsers are to be told.
 *
 * The files come from the ASSETS binding, which does not decide anything: types and ETags are its own, the rest is here.
 *
 * @module
 */

import { Problem } from "./problem.ts";
import { type DoorContext, rawPath } from "./request.ts";
import { doorSettings } from "./settings.ts";

/** Files whose names carry a hash of what is in them (vite's): never asked for again. */
const HASHED = /^\/assets\/[^/]+-[\w-]{8}\.\w+$/;
/** Paths that programs ask for: their 404 is a problem, whatever they accept. */
const FOR_PROGRAMS = /^\/(api|finesse|\.well-known|ws|xmpp-websocket)(\/|$)/;

const YEAR = "public, max-age=31536000, immutable";
/** Kept, but asked for again each time: the ETag spares the body. */
const REVALIDATE = "no-cache";

interface Guarded {
  readonly host: string;
  readonly frameAncestors: string;
  /** Further origins that the page may ask, each behind a space. */
  readonly further?: string;
}

/** Headers of every page and file. */
export function securityHeaders({ host, frameAncestors, further = "" }: Guarded): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    // The socket of this host alone; by both schemes, since TLS may end before us.
    `connect-src 'self' ws://${host} wss://${host}${further}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
  };
}

/** Pages that have a path of their own. */
const PAGES: Readonly<Record<string, string>> = { "/": "/index.html", "/inspect": "/inspect.html", "/lab": "/lab.html" };

/** Answers with a file; `/` is the desk, `/inspect` explains recordings, `/lab` is the transport lab. */
export async function asset(c: DoorContext): Promise<Response> {
  const path = rawPath(c.req.raw);
  const file = c.env.ASSETS ? await fileAt(c.env.ASSETS, PAGES[path] ?? path, c.req.raw) : null;
  if (!file) return missing(c, path);
  const headers = new Headers(headersOf(c));
  for (const name of ["Content-Type", "ETag", "Content-Length", "Content-Encoding"]) {
    const value = file.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  headers.set("Cache-Control", HASHED.test(path) ? YEAR : REVALIDATE);
  headers.set("Vary", "Accept-Encoding");
  return new Response(file.body, { status: file.status, headers });
}

/** The demo's accounts, for the sign-in; nothing where there is no demo. */
export function demoAccounts(c: DoorContext): Response {
  const accounts = c.env.DEMO_ACCOUNTS;
  if (!accounts) throw new Problem("not-found");
  return new Response(accounts, { headers: { "Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" } });
}

/** The demo's counted ways, for the lab; nothing where there is no demo. */
export function demoLab(c: DoorContext): Response {
  const lab = c.env.DEMO_LAB;
  if (!lab) throw new Problem("not-found");
  return new Response(lab, { headers: { "Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" } });
}

/** What no route and no file takes. */
export function notFound(c: DoorContext): Response | Promise<Response> {
  return c.req.method === "GET" || c.req.method === "HEAD" ? asset(c) : new Problem("not-found").toResponse(c.get("requestId"));
}

/** The file, or the word that the client's copy is still good; null where there is no such file. */
async function fileAt(assets: Fetcher, path: string, { url, headers }: Request): Promise<Response | null> {
  const known = headers.get("If-None-Match");
  const target = new URL(url);
  target.pathname = path;
  target.search = "";
  const file = await assets.fetch(target, { headers: known === null ? {} : { "If-None-Match": known } });
  if (file.status === 200 || file.status === 304) return file;
  await file.body?.cancel();
  return null;
}

function missing(c: DoorContext, path: string): Response {
  const isForPeople = !FOR_PROGRAMS.test(path) && (c.req.header("Accept") ?? "").includes("text/html");
  if (!isForPeople) return new Problem("not-found").toResponse(c.get("requestId"));
  return new Response(MISSING_PAGE, { status: 404, headers: { ...headersOf(c), "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" } });
}

function headersOf(c: DoorContext): Readonly<Record<string, string>> {
  const { DEMO_LAB_ORIGINS } = c.env;
  const further = rawPath(c.req.raw) === "/lab" && DEMO_LAB_ORIGINS ? ` ${DEMO_LAB_ORIGINS}` : "";
  return securityHeaders({ host: new URL(c.req.url).host, frameAncestors: doorSettings(c.env).frameAncestors, further });
}

const MISSING_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>404 – Deskwire</title>
</head>
<body>
<h1>Nothing has this path</h1>
<p lang="de">Unter dieser Adresse gibt es nichts.</p>
<p><a href="/">Deskwire</a></p>
</body>
</html>
`;
