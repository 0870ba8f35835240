/** Cutting the bytes of a connection into messages, wherever the network cuts them (RFC 9112 §6). */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { Messages, type Part } from "../../../tools/lab/http_messages.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

/** What came out, pieces of a body put together. */
function seen(parts: readonly Part[]): string[] {
  const lines: string[] = [];
  let content = "";
  for (const part of parts) {
    if (part.part === "body") content += part.content.toString("latin1");
    if (part.part === "head") lines.push(part.head.first);
    if (part.part === "raw") lines.push(`raw ${part.bytes.toString("latin1")}`);
    if (part.part !== "end") continue;
    lines.push(`end "${content}"`);
    content = "";
  }
  return content ? [...lines, `open "${content}"`] : lines;
}

const passedOn = (parts: readonly Part[]) => Buffer.concat(parts.map((part) => (part.part === "end" ? Buffer.alloc(0) : part.bytes))).toString("latin1");

const cases = [
  { rule: "a request without a body", text: "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", gives: ["GET /a HTTP/1.1", 'end ""'] },
  {
    rule: "§6.3 Content-Length; the next message follows",
    text: "POST /a HTTP/1.1\r\ncontent-length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\n\r\n",
    gives: ["POST /a HTTP/1.1", 'end "hello"', "GET /b HTTP/1.1", 'end ""'],
  },
  {
    rule: "§7.1 chunks, with an extension and a trailer",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n, world\r\n!\r\n0\r\nX: y\r\n\r\nHTTP/1.1 304 \r\n\r\n",
    gives: ["HTTP/1.1 200 OK", 'end "hello, world\r\n!"', "HTTP/1.1 304 ", 'end ""'],
  },
  {
    rule: "§6.3 204 and 304 have no body, whatever they say of its length",
    text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 90\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    gives: ["HTTP/1.1 304 Not Modified", 'end ""', "HTTP/1.1 204 No Content", 'end ""'],
  },
  {
    rule: "§6.3 a response without a length goes on to the end of the connection",
    text: "HTTP/1.1 200 OK\r\n\r\nall of HTTP/1.1 it",
    gives: ["HTTP/1.1 200 OK", 'open "all of HTTP/1.1 it"'],
  },
  {
    rule: "an announcement (1xx) is no answer",
    text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    gives: ["HTTP/1.1 100 Continue", "HTTP/1.1 200 OK", 'end ""'],
  },
];

describe.each(cases)("$rule", ({ text, gives }) => {
  test("at once", () => {
    const parts = new Messages().push(bytes(text));
    assert.deepEqual(seen(parts), gives);
    assert.equal(passedOn(parts), text);
  });

  test("byte by byte", () => {
    const messages = new Messages();
    const parts = [...text].flatMap((each) => messages.push(bytes(each)));
    assert.deepEqual(seen(parts), gives);
    assert.equal(passedOn(parts), text);
  });
});

test("after 101 nothing is HTTP", () => {
  const parts = new Messages().push(bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x03GET\r\n\r\n"));
  assert.deepEqual(seen(parts), ["HTTP/1.1 101 Switching Protocols", "raw \x81\x03GET\r\n\r\n"]);
});
