/** The session over HTTP requests as a socket, against a server whose answers the test writes (XEP-0124). */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, test } from "vitest";

import { BoshSocket } from "../../client/bosh_socket.ts";

const NS = 'xmlns="http://jabber.org/protocol/httpbind"';
const OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="a.test" version="1.0"/>';
const CLOSE = '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>';
const body = (inside: string, attrs = "") => `<body ${NS} ${attrs}>${inside}</body>`;
const stanza = (id: string) => `<iq xmlns="jabber:client" id="${id}"/>`;

interface Asked {
  readonly rid: number;
  readonly body: string;
  answer(text: string, status?: number): void;
  /** Ends the connection without an answer. */
  lose(): void;
}

let server: Server;
let url = "";
let asked: Asked[] = [];
let waiting: ((asked: Asked) => void)[] = [];

beforeEach(async () => {
  [asked, waiting] = [[], []];
  server = createServer((request, response) => void text(request).then((posted) => take(posted, response)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/http-bind/`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

function take(posted: string, response: ServerResponse): void {
  const request = {
    rid: Number(/\brid="(\d+)"/.exec(posted)?.[1]),
    body: posted,
    answer: (answer: string, status = 200) => void response.writeHead(status).end(answer),
    lose: () => void response.destroy(),
  };
  const taker = waiting.shift();
  if (taker) taker(request);
  else asked.push(request);
}

async function next(): Promise<Asked> {
  return asked.shift() ?? (await new Promise((taker) => waiting.push(taker)));
}

/** A session with a request under way, and what came of it. */
async function opened() {
  const socket = new BoshSocket(url);
  const heard: string[] = [];
  socket.onopen = () => socket.send(OPEN);
  socket.onmessage = ({ data }) => heard.push(String(data));
  socket.onclose = ({ code, reason }) => heard.push(`closed ${code} ${reason}`);
  const first = await next();
  first.answer(body('<features xmlns="f"/>', 'sid="s&amp;1" requests="2" authid="id1" from="a.test"'));
  return { socket, heard, first, held: await next() };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((over) => setTimeout(over, 5));
}

test("XEP-0124 §7 a session begins with the stream's header, and its answer is an <open/>; then a request is there to be held", async () => {
  const { heard, first, held } = await opened();
  assert.match(first.body, /^<body (?=.*\bto="a\.test")(?=.*\bwait="30")(?=.*\bhold="1")(?=.*\bver="1\.11")(?=.*\bxmpp:version="1\.0").*><\/body>$/);
  assert.match(heard[0] ?? "", /^<open (?=.*\bid="id1")(?=.*\bfrom="a\.test")/);
  assert.equal(heard[1], '<features xmlns="f"/>');
  assert.match(held.body, /\bsid="s&amp;1"/);
  assert.equal(held.rid, first.rid + 1);
});

test("what is sent together goes in one request, in order; while two are under way the rest waits", async () => {
  const { socket, held } = await opened();
  for (const id of ["a", "b"]) socket.send(stanza(id));
  const second = await next();
  assert.ok(second.body.includes(`>${stanza("a")}${stanza("b")}<`));
  for (const id of ["c", "d"]) socket.send(stanza(id));
  await new Promise((over) => setTimeout(over, 100));
  assert.equal(asked.length, 0, "no third request");
  held.answer(body(""));
  assert.ok((await next()).body.includes(`>${stanza("c")}${stanza("d")}<`));
});

test("XEP-0206 §5 a second <open/> begins the stream anew", async () => {
  const { socket } = await opened();
  socket.send(OPEN);
  assert.match((await next()).body, /\bxmpp:restart="true"/);
});

test("§14.1 answers are taken in the order of their requests", async () => {
  const { socket, heard, held } = await opened();
  socket.send(stanza("a"));
  (await next()).answer(body(stanza("later")));
  await new Promise((over) => setTimeout(over, 50));
  assert.equal(heard.length, 2);
  held.answer(body(stanza("earlier")));
  await until(() => heard.length === 4);
  assert.deepEqual(heard.slice(2), [stanza("earlier"), stanza("later")]);
});

test("§14.3 a request without an answer, or with one of a proxy, is made again as it was; after three the session is given up", async () => {
  const { heard, held } = await opened();
  held.lose();
  const again = await next();
  assert.deepEqual([again.rid, again.body], [held.rid, held.body]);
  again.answer("<html>Bad gateway</html>", 502);
  const third = await next();
  assert.equal(third.rid, held.rid);
  third.answer(body(stanza("kept")));
  await until(() => heard.length === 3);
  for (const what of ["one", "two", "three"]) (await next()).answer(what);
  await until(() => heard.length === 4);
  assert.equal(heard[3], "closed 1006 no body");
});

test("a new session is asked for once: two of them would be two", async () => {
  const socket = new BoshSocket(url);
  socket.onopen = () => socket.send(OPEN);
  const closed = new Promise<CloseEvent>((tell) => (socket.onclose = tell));
  (await next()).answer("", 503);
  const { code, reason } = await closed;
  assert.deepEqual([code, reason], [1006, "HTTP 503"]);
  await new Promise((over) => setTimeout(over, 700));
  assert.equal(asked.length, 0);
});

test("§13 <close/> ends the session with what is still to be said; no answer is told any more", async () => {
  const { socket, heard, held } = await opened();
  socket.send(stanza("last"));
  socket.send(CLOSE);
  socket.close();
  const terminate = await next();
  assert.match(terminate.body, /\btype="terminate"/);
  assert.ok(terminate.body.includes(stanza("last")));
  held.answer(body(stanza("unheard")));
  terminate.answer(body("", 'type="terminate"'));
  await new Promise((over) => setTimeout(over, 100));
  assert.equal(heard.length, 2);
  assert.equal(asked.length, 0);
});

test("close() alone lets go of the requests and says nothing: the stream is not ended", async () => {
  const { socket, heard } = await opened();
  socket.send(stanza("a"));
  await next();
  socket.close();
  await new Promise((over) => setTimeout(over, 100));
  assert.equal(asked.length, 0);
  assert.equal(heard.length, 2);
});

test("§17.2 the server ends the session: what it said before, then the condition", async () => {
  const { heard, held } = await opened();
  held.answer(body(`${stanza("a")}<error xmlns="e"/>`, 'type="terminate" condition="remote-stream-error"'));
  await until(() => heard.length === 5);
  assert.deepEqual(heard.slice(2), [stanza("a"), '<error xmlns="e"/>', "closed 1006 remote-stream-error"]);
});
