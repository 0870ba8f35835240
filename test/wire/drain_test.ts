/**
 * A group of connections that is emptied, and what its desks see.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { ADMIN, userNode } from "./support/accounts.ts";
import { onNpmStart } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";

const SM = "urn:xmpp:sm:3";

onNpmStart((bench) => {
  const call = async (method: string, path: string, body?: object) => {
    const init = body ? { body: JSON.stringify(body) } : {};
    const answer = await fetch(`${bench.server.url}${path}`, { method, headers: { Authorization: ADMIN, "Content-Type": "application/json" }, ...init });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  test("E-20 §4.9.3.20 drain: streams end with system-shutdown some at a time, resume at the next group, and nothing is lost", async () => {
    const [one, two] = [await bench.signIn({ user: "7001" }), await bench.signIn({ user: "7002" })];
    one.send(`<enable xmlns="${SM}" resume="true"/>`);
    const previd = /id="([^"]+)"/.exec(await one.nextMatching(/^<enabled/))?.[1] ?? "";
    const { status, body } = await call("POST", "/api/v1/connections/drain", { manager: "local/0" });
    assert.equal(status, 200);
    assert.equal(body["draining"], true);
    for (const client of [one, two]) {
      await client.nextMatching(/^<stream:error [^>]*><system-shutdown /, 8000);
      await client.closed();
    }
    await publish(bench.server, userNode("7001"), update("meanwhile"));
    const again = await (await bench.connect()).authenticate({ user: "7001" });
    again.send(`<resume xmlns="${SM}" previd="${previd}" h="0"/>`);
    assert.match(await again.next(), /^<resumed /);
    assert.match(await again.next(), /meanwhile/);
    const { managers } = (await call("GET", "/api/v1/connections")).body as { managers: { manager: string; streams: number; draining: boolean }[] };
    assert.deepEqual(
      managers.map(({ manager, streams, draining }) => ({ manager, streams, draining })),
      [
        { manager: "local/0", streams: 0, draining: true },
        { manager: "local/1", streams: 1, draining: false },
      ],
    );
    assert.equal((await call("POST", "/api/v1/connections/drain", { manager: "local/0", draining: false })).body["draining"], false);
    again.cut();
  });

  test("drain: refusals", async () => {
    for (const body of [{}, { manager: "nowhere/0" }, { manager: "local/9999" }, { manager: "local/0", draining: "yes" }]) {
      const answer = await call("POST", "/api/v1/connections/drain", body);
      assert.deepEqual([answer.status, answer.body["code"]], [400, "invalid-body"]);
    }
  });
});
