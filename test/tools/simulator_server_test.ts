/**
 * The simulator against a server that refuses, fails and goes away; and what `npm run simulate` takes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "vitest";

import { floorOf } from "../../tools/simulator/floor.ts";
import { readSimulatorOptions } from "../../tools/simulator/options.ts";
import { findFloor } from "../../tools/simulator/roster.ts";
import { simulate } from "../../tools/simulator/run.ts";
import { Server } from "../../tools/simulator/server.ts";
import { Problem } from "../../tools/start/problem.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers each request as told. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const access = { token: "t", domain: null };
const PUBLISH = { method: "POST", path: "nodes/%2Fx/items", type: "application/xml", body: "<x/>", key: "k-1" } as const;

test("a server that is gone is tried again with the same key, and said to be gone and back once each", async () => {
  const keys: unknown[] = [];
  const url = await serve((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    if (keys.length < 3) request.socket.destroy();
    else response.writeHead(201).end("taken");
  });
  const said: string[] = [];
  assert.equal(await new Server({ url, ...access }, (sentence) => said.push(sentence)).ask(PUBLISH), "taken");
  assert.deepEqual(keys, ["k-1", "k-1", "k-1"]);
  assert.deepEqual(said, [`${url} does not answer. Trying again until it does; is Deskwire running there?`, `${url} is back.`]);
});

test("an overloaded server is tried again without a word", async () => {
  let requests = 0;
  const url = await serve((_request, response) => response.writeHead(++requests < 2 ? 429 : 200).end());
  const said: string[] = [];
  assert.equal(await new Server({ url, ...access }, (sentence) => said.push(sentence)).ask(PUBLISH), "");
  assert.deepEqual([requests, said], [2, []]);
});

test("a refused item is left out, and said once", async () => {
  const url = await serve((_request, response) => response.writeHead(404).end("no such node"));
  const said: string[] = [];
  const server = new Server({ url, ...access }, (sentence) => said.push(sentence));
  assert.equal(await server.ask(PUBLISH), undefined);
  assert.equal(await server.ask(PUBLISH), undefined);
  assert.deepEqual(said, ["The server refused nodes/%2Fx/items: 404 no such node"]);
});

test("a refused token ends the simulation with the fix", async () => {
  const url = await serve((_request, response) => response.writeHead(401).end());
  const simulation = simulate({ url, ...access, floor: floorOf([], []), seed: 1, speed: 1, say: () => {} });
  await assert.rejects(simulation.ended, /Set PUBLISH_TOKEN/);
});

test("stop() ends waits and requests at once", async () => {
  const url = await serve(() => {}); // never answers
  const server = new Server({ url, ...access }, () => {});
  setTimeout(() => server.stop(), 50);
  const began = performance.now();
  assert.equal(await server.ask(PUBLISH), undefined);
  assert.ok(performance.now() - began < 1000);
});

test("publishes what it tells of an agent in order, under the token, and renews the lease", async () => {
  const events: string[] = [];
  let lease = "";
  const url = await serve((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      assert.equal(request.headers.authorization, "Bearer t");
      if (request.url === "/api/v1/service-contact") lease = body;
      else if (request.url?.includes("User%2F7")) events.push(`${request.headers["content-type"]} ${/<state>(\w+)/.exec(body)?.[1]}`);
      setTimeout(() => response.writeHead(200).end(), Math.random() * 20);
    });
  });
  const floor = floorOf([{ id: "7", name: "Ada", role: "agent" }], []);
  const simulation = simulate({ url, ...access, floor, seed: 1, speed: 100, say: () => {} });
  while (events.length < 4) await new Promise((done) => setTimeout(done, 50));
  simulation.stop();
  await simulation.ended;
  const states = events.map((event) => event.replace("application/xml ", "")).filter((state) => state !== "LOGOUT");
  assert.deepEqual(states.slice(0, 2), ["NOT_READY", "READY"]);
  assert.deepEqual(JSON.parse(lease), { available: true, for: 30 });
});

test("findFloor(): with an administrator's token the server's own people, page by page", async () => {
  const pages: Readonly<Record<string, object>> = {
    "/api/v1/users?limit=1000": { items: [{ id: "a", name: "A B", role: "agent" }], next: "x" },
    "/api/v1/users?limit=1000&cursor=x": {
      items: [
        { id: "b", name: "", role: "agent" },
        { id: "p", name: "P", role: "publisher" },
      ],
      next: null,
    },
    "/api/v1/teams?limit=1000": { items: [{ id: "9", name: "Nine", members: ["a"], supervisors: [] }], next: null },
  };
  const url = await serve((request, response) => response.end(JSON.stringify(pages[request.url ?? ""])));
  const options = readSimulatorOptions(["--url", url], { ADMIN_TOKEN: "t" });
  assert.ok(options !== "help");
  const { people, lines } = await findFloor(options, () => {});
  assert.deepEqual(
    people.map(({ id, firstName, team }) => [id, firstName, team?.id]),
    [
      ["a", "A", "9"],
      ["b", "b", undefined],
    ],
  );
  assert.deepEqual(
    lines.map(({ id }) => id),
    ["9"],
  );
  await assert.rejects(
    findFloor({ ...options, agents: ["z"] }, () => {}),
    /There is no agent z\. There are: a, b/,
  );
});

test("readSimulatorOptions(): the defaults", () => {
  const options = readSimulatorOptions(["--seed", "4"], { PUBLISH_TOKEN: "p" });
  assert.deepEqual(options, { url: "http://127.0.0.1:8787", domain: null, token: "p", adminToken: null, agents: null, seed: 4, speed: 1 });
  assert.equal(readSimulatorOptions(["--help"], { PUBLISH_TOKEN: "p" }), "help");
});

for (const args of [["--url", "x"], ["--speed", "0"], ["--speed", ""], ["--seed", "1.5"], ["--agents", ","], ["--fast"], ["stray"]]) {
  test(`readSimulatorOptions(): ${args.join(" ")} is a problem`, () => {
    assert.throws(() => readSimulatorOptions(args, { PUBLISH_TOKEN: "p" }), Problem);
  });
}

test("readSimulatorOptions(): without a token the fix is named", () => {
  assert.throws(() => readSimulatorOptions([], {}), /PUBLISH_TOKEN=… npm run simulate/);
});
