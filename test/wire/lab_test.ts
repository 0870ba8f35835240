/**
 * The transport lab: its proxy counts what a server of known bytes says, and two runs of the lab agree.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, test } from "vitest";

import { CountedWay } from "../../tools/lab/counting_proxy.ts";
import { eventsOf } from "../../tools/lab/events.ts";
import { runLab } from "../../tools/lab/run.ts";
import { withServer } from "../../tools/lab/server.ts";
import { apart } from "../../tools/lab/statistics.ts";

const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** What the server answers, by path: to the byte. */
const ANSWERS: Readonly<Record<string, string>> = {
  "/hello": answer("hello"),
  "/chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "/204": "HTTP/1.1 204 No Content\r\n\r\n",
  "/304": 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  "/zero": answer(""),
  "/poll": answer('{"items":[],"next":"1:1","reset":false}'),
  "/items": answer('{"items":[{"id":"1"}],"next":"1:1","reset":false}'),
  "/bosh": answer('<body xmlns="http://jabber.org/protocol/httpbind"/>'),
  "/said": answer('<body xmlns="http://jabber.org/protocol/httpbind"><a/></body>'),
  "/ws": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
};
const EMPTY = ["/204", "/304", "/zero", "/poll", "/bosh"];

const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Says what it says, in one piece, and echoes what comes after an upgrade. */
function knownServer(sockets: Socket[]): Promise<Server> {
  const server = createServer((socket) => {
    sockets.push(socket);
    let isRaw = false;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (isRaw) return void socket.write(bytes);
      for (const [, path = ""] of bytes.toString("latin1").matchAll(/^GET (\S+) /gm)) {
        isRaw ||= path === "/ws";
        socket.write(ANSWERS[path] ?? "");
      }
    });
  });
  return new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(server)));
}

/** A connection to a way, and what came on it. */
async function dial(port: number) {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  let isOver = false;
  socket.on("error", () => {});
  socket.on("data", (bytes) => (text += bytes.toString("latin1")));
  socket.on("end", () => (isOver = true));
  const came = async (wanted: () => boolean) => {
    for (let tries = 0; !wanted() && tries < 500; tries++) await new Promise((done) => setTimeout(done, 4));
    assert.ok(wanted(), `There came ${JSON.stringify(text)}`);
  };
  return {
    say: (words: string) => socket.write(words, "latin1"),
    hears: async (words: string) => {
      await came(() => text.length >= words.length);
      assert.equal(text, words);
    },
    ends: () => came(() => isOver),
    cut: () => socket.destroy(),
  };
}

