/**
 * The door: every path on one page.
 *
 * @module
 */

import { Hono } from "hono";
import { settingsOf, WrongTable } from "../durable/settings.ts";
import { behind } from "./api/auth.ts";
import { drain, listConnections } from "./api/connections.ts";
import { importLines } from "./api/import.ts";
import { readEvents, readNode } from "./api/events.ts";
import { publish } from "./api/nodes.ts";
import { getContact, putContact } from "./api/service_contact.ts";
import { deleteTeam, getTeam, listTeams, putTeam } from "./api/teams.ts";
import { discard, listDeadLetters, redeliver } from "./api/webhooks.ts";
import { issueTicket } from "./api/tickets.ts";
import { deleteUser, getUser, listUsers, putUser } from "./api/users.ts";
import { asset, demoAccounts, demoLab, notFound } from "./assets.ts";
import { hostMeta, hostMetaJson, livez, readyz, systemInfo } from "./discovery.ts";
import { bosh, boshOptions, boshPage } from "./bosh.ts";
import { fromPages, preflight } from "./cors.ts";
import { Problem, problemOfFault } from "./problem.ts";
import { type DoorContext, type DoorTypes, rawPath, requestIdOf } from "./request.ts";
import { upgrade } from "./upgrade.ts";

type Handler = (c: DoorContext) => Response | Promise<Response>;
type Methods = Readonly<Partial<Record<"GET" | "PUT" | "POST" | "DELETE" | "OPTIONS", Handler>>>;

const SOCKET: Methods = { GET: upgrade };
const READING = preflight({ methods: "GET, POST", headers: "Authorization, Content-Type, If-None-Match, Last-Event-ID" });
const BOSH: Methods = { GET: boshPage, POST: bosh, OPTIONS: boshOptions };

/** Paths as they come, nothing decoded; `*` is the rest. */
const ROUTES: Readonly<Record<string, Methods>> = {
  "/ws": SOCKET,
  "/ws/": SOCKET,
  "/xmpp-websocket": SOCKET,
  "/http-bind": BOSH,
  "/http-bind/": BOSH,

  "/.well-known/host-meta": { GET: hostMeta },
  "/.well-known/host-meta.json": { GET: hostMetaJson },
  "/finesse/api/SystemInfo": { GET: systemInfo },
  "/livez": { GET: livez },
  "/readyz": { GET: readyz },

  "/api/v1/nodes/*": { GET: fromPages(readNode), POST: behind("publish", publish), OPTIONS: READING },
  "/api/v1/service-contact": { GET: behind("publish", getContact), PUT: behind("publish", putContact) },
  "/api/v1/users": { GET: behind("admin", listUsers) },
  "/api/v1/users/:id": { GET: behind("admin", getUser), PUT: behind("admin", putUser), DELETE: behind("admin", deleteUser) },
  "/api/v1/teams": { GET: behind("admin", listTeams) },
  "/api/v1/teams/:id": { GET: behind("admin", getTeam), PUT: behind("admin", putTeam), DELETE: behind("admin", deleteTeam) },
  "/api/v1/events": { GET: fromPages(readEvents), OPTIONS: READING },
  "/api/v1/events/tickets": { POST: fromPages(issueTicket), OPTIONS: READING },
  "/api/v1/connections": { GET: behind("admin", listConnections) },
  "/api/v1/connections/drain": { POST: behind("admin", drain) },
  "/api/v1/webhooks/dead-letters": { GET: behind("admin", listDeadLetters) },
  "/api/v1/webhooks/dead-letters/:id": { DELETE: behind("admin", discard) },
  "/api/v1/webhooks/dead-letters/:id/redeliver": { POST: behind("admin", redeliver) },
  "/api/v1/import": { POST: behind("admin", importLines) },

  "/": { GET: asset },
  "/inspect": { GET: asset },
  "/lab": { GET: asset },
  "/assets/*": { GET: asset },
  "/demo.json": { GET: demoAccounts },
  "/lab.json": { GET: demoLab },
};

/** What answers every request. */
export const app = new Hono<DoorTypes>({ getPath: rawPath });

app.use(async function nameRequest(c, next) {
  c.set("requestId", requestIdOf(c.req.header("X-Request-Id") ?? null));
  await next();
  // An upgrade's answer carries the socket: it is passed on as it is.
  if (c.res.status === 101) return;
  c.res.headers.set("X-Request-Id", c.get("requestId"));
  for (const [name, value] of Object.entries(c.get("cors") ?? {})) c.res.headers.set(name, value);
});

/** Tables of families whose mistakes were logged: once for each, whatever is asked. */
const logged = new WeakSet<WrongTable>();

// Nothing is served by half a table: neither a page nor a socket.
app.use(async function checkTable(c, next) {
  try {
    settingsOf(c.env);
  } catch (wrong) {
    if (wrong instanceof WrongTable) throw wrong;
  }
  await next();
});

for (const [path, methods] of Object.entries(ROUTES)) {
  for (const [method, handler] of Object.entries(methods)) app.on(method, path, handler);
  const allowed = Object.keys(methods)
    .flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))
    .join(", ");
  app.all(path, () => {
    throw new Problem("method-not-allowed", { detail: `Allowed are: ${allowed}`, headers: { Allow: allowed } });
  });
}

// Files of the pages that stand beside them, such as the icon; else 404.
app.notFound(notFound);

app.onError((fault, c) => {
  const problem = problemOfFault(fault);
  const isNew = !(fault instanceof WrongTable) || !logged.has(fault);
  if (fault instanceof WrongTable) logged.add(fault);
  if (isNew && (problem.code === "internal-error" || problem.code === "misconfigured")) {
    console.error(JSON.stringify({ level: "error", object: "door", what: rawPath(c.req.raw), request: c.get("requestId"), error: fault.message }));
  }
  return problem.toResponse(c.get("requestId"));
});
