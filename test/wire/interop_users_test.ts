/**
 * Users to users by a stock client, scenario by scenario (RFC 6121, XEP-0030, 0092, 0115, 0191, 0199, 0280, 0352).
 *
 * Another server is asked the same where `INTEROP_URL` names its WebSocket: it has to know the people of `support/interop/stage.ts`.
 *
 * @module
 */

import { afterAll, afterEach, beforeAll, describe, test } from "vitest";

import { ADMIN } from "./support/accounts.ts";
import { EXTENSIONS } from "./support/interop/extensions.ts";
import { ROSTERS } from "./support/interop/rosters.ts";
import { ROUTES } from "./support/interop/routes.ts";
import { PEOPLE, type Scenarios, Stage } from "./support/interop/stage.ts";
import { SUBSCRIPTIONS } from "./support/interop/subscriptions.ts";
import { DOMAIN, type Server, startServer } from "./support/server.ts";

const elsewhere = process.env["INTEROP_URL"];
let server: Server | undefined;
let stage: Stage;

async function start(): Promise<string> {
  if (elsewhere !== undefined) return elsewhere;
  server = await startServer();
  const people = PEOPLE.map((id) => ({ kind: "user", id, password: `pw-${id}`, role: "agent", name: id }));
  const answer = await fetch(`${server.url}/api/v1/import`, {
    method: "POST",
    headers: { Authorization: ADMIN, "Content-Type": "application/x-ndjson" },
    body: people.map((line) => JSON.stringify(line)).join("\n"),
  });
  const text = await answer.text();
  if (!answer.ok || text.includes('"error"')) throw new Error(text);
  return server.socketUrl;
}

beforeAll(async () => {
  stage = new Stage({ socketUrl: await start(), domain: DOMAIN });
});
afterEach(async () => {
  await stage.leave();
});
afterAll(async () => {
  await server?.stop();
});

const all: Readonly<Record<string, Scenarios>> = { rosters: ROSTERS, subscriptions: SUBSCRIPTIONS, routes: ROUTES, extensions: EXTENSIONS };
for (const [name, scenarios] of Object.entries(all)) {
  describe(name, () => {
    for (const [rule, scenario] of Object.entries(scenarios)) test(rule, () => scenario(stage));
  });
}