describe("the counting proxy", () => {
  const sockets: Socket[] = [];
  const open: { close(): unknown }[] = [];
  let target: number;
  beforeEach(async () => {
    const server = await knownServer(sockets);
    open.push(server);
    target = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const each of open.splice(0).reverse()) await each.close();
  });
  const way = async (closes = false) => {
    const opened = await CountedWay.open(target, { closes });
    open.push(opened);
    return opened;
  };

  test("counts every byte, request and empty answer of a connection that is kept", async () => {
    const counted = await way();
    const client = await dial(counted.port);
    let [up, down] = ["", ""];
    for (const path of Object.keys(ANSWERS).filter((each) => each !== "/ws")) {
      up += ask(path);
      down += ANSWERS[path];
      client.say(ask(path));
      await client.hears(down);
    }
    const requests = Object.keys(ANSWERS).length - 1;
    assert.deepEqual(counted.counts, { connections: 1, requests, emptyAnswers: EMPTY.length, bytesUp: up.length, bytesDown: down.length });
  });

  test("requests that come in one piece are as many, and connections add up", async () => {
    const counted = await way();
    const [one, other] = [await dial(counted.port), await dial(counted.port)];
    one.say(ask("/hello") + ask("/304"));
    await one.hears(`${ANSWERS["/hello"]}${ANSWERS["/304"]}`);
    other.say(ask("/hello"));
    await other.hears(ANSWERS["/hello"] ?? "");
    const { connections, requests, emptyAnswers } = counted.counts;
    assert.deepEqual([connections, requests, emptyAnswers], [2, 3, 1]);
  });

  test("the HTTP/1.0 way: says that it closes, and closes, behind each answer", async () => {
    const counted = await way(true);
    const close = "Connection: close\r\n";
    for (const path of ["/hello", "/chunks", "/304"]) {
      const client = await dial(counted.port);
      client.say(ask(path));
      const [head = "", body = ""] = (ANSWERS[path] ?? "").split(/(?<=\r\n)\r\n(.*)/s);
      await client.hears(`${head}${close}\r\n${body}`);
      await client.ends();
    }
    const down = ["/hello", "/chunks", "/304"].map((path) => (ANSWERS[path] ?? "").length + close.length);
    const up = ["/hello", "/chunks", "/304"].map((path) => ask(path).length);
    const sum = (lengths: number[]) => lengths.reduce((all, length) => all + length, 0);
    assert.deepEqual(counted.counts, { connections: 3, requests: 3, emptyAnswers: 1, bytesUp: sum(up), bytesDown: sum(down) });
  });

  test("a WebSocket is one request, and its frames are bytes, whatever they look like", async () => {
    const counted = await way();
    const client = await dial(counted.port);
    client.say(ask("/ws"));
    await client.hears(ANSWERS["/ws"] ?? "");
    const frames = `\x81\x05hello${ask("/hello")}`;
    client.say(frames);
    await client.hears(`${ANSWERS["/ws"]}${frames}`);
    const bytesUp = ask("/ws").length + frames.length;
    assert.deepEqual(counted.counts, { connections: 1, requests: 1, emptyAnswers: 0, bytesUp, bytesDown: (ANSWERS["/ws"] ?? "").length + frames.length });
  });

  test("a client that goes takes its connection to the server with it", async () => {
    const counted = await way();
    const client = await dial(counted.port);
    client.say(ask("/hello"));
    await client.hears(ANSWERS["/hello"] ?? "");
    const [socket] = sockets;
    const closed = new Promise((done) => socket?.once("close", done));
    client.cut();
    await closed;
  });
});

test("two runs with the same seed agree within 10 % in bytes and requests; every reader gets every event", { timeout: 60_000 }, async () => {
  const seconds = 3;
  const events = eventsOf({ seed: 3, seconds });
  const [one = [], other = []] = await withServer(async (target) => [await runLab(target, events, seconds), await runLab(target, events, seconds)]);
  assert.equal(one.length, 7);
  for (const [at, { title, counts, latency }] of one.entries()) {
    const again = other[at]?.counts;
    assert.ok(again);
    for (const what of ["bytesUp", "bytesDown", "requests"] as const) {
      assert.ok(apart(counts[what], again[what]) <= 0.1, `${title}: ${what} ${counts[what]} and ${again[what]}`);
    }
    assert.ok(latency.p50 > 0 && latency.max < 5000, title);
  }
  const found = (name: string) => {
    const result = one.find((each) => each.name === name);
    assert.ok(result, name);
    return result;
  };
  // What the argument says of each.
  const [perRequest, fast, slow] = [found("http-1.0").counts, found("short-0.5").counts, found("short-1").counts];
  assert.equal(perRequest.connections, perRequest.requests);
  for (const name of ["short-0.5", "short-1", "long-poll", "sse", "websocket"]) assert.equal(found(name).counts.connections, 1, name);
  assert.ok(Math.abs(fast.requests - 2 * slow.requests) <= 2, `${fast.requests} and ${slow.requests}`);
  assert.ok(fast.emptyAnswers > slow.emptyAnswers && slow.emptyAnswers > 0);
  for (const name of ["sse", "websocket"]) assert.deepEqual([found(name).counts.requests, found(name).counts.emptyAnswers], [1, 0], name);
  for (const name of ["long-poll", "sse", "bosh", "websocket"]) assert.ok(found(name).latency.p50 < found("short-0.5").latency.p50, name);
});
