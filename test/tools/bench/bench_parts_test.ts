/** Options, the table, and answers over one connection. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "vitest";

import { HttpLine } from "../../../tools/bench/http_line.ts";
import { readBenchOptions } from "../../../tools/bench/options.ts";
import { tableOf } from "../../../tools/bench/report.ts";

test("options: what is not said, what is said, what is wrong", () => {
  const standard = { kinds: ["websocket", "bosh", "sse"], rounds: 1 };
  assert.deepEqual(readBenchOptions([]), { users: 1000, team: 100, rate: 2000, seconds: 20, ...standard });
  assert.deepEqual(readBenchOptions(["--users", "50", "--rate", "500", "--seconds", "5"]), { users: 50, team: 50, rate: 500, seconds: 5, ...standard });
  assert.deepEqual(readBenchOptions(["--kinds", "websocket,managed", "--rounds", "3"]), {
    users: 1000,
    team: 100,
    rate: 2000,
    seconds: 20,
    kinds: ["websocket", "managed"],
    rounds: 3,
  });
  assert.equal(readBenchOptions(["--help"]), "help");
  for (const wrong of [["--users", "0"], ["--users", "1001"], ["--seconds", "x"], ["--kinds", "smoke"], ["--kinds", "sse,sse"], ["--rounds", "0"], ["--what"]])
    assert.throws(() => readBenchOptions(wrong), /--/);
});

test("table: CPU per delivery with and without what idling took, latencies of each kind, memory of a session", () => {
  const phase = { deliveries: 1000, seconds: 10, cpuSeconds: 0.1 };
  const table = tableOf(
    {
      phases: [
        { ...phase, kinds: ["websocket"], latencies: { websocket: [1, 2, 300] } },
        { ...phase, kinds: ["websocket", "bosh"], latencies: { websocket: [1], bosh: [7] } },
      ],
      idleShare: 0.002,
      memoryKb: { websocket: 1500, bosh: 0, sse: 0 },
      audit: { deliveries: 2000, lost: 0, repeated: 0, outOfOrder: 0 },
    },
    100,
  );
  const [, , alone, all] = table.split("\n");
  assert.equal(alone, "| WebSocket | 1,000 | 100 µs | 80 µs | 2 | 300 | 15.0 kB |");
  assert.equal(all, "| all of them | 1,000 | 100 µs | 80 µs | 1 / 7 | 1 / 7 |  |");
});

test("RFC 9112 §6 answers with a length, in chunks, and one that goes on; one after the other over one connection", async () => {
  let connections = 0;
  const server = createServer((request, response) => {
    if (request.url === "/length") response.writeHead(200, { "Content-Length": "5" }).end("héll");
    else if (request.url === "/chunks") {
      response.write("a".repeat(20));
      setTimeout(() => response.end("b"), 20);
    } else if (request.url === "/none") response.writeHead(404, { "Content-Length": "0" }).end();
    else response.write("first\n\n");
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const line = new HttpLine((server.address() as AddressInfo).port);
  const get = (path: string) => line.ask({ method: "GET", path });
  assert.equal(Buffer.from((await get("/length")).text, "latin1").toString(), "héll");
  assert.equal((await get("/chunks")).text, `${"a".repeat(20)}b`);
  assert.deepEqual(await get("/none"), { status: 404, text: "" });
  server.closeIdleConnections();
  await new Promise((over) => setTimeout(over, 50));
  assert.deepEqual(await get("/none"), { status: 404, text: "" }, "closed while nothing was asked: by a new one");
  const piece = await new Promise<string>((come, failed) => line.listen({ method: "GET", path: "/open" }, come).catch(failed));
  assert.match(piece, /first\n\n/);
  assert.equal(connections, 2);
  line.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});
